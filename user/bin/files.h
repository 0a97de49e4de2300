/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_BIN_FILES_H
#define CURFEW_BIN_FILES_H
/* What programs that handle files need: paths put together and taken apart, a folder's names, a question, all of a write. */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

/* Memory that is there; the program ends if there is none. */
static inline void *must_have(void *pointer)
{
	if (pointer)
		return pointer;
	fputs("out of memory\n", stderr);
	exit(2);
}

/* folder/name, which the caller frees. */
static inline char *path_join(const char *folder, const char *name)
{
	size_t length = strlen(folder);
	bool slash = length > 0 && folder[length - 1] == '/';
	char *path = must_have(malloc(length + strlen(name) + 2));

	return strcat(strcat(strcpy(path, folder), slash ? "" : "/"), name);
}

/* The last name in a path, without slashes behind it; the caller frees it. */
static inline char *path_last(const char *path)
{
	size_t end = strlen(path), first;

	while (end > 1 && path[end - 1] == '/')
		end--;
	for (first = end; first > 0 && path[first - 1] != '/'; first--)
		;
	first -= first == end && end > 0; /* of the root: its slash */
	return must_have(strndup(path + first, end - first));
}

static inline bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The names in a folder, without . and .. */
struct names {
	char **list;
	size_t count;
};

static inline int names_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Reads them, sorted.  Returns false with errno. */
static inline bool names_read(struct names *names, const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	*names = (struct names){ 0 };
	if (dir == NULL)
		return false;
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if ((names->count & (names->count + 1)) == 0)
			names->list = must_have(realloc(names->list, (2 * names->count + 1) * sizeof(char *)));
		names->list[names->count++] = must_have(strdup(entry->d_name));
	}
	closedir(dir);
	if (names->count > 0)
		qsort(names->list, names->count, sizeof(char *), names_compare);
	return true;
}

static inline void names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
}

/* Asks `name: what path?` on standard error; whether the line that comes begins with y. */
static inline bool ask(const char *name, const char *what, const char *path)
{
	int first, c;

	fprintf(stderr, "%s: %s '%s'? ", name, what, path);
	first = c = getchar();
	while (c != '\n' && c != EOF)
		c = getchar();
	return first == 'y' || first == 'Y';
}

/* Writes all of it; false with errno if that fails. */
static inline bool write_all(int fd, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, data, length);

		if (n < 0)
			return false;
		data += n;
		length -= (size_t)n;
	}
	return true;
}

#endif
