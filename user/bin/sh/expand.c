/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Expansion: what a raw word becomes when its command runs.
 *
 * One walk over the word turns it into marked text: quotes and backslashes go,
 * a ~ and what begins with $ or a backquote becomes its value.  The marks keep
 * what was quoted apart from what was not, and what the user wrote from what
 * came of an expansion; text.c and field.c make strings, patterns or arguments
 * of it.
 */
#include "sh.h"

#include <stdlib.h>
#include <string.h>

/* How one part of a word is read. */
struct reader {
	struct text *out;
	const char *begin, *end;
	enum mark mark;  /* of bytes that nothing quotes */
	bool quoted;     /* as in double quotes */
	bool quotes;     /* quotes are special */
	bool braces;     /* inside ${...}: \} is a } */
	bool assignment; /* a ~ may follow a : */
};

static void read_part(struct reader *reader);

/* A lexer for finding ends in text that was scanned before; here-documents were not. */
static struct lexer inner_lexer(const char *at)
{
	return (struct lexer){ .begin = at, .at = at, .final = true };
}

static void syntax_error(const struct lexer *lexer)
{
	complain("syntax error", lexer->error ? lexer->error : "the text ends too early");
	shell_error();
}

/* -------------------------------------------------- what begins with $ or ` */

/* Puts the output of commands, or another computed value, which is freed. */
static void put_value(struct reader *reader, char *value)
{
	text_put_string(reader->out, value, reader->quoted ? MARK_QUOTED : MARK_VALUE);
	free(value);
}

/* $((...)), whose inside is [at, end). */
static void read_arithmetic(struct reader *reader, const char *at, const char *end)
{
	struct text text = { 0 };
	char *expression, *result = must_have(calloc(1, 24));
	long value = 0;

	expand_range(&text, at, end, CONTEXT_DOCUMENT);
	expression = text_string(&text);
	text_free(&text);
	if (!shell_stops() && !arith_evaluate(expression, &value))
		shell_error();
	free(expression);
	snprintf(result, 24, "%ld", value);
	put_value(reader, result);
}

/* Commands in `...`: a backslash in front of $ ` \ (and " in quotes) goes. */
static void read_backquotes(struct reader *reader, const char *at, const char *end)
{
	char *commands = must_have(malloc((size_t)(end - at) + 1)), *to = commands;

	while (at < end) {
		if (at[0] == '\\' && at + 1 < end && (strchr("$`\\", at[1]) || (reader->quoted && at[1] == '"')))
			at++;
		*to++ = *at++;
	}
	*to = '\0';
	put_value(reader, capture(commands));
	free(commands);
}

/* Expands what begins with the $ at `at`.  Returns its end, NULL after an error. */
static const char *read_dollar(struct reader *reader, const char *at)
{
	struct lexer lexer = inner_lexer(at);
	struct parameter parameter;
	const char *end;

	if (at[1] == '{') {
		end = scan_braces(&lexer, at, reader->quoted, &parameter);
		if (end)
			param_expand(reader->out, &parameter, reader->quoted);
		return end;
	}
	end = scan_dollar(&lexer, at, reader->quoted);
	if (end == NULL) {
		syntax_error(&lexer);
	} else if (end == at + 1) {
		text_put(reader->out, '$', reader->mark);
	} else if (at[1] != '(') {
		parameter = (struct parameter){ .name = at + 1, .length = (size_t)(end - at - 1), .word = end, .word_end = end };
		param_expand(reader->out, &parameter, reader->quoted);
	} else if (at[2] == '(') {
		read_arithmetic(reader, at + 3, end - 2);
	} else {
		char *commands = must_have(strndup(at + 2, (size_t)(end - at - 3)));

		put_value(reader, capture(commands));
		free(commands);
	}
	return end;
}

/* --------------------------------------------------------------- the walk */

/* A backslash at `at`.  Returns where the text goes on. */
static const char *read_backslash(struct reader *reader, const char *at)
{
	const char *special = reader->quotes ? "$`\"\\\n" : "$`\\\n";

	if (at + 1 >= reader->end) {
		text_put(reader->out, '\\', MARK_QUOTED);
		return at + 1;
	}
	if (reader->quoted && !strchr(special, at[1]) && !(reader->braces && at[1] == '}'))
		text_put(reader->out, '\\', MARK_QUOTED);
	if (at[1] != '\n')
		text_put(reader->out, at[1], MARK_QUOTED);
	return at + 2;
}

static const char *read_single_quotes(struct reader *reader, const char *at)
{
	text_put(reader->out, '\0', MARK_EMPTY);
	for (at++; at < reader->end && *at != '\''; at++)
		text_put(reader->out, *at, MARK_QUOTED);
	return at + 1;
}

