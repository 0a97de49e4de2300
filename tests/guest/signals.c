/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals: handlers, masks, faults, interrupted calls, alarms, inheritance, and storms of them against threads, exec and exit.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <spawn.h>
#include <sys/time.h>

#include "check.h"

#define BIT(n) (1ul << (n))
#define SECOND 1000000000ull

static volatile sig_atomic_t count, last, order[8];
static uint32_t *words; /* shared with children */

static void counts(int number)
{
	__atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
	last = number;
}

static void set(int number, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	NEED(sigaction(number, &action, NULL) == 0);
}

static void set_info(int number, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO };

	NEED(sigaction(number, &action, NULL) == 0);
}

static sigset_t blocked(void)
{
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	return mask;
}

static void block(int number)
{
	sigset_t mask = BIT(number);

	NEED(sigprocmask(SIG_BLOCK, &mask, NULL) == 0);
}

static void unblock(int number)
{
	sigset_t mask = BIT(number);

	NEED(sigprocmask(SIG_UNBLOCK, &mask, NULL) == 0);
}

static uint32_t load(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void store(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	sys(SYS_futex_wake, word, 1000);
}

static void until(uint32_t *word, uint32_t value)
{
	uint32_t now;

	while ((now = load(word)) != value)
		sys(SYS_futex_wait, word, now, CURFEW_FOREVER);
}

/* Until a process, all of its threads, sleeps. */
static void until_sleeps(pid_t pid)
{
	struct curfew_procinfo info;

	do {
		sys(SYS_yield);
		NEED(sys(SYS_procinfo, pid, &info) == pid);
	} while (info.state != CURFEW_STATE_SLEEPING);
}

/* Sends a signal to this process as soon as it sleeps; the sender's status is checked by reap(). */
static pid_t send_when_asleep(int number)
{
	pid_t self = getpid(), pid = fork();

	if (pid == 0) {
		until_sleeps(self);
		CHECK_EQ(sys(SYS_kill, self, number), 0);
		_exit(0);
	}
	return pid;
}

/* A wait that signals do not end. */
static int reap(pid_t pid)
{
	int status;
	pid_t got;

	while ((got = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
		;
	return got == pid ? status : -1;
}

/* --- handlers --- */

TEST(raise_runs_handler)
{
	CHECK(signal(SIGUSR1, counts) == SIG_DFL);
	errno = 77;
	CHECK_EQ(raise(SIGUSR1), 0);
	CHECK_EQ(errno, 77);
	CHECK_EQ(count, 1);
	CHECK_EQ(last, SIGUSR1);
	CHECK_EQ(kill(getpid(), SIGUSR1), 0);
	CHECK_EQ(count, 2);
	CHECK_EQ(pthread_kill(pthread_self(), SIGUSR1), 0);
	CHECK_EQ(count, 3);
	CHECK(signal(SIGUSR1, SIG_IGN) == counts);
	CHECK_EQ(raise(SIGUSR1), 0);
	CHECK_EQ(count, 3);
	CHECK(signal(SIGUSR1, SIG_DFL) == SIG_IGN);
	CHECK_EQ(CHILD(raise(SIGUSR1)), SIGUSR1);
}

TEST(bad_numbers)
{
	static const int bad[] = { -1, 0, NSIG, 64, SIGKILL, SIGSTOP };
	struct sigaction action = { .sa_handler = counts };
	sigset_t mask = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_ERRNO(sigaction(bad[i], &action, NULL), EINVAL);
		CHECK(signal(bad[i], counts) == SIG_ERR);
	}
	for (size_t i = 0; i < 4; i++) {
		CHECK_ERRNO(raise(bad[i]), EINVAL);
		CHECK_ERRNO(sigaddset(&mask, bad[i]), EINVAL);
		CHECK_ERRNO(sigdelset(&mask, bad[i]), EINVAL);
		CHECK_ERRNO(sigismember(&mask, bad[i]), EINVAL);
	}
	CHECK_EQ(sigaction(SIGKILL, NULL, &action), 0);
	CHECK(action.sa_handler == SIG_DFL);
	CHECK_ERRNO(sigprocmask(7, &mask, NULL), EINVAL);
	CHECK_EQ(pthread_sigmask(-1, &mask, NULL), EINVAL);
	CHECK_EQ(pthread_kill(pthread_self(), 99), EINVAL);
	CHECK_EQ(pthread_kill(pthread_self(), 0), 0);
	CHECK_ERRNO(raise(SIGTSTP), EINVAL); /* nothing stops */
	sigfillset(&mask);
	CHECK_EQ(sigismember(&mask, SIGUSR2), 1);
	sigdelset(&mask, SIGUSR2);
	CHECK_EQ(sigismember(&mask, SIGUSR2), 0);
}

TEST(bad_calls)
{
	struct curfew_signal_actions actions = { .entry = (uint64_t)counts, .handled = BIT(SIGUSR1) }, a;

	CHECK_EQ(sys(SYS_signal_actions, 8, 0), -EFAULT);
	CHECK_EQ(sys(SYS_signal_actions, &actions, 8), -EFAULT);
	CHECK_EQ(sys(SYS_signal_actions, 0, &a), 0);
	CHECK_EQ(a.handled | a.ignored | a.entry, 0); /* and it was not set */
#define BAD(...) (a = actions, __VA_ARGS__, sys(SYS_signal_actions, &a, 0))
	CHECK_EQ(BAD(a.handled |= BIT(SIGKILL)), -EINVAL);
	CHECK_EQ(BAD(a.ignored |= BIT(SIGSTOP)), -EINVAL);
	CHECK_EQ(BAD(a.ignored |= BIT(SIGUSR1)), -EINVAL);
	CHECK_EQ(BAD(a.handled |= 1), -EINVAL);
	CHECK_EQ(BAD(a.handled |= BIT(32)), -EINVAL);
	CHECK_EQ(BAD(a.on_stack |= BIT(63)), -EINVAL);
	CHECK_EQ(BAD(a.flags = 2), -EINVAL);
	CHECK_EQ(BAD(a.entry = 0), -EINVAL);
	CHECK_EQ(BAD(a.entry |= 2), -EINVAL);
	CHECK_EQ(BAD(a.entry = ~3ul), -EINVAL);
	CHECK_EQ(sys(SYS_signal_mask, 4, 0), -EINVAL);
	CHECK_EQ(sys(SYS_signal_mask, -1, 0), -EINVAL);
	CHECK_EQ(sys(SYS_signal_mask, CURFEW_MASK_SET, ~0ul), 0);
	CHECK_EQ(blocked(), CURFEW_SIGNALS_ALL & ~(BIT(SIGKILL) | BIT(SIGSTOP)));
	CHECK_EQ(sys(SYS_thread_kill, 0, 32), -EINVAL);
	CHECK_EQ(sys(SYS_thread_kill, 0, SIGSTOP), -EINVAL);
	CHECK_EQ(sys(SYS_thread_kill, 1, 0), -ESRCH);
	CHECK_EQ(sys(SYS_thread_kill, -1, SIGTERM), -ESRCH);
	CHECK_EQ(sys(SYS_signal_stack, 0x10000, 100), -EINVAL);
	CHECK_EQ(sys(SYS_signal_stack, ~0ul - 100, 5000), -EINVAL);
	CHECK_EQ(sys(SYS_signal_stack, 0, ~0ul), -EINVAL);
	CHECK_EQ(sys(SYS_alarm, 8, 0), -EFAULT);
	CHECK_EQ(sys(SYS_alarm, 0, 8), -EFAULT);
	CHECK_EQ(sys(SYS_alarm, 0, 0), 0);
}

static void deep(int number)
{
	order[count++] = number;
	if (number == SIGUSR1) {
		raise(SIGUSR2); /* nests */
		raise(SIGUSR1); /* waits until this returns */
		order[count++] = -number;
	}
	if (count > 3)
		signal(SIGUSR1, SIG_IGN);
}

TEST(nesting)
{
	set(SIGUSR1, deep, 0);
	set(SIGUSR2, deep, 0);
	raise(SIGUSR1);
	CHECK_EQ(order[0], SIGUSR1);
	CHECK_EQ(order[1], SIGUSR2);
	CHECK_EQ(order[2], -SIGUSR1);
	CHECK_EQ(order[3], SIGUSR1); /* the one that waited */
	CHECK_EQ(order[4], SIGUSR2);
}

static void again(int number)
{
	if (++count < 5)
		raise(number);
	order[0] = blocked() >> number & 1;
}

TEST(flags_nodefer_resethand)
{
	set(SIGUSR1, again, SA_NODEFER);
	raise(SIGUSR1);
	CHECK_EQ(count, 5);
	CHECK_EQ(order[0], 0);
	CHECK_EQ(CHILD(count = 0; set(SIGUSR1, counts, SA_RESETHAND); raise(SIGUSR1); CHECK_EQ(count, 1); raise(SIGUSR1)),
		SIGUSR1);
}

static sigset_t mask_inside;

static void looks(int number)
{
	(void)number;
	mask_inside = blocked();
}

TEST(mask_in_handler)
{
	struct sigaction action = { .sa_handler = looks, .sa_mask = BIT(SIGUSR2) | BIT(SIGKILL) };

	sigaction(SIGUSR1, &action, NULL);
	block(SIGHUP);
	raise(SIGUSR1);
	CHECK_EQ(mask_inside, BIT(SIGUSR1) | BIT(SIGUSR2) | BIT(SIGHUP));
	CHECK_EQ(blocked(), BIT(SIGHUP));
}

static void info_handler(int number, siginfo_t *info, void *context)
{
	struct curfew_signal_frame *frame = context;

	CHECK_EQ(info->si_signo, number);
	CHECK_EQ(info->si_code, SI_USER);
	CHECK_EQ(frame->signal, number);
	CHECK_EQ(frame->mask, BIT(SIGHUP));
	CHECK_EQ((uintptr_t)frame % 16, 0);
	frame->mask |= BIT(SIGQUIT);
	count++;
}

TEST(siginfo)
{
	set_info(SIGUSR1, info_handler, 0);
	block(SIGHUP);
	raise(SIGUSR1);
	CHECK_EQ(count, 1);
	CHECK_EQ(blocked(), BIT(SIGHUP) | BIT(SIGQUIT));
}

/* All registers, the vector ones too, are as they were. */
static volatile uint32_t stop;

static void smears(int number)
{
	volatile double x = number;

	for (int i = 0; i < 10; i++)
		x = x * 1.5 + i;
	__asm__ volatile("movi v0.16b, #0x55\n\tmovi v31.16b, #0x55\n\tmovi v8.16b, #0x55\n\tmsr fpsr, xzr\n\tsubs xzr, xzr, xzr"
			 : : : "v0", "v31", "v8", "cc");
	count++;
}

TEST(registers_kept)
{
	pid_t self = getpid(), pid;
	unsigned long bad = 0;

	set(SIGUSR1, smears, 0);
	pid = fork();
	if (pid == 0) {
		for (;;) {
			sys(SYS_kill, self, SIGUSR1);
			sys(SYS_sleep_until, now_ns() + 50000);
		}
	}
	while (count < 100) {
		unsigned long out0, out1, out2;

		__asm__ volatile("mov x1, #1\n\tmov x2, #2\n\tmov x16, #16\n\tmov x17, #17\n\tmov x30, #30\n\tmov x29, #29\n\t"
				 "fmov d0, x1\n\tfmov d8, x2\n\tfmov d31, x16\n\tmov x3, #2000\n"
				 "1:\tcmp x3, #0\n\tb.eq 2f\n\tsub x3, x3, #1\n\tcmp x3, x3\n\tb.eq 1b\n\tmov x1, #99\n2:\t"
				 "fmov x4, d0\n\tfmov x5, d8\n\tfmov x6, d31\n\t"
				 "eor %0, x1, x4\n\teor %1, x2, x5\n\teor %2, x16, x6\n\t"
				 "sub x17, x17, #17\n\tsub x30, x30, #30\n\tsub x29, x29, #29\n\torr %0, %0, x17\n\torr %0, %0, x30\n\t"
				 "orr %0, %0, x29"
				 : "=&r"(out0), "=&r"(out1), "=&r"(out2)
				 :
				 : "x1", "x2", "x3", "x4", "x5", "x6", "x16", "x17", "x30", "x29", "v0", "v8", "v31", "cc");
		bad |= out0 | out1 | out2;
	}
	CHECK_EQ(bad, 0);
	sys(SYS_kill, pid, SIGKILL);
	reap(pid);
}

/* --- masks and pending signals --- */

TEST(blocked_pends)
{
	sigset_t pending;

	set(SIGUSR1, counts, 0);
	set(SIGUSR2, counts, 0);
	block(SIGUSR1);
	raise(SIGUSR1);
	kill(getpid(), SIGUSR1);
	raise(SIGUSR2);
	CHECK_EQ(count, 1);
	sigpending(&pending);
	CHECK_EQ(pending, BIT(SIGUSR1));
	unblock(SIGUSR1);
	CHECK_EQ(count, 3); /* once for the thread, once for the process */
	sigpending(&pending);
	CHECK_EQ(pending, 0);
	block(SIGUSR1);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR1);
	unblock(SIGUSR1);
	CHECK_EQ(count, 4); /* nothing is queued */
	block(SIGUSR1);
	raise(SIGUSR1);
	kill(getpid(), SIGUSR1);
	signal(SIGUSR1, SIG_IGN);
	sigpending(&pending);
	CHECK_EQ(pending, 0);
	signal(SIGUSR1, counts);
	unblock(SIGUSR1);
	CHECK_EQ(count, 4);
	CHECK_EQ(CHILD(block(SIGTERM); raise(SIGTERM); unblock(SIGTERM)), SIGTERM);
	CHECK_EQ(CHILD(block(SIGTERM); kill(getpid(), SIGTERM); block(SIGHUP); _exit(3)), 3 << 8);
	CHECK_EQ(CHILD(block(SIGKILL); raise(SIGKILL)), SIGKILL);
	/* A fault that is blocked ends the process all the same. */
	set(SIGSEGV, counts, 0);
	CHECK_EQ(CHILD(block(SIGSEGV); CRASH()), SIGSEGV);
}

TEST(sigsuspend_and_pause)
{
	sigset_t mask = 0, pending;
	struct sigaction action = { .sa_handler = looks, .sa_mask = BIT(SIGHUP) };
	pid_t pid;

	sigaction(SIGUSR1, &action, NULL);
	set(SIGUSR2, counts, SA_RESTART);
	block(SIGUSR1);
	block(SIGQUIT);
	raise(SIGUSR1);
	mask = BIT(SIGUSR2);
	CHECK_ERRNO(sigsuspend(&mask), EINTR); /* it was there already */
	CHECK_EQ(mask_inside, BIT(SIGUSR1) | BIT(SIGUSR2) | BIT(SIGHUP));
	CHECK_EQ(blocked(), BIT(SIGUSR1) | BIT(SIGQUIT));
	for (int i = 0; i < 20; i++) {
		pid = send_when_asleep(SIGUSR1);
		CHECK_ERRNO(sigsuspend(&mask), EINTR);
		CHECK_EQ(blocked(), BIT(SIGUSR1) | BIT(SIGQUIT));
		CHECK_EQ(reap(pid), 0);
		pid = send_when_asleep(SIGUSR2);
		CHECK_ERRNO(pause(), EINTR); /* SA_RESTART or not */
		CHECK_EQ(reap(pid), 0);
	}
	CHECK_EQ(count, 20);
	/* One that is ignored does not end it, nor one that stays blocked; one whose default is to end does. */
	pid = fork();
	if (pid == 0) {
		signal(SIGUSR2, SIG_IGN);
		sigsuspend(&mask);
		_exit(0);
	}
	until_sleeps(pid);
	kill(pid, SIGCHLD);
	kill(pid, SIGUSR2);
	until_sleeps(pid);
	kill(pid, SIGTERM);
	CHECK_EQ(reap(pid), SIGTERM);
	sigpending(&pending);
	CHECK_EQ(pending, 0);
}

TEST(sigwait_takes)
{
	sigset_t all = BIT(SIGUSR1) | BIT(SIGUSR2) | BIT(SIGCHLD);
	struct timespec none = { 0 }, short_time = { .tv_nsec = 2000000 }, bad = { .tv_nsec = -1 };
	siginfo_t info;
	int number, other;
	pid_t pid;

	set(SIGHUP, counts, 0);
	sigprocmask(SIG_BLOCK, &all, NULL);
	CHECK_ERRNO(sigtimedwait(&all, NULL, &none), EAGAIN);
	CHECK_ERRNO(sigtimedwait(&all, NULL, &short_time), EAGAIN);
	CHECK_ERRNO(sigtimedwait(&all, NULL, &bad), EINVAL);
	raise(SIGUSR2);
	kill(getpid(), SIGUSR1);
	CHECK_EQ(sigwait(&all, &number), 0);
	CHECK_EQ(number, SIGUSR1);
	CHECK_EQ(sigwaitinfo(&all, &info), SIGUSR2);
	CHECK_EQ(info.si_signo, SIGUSR2);
	for (int i = 0; i < 20; i++) {
		pid = send_when_asleep(SIGUSR2); /* whose default is to end the process */
		CHECK_EQ(sigwait(&all, &number), 0);
		CHECK(number == SIGUSR2 || number == SIGCHLD); /* ignored by default, but blocked */
		CHECK_EQ(sigwait(&all, &other), 0);
		CHECK_EQ(number + other, SIGUSR2 + SIGCHLD);
		CHECK_EQ(reap(pid), 0);
	}
	sigdelset(&all, SIGCHLD);
	pid = send_when_asleep(SIGHUP);
	CHECK_ERRNO(sigwaitinfo(&all, NULL), EINTR);
	CHECK_EQ(count, 1);
	CHECK_EQ(reap(pid), 0);
}

/* --- faults --- */

static char *page;

static void mends(int number, siginfo_t *info, void *context)
{
	(void)context;
	CHECK_EQ(number, SIGSEGV);
	CHECK_EQ(info->si_addr, page + 8);
	order[0] = info->si_code;
	CHECK_EQ(mprotect(page, PAGE, PROT_READ | PROT_WRITE), 0);
	count++;
}

TEST(segv_mends_and_returns)
{
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	NEED(page != MAP_FAILED);
	*page = 1;
	set_info(SIGSEGV, mends, 0);
	for (int i = 0; i < 50; i++) {
		mprotect(page, PAGE, i & 1 ? PROT_READ : PROT_NONE);
		page[8] = i;
		CHECK_EQ(page[8], i);
		if (i & 1)
			CHECK_EQ(order[0], SEGV_ACCERR);
	}
	CHECK_EQ(count, 50);
	munmap(page, PAGE);
	CHECK_EQ(CHILD(set(SIGSEGV, SIG_IGN, 0); CRASH()), SIGSEGV); /* what cannot be ignored */
}

static sigjmp_buf back;

static void jumps(int number, siginfo_t *info, void *context)
{
	(void)context;
	order[0] = number;
	order[1] = info->si_code;
	siglongjmp(back, number);
}

static void bad_access(int i)
{
	char *end = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	switch (i) {
	case 0: CRASH(); break;
	case 1: __asm__ volatile(".inst 0"); break;
	case 2: __asm__ volatile("brk #7"); break;
	case 3: ((void (*)(void))(8))(); break;
	case 4: ((void (*)(void))((uintptr_t)bad_access + 2))(); break;
	case 5: __asm__ volatile("mrs x0, ttbr0_el1" : : : "x0"); break;
	case 6: __asm__ volatile("ldxr w0, [%0]" : : "r"(end + 1) : "x0", "memory"); break;
	case 7: *(volatile char *)0xffff000000000000 = 1; break;
	}
	munmap(end, PAGE);
}

TEST(faults_to_handlers)
{
	static const int number[] = { SIGSEGV, SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGILL, SIGBUS, SIGSEGV };
	volatile int i;

	set_info(SIGSEGV, jumps, 0);
	set_info(SIGBUS, jumps, 0);
	set_info(SIGILL, jumps, 0);
	set_info(SIGTRAP, jumps, 0);
	for (i = 0; i < 8; i++) {
		if (sigsetjmp(back, 1) == 0) {
			bad_access(i);
			CHECK_EQ(i, -1);
		}
		if (!CHECK_EQ(order[0], number[i]))
			break;
		if (number[i] == SIGBUS)
			CHECK_EQ(order[1], BUS_ADRALN);
		CHECK_EQ(blocked(), 0);
	}
	/* Without the mask the signal stays blocked, and the next fault ends the process. */
	CHECK_EQ(CHILD(if (sigsetjmp(back, 0) == 0) CRASH(); CHECK_EQ(blocked(), BIT(SIGSEGV)); CRASH()), SIGSEGV);
}

/* --- stacks --- */

static char other_stack[64 * 1024] __attribute__((aligned(16)));
static stack_t seen_stack;

static bool on_other(const void *where)
{
	return (const char *)where >= other_stack && (const char *)where < other_stack + sizeof(other_stack);
}

static void where(int number)
{
	char here;

	order[number == SIGUSR1] = on_other(&here);
	sigaltstack(NULL, &seen_stack);
	if (number == SIGUSR1 && on_other(&here)) {
		stack_t stack = { .ss_sp = other_stack, .ss_size = sizeof(other_stack) };

		CHECK_ERRNO(sigaltstack(&stack, NULL), EPERM);
		raise(SIGUSR2); /* stays on it */
	}
}

static int recurse(int n)
{
	volatile char big[4096];

	big[n % 4096] = (char)n;
	return n ? recurse(n - 1) + big[n % 4096] : 0;
}

static void overflowed(int number)
{
	char here;

	CHECK(on_other(&here));
	siglongjmp(back, number);
}

TEST(other_stack)
{
	stack_t stack = { .ss_sp = other_stack, .ss_size = sizeof(other_stack) }, old;

	set(SIGUSR1, where, SA_ONSTACK);
	set(SIGUSR2, where, 0);
	CHECK_EQ(sigaltstack(NULL, &old), 0);
	CHECK_EQ(old.ss_flags, SS_DISABLE);
	stack.ss_size = 100;
	CHECK_ERRNO(sigaltstack(&stack, NULL), ENOMEM);
	stack.ss_size = sizeof(other_stack);
	stack.ss_flags = 64;
	CHECK_ERRNO(sigaltstack(&stack, NULL), EINVAL);
	stack.ss_flags = 0;
	CHECK_EQ(sigaltstack(&stack, NULL), 0);
	raise(SIGUSR2);
	CHECK_EQ(order[0], 0);
	CHECK_EQ(seen_stack.ss_flags, 0);
	raise(SIGUSR1);
	CHECK_EQ(order[1], 1);
	CHECK_EQ(order[0], 1);
	CHECK_EQ(seen_stack.ss_flags, SS_ONSTACK);
	CHECK(seen_stack.ss_sp == other_stack);
	/* fork copies it; exec and a new thread have none (seen in their own tests). */
	CHECK_EQ(CHILD(order[1] = 0; raise(SIGUSR1); CHECK_EQ(order[1], 1)), 0);
	/* The use of it: a stack that is full. */
	set(SIGSEGV, overflowed, SA_ONSTACK);
	for (volatile int i = 0; i < 3; i++) {
		if (sigsetjmp(back, 1) == 0)
			CHECK_EQ(recurse(1 << 20), -1);
	}
	stack.ss_flags = SS_DISABLE;
	CHECK_EQ(sigaltstack(&stack, NULL), 0);
	raise(SIGUSR1);
	CHECK_EQ(order[1], 0);
	CHECK_EQ(CHILD(recurse(1 << 20)), SIGSEGV); /* no room for the frame */
}

static void with_stack_pointer(uintptr_t sp)
{
	__asm__ volatile("mov x19, sp\n\tmov sp, %0\n\tmov x8, %1\n\tmov x0, #0\n\tmov x1, %2\n\tsvc #0\n\tmov sp, x19"
			 : : "r"(sp), "i"(SYS_thread_kill), "i"(SIGUSR1) : "x0", "x1", "x8", "x19", "memory");
}

TEST(bad_stacks)
{
	static const uintptr_t bad[] = { 0, 16, 800, 0x8000, 0xfffffffffffffff0, 0xffff000000000000, 0x0080000000000000,
		0x8000000000000000 };
	char *memory = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(memory != MAP_FAILED);
	mprotect(memory, PAGE, PROT_READ);
	set(SIGUSR1, counts, 0);
	set(SIGSEGV, counts, 0); /* it dies of SIGSEGV even so */
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_EQ(CHILD(with_stack_pointer(bad[i])), SIGSEGV);
	CHECK_EQ(CHILD(with_stack_pointer((uintptr_t)memory + PAGE)), SIGSEGV);
	CHECK_EQ(CHILD(with_stack_pointer((uintptr_t)memory + PAGE + 512)), SIGSEGV); /* half of it fits */
	CHECK_EQ(CHILD(with_stack_pointer((uintptr_t)other_stack + sizeof(other_stack) - 8); CHECK_EQ(count, 1)), 0);
	CHECK_EQ(CHILD(munmap(memory + 2 * PAGE, PAGE); sys(SYS_signal_stack, memory + PAGE, 2 * PAGE);
		set(SIGUSR1, counts, SA_ONSTACK); raise(SIGUSR1)), SIGSEGV);
	munmap(memory, 3 * PAGE);
}

/* --- the frame that comes back --- */

static struct curfew_signal_frame forged;

static void forges(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	forged = *(struct curfew_signal_frame *)context;
}

static void landed(void)
{
	_exit(42);
}

/* What becomes of a child whose frame has been changed. */
#define FORGED(...) CHILD(raise(SIGUSR1); struct curfew_signal_frame f = forged; __VA_ARGS__; sys(SYS_signal_return, &f); _exit(1))

TEST(bad_frames)
{
	int status;

	set_info(SIGUSR1, forges, 0);
	CHECK_EQ(sys(SYS_signal_return, 0), -EFAULT);
	CHECK_EQ(sys(SYS_signal_return, 8), -EFAULT);
	CHECK_EQ(sys(SYS_signal_return, ~15ul), -EFAULT);
	CHECK_EQ(sys(SYS_signal_return, 0xffff000000080000), -EFAULT);
	CHECK_EQ(FORGED(f.pc = (uint64_t)landed), 42 << 8);
	CHECK_EQ(FORGED(f.pc = 0), SIGSEGV);
	CHECK_EQ(FORGED(f.pc = ~3ul), SIGSEGV);
	CHECK_EQ(FORGED(f.pc = 0xffff000000080000), SIGSEGV);
	CHECK_EQ(FORGED(f.pc = 0xffffff8000080000), SIGSEGV);
	CHECK_EQ(FORGED(f.pc = 0x7f00000000000000), SIGSEGV);
	CHECK_EQ(FORGED(f.pc = (uint64_t)landed | 1), SIGBUS);
	CHECK_EQ(FORGED(f.pc = (uint64_t)check_shared), SIGSEGV); /* not executable */
	status = FORGED(f.sp = 3; f.pc = (uint64_t)landed);
	CHECK(status == SIGBUS || status == SIGSEGV); /* QEMU does not check SP's alignment */
	CHECK_EQ(FORGED(f.sp = 0; f.pc = (uint64_t)landed), SIGSEGV);
	/* Nothing of PSTATE but its flags: not the mode, the masks, single step, or an illegal state. */
	CHECK_EQ(FORGED(f.pc = (uint64_t)landed; f.pstate = ~0ul), 42 << 8);
	CHECK_EQ(FORGED(f.pc = (uint64_t)landed; f.pstate = 0x3c5), 42 << 8);
	CHECK_EQ(FORGED(f.pc = (uint64_t)landed; f.pstate = 0x10), 42 << 8);
	CHECK_EQ(FORGED(f.pc = (uint64_t)landed; f.mask = ~0ul), 42 << 8);
	CHECK_EQ(FORGED(f.pc = (uint64_t)landed; memset(f.v, 0xff, sizeof(f.v) + 8)), 42 << 8);
}

/* Goes on at its own return with x0, flags and vector registers of the frame; stores the flags it came back with. */
long come_back(struct curfew_signal_frame *frame, uint64_t *flags);
__asm__(".text\ncome_back:\n"
	"stp x19, x20, [x0, #152]\n\tstp x21, x22, [x0, #168]\n\tstp x23, x24, [x0, #184]\n\tstp x25, x26, [x0, #200]\n\t"
	"stp x27, x28, [x0, #216]\n\tstp x29, x30, [x0, #232]\n\tstr x1, [x0, #8]\n\tmov x2, sp\n\tadr x3, 1f\n\t"
	"stp x2, x3, [x0, #248]\n\tmov x8, #59\n\tsvc #0\n1:\tmrs x2, nzcv\n\tstr x2, [x1]\n\tret");
_Static_assert(SYS_signal_return == 59 && offsetof(struct curfew_signal_frame, sp) == 248, "come_back");

/* x0 is what the frame says, and looks like an error of the call to nobody; so are the flags. */
TEST(return_is_exact)
{
	static const long values[] = { -ENOMEM, -EINTR, -ENOSYS, -EFAULT, -1, 0, 1, 1l << 63 };
	uint64_t flags;

	set_info(SIGUSR1, forges, 0);
	set(SIGUSR2, counts, SA_RESTART);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		raise(SIGUSR1);
		CHECK_EQ(forged.pstate & 0x0fffffff, 0);
		forged.x[0] = (uint64_t)values[i];
		forged.pstate = i << 28 | 0x0ffffff0; /* with all that it may not set */
		if (i % 2) { /* one that waits for the mask comes in between, and finds no call to make again */
			block(SIGUSR2);
			raise(SIGUSR2);
			forged.mask = 0;
		}
		CHECK_EQ(come_back(&forged, &flags), values[i]);
		CHECK_EQ(flags, i << 28);
		CHECK_EQ(count, (int)(i + 1) / 2);
	}
}

