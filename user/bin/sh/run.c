/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running trees: lists, conditions, loops.
 *
 * Each run_*() returns the status of what it ran.  After any of them, who called
 * looks at shell_stops(), and gives up if it says so.
 */
#include "sh.h"

#include <fnmatch.h>
#include <stdlib.h>

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
		return finish(pipeline_run(tree));
	case NODE_BACKGROUND:
		return shell.status = pipeline_background(tree);
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
