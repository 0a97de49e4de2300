/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes through the C library: ends, signals, what is atomic, and waiting for several at once.
 */
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sys/select.h>
#include <sys/stat.h>

#include "check.h"

static int p[2];
static pid_t forked = -1;

static void open_pipe(void)
{
	NEED(pipe(p) == 0);
}

TEST(end_of_file)
{
	char text[8];

	open_pipe();
	CHECK_EQ(write(p[1], "abc", 3), 3);
	CHECK_EQ(close(p[1]), 0);
	CHECK_EQ(read(p[0], text, 8), 3);
	CHECK_EQ(read(p[0], text, 8), 0);
	CHECK_EQ(read(p[0], text, 8), 0);
	close(p[0]);
	/* The last of several writers, which is killed. */
	open_pipe();
	for (int i = 0; i < 3; i++) {
		if (fork() == 0) {
			if (i == 0)
				_exit(0);
			sys(SYS_sleep_until, CURFEW_FOREVER);
		}
	}
	CHECK_EQ(close(p[1]), 0);
	NEED(fcntl(p[0], F_SETFL, O_NONBLOCK) == 0);
	CHECK_ERRNO(read(p[0], text, 8), EAGAIN);
	NEED(fcntl(p[0], F_SETFL, 0) == 0);
	if (fork() == 0) {
		signal(SIGTERM, SIG_IGN);
		kill(0, SIGTERM);
		_exit(0);
	}
	signal(SIGTERM, SIG_IGN);
	while (read(p[0], text, 8) < 0 && errno == EINTR)
		;
	CHECK_EQ(read(p[0], text, 8), 0);
}

TEST(nobody_reads)
{
	static char many[200000];
	pid_t reader;

	open_pipe();
	CHECK_EQ(close(p[0]), 0);
	CHECK_EQ(CHILD(write(p[1], "x", 1)), SIGPIPE);
	signal(SIGPIPE, SIG_IGN);
	CHECK_ERRNO(write(p[1], "x", 1), EPIPE);
	/* While it waits for room. */
	open_pipe();
	reader = fork();
	if (reader == 0) {
		CHECK_EQ(read(p[0], many, 1), 1);
		_exit(0);
	}
	close(p[0]);
	CHECK(write(p[1], many, sizeof(many)) < (ssize_t)sizeof(many));
	CHECK_EQ(check_wait(reader), 0);
}

TEST(wrong_end)
{
	struct stat st;
	char c;

	open_pipe();
	CHECK_ERRNO(read(p[1], &c, 1), EBADF);
	CHECK_ERRNO(write(p[0], "x", 1), EBADF);
	CHECK_ERRNO(lseek(p[0], 0, SEEK_SET), ESPIPE);
	CHECK_ERRNO(ftruncate(p[1], 0), EINVAL);
	CHECK_EQ(fstat(p[0], &st), 0);
	CHECK(S_ISFIFO(st.st_mode));
}

/* What is not longer than PIPE_BUF is not mixed with others'. */
TEST(atomic_writes)
{
	enum { WRITERS = 6, EACH = 40 };
	static char block[PIPE_BUF];
	size_t total = 0, at = 0;
	ssize_t n;

	open_pipe();
	for (int i = 0; i < WRITERS; i++) {
		if (fork() == 0) {
			memset(block, 'a' + i, sizeof(block));
			for (int k = 0; k < EACH; k++)
				NEED(write(p[1], block, sizeof(block)) == (ssize_t)sizeof(block));
			_exit(0);
		}
	}
	close(p[1]);
	while ((n = read(p[0], block + at, sizeof(block) - at)) > 0) {
		total += (size_t)n;
		at += (size_t)n;
		if (at < sizeof(block))
			continue;
		at = 0;
		for (size_t k = 1; k < sizeof(block); k++)
			NEED(block[k] == block[0]);
	}
	CHECK_EQ(n, 0);
	CHECK_EQ(total, sizeof(block) * WRITERS * EACH);
	while (wait(NULL) > 0)
		;
}

TEST(nonblocking)
{
	static char block[PIPE_BUF];
	char c;
	size_t room = 0;
	ssize_t n;

	open_pipe();
	NEED(fcntl(p[0], F_SETFL, O_NONBLOCK) == 0 && fcntl(p[1], F_SETFL, O_NONBLOCK) == 0);
	CHECK_ERRNO(read(p[0], &c, 1), EAGAIN);
	while ((n = write(p[1], block, sizeof(block))) > 0)
		room += (size_t)n;
	CHECK_EQ(errno, EAGAIN);
	CHECK(room >= PIPE_BUF);
	CHECK_EQ(read(p[0], block, 100), 100);
	CHECK_ERRNO(write(p[1], block, sizeof(block)), EAGAIN); /* all or nothing, for so few */
	while (room > 100 && (n = read(p[0], block, sizeof(block))) > 0)
		room -= (size_t)n;
	CHECK_EQ(room, 100);
	CHECK_ERRNO(read(p[0], &c, 1), EAGAIN);
}

