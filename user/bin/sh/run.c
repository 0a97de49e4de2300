/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running: trees, simple commands, programs, subshells.
 *
 * A program is started by vfork and exec: everything that may fail or need
 * memory (expansion, the search in PATH, the environment) is done before, and
 * the child makes system calls only.  A subshell, and anything in the
 * background, is a fork of the shell; a single program in the background
 * replaces that fork, so that $! is the program itself.
 */
#include "sh.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

/* A simple command, expanded. */
struct command {
	char **assignments; /* NAME=value; NULL-terminated */
	char **argv;
	int argc;
};

/* ----------------------------------------------------- finding programs */

/* Whether a path is something to exec; errno says why not. */
static bool is_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EACCES;
		return false;
	}
	return true;
}

bool find_program(const char *name, char *path, size_t size)
{
	const char *folder = getenv("PATH");

	if (strchr(name, '/')) {
		snprintf(path, size, "%s", name);
		return is_program(path);
	}
	for (folder = folder ? folder : "/bin"; *name; folder++) {
		size_t length = strcspn(folder, ":");

		snprintf(path, size, "%.*s%s%s", (int)length, folder, length ? "/" : "", name);
		if (is_program(path))
			return true;
		folder += length;
		if (*folder == '\0')
			break;
	}
	errno = ENOENT;
	return false;
}

/* Says why a program cannot run.  Returns the status for it. */
static int cannot_run(const char *name, int error)
{
	bool plain = strchr(name, '/') == NULL;

	complain(name, error == ENOENT && plain ? "command not found" : strerror(error));
	return error == ENOENT ? 127 : 126;
}

/* ----------------------------------------------------- simple commands */

/* The number of words in front that are NAME=value. */
static size_t count_assignments(const struct node *node)
{
	size_t n = 0;

	while (n < node->count && name_length(node->words[n]) > 0 && node->words[n][name_length(node->words[n])] == '=')
		n++;
	return n;
}

static void expand_command(struct command *command, const struct node *node)
{
	size_t n = count_assignments(node);

	command->assignments = must_have(calloc(n + 1, sizeof(char *)));
	for (size_t i = 0; i < n; i++)
		command->assignments[i] = expand_value(node->words[i]);
	command->argv = expand_words(node->words + n, node->count - n);
	command->argc = 0;
	while (command->argv[command->argc])
		command->argc++;
}

static void free_command(struct command *command)
{
	expand_free(command->assignments);
	expand_free(command->argv);
}

/* Assignments without a program last. */
static void assign(const struct command *command)
{
	for (char **assignment = command->assignments; *assignment; assignment++) {
		char *equals = strchr(*assignment, '=');

		*equals = '\0';
		if (setenv(*assignment, equals + 1, 1) < 0)
			complain(*assignment, strerror(errno));
		*equals = '=';
	}
}

/* Whether an entry of the environment is replaced by an assignment. */
static bool is_replaced(const char *entry, char **assignments)
{
	for (; *assignments; assignments++) {
		size_t length = (size_t)(strchr(*assignments, '=') - *assignments) + 1;

		if (strncmp(entry, *assignments, length) == 0)
			return true;
	}
	return false;
}

/* The environment of a program: the shell's, and the assignments in front of the command.  The caller frees it. */
static char **program_environment(const struct command *command)
{
	size_t room = 1, n = 0;
	char **list;

	for (char **entry = environ; *entry; entry++)
		room++;
	for (char **entry = command->assignments; *entry; entry++)
		room++;
	list = must_have(calloc(room, sizeof(char *)));
	for (char **entry = environ; *entry; entry++) {
		if (!is_replaced(*entry, command->assignments))
			list[n++] = *entry;
	}
	for (char **entry = command->assignments; *entry; entry++)
		list[n++] = *entry;
	return list;
}

/* What an exec of a program needs, made ready before the vfork. */
struct program {
	char path[512];
	char **argv, **environment;
	char **script_argv; /* sh PATH ARG..., if it turns out to be a script */
	volatile int error; /* why the exec failed */
};

static void exec_program(struct program *program)
{
	execve(program->path, program->argv, program->environment);
	if (errno == ENOEXEC)
		execve("/bin/sh", program->script_argv, program->environment);
	program->error = errno;
}