/* --- interrupted calls --- */

static void nothing(int number)
{
	(void)number;
}

TEST(eintr_everywhere)
{
	struct timespec hour = { .tv_sec = 3600 }, left = { 0 };
	uint32_t word = 0;
	uint64_t begin;
	sem_t semaphore;
	int status;
	pid_t pid, child;
	long r;

	set(SIGUSR1, nothing, 0);
	pid = send_when_asleep(SIGUSR1);
	CHECK_EQ(sys(SYS_sleep_until, CURFEW_FOREVER), -EINTR);
	CHECK_EQ(reap(pid), 0);

	pid = send_when_asleep(SIGUSR1);
	CHECK_EQ(sys(SYS_futex_wait, &word, 0, CURFEW_FOREVER), -EINTR);
	CHECK_EQ(reap(pid), 0);

	child = fork();
	if (child == 0)
		for (;;)
			sys(SYS_sleep_until, CURFEW_FOREVER);
	pid = send_when_asleep(SIGUSR1);
	CHECK_EQ(sys(SYS_wait, child, &status, 0, 0), -EINTR);
	CHECK_EQ(reap(pid), 0);
	pid = send_when_asleep(SIGUSR1);
	CHECK_ERRNO(waitpid(child, &status, 0), EINTR);
	CHECK_EQ(reap(pid), 0);
	kill(child, SIGKILL);
	CHECK_EQ(reap(child), SIGKILL);

	pid = send_when_asleep(SIGUSR1);
	begin = now_ns();
	r = nanosleep(&hour, &left);
	CHECK(r == -1 && errno == EINTR);
	CHECK(left.tv_sec >= 3600 - (long)((now_ns() - begin) / SECOND) - 1 && left.tv_sec < 3600);
	CHECK_EQ(reap(pid), 0);

	pid = send_when_asleep(SIGUSR1);
	CHECK(sleep(1000) > 900);
	CHECK_EQ(reap(pid), 0);

	sem_init(&semaphore, 0, 0);
	pid = send_when_asleep(SIGUSR1);
	CHECK_ERRNO(sem_wait(&semaphore), EINTR);
	CHECK_EQ(reap(pid), 0);
	CHECK_EQ(sem_destroy(&semaphore), 0);

	pid = send_when_asleep(SIGUSR1);
	do
		r = sys(SYS_read, 0, &status, 1); /* the console, where an end of file may wait */
	while (r >= 0);
	CHECK_EQ(r, -EINTR);
	CHECK_EQ(reap(pid), 0);
	pid = send_when_asleep(SIGUSR1);
	CHECK_EQ(sys(SYS_signal_suspend, 0), -EINTR);
	CHECK_EQ(reap(pid), 0);
	pid = send_when_asleep(SIGUSR1);
	CHECK_EQ(sys(SYS_signal_wait, BIT(SIGUSR2), CURFEW_FOREVER), -EINTR);
	CHECK_EQ(reap(pid), 0);
}

