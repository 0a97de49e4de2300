/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of descriptors (fd.h), and the calls that only move slots: close,
 * dup, dup2, dup3, fcntl.
 */
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <unistd.h>

/* As a process starts: the console's handles 0, 1 and 2. */
static struct file files[OPEN_MAX] = {
	{ .kind = FILE_CONSOLE, .references = 1, .flags = O_RDONLY, .handle = 0 },
	{ .kind = FILE_CONSOLE, .references = 1, .flags = O_WRONLY, .handle = 1 },
	{ .kind = FILE_CONSOLE, .references = 1, .flags = O_WRONLY, .handle = 2 },
};

static struct slot {
	struct file *file;
	bool close_on_exec;
} table[OPEN_MAX] = { { &files[0], false }, { &files[1], false }, { &files[2], false } };

struct file *fd_find(int fd)
{
	return fd >= 0 && fd < OPEN_MAX ? table[fd].file : NULL;
}

struct file *fd_new_file(enum file_kind kind)
{
	for (int i = 0; i < OPEN_MAX; i++) {
		if (files[i].kind == FILE_FREE) {
			files[i] = (struct file){ .kind = kind };
			return &files[i];
		}
	}
	return NULL;
}

int fd_install(struct file *file, int least, bool close_on_exec)
{
	for (int fd = least; fd < OPEN_MAX; fd++) {
		if (table[fd].file == NULL) {
			table[fd] = (struct slot){ file, close_on_exec };
			file->references++;
			return fd;
		}
	}
	return -1;
}

void fd_drop(int fd)
{
	struct file *file = table[fd].file;

	table[fd].file = NULL;
	if (--file->references == 0)
		file->kind = FILE_FREE;
}

bool fd_close_on_exec(int fd)
{
	return table[fd].close_on_exec;
}

/* For results made with the lock held: value, or -errno. */
static int unlock_result(int result)
{
	fd_unlock();
	if (result >= 0)
		return result;
	errno = -result;
	return -1;
}

int close(int fd)
{
	fd_lock();
	if (fd_find(fd) == NULL)
		return unlock_result(-EBADF);
	fd_drop(fd);
	return unlock_result(0);
}

/* dup, and F_DUPFD. */
static int duplicate(int fd, int least, bool close_on_exec)
{
	struct file *file;
	int result;

	fd_lock();
	file = fd_find(fd);
	if (file == NULL)
		return unlock_result(-EBADF);
	if (least < 0 || least >= OPEN_MAX)
		return unlock_result(-EINVAL);
	result = fd_install(file, least, close_on_exec);
	return unlock_result(result < 0 ? -EMFILE : result);
}

int dup(int fd)
{
	return duplicate(fd, 0, false);
}

/* dup2 and dup3 where the two differ. */
static int duplicate_to(int fd, int to, bool close_on_exec)
{
	struct file *file;

	fd_lock();
	file = fd_find(fd);
	if (file == NULL || to < 0 || to >= OPEN_MAX)
		return unlock_result(-EBADF);
	if (fd != to) {
		file->references++;
		if (table[to].file)
			fd_drop(to);
		table[to] = (struct slot){ file, close_on_exec };
	}
	return unlock_result(to);
}

int dup2(int fd, int to)
{
	return duplicate_to(fd, to, false);
}

int dup3(int fd, int to, int flags)
{
	if (fd == to || (flags & ~O_CLOEXEC)) {
		errno = EINVAL;
		return -1;
	}
	return duplicate_to(fd, to, flags & O_CLOEXEC);
}

static int control(int fd, int command, int argument)
{
	struct file *file = fd_find(fd);

	if (file == NULL)
		return -EBADF;
	switch (command) {
	case F_GETFD:
		return table[fd].close_on_exec ? FD_CLOEXEC : 0;
	case F_SETFD:
		table[fd].close_on_exec = argument & FD_CLOEXEC;
		return 0;
	case F_GETFL:
		return file->flags;
	case F_SETFL:
		/* Nothing can be written but the console, where appending is the only way.  Reads do block. */
		if (argument & O_NONBLOCK)
			return -EINVAL;
		file->flags = (file->flags & O_ACCMODE) | (argument & O_APPEND);
		return 0;
	default:
		return -EINVAL;
	}
}

int fcntl(int fd, int command, ...)
{
	va_list arguments;
	int argument;

	va_start(arguments, command);
	argument = va_arg(arguments, int);
	va_end(arguments);
	if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
		return duplicate(fd, argument, command == F_DUPFD_CLOEXEC);
	fd_lock();
	return unlock_result(control(fd, command, argument));
}

int getdtablesize(void)
{
	return OPEN_MAX;
}
