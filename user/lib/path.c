/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sends paths; chdir() and its like (path.h).
 *
 * What a path means only the server of files knows.  Where the library must
 * know a canonical name (chdir, realpath) it asks whether the path is good, and
 * then takes `.` and `..` out of it as text, which is right because there are no
 * symbolic links.
 */
#include "path.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session.h"

/* Its length, or a negative errno. */
static long check(const char *path)
{
	size_t length;

	if (path == NULL)
		return -EFAULT;
	length = strnlen(path, PATH_MAX);
	if (length == 0)
		return -ENOENT;
	return length < PATH_MAX ? (long)length : -ENAMETOOLONG;
}

long __curfew_path_whole(int at, const char *path, char whole[PATH_MAX])
{
	char directory[PATH_MAX] = "";
	long length = check(path), error = 0;
	size_t begin;

	if (length < 0)
		return length;
	if (*path == '/') {
		memcpy(whole, path, (size_t)length + 1);
		return length;
	}
	if (at == AT_FDCWD)
		__curfew_directory_get(directory);
	else
		error = __curfew_directory_name(at, directory);
	if (error < 0)
		return error;
	begin = strlen(directory);
	if (begin + 2 + (size_t)length >= PATH_MAX)
		return -ENAMETOOLONG;
	whole[0] = '/';
	memcpy(whole + 1, directory, begin);
	if (begin > 0)
		whole[++begin] = '/';
	memcpy(whole + begin + 1, path, (size_t)length + 1);
	return (long)begin + 1 + length;
}

long __curfew_path_call(int at, const char *path, struct curfew_call *call)
{
	char whole[PATH_MAX];
	long length = check(path);

	if (length < 0)
		return length;
	call->out = path;
	call->out_length = (size_t)length;
	if (*path != '/' && at != AT_FDCWD)
		return unsupported(fd_call(at, call), ENOTDIR); /* relative to that session's directory */
	if (*path != '/') {
		length = __curfew_path_whole(at, path, whole);
		if (length < 0)
			return length;
		call->out = whole;
		call->out_length = (size_t)length;
	}
	return __curfew_service_call(CURFEW_HANDLE_ROOT, SERVICE_FILES, call);
}

/* The canonical name of a path from the root. */
static void make_canonical(const char *path, char name[PATH_MAX])
{
	size_t end = 0;

	while (*path) {
		size_t length = strcspn(path, "/");

		if (length == 2 && path[0] == '.' && path[1] == '.') {
			while (end > 0 && name[--end] != '/')
				;
		} else if (length > 0 && !(length == 1 && path[0] == '.')) {
			if (end > 0)
				name[end++] = '/';
			memcpy(name + end, path, length);
			end += length;
		}
		path += length;
		path += strspn(path, "/");
	}
	name[end] = '\0';
}

/* The canonical name of a path that exists, and its mode.  Returns 0 or a negative errno. */
static long find(const char *path, char name[PATH_MAX], uint32_t *mode)
{
	struct curfew_call call = CALL(CURFEW_FILE_STAT_AT);
	struct curfew_stat status;
	char whole[PATH_MAX];
	long length = __curfew_path_whole(AT_FDCWD, path, whole), result;

	if (length < 0)
		return length;
	call.out = whole;
	call.out_length = (size_t)length;
	call.in = &status;
	call.in_size = sizeof(status);
	result = __curfew_service_call(CURFEW_HANDLE_ROOT, SERVICE_FILES, &call);
	if (result < 0)
		return result;
	*mode = status.mode;
	make_canonical(whole, name);
	return 0;
}

int chdir(const char *path)
{
	char name[PATH_MAX];
	uint32_t mode = 0;
	long error = find(path, name, &mode);

	if (error == 0 && !S_ISDIR(mode))
		error = -ENOTDIR;
	if (error == 0)
		__curfew_directory_set(name);
	return (int)curfew_result(error);
}

int fchdir(int fd)
{
	char name[PATH_MAX];
	long error = __curfew_directory_name(fd, name);

	if (error == 0)
		__curfew_directory_set(name);
	return (int)curfew_result(error);
}

/* With a NULL buffer the result is from malloc(), as everywhere. */
char *getcwd(char *buffer, size_t size)
{
	char name[PATH_MAX];
	size_t length;

	if (buffer && size == 0) {
		errno = EINVAL;
		return NULL;
	}
	__curfew_directory_get(name);
	length = strlen(name);
	if (buffer == NULL) {
		if (size == 0)
			size = length + 2;
		buffer = size < length + 2 ? NULL : malloc(size);
		if (buffer == NULL) {
			errno = size < length + 2 ? ERANGE : ENOMEM;
			return NULL;
		}
	} else if (size < length + 2) {
		errno = ERANGE;
		return NULL;
	}
	buffer[0] = '/';
	strcpy(buffer + 1, name);
	return buffer;
}

char *realpath(const char *restrict path, char *restrict buffer)
{
	char name[PATH_MAX];
	uint32_t mode;
	long error = path ? find(path, name, &mode) : -EINVAL;

	if (error) {
		errno = (int)-error;
		return NULL;
	}
	if (buffer == NULL)
		buffer = malloc(strlen(name) + 2);
	if (buffer == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	buffer[0] = '/';
	strcpy(buffer + 1, name);
	return buffer;
}
