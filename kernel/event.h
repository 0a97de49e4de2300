/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_EVENT_H
#define KERNEL_EVENT_H
/*
 * Events: 32 bits that stay set until somebody takes them, by waiting for them or by receiving from the channel that the
 * event is bound to.  Interrupts reach drivers as events: irq_source.
 *
 * Locks: event->wait.lock (_irq), then the channel's.  event_signal() may be called from an interrupt.
 */
#include <stddef.h>
#include <stdint.h>
#include "kernel/channel.h"
#include "kernel/wait.h"

struct event {
	struct object object;
	struct waitqueue wait;     /* its lock guards what is below */
	uint32_t bits;             /* atomic; set under the lock, taken under it or the channel's */
	struct channel *channel;   /* that receives it: a reference; NULL: none */
	uint64_t label;
	struct notice notice;      /* channel's lock */
};

/* An interrupt, masked until its driver has acknowledged it, and as long as it has no event (the lock is held to unmask it). */
struct irq_source {
	struct object object;
	uint32_t intid;            /* constant */
	struct spinlock lock;
	struct event *event;       /* lock: a reference; NULL: nobody is told */
	uint32_t bits;             /* lock: what it sets */
};

struct trapframe;

int event_create(struct event **out);
void event_destroy(struct event *e);
void event_signal(struct event *e, uint32_t bits);
/* Bits of mask that were set, now clear; -ETIMEDOUT, -EINTR. */
int64_t event_wait(struct event *e, uint32_t mask, uint64_t deadline);
/* c NULL: to none. */
void event_bind(struct event *e, struct channel *c, uint64_t label);
/* The channel's lock is held, the notice is out of its list: fills registers. */
void event_receive(struct event *e, uint64_t *x);

int irq_source_create(uint32_t intid, struct irq_source **out);
void irq_source_destroy(struct irq_source *s);
/* e NULL: it is masked until it is bound. */
void irq_source_bind(struct irq_source *s, struct event *e, uint32_t bits);
void irq_source_ack(struct irq_source *s);

/* The short ways, from a system call of EL0 and an interrupt of it: f is the current thread's frame.  They return if a long one has
 * to be taken; else the server goes on.  Interrupts masked. */
void event_fast_signal(struct trapframe *f);
void event_fast_interrupt(struct trapframe *f, struct irq_source *s);

static inline struct event *notice_event(struct notice *n)
{
	return (struct event *)((char *)n - offsetof(struct event, notice));
}

#endif
