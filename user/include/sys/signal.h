/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_SYS_SIGNAL_H
#define CURFEW_SYS_SIGNAL_H
/*
 * In place of newlib's <sys/signal.h>, whose struct sigaction for bare machines
 * knows no flags and no siginfo.  Same numbers, same types of masks.  There are no
 * queued signals and no timers that send any: sigqueue() is not here.
 */
#include <sys/_sigset.h>
#include <sys/_timespec.h>
#include <sys/cdefs.h>
#include <sys/features.h>
#include <sys/types.h>

__BEGIN_DECLS

#if !defined(_SIGSET_T_DECLARED)
#define _SIGSET_T_DECLARED
typedef __sigset_t sigset_t; /* signal n is bit n */
#endif

#define SIGHUP    1
#define SIGINT    2
#define SIGQUIT   3
#define SIGILL    4
#define SIGTRAP   5
#define SIGABRT   6
#define SIGIOT    SIGABRT
#define SIGEMT    7
#define SIGFPE    8
#define SIGKILL   9
#define SIGBUS    10
#define SIGSEGV   11
#define SIGSYS    12
#define SIGPIPE   13
#define SIGALRM   14
#define SIGTERM   15
#define SIGURG    16
#define SIGSTOP   17
#define SIGTSTP   18
#define SIGCONT   19
#define SIGCHLD   20
#define SIGCLD    SIGCHLD
#define SIGTTIN   21
#define SIGTTOU   22
#define SIGIO     23
#define SIGPOLL   SIGIO
#define SIGXCPU   24
#define SIGXFSZ   25
#define SIGVTALRM 26
#define SIGPROF   27
#define SIGWINCH  28
#define SIGLOST   29
#define SIGUSR1   30
#define SIGUSR2   31
#define NSIG      32

typedef void (*_sig_func_ptr)(int);

#if __POSIX_VISIBLE >= 199309 || __XSI_VISIBLE
union sigval {
	int sival_int;
	void *sival_ptr;
};

#define SIGEV_NONE   1
#define SIGEV_SIGNAL 2
#define SIGEV_THREAD 3

struct sigevent {
	int sigev_notify;
	int sigev_signo;
	union sigval sigev_value;
};

/* si_signo, si_code, and of a fault si_addr are known; the sender is not. */
typedef struct {
	int si_signo;
	int si_code;
	int si_errno;
	pid_t si_pid;
	uid_t si_uid;
	int si_status;
	void *si_addr;
	union sigval si_value;
} siginfo_t;

#define SI_USER    1
#define SI_QUEUE   2
#define SI_TIMER   3
#define SI_ASYNCIO 4
#define SI_MESGQ   5

#define ILL_ILLOPC  16
#define ILL_PRVOPC  17
#define FPE_INTDIV  16
#define FPE_INTOVF  17
#define FPE_FLTDIV  18
#define FPE_FLTOVF  19
#define FPE_FLTUND  20
#define FPE_FLTRES  21
#define FPE_FLTINV  22
#define SEGV_MAPERR 16
#define SEGV_ACCERR 17
#define BUS_ADRALN  16
#define BUS_ADRERR  17
#define BUS_OBJERR  18
#define TRAP_BRKPT  16
#define TRAP_TRACE  17
#define CLD_EXITED  16
#define CLD_KILLED  17
#endif

#if __POSIX_VISIBLE
struct sigaction {
	union {
		_sig_func_ptr _handler;
#if __POSIX_VISIBLE >= 199309 || __XSI_VISIBLE
		/* The third argument is a struct curfew_signal_frame (<curfew/abi.h>): what it holds is gone on with. */
		void (*_sigaction)(int, siginfo_t *, void *);
#endif
	} _signal_handlers;
	sigset_t sa_mask;
	int sa_flags;
};
#define sa_handler   _signal_handlers._handler
#define sa_sigaction _signal_handlers._sigaction

#define SA_NOCLDSTOP 0x01 /* nothing stops */
#define SA_SIGINFO   0x02
#define SA_ONSTACK   0x04
#define SA_RESTART   0x08
#define SA_NODEFER   0x10
#define SA_RESETHAND 0x20
#define SA_NOCLDWAIT 0x40

#define SIG_SETMASK 0
#define SIG_BLOCK   1
#define SIG_UNBLOCK 2
#endif

#if __BSD_VISIBLE || __XSI_VISIBLE >= 4 || __POSIX_VISIBLE >= 200809
#define MINSIGSTKSZ 4096
#define SIGSTKSZ    16384
#define SS_ONSTACK  1
#define SS_DISABLE  2

typedef struct sigaltstack {
	void *ss_sp;
	int ss_flags;
	size_t ss_size;
} stack_t;

int sigaltstack(const stack_t *__restrict __stack, stack_t *__restrict __old);
#endif

#if __POSIX_VISIBLE
int kill(pid_t __pid, int __number);
int sigaction(int __number, const struct sigaction *__restrict __action, struct sigaction *__restrict __old);
int sigaddset(sigset_t *__set, int __number);
int sigdelset(sigset_t *__set, int __number);
int sigemptyset(sigset_t *__set);
int sigfillset(sigset_t *__set);
int sigismember(const sigset_t *__set, int __number);
int sigpending(sigset_t *__set);
int sigprocmask(int __how, const sigset_t *__restrict __set, sigset_t *__restrict __old);
int sigsuspend(const sigset_t *__mask);
int sigwait(const sigset_t *__restrict __set, int *__restrict __number);
#endif
#if __POSIX_VISIBLE >= 199309
int sigwaitinfo(const sigset_t *__restrict __set, siginfo_t *__restrict __info);
int sigtimedwait(
	const sigset_t *__restrict __set, siginfo_t *__restrict __info, const struct timespec *__restrict __time);
#endif
#if __POSIX_VISIBLE >= 199506
int pthread_kill(pthread_t __handle, int __number);
int pthread_sigmask(int __how, const sigset_t *__restrict __set, sigset_t *__restrict __old);
#endif
#if __BSD_VISIBLE || __XSI_VISIBLE >= 4
int killpg(pid_t __group, int __number);
#endif

__END_DECLS

#include <signal.h> /* some programs include this one alone */
#endif
