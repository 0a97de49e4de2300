/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Resolves paths, and keeps the working directory.
 *
 * There are no symbolic links, so a path is resolved as text: components are
 * added to the canonical name and `..` takes one away, after a check that
 * what it leaves is a directory, as the kernel of another system would have
 * found.  That and one search in the index is all for most paths.
 */
#include "path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "lock.h"

char __curfew_directory[PATH_MAX];

/* 0 if the canonical name is a directory; ENOTDIR if it, or one above it, is something else; ENOENT. */
static int check_directory(const char *name)
{
	const struct initrd_entry *entry = __curfew_initrd_find(name);
	char above[PATH_MAX];
	char *slash;

	if (entry)
		return S_ISDIR(entry->mode) ? 0 : ENOTDIR;
	slash = strrchr(name, '/');
	if (slash == NULL)
		return ENOENT;
	memcpy(above, name, (size_t)(slash - name));
	above[slash - name] = '\0';
	return check_directory(above) == ENOTDIR ? ENOTDIR : ENOENT;
}

/* Adds a component of a path to a canonical name.  Returns 0 or an errno. */
static int add_component(char *name, const char *component, size_t length)
{
	size_t end = strlen(name);
	char *slash;
	int error;

	if (length > NAME_MAX)
		return ENAMETOOLONG;
	if (component[0] == '.' && (length == 1 || (length == 2 && component[1] == '.'))) {
		error = check_directory(name);
		if (error || length == 1)
			return error;
		slash = strrchr(name, '/');
		*(slash ? slash : name) = '\0';
		return 0;
	}
	if (end + 1 + length >= PATH_MAX)
		return ENAMETOOLONG;
	if (end > 0)
		name[end++] = '/';
	memcpy(name + end, component, length);
	name[end + length] = '\0';
	return 0;
}

/* The directory where a relative path begins.  Returns 0, EBADF or ENOTDIR. */
static int begin(int at, char *name)
{
	int error = 0;

	fd_lock();
	if (at == AT_FDCWD) {
		strcpy(name, __curfew_directory);
	} else {
		struct file *file = fd_find(at);

		if (file == NULL)
			error = EBADF;
		else if (file->kind != FILE_DIRECTORY)
			error = ENOTDIR;
		else
			strcpy(name, initrd_name(__curfew_initrd(), file->entry));
	}
	fd_unlock();
	return error;
}

/* The canonical name of a path.  *folder tells whether the path insists on a directory. */
static int resolve(int at, const char *path, char *name, bool *folder)
{
	int error = 0;

	if (path == NULL)
		return EFAULT;
	if (*path == '\0')
		return ENOENT;
	if (strnlen(path, PATH_MAX) == PATH_MAX)
		return ENAMETOOLONG;
	if (*path != '/')
		error = begin(at, name);
	*folder = path[strlen(path) - 1] == '/';
	while (error == 0 && *path) {
		size_t length = strcspn(path, "/");

		if (length > 0)
			error = add_component(name, path, length);
		path += length;
		path += strspn(path, "/");
	}
	return error;
}

int __curfew_path_find(int at, const char *path, char name[PATH_MAX], const struct initrd_entry **result)
{
	const struct initrd_entry *entry = NULL;
	bool folder;
	int error;

	*name = '\0';
	*result = NULL;
	error = resolve(at, path, name, &folder);
	if (error == 0) {
		entry = __curfew_initrd_find(name);
		if (entry == NULL) {
			char *slash = strrchr(name, '/');

			if (slash) {
				*slash = '\0';
				error = check_directory(name);
				*slash = '/';
			}
			if (error == 0)
				return ENOENT;
		} else if (folder && !S_ISDIR(entry->mode)) {
			error = ENOTDIR;
		}
	}
	if (error) {
		*name = '\0';
		return error;
	}
	*result = entry;
	return 0;
}

static int fail(int error)
{
	errno = error;
	return -1;
}

/* Makes a canonical name the working directory. */
static int change(const struct initrd_entry *entry, const char *name)
{
	if (!S_ISDIR(entry->mode))
		return fail(ENOTDIR);
	fd_lock();
	strcpy(__curfew_directory, name);
	fd_unlock();
	return 0;
}

int chdir(const char *path)
{
	const struct initrd_entry *entry;
	char name[PATH_MAX];
	int error = __curfew_path_find(AT_FDCWD, path, name, &entry);

	return error ? fail(error) : change(entry, name);
}

int fchdir(int fd)
{
	const struct initrd_entry *entry = NULL;
	struct file *file;

	fd_lock();
	file = fd_find(fd);
	if (file && file->kind == FILE_DIRECTORY)
		entry = file->entry;
	fd_unlock();
	if (entry == NULL)
		return fail(file ? ENOTDIR : EBADF);
	return change(entry, initrd_name(__curfew_initrd(), entry));
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
	begin(AT_FDCWD, name);
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
	const struct initrd_entry *entry;
	char name[PATH_MAX];
	int error = path ? __curfew_path_find(AT_FDCWD, path, name, &entry) : EINVAL;

	if (error) {
		errno = error;
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
