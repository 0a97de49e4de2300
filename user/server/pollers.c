/* SPDX-License-Identifier: BSD-2-Clause */
#include <poll.h>
#include "pollers.h"
#include "port.h"

#define CHUNK 32

static struct poller_list unused = TAILQ_HEAD_INITIALIZER(unused);

void pollers_init(struct pollers *pollers)
{
	TAILQ_INIT(&pollers->list);
	pollers->count = 0;
}

static void drop(struct pollers *pollers, struct poller *p)
{
	port_close(p->event);
	TAILQ_REMOVE(&pollers->list, p, link);
	TAILQ_INSERT_HEAD(&unused, p, link);
	pollers->count--;
}

static struct poller *obtain(void)
{
	struct poller *p = TAILQ_FIRST(&unused);

	if (!p) {
		p = port_memory(CHUNK * sizeof(*p));
		for (unsigned i = 0; p && i < CHUNK; i++)
			TAILQ_INSERT_TAIL(&unused, &p[i], link);
	}
	if (p)
		TAILQ_REMOVE(&unused, p, link);
	return p;
}

bool pollers_add(struct pollers *pollers, const struct poller *poller)
{
	struct poller *p;

	TAILQ_FOREACH(p, &pollers->list, link)
		if (p->pid == poller->pid && p->label == poller->label) {
			drop(pollers, p);
			break;
		}
	if (pollers->count == POLLERS_MAX) {
		p = TAILQ_FIRST(&pollers->list);
		port_signal(p->event, p->bits);
		drop(pollers, p);
	}
	p = obtain();
	if (!p) {
		port_close(poller->event);
		return false;
	}
	*p = *poller;
	p->wanted |= POLLERR | POLLHUP;
	TAILQ_INSERT_TAIL(&pollers->list, p, link);
	pollers->count++;
	return true;
}

void pollers_tell(struct pollers *pollers, unsigned ready)
{
	struct poller *p, *next;

	for (p = TAILQ_FIRST(&pollers->list); p; p = next) {
		next = TAILQ_NEXT(p, link);
		if (p->wanted & ready) {
			port_signal(p->event, p->bits);
			drop(pollers, p);
		}
	}
}

void pollers_closed(struct pollers *pollers, uint64_t label)
{
	struct poller *p, *next;

	for (p = TAILQ_FIRST(&pollers->list); p; p = next) {
		next = TAILQ_NEXT(p, link);
		if (p->label == label)
			drop(pollers, p);
	}
}
