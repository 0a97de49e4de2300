/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ioctl(), for programs from before POSIX's functions for terminals: the same
 * by another name (tcgetpgrp, tcsetpgrp in <unistd.h>).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int get_group(int fd, pid_t *group)
{
	pid_t result = tcgetpgrp(fd);

	if (result < 0)
		return -1;
	*group = result;
	return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	if (fcntl(fd, F_GETFD) < 0)
		return -1;
	if (request != TIOCGPGRP && request != TIOCSPGRP) {
		errno = ENOTTY;
		return -1;
	}
	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (argument == NULL) {
		errno = EFAULT;
		return -1;
	}
	return request == TIOCGPGRP ? get_group(fd, argument) : tcsetpgrp(fd, *(const pid_t *)argument);
}
