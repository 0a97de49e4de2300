/* SPDX-License-Identifier: BSD-2-Clause */
#include "support.h"
#include <errno.h>
#include <stdlib.h>
#include "user/server/port.h"
#include "world.h"

struct world_call world_calls[WORLD_CALLS];
uint64_t world_time = 1000000000;
bool world_no_memory, world_no_sessions;
unsigned world_doom;
uint64_t world_random = 1;

static struct {
	enum { FREE, EVENT, SESSION, SENT } kind; /* SENT: a session that the client has now */
	uint32_t bits;
	uint64_t label;
} handles[WORLD_HANDLES];
static uint64_t last_token;
static uint64_t closed[64];
static unsigned closed_n;

void world_reset(void)
{
	memset(world_calls, 0, sizeof(world_calls));
	memset(handles, 0, sizeof(handles));
	last_token = 0;
	closed_n = 0;
}

struct world_call *world_call(struct curfew_received *message, uint64_t label, const void *out, size_t out_length, void *in,
	size_t in_size)
{
	struct world_call *c;

	do
		last_token = last_token % (WORLD_CALLS - 1) + 1;
	while (world_calls[last_token].waits);
	c = &world_calls[last_token];
	*c = (struct world_call){ .label = label, .waits = true, .out = out, .out_length = out_length, .in = in,
		.in_size = in_size };
	message->token = last_token;
	message->label = label;
	message->out_length = out_length;
	message->in_size = in_size;
	message->came = 0;
	return c;
}

/* The call with this token, NULL if its client is gone. */
static struct world_call *reach(uint64_t token)
{
	struct world_call *c = &world_calls[token];

	assert_true(token > 0 && token < WORLD_CALLS);
	if (!c->waits || c->answered)
		fail_msg("token %lu: no such call waits", (unsigned long)token);
	if (world_doom && host_random(&world_random) % world_doom == 0)
		c->gone = true;
	return c->gone ? NULL : c;
}

bool port_answer(uint64_t token, int64_t result, const void *bytes, size_t length)
{
	struct world_call *c = reach(token);
	size_t n;

	if (!c)
		return false;
	n = length < c->in_size ? length : c->in_size;
	if (n)
		memcpy(c->in, bytes, n);
	if (n > c->in_length)
		c->in_length = n;
	c->result = result;
	c->answered = true;
	c->waits = false;
	return true;
}

bool world_send(const struct curfew_answer *answer)
{
	if (!port_answer(answer->token, (int64_t)answer->word[0], answer->out, answer->out_length))
		return false;
	for (unsigned i = 0; i < answer->pass; i++) {
		assert_int_equal(handles[answer->handle[i].handle].kind, SESSION);
		assert_true(answer->handle[i].rights & CURFEW_PASS_MOVE);
		handles[answer->handle[i].handle].kind = SENT;
	}
	return true;
}

ssize_t port_read(uint64_t token, size_t offset, void *buffer, size_t length)
{
	struct world_call *c = reach(token);

	if (!c)
		return -ESRCH;
	assert_true(length <= c->out_length && offset <= c->out_length - length);
	if (length)
		memcpy(buffer, c->out + offset, length);
	return (ssize_t)length;
}

ssize_t port_write(uint64_t token, size_t offset, const void *buffer, size_t length)
{
	struct world_call *c = reach(token);

	if (!c)
		return -ESRCH;
	assert_true(length <= c->in_size && offset <= c->in_size - length);
	if (length)
		memcpy(c->in + offset, buffer, length);
	if (offset + length > c->in_length)
		c->in_length = offset + length;
	return (ssize_t)length;
}

int port_status(uint64_t token)
{
	struct world_call *c = reach(token);

	return c ? c->signal : -1;
}

static int obtain(int kind, uint64_t label)
{
	for (int i = 16; i < WORLD_HANDLES; i++)
		if (handles[i].kind == FREE) {
			handles[i].kind = kind;
			handles[i].bits = 0;
			handles[i].label = label;
			return i;
		}
	fail_msg("handles leak");
	return -1;
}

int port_session(uint64_t label)
{
	if (world_no_sessions && host_random(&world_random) % 2)
		return -ENOMEM;
	return obtain(SESSION, label);
}

int world_event(void)
{
	return obtain(EVENT, 0);
}

bool port_is_event(int handle)
{
	return handle != WORLD_NO_EVENT;
}

void port_signal(int event, uint32_t bits)
{
	assert_int_equal(handles[event].kind, EVENT);
	handles[event].bits |= bits;
}

void port_close(int handle)
{
	assert_true(handle >= 16 && handle < WORLD_HANDLES);
	assert_true(handles[handle].kind == EVENT || handles[handle].kind == SESSION);
	if (handles[handle].kind == SESSION) {
		assert_true(closed_n < 64);
		closed[closed_n++] = handles[handle].label;
	}
	handles[handle].kind = FREE;
}

void world_session_close(int handle)
{
	assert_int_equal(handles[handle].kind, SENT);
	handles[handle].kind = FREE;
}

bool world_closed(uint64_t *label)
{
	if (closed_n == 0)
		return false;
	*label = closed[--closed_n];
	return true;
}

uint32_t world_event_bits(int handle)
{
	return handles[handle].bits;
}

bool world_handle_open(int handle)
{
	return handles[handle].kind != FREE;
}

uint64_t world_session(int handle)
{
	assert_int_equal(handles[handle].kind, SENT);
	return handles[handle].label;
}

unsigned world_handles(void)
{
	unsigned n = 0;

	for (int i = 0; i < WORLD_HANDLES; i++)
		n += handles[i].kind != FREE;
	return n;
}

uint64_t port_now(void)
{
	return world_time;
}

uint64_t port_time(void)
{
	return world_time + 1700000000000000000ull;
}

void *port_memory(size_t size)
{
	return world_no_memory ? NULL : malloc(size);
}
