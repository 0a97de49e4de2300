/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads by their system calls, without the C library's: creation, ends, futexes, thread-local storage,
 * vector registers across preemption, and processes that end while threads run.
 */
#include "check.h"

#define STACK (16 * 1024)
#define MAX 64

/* What a raw thread gets. */
struct task {
	void (*body)(struct task *);
	uint32_t tid;    /* cleared at its end, as a futex */
	uint32_t number;
	uint64_t result;
	char *stack;
};
static struct task tasks[MAX];

/* Raw threads have no C library behind them: they make system calls and compute. */
static void task_start(void *arg)
{
	struct task *task = arg;

	task->body(task);
	sys(SYS_thread_exit);
}

static long start(uint32_t i, void (*body)(struct task *))
{
	struct task *task = &tasks[i];
	struct curfew_thread thread = { 0 };

	if (!task->stack)
		task->stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	task->body = body;
	task->number = i;
	task->tid = 0;
	thread.entry = (uintptr_t)task_start;
	thread.arg = (uintptr_t)task;
	thread.stack = (uintptr_t)task->stack + STACK;
	thread.tls = 0x1000 + i;
	thread.tid_addr = (uintptr_t)&task->tid;
	return sys(SYS_thread_create, &thread);
}

static void join(uint32_t i)
{
	uint32_t tid;

	while ((tid = __atomic_load_n(&tasks[i].tid, __ATOMIC_ACQUIRE)) != 0)
		sys(SYS_futex_wait, &tasks[i].tid, tid, CURFEW_FOREVER);
}

static uint64_t tls(void)
{
	uint64_t value;

	__asm__ volatile("mrs %0, tpidr_el0" : "=r"(value));
	return value;
}

static void body_basic(struct task *task)
{
	task->result = tls() == 0x1000 + task->number && sys(SYS_gettid) == task->tid && sys(SYS_getpid) != task->tid;
}

TEST(create_and_join)
{
	for (uint32_t i = 0; i < 16; i++)
		CHECK(start(i, body_basic) > 0);
	for (uint32_t i = 0; i < 16; i++) {
		join(i);
		CHECK_EQ(tasks[i].result, 1);
	}
	for (uint32_t i = 0; i < 200; i++) { /* one after the other, on one stack */
		CHECK(start(0, body_basic) > 0);
		join(0);
	}
}

TEST(bad_threads)
{
	struct curfew_thread thread = { .entry = (uintptr_t)task_start, .stack = ((uintptr_t)tasks & ~15ul) + 8 };

	CHECK_EQ(sys(SYS_thread_create, &thread), -EINVAL); /* a stack that is not aligned */
	thread.stack = (uintptr_t)__builtin_frame_address(0) & ~15ul;
	thread.tid_addr = (uintptr_t)tasks + 1;
	CHECK_EQ(sys(SYS_thread_create, &thread), -EINVAL);
	thread.tid_addr = 8;
	CHECK_EQ(sys(SYS_thread_create, &thread), -EFAULT);
	thread.tid_addr = 0;
	thread.entry = 0xffffffff80000000;
	CHECK_EQ(sys(SYS_thread_create, &thread), -EINVAL);
	thread.entry = 8; /* nothing is mapped there */
	CHECK_EQ(CHILD(sys(SYS_thread_create, &thread); for (;;) sys(SYS_yield)), SIGSEGV);
}

static void body_exit(struct task *task)
{
	sys(SYS_exit, 9);
}

static void body_sleep(struct task *task)
{
	sys(SYS_sleep_until, CURFEW_FOREVER);
}

static void body_spin(struct task *task)
{
	for (;;)
		__asm__ volatile("");
}

static void body_fault(struct task *task)
{
	CRASH();
}

/* Whoever ends the process, and whatever the others do, all go. */
TEST(process_ends_with_threads)
{
	CHECK_EQ(CHILD({
		for (uint32_t i = 0; i < 8; i++)
			start(i, i & 1 ? body_sleep : body_spin);
		_exit(4);
	}), 4 << 8);
	CHECK_EQ(CHILD({
		for (uint32_t i = 0; i < 8; i++)
			start(i, i & 1 ? body_sleep : body_spin);
		start(8, body_exit);
		sys(SYS_sleep_until, CURFEW_FOREVER);
	}), 9 << 8);
	CHECK_EQ(CHILD({
		for (uint32_t i = 0; i < 8; i++)
			start(i, i & 1 ? body_sleep : body_spin);
		start(8, body_fault);
		body_spin(NULL);
	}), SIGSEGV);
	CHECK_EQ(CHILD({
		for (uint32_t i = 0; i < 8; i++)
			start(i, i & 1 ? body_sleep : body_spin);
		sys(SYS_kill, sys(SYS_getpid), SIGTERM);
	}), SIGTERM);
}

