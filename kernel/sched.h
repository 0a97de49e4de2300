/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H
/*
 * The scheduler: a run queue on each CPU with 32 priorities, round robin inside one; idle CPUs steal.
 *
 * A thread's scheduling state belongs to the lock of the run queue of the CPU it is on (thread->head.percpu).  That lock is held
 * across the switch itself and released by the thread switched to, so whoever holds it sees a thread either
 * running, or queued, or wholly switched out: nobody ever waits for a thread to get off its CPU.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include "kernel/spinlock.h"

struct thread;
struct percpu;

#define PRIORITIES       32
#define PRIORITY_DEFAULT 16
#define SLICE_NS         10000000ull /* 10 ms */
/* A new thread waits this long for its parent's CPU before an idle CPU is told to take it: fork and wait stay on
 * one CPU, and parallel work spreads. */
#define SPREAD_NS        100000ull

struct runqueue {
	struct spinlock lock;           /* interrupts masked */
	uint32_t ready;                 /* bit p: queue[p] has threads */
	uint32_t count;                 /* queued threads, the running one not counted */
	struct thread *running;
	TAILQ_HEAD(thread_queue, thread) queue[PRIORITIES];
};

enum thread_state {
	THREAD_RUNNABLE, /* runs or is queued */
	THREAD_SLEEPING, /* waits to be woken, or is about to be switched out for that */
	THREAD_DEAD,     /* its next switch is its last (E8) */
};

void sched_init_cpu(struct percpu *cpu);
/* Gives up the CPU according to the current thread's state.  Preemption count 0 or 1 by the caller's own
 * reason, no spinlock held.  Returns when the thread runs again; never for a dead one. */
void schedule(void);
/* Puts a new thread on this CPU's queue (its affinity permitting). */
void sched_start(struct thread *t);
/* Makes a sleeping thread runnable; nothing for any other.  Any context. */
void sched_wake(struct thread *t);
/* The same for one that the current thread, which means to sleep, hands its CPU and the rest of its slice to: it goes on here next,
 * if it may. */
void sched_wake_next(struct thread *t);
/* As schedule() for a user thread that keeps nothing on its kernel stack: it goes on in message_resumed().  Interrupts masked,
 * preempt_count 1. */
_Noreturn void schedule_resume(void);
void sched_yield(void);
/* next, which sleeps, takes this CPU over from t, which runs on it and waits for it from now on: if next has the higher priority
 * and ran here last, and no CPU is idle.  The switch is the caller's.  Run queue of `cpu`, this one, locked; false: nothing is done. */
bool sched_preempt_by(struct percpu *cpu, struct thread *t, struct thread *next);
/* Sets the effective priority and requeues. */
void sched_set_priority(struct thread *t, unsigned priority);
void sched_set_affinity(struct thread *t, uint64_t mask);
/* The current thread moves to a CPU that its affinity allows.  On the way to EL0, interrupts masked. */
void sched_migrate(void);
/* From the timer interrupt: the slice is over, or a queued thread has waited long enough. */
void sched_tick(void);
/* Body of each CPU's idle thread; never returns.  Called once with preemption off and interrupts masked. */
_Noreturn void sched_idle_loop(void);
/* Makes the CPU that runs t look at its work flags soon, if it runs. */
void sched_poke(struct thread *t);

#endif
