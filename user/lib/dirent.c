/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directories: opendir, readdir, closedir, and scandir.
 *
 * Entries are read a buffer at a time.  A place in the directory (telldir) is
 * the server's position of the next entry.  A DIR is for one thread at a time, as
 * POSIX says.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session.h"

#define ENTRIES 2048

struct __directory {
	int fd;
	uint64_t place; /* of the entry that readdir() gives next */
	uint64_t ahead; /* of the first entry behind those in the buffer */
	long count, at; /* bytes in the buffer; where the next entry is */
	struct dirent entry;
	char entries[ENTRIES] __attribute__((aligned(8)));
};

long __curfew_read_entries(int fd, uint64_t *position, void *buffer, size_t size)
{
	struct curfew_call call = CALL(CURFEW_FILE_READDIR, *position);
	long result;

	call.in = buffer;
	call.in_size = size;
	result = unsupported(fd_call(fd, &call), ENOTDIR);
	if (result >= 0)
		*position = call.word[1];
	return result;
}

DIR *fdopendir(int fd)
{
	struct curfew_stat status;
	long error = __curfew_status(fd, &status);
	DIR *directory;

	if (error >= 0 && !S_ISDIR(status.mode))
		error = -ENOTDIR;
	if (error < 0) {
		errno = (int)-error;
		return NULL;
	}
	directory = malloc(sizeof(*directory));
	if (directory == NULL)
		return NULL;
	directory->fd = fd;
	seekdir(directory, 0);
	return directory;
}

DIR *opendir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory;

	if (fd < 0)
		return NULL;
	directory = fdopendir(fd);
	if (directory == NULL) {
		int error = errno;

		close(fd);
		errno = error;
	}
	return directory;
}

int closedir(DIR *directory)
{
	int fd = directory->fd;

	free(directory);
	return close(fd);
}

int fdclosedir(DIR *directory)
{
	int fd = directory->fd;

	free(directory);
	return fd;
}

int dirfd(DIR *directory)
{
	return directory->fd;
}

/* The number that <sys/dirent.h> has for a kind of file. */
static unsigned char type_of(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return DT_REG;
	case S_IFDIR:
		return DT_DIR;
	case S_IFCHR:
		return DT_CHR;
	case S_IFIFO:
		return DT_FIFO;
	default:
		return DT_UNKNOWN;
	}
}

/* NULL at the end, and with errno set after an error. */
struct dirent *readdir(DIR *directory)
{
	const struct curfew_dirent *from = entry_at(directory->entries, directory->count, directory->at);
	struct dirent *result = &directory->entry;

	if (from == NULL) {
		directory->at = 0;
		directory->place = directory->ahead;
		directory->count = __curfew_read_entries(
			directory->fd, &directory->ahead, directory->entries, sizeof(directory->entries));
		if (directory->count < 0) {
			errno = (int)-directory->count;
			directory->count = 0;
			return NULL;
		}
		from = entry_at(directory->entries, directory->count, 0);
		if (from == NULL)
			return NULL;
	}
	result->d_ino = (ino_t)from->inode;
	result->d_type = type_of(from->mode);
	memcpy(result->d_name, entry_name(from), from->length);
	result->d_name[from->length] = '\0';
	directory->at += from->size;
	directory->place = from->next;
	return result;
}

int readdir_r(DIR *restrict directory, struct dirent *restrict buffer, struct dirent **restrict result)
{
	int before = errno, error;
	struct dirent *entry;

	errno = 0;
	entry = readdir(directory);
	error = errno;
	errno = before;
	*result = NULL;
	if (entry) {
		*buffer = *entry;
		*result = buffer;
	}
	return entry ? 0 : error;
}

void rewinddir(DIR *directory)
{
	seekdir(directory, 0);
}

long telldir(DIR *directory)
{
	return (long)directory->place;
}

void seekdir(DIR *directory, long place)
{
	directory->place = directory->ahead = (uint64_t)place;
	directory->count = directory->at = 0;
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
