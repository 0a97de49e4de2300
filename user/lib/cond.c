/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Condition variables: a count of signals to sleep on, and how many sleep.
 *
 * A waiter reads the count before it gives the mutex back, and sleeps only if
 * the count is still the same: a signal in between is not lost.  A signaller
 * that changed what is waited for under the mutex sees every waiter that was
 * there before it.  Waiters may wake without cause.
 *
 * Whoever is woken is done with the object before it asks for the mutex, and
 * pthread_cond_destroy() waits for that: so it may follow the last broadcast at
 * once.  Works between processes as it is.
 */
#include <curfew/syscall.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>

#include "wait.h"

#define DESTROYING 0x80000000u /* in __waiters */

int pthread_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attr)
{
	*cond = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	if (attr)
		cond->__clock = (uint32_t)attr->__clock;
	return 0;
}

int pthread_cond_destroy(pthread_cond_t *cond)
{
	uint32_t waiters = __atomic_or_fetch(&cond->__waiters, DESTROYING, __ATOMIC_ACQUIRE);

	while (waiters != DESTROYING) {
		futex_wait(&cond->__waiters, waiters, CURFEW_FOREVER);
		/* Acquire: pairs with the release in leave(). */
		waiters = __atomic_load_n(&cond->__waiters, __ATOMIC_ACQUIRE);
	}
	return 0;
}

/* The last that a waiter does with the object. */
static void leave(pthread_cond_t *cond)
{
	if (__atomic_fetch_sub(&cond->__waiters, 1, __ATOMIC_RELEASE) == (DESTROYING | 1))
		futex_wake(&cond->__waiters, 1);
}

/* Acts, as a cancellation point, with the mutex held before and after whatever happens. */
static int wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t deadline)
{
	uint32_t sequence = __atomic_load_n(&cond->__sequence, __ATOMIC_RELAXED);
	int error, locked;

	/* Before the mutex is released: whoever takes it next and signals sees it. */
	__atomic_fetch_add(&cond->__waiters, 1, __ATOMIC_RELAXED);
	error = pthread_mutex_unlock(mutex);
	if (error) {
		leave(cond);
		return error;
	}
	error = __curfew_wait_cancellable(&cond->__sequence, sequence, deadline);
	if (error == ECANCELED)
		pthread_cond_signal(cond); /* this one may have been meant for another waiter */
	leave(cond);
	locked = pthread_mutex_lock(mutex);
	if (error == ECANCELED)
		__curfew_cancel_self();
	return error == ETIMEDOUT ? ETIMEDOUT : locked;
}

int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	return wait_until(cond, mutex, CURFEW_FOREVER);
}

int pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock, const struct timespec *time)
{
	uint64_t deadline;
	int error = __curfew_deadline(clock, time, &deadline);

	return error ? error : wait_until(cond, mutex, deadline);
}

int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *time)
{
	clockid_t clock = cond->__clock ? cond->__clock : CLOCK_REALTIME;

	return pthread_cond_clockwait(cond, mutex, clock, time);
}

static int signal_some(pthread_cond_t *cond, uint32_t count)
{
	if ((__atomic_load_n(&cond->__waiters, __ATOMIC_RELAXED) & ~DESTROYING) == 0)
		return 0;
	__atomic_fetch_add(&cond->__sequence, 1, __ATOMIC_RELAXED);
	futex_wake(&cond->__sequence, count);
	return 0;
}

int pthread_cond_signal(pthread_cond_t *cond)
{
	return signal_some(cond, 1);
}

int pthread_cond_broadcast(pthread_cond_t *cond)
{
	return signal_some(cond, INT_MAX);
}

int pthread_condattr_init(pthread_condattr_t *attr)
{
	*attr = (pthread_condattr_t){ 0 };
	return 0;
}

int pthread_condattr_destroy(pthread_condattr_t *attr)
{
	(void)attr;
	return 0;
}

int pthread_condattr_setclock(pthread_condattr_t *attr, clockid_t clock)
{
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return EINVAL;
	attr->__clock = clock;
	return 0;
}

int pthread_condattr_getclock(const pthread_condattr_t *restrict attr, clockid_t *restrict clock)
{
	*clock = attr->__clock ? attr->__clock : CLOCK_REALTIME;
	return 0;
}

int pthread_condattr_setpshared(pthread_condattr_t *attr, int shared)
{
	if (shared != PTHREAD_PROCESS_PRIVATE && shared != PTHREAD_PROCESS_SHARED)
		return EINVAL;
	attr->__shared = shared;
	return 0;
}

int pthread_condattr_getpshared(const pthread_condattr_t *attr, int *shared)
{
	*shared = attr->__shared;
	return 0;
}
