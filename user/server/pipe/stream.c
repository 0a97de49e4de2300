/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of a pipe, and the calls that wait for them (P1 and P2 in pipe.h).
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include "port.h"
#include "pipe.h"

static uint32_t room(const struct pipe *p)
{
	return PIPE_CAPACITY - p->count;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Room for less than PIPE_ATOMIC bytes is none: a small write may need more. */
unsigned pipe_ready(const struct pipe *p, enum pipe_end end)
{
	if (end == READING)
		return (p->count ? POLLIN | POLLRDNORM : 0) | (p->open[WRITING] ? 0 : POLLHUP);
	if (!p->open[READING])
		return POLLOUT | POLLWRNORM | POLLERR;
	return room(p) >= PIPE_ATOMIC ? POLLOUT | POLLWRNORM : 0;
}

void pipe_consume(struct pipe *p, uint32_t n)
{
	p->count -= n;
	/* An empty pipe begins at the front again: few bytes at a time touch one page of the buffer only. */
	p->head = p->count ? (p->head + n) % PIPE_CAPACITY : 0;
	p->was_read = true;
}

static void put(struct pipe *p, const uint8_t *bytes, size_t n)
{
	uint32_t tail = (p->head + p->count) % PIPE_CAPACITY;
	size_t first = least(n, PIPE_CAPACITY - tail);

	memcpy(p->buffer + tail, bytes, first);
	memcpy(p->buffer, bytes + first, n - first);
	p->count += n;
}

/* One piece of a long write, from the writer's memory into the buffer. */
static bool fetch(struct pipe *p, struct waiting *w)
{
	uint32_t tail = (p->head + p->count) % PIPE_CAPACITY;
	size_t n = least(least(room(p), PIPE_CAPACITY - tail), w->length - w->done);

	if (port_read(w->token, w->done, p->buffer + tail, n) < 0)
		return false;
	p->count += n;
	w->done += n;
	return true;
}

bool pipe_deliver(struct pipe *p, uint64_t token, size_t length)
{
	size_t n = least(length, p->count);
	size_t first = least(n, PIPE_CAPACITY - p->head);

	if (n > first && port_write(token, first, p->buffer, n - first) < 0)
		return false;
	if (!port_answer(token, (int64_t)n, p->buffer + p->head, first))
		return false;
	pipe_consume(p, n);
	return true;
}

/* To readers that wait, past the buffer, which is empty (P1).  What a dead reader did not get, the next one does. */
static size_t hand_over(struct pipe *p, const uint8_t *bytes, size_t n)
{
	struct waiting *r;
	size_t done = 0;

	while (done < n && (r = TAILQ_FIRST(&p->readers))) {
		size_t part = least(r->length, n - done);

		if (port_answer(r->token, (int64_t)part, bytes + done, part)) {
			done += part;
			p->was_read = true;
		}
		waiting_remove(&p->readers, r);
	}
	return done;
}

static void feed_readers(struct pipe *p)
{
	struct waiting *r;

	while (p->count && (r = TAILQ_FIRST(&p->readers))) {
		pipe_deliver(p, r->token, r->length);
		waiting_remove(&p->readers, r);
	}
}

/* All at once or not at all (POSIX write(): atomic up to PIPE_BUF). */
static bool take_small(struct pipe *p, struct waiting *w, const uint8_t *bytes, size_t copied)
{
	static uint8_t whole[PIPE_ATOMIC];
	size_t done;

	if (room(p) < w->length)
		return true;
	if (copied < w->length) {
		if (port_read(w->token, 0, whole, w->length) < 0)
			return false;
		bytes = whole;
	}
	done = hand_over(p, bytes, w->length);
	put(p, bytes + done, w->length - done);
	w->done = w->length;
	return true;
}

static bool take_long(struct pipe *p, struct waiting *w, const uint8_t *bytes, size_t copied)
{
	while (w->done < w->length && room(p)) {
		if (w->done < copied) {
			size_t n = least(copied - w->done, room(p));

			put(p, bytes + w->done, n);
			w->done += n;
		} else if (!fetch(p, w)) {
			feed_readers(p);
			return false;
		}
		if (!room(p) || w->done == w->length)
			feed_readers(p);
	}
	return true;
}

bool pipe_take(struct pipe *p, struct waiting *w, const uint8_t *bytes, size_t copied)
{
	bool alive;

	alive = w->length <= PIPE_ATOMIC ? take_small(p, w, bytes, copied) : take_long(p, w, bytes, copied);
	if (w->done)
		p->was_written = true;
	if (p->count)
		pollers_tell(&p->pollers[READING], POLLIN | POLLRDNORM);
	return alive;
}

void pipe_settle(struct pipe *p)
{
	struct waiting *w;

	while ((w = TAILQ_FIRST(&p->writers))) {
		bool alive = pipe_take(p, w, NULL, 0);

		if (alive && w->done < w->length)
			break;
		if (alive)
			port_answer(w->token, (int64_t)w->length, NULL, 0);
		waiting_remove(&p->writers, w);
	}
	if (room(p) >= PIPE_ATOMIC)
		pollers_tell(&p->pollers[WRITING], POLLOUT | POLLWRNORM);
}
