/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_CHANNEL_H
#define KERNEL_CHANNEL_H
/*
 * Channels, where a server receives, and sessions, through which clients send to one.
 *
 *   session --channel--> channel
 *                          calls     messages not yet received, by priority
 *                          taken     received, not yet answered, by token
 *                          notices   sessions and events with something to tell
 *                          servers   threads that receive here: those that wait stand in front
 *
 * A message has no record of its own: it is its client's thread, which sleeps as long as there is a message
 * (struct message, in struct thread).  A notice is part of what it tells of.  So nothing here is ever allocated to
 * send, receive, answer or cancel, and nothing can be left behind.
 *
 * A channel lives for its memory as long as sessions, events and server threads refer to it.  For its callers it ends
 * when the last handle with the right RECEIVE does: `dead`, and every call, waiting or taken, fails with ECONNRESET.
 *
 * Locks: channel->lock (spins, _irq) guards all of the channel's, its sessions', and struct message of every thread
 * that sends or receives here.  Order: handle_table.lock, event->lock, channel->lock, then those of the scheduler.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include "kernel/handle.h"
#include "kernel/timeout.h"

struct thread;
struct channel;

#define CALL_BUCKETS 128

TAILQ_HEAD(thread_list, thread);
LIST_HEAD(taken_list, thread);

/* What a session or an event has to tell its channel. */
struct notice {
	TAILQ_ENTRY(notice) link;
	uint64_t turn;                    /* before the calls that were queued later; 0: an event, before all */
	bool queued;
	bool is_event;
};

struct channel {
	struct object object;
	uint32_t receivers;               /* atomic: handles with the right RECEIVE */
	struct spinlock lock;
	bool dead;                        /* lock */
	uint64_t last_token;              /* lock: grows with each call received, never wraps */
	uint64_t last_turn;               /* lock: grows with each call that is queued and each notice */
	TAILQ_HEAD(, notice) notices;     /* lock: by turn */
	struct thread_list calls;         /* lock */
	struct thread_list servers;       /* lock: those that wait first */
	struct taken_list taken[CALL_BUCKETS]; /* lock: by token; but those in a server's message.serving: message_settle() */
};

struct session {
	struct object object;
	struct channel *channel;          /* a reference */
	uint64_t label;                   /* constant */
	uint64_t calls;                   /* channel's lock: queued and taken */
	bool closed;                      /* channel's lock: no handle is left */
	uint64_t cancelled;               /* channel's lock: token of a taken call that is gone, or shall end soon; 0: none, CANCELLED_MANY */
	struct notice notice;
};

#define CANCELLED_MANY UINT64_MAX

enum message_state {
	MESSAGE_NONE,
	MESSAGE_QUEUED,    /* client: waits to be received */
	MESSAGE_TAKEN,     /* client: waits for the answer */
	MESSAGE_DONE,      /* client: its registers say how it ended; it is woken, or about to be */
	MESSAGE_RECEIVING, /* server: waits for something to receive, in front among the channel's servers */
	MESSAGE_RECEIVING_NOW, /* the same without a deadline: who comes the short way may fill its registers and its buffer */
	MESSAGE_RECEIVED,  /* server: its registers say what came; as DONE */
	MESSAGE_RETRY,     /* server: there may be something: it looks again */
};

/* A thread's part in messages; all under its channel's lock but where said. */
struct message {
	/* as a client */
	struct session *session;
	uint64_t turn;                    /* in channel->calls: among the notices */
	uint64_t token;
	TAILQ_ENTRY(thread) queue_link;   /* channel->calls */
	LIST_ENTRY(thread) taken_link;    /* channel->taken */
	struct handle pass[4];            /* what it passes; references */
	uint8_t n_pass;
	uint8_t state;                    /* enum message_state; for both */
	bool interrupted;                 /* it has a signal to take: the server was told */
	bool late;                        /* its deadline, or its kill, came while `busy`: copies stop (also read without lock) */
	bool alone;                       /* `busy` is one who receives or answers it: no other may begin */
	uint32_t busy;                    /* copies between its memory and the server's that are on their way */
	uint64_t written;                 /* bytes that came into its room, up to the end of the last */
	/* as a server */
	struct channel *serves;           /* own thread: in whose `servers` it is: a reference; NULL: none */
	TAILQ_ENTRY(thread) server_link;
	struct thread *serving;           /* the client of the call that came the short way, not in `taken`, and not touched since:
					   * what is after `state` is 0; NULL: none */
	uint8_t lent;                     /* pi_lock: priority lent for the call that it serves, 0: none */
	/* for both, own thread */
	bool has_timeout;
	struct timeout timeout;
};

static inline bool message_waits(const struct message *m)
{
	return m->state == MESSAGE_RECEIVING || m->state == MESSAGE_RECEIVING_NOW;
}

int channel_create(struct channel **out);
int session_create(struct channel *c, uint64_t label, struct session **out);
/* The last reference is gone. */
void channel_destroy(struct channel *c);
void session_release(struct session *s);

static inline void channel_receiver_get(struct channel *c)
{
	__atomic_fetch_add(&c->receivers, 1, __ATOMIC_RELAXED);
}
void channel_receiver_put(struct channel *c);

/* Something to tell: queues the notice unless it is, and returns a server to be woken, or NULL.  Lock held. */
struct thread *channel_tell(struct channel *c, struct notice *n);
/* Takes one back that was not received.  Lock held. */
void channel_untell(struct channel *c, struct notice *n);

static inline struct channel *object_channel(struct object *o) { return (struct channel *)o; }
static inline struct session *object_session(struct object *o) { return (struct session *)o; }
static inline struct session *notice_session(struct notice *n)
{
	return (struct session *)((char *)n - offsetof(struct session, notice));
}

#endif
