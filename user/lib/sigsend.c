/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sending signals: kill(), raise() and their like.
 */
#include "signal.h"

#include <errno.h>
#include <reent.h>
#include <stdlib.h>
#include <unistd.h>

#include "thread.h"

int kill(pid_t pid, int number)
{
	return (int)curfew_result(curfew_syscall(SYS_kill, pid, number));
}

int killpg(pid_t group, int number)
{
	if (group < 0) {
		errno = EINVAL;
		return -1;
	}
	return kill(-group, number);
}

/* To the calling thread: its handler has run when this returns, unless the signal is blocked. */
int raise(int number)
{
	if (number == 0) {
		errno = EINVAL;
		return -1;
	}
	return (int)curfew_result(curfew_syscall(SYS_thread_kill, 0, number));
}

int _raise_r(struct _reent *reent, int number)
{
	(void)reent;
	return raise(number);
}

/* Returns an errno, not -1. */
int pthread_kill(pthread_t handle, int number)
{
	struct thread *thread = (struct thread *)handle;
	uint32_t tid = thread == thread_self() ? 0 : __atomic_load_n(&thread->tid, __ATOMIC_RELAXED);

	if (thread != thread_self() && tid == 0)
		return ESRCH;
	return (int)-curfew_syscall(SYS_thread_kill, tid, number);
}

/* A handler may run, once; then the process ends by SIGABRT whatever was set. */
void abort(void)
{
	sigset_t set = 1ul << SIGABRT;

	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(SIGABRT);
	signals_block();
	signal(SIGABRT, SIG_DFL);
	raise(SIGABRT);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	_exit(127);
}
