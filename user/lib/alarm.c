/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process's alarm: alarm(), ualarm() and ITIMER_REAL are one and the same.
 */
#include <curfew/sys.h>
#include <errno.h>
#include <stdbool.h>
#include <sys/time.h>
#include <unistd.h>

#define NS 1000000000ull

/* Nanoseconds; those beyond the kernel's clock never come. */
static uint64_t ns_of(const struct timeval *time)
{
	uint64_t ns;

	if (__builtin_mul_overflow((uint64_t)time->tv_sec, NS, &ns) ||
		__builtin_add_overflow(ns, (uint64_t)time->tv_usec * 1000, &ns))
		return CURFEW_FOREVER;
	return ns;
}

static struct timeval timeval_of(uint64_t ns)
{
	uint64_t us = (ns + 999) / 1000;

	return (struct timeval){ .tv_sec = (time_t)(us / 1000000), .tv_usec = (suseconds_t)(us % 1000000) };
}

static bool is_good(const struct timeval *time)
{
	return time->tv_sec >= 0 && time->tv_usec >= 0 && time->tv_usec < 1000000;
}

/* Sets it, `after` ns from now (0: not at all); or only asks (set false).  What is left of the old one: 0 if there is none. */
static uint64_t exchange(bool set, uint64_t after, uint64_t interval, uint64_t *old_interval)
{
	uint64_t now = curfew_now();
	struct curfew_alarm new = { .interval = interval }, old;

	if (after && __builtin_add_overflow(now, after, &new.deadline))
		new.deadline = CURFEW_FOREVER;
	curfew_syscall(SYS_alarm, set ? &new : NULL, &old);
	if (old_interval)
		*old_interval = old.interval;
	if (old.deadline == 0)
		return 0;
	return old.deadline > now ? old.deadline - now : 1; /* it is about to come */
}

unsigned alarm(unsigned seconds)
{
	return (unsigned)((exchange(true, seconds * NS, 0, NULL) + NS - 1) / NS);
}

useconds_t ualarm(useconds_t us, useconds_t interval)
{
	return (useconds_t)((exchange(true, us * 1000ull, interval * 1000ull, NULL) + 999) / 1000);
}

static int fail(int error)
{
	errno = error;
	return -1;
}

int getitimer(int which, struct itimerval *value)
{
	uint64_t left, interval;

	if (which != ITIMER_REAL)
		return fail(EINVAL);
	left = exchange(false, 0, 0, &interval);
	*value = (struct itimerval){ .it_value = timeval_of(left), .it_interval = timeval_of(interval) };
	return 0;
}

int setitimer(int which, const struct itimerval *restrict value, struct itimerval *restrict old)
{
	uint64_t left, interval;

	if (which != ITIMER_REAL || !is_good(&value->it_value) || !is_good(&value->it_interval))
		return fail(EINVAL);
	left = exchange(true, ns_of(&value->it_value), ns_of(&value->it_interval), &interval);
	if (old)
		*old = (struct itimerval){ .it_value = timeval_of(left), .it_interval = timeval_of(interval) };
	return 0;
}
