/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What files are: stat, lstat, fstat, fstatat, access, faccessat, isatty.
 *
 * Inode numbers are places in the tree's index, from 1.  All files have one
 * owner, and one time: the initrd's.  Nobody is asked who he is: R_OK is always
 * right, X_OK as the mode says, W_OK is EROFS.
 */
#include <curfew/syscall.h>
#include <errno.h>
#include <fcntl.h>
#include <reent.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "path.h"

#define BLOCK_SIZE 4096

static int fail(int error)
{
	errno = error;
	return -1;
}

static void fill(struct stat *status, const struct initrd_entry *entry)
{
	const struct initrd *initrd = __curfew_initrd();

	memset(status, 0, sizeof(*status));
	status->st_dev = 1;
	status->st_ino = (ino_t)(entry - initrd->entries + 1);
	status->st_mode = entry->mode;
	status->st_nlink = 1;
	status->st_rdev = (dev_t)entry->device;
	status->st_size = (off_t)entry->size;
	status->st_blksize = BLOCK_SIZE;
	status->st_blocks = (blkcnt_t)((entry->size + 511) / 512);
	status->st_atime = status->st_mtime = status->st_ctime = (time_t)initrd->footer->time;
}

/* The console as a process has it from its start: no name led to it. */
static void fill_console(struct stat *status)
{
	memset(status, 0, sizeof(*status));
	status->st_dev = 1;
	status->st_mode = S_IFCHR | 0620;
	status->st_nlink = 1;
	status->st_rdev = DEVICE_CONSOLE;
	status->st_blksize = 1024;
}

int fstatat(int at, const char *restrict path, struct stat *restrict status, int flags)
{
	const struct initrd_entry *entry;
	char name[PATH_MAX];
	int error;

	(void)flags; /* there are no symbolic links to follow or not */
	error = __curfew_path_find(at, path, name, &entry);
	if (error)
		return fail(error);
	fill(status, entry);
	return 0;
}

int stat(const char *restrict path, struct stat *restrict status)
{
	return fstatat(AT_FDCWD, path, status, 0);
}

int lstat(const char *restrict path, struct stat *restrict status)
{
	return fstatat(AT_FDCWD, path, status, 0);
}

int fstat(int fd, struct stat *status)
{
	struct file *file;

	fd_lock();
	file = fd_find(fd);
	if (file && file->entry)
		fill(status, file->entry);
	else if (file)
		fill_console(status);
	fd_unlock();
	return file ? 0 : fail(EBADF);
}

int faccessat(int at, const char *path, int mode, int flags)
{
	const struct initrd_entry *entry;
	char name[PATH_MAX];
	int error;

	(void)flags; /* real and effective user are one */
	if (mode & ~(R_OK | W_OK | X_OK))
		return fail(EINVAL);
	error = __curfew_path_find(at, path, name, &entry);
	if (error)
		return fail(error);
	if ((mode & X_OK) && !(entry->mode & 0111))
		return fail(EACCES);
	if ((mode & W_OK) && !S_ISCHR(entry->mode))
		return fail(EROFS);
	return 0;
}

int access(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, 0);
}

int isatty(int fd)
{
	struct file *file;
	bool console;

	fd_lock();
	file = fd_find(fd);
	console = file && file->kind == FILE_CONSOLE;
	fd_unlock();
	if (console)
		return 1;
	errno = file ? ENOTTY : EBADF;
	return 0;
}
