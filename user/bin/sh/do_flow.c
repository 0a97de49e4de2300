/* SPDX-License-Identifier: BSD-2-Clause */
/* Builtins that say what runs next: break, continue, return, exit, shift, eval, `.`, and those that do nothing. */
#include "sh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads the only argument, a number from `least` on; `otherwise` without it.  Returns false after it said what is wrong. */
static bool one_number(int argc, char **argv, long least, long otherwise, long *number)
{
	char *end;

	*number = otherwise;
	if (argc == 1)
		return true;
	errno = 0;
	*number = strtol(argv[1], &end, 10);
	if (argc == 2 && end != argv[1] && *end == '\0' && errno == 0 && *number >= least)
		return true;
	complain(argv[0], "one number, please");
	shell_error();
	return false;
}

static int leave_loops(int argc, char **argv, enum flow flow)
{
	long loops;

	if (!one_number(argc, argv, 1, 1, &loops))
		return 2;
	if (shell.loops > 0) {
		shell.flow = flow;
		shell.leave = loops < shell.loops ? (int)loops : shell.loops;
	}
	return 0;
}

int do_break(int argc, char **argv)
{
	return leave_loops(argc, argv, FLOW_BREAK);
}

int do_continue(int argc, char **argv)
{
	return leave_loops(argc, argv, FLOW_CONTINUE);
}

int do_return(int argc, char **argv)
{
	long status;

	if (!one_number(argc, argv, 0, shell.status, &status))
		return 2;
	shell.flow = FLOW_RETURN;
	return (int)status;
}

int do_exit(int argc, char **argv)
{
	long status;

	if (!one_number(argc, argv, -2147483647, shell.status, &status))
		return 2;
	shell_exit((int)(status & 255));
}

int do_shift(int argc, char **argv)
{
	long count;

	if (!one_number(argc, argv, 0, 1, &count))
		return 2;
	if (count > shell.argc) {
		complain("shift", "there are not so many");
		shell_error();
		return 2;
	}
	function_set_parameters(shell.argc - (int)count, shell.argv + count);
	return 0;
}

int do_eval(int argc, char **argv)
{
	size_t length = 1;
	char *text, *to;
	int status;

	for (int i = 1; i < argc; i++)
		length += strlen(argv[i]) + 1;
	text = to = must_have(calloc(1, length));
	for (int i = 1; i < argc; i++) {
		to = stpcpy(to, argv[i]);
		if (i + 1 < argc)
			*to++ = ' ';
	}
	shell.status = 0;
	status = run_text(text);
	free(text);
	return status;
}

/* The file that `.` means: without a slash it is looked for in PATH, then here. */
static const char *find_file(const char *name, char *path, size_t size)
{
	const char *folder = var_get("PATH");

	while (folder && *folder && !strchr(name, '/')) {
		size_t length = strcspn(folder, ":");

		if ((size_t)snprintf(path, size, "%.*s%s%s", (int)length, folder, length ? "/" : "", name) < size &&
			access(path, R_OK) == 0)
			return path;
		folder += length;
		folder += *folder == ':';
	}
	return name;
}

int do_dot(int argc, char **argv)
{
	char path[512];
	int status;

	if (argc < 2) {
		complain(".", "which file?");
		shell_error();
		return 2;
	}
	if (access(find_file(argv[1], path, sizeof(path)), R_OK) < 0) {
		complain(argv[1], strerror(errno));
		shell_error();
		return 2;
	}
	shell.functions++;
	shell.status = 0;
	status = shell_read_file(find_file(argv[1], path, sizeof(path)));
	shell.functions--;
	if (shell.flow == FLOW_RETURN)
		shell.flow = FLOW_NONE;
	return status;
}

/* command.c does it, because it is about how a command is started. */
int do_exec(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int do_true(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int do_false(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 1;
}
