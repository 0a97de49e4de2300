/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parser: one line of commands to a tree, by recursive descent.
 *
 *	line:    list? (newline | end)
 *	list:    and_or ((';' | '&') and_or)* (';' | '&')?
 *	and_or:  command (('&&' | '||') newline* command)*
 *	command: word+ | '(' list ')'
 *
 * Newlines separate commands inside parentheses too.  A script is read line by
 * line, so what comes before a syntax error has run.
 */
#include "sh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 50 /* of parentheses */

struct parser {
	const char *at;
	const char *before; /* where `token` begins, or the blanks before it */
	struct token token; /* the one to be looked at next */
	unsigned depth;
	bool failed;
};

static struct node *parse_list(struct parser *parser);

static void advance(struct parser *parser)
{
	parser->before = parser->at;
	parser->token = lexer_next(&parser->at);
}

/* Says what is wrong at the current token, once. */
static void syntax_error(struct parser *parser)
{
	const struct token *token = &parser->token;

	if (parser->failed)
		return;
	parser->failed = true;
	if (token->type == TOKEN_ERROR)
		fprintf(stderr, "sh: syntax error: %s\n", token->text);
	else if (token->type == TOKEN_END || token->type == TOKEN_NEWLINE)
		fprintf(stderr, "sh: syntax error: the line ends too early\n");
	else
		fprintf(stderr, "sh: syntax error at '%.*s'\n", (int)token->length, token->text);
}

static struct node *new_node(enum node_type type, struct node *left, struct node *right)
{
	struct node *node = must_have(calloc(1, sizeof(*node)));

	node->type = type;
	node->left = left;
	node->right = right;
	return node;
}

void parser_free(struct node *tree)
{
	if (tree == NULL)
		return;
	parser_free(tree->left);
	parser_free(tree->right);
	for (size_t i = 0; i < tree->count; i++)
		free(tree->words[i]);
	free(tree->words);
	free(tree->text);
	free(tree);
}

static void skip_newlines(struct parser *parser)
{
	while (parser->token.type == TOKEN_NEWLINE)
		advance(parser);
}

static struct node *parse_words(struct parser *parser)
{
	struct node *node = new_node(NODE_COMMAND, NULL, NULL);

	while (parser->token.type == TOKEN_WORD) {
		node->words = must_have(realloc(node->words, (node->count + 2) * sizeof(char *)));
		node->words[node->count++] = must_have(strndup(parser->token.text, parser->token.length));
		node->words[node->count] = NULL;
		advance(parser);
	}
	if (parser->token.type == TOKEN_OPEN || parser->token.type == TOKEN_ERROR)
		syntax_error(parser);
	return node;
}

static struct node *parse_group(struct parser *parser)
{
	struct node *list;

	if (parser->depth == MAX_DEPTH) {
		syntax_error(parser);
		return NULL;
	}
	parser->depth++;
	advance(parser);
	skip_newlines(parser);
	list = parse_list(parser);
	parser->depth--;
	if (parser->token.type != TOKEN_CLOSE)
		syntax_error(parser);
	else
		advance(parser);
	if (parser->token.type == TOKEN_WORD || parser->token.type == TOKEN_OPEN)
		syntax_error(parser);
	return new_node(NODE_GROUP, list, NULL);
}

static struct node *parse_command(struct parser *parser)
{
	if (parser->token.type == TOKEN_WORD)
		return parse_words(parser);
	if (parser->token.type == TOKEN_OPEN)
		return parse_group(parser);
	syntax_error(parser);
	return NULL;
}

static struct node *parse_and_or(struct parser *parser)
{
	struct node *left = parse_command(parser);

	while (!parser->failed && (parser->token.type == TOKEN_AND || parser->token.type == TOKEN_OR)) {
		enum node_type type = parser->token.type == TOKEN_AND ? NODE_AND : NODE_OR;

		advance(parser);
		skip_newlines(parser);
		left = new_node(type, left, parse_command(parser));
	}
	return left;
}

/* The text of the command that began at `start` and ends before the current token. */
static char *source_text(const struct parser *parser, const char *start)
{
	const char *end = parser->before;

	while (start < end && strchr(" \t\r\n", *start))
		start++;
	while (end > start && strchr(" \t\r\n", end[-1]))
		end--;
	return must_have(strndup(start, (size_t)(end - start)));
}

/* Whether a list may go on with another command here. */
static bool list_goes_on(struct parser *parser)
{
	if (parser->depth > 0)
		skip_newlines(parser);
	return !parser->failed && parser->token.type != TOKEN_END && parser->token.type != TOKEN_NEWLINE &&
	       parser->token.type != TOKEN_CLOSE;
}

static struct node *parse_list(struct parser *parser)
{
	struct node *list = NULL;

	do {
		const char *start = parser->before;
		struct node *item = parse_and_or(parser);

		if (parser->token.type == TOKEN_BACKGROUND) {
			item = new_node(NODE_BACKGROUND, item, NULL);
			item->text = source_text(parser, start);
		}
		list = list ? new_node(NODE_SEQUENCE, list, item) : item;
		if (parser->token.type == TOKEN_SEMICOLON || parser->token.type == TOKEN_BACKGROUND)
			advance(parser);
		else if (parser->depth == 0 || parser->token.type != TOKEN_NEWLINE)
			break;
	} while (list_goes_on(parser));
	return list;
}

enum parse_result parser_line(const char **at, struct node **tree)
{
	struct parser parser = { .at = *at };

	*tree = NULL;
	advance(&parser);
	if (parser.token.type == TOKEN_END)
		return PARSE_END;
	if (parser.token.type != TOKEN_NEWLINE) {
		*tree = parse_list(&parser);
		if (parser.token.type != TOKEN_NEWLINE && parser.token.type != TOKEN_END)
			syntax_error(&parser);
	}
	*at = parser.at;
	if (!parser.failed)
		return PARSE_LINE;
	parser_free(*tree);
	*tree = NULL;
	return PARSE_ERROR;
}