TEST(poll_of_several)
{
	struct pollfd fds[4] = { 0 };
	int q[2];
	uint64_t begin;
	char c;

	open_pipe();
	NEED(pipe(q) == 0);
	fds[0] = (struct pollfd){ .fd = p[0], .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = q[0], .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = -1, .events = POLLIN };
	fds[3] = (struct pollfd){ .fd = 99, .events = POLLIN };
	CHECK_EQ(poll(fds, 3, 0), 0);
	begin = now_ns();
	CHECK_EQ(poll(fds, 3, 20), 0);
	CHECK(now_ns() - begin >= 20000000);
	CHECK_EQ(poll(fds, 4, -1), 1);
	CHECK_EQ(fds[3].revents, POLLNVAL);
	for (int i = 0; i < 20; i++) { /* one that comes while it waits */
		pid_t pid = fork();

		if (pid == 0) {
			sleep_ms(1);
			_exit(write(i % 2 ? p[1] : q[1], "x", 1) != 1);
		}
		CHECK_EQ(poll(fds, 3, -1), 1);
		CHECK_EQ(fds[i % 2 ? 0 : 1].revents, POLLIN);
		CHECK_EQ(fds[i % 2 ? 1 : 0].revents, 0);
		CHECK_EQ(read(fds[i % 2 ? 0 : 1].fd, &c, 1), 1);
		CHECK_EQ(check_wait(pid), 0);
	}
	close(p[1]);
	CHECK_EQ(poll(fds, 2, -1), 1);
	CHECK(fds[0].revents & POLLHUP);
	close(q[0]);
	fds[0] = (struct pollfd){ .fd = q[1], .events = POLLOUT };
	CHECK_EQ(poll(fds, 1, -1), 1);
	CHECK(fds[0].revents & POLLERR);
}

static volatile bool stop_polling;

static void *polls_for_ever(void *unused)
{
	struct pollfd fd = { .fd = p[0], .events = POLLIN };

	while (!stop_polling)
		CHECK_EQ(poll(&fd, 1, -1), 1);
	return unused;
}

/* Handles of the library's own, above all descriptors. */
static int hidden_handles(void)
{
	int n = 0;

	for (int handle = CURFEW_HANDLE_FD0 + OPEN_MAX; handle < CURFEW_HANDLES_MAX; handle++)
		n += sys(SYS_handle_flags, handle, -1) >= 0;
	return n;
}

static void forks(int number)
{
	(void)number;
	forked = fork();
}

/* A child has none of the events with which its parent's threads wait; one that a handler forks goes on with its own. */
TEST(poll_and_fork)
{
	struct sigaction action = { .sa_handler = forks, .sa_flags = SA_RESTART };
	pthread_t threads[8];
	pid_t self, pid;

	open_pipe();
	for (int i = 0; i < 8; i++)
		NEED(pthread_create(&threads[i], NULL, polls_for_ever, NULL) == 0);
	while (hidden_handles() < 8)
		sleep_ms(1);
	CHECK_EQ(CHILD(CHECK_EQ(hidden_handles(), 0); CHECK_EQ(poll(NULL, 0, 1), 0); CHECK_EQ(hidden_handles(), 0)), 0);
	CHECK_EQ(hidden_handles(), 8);
	stop_polling = true;
	CHECK_EQ(write(p[1], "", 1), 1);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(hidden_handles(), 0);

	/* A handler forks amid poll(), which goes on in both. */
	self = getpid();
	sigaction(SIGUSR1, &action, NULL);
	pid = fork();
	if (pid == 0) {
		sleep_ms(5);
		_exit(kill(self, SIGUSR1) != 0);
	}
	CHECK_EQ(poll(NULL, 0, 100), 0);
	if (forked == 0)
		_exit(hidden_handles());
	CHECK_EQ(check_wait(pid), 0);
	CHECK_EQ(check_wait(forked), 0);
}

TEST(select_of_several)
{
	struct timeval soon = { .tv_usec = 20000 }, now = { 0 };
	uint64_t begin = now_ns();
	fd_set in, out;

	open_pipe();
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(p[0], &in);
	CHECK_EQ(select(p[1] + 1, &in, NULL, NULL, &soon), 0);
	CHECK(now_ns() - begin >= 20000000);
	CHECK(!FD_ISSET(p[0], &in));
	FD_SET(p[0], &in);
	FD_SET(p[1], &out);
	CHECK_EQ(select(p[1] + 1, &in, &out, NULL, &now), 1);
	CHECK(!FD_ISSET(p[0], &in) && FD_ISSET(p[1], &out));
	CHECK_EQ(write(p[1], "x", 1), 1);
	FD_SET(p[0], &in);
	CHECK_EQ(select(p[1] + 1, &in, &out, NULL, NULL), 2);
	FD_ZERO(&in);
	FD_SET(99, &in);
	CHECK_ERRNO(select(100, &in, NULL, NULL, &now), EBADF);
}
