/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parameters: $x, ${x}, ${#x}, ${x-word} with - = ? + and a colon before,
 * ${x#pattern} with # ## % %%.
 *
 * $@ and $* are several values.  In double quotes $@ keeps them apart, each an
 * argument, and $* joins them by the first byte of IFS; unquoted, both keep
 * them apart, and each is split.
 */
#include "sh.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_all(const struct parameter *parameter)
{
	return parameter->length == 1 && strchr("@*", *parameter->name);
}

/* A number as a string in a static buffer. */
static const char *number(long value)
{
	static char text[24];

	snprintf(text, sizeof(text), "%ld", value);
	return text;
}

/* The value of a parameter that is one string; NULL if it is not set. */
static const char *value_of(const char *name, size_t length)
{
	const char *value;
	char *copy;
	long n = 0;

	if (isdigit((unsigned char)*name)) {
		/* $10 is $1 and a 0. */
		for (size_t i = 0; i < length && n <= shell.argc; i++)
			n = n * 10 + name[i] - '0';
		return n == 0 ? shell.name : n <= shell.argc ? shell.argv[n - 1] : NULL;
	}
	switch (*name) {
	case '?':
		return number(shell.status);
	case '$':
		return number(shell.pid);
	case '#':
		return number(shell.argc);
	case '-':
		return option_letters();
	case '!':
		return shell.last_background ? number(shell.last_background) : NULL;
	}
	copy = must_have(strndup(name, length));
	value = var_get(copy);
	free(copy);
	return value;
}

/* Puts $@ or $*. */
static void put_all(struct text *out, char which, bool quoted)
{
	const char *ifs = var_get("IFS");
	enum mark mark = quoted ? MARK_QUOTED : MARK_VALUE;

	for (int i = 0; i < shell.argc; i++) {
		if (i > 0 && quoted && which == '*') {
			if (ifs == NULL || *ifs)
				text_put(out, ifs ? *ifs : ' ', MARK_QUOTED);
		} else if (i > 0) {
			text_put(out, '\0', MARK_BREAK);
		}
		if (quoted)
			text_put(out, '\0', MARK_EMPTY);
		text_put_string(out, shell.argv[i], mark);
	}
}

/* ------------------------------------------------------------- operations */

/* The word of an operation as one string. */
static char *word_string(const struct parameter *parameter, bool quoted)
{
	struct text text = { 0 };
	char *string;

	expand_range(&text, parameter->word, parameter->word_end, quoted ? CONTEXT_QUOTED : CONTEXT_VALUE);
	string = text_string(&text);
	text_free(&text);
	return string;
}

/* ${x?word}, and set -u. */
static void not_set(const struct parameter *parameter, bool quoted)
{
	char *name = must_have(strndup(parameter->name, parameter->length));
	char *word = parameter->operation == '?' ? word_string(parameter, quoted) : NULL;

	complain(name, word && *word ? word : parameter->colon ? "parameter not set or null" : "parameter not set");
	free(word);
	free(name);
	shell_error();
}

/* ${x=word}. */
static void assign_default(struct text *out, const struct parameter *parameter, bool quoted)
{
	char *name = must_have(strndup(parameter->name, parameter->length));
	char *word = word_string(parameter, quoted);

	if (name_length(name) != parameter->length) {
		complain(name, "cannot be assigned to");
		shell_error();
	} else if (!shell_stops() && !var_set(name, word, 0)) {
		shell_error();
	}
	text_put_string(out, word, quoted ? MARK_QUOTED : MARK_VALUE);
	free(word);
	free(name);
}

/* ${x#pattern} and the others: the part of the value that is left.  The caller frees it. */
static char *trimmed(const char *value, const struct parameter *parameter)
{
	bool prefix = parameter->operation == '#';
	size_t length = strlen(value);
	struct text text = { 0 };
	char *copy = must_have(strdup(value)), *pattern;

	expand_range(&text, parameter->word, parameter->word_end, CONTEXT_WORD);
	pattern = text_pattern(&text, 0, text.length);
	text_free(&text);
	/* n bytes go: the fewest first, or the most. */
	for (size_t i = 0; i <= length; i++) {
		size_t n = parameter->longest ? length - i : i;
		char *at = copy + (prefix ? n : length - n), byte = *at;
		bool match;

		if (prefix)
			*at = '\0';
		match = fnmatch(pattern, prefix ? copy : at, 0) == 0;
		*at = byte;
		if (match) {
			memmove(copy, prefix ? at : copy, length - n);
			copy[length - n] = '\0';
			break;
		}
	}
	free(pattern);
	return copy;
}

static void put_trimmed(struct text *out, const struct parameter *parameter, const char *value, bool quoted)
{
	char *copy = must_have(strdup(value)); /* expanding the pattern may change it */
	char *rest = trimmed(copy, parameter);

	text_put_string(out, rest, quoted ? MARK_QUOTED : MARK_VALUE);
	free(rest);
	free(copy);
}

/* ${#x} */
static void put_length(struct text *out, const struct parameter *parameter, const char *value, bool quoted)
{
	long length = is_all(parameter) ? shell.argc : value ? (long)strlen(value) : 0;

	text_put_string(out, number(length), quoted ? MARK_QUOTED : MARK_VALUE);
}

static void put_plain(struct text *out, const struct parameter *parameter, const char *value, bool quoted)
{
	if (is_all(parameter))
		put_all(out, *parameter->name, quoted);
	else
		text_put_string(out, value, quoted ? MARK_QUOTED : MARK_VALUE);
}

void param_expand(struct text *out, const struct parameter *parameter, bool quoted)
{
	const char *value = is_all(parameter) ? (shell.argc > 0 ? shell.argv[0] : NULL)
					      : value_of(parameter->name, parameter->length);
	bool has = value && !(parameter->colon && *value == '\0' && !(is_all(parameter) && shell.argc > 1));
	char operation = parameter->operation;

	if (value == NULL && (shell.options & OPTION_NOUNSET) && !is_all(parameter) && (operation == 0 || strchr("#%", operation))) {
		not_set(parameter, quoted);
		return;
	}
	if (parameter->measure)
		put_length(out, parameter, value, quoted);
	else if (operation == '+' ? has : (operation == '-' && !has))
		expand_range(out, parameter->word, parameter->word_end, quoted ? CONTEXT_QUOTED : CONTEXT_VALUE);
	else if (operation == '+')
		return;
	else if (operation == '=' && !has)
		assign_default(out, parameter, quoted);
	else if (operation == '?' && !has)
		not_set(parameter, quoted);
	else if ((operation == '#' || operation == '%') && !is_all(parameter))
		put_trimmed(out, parameter, value ? value : "", quoted);
	else
		put_plain(out, parameter, value, quoted);
}
