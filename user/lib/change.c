/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls that change a file that is there: its size, its mode, its times,
 * its owner; and fsync.
 *
 * The protocol does these on open files: for a path it is opened.
 */
#include <curfew/sys.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>

#include "session.h"

#define NS 1000000000ull

/* An operation on an open file. */
static long change(int fd, uint64_t operation, uint64_t a, uint64_t b, int error)
{
	long result = unsupported(__curfew_ask(fd, operation, a, b), error);

	return result < 0 ? result : 0;
}

/* The same on a path. */
static int change_path(int at, const char *path, int flags, uint64_t operation, uint64_t a, uint64_t b)
{
	long fd = __curfew_open(at, path, flags | O_CLOEXEC | O_NONBLOCK, 0), result;

	if (fd < 0)
		return (int)curfew_result(fd);
	result = change((int)fd, operation, a, b, operation == CURFEW_FILE_TRUNCATE ? EINVAL : EPERM);
	curfew_syscall(SYS_handle_close, fd_session((int)fd));
	return (int)curfew_result(result);
}

int truncate(const char *path, off_t length)
{
	if (length < 0)
		return (int)curfew_result(-EINVAL);
	return change_path(AT_FDCWD, path, O_WRONLY, CURFEW_FILE_TRUNCATE, (uint64_t)length, 0);
}

int ftruncate(int fd, off_t length)
{
	if (length < 0)
		return (int)curfew_result(-EINVAL);
	return (int)curfew_result(change(fd, CURFEW_FILE_TRUNCATE, (uint64_t)length, 0, EINVAL));
}

int fchmodat(int at, const char *path, mode_t mode, int flags)
{
	if (flags & ~AT_SYMLINK_NOFOLLOW)
		return (int)curfew_result(-EINVAL);
	return change_path(at, path, O_RDONLY, CURFEW_FILE_CHMOD, mode & 07777, 0);
}

int chmod(const char *path, mode_t mode)
{
	return fchmodat(AT_FDCWD, path, mode, 0);
}

int fchmod(int fd, mode_t mode)
{
	return (int)curfew_result(change(fd, CURFEW_FILE_CHMOD, mode & 07777, 0, EINVAL));
}

/* Whether that is who owns all files; EPERM for anybody else, as there is nobody else. */
static int check_owner(uid_t owner, gid_t group)
{
	return (owner == 0 || owner == (uid_t)-1) && (group == 0 || group == (gid_t)-1) ? 0 : EPERM;
}

int fchownat(int at, const char *path, uid_t owner, gid_t group, int flags)
{
	if (faccessat(at, path, F_OK, flags) < 0)
		return -1;
	return (int)curfew_result(-check_owner(owner, group));
}

int chown(const char *path, uid_t owner, gid_t group)
{
	return fchownat(AT_FDCWD, path, owner, group, 0);
}

int lchown(const char *path, uid_t owner, gid_t group)
{
	return fchownat(AT_FDCWD, path, owner, group, 0);
}

int fchown(int fd, uid_t owner, gid_t group)
{
	struct curfew_stat status;
	long result = __curfew_status(fd, &status);

	return (int)curfew_result(result < 0 ? result : -check_owner(owner, group));
}

/* ---------------------------------------------------------------- times */

/* One of two times in ns since 1970, `old` for UTIME_OMIT.  Returns 0 or a negative errno. */
static long convert(const struct timespec *time, uint64_t now, uint64_t old, uint64_t *ns)
{
	if (time->tv_nsec == UTIME_NOW)
		*ns = now;
	else if (time->tv_nsec == UTIME_OMIT)
		*ns = old;
	else if (time->tv_nsec < 0 || time->tv_nsec >= (long)NS || time->tv_sec < 0)
		return -EINVAL;
	else
		*ns = (uint64_t)time->tv_sec * NS + (uint64_t)time->tv_nsec;
	return 0;
}

/* Access and modification time of an open file; NULL: now. */
static long set_times(int fd, const struct timespec *times)
{
	static const struct timespec now_both[2] = { { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_NOW } };
	uint64_t now = curfew_now() + curfew_shared()->realtime_base, ns[2];
	struct curfew_stat old = { 0 };
	long error = 0;

	if (times == NULL)
		times = now_both;
	if (times[0].tv_nsec == UTIME_OMIT || times[1].tv_nsec == UTIME_OMIT)
		error = __curfew_status(fd, &old);
	if (error >= 0)
		error = convert(&times[0], now, old.atime, &ns[0]);
	if (error >= 0)
		error = convert(&times[1], now, old.mtime, &ns[1]);
	return error < 0 ? error : change(fd, CURFEW_FILE_SET_TIMES, ns[0], ns[1], EPERM);
}

int futimens(int fd, const struct timespec *times)
{
	return (int)curfew_result(set_times(fd, times));
}

int utimensat(int at, const char *path, const struct timespec *times, int flags)
{
	long fd, result;

	if (flags & ~AT_SYMLINK_NOFOLLOW)
		return (int)curfew_result(-EINVAL);
	fd = __curfew_open(at, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
	if (fd < 0)
		return (int)curfew_result(fd);
	result = set_times((int)fd, times);
	curfew_syscall(SYS_handle_close, fd_session((int)fd));
	return (int)curfew_result(result);
}

/* NULL stays NULL.  A bad number of microseconds becomes a bad one of nanoseconds. */
static const struct timespec *from_timeval(const struct timeval *times, struct timespec result[2])
{
	if (times == NULL)
		return NULL;
	for (int i = 0; i < 2; i++) {
		long us = times[i].tv_usec;

		result[i].tv_sec = times[i].tv_sec;
		result[i].tv_nsec = us < 0 || us >= 1000000 ? (long)NS : us * 1000;
	}
	return result;
}

int utimes(const char *path, const struct timeval *times)
{
	struct timespec exact[2];

	return utimensat(AT_FDCWD, path, from_timeval(times, exact), 0);
}

int lutimes(const char *path, const struct timeval *times)
{
	return utimes(path, times);
}

int futimes(int fd, const struct timeval *times)
{
	struct timespec exact[2];

	return futimens(fd, from_timeval(times, exact));
}

int utime(const char *path, const struct utimbuf *times)
{
	struct timespec exact[2];

	if (times == NULL)
		return utimensat(AT_FDCWD, path, NULL, 0);
	exact[0] = (struct timespec){ .tv_sec = times->actime };
	exact[1] = (struct timespec){ .tv_sec = times->modtime };
	return utimensat(AT_FDCWD, path, exact, 0);
}

/* ----------------------------------------------------------------- sync */

int fsync(int fd)
{
	return (int)curfew_result(change(fd, CURFEW_FILE_SYNC, 0, 0, EINVAL));
}

int fdatasync(int fd)
{
	return fsync(fd);
}

/* What was written is in its server's memory, or in what outlives it; the library keeps nothing back. */
void sync(void)
{
}
