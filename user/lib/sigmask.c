/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Masks of signals, and waiting for signals.
 */
#include "signal.h"

#include <curfew/sys.h>
#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "wait.h"

static bool is_signal(int number)
{
	if (number > 0 && number < NSIG)
		return true;
	errno = EINVAL;
	return false;
}

int sigemptyset(sigset_t *set)
{
	*set = 0;
	return 0;
}

int sigfillset(sigset_t *set)
{
	*set = CURFEW_SIGNALS_ALL;
	return 0;
}

int sigaddset(sigset_t *set, int number)
{
	if (!is_signal(number))
		return -1;
	*set |= 1ul << number;
	return 0;
}

int sigdelset(sigset_t *set, int number)
{
	if (!is_signal(number))
		return -1;
	*set &= ~(1ul << number);
	return 0;
}

int sigismember(const sigset_t *set, int number)
{
	return is_signal(number) ? (int)(*set >> number & 1) : -1;
}

/* Returns an errno, not -1. */
int pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
	static const int operation[] = {
		[SIG_SETMASK] = CURFEW_MASK_SET, [SIG_BLOCK] = CURFEW_MASK_BLOCK, [SIG_UNBLOCK] = CURFEW_MASK_UNBLOCK
	};
	long before;

	if (set && (how < 0 || how > SIG_UNBLOCK))
		return EINVAL;
	before = set ? curfew_syscall(SYS_signal_mask, operation[how], *set)
		     : curfew_syscall(SYS_signal_mask, CURFEW_MASK_BLOCK, 0);
	if (old)
		*old = (sigset_t)before;
	return 0;
}

int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
	int error = pthread_sigmask(how, set, old);

	if (error == 0)
		return 0;
	errno = error;
	return -1;
}

int sigpending(sigset_t *set)
{
	*set = (sigset_t)curfew_syscall(SYS_signal_mask, CURFEW_MASK_PENDING, 0);
	return 0;
}

int sigsuspend(const sigset_t *mask)
{
	cancellation_point();
	return (int)curfew_result(curfew_syscall(SYS_signal_suspend, *mask));
}

int pause(void)
{
	sigset_t mask = (sigset_t)curfew_syscall(SYS_signal_mask, CURFEW_MASK_BLOCK, 0);

	return sigsuspend(&mask);
}

static int wait_until(sigset_t set, siginfo_t *info, uint64_t deadline)
{
	long number;

	cancellation_point();
	number = curfew_syscall(SYS_signal_wait, set, deadline);
	if (number > 0 && info)
		*info = (siginfo_t){ .si_signo = (int)number, .si_code = SI_USER };
	return (int)curfew_result(number == -ETIMEDOUT ? -EAGAIN : number);
}

int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info)
{
	return wait_until(*set, info, CURFEW_FOREVER);
}

int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info, const struct timespec *restrict time)
{
	uint64_t deadline, now = curfew_now();

	if (time && (time->tv_sec < 0 || __curfew_deadline(CLOCK_MONOTONIC, time, &deadline) != 0)) {
		errno = EINVAL;
		return -1;
	}
	if (time == NULL || __builtin_add_overflow(deadline, now, &deadline))
		deadline = CURFEW_FOREVER;
	return wait_until(*set, info, deadline);
}

/* Returns an errno, not -1.  A handler that runs meanwhile does not end it. */
int sigwait(const sigset_t *restrict set, int *restrict number)
{
	int result;

	do {
		result = sigwaitinfo(set, NULL);
	} while (result < 0 && errno == EINTR);
	if (result < 0)
		return errno;
	*number = result;
	return 0;
}
