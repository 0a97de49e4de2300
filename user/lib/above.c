/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The name of an open directory, for fchdir() and its like.
 *
 * The protocol has no such question, so it is found out as on systems of old:
 * the directory above is opened and searched for the entry with this inode, and so
 * on up to the root, which is above itself.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "path.h"
#include "session.h"

#define ENTRIES 1024

/* What `path` is from the open directory. */
static long status_of(int fd, const char *path, struct curfew_stat *status)
{
	struct curfew_call call = CALL(CURFEW_FILE_STAT_AT);

	call.in = status;
	call.in_size = sizeof(*status);
	return __curfew_path_call(fd, path, &call);
}

static long open_above(int fd)
{
	struct curfew_call call = CALL(CURFEW_FILE_OPEN, O_RDONLY | O_DIRECTORY);
	long result;

	call.pass = CURFEW_TAKE_CLOEXEC;
	result = __curfew_path_call(fd, "..", &call);
	return result < 0 ? result : __curfew_descriptor(__curfew_came(&call));
}

/* Puts the name of the entry with this inode, and a slash, before what begins at *begin.  -ENOENT: there is none. */
static long prepend_name(int fd, uint64_t inode, char name[PATH_MAX], size_t *begin)
{
	char entries[ENTRIES] __attribute__((aligned(8)));
	const struct curfew_dirent *entry;
	uint64_t position = 0;
	long count;

	while ((count = __curfew_read_entries(fd, &position, entries, sizeof(entries))) > 0) {
		for (long at = 0; (entry = entry_at(entries, count, at)) != NULL; at += entry->size) {
			if (entry->inode != inode || entry_is_dots(entry))
				continue;
			if (entry->length + 1u > *begin)
				return -ENAMETOOLONG;
			name[--*begin] = '/';
			*begin -= entry->length;
			memcpy(name + *begin, entry_name(entry), entry->length);
			return 0;
		}
	}
	return count < 0 ? count : -ENOENT;
}

/* One step: *next, whose status is *here, becomes the directory above it.  1: it is the root. */
static long step(int fd, int *next, struct curfew_stat *here, char name[PATH_MAX], size_t *begin)
{
	struct curfew_stat above;
	long error = status_of(*next, "..", &above), up;

	if (error < 0)
		return error;
	if (above.inode == here->inode)
		return 1;
	up = open_above(*next);
	if (up < 0)
		return up;
	if (*next != fd)
		curfew_syscall(SYS_handle_close, fd_session(*next));
	*next = (int)up;
	error = prepend_name(*next, here->inode, name, begin);
	*here = above;
	return error;
}

long __curfew_directory_name(int fd, char name[PATH_MAX])
{
	struct curfew_stat here;
	size_t begin = PATH_MAX;
	int next = fd;
	long result = status_of(fd, ".", &here);

	while (result == 0)
		result = step(fd, &next, &here, name, &begin);
	if (next != fd)
		curfew_syscall(SYS_handle_close, fd_session(next));
	if (result < 0)
		return result;
	/* Each name has a slash behind it: the last one's becomes the end. */
	memmove(name, name + begin, PATH_MAX - begin);
	name[begin < PATH_MAX ? PATH_MAX - begin - 1 : 0] = '\0';
	return 0;
}
