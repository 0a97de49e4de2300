/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads on CPUs: kernel/sched.c, arch/arm64/switch.S.
 *
 * Any CPU may take any thread that is ready, at any time that preemption allows, and may go idle at any time: whatever
 * run queues, priorities, stealing, affinity and wake-ups do is among that.
 */
#define READY 4     /* in a run queue */
#define BETWEEN 5   /* in a switch: the run queue's lock is held */
#define ASLEEP 6
#define OFF 7       /* not started, or gone */

/* By thread; number NONE is every CPU's idle thread. */
byte at[4] = READY;       /* the CPU on which it runs, or one of the above */
byte space[4] = NONE;     /* thread->vmspace: the right */
bit nopreempt[4];
bit scheduling[4];        /* it has called schedule() and is not back */
bit sleeping[4];          /* THREAD_SLEEPING */
bit dead[4];              /* THREAD_DEAD */

byte cur[NCPU] = NONE;    /* by CPU: the thread on whose stack it is */

/* A thread's statements go on only so: every thread is `provided (runs(t))`. */
#define runs(t) (at[t] < NCPU && !scheduling[t])
#define may_switch(c) (cur[c] == NONE || scheduling[cur[c]] || !nopreempt[cur[c]])

/* sched_wake() */
inline sched_wake(t)
{
	sleeping[t] = 0;
	if
	:: at[t] == ASLEEP -> at[t] = READY
	:: else /* it runs still, or is ready */
	fi
}
