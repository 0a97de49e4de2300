/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads begin, end, and are waited for.
 *
 * The end of a thread: cleanup handlers, destructors, then it says whether it
 * wants to be joined, leaves the list, counts itself out, and tells the kernel,
 * which clears its tid word last of all and wakes who sleeps on that.  Until
 * then its stack is in use, so a joiner waits for the word, and the stack of a
 * detached thread lies among the free ones but is not taken before (stack.c).
 * After counting itself out a thread touches nothing that is not its own.
 *
 * The last thread to leave runs exit(0) instead, as POSIX says.
 */
#include "thread.h"

#include <curfew/sys.h>
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "lock.h"
#include "signal.h"
#include "wait.h"

#define DEFAULT_STACK (256 * 1024)
#define DEFAULT_GUARD 4096
#define TID_STARTING  1u /* until the kernel has written the tid: anything but 0 */

static inline struct thread *thread_of(pthread_t handle)
{
	return (struct thread *)handle;
}

pthread_t pthread_self(void)
{
	return (pthread_t)thread_self();
}

int pthread_equal(pthread_t a, pthread_t b)
{
	return a == b;
}

/* Where the kernel lets a new thread begin. */
static void run(struct thread *self) __attribute__((noreturn));
static void run(struct thread *self)
{
	/* Nothing called this: a debugger's backtrace ends here. */
	__asm__ volatile(".cfi_undefined x30");
	if (self->priority)
		curfew_syscall(SYS_set_priority, 0, 16 + self->priority);
	pthread_exit(self->start(self->argument));
}

/* newlib's flush of all streams; there if any are. */
extern void _cleanup_r(struct _reent *reent) __attribute__((weak));

/* The first time that a process has a second thread: now the first one's end must be told, too.  And streams are
 * flushed at exit even if only other threads use them, which newlib would not know. */
static void register_first(void)
{
	struct thread *self = thread_self();

	if (!TAILQ_EMPTY(&__curfew_threads))
		return;
	self->tid = (uint32_t)curfew_syscall(SYS_set_tid_address, &self->tid);
	TAILQ_INSERT_HEAD(&__curfew_threads, self, link);
	if (_cleanup_r)
		_global_impure_ptr->__cleanup = _cleanup_r;
}

/* Fills the record of a thread that does not run yet. */
static void prepare(struct thread *thread, const pthread_attr_t *attr, void *(*start)(void *), void *argument)
{
	struct thread *self = thread_self();

	thread->start = start;
	thread->argument = argument;
	thread->result = NULL;
	thread->cleanup = NULL;
	thread->hidden = 0;
	thread->wait_word = NULL;
	thread->signal_stack = (stack_t){ 0 };
	thread->cancel = 0;
	thread->cancel_type = PTHREAD_CANCEL_DEFERRED;
	thread->state = attr && attr->__detached ? THREAD_DETACHED : 0;
	thread->policy = self->policy;
	thread->priority = self->priority;
	if (attr && attr->__inherit == PTHREAD_EXPLICIT_SCHED) {
		thread->policy = attr->__policy;
		thread->priority = attr->__priority;
	}
	thread->name[0] = '\0';
	thread->reent = &thread->own_reent;
	_REENT_INIT_PTR(thread->reent);
	thread->tid = TID_STARTING;
	__curfew_tls_init(thread);
}

/* A record for a thread with these attributes; NULL: no memory. */
static struct thread *find_stack(const pthread_attr_t *attr)
{
	struct thread *thread;

	if (attr == NULL || attr->__stack_base == NULL)
		return __curfew_stack_get(attr && attr->__stack_size ? attr->__stack_size : DEFAULT_STACK,
			attr ? attr->__guard_size : DEFAULT_GUARD);
	thread = __curfew_stack_place((char *)attr->__stack_base + attr->__stack_size);
	memset(thread, 0, sizeof(*thread));
	thread->stack = attr->__stack_base;
	return thread;
}

int pthread_create(pthread_t *result, const pthread_attr_t *attr, void *(*start)(void *), void *argument)
{
	struct thread *thread = find_stack(attr);
	struct curfew_thread request;
	long tid;

	if (thread == NULL)
		return EAGAIN;
	prepare(thread, attr, start, argument);
	request = (struct curfew_thread){
		.entry = (uint64_t)run,
		.arg = (uint64_t)thread,
		.stack = (uint64_t)thread,
		.tls = (uint64_t)(thread + 1),
		.tid_addr = (uint64_t)&thread->tid,
	};
	*result = (pthread_t)thread;

	word_lock(&__curfew_threads_lock.word);
	register_first();
	TAILQ_INSERT_TAIL(&__curfew_threads, thread, link);
	__atomic_fetch_add(&__curfew_thread_count, 1, __ATOMIC_RELAXED);
	word_unlock(&__curfew_threads_lock.word);

	tid = curfew_syscall(SYS_thread_create, &request);
	if (tid >= 0)
		return 0;

	word_lock(&__curfew_threads_lock.word);
	TAILQ_REMOVE(&__curfew_threads, thread, link);
	__atomic_fetch_sub(&__curfew_thread_count, 1, __ATOMIC_RELAXED);
	thread->tid = 0;
	__curfew_stack_put(thread);
	word_unlock(&__curfew_threads_lock.word);
	return EAGAIN;
}

/* What newlib allocated for the thread. */
static void free_reent(struct thread *self)
{
	struct _reent *reent = &self->own_reent;

	if (self->reent != reent)
		return;
	reent->__sdidinit = 0; /* the streams are the process's: nothing to close */
	if (_REENT_MP_FREELIST(reent) || _REENT_MP_RESULT(reent) || reent->_cvtbuf)
		_reclaim_reent(reent);
}