static void body_last(struct task *task)
{
	sleep_ms(3);
	check_shared->words[0] = 1;
}

/* There is no main thread: the process lives until its last one is out. */
TEST(first_thread_leaves_first)
{
	CHECK_EQ(CHILD(start(0, body_last); sys(SYS_thread_exit)), 0);
	CHECK_EQ(check_shared->words[0], 1);
}

TEST(killed_with_threads)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (uint32_t i = 0; i < 8; i++)
			start(i, i & 1 ? body_sleep : body_spin);
		check_shared->words[0] = 1;
		body_spin(NULL);
	}
	while (!__atomic_load_n(&check_shared->words[0], __ATOMIC_ACQUIRE))
		sys(SYS_yield);
	CHECK_EQ(sys(SYS_kill, pid, SIGKILL), 0);
	CHECK_EQ(check_wait(pid), SIGKILL);
}

static void body_fork(struct task *task)
{
	pid_t pid = (pid_t)sys(SYS_fork);

	if (pid == 0)
		sys(SYS_exit, sys(SYS_gettid) == sys(SYS_getpid) ? 3 : 4); /* alone in its process */
	task->result = (uint64_t)(check_wait(pid) >> 8);
}

TEST(fork_from_a_thread)
{
	CHECK(start(1, body_spin) > 0);
	CHECK(start(0, body_fork) > 0);
	join(0);
	CHECK_EQ(tasks[0].result, 3);
}

static void body_exec(struct task *task)
{
	static char *argv[] = { "thread", "@alone", NULL };

	execv("/bin/thread", argv);
}

int other_main(int argc, char **argv)
{
	struct curfew_procinfo info;

	if (sys(SYS_procinfo, sys(SYS_getpid), &info) < 0 || info.threads != 1)
		return 22;
	return sys(SYS_gettid) == sys(SYS_getpid) ? 21 : 23;
}

/* exec takes the siblings down, and the thread that calls it becomes the first. */
TEST(exec_with_threads)
{
	CHECK_EQ(CHILD({
		for (uint32_t i = 0; i < 6; i++)
			start(i, i & 1 ? body_sleep : body_spin);
		body_exec(NULL);
	}), 21 << 8);
}

static uint32_t word;

static void body_wait(struct task *task)
{
	while (__atomic_load_n(&word, __ATOMIC_ACQUIRE) == 0)
		sys(SYS_futex_wait, &word, 0, CURFEW_FOREVER);
	task->result = 1;
}

TEST(futex_wakes)
{
	word = 0;
	for (uint32_t i = 0; i < 8; i++) {
		tasks[i].result = 0;
		start(i, body_wait);
	}
	sleep_ms(3);
	CHECK_EQ(sys(SYS_futex_wait, &word, 1, CURFEW_FOREVER), -EAGAIN);
	__atomic_store_n(&word, 1, __ATOMIC_RELEASE);
	CHECK(sys(SYS_futex_wake, &word, 3) <= 3);
	CHECK(sys(SYS_futex_wake, &word, 0xffffffff) <= 8);
	for (uint32_t i = 0; i < 8; i++) {
		join(i);
		CHECK_EQ(tasks[i].result, 1);
	}
	CHECK_EQ(sys(SYS_futex_wake, &word, 1), 0);
}

TEST(futex_times_out)
{
	uint64_t begin = now_ns(), end;

	word = 5;
	CHECK_EQ(sys(SYS_futex_wait, &word, 5, begin + 5000000), -ETIMEDOUT);
	end = now_ns();
	CHECK(end >= begin + 5000000);
	CHECK_EQ(sys(SYS_futex_wait, &word, 5, 0), -ETIMEDOUT);
	CHECK_EQ(sys(SYS_futex_wait, &word, 6, 0), -EAGAIN);
}

