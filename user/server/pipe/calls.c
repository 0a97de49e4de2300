/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operations of <curfew/file.h> on pipes.
 *
 * Results are a value >= 0, a negative errno, or LATER: the call was answered
 * already, or waits, or is gone.
 */
#include <curfew/file.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include "port.h"
#include "pipe.h"

#define LATER INT64_MIN

/* What the answer that goes out last has to take back if nobody takes it. */
static struct {
	struct pipe *pipe;     /* whose head and count were these */
	uint32_t head, count;
	int handle[2];         /* -1: none */
} undo = { .handle = { -1, -1 } };

void pipes_undelivered(void)
{
	if (undo.pipe) {
		undo.pipe->head = undo.head;
		undo.pipe->count = undo.count;
	}
	/* CLOSED notices follow, and end the pipe. */
	for (int end = READING; end <= WRITING; end++)
		if (undo.handle[end] >= 0)
			port_close(undo.handle[end]);
}

/* read(): what is there, else it waits; 0 when nobody can write any more. */
static int64_t do_read(struct pipe *p, enum pipe_end end, const struct curfew_received *m, struct curfew_answer *answer)
{
	size_t length = m->word[1];
	size_t n = length < p->count ? length : p->count;

	if (end != READING)
		return -EBADF;
	if (m->word[2] != CURFEW_FILE_HERE)
		return -ESPIPE;
	if (length > m->in_size)
		return -EINVAL;
	if (length == 0)
		return 0;
	if (p->count == 0) {
		struct waiting w;

		if (!p->open[WRITING])
			return 0;
		if (p->flags[READING] & O_NONBLOCK)
			return -EAGAIN;
		waiting_prepare(&w, m, length);
		return waiting_add(&p->readers, &w) ? LATER : -ENOMEM;
	}
	if (!TAILQ_EMPTY(&p->writers) || n > PIPE_CAPACITY - p->head) {
		/* The bytes must be out before writers fill their place. */
		if (pipe_deliver(p, m->token, length))
			pipe_settle(p);
		return LATER;
	}
	undo.pipe = p;
	undo.head = p->head;
	undo.count = p->count;
	answer->out = p->buffer + p->head;
	answer->out_length = n;
	pipe_consume(p, n);
	if (p->pollers[WRITING].count)
		pipe_settle(p);
	return (int64_t)n;
}

/* write(): POSIX's table of what blocks, what is EAGAIN and what is partial. */
static int64_t do_write(struct pipe *p, enum pipe_end end, const struct curfew_received *m, const uint8_t *bytes)
{
	struct waiting w;
	bool nonblocking = p->flags[WRITING] & O_NONBLOCK;

	if (end != WRITING)
		return -EBADF;
	if (m->word[2] != CURFEW_FILE_HERE)
		return -ESPIPE;
	if (m->word[1] != m->out_length)
		return -EINVAL;
	if (m->word[1] == 0)
		return 0;
	if (!p->open[READING])
		return -EPIPE;
	waiting_prepare(&w, m, m->word[1]);
	/* Those who wait come first; who does not wait takes what room there is, as POSIX has it. */
	if ((nonblocking || TAILQ_EMPTY(&p->writers)) && !pipe_take(p, &w, bytes, m->copied))
		return LATER;
	if (w.done == w.length)
		return (int64_t)w.done;
	if (nonblocking)
		return w.done ? (int64_t)w.done : -EAGAIN;
	if (waiting_add(&p->writers, &w))
		return LATER;
	return w.done ? (int64_t)w.done : -ENOMEM;
}

/* Reads and writes mark the times for update; here they are updated (POSIX XBD 4.9). */
static int64_t do_stat(struct pipe *p, const struct curfew_received *m, struct curfew_answer *answer)
{
	static struct curfew_stat stat;
	uint64_t now = port_time();

	if (m->in_size < sizeof(stat))
		return -EINVAL;
	if (p->was_read)
		p->atime = now;
	if (p->was_written)
		p->mtime = p->ctime = now;
	p->was_read = p->was_written = false;
	stat = (struct curfew_stat){ .inode = p->inode, .size = p->count, .mode = S_IFIFO | 0600, .links = 1,
		.atime = p->atime, .mtime = p->mtime, .ctime = p->ctime, .device = PIPE_DEVICE };
	answer->out = &stat;
	answer->out_length = sizeof(stat);
	return 0;
}

