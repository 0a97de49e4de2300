/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVERS_H
#define SERVERS_H
/*
 * For tests of the whole system: the servers that init supervises, killing them, and what they and init have.
 */
#include <curfew/file.h>
#include <curfew/message.h>
#include <curfew/sys.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include "check.h"

#define UNUSED __attribute__((unused))

enum { CONSOLE, FILES, PIPES, SERVICES };
static const char *const service_names[] UNUSED = { "console", "files", "pipe" };

/* A service as init lists it. */
static UNUSED struct curfew_service service(int which)
{
	struct curfew_service all[8];
	struct curfew_call call = { .word = { CURFEW_NAMES_LIST }, .in = all, .in_size = sizeof(all),
		.deadline = CURFEW_FOREVER };

	NEED(curfew_send(CURFEW_HANDLE_NAMES, &call) == 0);
	NEED((int64_t)call.word[0] == SERVICES * (int)sizeof(all[0]));
	NEED(strcmp(all[which].name, service_names[which]) == 0);
	return all[which];
}

static UNUSED int64_t ask(int session, struct curfew_call *call)
{
	call->deadline = CURFEW_FOREVER;
	return curfew_send(session, call) ? -errno : (int64_t)call->word[0];
}

/* A session to a service: a handle, or a negative errno. */
static UNUSED int64_t connect_to(const char *name, size_t length)
{
	struct curfew_call call = { .word = { CURFEW_NAMES_CONNECT }, .out = name, .out_length = length };
	int64_t result = ask(CURFEW_HANDLE_NAMES, &call);

	return result < 0 ? result : (int64_t)call.handle[0].handle;
}

/* Waits until a process has nothing to do: a server has taken all that was sent to it. */
static UNUSED void idle(pid_t pid)
{
	struct curfew_procinfo info;

	while (pid != 0 && curfew_procinfo(pid, &info) == pid && info.state != CURFEW_STATE_SLEEPING)
		sys(SYS_yield);
}

/* The service has answered a message sent after this began: it is there; and it has taken every notice of before. */
static UNUSED void answered(int which)
{
	for (;;) {
		struct curfew_call call = { .word = { CURFEW_FILE_STAT } }; /* of whatever: an error is an answer */
		int64_t session = connect_to(service_names[which], strlen(service_names[which])), result;

		if (session == -EAGAIN) {
			sys(SYS_yield);
			continue;
		}
		NEED(session >= 0);
		result = ask((int)session, &call);
		curfew_handle_close((int)session);
		if (result != -ECONNRESET)
			break;
	}
	idle(service(which).pid);
	idle(1);
}

/* Kills a service's process, and waits for the next one to be there, and for init to have waited for this one. */
static UNUSED void kill_and_wait(int which)
{
	pid_t pid = service(which).pid;

	NEED(pid > 0);
	CHECK_EQ(kill(pid, SIGKILL), 0);
	while (service(which).pid == pid || service(which).pid == 0 || kill(pid, 0) == 0)
		sys(SYS_yield);
	answered(which);
}

static UNUSED uint32_t handles_of(pid_t pid)
{
	struct curfew_procinfo info;

	NEED(curfew_procinfo(pid, &info) == pid);
	return info.handles;
}

/* This process's handles, one by one. */
static UNUSED uint32_t own_handles(void)
{
	uint32_t count = 0;

	for (int i = 0; i < CURFEW_HANDLES_MAX; i++)
		count += sys(SYS_handle_info, i) >= 0;
	CHECK_EQ(handles_of(getpid()), count);
	return count;
}

static UNUSED uint64_t pages_of_init(void)
{
	struct curfew_procinfo info;

	NEED(curfew_procinfo(1, &info) == 1);
	return info.resident;
}

/* What must be as before when a load is over. */
struct whole {
	long long threads, processes;
	uint32_t init, server[SERVICES], own;
	uint64_t free_blocks, free_files;
	uint64_t init_pages;
};

static UNUSED struct whole whole_now(void)
{
	struct whole whole;
	struct statvfs fs = { 0 };

	CHECK_EQ(statvfs("/tmp", &fs), 0);
	for (int i = 0; i < SERVICES; i++)
		answered(i);
	whole = (struct whole){ .threads = check_counter("thread.live", 0), .processes = check_counter("process.live", 0),
		.init = handles_of(1), .own = own_handles(), .free_blocks = fs.f_bfree, .free_files = fs.f_ffree };
	for (int i = 0; i < SERVICES; i++)
		whole.server[i] = handles_of(service(i).pid);
	whole.init_pages = pages_of_init();
	return whole;
}

/* Zombies and closing handles need their time, so many yields at most. */
static UNUSED void whole_check(const struct whole *before)
{
	struct whole now = whole_now();

	for (int i = 0; i < 100000 && memcmp(&now, before, offsetof(struct whole, init_pages)) != 0; i++) {
		sys(SYS_yield);
		if (i % 100 == 99)
			now = whole_now();
	}
	CHECK_EQ(now.threads, before->threads);
	CHECK_EQ(now.processes, before->processes);
	CHECK_EQ(now.init, before->init);
	CHECK_EQ(now.own, before->own);
	for (int i = 0; i < SERVICES; i++)
		CHECK_EQ(now.server[i], before->server[i]);
	CHECK(now.init_pages <= before->init_pages + 2); /* a deeper stack, once */
	CHECK_EQ(now.free_blocks, before->free_blocks);
	CHECK_EQ(now.free_files, before->free_files);
}

/* To the console, which may be another than that of before. */
static UNUSED __attribute__((format(printf, 1, 2))) void tell(const char *format, ...)
{
	int fd = open("/dev/tty", O_WRONLY | O_CLOEXEC);
	va_list args;

	va_start(args, format);
	vdprintf(fd, format, args);
	va_end(args);
	close(fd);
}

/* --- one state, so that pages can be counted --- */

/* Files, and memory of the file server, as many as any load here has. */
static UNUSED void warm_files(void)
{
	char name[40];
	int fd[64];

	mkdir("/tmp/warm", 0777);
	for (int i = 0; i < 64; i++) {
		snprintf(name, sizeof(name), "/tmp/warm/%d", i);
		fd[i] = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		NEED(fd[i] >= 0);
		CHECK_EQ(pwrite(fd[i], name, sizeof(name), 0), sizeof(name));
	}
	for (int i = 0; i < 64; i++) {
		snprintf(name, sizeof(name), "/tmp/warm/%d", i);
		close(fd[i]);
		CHECK_EQ(unlink(name), 0);
	}
	CHECK_EQ(rmdir("/tmp/warm"), 0);
}

/* Each server is started anew: it has the memory of its start, and the kernel's objects of it lie together. */
static UNUSED void settle_servers(void)
{
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < SERVICES; i++)
			kill_and_wait(i);
		warm_files();
	}
	for (int i = 0; i < SERVICES; i++)
		answered(i);
}

#endif
