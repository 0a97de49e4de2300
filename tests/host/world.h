/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_WORLD_H
#define HOST_WORLD_H
/*
 * The world of a server's logic (user/server/port.h), as the host's tests play it: clients with calls, which die or take
 * signals when a test wants it, handles that are counted, a clock that a test sets.
 *
 * What the logic must never do fails the test at once: answer a call twice, read beyond what a client sends, close a handle that is not its own.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <curfew/message.h>

#define WORLD_CALLS   4096
#define WORLD_HANDLES 8192

struct world_call {
	uint64_t label;
	bool waits;     /* received, not answered */
	bool gone;      /* its client died: nothing of it can be reached */
	bool signal;    /* its thread has a signal to take */
	bool answered;
	int64_t result;
	const uint8_t *out;
	size_t out_length;
	uint8_t *in;
	size_t in_size, in_length;
};
extern struct world_call world_calls[WORLD_CALLS]; /* by token, from 1 on */
extern uint64_t world_time;
extern bool world_no_memory, world_no_sessions;
#define WORLD_NO_EVENT 999999 /* a handle of something else */
/* In one of so many uses of a token its client dies just before; 0: never. */
extern unsigned world_doom;
extern uint64_t world_random;

/* A new call; message gets its token, label and lengths. */
struct world_call *world_call(struct curfew_received *message, uint64_t label, const void *out, size_t out_length, void *in,
	size_t in_size);

/* The answer that a server's loop sends.  False: ESRCH. */
bool world_send(const struct curfew_answer *answer);

/* An event of a client's, as a handle of the server's. */
int world_event(void);
/* Bits that were set in it. */
uint32_t world_event_bits(int handle);
bool world_handle_open(int handle);
/* Open handles. */
unsigned world_handles(void);
/* The label of a session that the server made. */
uint64_t world_session(int handle);
/* A client closes the last handle to a session that it was given. */
void world_session_close(int handle);
/* The label of a session that the server itself closed: its CLOSED notice.  False: none. */
bool world_closed(uint64_t *label);

void world_reset(void);

#endif