/* The same page at two addresses is one futex; a private copy is another. */
TEST(futex_is_of_the_object)
{
	long vmo = sys(SYS_vmo_create, PAGE);
	uint32_t *a = (uint32_t *)sys(SYS_mmap, 0, PAGE, 3, CURFEW_MAP_SHARED, vmo, 0);
	uint32_t *b = (uint32_t *)sys(SYS_mmap, 0, PAGE, 3, CURFEW_MAP_SHARED, vmo, 0);
	pid_t pid;

	NEED((long)a > 0 && (long)b > 0 && a != b);
	pid = fork();
	if (pid == 0) {
		while (__atomic_load_n(b, __ATOMIC_ACQUIRE) == 0)
			sys(SYS_futex_wait, b, 0, CURFEW_FOREVER);
		_exit(6);
	}
	sleep_ms(2);
	__atomic_store_n(a, 1, __ATOMIC_RELEASE);
	sys(SYS_futex_wake, a, 1);
	CHECK_EQ(check_wait(pid), 6 << 8);

	word = 0;
	pid = fork();
	if (pid == 0) {
		sys(SYS_futex_wait, &word, 0, now_ns() + 20000000);
		_exit(7);
	}
	CHECK_EQ(check_wait(pid), 7 << 8);
}

static uint64_t counter;
static uint32_t lock;

