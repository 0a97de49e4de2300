/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVER_WAITING_H
#define SERVER_WAITING_H
/*
 * Calls that wait for their answer, in the order in which they came.
 *
 * Records come from a pool that grows by chunks and never shrinks.  Nothing
 * here is bound to a client's life: one that died is found when it is
 * answered, or by a CANCELLED notice.
 */
#include <stdint.h>
#include <sys/queue.h>
#include <curfew/message.h>

struct waiting {
	TAILQ_ENTRY(waiting) link;
	uint64_t token;
	uint64_t label;    /* of the session that it came by */
	size_t length;     /* bytes that it asks for */
	size_t done;       /* bytes of a write that were taken */
	uint64_t deadline; /* of a terminal's read, ns since boot; CURFEW_FOREVER */
	unsigned kind;     /* the server's */
};
TAILQ_HEAD(waiting_list, waiting);

/* Initialises what a message asks for; all else is 0. */
static inline void waiting_prepare(struct waiting *call, const struct curfew_received *message, size_t length)
{
	call->token = message->token;
	call->label = message->label;
	call->length = length;
	call->done = 0;
	call->deadline = 0;
	call->kind = 0;
}

/* The last of the list from now on is a copy of `call`, but for its link.  NULL: no memory. */
struct waiting *waiting_add(struct waiting_list *list, const struct waiting *call);

void waiting_remove(struct waiting_list *list, struct waiting *call);

/* A CANCELLED notice: calls that are gone are forgotten, those that have a signal pending end with -EINTR, or with
 * the bytes that were taken.  token: the only call that it can be about; 0: any of the session. */
void waiting_cancelled(struct waiting_list *list, uint64_t label, uint64_t token);

/* A CLOSED notice: none is left, so there is nobody to answer. */
void waiting_closed(struct waiting_list *list, uint64_t label);

/* All end with this result, or with the bytes that were taken. */
void waiting_end(struct waiting_list *list, int64_t result);

#endif
