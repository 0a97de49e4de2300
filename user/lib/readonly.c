/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls that would change the tree of files: they look, and say EROFS.
 *
 * What is wrong with the path comes first, as on any other read-only file
 * system: a file that should exist is ENOENT if it does not, one that should
 * not is EEXIST if it does.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "path.h"

static int fail(int error)
{
	errno = error;
	return -1;
}

/* For what changes or removes a file. */
static int change(int at, const char *path)
{
	const struct initrd_entry *entry;
	char name[PATH_MAX];
	int error = __curfew_path_find(at, path, name, &entry);

	return fail(error ? error : EROFS);
}

/* For what makes a file. */
static int make(int at, const char *path)
{
	const struct initrd_entry *entry;
	char name[PATH_MAX];
	int error = __curfew_path_find(at, path, name, &entry);

	if (error == ENOENT && *name)
		error = EROFS;
	return fail(error ? error : EEXIST);
}

int mkdir(const char *path, mode_t mode)
{
	(void)mode;
	return make(AT_FDCWD, path);
}

int mkdirat(int at, const char *path, mode_t mode)
{
	(void)mode;
	return make(at, path);
}

int symlink(const char *target, const char *path)
{
	(void)target;
	return make(AT_FDCWD, path);
}

int link(const char *from, const char *to)
{
	const struct initrd_entry *entry;
	char name[PATH_MAX];
	int error = __curfew_path_find(AT_FDCWD, from, name, &entry);

	return error ? fail(error) : make(AT_FDCWD, to);
}

int rename(const char *from, const char *to)
{
	(void)to;
	return change(AT_FDCWD, from);
}

int unlink(const char *path)
{
	return change(AT_FDCWD, path);
}

int unlinkat(int at, const char *path, int flags)
{
	(void)flags;
	return change(at, path);
}

int rmdir(const char *path)
{
	return change(AT_FDCWD, path);
}

int chmod(const char *path, mode_t mode)
{
	(void)mode;
	return change(AT_FDCWD, path);
}

int chown(const char *path, uid_t owner, gid_t group)
{
	(void)owner;
	(void)group;
	return change(AT_FDCWD, path);
}

int truncate(const char *path, off_t length)
{
	(void)length;
	return change(AT_FDCWD, path);
}

/* No path is a symbolic link. */
ssize_t readlink(const char *restrict path, char *restrict buffer, size_t size)
{
	const struct initrd_entry *entry;
	char name[PATH_MAX];
	int error = __curfew_path_find(AT_FDCWD, path, name, &entry);

	(void)buffer;
	(void)size;
	return fail(error ? error : EINVAL);
}

/* 0 or EBADF, for what is done to an open file; error if it is one. */
static int on_descriptor(int fd, int error)
{
	struct file *file;

	fd_lock();
	file = fd_find(fd);
	fd_unlock();
	if (file == NULL)
		error = EBADF;
	return error ? fail(error) : 0;
}

/* None is open for writing. */
int ftruncate(int fd, off_t length)
{
	(void)length;
	return on_descriptor(fd, EINVAL);
}

int fchmod(int fd, mode_t mode)
{
	(void)mode;
	return on_descriptor(fd, EROFS);
}

/* Nothing waits to be written: the console has it all. */
int fsync(int fd)
{
	return on_descriptor(fd, 0);
}

int fdatasync(int fd)
{
	return on_descriptor(fd, 0);
}

void sync(void)
{
}

mode_t umask(mode_t mask)
{
	static mode_t current = 022;

	return __atomic_exchange_n(&current, mask & 0777, __ATOMIC_RELAXED);
}
