/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens files, and reads and writes whatever a descriptor names.
 *
 * The kernel copies between the caller's buffer and the server, so a bad buffer
 * is EFAULT, as far as it is used.  An offset is the session's, shared with all
 * who have a handle to it.
 *
 * The functions with `_r` are what newlib's streams call.  They are no
 * cancellation points, so a stream's lock is never left behind; open(), read()
 * and write() are.
 */
#include <errno.h>
#include <fcntl.h>
#include <reent.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inherit.h"
#include "session.h"
#include "wait.h"

#define SERVICE_NAME 32 /* room for the name of one, its NUL included */

/* Connects to the service that a device's name led to.  Returns a handle or a negative errno. */
static long open_elsewhere(char service[SERVICE_NAME], size_t length, int flags, uint32_t take)
{
	struct curfew_call call = CALL(CURFEW_FILE_SET_FLAGS, (uint64_t)(flags & (O_NONBLOCK | O_APPEND)));
	long handle;

	service[length < SERVICE_NAME ? length : SERVICE_NAME - 1] = '\0';
	handle = __curfew_connect(service, take);
	if (handle >= 0 && call.word[1])
		__curfew_send_surely((int)handle, &call);
	return handle == -ENOENT ? -ENXIO : handle;
}

long __curfew_open(int at, const char *path, int flags, mode_t mode)
{
	struct curfew_call call = CALL(
		CURFEW_FILE_OPEN, (uint64_t)(flags & ~O_CLOEXEC), flags & O_CREAT ? mode & ~__curfew_umask & 07777 : 0);
	char service[SERVICE_NAME];
	long result;

	call.in = service;
	call.in_size = sizeof(service);
	call.pass = flags & O_CLOEXEC ? CURFEW_TAKE_CLOEXEC : 0;
	result = __curfew_path_call(at, path, &call);
	if (result == CURFEW_OPEN_ELSEWHERE)
		result = open_elsewhere(service, call.in_length, flags, call.pass);
	else if (result >= 0)
		result = __curfew_came(&call);
	return __curfew_descriptor(result);
}

static int open_list(int at, const char *path, int flags, va_list list)
{
	mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;

	cancellation_point();
	return (int)curfew_result(__curfew_open(at, path, flags, mode));
}

int openat(int at, const char *path, int flags, ...)
{
	va_list list;
	int fd;

	va_start(list, flags);
	fd = open_list(at, path, flags, list);
	va_end(list);
	return fd;
}

int open(const char *path, int flags, ...)
{
	va_list list;
	int fd;

	va_start(list, flags);
	fd = open_list(AT_FDCWD, path, flags, list);
	va_end(list);
	return fd;
}

int creat(const char *path, mode_t mode)
{
	return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int _open_r(struct _reent *reent, const char *path, int flags, int mode)
{
	(void)reent;
	return (int)curfew_result(__curfew_open(AT_FDCWD, path, flags, (mode_t)mode));
}

long __curfew_read(int fd, void *buffer, size_t length, uint64_t offset)
{
	struct curfew_call call;

	call_prepare(&call, CURFEW_FILE_READ, length, offset);
	call.in = buffer;
	call.in_size = length;
	return unsupported(fd_call(fd, &call), EBADF);
}

static long write_at(int fd, const void *buffer, size_t length, uint64_t offset)
{
	struct curfew_call call;
	long result;

	call_prepare(&call, CURFEW_FILE_WRITE, length, offset);
	call.out = buffer;
	call.out_length = length;
	result = fd_call(fd, &call);
	if (result == -EPIPE)
		raise(SIGPIPE);
	return unsupported(result, EBADF);
}

_ssize_t _read_r(struct _reent *reent, int fd, void *buffer, size_t length)
{
	(void)reent;
	return curfew_result(__curfew_read(fd, buffer, length, CURFEW_FILE_HERE));
}

_ssize_t _write_r(struct _reent *reent, int fd, const void *buffer, size_t length)
{
	(void)reent;
	return curfew_result(write_at(fd, buffer, length, CURFEW_FILE_HERE));
}

ssize_t read(int fd, void *buffer, size_t length)
{
	cancellation_point();
	return curfew_result(__curfew_read(fd, buffer, length, CURFEW_FILE_HERE));
}

ssize_t write(int fd, const void *buffer, size_t length)
{
	cancellation_point();
	return curfew_result(write_at(fd, buffer, length, CURFEW_FILE_HERE));
}

ssize_t pread(int fd, void *buffer, size_t length, off_t offset)
{
	cancellation_point();
	return curfew_result(offset < 0 ? -EINVAL : __curfew_read(fd, buffer, length, (uint64_t)offset));
}

ssize_t pwrite(int fd, const void *buffer, size_t length, off_t offset)
{
	cancellation_point();
	return curfew_result(offset < 0 ? -EINVAL : write_at(fd, buffer, length, (uint64_t)offset));
}

off_t lseek(int fd, off_t offset, int whence)
{
	return curfew_result(
		unsupported(__curfew_ask(fd, CURFEW_FILE_SEEK, (uint64_t)offset, (uint64_t)whence), ESPIPE));
}
