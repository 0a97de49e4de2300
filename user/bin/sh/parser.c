/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parser: one line of commands to a tree, by recursive descent.
 *
 *	line:     list? (newline | end)
 *	list:     and_or ((';' | '&') and_or)* (';' | '&')?
 *	and_or:   pipeline (('&&' | '||') newline* pipeline)*
 *	pipeline: '!'? command ('|' newline* command)*
 *	command:  simple | compound redirect* | name '(' ')' newline* compound redirect*
 *	simple:   (word | redirect)+
 *
 * Inside a compound command (compound.c) newlines separate commands too.  A
 * script is read line by line, so what comes before a syntax error has run.
 * A line that ends inside of something is not an error but PARSE_MORE, unless
 * there is no more.
 */
#include "sh.h"

#include <stdlib.h>
#include <string.h>

void parser_advance(struct parser *parser)
{
	if (parser->token.type == TOKEN_NEWLINE && parser->pending_count > 0)
		heredoc_read(parser);
	parser->before = parser->lexer.at;
	parser->token = lexer_next(&parser->lexer);
	if (parser->token.type == TOKEN_ERROR)
		parser_error(parser);
}

/* What is wrong at the current token is wrong once, and is said unless more text may mend it. */
void parser_error(struct parser *parser)
{
	const struct token *token = &parser->token;

	if (parser->failed)
		return;
	parser->failed = true;
	if (token->type == TOKEN_END)
		parser->lexer.more = true;
	if (parser->quiet || (parser->lexer.more && !parser->lexer.final))
		return;
	fflush(stdout);
	if (parser->lexer.error)
		fprintf(stderr, "sh: syntax error: %s\n", parser->lexer.error);
	else if (token->type == TOKEN_END)
		fprintf(stderr, "sh: syntax error: the text ends too early\n");
	else if (token->type == TOKEN_NEWLINE)
		fprintf(stderr, "sh: syntax error: the line ends too early\n");
	else
		fprintf(stderr, "sh: syntax error at '%.*s'\n", (int)token->length, token->text);
}

void parser_skip_newlines(struct parser *parser)
{
	while (!parser->failed && parser->token.type == TOKEN_NEWLINE)
		parser_advance(parser);
}

bool parser_at(const struct parser *parser, const char *reserved)
{
	return parser->token.type == TOKEN_WORD && text_is(parser->token.text, parser->token.length, reserved);
}

void parser_expect(struct parser *parser, const char *reserved)
{
	if (!parser_at(parser, reserved))
		parser_error(parser);
	else
		parser_advance(parser);
}

/* Words that end a list where a command might begin. */
static bool at_closing_word(const struct parser *parser)
{
	static const char *const words[] = { "then", "else", "elif", "fi", "do", "done", "esac", "}" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (parser_at(parser, words[i]))
			return true;
	}
	return false;
}

/* --------------------------------------------------------- simple commands */

/* Reads one redirection to the end of the node's. */
static void parse_redirect(struct parser *parser, struct node *node)
{
	struct redirect **last = &node->redirects, *redirect = must_have(calloc(1, sizeof(*redirect)));

	while (*last)
		last = &(*last)->next;
	*last = redirect;
	redirect->type = parser->token.redirect;
	redirect->fd = parser->token.fd;
	redirect->word = must_have(strdup(""));
	parser_advance(parser);
	if (parser->token.type != TOKEN_WORD) {
		parser_error(parser);
		return;
	}
	if (redirect->type == REDIRECT_HEREDOC || redirect->type == REDIRECT_HEREDOC_TABS) {
		heredoc_note(parser, redirect, parser->token.text, parser->token.length);
	} else {
		free(redirect->word);
		redirect->word = must_have(strndup(parser->token.text, parser->token.length));
	}
	parser_advance(parser);
}

void parser_redirects(struct parser *parser, struct node *node)
{
	while (!parser->failed && parser->token.type == TOKEN_REDIRECT)
		parse_redirect(parser, node);
}

/* Behind `name (`: the rest of a function's definition. */
static struct node *parse_function(struct parser *parser, struct node *node)
{
	const char *name = node->words[0];

	if (node->count != 1 || node->redirects || name_length(name) != strlen(name))
		parser_error(parser);
	parser_advance(parser);
	if (parser->token.type != TOKEN_CLOSE)
		parser_error(parser);
	parser_advance(parser);
	parser_skip_newlines(parser);
	if (!compound_begins(parser))
		parser_error(parser);
	node->type = NODE_FUNCTION;
	if (!parser->failed)
		node->left = compound_parse(parser);
	return node;
}

static struct node *parse_simple(struct parser *parser)
{
	struct node *node = node_new(NODE_COMMAND, NULL, NULL);

	while (!parser->failed) {
		if (parser->token.type == TOKEN_REDIRECT) {
			parse_redirect(parser, node);
		} else if (parser->token.type == TOKEN_WORD) {
			node_add_word(node, parser->token.text, parser->token.length);
			parser_advance(parser);
		} else {
			break;
		}
	}
	if (!parser->failed && parser->token.type == TOKEN_OPEN) {
		if (node->count > 0)
			return parse_function(parser, node);
		parser_error(parser);
	}
	return node;
}

static struct node *parse_command(struct parser *parser)
{
	if (compound_begins(parser))
		return compound_parse(parser);
	if ((parser->token.type == TOKEN_WORD && !at_closing_word(parser)) || parser->token.type == TOKEN_REDIRECT)
		return parse_simple(parser);
	parser_error(parser);
	return NULL;
}

/* ------------------------------------------------------------------ lists */

