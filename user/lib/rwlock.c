/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Read-write locks: one word, which says how many read, or that one writes,
 * and whether anyone waits.
 *
 * Readers go first: a reader waits only for a writer that has the lock, so a
 * thread may read-lock again what it read-locks.  Whoever makes the lock free
 * wakes all who wait, and they try again.
 */
#include <curfew/syscall.h>
#include <errno.h>
#include <pthread.h>

#include "thread.h"
#include "wait.h"

#define WRITER  0x80000000u
#define WAITERS 0x40000000u
#define READERS 0x3fffffffu

/* As for a mutex: the record's address, or the number where processes share the lock. */
static unsigned long own_name(const pthread_rwlock_t *lock)
{
	return lock->__shared ? (unsigned long)curfew_syscall(SYS_gettid) : (unsigned long)thread_self();
}

static bool is_writer(const pthread_rwlock_t *lock)
{
	/* Relaxed: only the writer itself can find its own name here. */
	return __atomic_load_n(&lock->__writer, __ATOMIC_RELAXED) == own_name(lock);
}

/* Takes it for reading.  Returns 0, EBUSY with *seen the state that forbids it, EDEADLK or EAGAIN. */
static int try_read(pthread_rwlock_t *lock, uint32_t *seen)
{
	uint32_t state = __atomic_load_n(&lock->__state, __ATOMIC_RELAXED);

	do {
		*seen = state;
		if (state & WRITER)
			return is_writer(lock) ? EDEADLK : EBUSY;
		if ((state & READERS) == READERS)
			return EAGAIN;
		/* Acquire: pairs with the releases in pthread_rwlock_unlock(). */
	} while (!__atomic_compare_exchange_n(
		&lock->__state, &state, state + 1, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	return 0;
}

static int try_write(pthread_rwlock_t *lock, uint32_t *seen)
{
	uint32_t state = __atomic_load_n(&lock->__state, __ATOMIC_RELAXED);

	do {
		*seen = state;
		if (state & (WRITER | READERS))
			return is_writer(lock) ? EDEADLK : EBUSY;
	} while (!__atomic_compare_exchange_n(
		&lock->__state, &state, state | WRITER, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	__atomic_store_n(&lock->__writer, own_name(lock), __ATOMIC_RELAXED);
	return 0;
}

/* Tries until it is taken, or the deadline. */
static int lock_until(pthread_rwlock_t *lock, int (*try)(pthread_rwlock_t *, uint32_t *), uint64_t deadline)
{
	uint32_t seen;
	int error;

	while ((error = try(lock, &seen)) == EBUSY) {
		/* Whoever releases must know before this sleeps. */
		if (!(seen & WAITERS) && !__atomic_compare_exchange_n(&lock->__state, &seen, seen | WAITERS, false,
						 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			continue;
		if (futex_wait(&lock->__state, seen | WAITERS, deadline) == ETIMEDOUT)
			return ETIMEDOUT;
	}
	return error;
}

static int lock_timed(pthread_rwlock_t *lock, int (*try)(pthread_rwlock_t *, uint32_t *), const struct timespec *time)
{
	uint64_t deadline;
	uint32_t seen;
	int error = try(lock, &seen);

	if (error != EBUSY)
		return error;
	error = __curfew_deadline(CLOCK_REALTIME, time, &deadline);
	return error ? error : lock_until(lock, try, deadline);
}

int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
	return lock_until(lock, try_read, CURFEW_FOREVER);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
	return lock_until(lock, try_write, CURFEW_FOREVER);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
	uint32_t seen;
	int error = try_read(lock, &seen);

	return error == EDEADLK ? EBUSY : error;
}

int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
	uint32_t seen;
	int error = try_write(lock, &seen);

	return error == EDEADLK ? EBUSY : error;
}

int pthread_rwlock_timedrdlock(pthread_rwlock_t *lock, const struct timespec *time)
{
	return lock_timed(lock, try_read, time);
}

int pthread_rwlock_timedwrlock(pthread_rwlock_t *lock, const struct timespec *time)
{
	return lock_timed(lock, try_write, time);
}

/* Takes the writer, or one reader, away; the last to go makes the lock free. */
int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
	uint32_t state = __atomic_load_n(&lock->__state, __ATOMIC_RELAXED), next;

	if ((state & (WRITER | READERS)) == 0)
		return EPERM;
	if (state & WRITER) {
		if (!is_writer(lock))
			return EPERM;
		__atomic_store_n(&lock->__writer, 0, __ATOMIC_RELAXED);
	}
	do {
		next = state & WRITER ? 0 : state - 1;
		if (next == WAITERS)
			next = 0;
		/* Release: pairs with the acquire in try_read() and try_write(). */
	} while (!__atomic_compare_exchange_n(&lock->__state, &state, next, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
	if (next == 0 && (state & WAITERS))
		futex_wake(&lock->__state, UINT32_MAX);
	return 0;
}

int pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attr)
{
	*lock = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
	lock->__shared = attr && attr->__shared;
	return 0;
}

int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
	return lock->__state & (WRITER | READERS) ? EBUSY : 0;
}

int pthread_rwlockattr_init(pthread_rwlockattr_t *attr)
{
	attr->__shared = PTHREAD_PROCESS_PRIVATE;
	return 0;
}

int pthread_rwlockattr_destroy(pthread_rwlockattr_t *attr)
{
	(void)attr;
	return 0;
}

int pthread_rwlockattr_setpshared(pthread_rwlockattr_t *attr, int shared)
{
	if (shared != PTHREAD_PROCESS_PRIVATE && shared != PTHREAD_PROCESS_SHARED)
		return EINVAL;
	attr->__shared = shared;
	return 0;
}

int pthread_rwlockattr_getpshared(const pthread_rwlockattr_t *attr, int *shared)
{
	*shared = attr->__shared;
	return 0;
}
