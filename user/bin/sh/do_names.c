/* SPDX-License-Identifier: BSD-2-Clause */
/* Builtins that tell what there is: type, command -v, help, history. */
#include "sh.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_reserved(const char *name)
{
	static const char *const words[] = { "!", "{", "}", "case", "do", "done", "elif", "else", "esac", "fi", "for", "if", "in",
		"then", "until", "while" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(name, words[i]) == 0)
			return true;
	}
	return false;
}

/* Says what a name is, in words or as `command -v` does.  Returns the status. */
static int describe(const char *name, bool words)
{
	const struct builtin *builtin = builtin_find(name);
	char path[512];
	const char *kind = NULL;

	if (is_reserved(name))
		kind = "a shell keyword";
	else if (builtin && builtin->special)
		kind = "a special shell builtin";
	else if (function_find(name))
		kind = "a shell function";
	else if (builtin)
		kind = "a shell builtin";
	if (kind && words)
		printf("%s is %s\n", name, kind);
	else if (kind)
		puts(name);
	else if (program_find(name, path, sizeof(path)))
		printf(words ? "%s is %s\n" : "%.0s%s\n", name, path);
	else if (words)
		printf("%s: not found\n", name);
	else
		return 127;
	return kind || program_find(name, path, sizeof(path)) ? 0 : 127;
}

int do_type(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++)
		status |= describe(argv[i], true);
	return status;
}

/* command.c runs `command NAME`; here are the other two. */
int do_command(int argc, char **argv)
{
	int status = 0;

	if (argc == 1)
		return 0;
	if (strcmp(argv[1], "-v") != 0 && strcmp(argv[1], "-V") != 0) {
		fputs("usage: command [-p] NAME [ARG...] | command -v NAME... | command -V NAME...\n", stderr);
		return 2;
	}
	for (int i = 2; i < argc; i++)
		status |= describe(argv[i], argv[1][1] == 'V');
	return status;
}

int do_history(int argc, char **argv)
{
	size_t count = 0;

	(void)argc;
	(void)argv;
	while (history_get(count + 1))
		count++;
	for (size_t n = count; n > 0; n--)
		printf("%5zu  %s\n", count - n + 1, history_get(n));
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lists the programs in /bin, a few on a line. */
static void list_programs(void)
{
	struct strings names = { 0 };
	size_t column = 0;
	struct dirent *entry;
	DIR *dir = opendir("/bin");

	while (dir && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.')
			strings_add(&names, must_have(strdup(entry->d_name)));
	}
	if (dir)
		closedir(dir);
	if (names.count > 0)
		qsort(names.list, names.count, sizeof(char *), compare_names);
	for (size_t i = 0; i < names.count; i++) {
		column += strlen(names.list[i]) + 1;
		if (column > 76) {
			putchar('\n');
			column = strlen(names.list[i]) + 1;
		}
		printf(" %s", names.list[i]);
		free(names.list[i]);
	}
	free(names.list);
	putchar('\n');
}

int do_help(int argc, char **argv)
{
	const struct builtin *builtin;

	(void)argc;
	(void)argv;
	puts("Commands are joined by ; && || & and |, and grouped by ( ) and { }.  There are if, while, until, for, case\n"
	     "and functions; redirections; $NAME, $(command) and $((1 + 2)); patterns with * ? and [ ].  Ctrl-C ends the\n"
	     "job in the foreground, Ctrl-D the shell.  Tab completes.  The shell itself knows:");
	for (size_t i = 0; (builtin = builtin_get(i)) != NULL; i++)
		printf("  %-9s%-26s %s\n", builtin->name, builtin->arguments, builtin->what);
	puts("Programs:");
	list_programs();
	return 0;
}
