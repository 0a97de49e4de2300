/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From marked text to arguments: field splitting, then pathname expansion.
 *
 * Only what came from an unquoted expansion is split, at the bytes of IFS: any
 * run of blanks is one separator; another byte is one by itself, with the
 * blanks around it.  A field in which a pattern character is live is replaced
 * by the files that match, in order, or stays if none does.
 */
#include "sh.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

void strings_add(struct strings *strings, char *string)
{
	if (strings->count + 2 > strings->room) {
		strings->room = strings->room ? strings->room * 2 : 8;
		strings->list = must_have(realloc(strings->list, strings->room * sizeof(char *)));
	}
	strings->list[strings->count++] = string;
	strings->list[strings->count] = NULL;
}

int field_separator(char c)
{
	const char *ifs = var_get("IFS");

	if (c == '\0' || strchr(ifs ? ifs : " \t\n", c) == NULL)
		return 0;
	return strchr(" \t\n", c) ? 1 : 2;
}

/* Whether a pattern character is live in a part of a text. */
static bool is_pattern(const struct text *text, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++) {
		if ((text->marks[i] == MARK_PLAIN || text->marks[i] == MARK_VALUE) && strchr("*?[", text->bytes[i]))
			return true;
	}
	return false;
}

/* Adds the files that match.  Returns false if there are none. */
static bool add_matches(const char *pattern, struct strings *fields)
{
	glob_t found = { 0 };
	bool any = glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc > 0;

	for (size_t i = 0; any && i < (size_t)found.gl_pathc; i++)
		strings_add(fields, must_have(strdup(found.gl_pathv[i])));
	globfree(&found);
	return any;
}

static void add_field(const struct text *text, size_t first, size_t end, struct strings *fields)
{
	struct text part = { text->bytes + first, text->marks + first, end - first, 0 };
	bool matched = false;

	if (!(shell.options & OPTION_NOGLOB) && is_pattern(text, first, end)) {
		char *pattern = text_pattern(text, first, end);

		matched = add_matches(pattern, fields);
		free(pattern);
	}
	if (!matched)
		strings_add(fields, text_string(&part));
}

void field_split(const struct text *text, struct strings *fields)
{
	size_t first = 0;
	bool started = false;   /* a field begins at `first` */
	bool separated = false; /* by blanks: a separator that follows belongs to them */

	for (size_t i = 0; i < text->length; i++) {
		int separator = text->marks[i] == MARK_VALUE ? field_separator(text->bytes[i]) : 0;
		bool ends = separator != 0 || text->marks[i] == MARK_BREAK;

		if (!ends) {
			if (!started)
				first = i;
			started = true;
			separated = false;
		} else if (started) {
			add_field(text, first, i, fields);
			started = false;
			separated = separator == 1;
		} else if (separator == 2 && !separated) {
			strings_add(fields, must_have(strdup("")));
		} else if (separator != 1) {
			separated = false;
		}
	}
	if (started)
		add_field(text, first, text->length, fields);
}
