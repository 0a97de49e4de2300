/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The input side of the line discipline: editing, echo, signals, and reading (POSIX XBD 11.1.5 to 11.1.9, 11.2).
 * The output side is output.c, the modes are modes.c.
 */
#include <ctype.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "ldisc.h"
#include "output.h"

/* In the input queue, with a byte: a line ends after it.  Alone: ^D, it ends here. */
#define END_AFTER 0x100
#define END_HERE  0x200

#define DEL 0x7f

static bool has(const struct ldisc *l, tcflag_t flag)
{
	return l->modes.c_lflag & flag;
}

/* Whether c is this special character.  ^H erases, too, where DEL does, and the other way: terminals differ in what the
 * key sends. */
static bool is(const struct ldisc *l, uint8_t c, int special)
{
	cc_t own = l->modes.c_cc[special];

	if (own == _POSIX_VDISABLE)
		return false;
	return c == own || (special == VERASE && (own == DEL || own == '\b') && (c == DEL || c == '\b'));
}

static uint16_t *at(struct ldisc *l, uint32_t index)
{
	return &l->input[index % LDISC_INPUT];
}

static bool continues(const struct ldisc *l, uint8_t c)
{
	return l->modes.c_iflag & IUTF8 && (c & 0xc0) == 0x80;
}

static bool is_control(uint8_t c)
{
	return c < ' ' || c == DEL;
}

/* ---------------------------------------------------------------- echo */

static void echo(struct ldisc *l, uint8_t c)
{
	if (has(l, ECHOCTL) && is_control(c) && c != '\t') {
		output_put(l, '^');
		output_put(l, c ^ 0x40);
	} else {
		output_put(l, c);
	}
}

static void bell(struct ldisc *l)
{
	output_put(l, '\a');
}

/* Columns that a byte of the line took when it was echoed at this one. */
static uint32_t width(const struct ldisc *l, uint8_t c, uint32_t column)
{
	if (c == '\t')
		return 8 - column % 8;
	if (is_control(c))
		return has(l, ECHOCTL) ? 2 : 0;
	return continues(l, c) ? 0 : 1;
}

static uint32_t column_of_end(struct ldisc *l)
{
	uint32_t column = l->line_column;

	for (uint32_t i = l->lines; i != l->tail; i++)
		column += width(l, (uint8_t)*at(l, i), column);
	return column;
}

static void wipe(struct ldisc *l, uint8_t c)
{
	uint32_t n = width(l, c, column_of_end(l));

	for (uint32_t i = 0; i < n; i++) {
		output_put(l, '\b');
		if (c != '\t') {
			output_put(l, ' ');
			output_put(l, '\b');
		}
	}
}

/* ------------------------------------------------------------- editing */

static uint32_t room(const struct ldisc *l)
{
	return LDISC_INPUT - (l->tail - l->head);
}

static void put(struct ldisc *l, uint16_t entry)
{
	*at(l, l->tail++) = entry;
}

/* Takes the last character of the line away; what of it is in *c is its first byte. */
static void unput(struct ldisc *l, uint8_t *c)
{
	do
		*c = (uint8_t)*at(l, --l->tail);
	while (continues(l, *c) && l->tail != l->lines);
}

static void erase(struct ldisc *l)
{
	uint8_t key = l->modes.c_cc[VERASE], c;

	if (l->tail == l->lines)
		return;
	unput(l, &c);
	if (!has(l, ECHO))
		return;
	if (has(l, ECHOE))
		wipe(l, c);
	else
		echo(l, key);
}

/* A word: letters (whatever is beyond ASCII is taken for one), digits and underscores, and what stands behind them. */
static void erase_word(struct ldisc *l)
{
	bool within = false;
	uint8_t c;

	while (l->tail != l->lines) {
		uint32_t before = l->tail;

		unput(l, &c);
		if (isalnum(c) || c == '_' || c >= 0x80) {
			within = true;
		} else if (within) {
			l->tail = before;
			return;
		}
		if (has(l, ECHO))
			wipe(l, c);
	}
}

static void kill_line(struct ldisc *l)
{
	uint8_t c;

	if (l->tail == l->lines)
		return;
	if (has(l, ECHO) && has(l, ECHOK) && has(l, ECHOKE) && has(l, ECHOE)) {
		while (l->tail != l->lines) {
			unput(l, &c);
			wipe(l, c);
		}
		return;
	}
	l->tail = l->lines;
	if (!has(l, ECHO))
		return;
	echo(l, l->modes.c_cc[VKILL]);
	if (has(l, ECHOK))
		output_put(l, '\n');
}

static void end_line(struct ldisc *l, uint16_t entry)
{
	put(l, entry);
	l->lines = l->tail;
}

/* A byte of a line, no special one, or made so by ^V. */
static void line_byte(struct ldisc *l, uint8_t c)
{
	if (l->tail - l->lines >= LDISC_LINE - 1 || room(l) < 2) {
		bell(l); /* refused, but what ends a line still has its place */
		return;
	}
	if (has(l, ECHO)) {
		if (l->tail == l->lines)
			l->line_column = l->column;
		echo(l, c);
	}
	put(l, c);
}

