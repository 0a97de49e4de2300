/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The output side of the line discipline: processing (POSIX XBD 11.2.3), and the queue to the wire.
 */
#include <string.h>
#include "ldisc.h"
#include "output.h"

static uint32_t room(const struct ldisc *l)
{
	return LDISC_OUTPUT - (l->output_tail - l->output_head);
}

static void put(struct ldisc *l, uint8_t c)
{
	l->output[l->output_tail++ % LDISC_OUTPUT] = c;
}

/* Where the cursor is after c.  A terminal that gets no CR with its NL is believed to do that itself. */
static void advance(struct ldisc *l, uint8_t c)
{
	switch (c) {
	case '\n':
	case '\r':
		l->column = 0;
		break;
	case '\b':
		if (l->column)
			l->column--;
		break;
	case '\t':
		l->column += 8 - l->column % 8;
		break;
	default:
		if (c >= ' ' && c != 0x7f && !(l->modes.c_iflag & IUTF8 && (c & 0xc0) == 0x80))
			l->column++;
	}
}

/* One byte, which may become none or two; the caller saw to room for two. */
static void process(struct ldisc *l, uint8_t c)
{
	tcflag_t flags = l->modes.c_oflag;

	if (flags & OPOST) {
		if (c == '\r' && flags & ONOCR && l->column == 0)
			return;
		if (c == '\r' && flags & OCRNL)
			c = '\n';
		else if (c == '\n' && flags & ONLCR)
			put(l, '\r');
	}
	advance(l, c);
	put(l, c);
}

void output_put(struct ldisc *l, uint8_t c)
{
	if (room(l) >= 2)
		process(l, c);
}

size_t ldisc_write(struct ldisc *l, const uint8_t *bytes, size_t n)
{
	size_t done = 0;

	while (done < n && ldisc_room(l))
		process(l, bytes[done++]);
	return done;
}

bool ldisc_room(const struct ldisc *l)
{
	return room(l) >= LDISC_ECHO;
}

int ldisc_next(struct ldisc *l)
{
	if (l->stopped || ldisc_drained(l))
		return -1;
	return l->output[l->output_head++ % LDISC_OUTPUT];
}

bool ldisc_drained(const struct ldisc *l)
{
	return l->output_head == l->output_tail;
}

void ldisc_flush_output(struct ldisc *l)
{
	l->output_head = l->output_tail;
}
