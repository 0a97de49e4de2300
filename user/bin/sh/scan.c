/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where quotes and expansions end.
 *
 * The lexer asks for it to find a word's end, and expand.c asks again when it
 * expands the word.  All of it is a walk over the text, by recursion as deep
 * as things are nested, at most MAX_DEPTH.  What stands in $(...) is parsed:
 * only so can a `)` that belongs to a case be told from the last.
 */
#include "sh.h"

#include <ctype.h>
#include <string.h>

static const char *wrong(struct lexer *lexer, const char *message)
{
	if (lexer->error == NULL)
		lexer->error = message;
	return NULL;
}

/* The text ended inside of something. */
static const char *ended(struct lexer *lexer, const char *message)
{
	lexer->more = true;
	return wrong(lexer, message);
}

static bool enter(struct lexer *lexer)
{
	if (lexer->depth >= MAX_DEPTH) {
		wrong(lexer, "nested too deep");
		return false;
	}
	lexer->depth++;
	return true;
}

size_t name_length(const char *text)
{
	size_t length = 0;

	if (isalpha((unsigned char)text[0]) || text[0] == '_') {
		while (isalnum((unsigned char)text[length]) || text[length] == '_')
			length++;
	}
	return length;
}

size_t parameter_length(const char *text)
{
	size_t length = name_length(text);

	if (length > 0 || *text == '\0')
		return length;
	while (isdigit((unsigned char)text[length]))
		length++;
	return length > 0 ? length : strchr("?$#!@*-", *text) != NULL;
}

bool text_is(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && memcmp(text, word, length) == 0;
}

const char *scan_single_quotes(struct lexer *lexer, const char *at)
{
	const char *end = strchr(at + 1, '\'');

	return end ? end + 1 : ended(lexer, "a ' is not closed");
}

const char *scan_backquotes(struct lexer *lexer, const char *at)
{
	for (at++; *at && *at != '`'; at++)
		at += at[0] == '\\' && at[1] != '\0';
	return *at ? at + 1 : ended(lexer, "a ` is not closed");
}

/* One step over what double quotes, here-documents and arithmetic have in them. */
static const char *step_quoted(struct lexer *lexer, const char *at)
{
	if (*at == '\\')
		return at + (at[1] ? 2 : 1);
	if (*at == '`')
		return scan_backquotes(lexer, at);
	return *at == '$' ? scan_dollar(lexer, at, true) : at + 1;
}

const char *scan_double_quotes(struct lexer *lexer, const char *at)
{
	for (at++; at && *at && *at != '"';)
		at = step_quoted(lexer, at);
	if (at && *at == '\0')
		return ended(lexer, "a \" is not closed");
	return at ? at + 1 : NULL;
}

/* One step over a word's inside. */
static const char *step_word(struct lexer *lexer, const char *at)
{
	if (*at == '\'')
		return scan_single_quotes(lexer, at);
	if (*at == '"')
		return scan_double_quotes(lexer, at);
	if (*at == '$')
		return scan_dollar(lexer, at, false);
	return step_quoted(lexer, at);
}

const char *scan_word(struct lexer *lexer, const char *at)
{
	while (at && *at && !strchr(" \t\n;&|()<>", *at))
		at = step_word(lexer, at);
	return at;
}

/* The end of $((...)), whose inside begins at `at`. */
static const char *scan_arithmetic(struct lexer *lexer, const char *at)
{
	unsigned open = 0;

	while (at && *at) {
		if (*at == ')' && open == 0)
			return at[1] == ')' ? at + 2
				: at[1]     ? wrong(lexer, "a $(( is not closed by ))")
					    : ended(lexer, "a $(( is not closed");
		open += *at == '(';
		open -= *at == ')';
		at = step_quoted(lexer, at);
	}
	return at ? ended(lexer, "a $(( is not closed") : NULL;
}

/* The operation behind the name in ${...}.  Returns where its word begins, or NULL. */
static const char *scan_operation(struct lexer *lexer, const char *at, struct parameter *parameter)
{
	parameter->colon = *at == ':';
	at += parameter->colon;
	if (*at == '\0')
		return ended(lexer, "a ${ is not closed");
	if (strchr("-=?+", *at) || (!parameter->colon && strchr("#%", *at))) {
		parameter->operation = *at++;
		parameter->longest = strchr("#%", at[-1]) && *at == at[-1];
		return at + parameter->longest;
	}
	if (parameter->colon || *at != '}')
		return wrong(lexer, "a ${ that means nothing");
	return at;
}

const char *scan_braces(struct lexer *lexer, const char *at, bool quoted, struct parameter *parameter)
{
	memset(parameter, 0, sizeof(*parameter));
	at += 2;
	parameter->length = parameter_length(at);
	/* ${#x} measures x, but ${#} is $#, and ${#-x} is $# with a default. */
	if (*at == '#' && parameter_length(at + 1) > 0 && at[1 + parameter_length(at + 1)] == '}') {
		parameter->measure = true;
		parameter->length = parameter_length(++at);
	}
	if (*at == '\0')
		return ended(lexer, "a ${ is not closed");
	if (parameter->length == 0)
		return wrong(lexer, "a ${ that means nothing");
	parameter->name = at;
	at = scan_operation(lexer, at + parameter->length, parameter);
	if (at == NULL || !enter(lexer))
		return NULL;
	parameter->word = at;
	/* In double quotes a single one is a plain character in a default, but quotes in a pattern. */
	if (parameter->operation == '#' || parameter->operation == '%')
		quoted = false;
	while (at && *at && *at != '}')
		at = quoted && *at == '\'' ? at + 1 : step_word(lexer, at);
	lexer->depth--;
	if (at && *at == '\0')
		return ended(lexer, "a ${ is not closed");
	parameter->word_end = at;
	return at ? at + 1 : NULL;
}

const char *scan_dollar(struct lexer *lexer, const char *at, bool quoted)
{
	struct parameter parameter;

	if (at[1] == '{')
		return scan_braces(lexer, at, quoted, &parameter);
	if (at[1] != '(')
		return at + 1 + (parameter_length(at + 1) == 0 ? 0 : isdigit((unsigned char)at[1]) ? 1 : parameter_length(at + 1));
	if (!enter(lexer))
		return NULL;
	at = at[2] == '(' ? scan_arithmetic(lexer, at + 3) : parser_skip_substitution(lexer, at + 2);
	lexer->depth--;
	return at;
}
