/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONSOLE_LDISC_H
#define CONSOLE_LDISC_H
/*
 * The line discipline: what a terminal does between its wire and those who read and write (POSIX XBD 11).
 *
 *   wire --> ldisc_input() --> input queue --> ldisc_peek(), ldisc_consume() --> readers
 *                    | echo
 *                    v
 *   wire <-- ldisc_next() <-- output queue <-- ldisc_write() <-- writers
 *
 * It knows nothing of who reads, of sessions or of messages.
 *
 * Input queue (indices run free, head <= lines <= tail <= head + LDISC_INPUT):
 *
 *      head               lines            tail
 *       | lines, complete   | one that is edited |
 *
 * With ICANON what is before `lines` can be read, one line at a time; without it lines == tail.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

#define LDISC_INPUT  4096u
#define LDISC_OUTPUT 4096u
#define LDISC_LINE   255u /* MAX_CANON: bytes of a line, its end included */
#define LDISC_ECHO   512u /* of the output queue, kept free for echo */

struct ldisc {
	struct termios modes;
	uint16_t input[LDISC_INPUT];   /* a byte, or LDISC_*: see ldisc.c */
	uint32_t head, lines, tail;
	uint8_t output[LDISC_OUTPUT];
	uint32_t output_head, output_tail;
	uint32_t column;               /* of the screen, as far as one can know */
	uint32_t line_column;          /* where the line that is edited began */
	bool literal;                  /* ^V came: the next byte means itself */
	bool stopped;                  /* ^S came: no output */
};

/* Cooked, as after boot; without echo where nobody types. */
void ldisc_init(struct ldisc *l, bool echo);

/* What is asked of the modes as far as it means something here. */
void ldisc_set_modes(struct ldisc *l, const struct termios *modes);

/* A byte came.  Returns the signal that the foreground group gets, or 0. */
int ldisc_input(struct ldisc *l, uint8_t c);

/* Whether the wire should be left alone until somebody has read: nobody hears a bell that tells of bytes lost. */
bool ldisc_full(const struct ldisc *l);

/* Bytes that a read may count on: of the first line (at least 1 if there is one, be it empty), or of all. */
bool ldisc_line(const struct ldisc *l);
uint32_t ldisc_raw_count(const struct ldisc *l);

/* Copies what a read of n bytes gets now; *used: what ldisc_consume() takes for it.  For one read, n is cut to LDISC_INPUT. */
size_t ldisc_peek(const struct ldisc *l, uint8_t *buffer, size_t n, uint32_t *used);
void ldisc_consume(struct ldisc *l, uint32_t used);

/* Takes bytes for output, as many as there is room for.  Returns how many. */
size_t ldisc_write(struct ldisc *l, const uint8_t *bytes, size_t n);
bool ldisc_room(const struct ldisc *l);

/* The next byte for the wire, -1 if there is none, or output is stopped. */
int ldisc_next(struct ldisc *l);
bool ldisc_drained(const struct ldisc *l);

/* tcflush() */
void ldisc_flush_input(struct ldisc *l);
void ldisc_flush_output(struct ldisc *l);

#endif
