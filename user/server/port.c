/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port.h by Curfew's calls.  The server's channel is CURFEW_HANDLE_CHANNEL.
 */
#include <curfew/message.h>
#include <curfew/sys.h>
#include <errno.h>
#include <stdlib.h>
#include "port.h"

bool port_answer(uint64_t token, int64_t result, const void *bytes, size_t length)
{
	static struct curfew_answer answer; /* what is not set here is always 0 */

	answer.token = token;
	answer.word[0] = (uint64_t)result;
	answer.out = bytes;
	answer.out_length = length;
	return curfew_reply(CURFEW_HANDLE_CHANNEL, &answer) == 0;
}

bool port_undelivered(uint64_t token, int error)
{
	if (error == EINTR || error == ETIMEDOUT)
		return false;
	return error == ESRCH || port_answer(token, -ENOMEM, NULL, 0); /* false: the first one was taken */
}

/* Brings in the pages of a buffer that will be overwritten.  A touch waits until there is memory, or ends this server; a call only
 * fails, and its client would wait on. */
static void touch(volatile char *buffer, size_t length)
{
	for (size_t at = 0; at < length; at += CURFEW_PAGE_SIZE)
		buffer[at] = 0;
	buffer[length - 1] = 0;
}

ssize_t port_read(uint64_t token, size_t offset, void *buffer, size_t length)
{
	ssize_t n;

	while ((n = curfew_message_read(CURFEW_HANDLE_CHANNEL, token, offset, buffer, length)) < 0 && errno == ENOMEM)
		touch(buffer, length); /* it is our memory that is missing: for the client's its call ends (ESRCH) */
	return n == (ssize_t)length ? n : n < 0 ? -errno : -EINVAL;
}

ssize_t port_write(uint64_t token, size_t offset, const void *buffer, size_t length)
{
	ssize_t n = curfew_message_write(CURFEW_HANDLE_CHANNEL, token, offset, buffer, length);

	return n == (ssize_t)length ? n : n < 0 ? -errno : -EINVAL;
}

int port_status(uint64_t token)
{
	return curfew_message_status(CURFEW_HANDLE_CHANNEL, token);
}

int port_session(uint64_t label)
{
	int handle = curfew_session_create(CURFEW_HANDLE_CHANNEL, label);

	return handle < 0 ? -errno : handle;
}

bool port_is_event(int handle)
{
	return curfew_event_signal(handle, 0) == 0;
}

void port_signal(int event, uint32_t bits)
{
	curfew_event_signal(event, bits);
}

void port_close(int handle)
{
	curfew_handle_close(handle);
}

uint64_t port_now(void)
{
	return curfew_now();
}

uint64_t port_time(void)
{
	return curfew_now() + curfew_shared()->realtime_base;
}

void *port_memory(size_t size)
{
	return malloc(size);
}
