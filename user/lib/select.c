/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * select(), by poll().
 *
 * A bit of the read set is POLLIN, of the write set POLLOUT, of the third POLLPRI;
 * an end or an error counts for the first two, since a read or write would not
 * block.
 */
#include <curfew/sys.h>
#include <errno.h>
#include <string.h>
#include <sys/select.h>

#include "poller.h"
#include "session.h"
#include "wait.h"

_Static_assert(FD_SETSIZE >= OPEN_MAX, "a set has a bit for every descriptor");

#define READABLE (POLLIN | POLLRDNORM | POLLHUP | POLLERR)
#define WRITABLE (POLLOUT | POLLWRNORM | POLLERR)

static bool has(int fd, const fd_set *set)
{
	return set && FD_ISSET(fd, set);
}

/* The sets as entries for poll().  Returns how many. */
static nfds_t collect(int limit, const fd_set *read, const fd_set *write, const fd_set *except, struct pollfd *fds)
{
	nfds_t count = 0;

	for (int fd = 0; fd < limit; fd++) {
		int events =
			(has(fd, read) ? POLLIN : 0) | (has(fd, write) ? POLLOUT : 0) | (has(fd, except) ? POLLPRI : 0);

		if (events)
			fds[count++] = (struct pollfd){ .fd = fd, .events = (short)events };
	}
	return count;
}

/* One bit of a result. */
static int put(int fd, fd_set *set, bool wanted, bool is_so)
{
	if (!wanted || !is_so)
		return 0;
	FD_SET(fd, set);
	return 1;
}

/* Returns the number of bits in all sets, or -EBADF. */
static int distribute(const struct pollfd *fds, nfds_t count, fd_set *read, fd_set *write, fd_set *except)
{
	int bits = 0;

	for (nfds_t i = 0; i < count; i++) {
		if (fds[i].revents & POLLNVAL)
			return -EBADF;
	}
	if (read)
		FD_ZERO(read);
	if (write)
		FD_ZERO(write);
	if (except)
		FD_ZERO(except);
	for (nfds_t i = 0; i < count; i++) {
		const struct pollfd *entry = &fds[i];

		bits += put(entry->fd, read, entry->events & POLLIN, entry->revents & READABLE);
		bits += put(entry->fd, write, entry->events & POLLOUT, entry->revents & WRITABLE);
		bits += put(entry->fd, except, entry->events & POLLPRI, entry->revents & POLLPRI);
	}
	return bits;
}

int select(int limit, fd_set *read, fd_set *write, fd_set *except, struct timeval *timeout)
{
	struct pollfd fds[OPEN_MAX];
	uint64_t deadline = CURFEW_FOREVER;
	nfds_t count;
	int result;

	cancellation_point();
	if (limit < 0 || limit > FD_SETSIZE)
		return (int)curfew_result(-EINVAL);
	if (timeout) {
		if (timeout->tv_sec < 0 || timeout->tv_usec < 0 || timeout->tv_usec >= 1000000)
			return (int)curfew_result(-EINVAL);
		if (timeout->tv_sec == 0 && timeout->tv_usec == 0)
			deadline = 0;
		else if (timeout->tv_sec < 1000000000)
			deadline = curfew_now() + (uint64_t)timeout->tv_sec * 1000000000 +
				   (uint64_t)timeout->tv_usec * 1000;
	}
	count = collect(limit < OPEN_MAX ? limit : OPEN_MAX, read, write, except, fds);
	result = __curfew_poll(fds, count, deadline);
	if (result >= 0)
		result = distribute(fds, count, read, write, except);
	return (int)curfew_result(result);
}
