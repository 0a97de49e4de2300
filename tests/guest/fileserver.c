/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file server as a process: calls, long reads and writes, mappings, and what is there after it was killed.  This program is its
 * supervisor.
 */
#include <curfew/file.h>
#include <curfew/message.h>
#include <curfew/sys.h>
#include <fcntl.h>
#include <sched.h>
#include "check.h"

#define ARENA_SIZE (257ull << 30)

static struct {
	int state, initrd; /* memory objects: the arena; a copy of the initrd, with all rights */
	int manage;        /* of the present server's channel */
	int root;          /* session */
	pid_t pid;
} server;

static int copy_initrd(void)
{
	static char buffer[65536];
	long archive = initrd();
	uint64_t size = sys(SYS_vmo_size, archive);
	int copy = curfew_vmo_create(size, 0);

	NEED(copy >= 0);
	for (uint64_t at = 0; at < size; at += sizeof(buffer)) {
		long n = sys(SYS_vmo_read, archive, at, buffer, sizeof(buffer));

		NEED(n > 0 && sys(SYS_vmo_write, copy, at, buffer, n) == n);
	}
	sys(SYS_handle_close, archive);
	return copy;
}

static void be_server(int names, int channel)
{
	NEED(sys(SYS_handle_place, server.initrd, CURFEW_RIGHT_ALL, CURFEW_HANDLE_INITRD, 0) >= 0);
	NEED(sys(SYS_handle_place, channel, CURFEW_RIGHT_ALL, CURFEW_HANDLE_CHANNEL, 0) >= 0);
	NEED(sys(SYS_handle_place, server.state, CURFEW_RIGHT_ALL, CURFEW_HANDLE_STATE, 0) >= 0);
	NEED(sys(SYS_handle_place, names, CURFEW_RIGHT_ALL, CURFEW_HANDLE_NAMES, 0) >= 0);
	curfew_handle_close(names);
	curfew_handle_close(channel);
	execl("/server/files", "files", NULL);
	CHECK_EQ(errno, 0);
	_exit(99);
}

/* A server begins on the arena, and says that it is ready. */
static void start_server(void)
{
	int channel = curfew_channel_create(), supervisor = curfew_channel_create();
	int names = curfew_session_create(supervisor, 1);
	struct curfew_received received;
	struct curfew_answer answer = { .token = 0 };

	NEED(channel >= 0 && supervisor >= 0 && names >= 0);
	server.manage = curfew_handle_dup(channel, CURFEW_RIGHT_MANAGE, 0, 0);
	NEED(server.manage >= 0);
	server.pid = fork();
	NEED(server.pid >= 0);
	if (server.pid == 0)
		be_server(names, channel);
	curfew_handle_close(names);
	curfew_handle_close(channel);
	if (curfew_receive(supervisor, &received, NULL, 0, 0, CURFEW_FOREVER) != CURFEW_RECEIVED_CALL) {
		int status = -1;

		waitpid(server.pid, &status, 0);
		CHECK_EQ(status, 0); /* why it did not start */
		_exit(1);
	}
	CHECK_EQ(received.word[0], CURFEW_NAMES_READY);
	answer.token = received.token;
	CHECK_EQ(curfew_reply(supervisor, &answer), 0);
	curfew_handle_close(supervisor);
	server.root = curfew_session_create(server.manage, CURFEW_LABEL_SUPERVISOR | 1);
	NEED(server.root >= 0);
}

static void end_server(void)
{
	int status;

	kill(server.pid, SIGKILL);
	CHECK_EQ(waitpid(server.pid, &status, 0), server.pid);
	CHECK_EQ(status, SIGKILL);
	curfew_handle_close(server.manage);
	curfew_handle_close(server.root);
}

static void begin(void)
{
	server.initrd = copy_initrd();
	server.state = curfew_vmo_create(ARENA_SIZE, CURFEW_VMO_PAGES);
	NEED(server.state >= 0);
	start_server();
}

/* One message; the result, or -ECONNRESET. */
static int64_t call(int session, struct curfew_call *call)
{
	call->deadline = CURFEW_FOREVER;
	return curfew_send(session, call) == 0 ? (int64_t)call->word[0] : -errno;
}

static int64_t open_file(const char *path, uint64_t flags)
{
	struct curfew_call c = { .word = { CURFEW_FILE_OPEN, flags, 0644 }, .out = path, .out_length = strlen(path) };
	int64_t result = call(server.root, &c);

	return result ? result : c.came == 1 ? (int64_t)c.handle[0].handle : -EIO;
}

static int64_t read_file(int file, void *to, size_t length, uint64_t offset)
{
	struct curfew_call c = { .word = { CURFEW_FILE_READ, length, offset }, .in = to, .in_size = length };
	int64_t result = call(file, &c);

	CHECK(result < 0 || c.in_length == (size_t)result);
	return result;
}

static int64_t write_file(int file, const void *from, size_t length, uint64_t offset)
{
	struct curfew_call c = { .word = { CURFEW_FILE_WRITE, length, offset }, .out = from, .out_length = length };

	return call(file, &c);
}

