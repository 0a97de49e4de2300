/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Readers, writers, and when they are served.  The operations themselves are calls.c.
 */
#include <errno.h>
#include <poll.h>
#include "port.h"
#include "state.h"

#define TENTH 100000000ull /* VTIME's unit, in ns */
#define SOON  1000000ull   /* a look at the wire again: a FIFO of 16 bytes at 115,200 baud takes 1.4 ms */

struct console console;

void console_init(bool echo)
{
	ldisc_init(&console.line, echo);
	console.group = 0;
	TAILQ_INIT(&console.readers);
	TAILQ_INIT(&console.output);
	pollers_init(&console.pollers);
}

static bool canonical(void)
{
	return console.line.modes.c_lflag & ICANON;
}

static unsigned least(void)
{
	return console.line.modes.c_cc[VMIN];
}

static uint64_t timer(void)
{
	return console.line.modes.c_cc[VTIME] * TENTH;
}

/* ------------------------------------------------------------- readers */

/* POSIX XBD 11.1.7: what a read of `length` bytes waits for is there. */
static bool satisfied(size_t length)
{
	uint32_t n = ldisc_raw_count(&console.line);

	if (canonical())
		return ldisc_line(&console.line);
	if (least() == 0)
		return n > 0 || timer() == 0;
	return n >= least() || n >= length;
}

/* Answers with what is there.  False: nobody got it, and it is there still. */
static bool deliver(uint64_t token, size_t length)
{
	static uint8_t bytes[LDISC_INPUT];
	uint32_t used;
	size_t n = ldisc_peek(&console.line, bytes, length, &used);

	if (!port_answer(token, (int64_t)n, bytes, n))
		return false;
	ldisc_consume(&console.line, used);
	return true;
}

int64_t console_read(const struct waiting *call, bool nonblocking)
{
	struct waiting w = *call;
	bool first = TAILQ_EMPTY(&console.readers);

	if (first && (satisfied(w.length) || (nonblocking && !canonical() && ldisc_raw_count(&console.line)))) {
		deliver(w.token, w.length);
		return LATER;
	}
	if (nonblocking)
		return -EAGAIN;
	/* With VMIN 0 the timer runs from the call on, else it is one between bytes: serve_readers() starts it. */
	w.deadline = !canonical() && least() == 0 ? port_now() + timer() : CURFEW_FOREVER;
	return waiting_add(&console.readers, &w) ? LATER : -ENOMEM;
}

static void serve_readers(void)
{
	struct waiting *r;

	while ((r = TAILQ_FIRST(&console.readers)) && satisfied(r->length)) {
		deliver(r->token, r->length);
		waiting_remove(&console.readers, r);
	}
	if (r && !canonical() && least() && timer() && r->deadline == CURFEW_FOREVER && ldisc_raw_count(&console.line))
		r->deadline = port_now() + timer();
}

/* Whose time is over gets what is there: that is something for the first only. */
static void expire_readers(void)
{
	struct waiting *r, *next;
	uint64_t now;

	if (canonical() || timer() == 0 || TAILQ_EMPTY(&console.readers))
		return;
	now = port_now();
	for (r = TAILQ_FIRST(&console.readers); r; r = next) {
		next = TAILQ_NEXT(r, link);
		if (r->deadline > now)
			continue;
		if (least() && ldisc_raw_count(&console.line) == 0) {
			r->deadline = CURFEW_FOREVER; /* flushed, or started with other modes: no bytes, no timer between them */
			continue;
		}
		if (r == TAILQ_FIRST(&console.readers))
			deliver(r->token, r->length);
		else
			port_answer(r->token, 0, NULL, 0);
		waiting_remove(&console.readers, r);
	}
}

void console_input(uint8_t byte)
{
	struct waiting *r = TAILQ_FIRST(&console.readers);
	int sig = ldisc_input(&console.line, byte);

	if (sig && console.group)
		console_signal(console.group, sig);
	/* The timer between bytes starts anew with each. */
	if (r && r->deadline != CURFEW_FOREVER && !canonical() && least())
		r->deadline = port_now() + timer();
	serve_readers();
}

bool console_full(void)
{
	return ldisc_full(&console.line);
}

/* -------------------------------------------------------------- output */

int console_output(void)
{
	return ldisc_next(&console.line);
}

bool console_more(void)
{
	return !console.line.stopped && !ldisc_drained(&console.line);
}

static size_t left_of_turn(const struct waiting *w)
{
	return CONSOLE_TURN - w->done % CONSOLE_TURN;
}

/* Takes bytes of a write while there is room, to the end of its turn.  The first `copied` are at `bytes`.  False: the writer is
 * gone. */
