/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Expansion: what a raw word becomes when its command runs.
 *
 * Quotes and backslashes go; $NAME, ${NAME}, $?, $$, $!, $#, $0 to $9, $@ and
 * $* become values.  An unquoted value is split at blanks into several
 * arguments (none, if it is empty), as POSIX has it; "$@" is one argument for
 * each.  There is no globbing.
 */
#include "sh.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Arguments being built: those complete, and the one at work. */
struct builder {
	char **list;
	size_t count;
	char *word;
	size_t length, room;
	bool started; /* there is a word at work, though it may be empty */
	bool split;   /* unquoted values are split */
};

static void put(struct builder *builder, char c)
{
	if (builder->length + 1 >= builder->room) {
		builder->room = builder->room ? builder->room * 2 : 32;
		builder->word = must_have(realloc(builder->word, builder->room));
	}
	builder->word[builder->length++] = c;
	builder->started = true;
}

/* Ends the word at work, if there is one. */
static void finish_word(struct builder *builder)
{
	if (!builder->started)
		return;
	put(builder, '\0');
	builder->list = must_have(realloc(builder->list, (builder->count + 2) * sizeof(char *)));
	builder->list[builder->count++] = builder->word;
	builder->list[builder->count] = NULL;
	builder->word = NULL;
	builder->length = builder->room = 0;
	builder->started = false;
}

static void put_value(struct builder *builder, const char *value, bool quoted)
{
	for (; value && *value; value++) {
		if (!quoted && builder->split && strchr(" \t\n", *value))
			finish_word(builder);
		else
			put(builder, *value);
	}
}

static void put_number(struct builder *builder, long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", number);
	put_value(builder, text, true);
}

/* All positional parameters: separate words, or joined where words are not made. */
static void put_parameters(struct builder *builder, bool joined, bool quoted)
{
	for (int i = 0; i < shell.argc; i++) {
		if (i > 0 && (joined || !builder->split))
			put_value(builder, " ", quoted);
		else if (i > 0)
			finish_word(builder);
		if (quoted)
			builder->started = true;
		put_value(builder, shell.argv[i], quoted);
	}
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

/* A variable by its name. */
static void put_variable(struct builder *builder, const char *name, size_t length, bool quoted)
{
	char *copy = must_have(strndup(name, length));

	put_value(builder, getenv(copy), quoted);
	free(copy);
}

/* The parameters that are one character; one not set is empty.  Returns false if it is none of them. */
static bool put_special(struct builder *builder, char c, bool quoted)
{
	if (c == '?')
		put_number(builder, shell.status);
	else if (c == '$')
		put_number(builder, getpid());
	else if (c == '#')
		put_number(builder, shell.argc);
	else if (c == '!' && shell.last_background != 0)
		put_number(builder, shell.last_background);
	else if (c == '@' || c == '*')
		put_parameters(builder, c == '*' && quoted, quoted);
	else if (c == '0')
		put_value(builder, shell.name, quoted);
	else if (isdigit((unsigned char)c) && c - '1' < shell.argc)
		put_value(builder, shell.argv[c - '1'], quoted);
	return strchr("?$#!@*0123456789", c) != NULL;
}

/* Expands what follows a $.  Returns where the text goes on; a $ that means nothing stays. */
static const char *dollar(struct builder *builder, const char *at, bool quoted)
{
	bool braces = *at == '{';
	const char *name = at + braces;
	size_t length = name_length(name);

	if (length == 0 && *name != '\0' && strchr("?$#!@*0123456789", *name))
		length = 1;
	if (length == 0 || (braces && name[length] != '}')) {
		put(builder, '$');
		return at;
	}
	if (!put_special(builder, *name, quoted))
		put_variable(builder, name, length, quoted);
	return name + length + braces;
}

/* Expands the inside of double quotes, from behind the first.  Returns where the text goes on. */
static const char *double_quoted(struct builder *builder, const char *at)
{
	bool parameters_only = strncmp(at, "$@\"", 3) == 0;

	if (!parameters_only)
		builder->started = true;
	while (*at && *at != '"') {
		if (at[0] == '\\' && at[1] && strchr("$`\"\\\n", at[1])) {
			if (at[1] != '\n')
				put(builder, at[1]);
			at += 2;
		} else if (*at == '$') {
			at = dollar(builder, at + 1, true);
		} else {
			put(builder, *at++);
		}
	}
	return *at ? at + 1 : at;
}

static void expand_text(struct builder *builder, const char *at)
{
	while (*at) {
		if (*at == '\'') {
			builder->started = true;
			for (at++; *at && *at != '\''; at++)
				put(builder, *at);
			at += *at != '\0';
		} else if (*at == '"') {
			at = double_quoted(builder, at + 1);
		} else if (*at == '\\' && at[1]) {
			if (at[1] != '\n')
				put(builder, at[1]);
			at += 2;
		} else if (*at == '$') {
			at = dollar(builder, at + 1, false);
		} else {
			put(builder, *at++);
		}
	}
}

char **expand_words(char *const *words, size_t count)
{
	struct builder builder = { .split = true };

	builder.list = must_have(calloc(1, sizeof(char *)));
	for (size_t i = 0; i < count; i++) {
		expand_text(&builder, words[i]);
		finish_word(&builder);
	}
	return builder.list;
}

char *expand_value(const char *text)
{
	struct builder builder = { .split = false };

	expand_text(&builder, text);
	put(&builder, '\0');
	return builder.word;
}

void expand_free(char **arguments)
{
	for (char **argument = arguments; *argument; argument++)
		free(*argument);
	free(arguments);
}
