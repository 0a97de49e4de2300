/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork(), and pthread_atfork().
 *
 * In a program that never had a second thread, and no handlers, fork() is the
 * system call and nothing else.  Otherwise the library's locks are taken around
 * it, so that the child, where only the caller lives on, finds malloc, streams
 * and the rest in order; the other threads' stacks become free stacks there.
 */
#include <curfew/syscall.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "lock.h"
#include "session.h"
#include "signal.h"
#include "thread.h"

/* One call of pthread_atfork(). */
struct handlers {
	TAILQ_ENTRY(handlers) link;
	void (*prepare)(void);
	void (*parent)(void);
	void (*child)(void);
};

/* Oldest first; nothing ever leaves it, so a walk needs no lock (adding: threads lock). */
static TAILQ_HEAD(handler_list, handlers) registered = TAILQ_HEAD_INITIALIZER(registered);

int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
	struct handlers *handlers = malloc(sizeof(*handlers));

	if (handlers == NULL)
		return ENOMEM;
	handlers->prepare = prepare;
	handlers->parent = parent;
	handlers->child = child;
	word_lock(&__curfew_threads_lock.word);
	TAILQ_INSERT_TAIL(&registered, handlers, link);
	word_unlock(&__curfew_threads_lock.word);
	return 0;
}

/* Prepare handlers run newest first, the others oldest first. */
static void run_prepare(void)
{
	struct handlers *handlers;

	TAILQ_FOREACH_REVERSE(handlers, &registered, handler_list, link)
	{
		if (handlers->prepare)
			handlers->prepare();
	}
}

static void run_after(bool child)
{
	struct handlers *handlers;

	TAILQ_FOREACH (handlers, &registered, link) {
		void (*handler)(void) = child ? handlers->child : handlers->parent;

		if (handler)
			handler();
	}
}

/* The system call with every lock of the library held, and no handler that could want one. */
static long fork_locked(void)
{
	sigset_t mask = signals_block();
	long result;

	__curfew_locks_take();
	result = curfew_syscall(SYS_fork);
	if (result == 0) {
		__curfew_threads_child();
		__curfew_locks_child();
		__curfew_hidden_fork();
	} else {
		__curfew_locks_give();
	}
	signals_restore(mask);
	return result;
}

pid_t fork(void)
{
	long result;

	/* A child of vfork() that forks: the locks that matter are its parent's, held for it already. */
	if (thread_self()->vforks) {
		result = curfew_syscall(SYS_fork);
		if (result == 0) {
			__curfew_vfork_forget();
			__curfew_hidden_fork();
		}
		return (pid_t)curfew_result(result);
	}
	/* The list of threads is empty until there is a second one. */
	if (TAILQ_EMPTY(&__curfew_threads) && TAILQ_EMPTY(&registered))
		return (pid_t)curfew_result(curfew_syscall(SYS_fork));
	run_prepare();
	result = fork_locked();
	run_after(result == 0);
	return (pid_t)curfew_result(result);
}