static bool take(struct waiting *w, const uint8_t *bytes, size_t copied)
{
	static uint8_t piece[512];
	size_t end = w->length - w->done < left_of_turn(w) ? w->length : w->done + left_of_turn(w);

	while (w->done < end && ldisc_room(&console.line)) {
		size_t n = end - w->done;

		if (w->done < copied) {
			w->done += ldisc_write(&console.line, bytes + w->done, n < copied - w->done ? n : copied - w->done);
			continue;
		}
		if (n > sizeof(piece))
			n = sizeof(piece);
		if (port_read(w->token, w->done, piece, n) < 0)
			return false;
		w->done += ldisc_write(&console.line, piece, n);
	}
	return true;
}

int64_t console_write(const struct waiting *call, const uint8_t *bytes, size_t copied, bool nonblocking)
{
	struct waiting w = *call;

	/* The bytes of a turn stay together: others wait behind. */
	if (TAILQ_EMPTY(&console.output) && !take(&w, bytes, copied))
		return LATER;
	if (w.done == w.length)
		return (int64_t)w.done;
	if (nonblocking)
		return w.done ? (int64_t)w.done : -EAGAIN;
	if (waiting_add(&console.output, &w))
		return LATER;
	return w.done ? (int64_t)w.done : -ENOMEM;
}

static bool out(bool sent)
{
	return sent && ldisc_drained(&console.line);
}

/* Result of a call whose output is out now. */
static int64_t drained(const struct waiting *w)
{
	struct termios modes;

	if (w->kind == DRAIN)
		return 0;
	if (port_read(w->token, 0, &modes, sizeof(modes)) < 0)
		return -EINTR; /* that nobody sees */
	if (w->kind == SET_FLUSH)
		ldisc_flush_input(&console.line);
	ldisc_set_modes(&console.line, &modes);
	return 0;
}

/* A write whose turn is over goes behind those that wait next; not behind a call that waits for it. */
static void give_way(struct waiting *w)
{
	struct waiting *last = w, *next;

	while ((next = TAILQ_NEXT(last, link)) && next->kind == WRITE)
		last = next;
	if (last == w)
		return;
	TAILQ_REMOVE(&console.output, w, link);
	TAILQ_INSERT_AFTER(&console.output, last, w, link);
}

/* Of a write that is first, with room.  True: it is at its end. */
static bool serve_write(struct waiting *w)
{
	if (!take(w, NULL, 0))
		return true;
	if (w->done == w->length) {
		port_answer(w->token, (int64_t)w->length, NULL, 0);
		return true;
	}
	if (w->done % CONSOLE_TURN == 0)
		give_way(w);
	return false;
}

/* Takes a turn's length of bytes, of one write or many: some of them make no output, and so find room for ever.  True: there
 * is more. */
static bool serve_output(bool sent)
{
	size_t left = CONSOLE_TURN;
	struct waiting *w;

	while ((w = TAILQ_FIRST(&console.output))) {
		size_t before = w->done;
		bool ended;

		if (w->kind == WRITE) {
			if (!ldisc_room(&console.line))
				break;
			if (left == 0)
				return true;
			ended = serve_write(w);
			left -= w->done - before < left ? w->done - before : left;
			if (!ended)
				continue;
		} else {
			if (!out(sent))
				break;
			port_answer(w->token, drained(w), NULL, 0);
		}
		waiting_remove(&console.output, w);
	}
	return false;
}

/* -------------------------------------------------------- all together */

unsigned console_ready(void)
{
	bool in;

	if (canonical())
		in = ldisc_line(&console.line);
	else
		in = ldisc_raw_count(&console.line) >= (timer() || !least() ? 1 : least());
	return (in ? POLLIN | POLLRDNORM : 0) |
		(TAILQ_EMPTY(&console.output) && ldisc_room(&console.line) ? POLLOUT | POLLWRNORM : 0);
}

bool console_settle(bool sent)
{
	bool more = serve_output(sent);

	expire_readers();
	serve_readers();
	if (console.pollers.count)
		pollers_tell(&console.pollers, console_ready());
	return more;
}

uint64_t console_deadline(bool sent)
{
	struct waiting *w = TAILQ_FIRST(&console.output), *r;
	uint64_t deadline = CURFEW_FOREVER;

	if (w && w->kind != WRITE && !sent && ldisc_drained(&console.line))
		deadline = port_now() + SOON;
	if (!canonical() && timer())
		TAILQ_FOREACH(r, &console.readers, link)
			if (r->deadline < deadline)
				deadline = r->deadline;
	return deadline;
}

void console_cancelled(uint64_t label, uint64_t token)
{
	waiting_cancelled(&console.readers, label, token);
	waiting_cancelled(&console.output, label, token);
}
