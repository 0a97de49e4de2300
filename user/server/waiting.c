/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include "port.h"
#include "waiting.h"

#define CHUNK 64

static struct waiting_list unused = TAILQ_HEAD_INITIALIZER(unused);

static bool grow(void)
{
	struct waiting *chunk = port_memory(CHUNK * sizeof(*chunk));

	if (!chunk)
		return false;
	for (unsigned i = 0; i < CHUNK; i++)
		TAILQ_INSERT_TAIL(&unused, &chunk[i], link);
	return true;
}

struct waiting *waiting_add(struct waiting_list *list, const struct waiting *call)
{
	struct waiting *w;

	if (TAILQ_EMPTY(&unused) && !grow())
		return NULL;
	w = TAILQ_FIRST(&unused);
	TAILQ_REMOVE(&unused, w, link);
	w->token = call->token;
	w->label = call->label;
	w->length = call->length;
	w->done = call->done;
	w->deadline = call->deadline;
	w->kind = call->kind;
	TAILQ_INSERT_TAIL(list, w, link);
	return w;
}

void waiting_remove(struct waiting_list *list, struct waiting *call)
{
	TAILQ_REMOVE(list, call, link);
	TAILQ_INSERT_HEAD(&unused, call, link); /* the one that the cache knows is used next */
}

void waiting_cancelled(struct waiting_list *list, uint64_t label, uint64_t token)
{
	struct waiting *w, *next;

	for (w = TAILQ_FIRST(list); w; w = next) {
		int status = w->label == label && (!token || token == w->token) ? port_status(w->token) : 0;

		next = TAILQ_NEXT(w, link);
		if (status > 0)
			port_answer(w->token, w->done ? (int64_t)w->done : -EINTR, NULL, 0);
		if (status)
			waiting_remove(list, w);
	}
}

void waiting_closed(struct waiting_list *list, uint64_t label)
{
	struct waiting *w, *next;

	for (w = TAILQ_FIRST(list); w; w = next) {
		next = TAILQ_NEXT(w, link);
		if (w->label == label)
			waiting_remove(list, w);
	}
}

void waiting_end(struct waiting_list *list, int64_t result)
{
	struct waiting *w;

	while ((w = TAILQ_FIRST(list))) {
		port_answer(w->token, w->done ? (int64_t)w->done : result, NULL, 0);
		waiting_remove(list, w);
	}
}
