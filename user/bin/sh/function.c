/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions, and the positional parameters, which are a function's own while it runs. */
#include "sh.h"

#include <stdlib.h>
#include <string.h>

#define MAX_CALLS 1000 /* each takes a few hundred bytes of stack, and there are 8 MiB */

struct function {
	struct function *next;
	struct node *body;
	char name[];
};

static struct function *functions;

static struct function **find(const char *name)
{
	struct function **at = &functions;

	while (*at && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	return at;
}

struct node *function_find(const char *name)
{
	struct function *function = *find(name);

	return function ? function->body : NULL;
}

void function_unset(const char *name)
{
	struct function **at = find(name), *function = *at;

	if (function == NULL)
		return;
	*at = function->next;
	node_free(function->body);
	free(function);
}

void function_define(const char *name, struct node *body)
{
	struct function *function = must_have(malloc(sizeof(*function) + strlen(name) + 1));

	function_unset(name);
	strcpy(function->name, name);
	function->body = node_hold(body);
	function->next = functions;
	functions = function;
}

static void free_parameters(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		free(argv[i]);
	free(argv);
}

static char **copy_parameters(int argc, char **argv)
{
	char **copy = must_have(calloc((size_t)argc + 1, sizeof(char *)));

	for (int i = 0; i < argc; i++)
		copy[i] = must_have(strdup(argv[i]));
	return copy;
}

void function_set_parameters(int argc, char **argv)
{
	char **copy = copy_parameters(argc, argv);

	free_parameters(shell.argc, shell.argv);
	shell.argc = argc;
	shell.argv = copy;
}

int function_call(struct node *body, int argc, char **argv)
{
	int outer_argc = shell.argc, outer_loops = shell.loops;
	char **outer_argv = shell.argv;
	size_t mark = var_mark();

	if (shell.functions >= MAX_CALLS) {
		complain(argv[0], "functions call each other too deep");
		shell_error();
		return 2;
	}
	shell.argc = argc - 1;
	shell.argv = copy_parameters(argc - 1, argv + 1);
	shell.loops = 0;
	shell.functions++;
	node_hold(body); /* it may unset or define itself anew */
	run_tree(body);
	node_free(body);
	shell.functions--;
	shell.loops = outer_loops;
	free_parameters(shell.argc, shell.argv);
	shell.argc = outer_argc;
	shell.argv = outer_argv;
	var_restore(mark);
	if (shell.flow == FLOW_RETURN)
		shell.flow = FLOW_NONE;
	return shell.status;
}
