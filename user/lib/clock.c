/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clocks, and sleeping.
 *
 * CLOCK_MONOTONIC is nanoseconds since boot, CLOCK_REALTIME that plus a
 * constant; both come from the counter and the kernel's shared page, without a
 * system call.  CLOCK_PROCESS_CPUTIME_ID asks the kernel.  No clock can be set.
 */
#include <curfew/sys.h>
#include <errno.h>
#include <limits.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "thread.h"
#include "wait.h"

#define NS 1000000000ull

uint64_t curfew_now(void)
{
	const struct curfew_shared_page *page = curfew_shared();
	uint64_t count;

	/* The ISB keeps the counter from being read early, before what the program did last (Arm ARM, CNTVCT_EL0). */
	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(count) : : "memory");
	return (uint64_t)(((unsigned __int128)(count - page->cntvct_base) * page->mult) >> page->shift);
}

static struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){ .tv_sec = (time_t)(ns / NS), .tv_nsec = (long)(ns % NS) };
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
	struct curfew_rusage used;
	uint64_t ns;

	switch (clock) {
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		ns = curfew_now();
		break;
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		ns = curfew_now() + curfew_shared()->realtime_base;
		break;
	case CLOCK_PROCESS_CPUTIME_ID:
		if (curfew_getrusage(CURFEW_RUSAGE_SELF, &used) < 0)
			return -1;
		ns = used.user_ns + used.system_ns;
		break;
	default:
		errno = EINVAL;
		return -1;
	}
	*time = timespec_of(ns);
	return 0;
}

int clock_getres(clockid_t clock, struct timespec *resolution)
{
	struct timespec now;

	if (clock_gettime(clock, &now) < 0)
		return -1;
	if (resolution)
		*resolution = timespec_of((NS + curfew_shared()->cntfrq - 1) / curfew_shared()->cntfrq);
	return 0;
}

int clock_settime(clockid_t clock, const struct timespec *time)
{
	(void)time;
	errno = clock == CLOCK_REALTIME ? EPERM : EINVAL;
	return -1;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	uint64_t ns = curfew_now() + curfew_shared()->realtime_base;

	(void)zone;
	now->tv_sec = (time_t)(ns / NS);
	now->tv_usec = (suseconds_t)(ns % NS / 1000);
	return 0;
}

time_t time(time_t *result)
{
	time_t now = (time_t)((curfew_now() + curfew_shared()->realtime_base) / NS);

	if (result)
		*result = now;
	return now;
}

clock_t clock(void)
{
	struct curfew_rusage used;

	if (curfew_getrusage(CURFEW_RUSAGE_SELF, &used) < 0)
		return (clock_t)-1;
	return (used.user_ns + used.system_ns) / (NS / CLOCKS_PER_SEC);
}

int __curfew_deadline(clockid_t clock, const struct timespec *time, uint64_t *deadline)
{
	uint64_t base = 0, ns;

	*deadline = CURFEW_FOREVER;
	if (time == NULL)
		return 0;
	if (clock == CLOCK_REALTIME)
		base = curfew_shared()->realtime_base;
	else if (clock != CLOCK_MONOTONIC)
		return EINVAL;
	if (time->tv_nsec < 0 || time->tv_nsec >= (long)NS)
		return EINVAL;
	if (time->tv_sec < 0) {
		*deadline = 0;
		return 0;
	}
	if (__builtin_mul_overflow((uint64_t)time->tv_sec, NS, &ns) ||
		__builtin_add_overflow(ns, (uint64_t)time->tv_nsec, &ns))
		return 0; /* beyond the kernel's clock: never */
	*deadline = ns > base ? ns - base : 0;
	return 0;
}

/* Sleeps until a deadline, as a cancellation point.  0, or EINTR: a handler ran. */
static int sleep_until(uint64_t deadline)
{
	struct thread *self = thread_self();

	cancellation_point();
	if (thread_alone())
		return (int)-curfew_syscall(SYS_sleep_until, deadline);
	/* On the word that pthread_cancel() changes: nothing else wakes it but a signal (signal.c knows this word, too). */
	for (;;) {
		uint32_t cancel = __atomic_load_n(&self->cancel, __ATOMIC_RELAXED);
		int error = __curfew_wait_cancellable(&self->cancel, cancel, deadline);

		if (error == ECANCELED)
			__curfew_cancel_self();
		if (error == ETIMEDOUT || error == EINTR)
			return error == EINTR ? EINTR : 0;
	}
}

/* Returns an errno, not -1. */
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left)
{
	uint64_t deadline, now;
	int error;

	if (flags & ~TIMER_ABSTIME)
		return EINVAL;
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return clock == CLOCK_PROCESS_CPUTIME_ID ? ENOTSUP : EINVAL;
	if (!(flags & TIMER_ABSTIME)) {
		if (time->tv_sec < 0)
			return EINVAL;
		clock = CLOCK_MONOTONIC;
	}
	error = __curfew_deadline(clock, time, &deadline);
	if (error)
		return error;
	if (!(flags & TIMER_ABSTIME)) {
		now = curfew_now();
		deadline = deadline > CURFEW_FOREVER - now ? CURFEW_FOREVER : deadline + now;
	}
	error = sleep_until(deadline);
	if (error && left && !(flags & TIMER_ABSTIME)) {
		now = curfew_now();
		*left = timespec_of(deadline > now ? deadline - now : 0);
	}
	return error;
}

int nanosleep(const struct timespec *time, struct timespec *left)
{
	int error = clock_nanosleep(CLOCK_MONOTONIC, 0, time, left);

	if (error == 0)
		return 0;
	errno = error;
	return -1;
}

unsigned sleep(unsigned seconds)
{
	struct timespec time = { .tv_sec = (time_t)seconds }, left;

	if (nanosleep(&time, &left) == 0)
		return 0;
	return (unsigned)left.tv_sec + (left.tv_nsec > 0);
}

int usleep(useconds_t us)
{
	struct timespec time = { .tv_sec = (time_t)(us / 1000000), .tv_nsec = (long)(us % 1000000) * 1000 };

	return nanosleep(&time, NULL);
}
