/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running trees: lists, conditions, loops, pipelines, subshells.
 *
 * A pipeline is one child for each command, the last among them, in one
 * process group; its status is the last one's.  A subshell is a fork of the
 * shell.  A single program in a child takes the child's place, so that $! is the
 * program itself.
 */
#include "sh.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Notes the status of a command; with set -e a failure that nothing tests ends the shell. */
static int finish(int status)
{
	shell.status = status;
	if (status != 0 && (shell.options & OPTION_ERREXIT) && shell.tested == 0 && !shell_stops())
		shell_exit(status);
	return status;
}

/* Runs a list whose failure is no error for set -e. */
static int run_tested(struct node *tree)
{
	int status;

	shell.tested++;
	status = run_tree(tree);
	shell.tested--;
	return status;
}

/* ---------------------------------------------------------------- children */

void run_become_subshell(void)
{
	shell.interactive = false;
	shell.self = getpid();
	shell.loops = 0;
	trap_forget();
	job_forget();
}

_Noreturn void run_in_child(struct node *tree)
{
	if (tree && tree->type == NODE_SUBSHELL && !tree->redirects)
		tree = tree->left;
	if (tree && tree->type == NODE_COMMAND)
		shell_exit(command_run(tree, true));
	run_tree(tree);
	shell_exit(shell.status);
}

bool run_pipe(int ends[2])
{
	if (pipe(ends) < 0) {
		complain("pipe", strerror(errno));
		return false;
	}
	ends[0] = redirect_high(ends[0]);
	ends[1] = redirect_high(ends[1]);
	if (ends[0] >= 0 && ends[1] >= 0)
		return true;
	complain("pipe", strerror(errno));
	close(ends[0] >= 0 ? ends[0] : ends[1]);
	return false;
}

/* Without job control a background command has no keyboard. */
static void leave_keyboard(void)
{
	int null = open("/dev/null", O_RDONLY);

	trap_ignore_keyboard();
	if (null > 0) {
		dup2(null, STDIN_FILENO);
		close(null);
	}
}

/* A descriptor (-1: none) becomes another one in a child. */
static void take_descriptor(int fd, int to)
{
	if (fd < 0)
		return;
	dup2(fd, to);
	close(fd);
}

/* Where one command of a pipeline reads and writes; -1: as the shell does. */
struct ends {
	int in, out;
	int next; /* the other end of `out`, not for this command */
};

/* Forks a child that runs a command of a pipeline.  Returns its process, or -1. */
static pid_t start(struct node *tree, pid_t group, bool foreground, const struct ends *ends)
{
	bool job_control = shell.interactive;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		job_enter_child(group, foreground);
		run_become_subshell();
		if (!foreground && !job_control && ends->in < 0)
			leave_keyboard();
		else if (!foreground && !job_control)
			trap_ignore_keyboard();
		if (ends->next >= 0)
			close(ends->next);
		take_descriptor(ends->in, STDIN_FILENO);
		take_descriptor(ends->out, STDOUT_FILENO);
		run_in_child(tree);
	}
	if (pid < 0)
		complain("fork", strerror(errno));
	else
		job_note_child(pid, group ? group : pid);
	return pid;
}

static size_t pipeline_length(const struct node *tree)
{
	size_t length = 1;

	for (; tree && tree->type == NODE_PIPE; tree = tree->right)
		length++;
	return length;
}

/* Starts all commands of a pipeline, or a single one.  Returns how many it could; fewer means that it said why. */
static size_t start_pipeline(struct node *tree, bool foreground, pid_t *pids)
{
	struct ends ends = { -1, -1, -1 };
	size_t count = 0;

	for (bool last = false; !last; tree = last ? NULL : tree->right) {
		int both[2] = { -1, -1 };

		last = tree == NULL || tree->type != NODE_PIPE;
		if (!last && !run_pipe(both))
			break;
		ends.next = both[0];
		ends.out = both[1];
		pids[count] = start(last ? tree : tree->left, count ? pids[0] : 0, foreground, &ends);
		if (ends.in >= 0)
			close(ends.in);
		if (ends.out >= 0)
			close(ends.out);
		ends.in = both[0];
		if (pids[count] < 0)
			break;
		count++;
	}
	if (ends.in >= 0)
		close(ends.in);
	return count;
}

/* Runs a pipeline, or a subshell, and waits for it. */
static int run_children(struct node *tree)
{
	size_t length = pipeline_length(tree), count;
	pid_t *pids = must_have(calloc(length, sizeof(*pids)));
	int status;

	count = start_pipeline(tree, true, pids);
	status = count > 0 ? job_wait_foreground(pids, count) : 0;
	free(pids);
	return count == length ? status : 126;
}

static int run_background(struct node *node)
{
	size_t length = pipeline_length(node->left), count;
	pid_t *pids = must_have(calloc(length, sizeof(*pids)));

	count = start_pipeline(node->left, false, pids);
	if (count > 0)
		job_add_background(pids, count, node->text);
	free(pids);
	return count == length ? 0 : 126;
}

/* ------------------------------------------------------- conditions, loops */