TEST(calls_and_death)
{
	static char data[300000], back[300000];
	int file, program;
	char text[16];

	begin();
	program = open_file("bin/init", O_RDONLY);
	NEED(program >= 0);
	CHECK_EQ(read_file(program, text, 4, 0), 4);
	CHECK(memcmp(text, "\177ELF", 4) == 0);
	file = open_file("new", O_CREAT | O_RDWR | O_EXCL);
	NEED(file >= 0);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7 + i / 256);
	CHECK_EQ(write_file(file, data, sizeof(data), 0), sizeof(data));
	CHECK_EQ(read_file(file, back, sizeof(back), 0), sizeof(back));
	CHECK(memcmp(data, back, sizeof(data)) == 0);
	CHECK_EQ(write_file(file, "end", 3, 1000000), 3); /* behind a hole */
	CHECK_EQ(read_file(file, back, 300000, 290000), 300000);
	CHECK(memcmp(data + 290000, back, 10000) == 0 && back[10000] == 0 && back[299999] == 0);
	end_server();
	CHECK_EQ(read_file(file, text, 4, 0), -ECONNRESET);
	start_server();
	CHECK_EQ(read_file(file, text, 4, 0), -ECONNRESET);
	CHECK_EQ(open_file("new", O_CREAT | O_EXCL), -EEXIST);
	file = open_file("new", O_RDONLY);
	NEED(file >= 0);
	CHECK_EQ(read_file(file, back, sizeof(back), 0), sizeof(back));
	CHECK(memcmp(data, back, sizeof(data)) == 0);
	CHECK_EQ(read_file(file, text, 16, 1000000), 3);
	end_server();
}

TEST(mapped)
{
	struct curfew_call c = { .word = { CURFEW_FILE_MAP, 4096, 8192, PROT_READ | PROT_WRITE } };
	char text[16], *map;
	int file;

	begin();
	file = open_file("new", O_CREAT | O_RDWR);
	NEED(file >= 0);
	CHECK_EQ(write_file(file, "hello", 5, 8000), 5);
	NEED(call(file, &c) == 0 && c.came == 1);
	CHECK_EQ(c.word[2], 8005 - 4096);
	map = (char *)sys(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, CURFEW_MAP_SHARED, c.handle[0].handle, c.word[1]);
	/* The server's own mapping would keep the page that all others lose. */
	CHECK_EQ(sys(SYS_vmo_discard, c.handle[0].handle, 0, 4096), -EPERM);
	NEED((unsigned long)map < -4095ul);
	CHECK(memcmp(map + 8000 - 4096, "hello", 5) == 0);
	memcpy(map + 8000 - 4096, "HELLO", 5);
	CHECK_EQ(read_file(file, text, 16, 8000), 5);
	CHECK(memcmp(text, "HELLO", 5) == 0);
	end_server();
	memcpy(map + 8000 - 4096, "still", 5); /* the pages are the arena's, not the server's */
	start_server();
	file = open_file("new", O_RDONLY);
	CHECK_EQ(read_file(file, text, 16, 8000), 5);
	CHECK(memcmp(text, "still", 5) == 0);
	/* Programs come from the initrd itself. */
	file = open_file("bin/init", O_RDONLY);
	c = (struct curfew_call){ .word = { CURFEW_FILE_MAP, 0, 4096, PROT_READ | PROT_EXEC } };
	NEED(call(file, &c) == 0 && c.came == 1);
	CHECK_EQ(c.handle[0].rights, CURFEW_RIGHT_READ | CURFEW_RIGHT_MAP | CURFEW_RIGHT_EXECUTE);
	end_server();
}

/* A child kills the server at some moment after so many files, while more are made: those answered are there, whole. */
TEST(killed_amid)
{
	volatile unsigned *progress = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned made = 0;

	NEED(progress != MAP_FAILED);
	begin();
	for (unsigned round = 0; round < 12; round++) {
		pid_t killer = fork();
		char name[16], text[16];
		int64_t file = 0;
		int status;

		NEED(killer >= 0);
		if (killer == 0) {
			unsigned least = made + 1 + 7 * round;

			while (*progress < least)
				sched_yield();
			for (unsigned i = 0; i < 5 * round; i++)
				sched_yield();
			kill(server.pid, SIGKILL);
			_exit(0);
		}
		for (;; *progress = ++made) {
			snprintf(name, sizeof(name), "f%u", made);
			file = open_file(name, O_CREAT | O_RDWR | O_TRUNC);
			if (file < 0 || write_file((int)file, name, sizeof(name), 0) != sizeof(name))
				break;
			curfew_handle_close((int)file);
			if (made % 512 == 511) { /* the table of inodes ends */
				for (unsigned i = made - 511; i <= made; i++) {
					struct curfew_call c = { .word = { CURFEW_FILE_UNLINK }, .out = name };

					c.out_length = (size_t)snprintf(name, sizeof(name), "f%u", i);
					call(server.root, &c);
				}
			}
		}
		if (file >= 0)
			curfew_handle_close((int)file);
		CHECK_EQ(waitpid(killer, &status, 0), killer);
		end_server();
		start_server();
		for (unsigned i = made / 512 * 512; i < made; i++) {
			snprintf(name, sizeof(name), "f%u", i);
			file = open_file(name, O_RDONLY);
			NEED(file >= 0);
			CHECK_EQ(read_file((int)file, text, sizeof(text), 0), sizeof(text));
			CHECK(strcmp(name, text) == 0);
			curfew_handle_close((int)file);
		}
	}
	CHECK(made >= 12);
	munmap((void *)progress, 4096);
	end_server();
}
