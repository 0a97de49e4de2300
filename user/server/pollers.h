/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVER_POLLERS_H
#define SERVER_POLLERS_H
/*
 * Who is to be told when a session becomes ready: CURFEW_FILE_POLL with an event.
 *
 * An event is told once and dropped.  A process has at most one for a session
 * and a key of its choice, and the server at most POLLERS_MAX for all of its
 * sessions: the oldest of all is then told early (poll looks again, so that is
 * harmless), so that processes that died while they polled cannot fill the
 * server's handles.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#define POLLERS_MAX 512 /* half of what a process may have */

struct pollers;
struct poller {
	TAILQ_ENTRY(poller) link, age; /* of its list, and of all */
	struct pollers *list;
	uint64_t label;
	uint64_t key; /* the client's: which of its polls, and of what */
	pid_t pid;
	int event;       /* handle, owned */
	uint32_t bits;   /* to set in it */
	unsigned wanted; /* POLL*, with POLLERR and POLLHUP */
};
struct pollers {
	TAILQ_HEAD(poller_list, poller) list;
	unsigned count;
};

void pollers_init(struct pollers *pollers);

/* Takes over the event of `poller`.  False: no memory; the event is closed. */
bool pollers_add(struct pollers *pollers, const struct poller *poller);

/* Tells those who want one of these. */
void pollers_tell(struct pollers *pollers, unsigned ready);

/* A CLOSED notice: their session is gone. */
void pollers_closed(struct pollers *pollers, uint64_t label);

#endif
