/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ls [-a] [-l] [FILE...]: names in a folder, sorted, one a line.
 *
 * -a shows names that begin with a dot too; -l shows mode and size.  Files
 * named come first, then each folder (with a heading if there are several).
 */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

static bool show_all, show_long;

struct names {
	char **list;
	size_t count, room;
};

static void *out_of_memory(void *pointer)
{
	if (pointer)
		return pointer;
	fputs("ls: out of memory\n", stderr);
	exit(1);
}

static void add_name(struct names *names, const char *name)
{
	if (names->count == names->room) {
		names->room = names->room ? names->room * 2 : 64;
		names->list = out_of_memory(realloc(names->list, names->room * sizeof(char *)));
	}
	names->list[names->count++] = out_of_memory(strdup(name));
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Shows one entry under the name given; path is where it is.  Returns the program's status. */
static int show(const char *path, const char *name)
{
	struct stat st;
	char mode[] = "?rwxrwxrwx";

	if (!show_long) {
		puts(name);
		return 0;
	}
	if (stat(path, &st) < 0)
		return fail("ls", path);
	mode[0] = S_ISDIR(st.st_mode) ? 'd' : S_ISCHR(st.st_mode) ? 'c' : '-';
	for (int bit = 0; bit < 9; bit++) {
		if (!(st.st_mode & (0400u >> bit)))
			mode[bit + 1] = '-';
	}
	printf("%s %9lld %s\n", mode, (long long)st.st_size, name);
	return 0;
}

/* Shows what is in a folder.  Returns the program's status. */
static int show_folder(const char *path)
{
	static char full[1024];
	struct names names = { 0 };
	struct dirent *entry;
	DIR *dir = opendir(path);
	int status = 0;

	if (dir == NULL)
		return fail("ls", path);
	while ((entry = readdir(dir)) != NULL) {
		if (show_all || entry->d_name[0] != '.')
			add_name(&names, entry->d_name);
	}
	closedir(dir);
	if (names.count > 0)
		qsort(names.list, names.count, sizeof(char *), compare_names);
	for (size_t i = 0; i < names.count; i++) {
		snprintf(full, sizeof(full), "%s/%s", path, names.list[i]);
		status |= show(full, names.list[i]);
		free(names.list[i]);
	}
	free(names.list);
	return status;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int main(int argc, char **argv)
{
	int option, status = 0;
	bool first = true;

	opterr = 0;
	while ((option = getopt(argc, argv, "al1")) != -1) {
		if (option == 'a')
			show_all = true;
		else if (option == 'l')
			show_long = true;
		else if (option != '1')
			return usage("ls [-a] [-l] [FILE...]");
	}
	if (optind == argc)
		return finish("ls", show_folder("."));
	for (int i = optind; i < argc; i++) {
		struct stat st;

		if (is_folder(argv[i]))
			continue;
		if (stat(argv[i], &st) < 0)
			status = fail("ls", argv[i]);
		else
			status |= show(argv[i], argv[i]);
		first = false;
	}
	for (int i = optind; i < argc; i++) {
		if (!is_folder(argv[i]))
			continue;
		if (argc - optind > 1)
			printf("%s%s:\n", first ? "" : "\n", argv[i]);
		status |= show_folder(argv[i]);
		first = false;
	}
	return finish("ls", status);
}
