/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builtins: the commands that must run in the shell's own process, and some
 * that scripts use so often that a process for each would be slow.
 */
#include "sh.h"

#include <string.h>

static const struct builtin builtins[] = {
	{ ".", do_dot, true, "FILE", "runs a file's commands here" },
	{ ":", do_true, true, "", "nothing, successfully" },
	{ "[", do_test, false, "EXPRESSION ]", "is test" },
	{ "break", do_break, true, "[N]", "leaves loops" },
	{ "cd", do_cd, false, "[FOLDER | -]", "goes to a folder, or to $HOME" },
	{ "command", do_command, false, "[-v] NAME [ARG...]", "runs it though a function has that name" },
	{ "continue", do_continue, true, "[N]", "goes on with the next round" },
	{ "echo", do_echo, false, "[-n] [WORD...]", "prints words" },
	{ "eval", do_eval, true, "WORD...", "runs words as a command" },
	{ "exec", do_exec, true, "[COMMAND...]", "becomes the command" },
	{ "exit", do_exit, true, "[STATUS]", "ends the shell" },
	{ "export", do_export, true, "[NAME[=VALUE]...]", "gives variables to programs, or lists those" },
	{ "false", do_false, false, "", "fails" },
	{ "fg", do_fg, false, "[%N]", "waits for a background job" },
	{ "getopts", do_getopts, false, "OPTIONS NAME [ARG...]", "reads a script's options" },
	{ "help", do_help, false, "", "this" },
	{ "history", do_history, false, "", "the lines typed before" },
	{ "jobs", do_jobs, false, "", "what runs in the background" },
	{ "kill", do_kill, false, "[-SIGNAL] PID | %N ...", "sends a signal" },
	{ "local", do_local, false, "NAME[=VALUE]...", "variables of the function that runs" },
	{ "printf", do_printf, false, "FORMAT [ARG...]", "prints with a format" },
	{ "pwd", do_pwd, false, "", "the current folder" },
	{ "read", do_read, false, "[-r] NAME...", "reads a line into variables" },
	{ "readonly", do_readonly, true, "[NAME[=VALUE]...]", "variables that stay as they are" },
	{ "return", do_return, true, "[STATUS]", "ends a function" },
	{ "set", do_set, true, "[-aefnuxC] [--] [ARG...]", "options, and $1 and on" },
	{ "shift", do_shift, true, "[N]", "drops $1" },
	{ "test", do_test, false, "EXPRESSION", "compares files, strings, numbers" },
	{ "trap", do_trap, true, "[ACTION] SIGNAL...", "what to do at a signal, or at EXIT" },
	{ "true", do_true, false, "", "succeeds" },
	{ "type", do_type, false, "NAME...", "what a command is" },
	{ "umask", do_umask, false, "[MASK]", "permissions that new files do not get" },
	{ "unset", do_unset, true, "[-f] NAME...", "forgets variables, or functions" },
	{ "wait", do_wait, false, "[%N | PID...]", "waits for background jobs" },
};
#define BUILTINS (sizeof(builtins) / sizeof(builtins[0]))

const struct builtin *builtin_find(const char *name)
{
	for (size_t i = 0; i < BUILTINS; i++) {
		if (strcmp(builtins[i].name, name) == 0)
			return &builtins[i];
	}
	return NULL;
}

const struct builtin *builtin_get(size_t n)
{
	return n < BUILTINS ? &builtins[n] : NULL;
}
