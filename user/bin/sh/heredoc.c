/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Here-documents: the lines behind the one that has <<WORD in it, up to a line
 * that is WORD.
 *
 * They are noted where the operator stands and read when the parser goes over
 * the newline.  If any part of WORD is quoted nothing in the text is expanded.
 */
#include "sh.h"

#include <stdlib.h>
#include <string.h>

/* A delimiter without its quotes. */
static char *unquote(const char *word, size_t length, bool *quoted)
{
	char *result = must_have(malloc(length + 1)), *to = result;
	char quote = '\0';

	*quoted = false;
	for (const char *at = word; at < word + length; at++) {
		if ((quote == '\0' && (*at == '\'' || *at == '"')) || (quote != '\0' && *at == quote)) {
			quote = quote ? '\0' : *at;
			*quoted = true;
		} else if (*at == '\\' && quote != '\'' && at + 1 < word + length) {
			*to++ = *++at;
			*quoted = true;
		} else {
			*to++ = *at;
		}
	}
	*to = '\0';
	return result;
}

void heredoc_note(struct parser *parser, struct redirect *redirect, const char *word, size_t length)
{
	struct pending *pending;

	parser->pending = must_have(realloc(parser->pending, (parser->pending_count + 1) * sizeof(*pending)));
	pending = &parser->pending[parser->pending_count++];
	pending->redirect = redirect;
	pending->delimiter = unquote(word, length, &redirect->literal);
}

/* Appends a line to a text. */
static char *append(char *text, size_t *length, const char *line, size_t line_length)
{
	text = must_have(realloc(text, *length + line_length + 1));
	memcpy(text + *length, line, line_length);
	*length += line_length;
	text[*length] = '\0';
	return text;
}

/* Reads one document at `at`.  Returns where the text goes on, or NULL if the text ends before the document. */
static const char *read_one(const struct pending *pending, const char *at)
{
	struct redirect *redirect = pending->redirect;
	size_t length = 0, room = strlen(pending->delimiter);

	while (*at) {
		size_t line;

		while (redirect->type == REDIRECT_HEREDOC_TABS && *at == '\t')
			at++;
		line = strcspn(at, "\n");
		if (line == room && memcmp(at, pending->delimiter, line) == 0)
			return at + line + (at[line] == '\n');
		line += at[line] == '\n';
		redirect->word = append(redirect->word, &length, at, line);
		at += line;
	}
	return NULL;
}

void heredoc_read(struct parser *parser)
{
	struct lexer *lexer = &parser->lexer;

	for (size_t i = 0; i < parser->pending_count; i++) {
		const char *end = read_one(&parser->pending[i], lexer->at);

		lexer->more |= end == NULL;
		lexer->at = end ? end : lexer->at + strlen(lexer->at);
		free(parser->pending[i].delimiter);
	}
	parser->pending_count = 0;
}