static void canonical(struct ldisc *l, uint8_t c)
{
	if (is(l, c, VERASE)) {
		erase(l);
	} else if (is(l, c, VKILL)) {
		kill_line(l);
	} else if (is(l, c, VWERASE) && has(l, IEXTEN)) {
		erase_word(l);
	} else if (is(l, c, VLNEXT) && has(l, IEXTEN)) {
		l->literal = true;
		if (has(l, ECHO) && has(l, ECHOCTL)) {
			output_put(l, '^');
			output_put(l, '\b');
		}
	} else if (c != '\n' && !is(l, c, VEOF) && !is(l, c, VEOL)) {
		line_byte(l, c);
	} else if (room(l) == 0) {
		bell(l);
	} else if (c == '\n') {
		if (has(l, ECHO) || has(l, ECHONL))
			output_put(l, '\n');
		end_line(l, '\n' | END_AFTER);
	} else if (is(l, c, VEOF)) {
		end_line(l, END_HERE);
	} else {
		if (has(l, ECHO))
			echo(l, c);
		end_line(l, c | END_AFTER);
	}
}

static void raw(struct ldisc *l, uint8_t c)
{
	if (room(l) == 0) {
		bell(l);
		return;
	}
	if (has(l, ECHO))
		c == '\n' ? output_put(l, c) : echo(l, c);
	end_line(l, c);
}

/* POSIX 11.1.9: with ISIG; both queues are flushed but with NOFLSH.  SUSP is taken and ignored: there is no job control. */
static int signal_of(struct ldisc *l, uint8_t c)
{
	int sig;

	if (is(l, c, VINTR))
		sig = SIGINT;
	else
		sig = is(l, c, VQUIT) ? SIGQUIT : 0;
	if (!sig)
		return 0;
	l->stopped = false;
	if (!has(l, NOFLSH)) {
		ldisc_flush_input(l);
		ldisc_flush_output(l);
	}
	if (has(l, ECHO)) {
		/* What comes next begins a line. */
		echo(l, c);
		output_put(l, '\n');
	}
	return sig;
}

int ldisc_input(struct ldisc *l, uint8_t c)
{
	tcflag_t flags = l->modes.c_iflag;

	if (flags & ISTRIP)
		c &= 0x7f;
	if (l->literal) {
		l->literal = false;
		line_byte(l, c);
		return 0;
	}
	if (flags & IXON && (is(l, c, VSTART) || is(l, c, VSTOP))) {
		l->stopped = !is(l, c, VSTART);
		return 0;
	}
	if (has(l, ISIG)) {
		if (is(l, c, VINTR) || is(l, c, VQUIT))
			return signal_of(l, c);
		if (is(l, c, VSUSP))
			return 0;
	}
	if (flags & IXON && flags & IXANY)
		l->stopped = false;
	if (c == '\r' && flags & IGNCR)
		return 0;
	if (c == '\r' && flags & ICRNL)
		c = '\n';
	else if (c == '\n' && flags & INLCR)
		c = '\r';
	if (has(l, ICANON))
		canonical(l, c);
	else
		raw(l, c);
	return 0;
}

/*
 * Who types sees or hears what is lost, and can still type ^C.  Where nothing is echoed the input may be a program's:
 * then nothing is lost, the sender waits.  That needs a reader's help, so there must be something to read.
 */
bool ldisc_full(const struct ldisc *l)
{
	if (has(l, ICANON))
		return !has(l, ECHO) && ldisc_line(l) && room(l) <= LDISC_LINE;
	return room(l) == 0;
}

/* ------------------------------------------------------------- reading */

bool ldisc_line(const struct ldisc *l)
{
	return l->head != l->lines;
}

uint32_t ldisc_raw_count(const struct ldisc *l)
{
	return l->tail - l->head;
}

size_t ldisc_peek(const struct ldisc *l, uint8_t *buffer, size_t n, uint32_t *used)
{
	uint32_t i = l->head;
	size_t done = 0;

	for (; i != l->lines; i++) {
		uint16_t entry = l->input[i % LDISC_INPUT];

		if (entry & END_HERE) {
			i++; /* also behind a buffer that the line just filled: there it is no end of file */
			break;
		}
		if (done == n)
			break;
		buffer[done++] = (uint8_t)entry;
		if (entry & END_AFTER && has(l, ICANON)) {
			i++;
			break;
		}
	}
	*used = i - l->head;
	return done;
}

void ldisc_consume(struct ldisc *l, uint32_t used)
{
	l->head += used;
}

void ldisc_flush_input(struct ldisc *l)
{
	l->head = l->lines = l->tail;
	l->literal = false;
}

/* --------------------------------------------------------------- modes */

/* ^D is no byte. */
static void drop_ends(struct ldisc *l)
{
	uint32_t kept = l->head;

	for (uint32_t i = l->head; i != l->tail; i++)
		if (!(*at(l, i) & END_HERE))
			*at(l, kept++) = *at(l, i);
	l->tail = kept;
}

/* Between lines and bytes nothing that was typed is lost: it can be read as what it has become. */
void ldisc_modes_changed(struct ldisc *l, bool was_canonical)
{
	if (was_canonical == has(l, ICANON))
		return;
	l->literal = false;
	if (was_canonical)
		drop_ends(l);
	else if (l->head != l->tail)
		*at(l, l->tail - 1) |= END_AFTER;
	l->lines = l->tail;
}
