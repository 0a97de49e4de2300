/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lexer: where words and operators begin and end.
 *
 * A word is left as it stands, quotes and all: what it means depends on
 * variables when it runs, and is expand.c's work.
 */
#include "sh.h"

#include <ctype.h>
#include <string.h>

/* Skips blanks, joined lines, and a comment. */
static const char *skip_blanks(const char *at)
{
	for (;;) {
		if (*at == ' ' || *at == '\t')
			at++;
		else if (at[0] == '\\' && at[1] == '\n')
			at += 2;
		else
			break;
	}
	return *at == '#' ? at + strcspn(at, "\n") : at;
}

/* Longer ones first. */
static const struct {
	const char *text;
	enum token_type type;
	enum redirect_type redirect;
} operators[] = {
	{ "<<-", TOKEN_REDIRECT, REDIRECT_HEREDOC_TABS },
	{ "<<", TOKEN_REDIRECT, REDIRECT_HEREDOC },
	{ "<&", TOKEN_REDIRECT, REDIRECT_DUP },
	{ "<>", TOKEN_REDIRECT, REDIRECT_BOTH },
	{ "<", TOKEN_REDIRECT, REDIRECT_IN },
	{ ">>", TOKEN_REDIRECT, REDIRECT_APPEND },
	{ ">&", TOKEN_REDIRECT, REDIRECT_DUP },
	{ ">|", TOKEN_REDIRECT, REDIRECT_CLOBBER },
	{ ">", TOKEN_REDIRECT, REDIRECT_OUT },
	{ "&&", TOKEN_AND, 0 },
	{ "&", TOKEN_BACKGROUND, 0 },
	{ "||", TOKEN_OR, 0 },
	{ "|", TOKEN_PIPE, 0 },
	{ ";;", TOKEN_DOUBLE_SEMICOLON, 0 },
	{ ";", TOKEN_SEMICOLON, 0 },
	{ "(", TOKEN_OPEN, 0 },
	{ ")", TOKEN_CLOSE, 0 },
	{ "\n", TOKEN_NEWLINE, 0 },
};

/* The operator that stands there.  Returns its length, 0 if there is none. */
static size_t match_operator(const char *at, struct token *token)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		size_t length = strlen(operators[i].text);

		if (strncmp(at, operators[i].text, length) == 0) {
			token->type = operators[i].type;
			token->redirect = operators[i].redirect;
			token->fd = *at == '<' ? 0 : 1;
			return length;
		}
	}
	return 0;
}

/* Whether the text ends with a line that the next one is to be joined to: only then can a newline be before its end here. */
static bool joined_at_end(const struct lexer *lexer, const char *at)
{
	return *at == '\0' && at > lexer->begin && at[-1] == '\n' && at - 1 > lexer->begin && at[-2] == '\\';
}

struct token lexer_next(struct lexer *lexer)
{
	const char *at = lexer->at = skip_blanks(lexer->at), *end;
	struct token token = { .type = TOKEN_END, .text = at };
	/* One digit that touches < or > is a descriptor. */
	size_t digit = isdigit((unsigned char)at[0]) && (at[1] == '<' || at[1] == '>');

	if (*at == '\0') {
		lexer->more |= joined_at_end(lexer, at);
		return token;
	}
	token.length = match_operator(at + digit, &token);
	if (token.length > 0) {
		if (digit)
			token.fd = *at - '0';
		token.length += digit;
	} else if ((end = scan_word(lexer, at)) != NULL) {
		token.type = TOKEN_WORD;
		token.length = (size_t)(end - at);
		lexer->more |= joined_at_end(lexer, end);
	} else {
		token.type = TOKEN_ERROR;
	}
	lexer->at = at + token.length;
	return token;
}
