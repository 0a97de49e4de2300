/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The short way of an event: from a signal, or an interrupt of EL0, straight to the server that waits for it in receive.
 *
 * The server has the higher priority, so it would run next in any case: here it does without being looked for in the run
 * queue, from the vector to its ERET.  Who is interrupted waits in front of its queue.  Whatever is not quite so simple is
 * left to event_signal():
 *
 *   others who wait for the event; no channel; no server that waits without deadline
 *   a server that ran on another CPU last, or of no higher priority than the current thread and all that wait for this CPU
 *   another CPU is idle, and would run one of the two
 *   something for the current thread to do first
 */
#include <curfew/abi.h>
#include <curfew/message.h>
#include "kernel/handover.h"
#include "kernel/message.h"

_Static_assert(CURFEW_MESSAGE_WORDS == 8, "x10-x17");

/* To t's server, if it is as described; does not return then.  e is locked; `result`: x0 for t. */
static inline __attribute__((always_inline)) void
deliver(struct trapframe *f, struct thread *t, struct event *e, uint32_t bits, uint64_t result)
{
	struct percpu *cpu = t->head.percpu;
	struct channel *c = e->channel;
	struct thread *server;
	struct trapframe *to;
	uint64_t *x;

	if (!c || !TAILQ_EMPTY(&e->wait.waiters))
		return;
	spin_acquire(&c->lock);
	server = TAILQ_FIRST(&c->servers);
	if (!server || server->message.state != MESSAGE_RECEIVING_NOW || e->notice.queued)
		goto not_channel;
	spin_acquire(&cpu->rq.lock);
	if (!sched_preempt_by(cpu, t, server))
		goto not_queue;

	server_served(c, server);
	to = thread_user_frame(server);
	x = to->x;
	x[0] = CURFEW_RECEIVED_EVENT;
	x[1] = e->label;
	x[10] = e->bits | bits; /* both locks are held: nobody else sets or takes them */
	__atomic_store_n(&e->bits, 0, __ATOMIC_RELAXED);
	x[11] = x[12] = x[13] = x[14] = x[15] = x[16] = x[17] = 0;
	f->x[0] = result;
	spin_release(&c->lock);
	spin_release(&e->wait.lock);
	hand_over(cpu, f, t, server, to, true);

not_queue:
	spin_release(&cpu->rq.lock);
not_channel:
	spin_release(&c->lock);
}

void event_fast_signal(struct trapframe *f)
{
	struct thread *t = current();
	struct event *e;

	if (!(uint32_t)f->x[1])
		return;
	e = (struct event *)handle_peek_locked(t->process, f->x[0], OBJECT_EVENT, CURFEW_RIGHT_SEND);
	if (!e)
		return;
	deliver(f, t, e, f->x[1], 0);
	spin_release(&e->wait.lock);
}

void event_fast_interrupt(struct trapframe *f, struct irq_source *s)
{
	struct event *e;
	uint32_t bits;

	spin_acquire(&s->lock);
	e = s->event;
	bits = s->bits;
	if (e)
		spin_acquire(&e->wait.lock); /* it cannot go now without the other lock */
	spin_release(&s->lock);
	if (!e)
		return;
	deliver(f, current(), e, bits, f->x[0]);
	spin_release(&e->wait.lock);
}