/* The inside of double quotes.  It is an argument though it may be empty, unless all there is in it is "$@" of nothing. */
static const char *read_double_quotes(struct reader *reader, const char *at)
{
	struct lexer lexer = inner_lexer(at);
	const char *end = scan_double_quotes(&lexer, at);
	struct reader inside = { .out = reader->out, .begin = at + 1, .mark = MARK_QUOTED, .quoted = true, .quotes = true };
	size_t length = reader->out->length;
	bool no_parameters;

	if (end == NULL) {
		syntax_error(&lexer);
		return NULL;
	}
	inside.end = end - 1;
	no_parameters = shell.argc == 0 && (text_is(at, (size_t)(end - at), "\"$@\"") || text_is(at, (size_t)(end - at), "\"${@}\""));
	if (inside.begin < inside.end)
		read_part(&inside);
	if (reader->out->length == length && !no_parameters)
		text_put(reader->out, '\0', MARK_EMPTY);
	return end;
}

/* A ~ that begins a word, up to the next slash, is $HOME. */
static const char *read_tilde(struct reader *reader, const char *at)
{
	const char *home = var_get("HOME");
	bool alone = at + 1 == reader->end || at[1] == '/' || (reader->assignment && at[1] == ':');

	if (alone && home)
		text_put_string(reader->out, home, MARK_QUOTED);
	else
		text_put(reader->out, '~', reader->mark);
	return at + 1;
}

static bool tilde_may_be(const struct reader *reader, const char *at)
{
	return !reader->quoted && reader->mark == MARK_PLAIN &&
	       (at == reader->begin || (reader->assignment && at[-1] == ':'));
}

/* One step.  Returns where the text goes on, or NULL after an error. */
static const char *read_step(struct reader *reader, const char *at)
{
	struct lexer lexer = inner_lexer(at);

	switch (*at) {
	case '\\':
		return read_backslash(reader, at);
	case '$':
		return read_dollar(reader, at);
	case '`': {
		const char *end = scan_backquotes(&lexer, at);

		if (end)
			read_backquotes(reader, at + 1, end - 1);
		else
			syntax_error(&lexer);
		return end;
	}
	case '\'':
		if (reader->quotes && !reader->quoted)
			return read_single_quotes(reader, at);
		break;
	case '"':
		if (reader->quotes && reader->quoted)
			return at + 1; /* "${x-"a"}": all of it is quoted as it is */
		if (reader->quotes)
			return read_double_quotes(reader, at);
		break;
	case '~':
		if (tilde_may_be(reader, at))
			return read_tilde(reader, at);
		break;
	}
	text_put(reader->out, *at, reader->mark);
	return at + 1;
}

static void read_part(struct reader *reader)
{
	const char *at = reader->begin;

	while (at && at < reader->end && !shell_stops())
		at = read_step(reader, at);
}

void expand_range(struct text *out, const char *at, const char *end, enum context context)
{
	struct reader reader = { .out = out, .begin = at, .end = end, .mark = MARK_PLAIN, .quotes = true };

	if (context == CONTEXT_VALUE)
		reader.mark = MARK_VALUE;
	if (context == CONTEXT_QUOTED || context == CONTEXT_DOCUMENT) {
		reader.mark = MARK_QUOTED;
		reader.quoted = true;
		reader.quotes = context == CONTEXT_QUOTED;
	}
	reader.braces = context == CONTEXT_QUOTED || context == CONTEXT_VALUE;
	read_part(&reader);
}

/* ---------------------------------------------------------------- entries */

char **expand_words(char *const *words, size_t count)
{
	struct strings fields = { 0 };

	for (size_t i = 0; i < count && !shell_stops(); i++) {
		struct text text = { 0 };

		expand_range(&text, words[i], words[i] + strlen(words[i]), CONTEXT_WORD);
		field_split(&text, &fields);
		text_free(&text);
	}
	return fields.list ? fields.list : must_have(calloc(1, sizeof(char *)));
}

static char *expand_to_string(const char *text, enum context context)
{
	struct text out = { 0 };
	char *result;

	expand_range(&out, text, text + strlen(text), context);
	result = text_string(&out);
	text_free(&out);
	return result;
}

char *expand_value(const char *text)
{
	return expand_to_string(text, CONTEXT_WORD);
}

char *expand_document(const char *text)
{
	return expand_to_string(text, CONTEXT_DOCUMENT);
}

char *expand_assignment(const char *text)
{
	struct text out = { 0 };
	struct reader reader = { .out = &out, .end = text + strlen(text), .mark = MARK_PLAIN, .quotes = true, .assignment = true };
	char *result;

	reader.begin = strchr(text, '=') + 1;
	for (const char *at = text; at < reader.begin; at++)
		text_put(&out, *at, MARK_QUOTED);
	read_part(&reader);
	result = text_string(&out);
	text_free(&out);
	return result;
}

char *expand_pattern(const char *text)
{
	struct text out = { 0 };
	char *result;

	expand_range(&out, text, text + strlen(text), CONTEXT_WORD);
	result = text_pattern(&out, 0, out.length);
	text_free(&out);
	return result;
}

void expand_free(char **arguments)
{
	for (char **argument = arguments; *argument; argument++)
		free(*argument);
	free(arguments);
}
