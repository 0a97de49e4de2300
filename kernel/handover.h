/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_HANDOVER_H
#define KERNEL_HANDOVER_H
/*
 * Handing this CPU over from the thread in whose exception we are straight to one that sleeps in a message: what the short
 * ways have in common (message_fast.c, event_fast.c).  Interrupts are masked throughout, so locks are taken without more
 * ado; their order is that of lockorder.h.
 */
#include "arch/arm64/cpu.h"
#include "arch/arm64/trap.h"
#include "kernel/counters.h"
#include "kernel/event.h"
#include "kernel/fp.h"
#include "kernel/percpu.h"
#include "kernel/process.h"
#include "kernel/thread.h"
#include "mm/check.h"
#include "mm/pmap_switch.h"
#include "mm/vmspace.h"

/* The lock of the channel that a session or a channel is, and an event's own. */
static inline __attribute__((always_inline)) struct spinlock *lock_of(struct object *o, enum object_kind kind)
{
	if (kind == OBJECT_EVENT)
		return &((struct event *)o)->wait.lock;
	return kind == OBJECT_SESSION ? &object_session(o)->channel->lock : &object_channel(o)->lock;
}

/*
 * What handle `number` leads to, that locked.  NULL: let the long way find out why.  The only thread of a process, which
 * runs, has the table to itself; acquire: what threads that have left did to it comes before.  Pairs with begin_leaving().
 */
static inline __attribute__((always_inline)) struct object *
handle_peek_locked(struct process *p, uint32_t number, enum object_kind kind, uint32_t right)
{
	bool shared = __atomic_load_n(&p->n_threads, __ATOMIC_ACQUIRE) != 1;
	struct object *o;
	int error;

	if (__builtin_expect(shared, 0))
		spin_acquire(&p->handles.lock);
	o = handle_peek(&p->handles, number, kind, right, &error);
	if (__builtin_expect(o != NULL, 1))
		spin_acquire(lock_of(o, kind));
	if (__builtin_expect(shared, 0))
		spin_release(&p->handles.lock);
	return o;
}

/* A server that waited, in front, has what it is to return; the next that waits is in front now.  Channel locked. */
static inline void server_served(struct channel *c, struct thread *server)
{
	server->message.state = MESSAGE_NONE;
	if (TAILQ_NEXT(server, message.server_link)) {
		TAILQ_REMOVE(&c->servers, server, message.server_link);
		TAILQ_INSERT_TAIL(&c->servers, server, message.server_link);
	}
}

/*
 * t sleeps, or `waits` in the run queue, and goes on later: at message_resumed(), or where it was in EL0, with the registers
 * of its frame f.  next, whose time has been seen to, goes on to EL0.  Run queue locked, released.
 */
static inline __attribute__((always_inline)) _Noreturn void
hand_over(struct percpu *cpu, struct trapframe *f, struct thread *t, struct thread *next, struct trapframe *next_frame, bool waits)
{
	uint64_t now = read_sysreg(cntvct_el0);

	next->killable = WAIT_UNKILLABLE;
	__atomic_store_n(&next->state, THREAD_RUNNABLE, __ATOMIC_RELAXED);
	next->head.preempt_count = 0;
	cpu->rq.running = next;
	t->user_ticks += now - t->stamp; /* the few instructions on this way are counted as the users' own */
	next->stamp = now;
	t->head.preempt_count = 1; /* as thread_begin_message() and thread_begin_user() expect it */
	cpu->counters[COUNTER_IPC_FAST]++; /* nobody else writes it, and not elsewhere */
	t->tpidr_el0 = read_sysreg(tpidr_el0);
	fp_leave(t);
	check_switch(t, next);
	pmap_load(cpu, &next->vmspace->pmap);
	fp_enter(next);
	write_sysreg(next->tpidr_el0, tpidr_el0);
	if (waits)
		preempt_switch(t, next, next_frame, &cpu->rq.lock.locked, f);
	message_switch(t, next, next_frame, &cpu->rq.lock.locked, f);
}

#endif
