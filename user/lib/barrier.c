/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Barriers and spin locks.
 *
 * A barrier's futex is the number of the round; the last to arrive begins the
 * next.  Round and arrivals change together, so that a thread knows in which
 * round it arrived even if more threads than needed come.
 * pthread_barrier_destroy() waits until all have left, so the one that got
 * PTHREAD_BARRIER_SERIAL_THREAD may call it at once.
 */
#include <curfew/syscall.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "wait.h"

#define DESTROYING 0x80000000u /* in __inside */

int pthread_barrier_init(pthread_barrier_t *barrier, const pthread_barrierattr_t *attr, unsigned count)
{
	(void)attr;
	if (count == 0)
		return EINVAL;
	*barrier = (pthread_barrier_t){ .__count = count };
	return 0;
}

/* Arrives.  Returns the round; *last tells whether this was the last arrival, and the next round has begun. */
static uint32_t arrive(pthread_barrier_t *barrier, bool *last)
{
	uint64_t both = __atomic_load_n(&barrier->__round_and_arrived, __ATOMIC_RELAXED), next;

	do {
		*last = (both >> 32) + 1 == barrier->__count;
		next = *last ? (uint32_t)(both + 1) : both + (1ul << 32);
		/* Release and acquire: what all did before the barrier is seen by the last, and so by all after it. */
	} while (!__atomic_compare_exchange_n(
		&barrier->__round_and_arrived, &both, next, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	return (uint32_t)both;
}

int pthread_barrier_wait(pthread_barrier_t *barrier)
{
	uint32_t *futex = (uint32_t *)&barrier->__round_and_arrived; /* little-endian */
	uint32_t round;
	bool last;

	__atomic_fetch_add(&barrier->__inside, 1, __ATOMIC_RELAXED);
	round = arrive(barrier, &last);
	if (last) {
		futex_wake(futex, UINT32_MAX);
	} else {
		/* Acquire: pairs with the release of the last arrival. */
		while (__atomic_load_n(futex, __ATOMIC_ACQUIRE) == round)
			futex_wait(futex, round, CURFEW_FOREVER);
	}
	if (__atomic_fetch_sub(&barrier->__inside, 1, __ATOMIC_RELEASE) == (DESTROYING | 1))
		futex_wake(&barrier->__inside, 1);
	return last ? PTHREAD_BARRIER_SERIAL_THREAD : 0;
}

int pthread_barrier_destroy(pthread_barrier_t *barrier)
{
	uint32_t inside = __atomic_or_fetch(&barrier->__inside, DESTROYING, __ATOMIC_ACQUIRE);

	while (inside != DESTROYING) {
		futex_wait(&barrier->__inside, inside, CURFEW_FOREVER);
		/* Acquire: pairs with the release in pthread_barrier_wait(). */
		inside = __atomic_load_n(&barrier->__inside, __ATOMIC_ACQUIRE);
	}
	return 0;
}

int pthread_barrierattr_init(pthread_barrierattr_t *attr)
{
	attr->__shared = PTHREAD_PROCESS_PRIVATE;
	return 0;
}

int pthread_barrierattr_destroy(pthread_barrierattr_t *attr)
{
	(void)attr;
	return 0;
}

int pthread_barrierattr_setpshared(pthread_barrierattr_t *attr, int shared)
{
	if (shared != PTHREAD_PROCESS_PRIVATE && shared != PTHREAD_PROCESS_SHARED)
		return EINVAL;
	attr->__shared = shared;
	return 0;
}

int pthread_barrierattr_getpshared(const pthread_barrierattr_t *attr, int *shared)
{
	*shared = attr->__shared;
	return 0;
}

#define SPINS_BEFORE_YIELD 100

int pthread_spin_init(pthread_spinlock_t *lock, int shared)
{
	(void)shared;
	*lock = 0;
	return 0;
}

int pthread_spin_destroy(pthread_spinlock_t *lock)
{
	(void)lock;
	return 0;
}

int pthread_spin_trylock(pthread_spinlock_t *lock)
{
	/* Acquire: pairs with the release in pthread_spin_unlock(). */
	return __atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) ? EBUSY : 0;
}

/* The holder may have been preempted, perhaps by this very thread's CPU: so it yields now and then. */
int pthread_spin_lock(pthread_spinlock_t *lock)
{
	for (unsigned spins = 1; pthread_spin_trylock(lock) != 0; spins++) {
		if (spins % SPINS_BEFORE_YIELD == 0)
			sched_yield();
		else
			__asm__ volatile("yield");
	}
	return 0;
}

int pthread_spin_unlock(pthread_spinlock_t *lock)
{
	__atomic_store_n(lock, 0, __ATOMIC_RELEASE);
	return 0;
}
