/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events, and interrupts as events: see event.h.
 */
#include <sys/errno.h>
#include <curfew/abi.h>
#include <curfew/message.h>
#include "arch/arm64/devices.h"
#include "kernel/event.h"
#include "kernel/log.h"
#include "kernel/message.h"
#include "kernel/string.h"
#include "kernel/thread.h"
#include "mm/slab.h"

int event_create(struct event **out)
{
	struct event *e = kzalloc(sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->object = (struct object){ 1, OBJECT_EVENT };
	e->notice.is_event = true;
	waitqueue_init(&e->wait);
	*out = e;
	return 0;
}

void event_destroy(struct event *e)
{
	event_bind(e, NULL, 0);
	kfree(e);
}

static uint32_t take_bits(struct event *e, uint32_t mask)
{
	return __atomic_fetch_and(&e->bits, ~mask, __ATOMIC_ACQ_REL) & mask;
}

void event_receive(struct event *e, uint64_t *x)
{
	x[0] = CURFEW_RECEIVED_EVENT;
	x[1] = e->label;
	memset(&x[10], 0, CURFEW_MESSAGE_WORDS * sizeof(*x));
	x[10] = take_bits(e, ~0u);
}

/* The event's lock is held. */
static void tell_channel(struct event *e)
{
	struct channel *c = e->channel;
	struct thread *server;

	spin_acquire(&c->lock);
	server = channel_tell(c, &e->notice);
	if (server) { /* it waits, so this is all there is: it need not look */
		channel_untell(c, &e->notice);
		event_receive(e, thread_user_frame(server)->x);
		server->message.state = MESSAGE_RECEIVED;
		sched_wake(server);
	}
	spin_release(&c->lock);
}

void event_signal(struct event *e, uint32_t bits)
{
	uint64_t flags = spin_lock_irq(&e->wait.lock);

	__atomic_fetch_or(&e->bits, bits, __ATOMIC_ACQ_REL);
	wait_wake_all(&e->wait);
	if (e->channel)
		tell_channel(e);
	spin_unlock_irq(&e->wait.lock, flags);
}

int64_t event_wait(struct event *e, uint32_t mask, uint64_t deadline)
{
	struct waiter w;

	for (;;) {
		uint64_t flags = spin_lock_irq(&e->wait.lock);
		uint32_t got = take_bits(e, mask);
		int error;

		if (got) {
			spin_unlock_irq(&e->wait.lock, flags);
			return got;
		}
		error = wait_sleep(&e->wait, &w, flags, deadline, WAIT_INTERRUPTIBLE);
		if (error)
			return error;
	}
}

void event_bind(struct event *e, struct channel *c, uint64_t label)
{
	uint64_t flags = spin_lock_irq(&e->wait.lock);
	struct channel *old = e->channel;

	if (old) {
		spin_acquire(&old->lock);
		channel_untell(old, &e->notice);
		spin_release(&old->lock);
	}
	if (c)
		object_get(&c->object);
	e->channel = c;
	e->label = label;
	if (c && __atomic_load_n(&e->bits, __ATOMIC_RELAXED))
		tell_channel(e);
	spin_unlock_irq(&e->wait.lock, flags);
	if (old)
		object_put(&old->object);
}

/* --- interrupts --- */

/* It is masked. */
static void arrived(struct trapframe *f, void *arg)
{
	struct irq_source *s = arg;

	if (f)
		event_fast_interrupt(f, s);
	spin_acquire(&s->lock);
	if (s->event)
		event_signal(s->event, s->bits);
	spin_release(&s->lock);
}

int irq_source_create(uint32_t intid, struct irq_source **out)
{
	struct irq_source *s = kzalloc(sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->object = (struct object){ 1, OBJECT_IRQ };
	s->intid = intid;
	*out = s;
	return 0;
}

/* The driver is gone: the line stays masked until there is a new one.  The source itself is there for good. */
void irq_source_destroy(struct irq_source *s)
{
	panic("interrupt %u lost its last handle", s->intid); /* the kernel keeps a reference */
}

void irq_source_bind(struct irq_source *s, struct event *e, uint32_t bits)
{
	uint64_t flags = spin_lock_irq(&s->lock);
	struct event *old = s->event;

	if (e)
		object_get(&e->object);
	s->event = e;
	s->bits = bits;
	if (e)
		irq_register_teller(s->intid, arrived, s);
	else
		irq_mask(s->intid);
	spin_unlock_irq(&s->lock, flags);
	if (old)
		object_put(&old->object);
}

/* One that nobody has bound stays masked: a line that asks, and has no driver, would interrupt for nothing at each call. */
void irq_source_ack(struct irq_source *s)
{
	uint64_t flags = spin_lock_irq(&s->lock);

	if (s->event)
		irq_unmask(s->intid);
	spin_unlock_irq(&s->lock, flags);
}
