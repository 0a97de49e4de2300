/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pipe server, started as its supervisor starts it, and clients that speak <curfew/file.h> to it.
 */
#include <curfew/file.h>
#include <curfew/message.h>
#include <curfew/sys.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include "check.h"

enum { READING, WRITING };

static int channel;  /* the server's, right MANAGE only */
static int pipes;    /* a session, as init makes it */
static pid_t server;

static void be_server(int its_channel, int names)
{
	char *const arguments[] = { (char *)"pipe", NULL };

	if (curfew_syscall(SYS_handle_place, names, CURFEW_RIGHT_SEND, CURFEW_HANDLE_NAMES, 0) < 0 ||
		curfew_syscall(SYS_handle_place, its_channel, CURFEW_RIGHT_ALL, CURFEW_HANDLE_CHANNEL, 0) < 0)
		_exit(101);
	curfew_handle_close(its_channel);
	curfew_handle_close(names);
	curfew_handle_close(channel);
	execv("/server/pipe", arguments);
	_exit(102);
}

/* This process is the supervisor. */
static void start(void)
{
	int its_channel = curfew_channel_create(), own = curfew_channel_create();
	int names = curfew_session_create(own, 1);
	struct curfew_received ready;

	NEED(its_channel >= 0 && own >= 0 && names >= 0);
	channel = curfew_handle_dup(its_channel, CURFEW_RIGHT_MANAGE, 0, 0);
	NEED(channel >= 0);
	server = fork();
	if (server == 0) {
		curfew_handle_close(own);
		be_server(its_channel, names);
	}
	curfew_handle_close(its_channel);
	curfew_handle_close(names);
	NEED(curfew_receive(own, &ready, NULL, 0, 0, CURFEW_FOREVER) == CURFEW_RECEIVED_CALL);
	CHECK_EQ(ready.word[0], CURFEW_NAMES_READY);
	CHECK_EQ(ready.pid, server);
	CHECK_EQ(curfew_reply(own, &(struct curfew_answer){ .token = ready.token }), 0);
	curfew_handle_close(own);
	pipes = curfew_session_create(channel, CURFEW_LABEL_SUPERVISOR | 1);
	NEED(pipes >= 0);
}

static void end(void)
{
	int status;

	CHECK_EQ(kill(server, SIGKILL), 0);
	CHECK_EQ(waitpid(server, &status, 0), server);
	CHECK_EQ(status, SIGKILL);
}

static int64_t ask(int session, struct curfew_call *call)
{
	call->deadline = CURFEW_FOREVER;
	return curfew_send(session, call) ? -errno : (int64_t)call->word[0];
}

static void make(int end_of[2], uint64_t flags)
{
	struct curfew_call call = { .word = { CURFEW_PIPE_CREATE, flags } };

	NEED(ask(pipes, &call) == 0);
	NEED(call.came == 2);
	end_of[READING] = (int)call.handle[0].handle;
	end_of[WRITING] = (int)call.handle[1].handle;
}

static int64_t get(int session, void *buffer, size_t n)
{
	struct curfew_call call = { .word = { CURFEW_FILE_READ, n, CURFEW_FILE_HERE }, .in = buffer, .in_size = n };
	int64_t result = ask(session, &call);

	if (result > 0)
		CHECK_EQ(call.in_length, (size_t)result);
	return result;
}

static int64_t put(int session, const void *buffer, size_t n)
{
	struct curfew_call call = { .word = { CURFEW_FILE_WRITE, n, CURFEW_FILE_HERE }, .out = buffer, .out_length = n };

	return ask(session, &call);
}

static uint8_t byte_at(size_t i)
{
	return (uint8_t)(i % 251 ^ i / 251);
}

/* The server has done what it can about every message sent before: it takes them in order, and has answered one more. */
static void settled(int session)
{
	struct curfew_call call = { .word = { CURFEW_FILE_GET_FLAGS } };

	CHECK(ask(session, &call) >= 0);
}

/* Waits until a thread of the process sleeps, which in these tests means: in its message. */
static void asleep(pid_t pid)
{
	struct curfew_procinfo info;

	do {
		curfew_syscall(SYS_yield);
		NEED(curfew_procinfo(pid, &info) == pid);
	} while (info.state != CURFEW_STATE_SLEEPING);
}

static void expect_child(pid_t pid, int expected)
{
	int status;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, expected);
}

TEST(bytes_and_ends)
{
	struct curfew_stat stat;
	struct curfew_call call = { .word = { CURFEW_FILE_STAT }, .in = &stat, .in_size = sizeof(stat) };
	char buffer[16];
	int p[2];

	start();
	make(p, 0);
	CHECK_EQ(put(p[WRITING], "hello", 5), 5);
	CHECK_EQ(ask(p[READING], &call), 0);
	CHECK_EQ(stat.size, 5);
	CHECK(S_ISFIFO(stat.mode));
	CHECK_EQ(get(p[READING], buffer, 3), 3);
	CHECK_EQ(get(p[READING], buffer + 3, 13), 2);
	CHECK(memcmp(buffer, "hello", 5) == 0);
	CHECK_EQ(get(p[WRITING], buffer, 1), -EBADF);
	curfew_handle_close(p[WRITING]);
	CHECK_EQ(get(p[READING], buffer, 1), 0);
	curfew_handle_close(p[READING]);
	make(p, O_NONBLOCK);
	CHECK_EQ(get(p[READING], buffer, 1), -EAGAIN);
	curfew_handle_close(p[READING]);
	CHECK_EQ(put(p[WRITING], "x", 1), -EPIPE);
	curfew_handle_close(p[WRITING]);
	end();
}