/* One that nobody handles ends no sleep. */
TEST(no_eintr_for_nothing)
{
	uint64_t end = now_ns() + 20000000;
	pid_t pid;

	signal(SIGUSR1, SIG_IGN);
	pid = send_when_asleep(SIGUSR1);
	CHECK_EQ(sys(SYS_sleep_until, end), 0);
	CHECK(now_ns() >= end);
	CHECK_EQ(reap(pid), 0);
	end = now_ns() + 20000000;
	pid = send_when_asleep(SIGCHLD);
	CHECK_EQ(sys(SYS_sleep_until, end), 0); /* its own SIGCHLD, too */
	CHECK_EQ(reap(pid), 0);
	set(SIGUSR2, counts, 0);
	block(SIGUSR2);
	end = now_ns() + 20000000;
	pid = send_when_asleep(SIGUSR2);
	CHECK_EQ(sys(SYS_sleep_until, end), 0);
	CHECK_EQ(reap(pid), 0);
	CHECK_EQ(count, 0);
}

static void wakes_child(int number)
{
	(void)number;
	count++;
	store(&words[0], 1);
}

TEST(restart)
{
	struct timespec hour = { .tv_sec = 3600 };
	sem_t *semaphore = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid, child;
	int status;

	NEED(semaphore != MAP_FAILED);
	words = check_shared->words;
	set(SIGUSR1, wakes_child, SA_RESTART);
	child = fork();
	if (child == 0) {
		until(&words[0], 1);
		_exit(5);
	}
	pid = send_when_asleep(SIGUSR1);
	CHECK_EQ(waitpid(child, &status, 0), child); /* the same call goes on */
	CHECK_EQ(status, 5 << 8);
	CHECK_EQ(count, 1);
	CHECK_EQ(reap(pid), 0);

	sem_init(semaphore, 1, 0);
	store(&words[0], 0);
	child = fork();
	if (child == 0) {
		until(&words[0], 1);
		sem_post(semaphore);
		_exit(0);
	}
	pid = send_when_asleep(SIGUSR1);
	CHECK_EQ(sem_wait(semaphore), 0);
	CHECK_EQ(reap(child), 0);
	CHECK_EQ(reap(pid), 0);
	CHECK_EQ(count, 2);

	pid = send_when_asleep(SIGUSR1);
	CHECK_ERRNO(nanosleep(&hour, NULL), EINTR); /* never made again */
	CHECK_EQ(reap(pid), 0);
}

