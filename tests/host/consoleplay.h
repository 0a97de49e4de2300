/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_HOST_CONSOLEPLAY_H
#define TESTS_HOST_CONSOLEPLAY_H
/*
 * The server of user/server/console played in a test: two sessions, the calls on them, what is typed, and a wire that can be slow
 * or stopped.  support.h comes first.
 */
#include <fcntl.h>
#include <stdio.h>
#include <termios.h>
#include <curfew/file.h>
#include "user/server/console/console.h"
#include "world.h"

#define FIRST  (CURFEW_LABEL_SUPERVISOR | 1)
#define SECOND (CURFEW_LABEL_SUPERVISOR | 2)
#define MS     1000000ull

static uint8_t buffer[CONSOLE_BYTES];
static struct curfew_answer answer;
static char shown[1 << 20];
static size_t shown_n;
static bool sent = true;  /* the wire is not slow */
static bool wire = true;  /* it takes bytes */
static int last_group, last_sig;

void console_signal(int group, int sig)
{
	last_group = group;
	last_sig = sig;
}

static unsigned rounds; /* of the server's loop: in each it looks for messages and keys */

/* What the server's loop does after each thing that happened. */
static void run(void)
{
	bool more;
	int c;

	do {
		while (wire && (c = console_output()) >= 0)
			if (shown_n < sizeof(shown) - 1)
				shown[shown_n++] = (char)c;
		shown[shown_n] = 0;
		more = console_settle(sent);
		rounds++;
	} while (more || (wire && console_more()));
}

static void turn(struct curfew_received *m, const void *out)
{
	bool pending;

	m->copied = m->out_length < sizeof(buffer) ? m->out_length : sizeof(buffer);
	if (m->copied)
		memcpy(buffer, out, m->copied);
	pending = console_call(m, buffer, &answer);
	memset(buffer, 0xee, sizeof(buffer));
	run();
	if (pending)
		world_send(&answer);
}

static struct world_call *call(uint64_t label, uint64_t op, uint64_t a, const void *out, size_t out_n, void *in, size_t in_n)
{
	struct curfew_received m = { .word = { op, a }, .pid = 7 };
	struct world_call *c = world_call(&m, label, out, out_n, in, in_n);

	if (op == CURFEW_FILE_READ || op == CURFEW_FILE_WRITE)
		m.word[2] = CURFEW_FILE_HERE;
	turn(&m, out);
	return c;
}

static struct world_call *reads(uint64_t label, char *room, size_t n)
{
	return call(label, CURFEW_FILE_READ, n, NULL, 0, room, n);
}

static struct world_call *writes(uint64_t label, const char *bytes, size_t n)
{
	return call(label, CURFEW_FILE_WRITE, n, bytes, n, NULL, 0);
}

static void type(const char *bytes)
{
	for (; *bytes; bytes++)
		console_input((uint8_t)*bytes);
	run();
}

static void nonblock(uint64_t label, bool on)
{
	assert_int_equal(call(label, CURFEW_FILE_SET_FLAGS, on ? O_NONBLOCK : 0, NULL, 0, NULL, 0)->result, 0);
}

static void get_modes(struct termios *m)
{
	assert_int_equal(call(FIRST, CURFEW_TERM_GET, 0, NULL, 0, m, sizeof(*m))->result, 0);
}

static struct world_call *set_modes(int when, const struct termios *m)
{
	return call(FIRST, CURFEW_TERM_SET, (uint64_t)when, m, sizeof(*m), NULL, 0);
}

static void raw(int min, int time)
{
	struct termios m;

	get_modes(&m);
	m.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	m.c_cc[VMIN] = (cc_t)min;
	m.c_cc[VTIME] = (cc_t)time;
	assert_int_equal(set_modes(TCSANOW, &m)->result, 0);
}

static void got(const struct world_call *c, const char *text)
{
	if (!c->answered || c->result != (int64_t)strlen(text) || c->in_length != strlen(text) ||
		memcmp(c->in, text, strlen(text)))
		fail_msg("answered %d: %ld bytes, not \"%s\"", c->answered, (long)c->result, text);
}

static int begin(void **state)
{
	world_reset();
	console_closed(FIRST);
	console_closed(SECOND);
	console_init(true);
	shown_n = 0;
	sent = wire = true;
	last_group = last_sig = 0;
	return 0;
}

#endif
