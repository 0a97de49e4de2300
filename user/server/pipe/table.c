/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All pipes: a label names one by its index.  Records and buffers come in chunks that are kept.
 *
 * A label is used again only after its CLOSED notice, and that one is the last
 * that comes with it: no message of an older pipe can reach a newer one.
 */
#include <errno.h>
#include <stdint.h>
#include "port.h"
#include "pipe.h"

#define CHUNK 8

static struct pipe *chunks[PIPE_MAX / CHUNK];
static uint32_t made, most = PIPE_MAX;
static struct pipe *unused;
static uint64_t serial;

void pipe_limit(uint64_t bytes)
{
	uint64_t n = bytes / PIPE_CAPACITY / CHUNK * CHUNK;

	most = n < PIPE_MAX ? (uint32_t)n : PIPE_MAX;
}

static int64_t grow(void)
{
	struct pipe *chunk;
	uint8_t *buffers;

	if (made == most)
		return -ENFILE;
	chunk = port_memory(CHUNK * (sizeof(*chunk) + PIPE_CAPACITY));
	if (!chunk)
		return -ENOMEM;
	buffers = (uint8_t *)(chunk + CHUNK);
	chunks[made / CHUNK] = chunk;
	for (uint32_t i = CHUNK; i-- > 0;) {
		chunk[i] = (struct pipe){ .buffer = buffers + i * PIPE_CAPACITY, .index = made + i, .next = unused };
		unused = &chunk[i];
	}
	made += CHUNK;
	return 0;
}

struct pipe *pipe_obtain(int64_t *error)
{
	struct pipe *p;

	if (!unused) {
		*error = grow();
		if (*error)
			return NULL;
	}
	p = unused;
	unused = p->next;
	*p = (struct pipe){ .buffer = p->buffer, .index = p->index, .inode = ++serial };
	TAILQ_INIT(&p->readers);
	TAILQ_INIT(&p->writers);
	pollers_init(&p->pollers[READING]);
	pollers_init(&p->pollers[WRITING]);
	p->atime = p->mtime = p->ctime = port_time();
	return p;
}

struct pipe *pipe_find(uint64_t label, enum pipe_end *end)
{
	uint64_t index = label >> 1;
	struct pipe *p;

	if (index >= made)
		return NULL;
	p = &chunks[index / CHUNK][index % CHUNK];
	*end = label & 1;
	return p->open[*end] ? p : NULL;
}

void pipe_close(struct pipe *p, enum pipe_end end)
{
	p->open[end] = false;
	if (!p->open[!end]) {
		p->next = unused;
		unused = p;
	}
}
