/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sh: a small POSIX shell (docs/shell.md).
 *
 *   sh [OPTIONS]                        interactive, on the console; else the script on standard input
 *   sh [OPTIONS] -c LINE [NAME ARG...]  runs a line; NAME is $0, the arguments are $1 and on
 *   sh [OPTIONS] FILE [ARG...]          runs a script
 *
 * The options are those of `set`.  Status 2 for a syntax error, 126 and 127
 * for a program that cannot run or is not there, 128 + signal for one that a
 * signal ended.
 */
#include "sh.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct shell shell = { .name = "sh" };

/* -------------------------------------------------------- errors, the end */

void complain(const char *what, const char *why)
{
	fflush(stdout);
	fprintf(stderr, "sh: %s: %s\n", what, why);
}

void complain_of(const char *name, const char *what, const char *why)
{
	fflush(stdout);
	fprintf(stderr, "sh: %s: %s: %s\n", name, what, why);
}

void *must_have(void *pointer)
{
	if (pointer)
		return pointer;
	fputs("sh: out of memory\n", stderr);
	exit(2);
}

void shell_error(void)
{
	shell.status = 2;
	if (!shell.interactive)
		shell_exit(2);
	shell.flow = FLOW_ABORT;
}

_Noreturn void shell_exit(int status)
{
	shell.status = status; /* $? in the trap's action, which may end with a status of its own, in here again */
	shell.flow = FLOW_NONE;
	shell.interrupted = 0;
	shell.tested++; /* set -e does not end it */
	trap_run_exit();
	if (fflush(stdout) != 0 && status == 0)
		status = 1;
	exit(status & 255);
}

/* ------------------------------------------------------------------- lines */

/* A text that grows by lines until a command in it is whole. */
struct lines {
	char *text;
	size_t length, room;
};

static void add_bytes(struct lines *lines, const char *bytes, size_t length)
{
	while (lines->room - lines->length <= length) {
		lines->room = lines->room ? lines->room * 2 : 1024;
		lines->text = must_have(realloc(lines->text, lines->room));
	}
	memcpy(lines->text + lines->length, bytes, length);
	lines->length += length;
	lines->text[lines->length] = '\0';
}

/* Runs the commands in the lines, which are then gone.  Returns false if the last one goes on in the next line. */
static bool run_lines(struct lines *lines, bool final)
{
	const char *at = lines->text;
	struct node *tree;
	enum parse_result result = PARSE_LINE;

	while (at && result == PARSE_LINE && !shell_stops()) {
		result = parser_line(&at, final, &tree);
		if (result == PARSE_MORE && at == lines->text)
			return false;
		if (result == PARSE_LINE && (shell.interactive || !(shell.options & OPTION_NOEXEC)))
			run_tree(tree);
		if (result == PARSE_LINE)
			node_free(tree);
		if (result == PARSE_ERROR) {
			shell.status = 2;
			if (!shell.interactive)
				shell_exit(2);
		}
	}
	if (result == PARSE_MORE) {
		lines->length = strlen(at);
		memmove(lines->text, at, lines->length + 1);
		return false;
	}
	lines->length = 0;
	return true;
}

/* Reads and runs lines from the console until it ends. */
static void run_console(void)
{
	static char line[EDIT_MAX];
	struct lines lines = { 0 };
	bool whole = true;

	job_init();
	for (;;) {
		enum edit_result result;
		char *prompt;

		job_reap();
		job_find_console();
		shell.interrupted = 0;
		shell.flow = FLOW_NONE;
		shell.tested = shell.loops = shell.functions = 0;
		prompt = expand_document(var_get(whole ? "PS1" : "PS2") ? var_get(whole ? "PS1" : "PS2") : "");
		result = edit_line(prompt, line);
		free(prompt);
		if (result == EDIT_END && job_find_console())
			continue;
		if (result == EDIT_END)
			return;
		if (result == EDIT_INTERRUPT) {
			shell.status = 128 + SIGINT;
			lines.length = 0;
			whole = true;
			continue;
		}
		history_add(line);
		add_bytes(&lines, line, strlen(line));
		add_bytes(&lines, "\n", 1);
		whole = run_lines(&lines, false);
	}
}

