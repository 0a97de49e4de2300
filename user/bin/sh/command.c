/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Simple commands: assignments, words, redirections.
 *
 * The words are expanded, then files are opened, then values assigned; then the
 * first word is looked for among the special builtins, the functions, the other
 * builtins and the programs, in this order, which is POSIX's.
 */
#include "sh.h"

#include <errno.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

/* A simple command, expanded. */
struct command {
	char **assignments; /* NAME=value; NULL-terminated */
	char **words;       /* all of them */
	char **argv;        /* without `command` in front */
	int argc;
	bool plain; /* `command` was in front: no functions, and no special builtin is special */
	struct redirections redirections;
};

/* The number of words in front that are NAME=value. */
static size_t count_assignments(const struct node *node)
{
	size_t n = 0;

	while (n < node->count && name_length(node->words[n]) > 0 && node->words[n][name_length(node->words[n])] == '=')
		n++;
	return n;
}

/* ----------------------------------------------------------------- tracing */

static void trace_word(const char *word, bool first)
{
	bool plain = *word != '\0' && strpbrk(word, " \t\n|&;<>()$`\\\"'*?[#~{}!") == NULL;

	fputs(first ? "" : " ", stderr);
	if (plain)
		fputs(word, stderr);
	else
		var_print_quoted(stderr, word);
}

/* set -x */
static void trace(char **assignments, char **words)
{
	const char *prompt = var_get("PS4");
	bool first = true;

	if (!(shell.options & OPTION_XTRACE) || (*assignments == NULL && *words == NULL))
		return;
	fflush(stdout);
	fputs(prompt ? prompt : "", stderr);
	for (; *assignments; assignments++, first = false)
		fprintf(stderr, "%s%s", first ? "" : " ", *assignments);
	for (; *words; words++, first = false)
		trace_word(*words, first);
	putc('\n', stderr);
}

/* --------------------------------------------------------------- expansion */

/* `command NAME` runs NAME; with -v or -V it is a builtin. */
static void skip_command_words(struct command *command)
{
	while (command->argc > 1 && strcmp(command->argv[0], "command") == 0) {
		int skip = strcmp(command->argv[1], "-p") == 0 || strcmp(command->argv[1], "--") == 0 ? 2 : 1;

		if (command->argc <= skip || command->argv[skip][0] == '-')
			return;
		command->argv += skip;
		command->argc -= skip;
		command->plain = true;
	}
}

/* Returns false, after it said why, if a file cannot be opened. */
static bool expand_command(struct command *command, const struct node *node)
{
	size_t n = count_assignments(node);

	*command = (struct command){ 0 };
	command->assignments = must_have(calloc(n + 1, sizeof(char *)));
	command->argv = command->words = expand_words(node->words + n, node->count - n);
	while (command->argv[command->argc])
		command->argc++;
	skip_command_words(command);
	/* Without a command each is assigned before the next is expanded. */
	for (size_t i = 0; i < n && command->argc > 0 && !shell_stops(); i++)
		command->assignments[i] = expand_assignment(node->words[i]);
	return !shell_stops() && redirect_prepare(node->redirects, &command->redirections);
}

static void free_command(struct command *command)
{
	redirect_free(&command->redirections);
	expand_free(command->assignments);
	expand_free(command->words);
}

/* ---------------------------------------------------------------- the kinds */

static void assign(const char *assignment, unsigned flags)
{
	if (!shell_stops() && !var_assign(assignment, flags))
		shell_error();
}

/* Assignments, and redirections that have no effect but their files. */
static int run_assignments(struct command *command, const struct node *node)
{
	size_t n = count_assignments(node);

	for (size_t i = 0; i < n && !shell_stops(); i++) {
		command->assignments[i] = expand_assignment(node->words[i]);
		if (shell_stops())
			break;
		assign(command->assignments[i], 0);
		trace((char *[]){ command->assignments[i], NULL }, command->argv);
	}
	return shell_stops() ? shell.status : shell.substituted;
}

/* Assignments for the time that a builtin or function runs: var_restore() of the result ends it. */
static size_t assign_for_now(const struct command *command)
{
	size_t mark = var_mark();

	for (char **assignment = command->assignments; *assignment; assignment++) {
		char *name = must_have(strndup(*assignment, name_length(*assignment)));

		var_save(name);
		free(name);
		assign(*assignment, VAR_EXPORTED);
	}
	return mark;
}

/* Writes what a builtin printed.  Returns its status, or 1 if that fails. */
static int flush_output(const char *name, int status)
{
	int failed = fflush(stdout);

	if (failed == 0 && !ferror(stdout))
		return status;
	complain(name, strerror(errno));
	__fpurge(stdout);
	clearerr(stdout);
	return status ? status : 1;
}

/* exec: becomes a program, or keeps the redirections.  If the program cannot run a script ends. */
static int run_exec(struct command *command)
{
	int status;

	redirect_apply(&command->redirections);
	if (command->argc < 2) {
		redirect_keep(&command->redirections);
		return 0;
	}
	status = program_run(command->argv + 1, command->assignments, NULL, true);
	redirect_undo(&command->redirections);
	if (!shell.interactive)
		shell_exit(status);
	return status;
}

static int run_builtin(struct command *command, const struct builtin *builtin)
{
	bool special = builtin->special && !command->plain;
	size_t mark = var_mark();
	int status;

	if (builtin->function == do_exec)
		return run_exec(command);
	if (special) {
		for (char **assignment = command->assignments; *assignment; assignment++)
			assign(*assignment, 0);
	} else {
		mark = assign_for_now(command);
	}
	if (shell_stops())
		return shell.status;
	redirect_apply(&command->redirections);
	status = flush_output(command->argv[0], builtin->function(command->argc, command->argv));
	redirect_undo(&command->redirections);
	/* What `local` noted belongs to the function that runs it. */
	if (!special && builtin->function != do_local)
		var_restore(mark);
	return status;
}

static int run_function(struct command *command, struct node *body)
{
	size_t mark = assign_for_now(command);
	int status = shell.status;

	if (!shell_stops()) {
		redirect_apply(&command->redirections);
		status = function_call(body, command->argc, command->argv);
		redirect_undo(&command->redirections);
	}
	var_restore(mark);
	return status;
}

static int run_words(struct command *command, bool replace)
{
	const struct builtin *builtin = builtin_find(command->argv[0]);
	struct node *body = command->plain ? NULL : function_find(command->argv[0]);

	if (body && !(builtin && builtin->special))
		return run_function(command, body);
	if (builtin)
		return run_builtin(command, builtin);
	return program_run(command->argv, command->assignments, &command->redirections, replace);
}

int command_run(const struct node *node, bool replace)
{
	struct command command;
	const struct builtin *builtin;
	int status = 1;

	shell.substituted = 0;
	if (expand_command(&command, node)) {
		if (command.argc > 0)
			trace(command.assignments, command.words);
		status = command.argc > 0 ? run_words(&command, replace) : run_assignments(&command, node);
	} else if (shell_stops()) {
		status = shell.status;
	} else if (command.argc > 0 && !command.plain) {
		builtin = builtin_find(command.argv[0]);
		if (builtin && builtin->special)
			shell_error();
	}
	free_command(&command);
	return status;
}