static void *sleeps_long(void *seconds)
{
	struct timespec time = { .tv_sec = (long)seconds }, left = { 0 };

	store(&words[1], (uint32_t)sys(SYS_gettid));
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &left), EINTR);
	CHECK(left.tv_sec > 0);
	return NULL;
}

TEST(pthread_kill_interrupts_sleep)
{
	pthread_t thread;

	words = check_shared->words;
	set(SIGUSR1, wakes_child, SA_RESTART);
	NEED(pthread_create(&thread, NULL, sleeps_long, (void *)3600) == 0);
	while (!load(&words[1]))
		sys(SYS_yield);
	/* It may not sleep yet: then its sleep has not begun, and the next one ends it. */
	while (pthread_kill(thread, SIGUSR1) == 0 && pthread_tryjoin_np(thread, NULL) == EBUSY)
		sys(SYS_sleep_until, now_ns() + 200000);
	CHECK(count > 0);
	CHECK_EQ(words[0], 1);
}

/* --- threads --- */

static volatile pthread_t ran_on;

static void notes_thread(int number)
{
	(void)number;
	ran_on = pthread_self();
	__atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
}

static void *waits_for_end(void *open)
{
	sigset_t mask = BIT(SIGUSR1);

	if (open)
		pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
	__atomic_fetch_add(&words[1], 1, __ATOMIC_ACQ_REL);
	until(&words[0], 1);
	return NULL;
}

