/* SPDX-License-Identifier: BSD-2-Clause */
#include <poll.h>
#include "pollers.h"
#include "port.h"

#define CHUNK 32

static struct poller_list unused = TAILQ_HEAD_INITIALIZER(unused);
static struct poller_list all = TAILQ_HEAD_INITIALIZER(all); /* oldest first */
static unsigned total;

void pollers_init(struct pollers *pollers)
{
	TAILQ_INIT(&pollers->list);
	pollers->count = 0;
}

static void drop(struct poller *p)
{
	port_close(p->event);
	TAILQ_REMOVE(&p->list->list, p, link);
	TAILQ_REMOVE(&all, p, age);
	TAILQ_INSERT_HEAD(&unused, p, link);
	p->list->count--;
	total--;
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
		if (p->pid == poller->pid && p->label == poller->label && p->key == poller->key) {
			drop(p);
			break;
		}
	if (total == POLLERS_MAX) {
		p = TAILQ_FIRST(&all);
		port_signal(p->event, p->bits);
		drop(p);
	}
	p = obtain();
	if (!p) {
		port_close(poller->event);
		return false;
	}
	*p = *poller;
	p->wanted |= POLLERR | POLLHUP;
	p->list = pollers;
	TAILQ_INSERT_TAIL(&pollers->list, p, link);
	TAILQ_INSERT_TAIL(&all, p, age);
	pollers->count++;
	total++;
	return true;
}

void pollers_tell(struct pollers *pollers, unsigned ready)
{
	struct poller *p, *next;

	for (p = TAILQ_FIRST(&pollers->list); p; p = next) {
		next = TAILQ_NEXT(p, link);
		if (p->wanted & ready) {
			port_signal(p->event, p->bits);
			drop(p);
		}
	}
}

void pollers_closed(struct pollers *pollers, uint64_t label)
{
	struct poller *p, *next;

	for (p = TAILQ_FIRST(&pollers->list); p; p = next) {
		next = TAILQ_NEXT(p, link);
		if (p->label == label)
			drop(p);
	}
}
