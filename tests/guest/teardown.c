/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When an address space ends, and when it does not: counters around exits and execs, with nothing else running.
 */
#include <pthread.h>
#include <spawn.h>

#include "check.h"

#define COUNTERS 6
static const char *const names[COUNTERS] = {
	"purge.calls", "purge.pages", "table.free", "asid.flush", "tlbi.local", "tlbi.broadcast",
};
enum { PURGES, PAGES, TABLES, FLUSHES, LOCAL, BROADCAST };

static long long begin[COUNTERS], grew[COUNTERS];

/* Everything that the second reading touches, the first has touched: no fault gets in between. */
static void read_begin(void)
{
	memset(grew, 0, sizeof(grew));
	for (int twice = 0; twice < 2; twice++)
		for (int i = 0; i < COUNTERS; i++)
			begin[i] = check_counter(names[i], 0);
}

static void read_end(void)
{
	for (int i = 0; i < COUNTERS; i++)
		grew[i] = check_counter(names[i], 0) - begin[i];
}

int other_main(int argc, char **argv)
{
	return argc > 1 ? atoi(argv[1]) : 0;
}

static void vfork_and_exit(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(3);
	CHECK_EQ(check_wait(pid), 3 << 8);
}

/* A vfork child's exit takes a right away from the space that it shares: nothing is flushed, nothing purged. */
TEST(vfork_exit_drops_a_reference)
{
	static char big[64 * PAGE];

	memset(big, 1, sizeof(big));
	vfork_and_exit(); /* touches what the second one will */
	read_begin();
	vfork_and_exit();
	read_end();
	CHECK_EQ(grew[PURGES], 0);
	CHECK_EQ(grew[PAGES], 0);
	CHECK_EQ(grew[TABLES], 0);
	CHECK_EQ(grew[FLUSHES], 0);
	CHECK_EQ(grew[LOCAL] + grew[BROADCAST], 0);
	for (size_t i = 0; i < sizeof(big); i += PAGE)
		CHECK_EQ(big[i], 1);
}

TEST(vfork_killed_drops_a_reference)
{
	pid_t pid;

	read_begin();
	pid = vfork();
	if (pid == 0)
		sys(SYS_kill, sys(SYS_getpid), SIGKILL);
	CHECK_EQ(check_wait(pid), SIGKILL);
	read_end();
	CHECK_EQ(grew[PURGES], 0);
	CHECK_EQ(grew[FLUSHES], 0);
}

/* The one purge is that of the space which exec made, when its program ends. */
TEST(vfork_exec_drops_a_reference)
{
	pid_t pid;

	read_begin();
	pid = vfork();
	if (pid == 0) {
		execl("/bin/teardown", "teardown", "@status", "42", (char *)NULL);
		_exit(99);
	}
	CHECK_EQ(check_wait(pid), 42 << 8);
	read_end();
	CHECK_EQ(grew[PURGES], 1);
	CHECK(grew[FLUSHES] <= 1);
}

TEST(posix_spawn_drops_a_reference)
{
	char *argv[] = { "teardown", "@status", "7", NULL };
	pid_t pid;

	read_begin();
	CHECK_EQ(posix_spawn(&pid, "/bin/teardown", NULL, NULL, argv, environ), 0);
	CHECK_EQ(check_wait(pid), 7 << 8);
	read_end();
	CHECK_EQ(grew[PURGES], 1);
	CHECK(grew[FLUSHES] <= 1);
}

/* An exec that fails leaves all as it was but for the space that it had begun to make, which never ran: no flush. */
TEST(failed_exec_flushes_nothing)
{
	read_begin();
	CHECK_EQ(execl("/bin/nothing-of-that-name", "x", (char *)NULL), -1);
	read_end();
	CHECK_EQ(grew[FLUSHES], 0);
	CHECK_EQ(grew[BROADCAST], 0);
}

/* exec ends one space, exit the next: each is purged once, and flushed once at most. */
TEST(exec_purges_what_it_leaves)
{
	int status;

	read_begin();
	status = CHILD(execl("/bin/teardown", "teardown", "@status", "9", (char *)NULL); _exit(99));
	CHECK_EQ(status, 9 << 8);
	read_end();
	CHECK_EQ(grew[PURGES], 2);
	CHECK(grew[FLUSHES] <= 2);
}

static void *forever(void *arg)
{
	for (;;)
		sys(SYS_yield);
	return arg;
}

/* However many threads, and whoever of them is last: one end. */
TEST(many_threads_one_purge)
{
	int status;

	read_begin();
	status = CHILD(
		pthread_t t;
		for (int i = 0; i < 6; i++)
			NEED(pthread_create(&t, NULL, forever, NULL) == 0);
		_exit(5));
	CHECK_EQ(status, 5 << 8);
	read_end();
	CHECK_EQ(grew[PURGES], 1);
	CHECK(grew[FLUSHES] <= 1);
	CHECK(grew[PAGES] > 6);
}
