/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mutexes: a futex word with three states (lock.h), and for the recursive and
 * error-checking types an owner and a depth.
 *
 * An owner is named by the address of its record, which stays its own in a
 * child made by fork; for a mutex that processes share, by its thread number.
 * Nothing is touched after the word is released but by the kernel, so a mutex
 * may be destroyed and its memory freed by whoever takes it next.
 */
#include <curfew/syscall.h>
#include <errno.h>
#include <pthread.h>

#include "lock.h"
#include "thread.h"
#include "wait.h"

static unsigned long own_name(const pthread_mutex_t *mutex)
{
	return mutex->__shared ? (unsigned long)curfew_syscall(SYS_gettid) : (unsigned long)thread_self();
}

/* Sleeps until the word is ours.  Returns 0, or ETIMEDOUT. */
static int lock_until(uint32_t *word, uint64_t deadline)
{
	/* Acquire: pairs with the release in word_unlock(). */
	while (__atomic_exchange_n(word, LOCK_CONTENDED, __ATOMIC_ACQUIRE) != LOCK_FREE) {
		if (futex_wait(word, LOCK_CONTENDED, deadline) == ETIMEDOUT)
			return ETIMEDOUT;
	}
	return 0;
}

/* What a thread that has the mutex already gets.  -1: it has not. */
static int check_owner(pthread_mutex_t *mutex, unsigned long self, int deadlock)
{
	/* Relaxed: only the owner itself can find its own name here. */
	if (__atomic_load_n(&mutex->__owner, __ATOMIC_RELAXED) != self)
		return -1;
	if (mutex->__type == PTHREAD_MUTEX_ERRORCHECK)
		return deadlock;
	if (mutex->__depth == UINT32_MAX)
		return EAGAIN;
	mutex->__depth++;
	return 0;
}

static void set_owner(pthread_mutex_t *mutex, unsigned long self)
{
	__atomic_store_n(&mutex->__owner, self, __ATOMIC_RELAXED);
	mutex->__depth = 1;
}

/* The types with an owner, or any that is taken.  The deadline is the kernel's. */
static int lock_slow(pthread_mutex_t *mutex, uint64_t deadline)
{
	unsigned long self;
	int error;

	if (mutex->__type == PTHREAD_MUTEX_NORMAL)
		return word_trylock(&mutex->__word) ? 0 : lock_until(&mutex->__word, deadline);
	self = own_name(mutex);
	error = check_owner(mutex, self, EDEADLK);
	if (error >= 0)
		return error;
	error = word_trylock(&mutex->__word) ? 0 : lock_until(&mutex->__word, deadline);
	if (error == 0)
		set_owner(mutex, self);
	return error;
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	if (mutex->__type == PTHREAD_MUTEX_NORMAL && word_trylock(&mutex->__word))
		return 0;
	return lock_slow(mutex, CURFEW_FOREVER);
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
	unsigned long self;
	int error;

	if (mutex->__type == PTHREAD_MUTEX_NORMAL)
		return word_trylock(&mutex->__word) ? 0 : EBUSY;
	self = own_name(mutex);
	error = check_owner(mutex, self, EBUSY);
	if (error >= 0)
		return error;
	if (!word_trylock(&mutex->__word))
		return EBUSY;
	set_owner(mutex, self);
	return 0;
}

/* A time that makes no sense is an error only if there is something to wait for. */
int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *time)
{
	uint64_t deadline;
	int error = pthread_mutex_trylock(mutex);

	if (error != EBUSY)
		return error;
	error = __curfew_deadline(clock, time, &deadline);
	return error ? error : lock_slow(mutex, deadline);
}

int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *time)
{
	return pthread_mutex_clocklock(mutex, CLOCK_REALTIME, time);
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	if (mutex->__type != PTHREAD_MUTEX_NORMAL) {
		if (__atomic_load_n(&mutex->__owner, __ATOMIC_RELAXED) != own_name(mutex))
			return EPERM;
		if (--mutex->__depth > 0)
			return 0;
		__atomic_store_n(&mutex->__owner, 0, __ATOMIC_RELAXED);
	}
	word_unlock(&mutex->__word);
	return 0;
}

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr)
{
	*mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	if (attr) {
		mutex->__type = (uint8_t)attr->__type;
		mutex->__shared = (uint8_t)attr->__shared;
	}
	return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
	return __atomic_load_n(&mutex->__word, __ATOMIC_RELAXED) == LOCK_FREE ? 0 : EBUSY;
}

int pthread_mutexattr_init(pthread_mutexattr_t *attr)
{
	*attr = (pthread_mutexattr_t){ .__type = PTHREAD_MUTEX_DEFAULT };
	return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *attr)
{
	(void)attr;
	return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *attr, int type)
{
	if (type < PTHREAD_MUTEX_NORMAL || type > PTHREAD_MUTEX_ERRORCHECK)
		return EINVAL;
	attr->__type = type;
	return 0;
}

int pthread_mutexattr_gettype(const pthread_mutexattr_t *attr, int *type)
{
	*type = attr->__type;
	return 0;
}

int pthread_mutexattr_setpshared(pthread_mutexattr_t *attr, int shared)
{
	if (shared != PTHREAD_PROCESS_PRIVATE && shared != PTHREAD_PROCESS_SHARED)
		return EINVAL;
	attr->__shared = shared;
	return 0;
}

int pthread_mutexattr_getpshared(const pthread_mutexattr_t *attr, int *shared)
{
	*shared = attr->__shared;
	return 0;
}
