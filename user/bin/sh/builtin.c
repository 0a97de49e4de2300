/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builtins: the commands that must run in the shell's own process.
 *
 * exec stands in the table so that help and completion know it; run.c does it,
 * because it is about how a program is started.
 */
#include "sh.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static int do_cd(int argc, char **argv)
{
	static char here[512];
	const char *to = argc > 1 ? argv[1] : getenv("HOME");

	if (argc > 2) {
		complain("cd", "one folder, please");
		return 2;
	}
	if (to == NULL)
		to = "/";
	if (chdir(to) < 0) {
		complain(to, strerror(errno));
		return 1;
	}
	if (getcwd(here, sizeof(here)))
		setenv("PWD", here, 1);
	return 0;
}

static int do_pwd(int argc, char **argv)
{
	static char here[512];

	(void)argc;
	(void)argv;
	if (getcwd(here, sizeof(here)) == NULL) {
		complain("pwd", strerror(errno));
		return 1;
	}
	puts(here);
	return 0;
}

static int do_exit(int argc, char **argv)
{
	char *end;
	long status = argc > 1 ? strtol(argv[1], &end, 10) : shell.status;

	if (argc > 2 || (argc == 2 && (end == argv[1] || *end))) {
		complain("exit", "one number, please");
		return 2;
	}
	exit((int)(status & 255));
}

static int do_export(int argc, char **argv)
{
	int status = 0;

	for (char **entry = environ; argc == 1 && *entry; entry++)
		printf("export %s\n", *entry);
	for (int i = 1; i < argc; i++) {
		size_t length = name_length(argv[i]);

		if (length == 0 || (argv[i][length] != '=' && argv[i][length] != '\0')) {
			complain(argv[i], "not a variable's name");
			status = 2;
		} else if (argv[i][length] == '=') {
			argv[i][length] = '\0';
			if (setenv(argv[i], argv[i] + length + 1, 1) < 0) {
				complain(argv[i], strerror(errno));
				status = 1;
			}
		}
	}
	return status;
}

static int do_unset(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		unsetenv(argv[i]);
	return 0;
}

static int do_jobs(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	job_list();
	return 0;
}

static int do_wait(int argc, char **argv)
{
	int status = 0;

	if (argc == 1)
		return job_wait(NULL);
	for (int i = 1; i < argc && !shell.interrupted; i++)
		status = job_wait(argv[i]);
	return status;
}

static int do_history(int argc, char **argv)
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

static int do_exec(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static int do_nothing(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static int do_help(int argc, char **argv);

static const struct builtin {
	const char *name;
	builtin_function *function;
	const char *arguments, *what;
} builtins[] = {
	{ ":", do_nothing, "", "nothing, successfully" },
	{ "cd", do_cd, "[FOLDER]", "goes to a folder, or to $HOME" },
	{ "exec", do_exec, "COMMAND...", "becomes the command" },
	{ "exit", do_exit, "[STATUS]", "ends the shell" },
	{ "export", do_export, "[NAME=VALUE...]", "sets variables (all are exported), or lists them" },
	{ "help", do_help, "", "this" },
	{ "history", do_history, "", "the lines typed before" },
	{ "jobs", do_jobs, "", "what runs in the background" },
	{ "pwd", do_pwd, "", "the current folder" },
	{ "unset", do_unset, "NAME...", "forgets variables" },
	{ "wait", do_wait, "[%N | PID...]", "waits for background jobs" },
};
#define BUILTINS (sizeof(builtins) / sizeof(builtins[0]))

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lists the programs in /bin, a few on a line. */
static void list_programs(void)
{
	char *names[256];
	size_t count = 0, column = 0;
	struct dirent *entry;
	DIR *dir = opendir("/bin");

	while (dir && count < 256 && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.')
			names[count++] = must_have(strdup(entry->d_name));
	}
	if (dir)
		closedir(dir);
	qsort(names, count, sizeof(char *), compare_names);
	for (size_t i = 0; i < count; i++) {
		column += strlen(names[i]) + 1;
		if (column > 76) {
			putchar('\n');
			column = strlen(names[i]) + 1;
		}
		printf(" %s", names[i]);
		free(names[i]);
	}
	putchar('\n');
}

static int do_help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("Commands are joined by ; && || and &, and grouped by ( ).  $NAME, $? and $$ are replaced.\n"
	     "Ctrl-C ends the job in the foreground, Ctrl-D the shell.  Tab completes.  The shell itself knows:");
	for (size_t i = 0; i < BUILTINS; i++)
		printf("  %-8s%-16s %s\n", builtins[i].name, builtins[i].arguments, builtins[i].what);
	puts("Programs:");
	list_programs();
	return 0;
}

builtin_function *builtin_find(const char *name)
{
	for (size_t i = 0; i < BUILTINS; i++) {
		if (strcmp(builtins[i].name, name) == 0)
			return builtins[i].function;
	}
	return NULL;
}

const char *builtin_name(size_t n)
{
	return n < BUILTINS ? builtins[n].name : NULL;
}
