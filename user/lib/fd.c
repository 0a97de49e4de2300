/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls that only move descriptors: close, dup, dup2, dup3, fcntl.
 *
 * A descriptor is a handle (session.h), so these are the kernel's, but for
 * F_GETFL and F_SETFL, whose flags belong to the session.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <unistd.h>

#include "session.h"

int close(int fd)
{
	return (int)curfew_result(curfew_syscall(SYS_handle_close, fd_session(fd)));
}

/* The rights of a descriptor's handle, or a negative errno. */
static long rights_of(int fd)
{
	long info = curfew_syscall(SYS_handle_info, fd_session(fd));

	return info < 0 ? info : (long)(uint32_t)info;
}

/* The lowest free descriptor from `least` on. */
static long duplicate_from(int fd, int least, uint32_t flags)
{
	long rights = rights_of(fd);

	if (rights < 0)
		return rights;
	if (least < 0 || least >= OPEN_MAX)
		return -EINVAL;
	return __curfew_descriptor(curfew_syscall(SYS_handle_dup, fd_session(fd), rights, fd_session(least), flags));
}

int dup(int fd)
{
	return (int)curfew_result(duplicate_from(fd, 0, 0));
}

/* dup2 and dup3 where the two differ.  Returns a negative errno, or `to`. */
static long duplicate_to(int fd, int to, uint32_t flags)
{
	long rights = rights_of(fd);

	if (rights < 0 || fd_session(to) < 0)
		return -EBADF;
	if (fd != to) {
		rights = curfew_syscall(SYS_handle_place, fd_session(fd), rights, fd_session(to), flags);
		if (rights < 0)
			return rights;
	}
	return to;
}

int dup2(int fd, int to)
{
	return (int)curfew_result(duplicate_to(fd, to, 0));
}

int dup3(int fd, int to, int flags)
{
	if (fd == to || (flags & ~O_CLOEXEC))
		return (int)curfew_result(-EINVAL);
	return (int)curfew_result(duplicate_to(fd, to, flags ? CURFEW_HANDLE_CLOEXEC : 0));
}

static long control(int fd, int command, int argument)
{
	long result;

	switch (command) {
	case F_DUPFD:
		return duplicate_from(fd, argument, 0);
	case F_DUPFD_CLOEXEC:
		return duplicate_from(fd, argument, CURFEW_HANDLE_CLOEXEC);
	case F_GETFD:
		result = curfew_syscall(SYS_handle_flags, fd_session(fd), -1);
		return result < 0 ? result : result & CURFEW_HANDLE_CLOEXEC ? FD_CLOEXEC : 0;
	case F_SETFD:
		result = curfew_syscall(
			SYS_handle_flags, fd_session(fd), argument & FD_CLOEXEC ? CURFEW_HANDLE_CLOEXEC : 0);
		return result < 0 ? result : 0;
	case F_GETFL:
		return unsupported(__curfew_ask(fd, CURFEW_FILE_GET_FLAGS, 0, 0), EBADF);
	case F_SETFL:
		return unsupported(
			__curfew_ask(fd, CURFEW_FILE_SET_FLAGS, (uint64_t)argument & (O_APPEND | O_NONBLOCK), 0),
			EBADF);
	default:
		return -EINVAL;
	}
}

/* F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL (O_APPEND, O_NONBLOCK).  No locks on files: EINVAL. */
int fcntl(int fd, int command, ...)
{
	va_list arguments;
	int argument;

	va_start(arguments, command);
	argument = va_arg(arguments, int);
	va_end(arguments);
	return (int)curfew_result(control(fd, command, argument));
}

int getdtablesize(void)
{
	return OPEN_MAX;
}
