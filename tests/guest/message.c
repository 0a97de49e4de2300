/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages: channels, sessions, calls and answers, bytes and handles, notices, events, and every way in which one of the two ends
 * first.
 */
#include <curfew/message.h>
#include <curfew/sys.h>
#include <pthread.h>
#include <sched.h>
#include "check.h"

#define FIRST CURFEW_HANDLE_FIRST

/* A channel and a session of it with a label. */
static void make(int *channel, int *session, uint64_t label)
{
	*channel = curfew_channel_create();
	NEED(*channel >= 0);
	*session = curfew_session_create(*channel, label);
	NEED(*session >= 0);
}

static struct curfew_call words_call(uint64_t first)
{
	struct curfew_call call = { .deadline = CURFEW_FOREVER };

	for (int i = 0; i < CURFEW_MESSAGE_WORDS; i++)
		call.word[i] = first + (uint64_t)i;
	return call;
}

static bool words_are(const uint64_t *word, uint64_t first)
{
	for (int i = 0; i < CURFEW_MESSAGE_WORDS; i++)
		if (word[i] != first + (uint64_t)i)
			return false;
	return true;
}

static void fill_answer(struct curfew_answer *answer, uint64_t token, uint64_t first)
{
	*answer = (struct curfew_answer){ .token = token };
	for (int i = 0; i < CURFEW_MESSAGE_WORDS; i++)
		answer->word[i] = first + (uint64_t)i;
}

static uint64_t in_ms(unsigned ms)
{
	return curfew_now() + ms * 1000000ull;
}

/* A server in a child process: answers every call with its words plus 1000, until the session is closed. */
static void echo_server(int channel, int session)
{
	struct curfew_received received;
	struct curfew_answer answer;
	int kind;

	curfew_handle_close(session);
	kind = curfew_receive(channel, &received, NULL, 0, 0, CURFEW_FOREVER);
	while (kind == CURFEW_RECEIVED_CALL) {
		fill_answer(&answer, received.token, received.word[0] + 1000);
		kind = curfew_reply_receive(channel, &answer, &received, NULL, 0, 0, CURFEW_FOREVER);
	}
	_exit(kind == CURFEW_RECEIVED_CLOSED ? 0 : 1);
}

static void expect_child(pid_t pid, int expected)
{
	int status;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, expected);
}

TEST(words_there_and_back)
{
	int channel, session;
	pid_t server;

	make(&channel, &session, 7);
	server = fork();
	if (server == 0)
		echo_server(channel, session);
	curfew_handle_close(channel);
	for (uint64_t i = 0; i < 2000; i++) {
		struct curfew_call call = words_call(i);

		NEED(curfew_send(session, &call) == 0);
		NEED(words_are(call.word, i + 1000));
		CHECK_EQ(call.in_length, 0);
		CHECK_EQ(call.came, 0);
	}
	curfew_handle_close(session);
	expect_child(server, 0);
}

static void *echo_thread(void *argument)
{
	int channel = *(int *)argument;
	struct curfew_received received;
	struct curfew_answer answer;
	int kind = curfew_receive(channel, &received, NULL, 0, 0, CURFEW_FOREVER);

	while (kind == CURFEW_RECEIVED_CALL) {
		CHECK_EQ(received.label, 42);
		CHECK_EQ(received.pid, getpid());
		fill_answer(&answer, received.token, received.word[0] + 1000);
		kind = curfew_reply_receive(channel, &answer, &received, NULL, 0, 0, CURFEW_FOREVER);
	}
	CHECK_EQ(kind, CURFEW_RECEIVED_CLOSED);
	CHECK_EQ(received.label, 42);
	return NULL;
}

static void *calling_thread(void *argument)
{
	int session = *(int *)argument;

	for (uint64_t i = 0; i < 500; i++) {
		struct curfew_call call = words_call(i * 7);

		CHECK_EQ(curfew_send(session, &call), 0);
		CHECK(words_are(call.word, i * 7 + 1000));
	}
	return NULL;
}

TEST(many_clients_one_server)
{
	int channel, session;
	pthread_t server, client[6];

	make(&channel, &session, 42);
	NEED(pthread_create(&server, NULL, echo_thread, &channel) == 0);
	for (int i = 0; i < 6; i++)
		NEED(pthread_create(&client[i], NULL, calling_thread, &session) == 0);
	for (int i = 0; i < 6; i++)
		pthread_join(client[i], NULL);
	curfew_handle_close(session);
	pthread_join(server, NULL);
}

#define BIG (3 * PAGE + 123)

static unsigned char pattern(size_t i)
{
	return (unsigned char)(i * 31 + i / 251);
}