static struct node *parse_pipeline(struct parser *parser)
{
	bool negated = parser_at(parser, "!");
	struct node *first, **last = &first;

	if (negated)
		parser_advance(parser);
	first = parse_command(parser);
	while (!parser->failed && parser->token.type == TOKEN_PIPE) {
		*last = node_new(NODE_PIPE, *last, NULL);
		last = &(*last)->right;
		parser_advance(parser);
		parser_skip_newlines(parser);
		*last = parse_command(parser);
	}
	return negated ? node_new(NODE_NOT, first, NULL) : first;
}

static struct node *parse_and_or(struct parser *parser)
{
	struct node *first, **last = &first;

	first = parse_pipeline(parser);
	while (!parser->failed && (parser->token.type == TOKEN_AND || parser->token.type == TOKEN_OR)) {
		*last = node_new(parser->token.type == TOKEN_AND ? NODE_AND : NODE_OR, *last, NULL);
		last = &(*last)->right;
		parser_advance(parser);
		parser_skip_newlines(parser);
		*last = parse_pipeline(parser);
	}
	return first;
}

/* The text of the command that began at `start` and ends before the current token. */
static char *source_text(const struct parser *parser, const char *start)
{
	const char *end = parser->before;

	while (start < end && strchr(" \t\n", *start))
		start++;
	while (end > start && strchr(" \t\n", end[-1]))
		end--;
	return must_have(strndup(start, (size_t)(end - start)));
}

/* Whether a list may go on with another command here. */
static bool list_goes_on(struct parser *parser)
{
	if (parser->in_list)
		parser_skip_newlines(parser);
	return !parser->failed && parser->token.type != TOKEN_END && parser->token.type != TOKEN_NEWLINE &&
	       parser->token.type != TOKEN_CLOSE && parser->token.type != TOKEN_DOUBLE_SEMICOLON && !at_closing_word(parser);
}

static struct node *parse_list(struct parser *parser)
{
	struct node *first = NULL, **last = &first;

	do {
		const char *start = parser->before;
		struct node *item = parse_and_or(parser);

		if (!parser->failed && parser->token.type == TOKEN_BACKGROUND) {
			item = node_new(NODE_BACKGROUND, item, NULL);
			item->text = source_text(parser, start);
		}
		if (*last) {
			*last = node_new(NODE_SEQUENCE, *last, item);
			last = &(*last)->right;
		} else {
			*last = item;
		}
		if (parser->failed)
			break;
		if (parser->token.type == TOKEN_SEMICOLON || parser->token.type == TOKEN_BACKGROUND)
			parser_advance(parser);
		else if (!parser->in_list || parser->token.type != TOKEN_NEWLINE)
			break;
	} while (list_goes_on(parser));
	return first;
}

struct node *parser_list(struct parser *parser)
{
	bool outer = parser->in_list;
	struct node *list = NULL;

	if (parser->lexer.depth >= MAX_DEPTH) {
		parser->lexer.error = "nested too deep";
		parser_error(parser);
		return NULL;
	}
	parser->lexer.depth++;
	parser->in_list = true;
	parser_skip_newlines(parser);
	if (!parser->failed)
		list = parse_list(parser);
	parser->in_list = outer;
	parser->lexer.depth--;
	return list;
}

/* ----------------------------------------------------------------- entries */

static void free_pending(struct parser *parser)
{
	for (size_t i = 0; i < parser->pending_count; i++)
		free(parser->pending[i].delimiter);
	free(parser->pending);
}

/* Behind the last token of a line: what is pending comes, and the next line begins. */
static void end_line(struct parser *parser)
{
	if (parser->pending_count > 0 && !parser->failed)
		heredoc_read(parser);
	if (parser->lexer.more && !parser->lexer.final)
		parser->failed = true;
}

enum parse_result parser_line(const char **at, bool final, struct node **tree)
{
	struct parser parser = { .lexer = { .begin = *at, .at = *at, .final = final } };

	*tree = NULL;
	parser_advance(&parser);
	if (parser.token.type == TOKEN_END && !parser.lexer.more)
		return PARSE_END;
	if (parser.token.type == TOKEN_END && !final)
		return PARSE_MORE;
	if (parser.token.type != TOKEN_NEWLINE && parser.token.type != TOKEN_END && !parser.failed) {
		*tree = parse_list(&parser);
		if (parser.token.type != TOKEN_NEWLINE && parser.token.type != TOKEN_END)
			parser_error(&parser);
	}
	end_line(&parser);
	free_pending(&parser);
	if (!parser.failed) {
		*at = parser.lexer.at;
		return PARSE_LINE;
	}
	node_free(*tree);
	*tree = NULL;
	return parser.lexer.more && !final ? PARSE_MORE : PARSE_ERROR;
}

const char *parser_skip_substitution(struct lexer *lexer, const char *at)
{
	struct parser parser = { .lexer = { .begin = lexer->begin, .at = at, .depth = lexer->depth, .final = lexer->final } };
	const char *end = NULL;

	parser.in_list = parser.quiet = true; /* who asked has the words for it */
	parser_advance(&parser);
	parser_skip_newlines(&parser);
	if (!parser.failed && parser.token.type != TOKEN_CLOSE)
		node_free(parser_list(&parser));
	if (!parser.failed && parser.token.type == TOKEN_CLOSE) {
		end = parser.lexer.at;
	} else {
		if (parser.token.type == TOKEN_END)
			parser.lexer.more = true;
		lexer->more |= parser.lexer.more;
		lexer->error = parser.lexer.error ? parser.lexer.error
			: lexer->more             ? "a $( is not closed"
						  : "in the commands of a $(";
	}
	free_pending(&parser);
	return end;
}