static void body_count(struct task *task)
{
	for (int i = 0; i < 2000; i++) {
		uint32_t c = 0;

		if (!__atomic_compare_exchange_n(&lock, &c, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
			while (__atomic_exchange_n(&lock, 2, __ATOMIC_ACQUIRE) != 0)
				sys(SYS_futex_wait, &lock, 2, CURFEW_FOREVER);
		}
		counter++;
		if (__atomic_exchange_n(&lock, 0, __ATOMIC_RELEASE) == 2)
			sys(SYS_futex_wake, &lock, 1);
	}
}

TEST(futex_mutex_counts)
{
	counter = lock = 0;
	for (uint32_t i = 0; i < 6; i++)
		start(i, body_count);
	for (uint32_t i = 0; i < 6; i++)
		join(i);
	CHECK_EQ(counter, 12000);
}

/* Fills vector registers and FPCR's rounding mode by the thread's number, computes for a while, and looks whether they
 * are still there. */
static void body_vectors(struct task *task)
{
	uint64_t value = task->number * 0x0101010101010101ull, bad = 0, fpcr = (uint64_t)(task->number & 3) << 22, seen;

	__asm__ volatile("msr fpcr, %0" ::"r"(fpcr));
	__asm__ volatile("dup v0.2d, %1\n	dup v1.2d, %1\n	dup v7.2d, %1\n	dup v8.2d, %1\n	dup v15.2d, %1\n"
			 "	dup v16.2d, %1\n	dup v23.2d, %1\n	dup v30.2d, %1\n	dup v31.2d, %1\n"
			 "	mov x9, #0x4000\n	lsl x9, x9, #10\n"
			 "1:	subs x9, x9, #1\n	b.ne 1b\n"
			 "	eor v2.16b, v0.16b, v1.16b\n	eor v3.16b, v7.16b, v8.16b\n	eor v4.16b, v15.16b, v16.16b\n"
			 "	eor v5.16b, v23.16b, v30.16b\n	orr v2.16b, v2.16b, v3.16b\n	orr v4.16b, v4.16b, v5.16b\n"
			 "	orr v2.16b, v2.16b, v4.16b\n	eor v3.16b, v31.16b, v0.16b\n	orr v2.16b, v2.16b, v3.16b\n"
			 "	dup v3.2d, %1\n	eor v3.16b, v3.16b, v0.16b\n	orr v2.16b, v2.16b, v3.16b\n"
			 "	umaxv b2, v2.16b\n	fmov w9, s2\n	and x9, x9, #0xff\n	mov %0, x9\n"
			 : "=r"(bad)
			 : "r"(value)
			 : "x9", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v7", "v8", "v15", "v16", "v23", "v30", "v31");
	__asm__ volatile("mrs %0, fpcr" : "=r"(seen));
	task->result = bad == 0 && seen == fpcr;
}

TEST(vector_registers)
{
	for (uint32_t i = 0; i < 8; i++)
		start(i, body_vectors);
	for (uint32_t i = 0; i < 8; i++) {
		join(i);
		CHECK_EQ(tasks[i].result, 1);
	}
}

/* They are copied by fork and cleared by exec; a new thread begins with none of its creator's. */
TEST(vector_registers_fork)
{
	uint64_t seen;
	pid_t pid;

	__asm__ volatile("mov x9, #0x1234\n	fmov d20, x9\n	mov x8, %2\n	svc #0\n	mov %0, x0\n	fmov %1, d20\n"
			 : "=&r"(pid), "=&r"(seen)
			 : "i"(SYS_fork)
			 : "x0", "x8", "x9", "v20", "memory", "cc");
	if (pid == 0)
		_exit(seen == 0x1234 ? 8 : 9);
	CHECK_EQ(seen, 0x1234);
	CHECK_EQ(check_wait(pid), 8 << 8);
}

static void body_clean(struct task *task)
{
	uint64_t a, b;

	__asm__ volatile("fmov %0, d21\n	fmov %1, d31" : "=r"(a), "=r"(b));
	task->result = a | b;
}

TEST(new_threads_begin_clean)
{
	__asm__ volatile("mov x9, #-1\n	fmov d21, x9\n	fmov d31, x9" ::: "x9", "v21", "v31");
	CHECK(start(0, body_clean) > 0);
	join(0);
	CHECK_EQ(tasks[0].result, 0);
}

TEST(sleep)
{
	uint64_t begin = now_ns();

	CHECK_EQ(sys(SYS_sleep_until, 0), 0);
	CHECK_EQ(sys(SYS_sleep_until, begin + 10000000), 0);
	CHECK(now_ns() >= begin + 10000000);
	CHECK_EQ(sys(SYS_yield), 0);
}

static void body_touch(struct task *task)
{
	for (int i = 0; i < 50; i++) {
		char *p = (char *)sys(SYS_mmap, 0, 8 * PAGE, 3, CURFEW_MAP_PRIVATE | CURFEW_MAP_ANONYMOUS, -1, 0);

		for (size_t j = 0; j < 8; j++)
			p[j * PAGE] = (char)j;
		sys(SYS_munmap, p, 8 * PAGE);
	}
	task->result = 1;
}

/* One address space, changed from all sides. */
TEST(threads_map_and_unmap)
{
	for (uint32_t i = 0; i < 8; i++)
		start(i, body_touch);
	for (uint32_t i = 0; i < 8; i++) {
		join(i);
		CHECK_EQ(tasks[i].result, 1);
	}
}

static char *pages;

static void body_write_once(struct task *task)
{
	for (size_t i = 0; i < 256; i++)
		__atomic_fetch_add(&pages[i * PAGE + task->number], 1, __ATOMIC_RELAXED);
}

/* All threads fault on the same pages at once: one page each, no write lost. */
TEST(threads_fault_together)
{
	pages = mmap(NULL, 256 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int round = 0; round < 5; round++) {
		for (uint32_t i = 0; i < 8; i++)
			start(i, body_write_once);
		for (uint32_t i = 0; i < 8; i++)
			join(i);
		for (size_t i = 0; i < 256; i++) {
			for (size_t j = 0; j < 8; j++)
				CHECK_EQ(pages[i * PAGE + j], 1);
		}
		CHECK_EQ(munmap(pages, 256 * PAGE), 0);
		CHECK(mmap(pages, 256 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == pages);
	}
}

/* A thread on another CPU loses its mapping while it writes: it must fault, not write on into a page that is free. */
static void body_write_on(struct task *task)
{
	for (;;)
		*(volatile char *)pages = 1;
}

TEST(unmapped_under_a_writer)
{
	for (int i = 0; i < 20; i++) {
		CHECK_EQ(CHILD({
			pages = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			start(0, body_write_on);
			for (int j = 0; j < i; j++)
				sys(SYS_yield);
			munmap(pages, PAGE);
			sys(SYS_sleep_until, CURFEW_FOREVER);
		}), SIGSEGV);
	}
}

/* More threads than memory or ids allow: an error, and those that are there go on. */
TEST(thread_limit)
{
	CHECK_EQ(CHILD({
		char *stacks = mmap(NULL, 4096 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		struct curfew_thread thread = { .entry = (uintptr_t)body_sleep };
		long r = 0;
		int n = 0;

		for (; n < 1000; n++) {
			thread.stack = (uintptr_t)stacks + (uintptr_t)(n + 1) * PAGE;
			r = sys(SYS_thread_create, &thread);
			if (r < 0)
				break;
		}
		CHECK(n >= 100);
		CHECK(r > 0 || r == -EAGAIN || r == -ENOMEM);
	}), 0);
}
