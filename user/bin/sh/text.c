/* SPDX-License-Identifier: BSD-2-Clause */
/* Marked text: bytes, and for each what may still happen to it. */
#include "sh.h"

#include <stdlib.h>
#include <string.h>

void text_put(struct text *text, char byte, enum mark mark)
{
	if (text->length == text->room) {
		text->room = text->room ? text->room * 2 : 32;
		text->bytes = must_have(realloc(text->bytes, text->room));
		text->marks = must_have(realloc(text->marks, text->room));
	}
	text->bytes[text->length] = byte;
	text->marks[text->length++] = (unsigned char)mark;
}

void text_put_string(struct text *text, const char *string, enum mark mark)
{
	for (; string && *string; string++)
		text_put(text, *string, mark);
}

void text_free(struct text *text)
{
	free(text->bytes);
	free(text->marks);
	*text = (struct text){ 0 };
}

char *text_string(const struct text *text)
{
	char *string = must_have(malloc(text->length + 1)), *to = string;

	for (size_t i = 0; i < text->length; i++) {
		if (text->marks[i] == MARK_BREAK)
			*to++ = ' ';
		else if (text->marks[i] != MARK_EMPTY)
			*to++ = text->bytes[i];
	}
	*to = '\0';
	return string;
}

char *text_pattern(const struct text *text, size_t first, size_t end)
{
	char *pattern = must_have(malloc(2 * (end - first) + 1)), *to = pattern;

	for (size_t i = first; i < end; i++) {
		if (text->marks[i] == MARK_BREAK)
			*to++ = ' ';
		if (text->marks[i] == MARK_BREAK || text->marks[i] == MARK_EMPTY)
			continue;
		if (text->marks[i] == MARK_QUOTED && strchr("\\*?[]!-^", text->bytes[i]))
			*to++ = '\\';
		*to++ = text->bytes[i];
	}
	*to = '\0';
	return pattern;
}