/* Copies what it gets back, bytes inverted; the odd calls piecewise. */
static void bytes_server(int channel, int session)
{
	static unsigned char buffer[BIG + 64];
	struct curfew_received received;
	struct curfew_answer answer;
	unsigned calls = 0;

	curfew_handle_close(session);
	while (curfew_receive(channel, &received, buffer, calls % 2 ? 10 : sizeof(buffer), 0, CURFEW_FOREVER) ==
	       CURFEW_RECEIVED_CALL) {
		size_t n = received.out_length;

		for (size_t at = received.copied; at < n; at += 1000) {
			size_t part = n - at < 1000 ? n - at : 1000;

			CHECK_EQ(curfew_message_read(channel, received.token, at, buffer + at, 1000), part);
		}
		for (size_t i = 0; i < n; i++)
			buffer[i] = (unsigned char)~buffer[i];
		fill_answer(&answer, received.token, n);
		if (calls++ % 2) {
			for (size_t at = 0; at < n; at += 700) {
				size_t part = n - at < 700 ? n - at : 700;

				CHECK_EQ(curfew_message_write(channel, received.token, at, buffer + at, part), part);
			}
		} else {
			answer.out = buffer;
			answer.out_length = n;
		}
		CHECK_EQ(curfew_reply(channel, &answer), 0);
	}
	_exit(0);
}

TEST(bytes_there_and_back)
{
	static const size_t sizes[] = { 1, 8, 31, 4095, 4096, 4097, BIG, BIG - 1 };
	unsigned char *out = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char *in = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int channel, session;
	pid_t server;

	make(&channel, &session, 1);
	server = fork();
	if (server == 0)
		bytes_server(channel, session);
	curfew_handle_close(channel);
	for (unsigned round = 0; round < 32; round++) {
		size_t n = sizes[round / 2 % 8], shift = round * 97 % PAGE;
		struct curfew_call call = words_call(0);

		for (size_t i = 0; i < n; i++)
			out[shift + i] = pattern(i + round);
		memset(in, 0xee, 8 * PAGE);
		call.out = out + shift;
		call.out_length = n;
		call.in = in + shift / 2;
		call.in_size = n;
		NEED(curfew_send(session, &call) == 0);
		CHECK_EQ(call.in_length, n);
		CHECK_EQ(call.word[0], n);
		for (size_t i = 0; i < n; i++)
			NEED(in[shift / 2 + i] == (unsigned char)~pattern(i + round));
		CHECK_EQ(in[shift / 2 + n], 0xee);
	}
	curfew_handle_close(session);
	expect_child(server, 0);
}

TEST(timeout_and_cancelled_notice)
{
	int channel, session;
	struct curfew_received received;
	struct curfew_call call = words_call(1);
	struct curfew_answer answer;
	uint64_t token;
	pid_t client;

	make(&channel, &session, 9);
	call.deadline = in_ms(5);
	CHECK_ERRNO(curfew_send(session, &call), ETIMEDOUT); /* nobody received it: nobody hears of it */
	CHECK_ERRNO(curfew_receive(channel, &received, NULL, 0, 0, in_ms(1)), ETIMEDOUT);
	client = fork();
	if (client == 0) {
		curfew_handle_close(channel);
		call = words_call(1);
		call.deadline = in_ms(200); /* it is received before that */
		CHECK_ERRNO(curfew_send(session, &call), ETIMEDOUT);
		_exit(0);
	}
	CHECK_EQ(curfew_receive(channel, &received, NULL, 0, 0, CURFEW_FOREVER), CURFEW_RECEIVED_CALL);
	token = received.token;
	CHECK_EQ(curfew_message_status(channel, token), 0);
	CHECK_EQ(curfew_receive(channel, &received, NULL, 0, 0, CURFEW_FOREVER), CURFEW_RECEIVED_CANCELLED);
	CHECK_EQ(received.label, 9);
	CHECK_ERRNO(curfew_message_status(channel, token), ESRCH);
	fill_answer(&answer, token, 0);
	CHECK_ERRNO(curfew_reply(channel, &answer), ESRCH);
	expect_child(client, 0);
}

TEST(killed_client_leaves_nothing)
{
	int channel, session;
	struct curfew_received received;
	struct curfew_call call = words_call(1);
	pid_t client;

	make(&channel, &session, 9);
	client = fork();
	if (client == 0) {
		curfew_send(session, &call);
		_exit(1);
	}
	CHECK_EQ(curfew_receive(channel, &received, NULL, 0, 0, CURFEW_FOREVER), CURFEW_RECEIVED_CALL);
	kill(client, SIGKILL);
	expect_child(client, SIGKILL);
	CHECK_EQ(curfew_receive(channel, &received, NULL, 0, 0, CURFEW_FOREVER), CURFEW_RECEIVED_CANCELLED);
	curfew_handle_close(session);
	CHECK_EQ(curfew_receive(channel, &received, NULL, 0, 0, CURFEW_FOREVER), CURFEW_RECEIVED_CLOSED);
	CHECK_ERRNO(curfew_receive(channel, &received, NULL, 0, 0, in_ms(1)), ETIMEDOUT);
}

