/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sh: a small shell.
 *
 *   sh                        interactive, on the console
 *   sh -c LINE [NAME ARG...]  runs a line; NAME is $0, the arguments are $1 and on
 *   sh FILE [ARG...]          runs a script
 *
 * Lists with ; && || & and newlines, ( ) for a subshell, quotes, variables,
 * comments, background jobs; no pipes, no redirection, no control structures.
 * Status 2 for a syntax error, 126 and 127 for a program that cannot run or is
 * not there, 128 + signal for one that a signal ended.
 */
#include "sh.h"

#include <curfew/sys.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct shell shell = { .name = "sh" };

void complain(const char *what, const char *why)
{
	fflush(stdout);
	fprintf(stderr, "sh: %s: %s\n", what, why);
}

void *must_have(void *pointer)
{
	if (pointer)
		return pointer;
	fputs("sh: out of memory\n", stderr);
	exit(2);
}

/* Reads a whole file.  Returns its text, which the caller frees, or NULL with errno. */
static char *read_all(int fd)
{
	size_t length = 0, room = 4096;
	char *text = must_have(malloc(room));
	ssize_t n;

	while ((n = read(fd, text + length, room - length - 1)) > 0) {
		length += (size_t)n;
		if (room - length < 1024) {
			room *= 2;
			text = must_have(realloc(text, room));
		}
	}
	if (n < 0) {
		free(text);
		return NULL;
	}
	text[length] = '\0';
	return text;
}

/* Runs a script, or standard input if path is NULL.  Returns its status. */
static int run_script(const char *path)
{
	int fd = path ? open(path, O_RDONLY) : STDIN_FILENO;
	char *text = fd >= 0 ? read_all(fd) : NULL;

	if (text == NULL) {
		complain(path ? path : "standard input", strerror(errno));
		return errno == ENOENT ? 127 : 126;
	}
	if (path)
		close(fd);
	run_text(text);
	free(text);
	return shell.status;
}

/* Reads and runs lines from the console until it ends. */
static int run_console(void)
{
	static char line[EDIT_MAX];

	shell.interactive = true;
	job_init();
	for (;;) {
		job_reap();
		shell.interrupted = false;
		switch (edit_line("curfew$ ", line)) {
		case EDIT_END:
			return shell.status;
		case EDIT_INTERRUPT:
			shell.status = 130;
			break;
		case EDIT_LINE:
			history_add(line);
			run_text(line);
		}
	}
}

int main(int argc, char **argv)
{
	bool command = argc > 1 && strcmp(argv[1], "-c") == 0;

	if ((command && argc < 3) || (!command && argc > 1 && argv[1][0] == '-')) {
		fputs("usage: sh [-c LINE [NAME [ARG...]] | FILE [ARG...]]\n", stderr);
		return 2;
	}
	if (command) {
		if (argc > 3) {
			shell.name = argv[3];
			shell.argc = argc - 4;
			shell.argv = argv + 4;
		}
		return run_text(argv[2]);
	}
	if (argc > 1) {
		shell.name = argv[1];
		shell.argc = argc - 2;
		shell.argv = argv + 2;
		return run_script(argv[1]);
	}
	if (curfew_console_ctl(CURFEW_HANDLE_STDIN, CURFEW_CONSOLE_GET_MODE, 0) >= 0)
		return run_console();
	return run_script(NULL);
}
