/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes, call by call: ids, exit, wait, kill, groups, orphans, usage, affinity, priority, procinfo.
 */
#include "check.h"

#define STATUS_EXIT(code) ((code) << 8)

static struct curfew_procinfo info_of(pid_t pid)
{
	struct curfew_procinfo info = { 0 };

	if (sys(SYS_procinfo, pid, &info) != pid)
		info.pid = -1;
	return info;
}

TEST(ids)
{
	pid_t self = (pid_t)sys(SYS_getpid);

	CHECK(self > 1);
	CHECK_EQ(sys(SYS_gettid), self);
	CHECK(sys(SYS_getppid) > 0);
	CHECK_EQ(CHILD(CHECK_EQ(sys(SYS_getppid), self)), 0);
	CHECK_EQ(info_of(1).ppid, 0);
}

TEST(unknown_calls)
{
	static const long numbers[] = { 33, 34, SYS_COUNT, SYS_COUNT + 1, -1, 1l << 31, 0x7fffffff, 1l << 32, 1l << 63, 1000 };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		CHECK_EQ(sys(numbers[i], 0, 0, 0), -ENOSYS);
}

TEST(exit_status)
{
	static const int codes[] = { 0, 1, 3, 127, 128, 255 };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		CHECK_EQ(CHILD(sys(SYS_exit, codes[i])), STATUS_EXIT(codes[i]));
	CHECK_EQ(CHILD(sys(SYS_exit, 0x1ff)) & 0xff7f, STATUS_EXIT(0xff));
	CHECK_EQ(CHILD(sys(SYS_thread_exit)), 0); /* the last thread out */
}

TEST(fork_returns_both_ways)
{
	pid_t pid = (pid_t)sys(SYS_fork);

	if (pid == 0)
		sys(SYS_exit, sys(SYS_getpid) == sys(SYS_gettid) ? 7 : 8);
	CHECK(pid > 0);
	CHECK_EQ(check_wait(pid), STATUS_EXIT(7));
}

TEST(wait_none)
{
	int status;

	CHECK_EQ(sys(SYS_wait, -1, &status, 0, 0), -ECHILD);
	CHECK_EQ(sys(SYS_wait, -1, &status, CURFEW_WNOHANG, 0), -ECHILD);
	CHECK_EQ(sys(SYS_wait, 1, &status, 0, 0), -ECHILD);
	CHECK_EQ(sys(SYS_wait, sys(SYS_getpid), &status, 0, 0), -ECHILD);
	CHECK_EQ(sys(SYS_wait, 0x7fffffff, &status, 0, 0), -ECHILD);
	CHECK_EQ(sys(SYS_wait, 0, &status, 0, 0), -ECHILD);
	CHECK_EQ(sys(SYS_wait, -2, &status, 0, 0), -ECHILD);
}

TEST(wait_bad_arguments)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	CHECK_EQ(sys(SYS_wait, pid, &status, 0x100, 0), -EINVAL);
	CHECK_EQ(sys(SYS_wait, pid, (int *)8, 0, 0), -EFAULT);
	CHECK_EQ(sys(SYS_wait, pid, &status, 0, (void *)8), -EFAULT);
	CHECK_EQ(sys(SYS_wait, pid, 0, 0, 0), pid); /* it was not lost; and no status is asked for */
	CHECK_EQ(sys(SYS_wait, pid, 0, 0, 0), -ECHILD);
}

TEST(wait_nohang)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		sys(SYS_sleep_until, CURFEW_FOREVER);
		_exit(1);
	}
	CHECK_EQ(sys(SYS_wait, pid, &status, CURFEW_WNOHANG, 0), 0);
	CHECK_EQ(sys(SYS_wait, -1, &status, CURFEW_WNOHANG, 0), 0);
	CHECK_EQ(sys(SYS_kill, pid, SIGTERM), 0);
	CHECK_EQ(check_wait(pid), SIGTERM);
}

TEST(wait_any_takes_all)
{
	unsigned seen = 0;
	pid_t pids[8];

	for (int i = 0; i < 8; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(i);
	}
	for (int i = 0; i < 8; i++) {
		int status;
		long pid = sys(SYS_wait, -1, &status, 0, 0);

		NEED(pid > 0);
		CHECK(status >> 8 < 8);
		CHECK_EQ(pid, pids[(status >> 8) & 7]);
		seen |= 1u << (status >> 8);
	}
	CHECK_EQ(seen, 0xff);
	CHECK_EQ(sys(SYS_wait, -1, 0, 0, 0), -ECHILD);
}

