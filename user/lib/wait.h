/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_LIB_WAIT_H
#define CURFEW_LIB_WAIT_H
/*
 * Sleeping on a word, and deadlines.
 *
 * The kernel's deadlines are nanoseconds since boot.  CLOCK_REALTIME is that
 * plus a constant, so a realtime deadline is converted once.
 */
#include <curfew/syscall.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

static inline int futex_wait(uint32_t *word, uint32_t value, uint64_t deadline)
{
	return (int)-curfew_syscall(SYS_futex_wait, word, value, deadline);
}

static inline void futex_wake(uint32_t *word, uint32_t count)
{
	curfew_syscall(SYS_futex_wake, word, count);
}

/* The kernel's deadline for a time on a clock; NULL: never.  Returns 0, or EINVAL. */
int __curfew_deadline(clockid_t clock, const struct timespec *time, uint64_t *deadline);

/* futex_wait() as a cancellation point: ECANCELED if the caller is to be cancelled; it then tidies up and calls
 * __curfew_cancel_self().  Returns a positive errno, or 0. */
int __curfew_wait_cancellable(uint32_t *word, uint32_t value, uint64_t deadline);

/* These two are weak: a program that never calls pthread_cancel() does without cancel.c and all that it needs. */

/* Ends the calling thread as cancelled.  Only after ECANCELED. */
void __curfew_cancel_self(void) __attribute__((noreturn, weak));
/* Ends the calling thread if it is to be cancelled. */
void __curfew_cancel_check(void) __attribute__((weak));

static inline void cancellation_point(void)
{
	if (__curfew_cancel_check)
		__curfew_cancel_check();
}

#endif