/* A signal to the process goes to a thread that does not block it; one to a thread, to that. */
TEST(goes_to_who_takes_it)
{
	pthread_t a, b;

	words = check_shared->words;
	set(SIGUSR1, notes_thread, 0);
	block(SIGUSR1);
	NEED(pthread_create(&a, NULL, waits_for_end, NULL) == 0); /* inherits the mask */
	NEED(pthread_create(&b, NULL, waits_for_end, (void *)1) == 0);
	while (load(&words[1]) < 2)
		sys(SYS_yield);
	for (int i = 1; i <= 50; i++) {
		kill(getpid(), SIGUSR1);
		while (count < i)
			sys(SYS_yield);
		CHECK(pthread_equal(ran_on, b));
	}
	pthread_kill(a, SIGUSR1); /* blocked there: stays */
	sleep_ms(2);
	CHECK_EQ(count, 50);
	store(&words[0], 1);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	CHECK_EQ(count, 50); /* went with the thread */
	kill(getpid(), SIGUSR1);
	CHECK_EQ(count, 50);
	unblock(SIGUSR1);
	CHECK_EQ(count, 51);
	CHECK(pthread_equal(ran_on, pthread_self()));
}

static void *comes_and_goes(void *arg)
{
	return arg;
}

/* Threads that begin and end meanwhile lose none: each signal is handled before the next is sent. */
TEST(none_lost_to_ending_threads)
{
	pid_t self = getpid(), pid;

	words = check_shared->words;
	set(SIGUSR1, wakes_child, SA_RESTART);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 200; i++) {
			store(&words[0], 0);
			CHECK_EQ(sys(SYS_kill, self, SIGUSR1), 0);
			until(&words[0], 1);
		}
		store(&words[2], 1);
		_exit(0);
	}
	block(SIGUSR1);
	while (!load(&words[2])) {
		pthread_t threads[4];
		sigset_t none = 0, one = BIT(SIGUSR1);

		pthread_sigmask(SIG_SETMASK, &none, NULL);
		for (int i = 0; i < 4; i++)
			NEED(pthread_create(&threads[i], NULL, comes_and_goes, NULL) == 0);
		pthread_sigmask(SIG_SETMASK, &one, NULL);
		for (int i = 0; i < 4; i++)
			pthread_join(threads[i], NULL);
	}
	unblock(SIGUSR1);
	CHECK_EQ(reap(pid), 0);
	CHECK_EQ(count, 200);
}

