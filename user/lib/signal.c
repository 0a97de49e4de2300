/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handlers of signals.
 *
 * The kernel knows which signals the process handles and which it ignores; a
 * thread that has one to handle comes to enter() with all signals blocked, its
 * registers in a frame on the stack.  What POSIX says of a handler is done
 * here: its mask, the flags, errno, and whether an interrupted call is made again.
 *
 * The lock of the table is taken with all signals blocked only, so a handler
 * may call sigaction() wherever it interrupted the thread.
 */
#include "signal.h"

#include <errno.h>
#include <reent.h>
#include <stdbool.h>
#include <string.h>

#include "lock.h"
#include "thread.h"

#define BIT(number) (1ul << (number))

static struct sigaction table[NSIG]; /* signals lock, as all below */
static bool table_loaded;

static bool is_ignored(int number)
{
	return table[number].sa_handler == SIG_IGN;
}

/* What this program was started with: some signals may be ignored. */
static void load_table(void)
{
	struct curfew_signal_actions actions;

	if (table_loaded)
		return;
	table_loaded = true;
	curfew_syscall(SYS_signal_actions, 0, &actions);
	for (int number = 1; number < NSIG; number++) {
		if (actions.ignored & BIT(number))
			table[number].sa_handler = SIG_IGN;
	}
}

static void enter(int number, struct curfew_signal_frame *frame) __attribute__((noreturn));

/* Tells the kernel. */
static void publish(void)
{
	struct curfew_signal_actions actions = { .entry = (uint64_t)enter };

	for (int number = 1; number < NSIG; number++) {
		if (is_ignored(number))
			actions.ignored |= BIT(number);
		else if (table[number].sa_handler != SIG_DFL)
			actions.handled |= BIT(number);
		if (table[number].sa_flags & SA_ONSTACK)
			actions.on_stack |= BIT(number);
	}
	if (is_ignored(SIGCHLD) || table[SIGCHLD].sa_flags & SA_NOCLDWAIT)
		actions.flags = CURFEW_ACTIONS_NO_ZOMBIES;
	curfew_syscall(SYS_signal_actions, &actions, 0);
}

/* The action for a signal that has come; SA_RESETHAND makes it the last. */
static struct sigaction take_action(int number)
{
	struct sigaction action;

	word_lock(&__curfew_signals_lock.word);
	action = table[number];
	if (action.sa_flags & SA_RESETHAND) {
		table[number] = (struct sigaction){ .sa_handler = SIG_DFL };
		publish();
	}
	word_unlock(&__curfew_signals_lock.word);
	return action;
}

/* Sleeping until a time, or for signals, is over when a handler has run, whatever SA_RESTART says. */
static bool may_restart(const struct curfew_signal_frame *frame)
{
	switch (frame->x[8]) {
	case SYS_sleep_until:
	case SYS_reply_receive: /* it has replied */
	case SYS_signal_suspend:
	case SYS_signal_wait:
		return false;
	case SYS_futex_wait:
		return frame->x0 != (uint64_t)&thread_self()->cancel; /* clock_nanosleep() with threads */
	default:
		return true;
	}
}

/* --- siginfo --- */

#define EC_SYSREG   0x18
#define EC_PC_ALIGN 0x22
#define FSC_ALIGN   0x21

static int abort_code(int number, unsigned status)
{
	if (number == SIGSEGV)
		return (status & 0x3c) == 0x0c ? SEGV_ACCERR : SEGV_MAPERR;
	if (status == FSC_ALIGN)
		return BUS_ADRALN;
	return status >= 0x04 && status <= 0x0f ? BUS_ADRERR : BUS_OBJERR;
}

static int float_code(uint64_t syndrome)
{
	static const int codes[] = { FPE_FLTINV, FPE_FLTDIV, FPE_FLTOVF, FPE_FLTUND, FPE_FLTRES };

	for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (syndrome & 1u << i)
			return codes[i];
	}
	return FPE_FLTINV;
}

static siginfo_t info_of(const struct curfew_signal_frame *frame)
{
	siginfo_t info = { .si_signo = (int)frame->signal, .si_code = SI_USER };
	unsigned class = frame->syndrome >> 26 & 0x3f; /* ESR_EL1.EC */

	if (frame->code != CURFEW_SIGNAL_FAULT)
		return info;
	info.si_addr = (void *)frame->pc;
	switch (info.si_signo) {
	case SIGSEGV:
	case SIGBUS:
		if (class >= 0x20 && class <= 0x25 && class != EC_PC_ALIGN) {
			info.si_code = abort_code(info.si_signo, frame->syndrome & 0x3f);
			info.si_addr = (void *)frame->address;
		} else {
			info.si_code = BUS_ADRALN;
		}
		break;
	case SIGFPE:
		info.si_code = float_code(frame->syndrome);
		break;
	case SIGTRAP:
		info.si_code = TRAP_BRKPT;
		break;
	default:
		info.si_code = class == EC_SYSREG ? ILL_PRVOPC : ILL_ILLOPC;
	}
	return info;
}

/* --- running a handler --- */

static void run(int number, const struct sigaction *action, struct curfew_signal_frame *frame)
{
	int saved = errno;
	siginfo_t info;

	if (!(action->sa_flags & SA_RESTART)) {
		interruptions_count(); /* a call that a server has is none of the kernel's: session.c looks at this */
	} else if (frame->interrupted && may_restart(frame)) {
		frame->x[0] = frame->x0;
		frame->pc -= 4;
	}
	signals_restore(frame->blocked | action->sa_mask | (action->sa_flags & SA_NODEFER ? 0 : BIT(number)));
	if (action->sa_flags & SA_SIGINFO) {
		info = info_of(frame);
		action->sa_sigaction(number, &info, frame);
	} else {
		action->sa_handler(number);
	}
	errno = saved;
}

/* Where the kernel sends a thread, on the stack that the handler is to have, just below the frame. */
static void enter(int number, struct curfew_signal_frame *frame)
{
	struct sigaction action = take_action(number);

	if (action.sa_handler == SIG_DFL) /* since a moment: it comes again, and the kernel knows what to do */
		curfew_syscall(SYS_thread_kill, 0, number);
	else if (action.sa_handler != SIG_IGN)
		run(number, &action, frame);
	for (;;) {
		curfew_syscall(SYS_signal_return, frame);
		*(volatile char *)frame; /* EFAULT: the handler unmapped its own stack */
	}
}

/* --- setting them --- */

int sigaction(int number, const struct sigaction *restrict action, struct sigaction *restrict old)
{
	struct sigaction before, after;
	sigset_t mask;

	if (number <= 0 || number >= NSIG || (action && (number == SIGKILL || number == SIGSTOP))) {
		errno = EINVAL;
		return -1;
	}
	if (action)
		after = *action;
	mask = signals_block();
	word_lock(&__curfew_signals_lock.word);
	load_table();
	before = table[number];
	if (action) {
		table[number] = after;
		publish();
	}
	word_unlock(&__curfew_signals_lock.word);
	signals_restore(mask);
	if (old)
		*old = before;
	return 0;
}

_sig_func_ptr signal(int number, _sig_func_ptr handler)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART }, old;

	if (handler == SIG_ERR) {
		errno = EINVAL;
		return SIG_ERR;
	}
	return sigaction(number, &action, &old) < 0 ? SIG_ERR : old.sa_handler;
}