/* Makes ready what is needed.  Returns 0, or the status of a program that cannot run. */
static int prepare_program(struct program *program, const struct command *command)
{
	if (!find_program(command->argv[0], program->path, sizeof(program->path)))
		return cannot_run(command->argv[0], errno);
	program->argv = command->argv;
	program->environment = program_environment(command);
	program->script_argv = must_have(calloc((size_t)command->argc + 2, sizeof(char *)));
	program->script_argv[0] = "sh";
	program->script_argv[1] = program->path;
	memcpy(program->script_argv + 2, command->argv + 1, (size_t)command->argc * sizeof(char *));
	program->error = 0;
	return 0;
}

/* Starts a program in the foreground.  Returns its process, or -1. */
static pid_t spawn(struct program *program)
{
	pid_t pid;

	fflush(stdout);
	pid = vfork();
	if (pid == 0) {
		job_enter_child(true);
		exec_program(program);
		_exit(127);
	}
	return pid;
}

/* Runs a program and waits for it; with `replace` it takes the place of this process.  Returns its status. */
static int run_program(const struct command *command, bool replace)
{
	struct program program;
	int status = prepare_program(&program, command);
	pid_t pid;

	if (status != 0)
		return status;
	if (replace) {
		fflush(stdout);
		exec_program(&program);
	} else if ((pid = spawn(&program)) < 0) {
		complain("vfork", strerror(errno));
		status = 126;
	} else {
		status = job_wait_foreground(pid);
	}
	if (program.error != 0)
		status = cannot_run(command->argv[0], program.error);
	free(program.environment);
	free(program.script_argv);
	return status;
}

/* The exec builtin's work: does not return if the program runs.  If not, a shell that is not interactive ends. */
static int run_exec(struct command *command)
{
	struct command rest = { command->assignments, command->argv + 1, command->argc - 1 };
	int status = rest.argc > 0 ? run_program(&rest, true) : 0;

	if (rest.argc > 0 && !shell.interactive)
		exit(status);
	return status;
}

/* Runs a simple command.  `replace`: this process has nothing else to do. */
static int run_command(const struct node *node, bool replace)
{
	struct command command;
	builtin_function *builtin;
	int status = 0;

	expand_command(&command, node);
	builtin = command.argc > 0 ? builtin_find(command.argv[0]) : NULL;
	if (command.argc == 0) {
		assign(&command);
	} else if (strcmp(command.argv[0], "exec") == 0) {
		status = run_exec(&command);
	} else if (builtin) {
		assign(&command);
		status = builtin(command.argc, command.argv);
		fflush(stdout);
	} else {
		status = run_program(&command, replace);
	}
	free_command(&command);
	return status;
}

/* -------------------------------------------------------------- trees */

/* Forks a copy of the shell that runs a tree.  Returns its process, or -1. */
static pid_t fork_shell(struct node *tree, bool foreground)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		job_enter_child(foreground);
		shell.interactive = false;
		if (tree && tree->type == NODE_COMMAND)
			exit(run_command(tree, true));
		exit(run_tree(tree));
	}
	if (pid < 0)
		complain("fork", strerror(errno));
	return pid;
}

static int run_group(struct node *list)
{
	pid_t pid = fork_shell(list, true);

	return pid < 0 ? 126 : job_wait_foreground(pid);
}

static int run_background(struct node *node)
{
	struct node *tree = node->left;
	pid_t pid;

	if (tree && tree->type == NODE_GROUP)
		tree = tree->left;
	pid = fork_shell(tree, false);
	return pid < 0 ? 126 : job_add_background(pid, node->text);
}

int run_tree(struct node *tree)
{
	if (tree == NULL || shell.interrupted)
		return shell.status;
	switch (tree->type) {
	case NODE_COMMAND:
		return shell.status = run_command(tree, false);
	case NODE_GROUP:
		return shell.status = run_group(tree->left);
	case NODE_BACKGROUND:
		return shell.status = run_background(tree);
	case NODE_AND:
		return run_tree(tree->left) == 0 ? run_tree(tree->right) : shell.status;
	case NODE_OR:
		return run_tree(tree->left) != 0 ? run_tree(tree->right) : shell.status;
	default:
		run_tree(tree->left);
		return run_tree(tree->right);
	}
}

int run_text(const char *text)
{
	const char *at = text;
	struct node *tree;

	for (;;) {
		switch (parser_line(&at, &tree)) {
		case PARSE_END:
			return shell.status;
		case PARSE_ERROR:
			return shell.status = 2;
		default:
			run_tree(tree);
			parser_free(tree);
		}
	}
}
