/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals: handlers, masks, faults, stacks, and the frames that come back.  What they interrupt is in interrupts.c.
 */
#include "signal_check.h"

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

/* --- the ends --- */

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
