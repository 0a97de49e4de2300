/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * readv() and writev(): one read or write of a buffer that all pieces are
 * copied from or to, so that what a pipe or terminal promises of one call holds
 * for these too.
 */
#include <errno.h>
#include <limits.h>
#include <reent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "wait.h"

#define ON_STACK 2048

/* Bytes of all pieces, or a negative errno. */
static ssize_t total_of(const struct iovec *vector, int count)
{
	size_t total = 0;

	if (count <= 0 || count > IOV_MAX)
		return -EINVAL;
	for (int i = 0; i < count; i++) {
		if (__builtin_add_overflow(total, vector[i].iov_len, &total) || total > SSIZE_MAX)
			return -EINVAL;
	}
	return (ssize_t)total;
}

/* A buffer for that many bytes: `small` if they fit.  NULL with errno set if there is none. */
static char *get_buffer(ssize_t total, char small[ON_STACK])
{
	if (total < 0) {
		errno = (int)-total;
		return NULL;
	}
	return total <= ON_STACK ? small : malloc((size_t)total);
}

ssize_t readv(int fd, const struct iovec *vector, int count)
{
	char small[ON_STACK];
	ssize_t total = total_of(vector, count), done;
	char *buffer, *from;

	if (count == 1)
		return read(fd, vector->iov_base, vector->iov_len);
	cancellation_point();
	buffer = get_buffer(total, small);
	if (buffer == NULL)
		return -1;
	done = _read_r(_REENT, fd, buffer, (size_t)total);
	from = buffer;
	for (ssize_t left = done; left > 0; vector++) {
		size_t length = (size_t)left < vector->iov_len ? (size_t)left : vector->iov_len;

		memcpy(vector->iov_base, from, length);
		from += length;
		left -= (ssize_t)length;
	}
	if (buffer != small)
		free(buffer);
	return done;
}

ssize_t writev(int fd, const struct iovec *vector, int count)
{
	char small[ON_STACK];
	ssize_t total = total_of(vector, count), done;
	char *buffer, *to;

	if (count == 1)
		return write(fd, vector->iov_base, vector->iov_len);
	cancellation_point();
	buffer = get_buffer(total, small);
	if (buffer == NULL)
		return -1;
	to = buffer;
	for (int i = 0; i < count; i++) {
		memcpy(to, vector[i].iov_base, vector[i].iov_len);
		to += vector[i].iov_len;
	}
	done = _write_r(_REENT, fd, buffer, (size_t)total);
	if (buffer != small)
		free(buffer);
	return done;
}
