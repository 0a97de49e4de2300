/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that a signal interrupts while their server has them: made again with SA_RESTART, EINTR without; never on a regular file.
 */
#include "signal_check.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void wakes_child(int number)
{
	(void)number;
	count++;
	store(&words[0], 1);
}

static int other_pipe[2];

static void writes_elsewhere(int number)
{
	count++;
	CHECK_EQ(write(other_pipe[1], &number, 1), 1);
}

/* Sends SIGUSR1 when this process sleeps, and writes `bytes` to fd when the handler has run and it sleeps again. */
static pid_t interrupt_then_write(int fd, size_t bytes)
{
	pid_t self = getpid(), pid;

	store(&words[0], 0);
	pid = fork();
	if (pid == 0) {
		static char zeroes[16];

		until_sleeps(self);
		CHECK_EQ(sys(SYS_kill, self, SIGUSR1), 0);
		until(&words[0], 1);
		until_sleeps(self);
		CHECK_EQ(write(fd, zeroes, bytes), (long)bytes);
		_exit(0);
	}
	return pid;
}

/* A call that its server has: SA_RESTART makes it again, and what other handlers do meanwhile is not taken for it. */
TEST(restart_what_a_server_has)
{
	static char full[65536];
	struct termios modes, raw;
	int p[2];
	char byte;
	pid_t pid;

	words = check_shared->words;
	NEED(pipe(p) == 0 && pipe(other_pipe) == 0);
	set(SIGUSR1, wakes_child, SA_RESTART);
	for (int i = 0; i < 20; i++) {
		pid = interrupt_then_write(p[1], 1);
		CHECK_EQ(read(p[0], &byte, 1), 1);
		CHECK_EQ(reap(pid), 0);
	}
	CHECK_EQ(count, 20);

	/* A write that no byte of was taken: it waits behind a full pipe. */
	NEED(fcntl(p[1], F_SETFL, O_NONBLOCK) == 0);
	while (write(p[1], full, 4096) > 0)
		;
	NEED(fcntl(p[1], F_SETFL, 0) == 0);
	store(&words[0], 0);
	pid = fork();
	if (pid == 0) {
		until_sleeps(getppid());
		CHECK_EQ(sys(SYS_kill, getppid(), SIGUSR1), 0);
		until(&words[0], 1);
		until_sleeps(getppid());
		CHECK_EQ(read(p[0], full, 4096), 4096);
		_exit(0);
	}
	CHECK_EQ(write(p[1], full, 100), 100);
	CHECK_EQ(reap(pid), 0);
	CHECK_EQ(count, 21);

	/* The terminal: its timer ends the read, no signal does. */
	NEED(tcgetattr(STDIN_FILENO, &modes) == 0);
	raw = modes;
	raw.c_lflag &= ~(tcflag_t)ICANON;
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 5;
	NEED(tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0);
	pid = send_when_asleep(SIGUSR1);
	CHECK(read(STDIN_FILENO, full, 4) >= 0); /* an end of file may wait, which is one byte here */
	CHECK_EQ(reap(pid), 0);
	pid = send_when_asleep(SIGUSR1);
	CHECK(read(STDIN_FILENO, full, 4) >= 0);
	CHECK_EQ(tcsetattr(STDIN_FILENO, TCSANOW, &modes), 0);
	CHECK_EQ(reap(pid), 0);

	/* Without SA_RESTART it ends, though the handler makes calls that are not interrupted. */
	set(SIGUSR1, writes_elsewhere, 0);
	pipe(p);
	for (int i = 0; i < 20; i++) {
		pid = send_when_asleep(SIGUSR1);
		CHECK_ERRNO(read(p[0], &byte, 1), EINTR);
		CHECK_EQ(reap(pid), 0);
	}
}

/* A regular file never makes anyone wait, so no signal ends a call on one: not even while its server is busy with others. */
TEST(files_know_no_eintr)
{
	int fd = open("/bin/true", O_RDONLY);
	pid_t self = getpid(), pid[4];
	char bytes[64];

	words = check_shared->words;
	NEED(fd >= 0);
	set(SIGUSR1, counts, 0);
	for (int i = 0; i < 4; i++) {
		pid[i] = fork();
		if (pid[i] == 0) {
			static char much[65536];

			while (!load(&words[0])) {
				if (i == 0)
					sys(SYS_kill, self, SIGUSR1);
				else
					pread(fd, much, sizeof(much), 0);
				sys(SYS_sleep_until, now_ns() + 200000); /* or on one CPU nobody else gets to run for long */
			}
			_exit(0);
		}
	}
	while (count < 100)
		CHECK_EQ(pread(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
	store(&words[0], 1);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(reap(pid[i]), 0);
	CHECK(count > 0);
	close(fd);
}