/* Reads one line, a byte at a time: what follows is for the commands in it.  Returns false at the end of the file. */
static bool read_line(struct lines *lines)
{
	char byte = '\0';
	bool any = false;

	while (byte != '\n') {
		ssize_t n = read(STDIN_FILENO, &byte, 1);

		if (n < 0 && errno == EINTR) {
			trap_run_pending();
			continue;
		}
		if (n <= 0)
			return any;
		any = true;
		if (byte != '\0')
			add_bytes(lines, &byte, 1);
	}
	return true;
}

/* Runs the script that standard input is. */
static void run_input(void)
{
	struct lines lines = { 0 };
	bool more = true;

	/* `return` at the end of a script is its end. */
	while (more && shell.flow == FLOW_NONE) {
		more = read_line(&lines);
		if (lines.length > 0)
			run_lines(&lines, !more);
	}
	free(lines.text);
}

/* Reads a whole file.  Returns its text, which the caller frees, or NULL with errno. */
static char *read_all(int fd)
{
	struct lines lines = { 0 };
	char buffer[4096];
	ssize_t n;

	add_bytes(&lines, "", 0);
	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		add_bytes(&lines, buffer, (size_t)n);
	if (n == 0)
		return lines.text;
	free(lines.text);
	return NULL;
}

int shell_read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), status;
	char *text = fd >= 0 ? read_all(fd) : NULL;

	if (text == NULL) {
		complain(path, strerror(errno));
		status = errno == ENOENT ? 127 : 126;
	} else {
		close(fd);
		fd = -1;
		status = run_text(text);
		free(text);
	}
	if (fd >= 0)
		close(fd);
	return status;
}

/* ----------------------------------------------------------------- options */

/* Reads the shell's own options, in any order with those of set.  Returns the index of the first argument, or -1. */
static int parse_options(int argc, char **argv, bool *command, bool *from_input)
{
	int i = 1;

	for (; i < argc && (argv[i][0] == '-' || argv[i][0] == '+') && argv[i][1] && strcmp(argv[i], "--") != 0; i++) {
		char *rest[] = { argv[i], i + 1 < argc ? argv[i + 1] : NULL };
		char letters[16] = { argv[i][0] }, *to = letters + 1;
		int used;

		for (const char *letter = argv[i] + 1; *letter && to < letters + sizeof(letters) - 1; letter++) {
			*command |= *letter == 'c';
			*from_input |= *letter == 's';
			if (*letter != 'c' && *letter != 's' && *letter != 'i')
				*to++ = *letter;
		}
		if (to == letters + 1)
			continue;
		rest[0] = letters;
		used = option_parse(strcmp(letters + 1, "o") == 0 && rest[1] ? 2 : 1, rest);
		if (used < 0)
			return -1;
		i += strcmp(letters + 1, "o") == 0;
	}
	return i + (i < argc && (strcmp(argv[i], "--") == 0 || strcmp(argv[i], "-") == 0));
}

int main(int argc, char **argv)
{
	bool command = false, from_input = false;
	int first;

	shell.pid = shell.self = getpid();
	var_init();
	function_set_parameters(0, NULL);
	first = parse_options(argc, argv, &command, &from_input);
	if (first < 0 || (command && first == argc)) {
		fputs("usage: sh [-aefnuxC] [-o OPTION] [-c LINE [NAME [ARG...]] | FILE [ARG...]]\n", stderr);
		return 2;
	}
	if (command) {
		const char *line = argv[first++];

		if (first < argc)
			shell.name = argv[first++];
		function_set_parameters(argc - first, argv + first);
		shell_exit(run_text(line));
	}
	if (first < argc && !from_input) {
		shell.name = argv[first];
		function_set_parameters(argc - first - 1, argv + first + 1);
		shell_exit(shell_read_file(argv[first]));
	}
	function_set_parameters(argc - first, argv + first);
	shell.interactive = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
	if (shell.interactive)
		run_console();
	else
		run_input();
	shell_exit(shell.status);
}
