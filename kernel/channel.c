/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Channels and sessions as objects: how they come to be, how they end, and what they tell.  Messages are in message.c.
 */
#include <sys/errno.h>
#include "kernel/channel.h"
#include "kernel/log.h"
#include "kernel/message.h"
#include "kernel/string.h"
#include "kernel/thread.h"
#include "mm/slab.h"

int channel_create(struct channel **out)
{
	struct channel *c = kzalloc(sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->object = (struct object){ 1, OBJECT_CHANNEL };
	c->receivers = 1; /* the handle that it is made for */
	TAILQ_INIT(&c->notices);
	TAILQ_INIT(&c->calls);
	TAILQ_INIT(&c->servers);
	for (unsigned i = 0; i < CALL_BUCKETS; i++)
		LIST_INIT(&c->taken[i]);
	*out = c;
	return 0;
}

int session_create(struct channel *c, uint64_t label, struct session **out)
{
	struct session *s;

	if (__atomic_load_n(&c->dead, __ATOMIC_RELAXED)) /* dies right after: a dead session, as one made before */
		return -ECONNRESET;
	s = kzalloc(sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->object = (struct object){ 1, OBJECT_SESSION };
	s->channel = c;
	s->label = label;
	object_get(&c->object);
	*out = s;
	return 0;
}

void channel_destroy(struct channel *c)
{
	ASSERT(TAILQ_EMPTY(&c->calls) && TAILQ_EMPTY(&c->servers) && TAILQ_EMPTY(&c->notices));
	kfree(c);
}

void session_free(struct session *s)
{
	struct channel *c = s->channel;

	kfree(s);
	object_put(&c->object);
}

/* --- notices; the channel's lock is held --- */

struct thread *channel_tell(struct channel *c, struct notice *n)
{
	struct notice *behind = NULL;

	if (n->queued || c->dead)
		return NULL;
	n->queued = true;
	n->turn = n->is_event ? 0 : ++c->last_turn;
	if (n->is_event) /* interrupts do not wait for others' calls; a channel has few events */
		for (behind = TAILQ_FIRST(&c->notices); behind && behind->is_event; behind = TAILQ_NEXT(behind, link))
			;
	if (behind)
		TAILQ_INSERT_BEFORE(behind, n, link);
	else
		TAILQ_INSERT_TAIL(&c->notices, n, link);
	return message_next_server(c);
}

void channel_untell(struct channel *c, struct notice *n)
{
	if (n->queued)
		TAILQ_REMOVE(&c->notices, n, link);
	n->queued = false;
}

bool session_ended(struct session *s, struct thread **server)
{
	*server = NULL;
	if (!s->closed || s->calls)
		return false;
	if (s->channel->dead) {
		channel_untell(s->channel, &s->notice); /* drop_notices() may not have come to it */
		return true;
	}
	*server = channel_tell(s->channel, &s->notice);
	return false;
}

/* --- ends --- */

void session_release(struct session *s)
{
	struct channel *c = s->channel;
	uint64_t flags = spin_lock_irq(&c->lock);
	struct thread *server;
	bool free;

	s->closed = true;
	free = session_ended(s, &server);
	if (server)
		sched_wake(server);
	spin_unlock_irq(&c->lock, flags);
	if (free)
		session_free(s);
}

/* Who has many waiting keeps no interrupt waiting for all of them. */
#define BATCH 64

/* Every call ends with ECONNRESET.  Those that are being copied are ended by who copies, who looks at `dead`.  No other comes. */
static void reset_calls(struct channel *c)
{
	unsigned bucket = 0;

	while (bucket < CALL_BUCKETS) {
		uint64_t flags = spin_lock_irq(&c->lock);
		unsigned done = 0;
		struct thread *t, *next;

		for (; done < BATCH && (t = TAILQ_FIRST(&c->calls)); done++) {
			TAILQ_REMOVE(&c->calls, t, message.queue_link);
			message_finish(t, -ECONNRESET);
		}
		for (; done < BATCH && bucket < CALL_BUCKETS; bucket += done < BATCH)
			LIST_FOREACH_SAFE(t, &c->taken[bucket], message.taken_link, next) {
				if (done == BATCH)
					break;
				if (t->message.busy)
					continue;
				LIST_REMOVE(t, message.taken_link);
				message_finish(t, -ECONNRESET);
				done++;
			}
		spin_unlock_irq(&c->lock, flags);
	}
}

/* Nobody hears of them any more; the sessions that waited for nothing else go. */
static void drop_notices(struct channel *c)
{
	struct session *closed[BATCH];
	struct notice *n;
	unsigned some;

	do {
		uint64_t flags = spin_lock_irq(&c->lock);
		unsigned count = 0;

		for (some = 0; some < BATCH && (n = TAILQ_FIRST(&c->notices)); some++) {
			channel_untell(c, n);
			if (!n->is_event && notice_session(n)->closed && !notice_session(n)->calls)
				closed[count++] = notice_session(n);
		}
		spin_unlock_irq(&c->lock, flags);
		while (count)
			session_free(closed[--count]);
	} while (some == BATCH);
}

/* No handle can receive any more.  From the first step on nothing is queued, and no server waits. */
static void channel_die(struct channel *c)
{
	uint64_t flags = spin_lock_irq(&c->lock);
	struct thread *t;

	c->dead = true;
	message_settle(c);
	while ((t = message_next_server(c))) /* whose handle another thread closed */
		sched_wake(t);
	spin_unlock_irq(&c->lock, flags);
	reset_calls(c);
	drop_notices(c);
}

void channel_receiver_put(struct channel *c)
{
	/* Release before, acquire after the last: pairs with itself. */
	if (__atomic_fetch_sub(&c->receivers, 1, __ATOMIC_ACQ_REL) == 1)
		channel_die(c);
}
