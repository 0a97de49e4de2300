/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll().
 *
 * Every descriptor's server is asked what is true now.  If nothing is, each is
 * asked again with an event that it sets when that may have changed, and poll()
 * sleeps on the event.  A server drops the event when it has set it: so after
 * waking only those that set it are asked once more.  The bit says which:
 * descriptors that are equal modulo 32 have one.
 *
 * A server keeps one event for a key: the event's number and the descriptor, so
 * that neither other threads nor other descriptors of the same session get in the way.
 *
 * A server that died sets no event.  So all are asked again once in a while.
 */
#include "poller.h"

#include <curfew/sys.h>
#include <errno.h>

#include "session.h"
#include "wait.h"

#define ALWAYS    (POLLERR | POLLHUP | POLLNVAL)
#define NS_PER_MS 1000000ull
#define ASK_AGAIN 1000000000ull /* ns */

/* A poll() under way. */
struct poller {
	struct pollfd *fds;
	nfds_t count;
	int event; /* -1: only asks */
};

static uint32_t bit_of(int fd)
{
	return 1u << fd % 32;
}

/* All that is wanted of the descriptor: if it is there more than once, the server is to know of all. */
static unsigned short wanted_of(const struct poller *poller, int fd)
{
	unsigned short wanted = 0;

	for (nfds_t i = 0; i < poller->count; i++) {
		if (poller->fds[i].fd == fd)
			wanted |= (unsigned short)poller->fds[i].events;
	}
	return wanted;
}

/* What is true of the descriptor, of what is wanted.  Returns POLL*, or -EINTR. */
static long ask(const struct poller *poller, int fd)
{
	unsigned short wanted = wanted_of(poller, fd);
	struct curfew_call call = CALL(CURFEW_FILE_POLL, wanted, bit_of(fd));
	long result;

	if (poller->event >= 0) {
		call.handle[0].handle = (uint32_t)poller->event;
		call.handle[0].rights = CURFEW_RIGHT_SEND;
		call.pass = 1;
		call.word[3] = (uint64_t)poller->event << 32 | (uint32_t)fd;
	}
	result = fd_call(fd, &call);
	switch (result) {
	case -EBADF:
		return POLLNVAL;
	case -ECONNRESET:
		return POLLERR | POLLHUP;
	case -ENOTSUP: /* it never blocks, as a regular file */
		return wanted & (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM);
	default:
		return result;
	}
}

/* Asks those whose bit is in `bits`.  Returns for how many something is true, or a negative errno. */
static int ask_all(struct poller *poller, uint32_t bits)
{
	int ready = 0;

	for (nfds_t i = 0; i < poller->count; i++) {
		struct pollfd *entry = &poller->fds[i];
		long result;

		if (entry->fd >= 0 && !(bits & bit_of(entry->fd)))
			continue;
		entry->revents = 0;
		if (entry->fd < 0)
			continue;
		result = ask(poller, entry->fd);
		if (result < 0)
			return (int)result;
		entry->revents = (short)(result & ((unsigned short)entry->events | ALWAYS));
		ready += entry->revents != 0;
	}
	return ready;
}

/* Sleeps until something is true.  Returns as poll() does, or a negative errno. */
static int wait_for(struct poller *poller, uint64_t deadline)
{
	uint32_t bits = UINT32_MAX;
	int ready;

	for (;;) {
		uint64_t soon;
		long result;

		ready = ask_all(poller, bits);
		if (ready != 0)
			return ready;
		soon = curfew_now() + ASK_AGAIN;
		result = curfew_syscall(SYS_event_wait, poller->event, UINT32_MAX, soon < deadline ? soon : deadline);
		if (result == -ETIMEDOUT && soon < deadline)
			result = UINT32_MAX;
		if (result < 0)
			return result == -ETIMEDOUT ? 0 : (int)result;
		bits = (uint32_t)result;
	}
}

int __curfew_poll(struct pollfd *fds, nfds_t count, uint64_t deadline)
{
	struct poller poller = { fds, count, -1 };
	int ready = ask_all(&poller, UINT32_MAX);
	long event;

	if (ready != 0 || deadline == 0)
		return ready;
	event = curfew_syscall(SYS_event_create);
	if (event < 0)
		return (int)event;
	poller.event = __curfew_hide((int)event, CURFEW_RIGHT_ALL);
	ready = wait_for(&poller, deadline);
	__curfew_hidden_close(poller.event);
	return ready;
}

/* timeout: ms, rounded up to the clock; negative: none.  EINTR; ENOMEM, EMFILE: no event to wait with. */
int poll(struct pollfd fds[], nfds_t count, int timeout)
{
	uint64_t deadline = 0;

	cancellation_point();
	if (timeout < 0)
		deadline = CURFEW_FOREVER;
	else if (timeout > 0)
		deadline = curfew_now() + (uint64_t)timeout * NS_PER_MS;
	return (int)curfew_result(__curfew_poll(fds, count, deadline));
}