/* --- alarms --- */

TEST(alarm_comes)
{
	struct itimerval timer = { .it_value = { .tv_usec = 3000 }, .it_interval = { .tv_usec = 1000 } }, old;
	uint64_t begin = now_ns();

	set(SIGALRM, counts, 0);
	CHECK_EQ(alarm(100), 0);
	CHECK_EQ(alarm(50), 100);
	CHECK_EQ(getitimer(ITIMER_REAL, &old), 0);
	CHECK(old.it_value.tv_sec >= 48 && old.it_value.tv_sec <= 50);
	CHECK_EQ(CHILD(CHECK_EQ(alarm(0), 0)), 0); /* fork does not copy it */
	CHECK_EQ(alarm(0), 50);
	CHECK_EQ(alarm(0), 0);
	CHECK_EQ(ualarm(5000, 0), 0);
	CHECK_ERRNO(pause(), EINTR);
	CHECK_EQ(count, 1);
	CHECK(now_ns() >= begin + 5000000);
	CHECK_EQ(alarm(0), 0);
	CHECK_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
	while (count < 6)
		pause();
	timer.it_value.tv_usec = 0;
	CHECK_EQ(setitimer(ITIMER_REAL, &timer, &old), 0);
	CHECK_EQ(old.it_interval.tv_usec, 1000);
	timer.it_value.tv_usec = 1000000;
	CHECK_ERRNO(setitimer(ITIMER_REAL, &timer, NULL), EINVAL);
	timer.it_value.tv_usec = 1;
	CHECK_ERRNO(setitimer(ITIMER_VIRTUAL, &timer, NULL), EINVAL);
	CHECK_ERRNO(getitimer(ITIMER_PROF, &timer), EINVAL);
	/* By default it ends the process, which need not sleep. */
	CHECK_EQ(CHILD(signal(SIGALRM, SIG_DFL); ualarm(1000, 0); for (;;) __asm__ volatile("")), SIGALRM);
	CHECK_EQ(CHILD(signal(SIGALRM, SIG_DFL); ualarm(1000, 0); for (;;) sys(SYS_sleep_until, CURFEW_FOREVER)), SIGALRM);
}

