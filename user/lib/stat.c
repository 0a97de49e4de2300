/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What files are: stat, lstat, fstat, fstatat, access, faccessat, statvfs,
 * fstatvfs.
 *
 * All files have one owner, 0, who is everybody.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "session.h"

#define BLOCK_SIZE 4096
#define NS         1000000000

static struct timespec time_of(uint64_t ns)
{
	return (struct timespec){ .tv_sec = (time_t)(ns / NS), .tv_nsec = (long)(ns % NS) };
}

/* The result of a call whose answer is `from`, into `status`. */
static int fill(struct stat *status, const struct curfew_stat *from, long result)
{
	if (result < 0)
		return (int)curfew_result(result);
	memset(status, 0, sizeof(*status));
	status->st_dev = (dev_t)from->device;
	status->st_ino = (ino_t)from->inode;
	status->st_mode = (mode_t)from->mode;
	status->st_nlink = (nlink_t)from->links;
	status->st_size = (off_t)from->size;
	status->st_atim = time_of(from->atime);
	status->st_mtim = time_of(from->mtime);
	status->st_ctim = time_of(from->ctime);
	status->st_blksize = S_ISCHR(from->mode) ? 1024 : BLOCK_SIZE;
	status->st_blocks = (blkcnt_t)from->blocks;
	return 0;
}

/* No symbolic links: AT_SYMLINK_NOFOLLOW changes nothing. */
int fstatat(int at, const char *restrict path, struct stat *restrict status, int flags)
{
	struct curfew_call call = CALL(CURFEW_FILE_STAT_AT);
	struct curfew_stat answer;

	if (flags & ~AT_SYMLINK_NOFOLLOW)
		return (int)curfew_result(-EINVAL);
	call.in = &answer;
	call.in_size = sizeof(answer);
	return fill(status, &answer, __curfew_path_call(at, path, &call));
}

int stat(const char *restrict path, struct stat *restrict status)
{
	return fstatat(AT_FDCWD, path, status, 0);
}

int lstat(const char *restrict path, struct stat *restrict status)
{
	return fstatat(AT_FDCWD, path, status, 0);
}

long __curfew_status(int fd, struct curfew_stat *status)
{
	struct curfew_call call = CALL(CURFEW_FILE_STAT);

	call.in = status;
	call.in_size = sizeof(*status);
	return unsupported(fd_call(fd, &call), EBADF);
}

int fstat(int fd, struct stat *status)
{
	struct curfew_stat answer;

	return fill(status, &answer, __curfew_status(fd, &answer));
}

/* AT_EACCESS changes nothing: real and effective user are one. */
int faccessat(int at, const char *path, int mode, int flags)
{
	struct curfew_call call = CALL(CURFEW_FILE_ACCESS, (uint64_t)mode);

	if ((mode & ~(R_OK | W_OK | X_OK)) || (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW)))
		return (int)curfew_result(-EINVAL);
	return (int)curfew_result(__curfew_path_call(at, path, &call));
}

int access(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, 0);
}

int fstatvfs(int fd, struct statvfs *status)
{
	struct curfew_call call = CALL(CURFEW_FILE_STATFS);
	struct curfew_statfs answer;
	long result;

	call.in = &answer;
	call.in_size = sizeof(answer);
	result = unsupported(fd_call(fd, &call), ENOSYS);
	if (result < 0)
		return (int)curfew_result(result);
	memset(status, 0, sizeof(*status));
	status->f_bsize = status->f_frsize = BLOCK_SIZE;
	status->f_blocks = answer.blocks;
	status->f_bfree = status->f_bavail = answer.free_blocks;
	status->f_files = answer.files;
	status->f_ffree = status->f_favail = answer.free_files;
	status->f_namemax = NAME_MAX;
	memcpy(status->f_basetype, answer.name, sizeof(status->f_basetype) - 1);
	return 0;
}

int statvfs(const char *restrict path, struct statvfs *restrict status)
{
	int fd = (int)__curfew_open(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	int result;

	if (fd < 0)
		return (int)curfew_result(fd);
	result = fstatvfs(fd, status);
	curfew_syscall(SYS_handle_close, fd_session(fd));
	return result;
}
