/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_MESSAGE_PRIVATE_H
#define KERNEL_MESSAGE_PRIVATE_H
/*
 * Between message.c (who sleeps and who is woken), message_data.c (bytes and handles) and sys_message.c (what a caller
 * may ask for).
 */
#include <curfew/message.h>
#include "kernel/message.h"

/* What a server got of a message besides words. */
struct taken_data {
	uint64_t copied; /* bytes */
	uint64_t came;   /* handles */
	uint32_t number[CURFEW_MESSAGE_HANDLES];
	bool clients;    /* it failed, and by the client's fault: its memory is bad */
	bool full;       /* it failed: no number is free for the handles */
	unsigned n_gone; /* references to let go: the message's own, and those that were moved */
	struct handle gone[2 * CURFEW_MESSAGE_HANDLES];
};

/* From one side's registers to the other's. */
static inline void message_copy_words(uint64_t *to, const uint64_t *from)
{
	struct words { uint64_t word[CURFEW_MESSAGE_WORDS]; };

	*(struct words *)&to[10] = *(const struct words *)&from[10];
}

/* The way in and out of a call.  `flags` of the channel's lock, which is held; released.  Errors; else it sleeps. */
int64_t message_send(struct session *s, uint64_t flags);
/* The current thread stands among c's servers from now on, and keeps a reference to it. */
void message_join(struct channel *c);
/* The kind of what came, registers filled, or an error.  No lock. */
int64_t message_receive(struct channel *c);

/* --- the channel's lock is held --- */

struct thread *message_find(struct channel *c, uint64_t token);
/* A copy of `busy` is over.  True: the client still waits for its answer; else it is not to be touched any more. */
bool message_copied(struct channel *c, struct thread *client);
/* A taken call ends with an error. */
void message_fail(struct channel *c, struct thread *client, int64_t error);

/* Nothing to be done before a server sleeps for what comes next, which it does here. */
static inline bool message_may_wait(const struct channel *c)
{
	return TAILQ_EMPTY(&c->notices) && TAILQ_EMPTY(&c->calls) && !c->dead;
}
_Noreturn void message_wait(struct channel *c, uint64_t deadline);
/* message_data.c: the answer to a taken call that waits, if that can be done at once, and without handles; x: the server's registers. */
bool message_answer_at_once(struct channel *c, struct thread *client, const uint64_t *x, bool receives);

/* --- message_data.c: no lock, the client is kept by `busy` --- */

/* Bytes and handles of a message, to the current thread.  0 or an error, and then it has none of the handles.  The message still has
 * its own. */
int message_take_data(struct thread *client, struct taken_data *data);
/* The channel's lock, taken (flags), and if the client still waits, in the same step the message has arrived: its handles are the
 * server's, those to be moved no longer the client's. */
uint64_t message_arrive(struct channel *c, struct thread *client, struct taken_data *data);
/* What the client had, once it has arrived. */
void message_drop_data(const struct taken_data *data);
/* The server's handles are closed again: it has not. */
void message_return_data(struct taken_data *data);
/* Looks up what is to be passed, as the array at `user` says: references, with the rights asked for.  The number, or an error. */
int message_collect(uint64_t user, unsigned n, struct handle *pass);
/* The answer to a taken call; x: the server's registers.  `receives`: the server will receive next.  0 or an error. */
int64_t message_answer(struct channel *c, const uint64_t *x, bool receives);
/* Part of a message. */
int64_t message_part(struct channel *c, const uint64_t *arg, bool write);

#endif
