/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compound commands, the second half of the parser.
 *
 *	( list )    { list }    if list then list (elif list then list)* (else list)? fi
 *	while list do list done    until list do list done
 *	for name (in word*)? do list done
 *	case word in (pattern (| pattern)*) list? ;; ... esac
 */
#include "sh.h"

#include <string.h>

static const struct {
	const char *word;
	enum node_type type;
} beginnings[] = { { "{", NODE_BRACES }, { "if", NODE_IF }, { "while", NODE_WHILE }, { "until", NODE_UNTIL },
	{ "for", NODE_FOR }, { "case", NODE_CASE } };
#define BEGINNINGS (sizeof(beginnings) / sizeof(beginnings[0]))

bool compound_begins(const struct parser *parser)
{
	for (size_t i = 0; i < BEGINNINGS; i++) {
		if (parser_at(parser, beginnings[i].word))
			return true;
	}
	return parser->token.type == TOKEN_OPEN;
}

static void parse_subshell(struct parser *parser, struct node *node)
{
	node->left = parser_list(parser);
	if (parser->token.type != TOKEN_CLOSE)
		parser_error(parser);
	else
		parser_advance(parser);
}

/* Behind `if`, and each `elif`. */
static void parse_if(struct parser *parser, struct node *node)
{
	for (;;) {
		node->left = parser_list(parser);
		parser_expect(parser, "then");
		if (parser->failed)
			return;
		node->right = parser_list(parser);
		if (!parser_at(parser, "elif"))
			break;
		parser_advance(parser);
		node->other = node_new(NODE_IF, NULL, NULL);
		node = node->other;
	}
	if (parser_at(parser, "else")) {
		parser_advance(parser);
		node->other = parser_list(parser);
	}
	parser_expect(parser, "fi");
}

static struct node *parse_do(struct parser *parser)
{
	struct node *body = NULL;

	parser_expect(parser, "do");
	if (!parser->failed)
		body = parser_list(parser);
	parser_expect(parser, "done");
	return body;
}

static void parse_while(struct parser *parser, struct node *node)
{
	node->left = parser_list(parser);
	if (!parser->failed)
		node->right = parse_do(parser);
}

static void parse_for(struct parser *parser, struct node *node)
{
	const struct token *token = &parser->token;

	if (token->type != TOKEN_WORD || name_length(token->text) != token->length) {
		parser_error(parser);
		return;
	}
	node_add_word(node, token->text, token->length);
	parser_advance(parser);
	parser_skip_newlines(parser);
	if (parser_at(parser, "in")) {
		node->flag = true;
		parser_advance(parser);
		for (; !parser->failed && token->type == TOKEN_WORD; parser_advance(parser))
			node_add_word(node, token->text, token->length);
		if (token->type != TOKEN_SEMICOLON && token->type != TOKEN_NEWLINE)
			parser_error(parser);
	}
	if (!parser->failed && token->type == TOKEN_SEMICOLON)
		parser_advance(parser);
	parser_skip_newlines(parser);
	if (!parser->failed)
		node->left = parse_do(parser);
}

/* One `pattern | pattern) list ;;`; the last may do without ;; */
static void parse_case_item(struct parser *parser, struct node *item)
{
	const struct token *token = &parser->token;

	if (token->type == TOKEN_OPEN)
		parser_advance(parser);
	for (;;) {
		if (token->type != TOKEN_WORD) {
			parser_error(parser);
			return;
		}
		node_add_word(item, token->text, token->length);
		parser_advance(parser);
		if (parser->failed || token->type != TOKEN_PIPE)
			break;
		parser_advance(parser);
	}
	if (parser->failed || token->type != TOKEN_CLOSE) {
		parser_error(parser);
		return;
	}
	parser_advance(parser);
	parser_skip_newlines(parser);
	if (!parser->failed && token->type != TOKEN_DOUBLE_SEMICOLON && !parser_at(parser, "esac"))
		item->left = parser_list(parser);
	if (!parser->failed && token->type == TOKEN_DOUBLE_SEMICOLON)
		parser_advance(parser);
	else if (!parser_at(parser, "esac"))
		parser_error(parser);
	parser_skip_newlines(parser);
}

static void parse_case(struct parser *parser, struct node *node)
{
	struct node **last = &node->right;

	if (parser->token.type != TOKEN_WORD) {
		parser_error(parser);
		return;
	}
	node_add_word(node, parser->token.text, parser->token.length);
	parser_advance(parser);
	parser_skip_newlines(parser);
	parser_expect(parser, "in");
	parser_skip_newlines(parser);
	while (!parser->failed && !parser_at(parser, "esac")) {
		*last = node_new(NODE_CASE_ITEM, NULL, NULL);
		parse_case_item(parser, *last);
		last = &(*last)->right;
	}
	parser_expect(parser, "esac");
}

struct node *compound_parse(struct parser *parser)
{
	struct node *node = node_new(NODE_SUBSHELL, NULL, NULL);

	for (size_t i = 0; i < BEGINNINGS; i++) {
		if (parser_at(parser, beginnings[i].word))
			node->type = beginnings[i].type;
	}
	parser_advance(parser);
	if (parser->failed) {
		return node;
	} else if (node->type == NODE_SUBSHELL) {
		parse_subshell(parser, node);
	} else if (node->type == NODE_BRACES) {
		node->left = parser_list(parser);
		parser_expect(parser, "}");
	} else if (node->type == NODE_IF) {
		parse_if(parser, node);
	} else if (node->type == NODE_FOR) {
		parse_for(parser, node);
	} else if (node->type == NODE_CASE) {
		parse_case(parser, node);
	} else {
		parse_while(parser, node);
	}
	parser_redirects(parser, node);
	return node;
}
