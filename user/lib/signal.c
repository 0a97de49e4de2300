/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals, as far as they exist: C's.
 *
 * The kernel knows only that a signal ends a process.  Handlers set with
 * signal() run for signals that the process sends itself, by raise(), abort()
 * or kill(getpid(), ...), in the thread that sends; one from outside, or from
 * a fault, ends the process whatever was set.  In place of newlib's functions
 * of these names, which keep the handlers of each thread apart.
 */
#include <curfew/syscall.h>
#include <errno.h>
#include <reent.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static _sig_func_ptr handlers[NSIG]; /* each read and written whole, by atomic operations */

_sig_func_ptr signal(int number, _sig_func_ptr handler)
{
	if (number <= 0 || number >= NSIG || number == SIGKILL || number == SIGSTOP) {
		errno = EINVAL;
		return SIG_ERR;
	}
	return __atomic_exchange_n(&handlers[number], handler, __ATOMIC_ACQ_REL);
}

/* To another process, or with the default action. */
static int send(pid_t pid, int number)
{
	return (int)curfew_result(curfew_syscall(SYS_kill, pid, number));
}

int raise(int number)
{
	_sig_func_ptr handler;

	if (number <= 0 || number >= NSIG) {
		errno = EINVAL;
		return -1;
	}
	handler = __atomic_load_n(&handlers[number], __ATOMIC_ACQUIRE);
	if (handler == SIG_DFL)
		return send(getpid(), number);
	if (handler != SIG_IGN)
		handler(number);
	return 0;
}

int kill(pid_t pid, int number)
{
	if (number > 0 && number < NSIG && pid == getpid())
		return raise(number);
	return send(pid, number);
}

int killpg(pid_t group, int number)
{
	if (group < 0) {
		errno = EINVAL;
		return -1;
	}
	return send(-group, number);
}

/* A handler may run, once; then the process ends by SIGABRT whatever was set. */
void abort(void)
{
	raise(SIGABRT);
	signal(SIGABRT, SIG_DFL);
	raise(SIGABRT);
	_exit(127);
}

int _raise_r(struct _reent *reent, int number)
{
	(void)reent;
	return raise(number);
}
