/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Semaphores.  Value and number of waiters are one word of 64 bits, so that a
 * post learns with one operation whether it must wake anyone, and touches
 * nothing after: whoever it lets through may destroy the semaphore.  The futex
 * is the lower half, the value.
 */
#include <curfew/syscall.h>
#include <errno.h>
#include <limits.h>
#include <semaphore.h>

#include "wait.h"

#define ONE_WAITER (1ul << 32)

static inline uint32_t *value_word(sem_t *semaphore)
{
	return (uint32_t *)&semaphore->__value_and_waiters; /* little-endian */
}

static int fail(int error)
{
	errno = error;
	return -1;
}

int sem_init(sem_t *semaphore, int shared, unsigned value)
{
	(void)shared;
	if (value > SEM_VALUE_MAX)
		return fail(EINVAL);
	semaphore->__value_and_waiters = value;
	return 0;
}

int sem_destroy(sem_t *semaphore)
{
	return __atomic_load_n(&semaphore->__value_and_waiters, __ATOMIC_RELAXED) >= ONE_WAITER ? fail(EBUSY) : 0;
}

/* Takes one, and `waiters` waiters, off; false if the value is 0. */
static bool take(sem_t *semaphore, uint64_t waiters)
{
	uint64_t both = __atomic_load_n(&semaphore->__value_and_waiters, __ATOMIC_RELAXED);

	do {
		if ((uint32_t)both == 0)
			return false;
		/* Acquire: pairs with the release in sem_post(). */
	} while (!__atomic_compare_exchange_n(
		&semaphore->__value_and_waiters, &both, both - 1 - waiters, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	return true;
}

/* Acts as a cancellation point. */
static int wait_until(sem_t *semaphore, uint64_t deadline)
{
	int error = 0;

	__atomic_fetch_add(&semaphore->__value_and_waiters, ONE_WAITER, __ATOMIC_RELAXED);
	while (!take(semaphore, ONE_WAITER)) {
		error = __curfew_wait_cancellable(value_word(semaphore), 0, deadline);
		if (error != ETIMEDOUT && error != ECANCELED && error != EINTR)
			continue;
		__atomic_fetch_sub(&semaphore->__value_and_waiters, ONE_WAITER, __ATOMIC_RELAXED);
		/* A post may have woken this one in place of another, who would not wake for it. */
		if ((uint32_t)__atomic_load_n(&semaphore->__value_and_waiters, __ATOMIC_RELAXED) > 0)
			futex_wake(value_word(semaphore), 1);
		if (error == ECANCELED)
			__curfew_cancel_self();
		return fail(error);
	}
	return 0;
}

int sem_wait(sem_t *semaphore)
{
	cancellation_point();
	return take(semaphore, 0) ? 0 : wait_until(semaphore, CURFEW_FOREVER);
}

int sem_trywait(sem_t *semaphore)
{
	return take(semaphore, 0) ? 0 : fail(EAGAIN);
}

int sem_clockwait(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict time)
{
	uint64_t deadline;
	int error;

	cancellation_point();
	if (take(semaphore, 0))
		return 0;
	error = __curfew_deadline(clock, time, &deadline);
	return error ? fail(error) : wait_until(semaphore, deadline);
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict time)
{
	return sem_clockwait(semaphore, CLOCK_REALTIME, time);
}

int sem_post(sem_t *semaphore)
{
	uint64_t both = __atomic_load_n(&semaphore->__value_and_waiters, __ATOMIC_RELAXED);

	do {
		if ((uint32_t)both == SEM_VALUE_MAX)
			return fail(EOVERFLOW);
		/* Release: pairs with the acquire in take(). */
	} while (!__atomic_compare_exchange_n(
		&semaphore->__value_and_waiters, &both, both + 1, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
	if (both >= ONE_WAITER)
		futex_wake(value_word(semaphore), 1);
	return 0;
}

int sem_getvalue(sem_t *restrict semaphore, int *restrict value)
{
	*value = (int)(uint32_t)__atomic_load_n(&semaphore->__value_and_waiters, __ATOMIC_RELAXED);
	return 0;
}
