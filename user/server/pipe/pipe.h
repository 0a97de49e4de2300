/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVER_PIPE_H
#define SERVER_PIPE_H
/*
 * Pipes: the record of one, and what moves bytes through it.
 *
 *   writer's memory --> buffer (a ring) --> reader's memory
 *   writer's memory --> the message's bytes ---^   when a reader waits already and all bytes came with the message
 *
 * Two rules hold between messages; every function relies on them and leaves them so:
 *   P1 readers wait only while the buffer is empty, and somebody can write;
 *   P2 writers wait only while there is not room enough for the first of them, and somebody can read.
 * The room that a write needs is all of it up to PIPE_ATOMIC bytes, else one byte.
 */
#include <curfew/message.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "pollers.h"
#include "waiting.h"

#define PIPE_CAPACITY 65536u
#define PIPE_ATOMIC   4096u /* writes up to here are never mixed with others: POSIX's PIPE_BUF, and more */
#define PIPE_MAX      1024u
#define PIPE_DEVICE   0x50495045u /* st_dev */

enum pipe_end { READING, WRITING }; /* the low bit of a session's label; the rest is the pipe's index */

struct pipe {
	uint8_t *buffer;
	uint32_t head, count;           /* the ring: count bytes from head on */
	uint32_t index;
	uint32_t flags[2];              /* O_NONBLOCK, O_APPEND of each end */
	bool open[2];                   /* a session of that end is left */
	bool was_read, was_written;     /* since the times below: they are brought up to date when somebody asks */
	struct waiting_list readers, writers;
	struct pollers pollers[2];
	uint64_t inode, atime, mtime, ctime;
	struct pipe *next;              /* unused ones */
};

static inline uint64_t pipe_label(const struct pipe *p, enum pipe_end end)
{
	return (uint64_t)p->index << 1 | end;
}

/* ------------------------------------------------------------- table.c */

/* There may be only so many pipes, up to PIPE_MAX, that all their buffers together have so many bytes. */
void pipe_limit(uint64_t bytes);
/* A fresh pipe, no end open yet; NULL with -ENFILE or -ENOMEM in *error. */
struct pipe *pipe_obtain(int64_t *error);
/* The pipe with that label, if that end of it is open; else NULL. */
struct pipe *pipe_find(uint64_t label, enum pipe_end *end);
/* One end is gone for good.  The record is used again when both are. */
void pipe_close(struct pipe *p, enum pipe_end end);

/* ------------------------------------------------------------ stream.c */

/* What POLL* are true of an end. */
unsigned pipe_ready(const struct pipe *p, enum pipe_end end);

/* Moves bytes of a write on, into the buffer or to readers that wait, as far as there is room; w->done counts.  The first
 * `copied` bytes are at `bytes` already.  False: the writer is gone. */
bool pipe_take(struct pipe *p, struct waiting *w, const uint8_t *bytes, size_t copied);

/* Answers a reader with up to `length` bytes of the buffer.  False: it is gone, and the bytes are still there. */
bool pipe_deliver(struct pipe *p, uint64_t token, size_t length);

/* Bytes from the head are gone. */
void pipe_consume(struct pipe *p, uint32_t n);

/* Moves on whatever can move: after bytes were taken out, or a waiting call is gone. */
void pipe_settle(struct pipe *p);

/* ------------------------------------------------------------- calls.c */

/* A message.  `bytes` are the first message->copied of those that the client sends: all, up to PIPE_ATOMIC.
 * True: *answer is to be sent, and pipes_undelivered() called if its client is gone.  False: there is nothing to send. */
bool pipes_call(const struct curfew_received *message, const void *bytes, struct curfew_answer *answer);
void pipes_undelivered(void);

/* Notices. */
void pipes_cancelled(uint64_t label, uint64_t token);
void pipes_closed(uint64_t label);

#endif