TEST(wait_by_group)
{
	int status;
	pid_t same = fork(), other;

	if (same == 0)
		_exit(1);
	other = fork();
	if (other == 0)
		sys(SYS_sleep_until, CURFEW_FOREVER);
	CHECK_EQ(sys(SYS_setpgid, other, other), 0);
	CHECK_EQ(sys(SYS_wait, 0, &status, 0, 0), same);
	CHECK_EQ(status, STATUS_EXIT(1));
	CHECK_EQ(sys(SYS_wait, 0, &status, CURFEW_WNOHANG, 0), -ECHILD);
	CHECK_EQ(sys(SYS_wait, -other, &status, CURFEW_WNOHANG, 0), 0);
	CHECK_EQ(sys(SYS_kill, -other, SIGKILL), 0);
	CHECK_EQ(sys(SYS_wait, -other, &status, 0, 0), other);
	CHECK_EQ(status, SIGKILL);
}

TEST(kill_signals)
{
	static const int deadly[] = { 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 30, 31 };
	static const int silent[] = { 16, 19, 20, 28 };
	static const int refused[] = { -1, 17, 18, 21, 22, 32, 64, 1 << 30 };
	pid_t pid;

	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++) {
		pid = fork();
		if (pid == 0)
			sys(SYS_sleep_until, CURFEW_FOREVER);
		CHECK_EQ(sys(SYS_kill, pid, deadly[i]), 0);
		CHECK_EQ(check_wait(pid), deadly[i]);
	}
	pid = fork();
	if (pid == 0)
		sys(SYS_sleep_until, CURFEW_FOREVER);
	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
		CHECK_EQ(sys(SYS_kill, pid, silent[i]), 0);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		CHECK_EQ(sys(SYS_kill, pid, refused[i]), -EINVAL);
	CHECK_EQ(sys(SYS_wait, pid, 0, CURFEW_WNOHANG, 0), 0);
	CHECK_EQ(sys(SYS_kill, pid, 0), 0);
	CHECK_EQ(sys(SYS_kill, pid, SIGKILL), 0);
	CHECK_EQ(check_wait(pid), SIGKILL);
	CHECK_EQ(sys(SYS_kill, pid, 0), -ESRCH);
}

TEST(kill_nobody)
{
	CHECK_EQ(sys(SYS_kill, 0x7fffffff, SIGTERM), -ESRCH);
	CHECK_EQ(sys(SYS_kill, -0x7fffffff, SIGTERM), -ESRCH);
}

TEST(kill_self)
{
	CHECK_EQ(CHILD(sys(SYS_kill, sys(SYS_getpid), SIGUSR1)), SIGUSR1);
}

/* A process that never enters the kernel by itself. */
TEST(kill_spinning)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (;;)
			__asm__ volatile("");
	}
	sleep_ms(5);
	CHECK_EQ(sys(SYS_kill, pid, SIGKILL), 0);
	CHECK_EQ(check_wait(pid), SIGKILL);
}

TEST(kill_group)
{
	pid_t leader = fork(), pids[3];

	if (leader == 0)
		sys(SYS_sleep_until, CURFEW_FOREVER);
	CHECK_EQ(sys(SYS_setpgid, leader, 0), 0);
	CHECK_EQ(sys(SYS_getpgid, leader), leader);
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			sys(SYS_sleep_until, CURFEW_FOREVER);
		CHECK_EQ(sys(SYS_setpgid, pids[i], leader), 0);
	}
	CHECK_EQ(sys(SYS_kill, -leader, 0), 0);
	CHECK_EQ(sys(SYS_kill, -leader, SIGINT), 0);
	CHECK_EQ(check_wait(leader), SIGINT);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(check_wait(pids[i]), SIGINT);
	CHECK_EQ(sys(SYS_kill, -leader, 0), -ESRCH);
}

TEST(kill_own_group)
{
	int status = CHILD({
		sys(SYS_setpgid, 0, 0);
		pid_t pid = fork();

		if (pid == 0)
			sys(SYS_sleep_until, CURFEW_FOREVER);
		check_shared->words[0] = (uint32_t)pid;
		sys(SYS_kill, 0, SIGHUP);
		sys(SYS_sleep_until, CURFEW_FOREVER);
	});

	CHECK_EQ(status, SIGHUP);
	while (sys(SYS_kill, check_shared->words[0], 0) == 0) /* until init has waited for the orphan */
		sys(SYS_yield);
}

