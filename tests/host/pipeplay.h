/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_HOST_PIPEPLAY_H
#define TESTS_HOST_PIPEPLAY_H
/*
 * Playing with user/server/pipe: its loop, and the calls of its clients.  For the one file of a test program.
 */
#include "support.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/stat.h>
#include <curfew/file.h>
#include "user/server/pipe/pipe.h"
#include "world.h"
#define SUPERVISED (CURFEW_LABEL_SUPERVISOR | 7)
#define LONGEST    200000

static uint8_t buffer[PIPE_ATOMIC]; /* the server loop's */
static struct curfew_answer answer;
static uint8_t *pattern;            /* what writers send: distinguishable wherever one looks */

/* One turn of the server's loop.  `alive`: the client is there when the answer comes. */
static inline void turn(struct curfew_received *m, const uint8_t *out)
{
	m->copied = m->out_length < sizeof(buffer) ? m->out_length : sizeof(buffer);
	if (m->copied)
		memcpy(buffer, out, m->copied);
	if (pipes_call(m, buffer, &answer) && !world_send(&answer))
		pipes_undelivered();
	memset(buffer, 0xee, sizeof(buffer));
}

static inline struct world_call *operation(uint64_t label, uint64_t op, uint64_t a, uint64_t b)
{
	struct curfew_received m = { .word = { op, a, b }, .pid = 5 };
	struct world_call *c = world_call(&m, label, NULL, 0, NULL, 0);

	turn(&m, NULL);
	return c;
}

struct both {
	int handle[2];
	uint64_t label[2];
};

static inline struct both make(uint64_t flags)
{
	struct both b;
	struct world_call *c = operation(SUPERVISED, CURFEW_PIPE_CREATE, flags, 0);

	assert_true(c->answered);
	assert_int_equal(c->result, 0);
	assert_int_equal(answer.pass, 2);
	for (int i = 0; i < 2; i++) {
		b.handle[i] = (int)answer.handle[i].handle;
		b.label[i] = world_session(b.handle[i]);
		assert_false(b.label[i] & CURFEW_LABEL_SUPERVISOR);
	}
	return b;
}

static inline void close_end(struct both *b, int end)
{
	world_session_close(b->handle[end]);
	pipes_closed(b->label[end]);
}

static inline struct world_call *write_call(const struct both *b, const uint8_t *bytes, size_t n, bool dead)
{
	struct curfew_received m = { .word = { CURFEW_FILE_WRITE, n, CURFEW_FILE_HERE } };
	struct world_call *c = world_call(&m, b->label[WRITING], bytes, n, NULL, 0);

	c->gone = dead;
	turn(&m, bytes);
	return c;
}

static inline struct world_call *read_call(const struct both *b, uint8_t *room, size_t n, bool dead)
{
	struct curfew_received m = { .word = { CURFEW_FILE_READ, n, CURFEW_FILE_HERE } };
	struct world_call *c = world_call(&m, b->label[READING], NULL, 0, room, n);

	c->gone = dead;
	turn(&m, NULL);
	return c;
}

static inline void nonblock(const struct both *b, int end, bool on)
{
	assert_int_equal(operation(b->label[end], CURFEW_FILE_SET_FLAGS, on ? O_NONBLOCK : 0, 0)->result, 0);
}

static inline unsigned ready(const struct both *b, int end)
{
	return (unsigned)operation(b->label[end], CURFEW_FILE_POLL, 0xffff, 0)->result;
}

static inline int start(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	pattern = malloc(LONGEST + 1000);
	for (size_t i = 0; i < LONGEST + 1000; i++)
		pattern[i] = (uint8_t)(i % 251 ^ i / 251);
	return pattern ? 0 : -1;
}

#endif
