/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lexer: where words and operators begin and end.
 *
 * A word is left as it stands, quotes and all: what it means depends on
 * variables when it runs, and is expand.c's work.  What other shells have and
 * this one has not is an error here, rather than a strange argument.
 */
#include "sh.h"

#include <string.h>

static struct token token(enum token_type type, const char *text, size_t length)
{
	return (struct token){ type, text, length };
}

static struct token error(const char *message)
{
	return token(TOKEN_ERROR, message, strlen(message));
}

/* Skips blanks, joined lines, and a comment. */
static const char *skip_blanks(const char *at)
{
	for (;;) {
		if (*at == ' ' || *at == '\t' || *at == '\r')
			at++;
		else if (at[0] == '\\' && at[1] == '\n')
			at += 2;
		else
			break;
	}
	return *at == '#' ? at + strcspn(at, "\n") : at;
}

/* Reads the word at *at. */
static struct token word(const char **at)
{
	const char *start = *at, *end = *at;

	while (*end && !strchr(" \t\r\n;&|()<>", *end)) {
		if (*end == '\\') {
			end += end[1] ? 2 : 1;
		} else if (*end == '\'') {
			end = strchr(end + 1, '\'');
			if (end == NULL)
				return error("a ' is not closed");
			end++;
		} else if (*end == '"') {
			for (end++; *end && *end != '"'; end++)
				end += end[0] == '\\' && end[1] != '\0';
			if (*end == '\0')
				return error("a \" is not closed");
			end++;
		} else if (*end == '`' || (end[0] == '$' && end[1] == '(')) {
			return error("command substitution is not supported");
		} else {
			end++;
		}
	}
	*at = end;
	return token(TOKEN_WORD, start, (size_t)(end - start));
}

/* An operator that may be doubled. */
static struct token one_or_two(const char **at, enum token_type one, enum token_type two)
{
	const char *start = *at;
	size_t length = start[1] == start[0] ? 2 : 1;

	*at += length;
	return token(length == 2 ? two : one, start, length);
}

static struct token single(const char **at, enum token_type type)
{
	*at += 1;
	return token(type, *at - 1, 1);
}

struct token lexer_next(const char **at)
{
	*at = skip_blanks(*at);
	switch (**at) {
	case '\0':
		return token(TOKEN_END, *at, 0);
	case '\n':
		return single(at, TOKEN_NEWLINE);
	case '(':
		return single(at, TOKEN_OPEN);
	case ')':
		return single(at, TOKEN_CLOSE);
	case ';':
		return single(at, TOKEN_SEMICOLON);
	case '&':
		return one_or_two(at, TOKEN_BACKGROUND, TOKEN_AND);
	case '|':
		if ((*at)[1] != '|')
			return error("pipes are not supported");
		return one_or_two(at, TOKEN_ERROR, TOKEN_OR);
	case '<':
	case '>':
		return error("redirection is not supported");
	default:
		return word(at);
	}
}