TEST(alarm_extremes)
{
	struct curfew_alarm alarm = { .deadline = 1, .interval = 1 }, old;

	set(SIGALRM, counts, 0);
	CHECK_EQ(sys(SYS_alarm, &alarm, 0), 0); /* past, and then at the shortest */
	while (count < 20)
		sys(SYS_yield);
	CHECK_EQ(sys(SYS_alarm, 0, &old), 0);
	CHECK_EQ(old.interval, CURFEW_ALARM_LEAST);
	alarm = (struct curfew_alarm){ .deadline = now_ns(), .interval = ~0ul };
	CHECK_EQ(sys(SYS_alarm, &alarm, &old), 0);
	alarm = (struct curfew_alarm){ .deadline = ~0ul, .interval = ~0ul };
	CHECK_EQ(sys(SYS_alarm, &alarm, 0), 0);
	CHECK_EQ(sys(SYS_alarm, 0, &old), 0);
	CHECK_EQ(old.deadline, 0);
	/* Many at once, of processes that end before, or are killed by theirs. */
	for (int i = 0; i < 40; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			signal(SIGALRM, SIG_DFL);
			alarm = (struct curfew_alarm){ .deadline = now_ns() + 100000 * (i % 7), .interval = 1000 };
			sys(SYS_alarm, &alarm, 0);
			if (i % 3 == 0)
				_exit(0);
			for (;;)
				sys(SYS_sleep_until, CURFEW_FOREVER);
		}
	}
	for (int i = 0; i < 40; i++) {
		int status;

		CHECK(sys(SYS_wait, -1, &status, 0, 0) > 0 && (status == SIGALRM || status == 0));
	}
}

/* The interrupt that sends it comes before, while and after the thread goes to sleep. */
TEST(alarm_against_sleep)
{
	sigset_t none = 0;

	set(SIGALRM, counts, 0);
	block(SIGALRM);
	for (int i = 0; i < 4000; i++) {
		struct curfew_alarm alarm = { .deadline = now_ns() + (uint64_t)(i * 37 % 16000) };

		CHECK_EQ(sys(SYS_alarm, &alarm, 0), 0);
		sigsuspend(&none);
	}
	CHECK_EQ(count, 4000);
}

/* --- children --- */

TEST(sigchld)
{
	sigset_t mask = 0;
	uint64_t begin;
	int status;
	pid_t pid;

	set(SIGCHLD, counts, SA_NOCLDSTOP);
	block(SIGCHLD);
	for (int i = 1; i <= 10; i++) {
		pid = fork();
		if (pid == 0)
			_exit(i);
		CHECK_ERRNO(sigsuspend(&mask), EINTR);
		CHECK_EQ(count, i);
		CHECK_EQ(waitpid(pid, &status, WNOHANG), pid); /* it was there when the signal came */
		CHECK_EQ(status, i << 8);
	}
	unblock(SIGCHLD);
	/* Ignored, or with SA_NOCLDWAIT: nobody need wait, and wait() sleeps until all are gone. */
	for (int i = 0; i < 2; i++) {
		set(SIGCHLD, i ? counts : SIG_IGN, i ? SA_NOCLDWAIT | SA_RESTART : 0);
		begin = now_ns();
		for (int n = 0; n < 5; n++) {
			pid = fork();
			if (pid == 0) {
				sleep_ms(3);
				_exit(0);
			}
		}
		CHECK_ERRNO(waitpid(-1, &status, 0), ECHILD);
		CHECK(now_ns() >= begin + 3000000);
		CHECK_ERRNO(waitpid(-1, &status, WNOHANG), ECHILD);
	}
	CHECK(count > 10);
	/* And what becomes of them then is as before. */
	set(SIGCHLD, SIG_DFL, 0);
	CHECK_EQ(CHILD(_exit(9)), 9 << 8);
}

/* `program @KIND`: what a new program is given. */
int other_main(int argc, char **argv)
{
	struct curfew_signal_actions actions;
	struct curfew_alarm alarm;
	sigset_t pending;
	stack_t stack;

	(void)argc;
	sys(SYS_signal_actions, 0, &actions);
	sys(SYS_alarm, 0, &alarm);
	sigpending(&pending);
	sigaltstack(NULL, &stack);
	if (strcmp(argv[0], "@exec") == 0) {
		struct sigaction action;

		if (actions.handled || actions.entry || actions.on_stack || actions.flags)
			return 10;
		if (actions.ignored != (BIT(SIGUSR2) | BIT(SIGPIPE)))
			return 11;
		if (blocked() != (BIT(SIGUSR1) | BIT(SIGHUP)))
			return 12;
		if (pending != BIT(SIGHUP))
			return 13;
		if (alarm.deadline == 0 || alarm.interval != SECOND)
			return 14;
		if (sigaction(SIGUSR2, NULL, &action) || action.sa_handler != SIG_IGN)
			return 15;
		if (signal(SIGPIPE, SIG_DFL) != SIG_IGN || signal(SIGUSR1, SIG_DFL) != SIG_DFL)
			return 16;
		return stack.ss_flags == SS_DISABLE ? 7 : 17;
	}
	if (strcmp(argv[0], "@spawn") == 0) {
		if (actions.ignored != BIT(SIGPIPE))
			return 10;
		return blocked() == BIT(SIGTERM) ? 7 : 11;
	}
	return 99;
}

static void exec_self(char *kind)
{
	char *argv[] = { "signals", kind, NULL };

	execv("/bin/signals", argv);
	_exit(98);
}

TEST(exec_inherits)
{
	stack_t stack = { .ss_sp = other_stack, .ss_size = sizeof(other_stack) };
	struct itimerval timer = { .it_value = { .tv_sec = 1000 }, .it_interval = { .tv_sec = 1 } };

	CHECK_EQ(CHILD(set(SIGUSR1, counts, SA_ONSTACK); set(SIGCHLD, counts, SA_NOCLDWAIT); signal(SIGUSR2, SIG_IGN);
		signal(SIGPIPE, SIG_IGN); sigaltstack(&stack, NULL); block(SIGUSR1); block(SIGHUP); raise(SIGHUP);
		setitimer(ITIMER_REAL, &timer, NULL); exec_self("@exec")), 7 << 8);
	/* Pending with a handler, unblocked by nobody, is default now. */
	CHECK_EQ(CHILD(set(SIGUSR1, counts, 0); block(SIGUSR1); raise(SIGUSR1); exec_self("@exec")), 11 << 8);
}

