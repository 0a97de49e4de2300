/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file server: names, directories, and files in memory.
 *
 * This file is the transport: it receives, has the logic (files.h) do what is
 * asked, and answers.  Every call is answered at once, so cancelled ones need
 * no care.  The state that outlives it is the arena (layout.h); the sessions do
 * not, their channel dies with it.
 *
 * Starts with: CHANNEL, STATE (the arena, an object of at least arena_size() bytes made with
 * CURFEW_VMO_PAGES, with all rights), INITRD (with TRANSFER), NAMES.  Its exit status tells why it could not start.
 */
#include <curfew/file.h>
#include <curfew/message.h>
#include <curfew/sys.h>
#include <string.h>

#include "store.h"

enum { NO_ARENA = 2, NO_INITRD, BAD_ARENA, NO_SUPERVISOR, NO_CHANNEL };

static struct files files;
/* A message's first bytes: any two paths, and small writes.  What is more is fetched into the file itself. */
static char buffer[FILES_PAGE];

/* Maps what the server works on, and brings it into order. */
static int start(void)
{
	uint64_t arena_bytes, lower_bytes;
	void *arena = store_map(CURFEW_HANDLE_STATE, CURFEW_PROT_READ | CURFEW_PROT_WRITE, arena_size(&files_geometry),
		&arena_bytes);
	const void *lower = store_map(CURFEW_HANDLE_INITRD, CURFEW_PROT_READ, 0, &lower_bytes);

	if (arena == NULL)
		return NO_ARENA;
	if (lower == NULL)
		return NO_INITRD;
	/* Files may take half of the memory that there is; programs need the rest. */
	if (files_start(&files, &store_platform, arena, &files_geometry, lower, lower_bytes,
		curfew_shared()->total_pages / 2) != 0)
		return BAD_ARENA;
	return 0;
}

static int tell_supervisor(void)
{
	struct curfew_call call = { .word = { CURFEW_NAMES_READY }, .deadline = CURFEW_FOREVER };

	return curfew_send(CURFEW_HANDLE_NAMES, &call) == 0 && (int64_t)call.word[0] >= 0 ? 0 : NO_SUPERVISOR;
}

/* What the client gets of a handle. */
static uint32_t rights_of(const struct answer *answer)
{
	if (answer->rights & HANDLE_SESSION)
		return CURFEW_RIGHT_SEND | CURFEW_RIGHT_DUPLICATE | CURFEW_RIGHT_TRANSFER;
	return CURFEW_RIGHT_READ | CURFEW_RIGHT_MAP | (answer->rights & HANDLE_WRITE ? CURFEW_RIGHT_WRITE : 0) |
		(answer->rights & HANDLE_EXECUTE ? CURFEW_RIGHT_EXECUTE : 0);
}

/* Does what a message asks for, and makes the kernel's form of the answer. */
static void serve(const struct curfew_received *received, struct curfew_answer *reply)
{
	struct request request;
	struct answer answer;

	memcpy(request.word, received->word, sizeof(request.word));
	request.label = received->label;
	request.token = received->token;
	request.out_length = received->out_length;
	request.bytes = buffer;
	request.copied = received->copied;
	request.in_size = received->in_size;
	request.came = received->came;
	files_dispatch(&files, &request, &answer);
	for (uint32_t i = 0; i < received->came; i++)
		curfew_handle_close(received->handle[i].handle);
	reply->token = received->token;
	memcpy(reply->word, answer.word, sizeof(reply->word));
	reply->out = answer.out;
	reply->out_length = answer.out_length;
	reply->pass = answer.handle != NO_HANDLE;
	if (answer.handle == LOWER_HANDLE) {
		reply->handle[0].handle = CURFEW_HANDLE_INITRD;
		reply->handle[0].rights = rights_of(&answer);
	} else if (answer.handle != NO_HANDLE) {
		reply->handle[0].handle = answer.handle;
		reply->handle[0].rights = rights_of(&answer) | CURFEW_PASS_MOVE;
	}
}

/* An answer was not taken.  Its handle is closed: if it was a session's, the notice of that ends the session. */
static void take_back(const struct curfew_answer *reply)
{
	if (reply->pass && reply->handle[0].rights & CURFEW_PASS_MOVE)
		curfew_handle_close(reply->handle[0].handle);
}

static int receive(struct curfew_received *received)
{
	return curfew_receive(CURFEW_HANDLE_CHANNEL, received, buffer, sizeof(buffer), 0, CURFEW_FOREVER);
}

/* Answers, and receives what comes next. */
static int answer(struct curfew_answer *reply, struct curfew_received *received)
{
	int what = curfew_reply_receive(CURFEW_HANDLE_CHANNEL, reply, received, buffer, sizeof(buffer), 0, CURFEW_FOREVER);

	if (what >= 0 || errno == EINTR)
		return what;
	if (errno == ESRCH) {
		take_back(reply);
	} else {
		/* One half failed: no memory for a page that the answer or the buffer is in, no number for a handle.  If it was the
		 * answer's, its client still waits. */
		struct curfew_answer sorry = { .token = reply->token, .word = { (uint64_t)-ENOMEM } };

		if (curfew_reply(CURFEW_HANDLE_CHANNEL, &sorry) == 0)
			take_back(reply);
	}
	return receive(received); /* if there is no channel any more, this tells */
}

int main(void)
{
	static struct curfew_received received;
	static struct curfew_answer reply;
	int error = start(), what;

	if (!error)
		error = tell_supervisor();
	if (error)
		return error;
	what = receive(&received);
	for (;;) {
		if (what == CURFEW_RECEIVED_CALL) {
			serve(&received, &reply);
			what = answer(&reply, &received);
			continue;
		}
		if (what == CURFEW_RECEIVED_CLOSED)
			session_closed(&files, received.label);
		if (what < 0 && (errno == EBADF || errno == EPERM))
			return NO_CHANNEL;
		what = receive(&received);
	}
}