TEST(groups)
{
	pid_t self = (pid_t)sys(SYS_getpid), pid;

	CHECK_EQ(sys(SYS_getpgid, 0), self); /* the runner made it a leader */
	CHECK_EQ(sys(SYS_getpgid, self), self);
	CHECK_EQ(CHILD(CHECK_EQ(sys(SYS_getpgid, 0), self)), 0);
	CHECK_EQ(sys(SYS_getpgid, 0x7fffffff), -ESRCH);
	CHECK_EQ(sys(SYS_setpgid, 0x7fffffff, 0), -ESRCH);
	CHECK_EQ(sys(SYS_setpgid, 0, -1), -EINVAL);
	pid = fork();
	if (pid == 0)
		sys(SYS_sleep_until, CURFEW_FOREVER);
	CHECK_EQ(sys(SYS_setpgid, pid, pid), 0);
	CHECK_EQ(sys(SYS_getpgid, pid), pid);
	sys(SYS_kill, pid, SIGKILL);
	CHECK_EQ(check_wait(pid), SIGKILL);
}

TEST(orphan_goes_to_init)
{
	uint32_t *words = check_shared->words;
	int status = CHILD({
		if (fork() == 0) {
			while (sys(SYS_getppid) != 1)
				sys(SYS_yield);
			words[1] = (uint32_t)sys(SYS_getpid);
			__atomic_store_n(&words[0], 1, __ATOMIC_RELEASE);
			sys(SYS_futex_wake, &words[0], 1);
			_exit(0);
		}
	});

	CHECK_EQ(status, 0);
	while (!__atomic_load_n(&words[0], __ATOMIC_ACQUIRE))
		sys(SYS_futex_wait, &words[0], 0, CURFEW_FOREVER);
	while (sys(SYS_kill, words[1], 0) == 0) /* until init has waited for it */
		sys(SYS_yield);
}

TEST(procinfo)
{
	pid_t self = (pid_t)sys(SYS_getpid);
	struct curfew_procinfo info = info_of(self), child_info;
	int status;
	pid_t pid;

	CHECK_EQ(info.pid, self);
	CHECK_EQ(info.ppid, sys(SYS_getppid));
	CHECK_EQ(info.pgid, self);
	CHECK_EQ(info.threads, 1);
	CHECK(info.resident > 0);
	CHECK(info.tables >= 3);
	CHECK_EQ(info.state, CURFEW_STATE_RUNNING);
	CHECK(memchr(info.name, 0, sizeof(info.name)) != NULL);
	CHECK_EQ(sys(SYS_procinfo, 0, &info), 1); /* the least one is init */
	CHECK_EQ(sys(SYS_procinfo, 0x7fffffff, &info), -ESRCH);

	pid = fork();
	if (pid == 0)
		_exit(0);
	do {
		child_info = info_of(pid);
	} while (child_info.state != CURFEW_STATE_ZOMBIE);
	CHECK_EQ(child_info.threads, 0);
	CHECK_EQ(child_info.resident, 0);
	CHECK_EQ(child_info.tables, 0); /* E7: memory is free before the zombie is one */
	CHECK_EQ(sys(SYS_wait, pid, &status, 0, 0), pid);
}

TEST(rusage)
{
	struct curfew_rusage before, after, child;
	int status;
	pid_t pid;

	CHECK_EQ(sys(SYS_getrusage, CURFEW_RUSAGE_CHILDREN, &before), 0);
	CHECK_EQ(before.user_ns + before.system_ns, 0);
	pid = fork();
	if (pid == 0) {
		char *p = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		uint64_t end = now_ns() + 20000000;

		for (size_t i = 0; i < 64; i++)
			p[i * PAGE] = 1;
		while (now_ns() < end)
			;
		_exit(0);
	}
	CHECK_EQ(sys(SYS_wait, pid, &status, 0, &child), pid);
	CHECK(child.user_ns > 100000);
	CHECK(child.system_ns > 0);
	CHECK(child.minor_faults >= 64);
	CHECK(child.max_resident >= 64);
	CHECK_EQ(child.major_faults, 0);
	CHECK_EQ(sys(SYS_getrusage, CURFEW_RUSAGE_CHILDREN, &after), 0);
	CHECK_EQ(after.minor_faults, child.minor_faults);
	CHECK_EQ(after.user_ns, child.user_ns);
	CHECK_EQ(after.system_ns, child.system_ns);
	CHECK_EQ(sys(SYS_getrusage, CURFEW_RUSAGE_SELF, &after), 0);
	CHECK(after.system_ns > 0);
	CHECK(after.voluntary >= 1);
	CHECK_EQ(sys(SYS_getrusage, 1, &after), -EINVAL);
	CHECK_EQ(sys(SYS_getrusage, -2, &after), -EINVAL);
}