TEST(spawn_attributes)
{
	char *argv[] = { "signals", "@spawn", NULL };
	sigset_t term = BIT(SIGTERM), usr2 = BIT(SIGUSR2), old;
	posix_spawnattr_t attr;
	pid_t pid;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	set(SIGUSR1, counts, 0);
	block(SIGHUP);
	posix_spawnattr_init(&attr);
	CHECK_EQ(posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK), 0);
	posix_spawnattr_setsigdefault(&attr, &usr2);
	posix_spawnattr_setsigmask(&attr, &term);
	posix_spawnattr_getsigmask(&attr, &old);
	CHECK_EQ(old, term);
	CHECK_EQ(posix_spawn(&pid, "/bin/signals", NULL, &attr, argv, environ), 0);
	CHECK_EQ(reap(pid), 7 << 8);
	CHECK_EQ(posix_spawn(&pid, "/bin/nothing", NULL, &attr, argv, environ), ENOENT);
	posix_spawnattr_destroy(&attr);
	CHECK_EQ(blocked(), BIT(SIGHUP));
	raise(SIGUSR1);
	CHECK_EQ(count, 1);
	CHECK_EQ(system("exit 3"), 3 << 8);
	CHECK_EQ(system("kill -INT $$"), SIGINT);
	CHECK_EQ(blocked(), BIT(SIGHUP));
}

TEST(fork_inherits)
{
	sigset_t pending;

	set(SIGUSR1, counts, 0);
	block(SIGUSR1);
	block(SIGUSR2);
	raise(SIGUSR1);
	kill(getpid(), SIGUSR2);
	CHECK_EQ(CHILD(sigpending(&pending); CHECK_EQ(pending, 0); CHECK_EQ(blocked(), BIT(SIGUSR1) | BIT(SIGUSR2));
		unblock(SIGUSR1); CHECK_EQ(count, 0); raise(SIGUSR1); CHECK_EQ(count, 1)), 0);
	CHECK_EQ(count, 0);
	unblock(SIGUSR1);
	CHECK_EQ(count, 1);
}

TEST(init_is_spared)
{
	CHECK_EQ(sys(SYS_kill, 1, SIGTERM), -EPERM);
	CHECK_EQ(sys(SYS_kill, 1, SIGKILL), -EPERM);
	CHECK_EQ(sys(SYS_kill, 1, SIGCHLD), 0);
	CHECK_EQ(sys(SYS_kill, 1, 0), 0);
}

TEST(abort_ends)
{
	CHECK_EQ(CHILD(abort()), SIGABRT);
	CHECK_EQ(CHILD(signal(SIGABRT, SIG_IGN); abort()), SIGABRT);
	CHECK_EQ(CHILD(signal(SIGABRT, counts); block(SIGABRT); abort()), SIGABRT);
	CHECK_EQ(CHILD(set_info(SIGABRT, jumps, 0); if (sigsetjmp(back, 1) == 0) abort(); _exit(4)), 4 << 8);
}

/* --- storms --- */

static void *catches(void *arg)
{
	uint32_t word = 0;

	(void)arg;
	while (!load(&words[0])) {
		sys(SYS_futex_wait, &word, 0, now_ns() + 200000);
		sys(SYS_yield);
	}
	return NULL;
}

static void *blocks_and_unblocks(void *arg)
{
	(void)arg;
	while (!load(&words[0])) {
		sigset_t all = ~0ul, old;

		pthread_sigmask(SIG_SETMASK, &all, &old);
		sys(SYS_yield);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	return NULL;
}

/* A process with threads that handle, block, sleep, begin and end; now and then it is replaced or ends in the midst of all. */
static void target(unsigned seed)
{
	pthread_t threads[3];

	set(SIGUSR1, counts, 0);
	set(SIGUSR2, counts, SA_RESTART | SA_NODEFER);
	set(SIGALRM, counts, 0);
	ualarm(300, 300);
	pthread_create(&threads[0], NULL, catches, NULL);
	pthread_create(&threads[1], NULL, blocks_and_unblocks, NULL);
	for (unsigned i = 0; i < 5 + seed % 10; i++) {
		if (pthread_create(&threads[2], NULL, comes_and_goes, NULL) == 0)
			pthread_join(threads[2], NULL);
		raise(SIGUSR2);
		pthread_kill(threads[1], SIGUSR1);
		if (seed % 5 == 4 && i == 3) {
			pid_t pid = fork();

			if (pid == 0)
				_exit(0);
			reap(pid);
		}
	}
	if (seed % 3 == 0)
		exec_self("@none");
	if (seed % 3 == 1)
		pthread_exit(NULL); /* the others go on until they are killed */
	_exit(0);
}

TEST(storm)
{
	enum { TARGETS = 4, ROUNDS = 12 };
	uint64_t limit = now_ns() + 8 * SECOND;
	pid_t pids[TARGETS] = { 0 };
	unsigned rounds = 0, ended = 0;

	words = check_shared->words;
	set(SIGCHLD, counts, SA_RESTART);
	while (ended < TARGETS * ROUNDS && now_ns() < limit) {
		for (int i = 0; i < TARGETS; i++) {
			int status;

			if (pids[i] == 0) {
				pids[i] = fork();
				if (pids[i] == 0) {
					signal(SIGCHLD, SIG_DFL);
					target(ended + (unsigned)i);
				}
				continue;
			}
			/* Before its handlers are set, or after exec, they end it. */
			sys(SYS_kill, pids[i], rounds % 2 ? SIGUSR1 : SIGUSR2);
			if (rounds % 64 == 63 && i == (int)(rounds / 64 % TARGETS))
				sys(SYS_kill, pids[i], SIGKILL);
			if (sys(SYS_wait, pids[i], &status, CURFEW_WNOHANG, 0) == pids[i]) {
				CHECK(status == 0 || status == 99 << 8 || status == SIGKILL || status == SIGUSR1 || status == SIGUSR2 ||
					status == SIGALRM);
				pids[i] = 0;
				ended++;
			}
		}
		rounds++;
		sys(SYS_sleep_until, now_ns() + 100000);
	}
	CHECK(ended > 0);
	for (int i = 0; i < TARGETS; i++) {
		if (pids[i]) {
			sys(SYS_kill, pids[i], SIGKILL);
			CHECK(reap(pids[i]) >= 0);
		}
	}
}

/* Two processes that signal one another as each returns from its sleep: a wake that is lost leaves both asleep. */
TEST(ping_pong)
{
	sigset_t none = 0;
	pid_t self = getpid(), pid;

	set(SIGUSR1, counts, 0);
	block(SIGUSR1);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 1000; i++) {
			sigsuspend(&none);
			sys(SYS_kill, self, SIGUSR1);
		}
		_exit(0);
	}
	for (int i = 0; i < 1000; i++) {
		sys(SYS_kill, pid, SIGUSR1);
		sigsuspend(&none);
	}
	CHECK_EQ(count, 1000);
	CHECK_EQ(reap(pid), 0);
}
