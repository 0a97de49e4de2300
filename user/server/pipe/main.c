/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pipe server: receives, lets calls.c do what was asked, answers.
 *
 * A write that wakes a reader answers it on the way; the writer's own answer
 * goes out with the next receive, so that one byte through a pipe costs the
 * server two exceptions, and the last switch leads straight to the client.
 */
#include <curfew/file.h>
#include <curfew/message.h>
#include <curfew/sys.h>
#include <errno.h>
#include <err.h>
#include "pipe.h"
#include "port.h"

static uint8_t bytes[PIPE_ATOMIC];

int main(void)
{
	struct curfew_call ready = { .word = { CURFEW_NAMES_READY }, .deadline = CURFEW_FOREVER };
	struct curfew_received message;
	struct curfew_answer answer = { 0 };
	bool pending = false;
	int what;

	if (curfew_send(CURFEW_HANDLE_NAMES, &ready) || (int64_t)ready.word[0] < 0)
		errx(1, "the supervisor does not take this server");
	/* This server is spared when memory is gone (init), so it must not be what uses it up. */
	pipe_limit(curfew_shared()->total_pages / 4 * CURFEW_PAGE_SIZE);
	for (;;) {
		if (pending)
			what = curfew_reply_receive(CURFEW_HANDLE_CHANNEL, &answer, &message, bytes, sizeof(bytes), 0,
				CURFEW_FOREVER);
		else
			what = curfew_receive(CURFEW_HANDLE_CHANNEL, &message, bytes, sizeof(bytes), 0, CURFEW_FOREVER);
		if (what < 0 && pending) {
			if (port_undelivered(answer.token, errno))
				pipes_undelivered();
			pending = false;
			continue; /* if there is no channel any more, the next receive tells */
		}
		pending = false;
		switch (what) {
		case CURFEW_RECEIVED_CALL:
			pending = pipes_call(&message, bytes, &answer);
			break;
		case CURFEW_RECEIVED_CANCELLED:
			pipes_cancelled(message.label, message.token);
			break;
		case CURFEW_RECEIVED_CLOSED:
			pipes_closed(message.label);
			break;
		case -1:
			if (errno == EBADF || errno == EPERM)
				err(1, "no channel");
			break; /* a message that brought too many handles: its sender knows */
		}
	}
}