TEST(affinity)
{
	long all = sys(SYS_get_affinity, 0);

	CHECK(all > 0);
	for (int cpu = 0; cpu < 64; cpu++) {
		uint64_t mask = 1ull << cpu;

		if (!((uint64_t)all & mask)) {
			CHECK_EQ(sys(SYS_set_affinity, 0, mask), -EINVAL);
			continue;
		}
		CHECK_EQ(sys(SYS_set_affinity, 0, mask), 0);
		CHECK_EQ(sys(SYS_get_affinity, 0), mask);
		CHECK_EQ(info_of((pid_t)sys(SYS_getpid)).cpu, cpu);
	}
	CHECK_EQ(sys(SYS_set_affinity, 0, 0), -EINVAL);
	CHECK_EQ(sys(SYS_set_affinity, 0x7fffffff, all), -ESRCH);
	CHECK_EQ(sys(SYS_get_affinity, 0x7fffffff), -ESRCH);
	CHECK_EQ(sys(SYS_set_affinity, 0, all), 0);
	CHECK_EQ(sys(SYS_get_affinity, 0), all);
}

TEST(priority)
{
	CHECK_EQ(sys(SYS_set_priority, 0, 10), 16);
	CHECK_EQ(sys(SYS_set_priority, 0, 31), 10);
	CHECK_EQ(sys(SYS_set_priority, 0, 0), 31);
	CHECK_EQ(sys(SYS_set_priority, 0, 16), 0);
	CHECK_EQ(sys(SYS_set_priority, 0, 32), -EINVAL);
	CHECK_EQ(sys(SYS_set_priority, 0, -1), -EINVAL);
	CHECK_EQ(sys(SYS_set_priority, 0x7fffffff, 16), -ESRCH);
}

/* On one CPU, the thread of higher priority runs alone as long as it wants to. */
TEST(priority_order)
{
	uint32_t *words = check_shared->words;
	pid_t low, high;

	NEED(sys(SYS_set_affinity, 0, 1) == 0);
	NEED(sys(SYS_set_priority, 0, 20) == 16);
	low = fork();
	if (low == 0) {
		sys(SYS_set_priority, 0, 8);
		__atomic_fetch_add(&words[0], 1, __ATOMIC_SEQ_CST);
		_exit((int)words[1]);
	}
	high = fork();
	if (high == 0) {
		uint64_t end = now_ns() + 30000000;

		sys(SYS_set_priority, 0, 19);
		while (now_ns() < end)
			;
		words[1] = 1;
		_exit((int)words[0]);
	}
	CHECK_EQ(check_wait(high), 0); /* low had not run when high ended */
	CHECK_EQ(check_wait(low), STATUS_EXIT(1));
}

/* Every register but x0 keeps its value, and so do the vector registers and the flags. */
TEST(registers_survive_calls)
{
	uint64_t bad;

	__asm__ volatile("	mov x8, %1\n"
			 "	mov x9, #0x1111\n	mov x15, #0x2222\n	mov x16, #0x3333\n	mov x17, #0x4444\n"
			 "	mov x1, #0x5555\n	mov x7, #0x6666\n	mov x28, #0x7777\n	mov x14, #0x8888\n"
			 "	fmov d0, x9\n	fmov d15, x15\n	fmov d31, x28\n"
			 "	cmp x9, x9\n"
			 "	svc #0\n"
			 "	cset x0, ne\n"
			 "	mov x10, #0x1111\n	cmp x9, x10\n	cinc x0, x0, ne\n"
			 "	mov x10, #0x2222\n	cmp x15, x10\n	cinc x0, x0, ne\n"
			 "	mov x10, #0x3333\n	cmp x16, x10\n	cinc x0, x0, ne\n"
			 "	mov x10, #0x4444\n	cmp x17, x10\n	cinc x0, x0, ne\n"
			 "	mov x10, #0x5555\n	cmp x1, x10\n	cinc x0, x0, ne\n"
			 "	mov x10, #0x6666\n	cmp x7, x10\n	cinc x0, x0, ne\n"
			 "	mov x10, #0x7777\n	cmp x28, x10\n	cinc x0, x0, ne\n"
			 "	mov x10, #0x8888\n	cmp x14, x10\n	cinc x0, x0, ne\n"
			 "	fmov x10, d0\n	cmp x9, x10\n	cinc x0, x0, ne\n"
			 "	fmov x10, d15\n	cmp x15, x10\n	cinc x0, x0, ne\n"
			 "	fmov x10, d31\n	cmp x28, x10\n	cinc x0, x0, ne\n"
			 "	mov %0, x0\n"
			 : "=&r"(bad)
			 : "i"(SYS_yield)
			 : "x0", "x1", "x7", "x8", "x9", "x10", "x14", "x15", "x16", "x17", "x28", "v0", "v15", "v31", "cc",
			 "memory");
	CHECK_EQ(bad, 0);
}