void pthread_exit(void *result)
{
	struct thread *self = thread_self();
	sigset_t mask;

	__atomic_fetch_or(&self->cancel, CANCEL_EXITING, __ATOMIC_RELAXED);
	self->result = result;
	while (self->cleanup)
		_pthread_cleanup_pop(self->cleanup, 1);
	if (self->has_values)
		__curfew_values_destroy(self);
	mask = signals_block(); /* no handler on a thread that is half gone: another runs it */
	free_reent(self);

	word_lock(&__curfew_threads_lock.word);
	if (!TAILQ_EMPTY(&__curfew_threads))
		TAILQ_REMOVE(&__curfew_threads, self, link);
	/* Release: pairs with the acquire in pthread_detach(), which then may free the stack. */
	if (__atomic_fetch_or(&self->state, THREAD_EXITED, __ATOMIC_ACQ_REL) & THREAD_DETACHED)
		__curfew_stack_put(self);
	word_unlock(&__curfew_threads_lock.word);

	/* Acquire and release: whoever is last sees all that the others did. */
	if (__atomic_fetch_sub(&__curfew_thread_count, 1, __ATOMIC_ACQ_REL) == 1) {
		__curfew_thread_count = 1; /* exit() runs handlers on this thread */
		signals_restore(mask);
		exit(0);
	}
	for (;;)
		curfew_syscall(SYS_thread_exit);
}

/* Gives the stack of a thread that has left, or is about to, to those that are free. */
static void release(struct thread *thread)
{
	word_lock(&__curfew_threads_lock.word);
	__curfew_stack_put(thread);
	word_unlock(&__curfew_threads_lock.word);
}

int pthread_detach(pthread_t handle)
{
	struct thread *thread = thread_of(handle);
	uint32_t state = __atomic_load_n(&thread->state, __ATOMIC_RELAXED);

	do {
		if (state & (THREAD_DETACHED | THREAD_JOINING))
			return EINVAL;
		/* Acquire: pairs with the release in pthread_exit(). */
	} while (!__atomic_compare_exchange_n(
		&thread->state, &state, state | THREAD_DETACHED, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	if (state & THREAD_EXITED)
		release(thread);
	return 0;
}

/* Claims the right to join.  Returns an errno. */
static int begin_join(struct thread *thread)
{
	uint32_t state = __atomic_load_n(&thread->state, __ATOMIC_RELAXED);

	if (thread == thread_self())
		return EDEADLK;
	do {
		if (state & (THREAD_DETACHED | THREAD_JOINING))
			return EINVAL;
	} while (!__atomic_compare_exchange_n(
		&thread->state, &state, state | THREAD_JOINING, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return 0;
}

/* Joins, as a cancellation point. */
static int join(struct thread *thread, void **result, uint64_t deadline)
{
	int error = begin_join(thread);
	uint32_t tid;

	if (error)
		return error;
	/* Acquire: the kernel's store of 0 comes after all that the thread did. */
	while ((tid = __atomic_load_n(&thread->tid, __ATOMIC_ACQUIRE)) != 0) {
		error = __curfew_wait_cancellable(&thread->tid, tid, deadline);
		if (error == ECANCELED || error == ETIMEDOUT) {
			__atomic_fetch_and(&thread->state, ~THREAD_JOINING, __ATOMIC_RELAXED);
			if (error == ECANCELED)
				__curfew_cancel_self();
			return error;
		}
	}
	if (result)
		*result = thread->result;
	release(thread);
	return 0;
}

int pthread_join(pthread_t handle, void **result)
{
	return join(thread_of(handle), result, CURFEW_FOREVER);
}

int pthread_timedjoin_np(pthread_t handle, void **result, const struct timespec *time)
{
	uint64_t deadline;
	int error = __curfew_deadline(CLOCK_REALTIME, time, &deadline);

	return error ? error : join(thread_of(handle), result, deadline);
}

int pthread_tryjoin_np(pthread_t handle, void **result)
{
	if (__atomic_load_n(&thread_of(handle)->tid, __ATOMIC_RELAXED) != 0)
		return EBUSY;
	return join(thread_of(handle), result, 0);
}

void __curfew_threads_child(void)
{
	struct thread *self = thread_self();
	struct thread *thread, *next;

	TAILQ_FOREACH_SAFE (thread, &__curfew_threads, link, next) {
		TAILQ_REMOVE(&__curfew_threads, thread, link);
		if (thread == self)
			continue;
		thread->tid = 0;
		thread->hidden = 0;
		if (thread->has_values)
			memset(thread->values, 0, sizeof(thread->values));
		thread->has_values = false;
		__curfew_stack_put(thread);
	}
	__curfew_thread_count = 1;
}

int pthread_setname_np(pthread_t handle, const char *name)
{
	if (strlen(name) >= sizeof(thread_of(handle)->name))
		return ERANGE;
	strcpy(thread_of(handle)->name, name);
	return 0;
}

int pthread_getname_np(pthread_t handle, char *name, size_t size)
{
	if (strlen(thread_of(handle)->name) >= size)
		return ERANGE;
	strcpy(name, thread_of(handle)->name);
	return 0;
}

/* Every thread is one of the kernel's: there is no level of concurrency to choose. */
int pthread_setconcurrency(int level)
{
	return level < 0 ? EINVAL : 0;
}

int pthread_getconcurrency(void)
{
	return 0;
}

void pthread_yield(void)
{
	sched_yield();
}