TEST(killed_server_fails_its_callers)
{
	int channel, session;
	struct curfew_call call = words_call(1);
	struct curfew_received received;
	pid_t server;

	make(&channel, &session, 9);
	server = fork();
	if (server == 0) {
		curfew_receive(channel, &received, NULL, 0, 0, CURFEW_FOREVER);
		raise(SIGKILL);
	}
	curfew_handle_close(channel);
	CHECK_ERRNO(curfew_send(session, &call), ECONNRESET);
	CHECK_ERRNO(curfew_send(session, &call), ECONNRESET);
	expect_child(server, SIGKILL);
}

TEST(handles_travel)
{
	int channel, session, vmo = curfew_vmo_create(PAGE, 0);
	struct curfew_call call = words_call(1);
	struct curfew_received received;
	struct curfew_answer answer;
	char byte = 'x';
	pid_t client;

	NEED(vmo >= 0);
	make(&channel, &session, 5);
	client = fork();
	if (client == 0) {
		CHECK_EQ(curfew_vmo_write(vmo, 0, &byte, 1), 1);
		call.handle[0] = (struct curfew_transfer){ (uint32_t)vmo, CURFEW_RIGHT_READ | CURFEW_RIGHT_TRANSFER | CURFEW_PASS_MOVE };
		call.pass = 1;
		CHECK_EQ(curfew_send(session, &call), 0);
		CHECK_EQ(call.came, 1);
		CHECK_EQ(call.handle[0].handle, vmo); /* the lowest free number: it was moved */
		CHECK_EQ(call.handle[0].rights, CURFEW_RIGHT_READ);
		byte = 0;
		CHECK_EQ(curfew_vmo_read((int)call.handle[0].handle, 0, &byte, 1), 1);
		CHECK_EQ(byte, 'x');
		_exit(0);
	}
	curfew_handle_close(vmo);
	CHECK_EQ(curfew_receive(channel, &received, NULL, 0, CURFEW_TAKE_CLOEXEC, CURFEW_FOREVER), CURFEW_RECEIVED_CALL);
	CHECK_EQ(received.came, 1);
	CHECK_EQ(received.handle[0].rights, CURFEW_RIGHT_READ | CURFEW_RIGHT_TRANSFER);
	CHECK_EQ(sys(SYS_handle_flags, received.handle[0].handle, -1), CURFEW_HANDLE_CLOEXEC);
	fill_answer(&answer, received.token, 0);
	answer.pass = 1;
	answer.handle[0] = (struct curfew_transfer){ received.handle[0].handle, CURFEW_RIGHT_WRITE };
	CHECK_ERRNO(curfew_reply(channel, &answer), EPERM);
	answer.handle[0].rights = CURFEW_RIGHT_READ;
	CHECK_EQ(curfew_reply(channel, &answer), 0);
	expect_child(client, 0);
}

TEST(events)
{
	int channel, session, event = curfew_event_create();
	struct curfew_received received;
	uint32_t bits = 0;

	NEED(event >= 0);
	make(&channel, &session, 5);
	CHECK_EQ(curfew_event_signal(event, 6), 0);
	CHECK_EQ(curfew_event_wait(event, 2, CURFEW_FOREVER, &bits), 0);
	CHECK_EQ(bits, 2);
	CHECK_ERRNO(curfew_event_wait(event, 2, in_ms(1), &bits), ETIMEDOUT);
	CHECK_EQ(curfew_event_bind(event, channel, 77), 0);
	CHECK_EQ(curfew_receive(channel, &received, NULL, 0, 0, CURFEW_FOREVER), CURFEW_RECEIVED_EVENT);
	CHECK_EQ(received.label, 77);
	CHECK_EQ(received.word[0], 4);
	if (fork() == 0) {
		CHECK_EQ(curfew_event_signal(event, 8), 0);
		_exit(0);
	}
	CHECK_EQ(curfew_receive(channel, &received, NULL, 0, 0, CURFEW_FOREVER), CURFEW_RECEIVED_EVENT);
	CHECK_EQ(received.word[0], 8);
	wait(NULL);
	CHECK_EQ(curfew_event_bind(event, -1, 0), 0);
	CHECK_EQ(curfew_event_signal(event, 1), 0);
	CHECK_ERRNO(curfew_receive(channel, &received, NULL, 0, 0, in_ms(1)), ETIMEDOUT);
}
