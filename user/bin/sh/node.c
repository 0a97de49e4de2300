/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree's memory.  A node is held by its parent, a tree by who runs it, and
 * the body of a function by the function as well.
 */
#include "sh.h"

#include <stdlib.h>
#include <string.h>

struct node *node_new(enum node_type type, struct node *left, struct node *right)
{
	struct node *node = must_have(calloc(1, sizeof(*node)));

	node->type = type;
	node->references = 1;
	node->left = left;
	node->right = right;
	return node;
}

struct node *node_hold(struct node *node)
{
	if (node)
		node->references++;
	return node;
}

static void free_redirects(struct redirect *redirect)
{
	while (redirect) {
		struct redirect *next = redirect->next;

		free(redirect->word);
		free(redirect);
		redirect = next;
	}
}

void node_free(struct node *node)
{
	while (node && --node->references == 0) {
		/* Long chains are those to the right, or of elif: a loop, or they would need as much stack as they are long. */
		struct node *next = node->other ? node->other : node->right;

		if (node->other)
			node_free(node->right);
		node_free(node->left);
		for (size_t i = 0; i < node->count; i++)
			free(node->words[i]);
		free(node->words);
		free_redirects(node->redirects);
		free(node->text);
		free(node);
		node = next;
	}
}

void node_add_word(struct node *node, const char *text, size_t length)
{
	if ((node->count & (node->count + 1)) == 0)
		node->words = must_have(realloc(node->words, (2 * node->count + 2) * sizeof(char *)));
	node->words[node->count++] = must_have(strndup(text, length));
	node->words[node->count] = NULL;
}
