/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls that change the tree of names: mkdir, rmdir, unlink, remove,
 * rename, link, and their kinds with `at`.
 *
 * There are no symbolic links: symlink() is EPERM, as POSIX has it for such
 * file systems, and readlink() EINVAL.
 */
#include <errno.h>
#include <fcntl.h>
#include <reent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inherit.h"
#include "path.h"
#include "session.h"

/* An operation on one path. */
static int on_path(int at, const char *path, uint64_t operation, uint64_t word)
{
	struct curfew_call call = CALL(operation, word);

	return (int)curfew_result(__curfew_path_call(at, path, &call));
}

/* An operation on two paths, which go one after the other in one message. */
static int on_two(int at, const char *path, int to_at, const char *to, uint64_t operation)
{
	struct curfew_call call = CALL(operation);
	char both[2 * PATH_MAX];
	long length = __curfew_path_whole(at, path, both), more;

	if (length < 0)
		return (int)curfew_result(length);
	more = __curfew_path_whole(to_at, to, both + length);
	if (more < 0)
		return (int)curfew_result(more);
	call.word[1] = (uint64_t)length;
	call.out = both;
	call.out_length = (size_t)(length + more);
	return (int)curfew_result(__curfew_service_call(CURFEW_HANDLE_ROOT, SERVICE_FILES, &call));
}

int mkdirat(int at, const char *path, mode_t mode)
{
	return on_path(at, path, CURFEW_FILE_MKDIR, mode & ~__curfew_umask & 07777);
}

int mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

int rmdir(const char *path)
{
	return on_path(AT_FDCWD, path, CURFEW_FILE_RMDIR, 0);
}

int unlink(const char *path)
{
	return on_path(AT_FDCWD, path, CURFEW_FILE_UNLINK, 0);
}

int unlinkat(int at, const char *path, int flags)
{
	if (flags & ~AT_REMOVEDIR)
		return (int)curfew_result(-EINVAL);
	return on_path(at, path, flags ? CURFEW_FILE_RMDIR : CURFEW_FILE_UNLINK, 0);
}

/* In place of newlib's, which leaves directories alone. */
int remove(const char *path)
{
	int result = unlink(path);

	return result < 0 && errno == EPERM ? rmdir(path) : result;
}

int _remove_r(struct _reent *reent, const char *path)
{
	(void)reent;
	return remove(path);
}

int renameat(int at, const char *path, int to_at, const char *to)
{
	return on_two(at, path, to_at, to, CURFEW_FILE_RENAME);
}

int rename(const char *path, const char *to)
{
	return renameat(AT_FDCWD, path, AT_FDCWD, to);
}

int linkat(int at, const char *path, int to_at, const char *to, int flags)
{
	if (flags & ~AT_SYMLINK_FOLLOW)
		return (int)curfew_result(-EINVAL);
	return on_two(at, path, to_at, to, CURFEW_FILE_LINK);
}

int link(const char *path, const char *to)
{
	return linkat(AT_FDCWD, path, AT_FDCWD, to, 0);
}

int symlinkat(const char *target, int at, const char *path)
{
	(void)target;
	if (faccessat(at, path, F_OK, 0) == 0)
		return (int)curfew_result(-EEXIST);
	return errno == ENOENT && *path ? (int)curfew_result(-EPERM) : -1;
}

int symlink(const char *target, const char *path)
{
	return symlinkat(target, AT_FDCWD, path);
}

ssize_t readlinkat(int at, const char *restrict path, char *restrict buffer, size_t size)
{
	(void)buffer;
	(void)size;
	return faccessat(at, path, F_OK, 0) < 0 ? -1 : curfew_result(-EINVAL);
}

ssize_t readlink(const char *restrict path, char *restrict buffer, size_t size)
{
	return readlinkat(AT_FDCWD, path, buffer, size);
}