/* A chain of && and ||, in order. */
static int run_and_or(struct node *node)
{
	bool wanted = true;

	for (;;) {
		bool last = node == NULL || (node->type != NODE_AND && node->type != NODE_OR);

		if (wanted && last)
			run_tree(node);
		else if (wanted)
			run_tested(node->left);
		if (last || shell_stops())
			return shell.status;
		wanted = (shell.status == 0) == (node->type == NODE_AND);
		node = node->right;
	}
}

static int run_if(struct node *node)
{
	while (node && node->type == NODE_IF && !node->redirects) {
		int status = run_tested(node->left);

		if (shell_stops())
			return shell.status;
		if (status == 0)
			return run_tree(node->right);
		if (node->other == NULL)
			return 0;
		node = node->other;
	}
	return run_tree(node);
}

/* After a loop's body: whether there is another round. */
static bool loop_goes_on(void)
{
	enum flow flow = shell.flow;

	if (shell.interrupted || flow == FLOW_RETURN || flow == FLOW_ABORT)
		return false;
	if (flow == FLOW_NONE)
		return true;
	if (--shell.leave > 0)
		return false;
	shell.flow = FLOW_NONE;
	return flow == FLOW_CONTINUE;
}

static int run_while(struct node *node)
{
	int status = 0;

	shell.loops++;
	for (;;) {
		bool holds = run_tested(node->left) == 0;

		if (shell_stops()) {
			if (loop_goes_on())
				continue;
			break;
		}
		if (holds != (node->type == NODE_WHILE))
			break;
		status = run_tree(node->right);
		if (!loop_goes_on())
			break;
	}
	shell.loops--;
	return status;
}

static int run_for(struct node *node)
{
	char *parameters[] = { "\"$@\"" };
	char **values = node->flag ? expand_words(node->words + 1, node->count - 1) : expand_words(parameters, 1);
	int status = 0;

	shell.loops++;
	for (char **value = values; *value && !shell_stops(); value++) {
		if (!var_set(node->words[0], *value, 0)) {
			shell_error();
			break;
		}
		status = run_tree(node->left);
		if (!loop_goes_on())
			break;
	}
	shell.loops--;
	expand_free(values);
	return shell.flow == FLOW_ABORT ? shell.status : status;
}

static bool case_matches(const struct node *item, const char *word)
{
	for (size_t i = 0; i < item->count && !shell_stops(); i++) {
		char *pattern = expand_pattern(item->words[i]);
		bool match = fnmatch(pattern, word, 0) == 0;

		free(pattern);
		if (match)
			return true;
	}
	return false;
}

static int run_case(struct node *node)
{
	char *word = expand_value(node->words[0]);
	struct node *item = node->right;

	while (item && !shell_stops() && !case_matches(item, word))
		item = item->right;
	free(word);
	if (shell_stops())
		return shell.status;
	return item && item->left ? run_tree(item->left) : 0;
}

/* ------------------------------------------------------------------ trees */

static int run_node(struct node *tree)
{
	switch (tree->type) {
	case NODE_COMMAND:
		return finish(command_run(tree, false));
	case NODE_SUBSHELL:
	case NODE_PIPE:
		return finish(run_children(tree));
	case NODE_BACKGROUND:
		return shell.status = run_background(tree);
	case NODE_NOT:
		return shell.status = run_tested(tree->left) == 0;
	case NODE_AND:
	case NODE_OR:
		return run_and_or(tree);
	case NODE_IF:
		return shell.status = run_if(tree);
	case NODE_WHILE:
	case NODE_UNTIL:
		return shell.status = run_while(tree);
	case NODE_FOR:
		return shell.status = run_for(tree);
	case NODE_CASE:
		return shell.status = run_case(tree);
	case NODE_FUNCTION:
		function_define(tree->words[0], tree->left);
		return shell.status = 0;
	default:
		return run_tree(tree->left);
	}
}

/* A compound command with redirections: they hold while it runs. */
static int run_redirected(struct node *tree)
{
	struct redirections redirections;

	if (!redirect_prepare(tree->redirects, &redirections)) {
		redirect_free(&redirections);
		return finish(shell_stops() ? shell.status : 1);
	}
	redirect_apply(&redirections);
	run_node(&(struct node){ .type = tree->type, .flag = tree->flag, .left = tree->left, .right = tree->right,
		.other = tree->other, .words = tree->words, .count = tree->count });
	redirect_undo(&redirections);
	redirect_free(&redirections);
	return shell.status;
}

int run_tree(struct node *tree)
{
	for (; tree && !shell_stops(); tree = tree->right) {
		struct node *item = tree->type == NODE_SEQUENCE ? tree->left : tree;

		if (item && item->redirects && item->type != NODE_COMMAND)
			run_redirected(item);
		else if (item)
			run_node(item);
		trap_run_pending();
		if (item == tree)
			break;
	}
	return shell.status;
}

int run_text(const char *text)
{
	const char *at = text;
	struct node *tree;

	while (!shell_stops()) {
		switch (parser_line(&at, true, &tree)) {
		case PARSE_END:
			return shell.status;
		case PARSE_LINE:
			if (!(shell.options & OPTION_NOEXEC) || shell.interactive)
				run_tree(tree);
			node_free(tree);
			break;
		default:
			return shell.status = 2;
		}
	}
	return shell.status;
}