/* *kept: the event is the pipe's now. */
static int64_t do_poll(struct pipe *p, enum pipe_end end, const struct curfew_received *m, unsigned *kept)
{
	unsigned wanted = (unsigned)m->word[1] | POLLERR | POLLHUP;
	unsigned ready = pipe_ready(p, end) & wanted;
	struct poller poller;

	if (ready || m->came == 0)
		return ready;
	if (!port_is_event((int)m->handle[0].handle))
		return -EINVAL;
	poller = (struct poller){ .label = m->label, .key = m->word[3], .pid = m->pid,
		.event = (int)m->handle[0].handle, .bits = (uint32_t)m->word[2], .wanted = wanted };
	*kept = 1;
	return pollers_add(&p->pollers[end], &poller) ? 0 : -ENOMEM;
}

static int64_t end_call(struct pipe *p, enum pipe_end end, const struct curfew_received *m, const void *bytes,
	struct curfew_answer *answer, unsigned *kept)
{
	switch (m->word[0]) {
	case CURFEW_FILE_READ:
		return do_read(p, end, m, answer);
	case CURFEW_FILE_WRITE:
		return do_write(p, end, m, bytes);
	case CURFEW_FILE_STAT:
		return do_stat(p, m, answer);
	case CURFEW_FILE_GET_FLAGS:
		return (end == READING ? O_RDONLY : O_WRONLY) | p->flags[end];
	case CURFEW_FILE_SET_FLAGS:
		p->flags[end] = (uint32_t)m->word[1] & (O_NONBLOCK | O_APPEND);
		return 0;
	case CURFEW_FILE_POLL:
		return do_poll(p, end, m, kept);
	}
	return port_refuse(m->word[0]);
}

/* A pipe, its sessions on their way to the client: if they do not arrive they are closed, and with them the pipe. */
static int64_t create(const struct curfew_received *m, struct curfew_answer *answer)
{
	struct pipe *p;
	int64_t error = 0;

	if (m->word[1] & ~(uint64_t)O_NONBLOCK)
		return -EINVAL;
	p = pipe_obtain(&error);
	if (!p)
		return error;
	for (enum pipe_end end = READING; end <= WRITING; end++) {
		int handle = port_session(pipe_label(p, end));

		if (handle < 0) {
			/* The reading end, if it was made, gets its CLOSED notice, which frees the record. */
			if (end == WRITING)
				port_close(undo.handle[READING]);
			else
				pipe_close(p, READING);
			undo.handle[READING] = -1;
			return handle;
		}
		p->open[end] = true;
		p->flags[end] = (uint32_t)m->word[1];
		undo.handle[end] = handle;
		answer->handle[end] = (struct curfew_transfer){ (uint32_t)handle,
			CURFEW_RIGHT_SEND | CURFEW_RIGHT_DUPLICATE | CURFEW_RIGHT_TRANSFER | CURFEW_PASS_MOVE };
	}
	answer->pass = 2;
	return 0;
}

bool pipes_call(const struct curfew_received *m, const void *bytes, struct curfew_answer *answer)
{
	enum pipe_end end;
	struct pipe *p;
	unsigned kept = 0;
	int64_t result;

	answer->token = m->token;
	answer->out_length = 0;
	answer->pass = 0;
	undo.pipe = NULL;
	undo.handle[READING] = undo.handle[WRITING] = -1;
	if (m->label & CURFEW_LABEL_SUPERVISOR)
		result = m->word[0] == CURFEW_PIPE_CREATE ? create(m, answer) : port_refuse(m->word[0]);
	else if ((p = pipe_find(m->label, &end)))
		result = end_call(p, end, m, bytes, answer, &kept);
	else
		result = -EBADF;
	for (unsigned i = kept; i < m->came; i++)
		port_close((int)m->handle[i].handle);
	answer->word[0] = (uint64_t)result;
	return result != LATER;
}

void pipes_cancelled(uint64_t label, uint64_t token)
{
	enum pipe_end end;
	struct pipe *p = label & CURFEW_LABEL_SUPERVISOR ? NULL : pipe_find(label, &end);

	if (!p)
		return;
	waiting_cancelled(end == READING ? &p->readers : &p->writers, label, token);
	pipe_settle(p);
}

void pipes_closed(uint64_t label)
{
	enum pipe_end end;
	struct pipe *p = label & CURFEW_LABEL_SUPERVISOR ? NULL : pipe_find(label, &end);

	if (!p)
		return;
	waiting_closed(end == READING ? &p->readers : &p->writers, label);
	pollers_closed(&p->pollers[end], label);
	pipe_close(p, end);
	if (end == READING) {
		waiting_end(&p->writers, -EPIPE);
		pollers_tell(&p->pollers[WRITING], POLLOUT | POLLWRNORM | POLLERR);
	} else {
		waiting_end(&p->readers, 0);
		pollers_tell(&p->pollers[READING], POLLIN | POLLHUP);
	}
}
