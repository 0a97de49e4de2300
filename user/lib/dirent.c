/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directories: opendir, readdir, closedir, and scandir.
 *
 * The entries of a directory's subtree are next to each other in the index,
 * because it is sorted and they all begin with the directory's name.  Those
 * one level down are the directory's own.  `.` and `..` come first.  A place in
 * the directory (telldir) is a number of that walk, so it stays valid forever.
 * A DIR is for one thread at a time, as POSIX says.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "path.h"

struct __directory {
	int fd;
	const struct initrd *initrd;
	const struct initrd_entry *self;
	const char *name;
	uint32_t place; /* 0: `.`, 1: `..`, n + 2: entry n of the index comes next */
	struct dirent entry;
};

DIR *fdopendir(int fd)
{
	const struct initrd_entry *self = NULL;
	struct file *file;
	DIR *directory;

	fd_lock();
	file = fd_find(fd);
	if (file && file->kind == FILE_DIRECTORY)
		self = file->entry;
	fd_unlock();
	if (self == NULL) {
		errno = file ? ENOTDIR : EBADF;
		return NULL;
	}
	directory = calloc(1, sizeof(*directory));
	if (directory == NULL)
		return NULL;
	directory->fd = fd;
	directory->initrd = __curfew_initrd();
	directory->self = self;
	directory->name = initrd_name(directory->initrd, self);
	return directory;
}

DIR *opendir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory;

	if (fd < 0)
		return NULL;
	directory = fdopendir(fd);
	if (directory == NULL)
		close(fd);
	return directory;
}

int closedir(DIR *directory)
{
	int fd = directory->fd;

	free(directory);
	return close(fd);
}

int dirfd(DIR *directory)
{
	return directory->fd;
}

static struct dirent *give(DIR *directory, const struct initrd_entry *entry, const char *name)
{
	struct dirent *result = &directory->entry;

	result->d_ino = (ino_t)(entry - directory->initrd->entries + 1);
	result->d_type = S_ISDIR(entry->mode) ? DT_DIR : S_ISCHR(entry->mode) ? DT_CHR : DT_REG;
	strncpy(result->d_name, name, sizeof(result->d_name) - 1);
	return result;
}

/* The directory above, for `..`; the root's is itself. */
static const struct initrd_entry *parent(DIR *directory)
{
	const char *slash = strrchr(directory->name, '/');
	const struct initrd_entry *entry;
	char above[PATH_MAX] = "";

	if (slash)
		memcpy(above, directory->name, (size_t)(slash - directory->name));
	entry = __curfew_initrd_find(above);
	return entry ? entry : directory->self;
}

struct dirent *readdir(DIR *directory)
{
	const struct initrd *initrd = directory->initrd;
	size_t length = strlen(directory->name);
	char prefix[PATH_MAX];

	if (directory->place == 0) {
		directory->place = 1;
		return give(directory, directory->self, ".");
	}
	strcpy(prefix, directory->name);
	if (length > 0)
		prefix[length++] = '/';
	prefix[length] = '\0';
	if (directory->place == 1) {
		directory->place = __curfew_initrd_lower_bound(initrd, prefix) + 2;
		return give(directory, parent(directory), "..");
	}
	while (directory->place - 2 < initrd->footer->count) {
		const struct initrd_entry *entry = &initrd->entries[directory->place++ - 2];
		const char *name = initrd_name(initrd, entry);

		if (strncmp(name, prefix, length) != 0)
			break;
		name += length;
		if (*name && strchr(name, '/') == NULL)
			return give(directory, entry, name);
	}
	directory->place = initrd->footer->count + 2;
	return NULL;
}

int readdir_r(DIR *restrict directory, struct dirent *restrict buffer, struct dirent **restrict result)
{
	struct dirent *entry = readdir(directory);

	*result = NULL;
	if (entry) {
		*buffer = *entry;
		*result = buffer;
	}
	return 0;
}

void rewinddir(DIR *directory)
{
	directory->place = 0;
}

long telldir(DIR *directory)
{
	return directory->place;
}

void seekdir(DIR *directory, long place)
{
	directory->place = (uint32_t)place;
}

int alphasort(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Adds a copy of an entry to a growing list.  Returns false if there is no memory. */
static bool add(struct dirent ***list, size_t *count, const struct dirent *entry)
{
	struct dirent *copy = malloc(sizeof(*copy));
	struct dirent **grown = *list;

	if (copy && (*count & (*count - 1)) == 0) {
		grown = realloc(*list, (*count ? *count * 2 : 1) * sizeof(**list));
		if (grown)
			*list = grown;
	}
	if (copy == NULL || grown == NULL) {
		free(copy);
		return false;
	}
	*copy = *entry;
	(*list)[(*count)++] = copy;
	return true;
}

int scandir(const char *path, struct dirent ***result, int (*wanted)(const struct dirent *),
	int (*compare)(const struct dirent **, const struct dirent **))
{
	DIR *directory = opendir(path);
	struct dirent **list = NULL;
	struct dirent *entry;
	size_t count = 0;

	if (directory == NULL)
		return -1;
	while ((entry = readdir(directory)) != NULL) {
		if (wanted && !wanted(entry))
			continue;
		if (!add(&list, &count, entry)) {
			while (count > 0)
				free(list[--count]);
			free(list);
			closedir(directory);
			errno = ENOMEM;
			return -1;
		}
	}
	closedir(directory);
	if (compare && count > 1)
		qsort(list, count, sizeof(*list), (int (*)(const void *, const void *))compare);
	*result = list;
	return (int)count;
}
