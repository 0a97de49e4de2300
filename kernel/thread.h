/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_THREAD_H
#define KERNEL_THREAD_H
/*
 * Threads.  A user thread belongs to a process and holds a right to its vmspace until it gives it up on its way out (E3); a kernel
 * thread has neither.
 *
 * Markers: (c) constant after creation, (o) own thread only, (r) lock of the run queue of head.percpu,
 * (p) process_lock, (i) pi_lock, (a) atomic.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include "arch/arm64/trap.h"
#include "kernel/preempt.h"
#include "kernel/sched.h"

struct vmspace;
struct process;
struct mutex;
struct waiter;

struct thread {
	struct thread_head head;       /* first: preempt.h, offsets.h */
	uint64_t ksp;                  /* (r) saved SP while it does not run */
	uint64_t kstack;               /* (c) lowest mapped address of the kernel stack */
	struct vmspace *vmspace;       /* (o) NULL: kernel thread, or has left (E3); a switch to it loads the zero table */
	struct process *process;       /* (c) */
	int32_t tid;                   /* (c) */

	enum thread_state state;       /* (a), see sched.c */
	uint8_t priority;              /* (r) effective */
	uint8_t base_priority;         /* (i) */
	bool queued;                   /* (r) */
	uint8_t killable;              /* (a) enum wait_mode: what wakes it */
	uint64_t affinity;             /* (r) */
	uint64_t slice_left;           /* (r) ns */
	TAILQ_ENTRY(thread) rq_link;   /* (r) */

	struct mutex *blocked_on;      /* (i) */
	LIST_HEAD(, mutex) contended;  /* (i) held by this thread and waited for */

	TAILQ_ENTRY(thread) proc_link; /* (p) */
	uint64_t tid_addr;             /* (o) user address to clear at exit (E1), or 0 */
	uint64_t tpidr_el0;            /* saved at a switch */

	uint64_t stamp;                /* (o) CNTVCT when the present stretch of user or system time began */
	uint64_t user_ticks;           /* (o) */
	uint64_t system_ticks;         /* (o) */
	uint64_t run_start;            /* (r) ns */
	uint64_t voluntary, involuntary, faults; /* (o) */

	uint32_t blocked;              /* (p) signals, as are the next three (signal.h); written by itself alone */
	uint32_t directed;             /* (p) pending, sent to this thread */
	uint32_t assigned;             /* (p) pending, sent to the process, and this one is to act on them */
	uint32_t awaited;              /* (p) it sleeps until one of these is pending */
	uint32_t saved_blocked;        /* (o) while `suspended`: what to block afterwards */
	bool suspended;                /* (o) it is in sys_signal_suspend, or on its way from there to a handler */
	uint64_t interrupted_pc;       /* (o) where the last call that -EINTR ended returns to, or 0; its first argument: */
	uint64_t interrupted_x0;       /* (o) */
	uint64_t stack_base, stack_size; /* (o) of its other stack for handlers; size 0: none */

	void (*start)(void *);         /* (c) kernel threads */
	void *start_arg;
	struct fpstate fp __attribute__((aligned(16))); /* user threads, saved at a switch */
};

/* A thread with its stack, not yet running.  NULL: out of memory (or of ids). */
struct thread *thread_create_kernel(void (*start)(void *), void *arg);
struct thread *thread_create_user(struct process *p, const struct trapframe *frame);
/* Takes back one that never ran. */
void thread_discard(struct thread *t);
/* E8: frees stack and structure; the thread is off its CPU for good. */
void thread_free(struct thread *t);
/* The current thread is to leave: long calls stop at the next good place, with -EINTR or what they have done. */
static inline bool thread_killed(void)
{
	return __atomic_load_n(&current_head()->work, __ATOMIC_RELAXED) & TW_KILL;
}
/* Where the registers of its last entry from EL0 are. */
struct trapframe *thread_user_frame(struct thread *t);
/* Its own priority; what it inherits by mutexes may be higher.  mutex.c */
void thread_set_base_priority(struct thread *t, unsigned priority);
/* A thread of the current process, 0: the current one; NULL: no such.  process_lock held. */
struct thread *thread_find(int32_t tid);
uint32_t thread_cpu(const struct thread *t); /* where it runs or ran last */
void thread_init(void);

extern struct thread boot_thread; /* the boot CPU's first, later its idle thread */

#endif
