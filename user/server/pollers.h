/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVER_POLLERS_H
#define SERVER_POLLERS_H
/*
 * Who is to be told when a session becomes ready: CURFEW_FILE_POLL with an event.
 *
 * An event is told once and dropped.  A process has at most one for a
 * session, and a list at most POLLERS_MAX: the oldest is then told early (poll
 * looks again, so that is harmless), so that processes that died while
 * they polled cannot fill the server's handles.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#define POLLERS_MAX 64

struct poller {
	TAILQ_ENTRY(poller) link;
	uint64_t label;
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
