/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cancellation of threads, deferred.
 *
 * A thread that is to be cancelled ends at its next cancellation point: in
 * pthread_testcancel(); in pthread_cond_wait, pthread_join, sem_wait and
 * nanosleep and their like, which are also woken for it; and before it begins
 * open(), read() or write(), from which it is not woken.  The asynchronous type
 * may be set, but acts at these points too, as POSIX lets it.
 */
#include <curfew/sys.h>
#include <errno.h>

#include "thread.h"
#include "wait.h"

#define RETRY_NS 50000

void __curfew_cancel_self(void)
{
	pthread_exit(PTHREAD_CANCELED);
}

void __curfew_cancel_check(void)
{
	/* Acquire: pairs with pthread_cancel(): what its caller did before is seen by the handlers. */
	if (__atomic_load_n(&thread_self()->cancel, __ATOMIC_ACQUIRE) == CANCEL_PENDING)
		__curfew_cancel_self();
}

void pthread_testcancel(void)
{
	__curfew_cancel_check();
}

int pthread_cancel(pthread_t handle)
{
	struct thread *thread = (struct thread *)handle;
	uint32_t *word;

	/* Sequentially consistent: see wait.c. */
	__atomic_fetch_or(&thread->cancel, CANCEL_PENDING, __ATOMIC_SEQ_CST);
	futex_wake(&thread->cancel, UINT32_MAX); /* nanosleep */
	while (__atomic_load_n(&thread->cancel, __ATOMIC_RELAXED) == CANCEL_PENDING &&
		(word = __atomic_load_n(&thread->wait_word, __ATOMIC_SEQ_CST)) != NULL) {
		futex_wake(word, UINT32_MAX);
		curfew_syscall(SYS_sleep_until, curfew_now() + RETRY_NS); /* lets it run, whatever its priority */
	}
	return 0;
}

int pthread_setcancelstate(int state, int *old)
{
	uint32_t before;

	if (state == PTHREAD_CANCEL_DISABLE)
		before = __atomic_fetch_or(&thread_self()->cancel, CANCEL_DISABLED, __ATOMIC_RELAXED);
	else if (state == PTHREAD_CANCEL_ENABLE)
		before = __atomic_fetch_and(&thread_self()->cancel, ~CANCEL_DISABLED, __ATOMIC_RELAXED);
	else
		return EINVAL;
	if (old)
		*old = before & CANCEL_DISABLED ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE;
	return 0;
}

int pthread_setcanceltype(int type, int *old)
{
	struct thread *self = thread_self();

	if (type != PTHREAD_CANCEL_DEFERRED && type != PTHREAD_CANCEL_ASYNCHRONOUS)
		return EINVAL;
	if (old)
		*old = self->cancel_type;
	self->cancel_type = type;
	return 0;
}