/* More than the ring holds, in pieces of all sizes, across the ring's end. */
TEST(many_bytes_between_processes)
{
	static uint8_t buffer[300000];
	size_t total = 1000000, done = 0;
	int64_t n;
	pid_t child;
	int p[2];

	start();
	make(p, 0);
	child = fork();
	if (child == 0) {
		size_t sizes[] = { 1, 4096, 300000, 5, 65536, 4097, 100, 262144 }, i = 0;

		curfew_handle_close(p[READING]);
		while (done < total) {
			size_t length = sizes[i++ % 8];

			length = length < total - done ? length : total - done;
			for (size_t k = 0; k < length; k++)
				buffer[k] = byte_at(done + k);
			if (put(p[WRITING], buffer, length) != (int64_t)length)
				_exit(1);
			done += length;
		}
		_exit(0);
	}
	curfew_handle_close(p[WRITING]);
	while ((n = get(p[READING], buffer, 1 + done % 100000)) > 0) {
		for (int64_t k = 0; k < n; k++)
			NEED(buffer[k] == byte_at(done + (size_t)k));
		done += (size_t)n;
	}
	CHECK_EQ(n, 0);
	CHECK_EQ(done, total);
	expect_child(child, 0);
	end();
}

/* The last writer was killed: that is the end of the file. */
TEST(the_last_writer_dies)
{
	char c;
	int p[2];
	pid_t child;

	start();
	make(p, 0);
	child = fork();
	if (child == 0) {
		get(p[READING], &c, 1); /* for ever */
		_exit(1);
	}
	asleep(child);
	curfew_handle_close(p[WRITING]);
	settled(p[READING]);
	CHECK_EQ(kill(child, SIGKILL), 0);
	CHECK_EQ(get(p[READING], &c, 1), 0);
	expect_child(child, SIGKILL);
	end();
}

TEST(a_killed_reader_loses_nothing)
{
	char buffer[8];
	int p[2];

	start();
	make(p, 0);
	for (int round = 0; round < 20; round++) {
		pid_t child = fork();

		if (child == 0) {
			get(p[READING], buffer, 8);
			_exit(1);
		}
		asleep(child);
		CHECK_EQ(kill(child, SIGKILL), 0);
		expect_child(child, SIGKILL);
		CHECK_EQ(put(p[WRITING], "abc", 3), 3);
		CHECK_EQ(get(p[READING], buffer, 8), 3);
	}
	end();
}

TEST(a_killed_writer_makes_way)
{
	static char many[80000];
	static char buffer[65536];
	int p[2];
	pid_t child;

	start();
	make(p, 0);
	child = fork();
	if (child == 0) {
		put(p[WRITING], many, sizeof(many));
		_exit(1);
	}
	asleep(child);
	settled(p[READING]); /* the ring is full */
	CHECK_EQ(kill(child, SIGKILL), 0);
	expect_child(child, SIGKILL);
	CHECK_EQ(get(p[READING], buffer, sizeof(buffer)), sizeof(buffer));
	CHECK_EQ(put(p[WRITING], "x", 1), 1);
	CHECK_EQ(get(p[READING], buffer, sizeof(buffer)), 1);
	CHECK_EQ(buffer[0], 'x');
	end();
}

TEST(poll_by_event)
{
	struct curfew_call call = { .word = { CURFEW_FILE_POLL, POLLIN, 8 }, .pass = 1 };
	int event = curfew_event_create(), p[2];
	uint32_t bits = 0;

	NEED(event >= 0);
	start();
	make(p, 0);
	call.handle[0] = (struct curfew_transfer){ (uint32_t)event, CURFEW_RIGHT_SEND };
	CHECK_EQ(ask(p[READING], &call), 0);
	CHECK_EQ(put(p[WRITING], "x", 1), 1);
	CHECK_EQ(curfew_event_wait(event, 8, CURFEW_FOREVER, &bits), 0);
	CHECK_EQ(bits, 8);
	call = (struct curfew_call){ .word = { CURFEW_FILE_POLL, POLLIN | POLLOUT } };
	CHECK_EQ(ask(p[READING], &call), POLLIN);
	call = (struct curfew_call){ .word = { CURFEW_FILE_POLL, POLLIN | POLLOUT } };
	CHECK_EQ(ask(p[WRITING], &call), POLLOUT);
	end();
}

/* Callers do not hang; the supervisor can start another. */
TEST(the_server_dies)
{
	int p[2];
	char c;
	pid_t child;

	start();
	make(p, 0);
	child = fork();
	if (child == 0)
		_exit(get(p[READING], &c, 1) == -ECONNRESET ? 0 : 1);
	asleep(child);
	end();
	expect_child(child, 0);
	CHECK_EQ(put(p[WRITING], "x", 1), -ECONNRESET);
	start();
	make(p, 0);
	CHECK_EQ(put(p[WRITING], "x", 1), 1);
	end();
}
