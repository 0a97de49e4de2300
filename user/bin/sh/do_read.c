/* SPDX-License-Identifier: BSD-2-Clause */
/* read [-r] [-p PROMPT] NAME...: one line of standard input, split at IFS into variables; the last gets the rest. */
#include "sh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads a line, a byte at a time: what follows is for the next command.  With `raw` a backslash is itself.  Returns 0; 1 at
 * the end of the file; or 128 + a signal that interrupted. */
static int read_line(struct text *line, bool raw)
{
	bool escaped = false;
	char byte;

	for (;;) {
		ssize_t n = read(STDIN_FILENO, &byte, 1);

		if (n < 0 && errno == EINTR) {
			if (shell.interrupted || trap_pending())
				return 128 + (trap_pending() ? trap_pending() : SIGINT);
			continue;
		}
		if (n < 0)
			complain("read", strerror(errno));
		if (n <= 0)
			return 1;
		if (escaped && byte != '\n')
			text_put(line, byte, MARK_QUOTED);
		else if (!escaped && byte == '\n')
			return 0;
		else if (!escaped && (raw || byte != '\\') && byte != '\0')
			text_put(line, byte, MARK_VALUE);
		escaped = !escaped && !raw && byte == '\\';
	}
}

/* What separates at a place in a line: as field_separator(). */
static int separator_at(const struct text *line, size_t i)
{
	return line->marks[i] == MARK_VALUE ? field_separator(line->bytes[i]) : 0;
}

/* Skips one separator: blanks, at most one other byte, blanks. */
static size_t skip_separator(const struct text *line, size_t at)
{
	while (at < line->length && separator_at(line, at) == 1)
		at++;
	if (at < line->length && separator_at(line, at) == 2)
		at++;
	while (at < line->length && separator_at(line, at) == 1)
		at++;
	return at;
}

/* The end of the last variable's value: without blanks behind it, nor a separator if it is the only one. */
static size_t rest_end(const struct text *line, size_t at)
{
	size_t end = line->length, field = at;

	while (field < line->length && separator_at(line, field) == 0)
		field++;
	if (skip_separator(line, field) == line->length)
		return field;
	while (end > at && separator_at(line, end - 1) == 1)
		end--;
	return end;
}

static bool set_part(const char *name, const struct text *line, size_t first, size_t end)
{
	char *value = must_have(strndup(line->length ? line->bytes + first : "", end - first));
	bool done = var_set(name, value, 0);

	free(value);
	return done;
}

int do_read(int argc, char **argv)
{
	struct text line = { 0 };
	bool raw = false, done = true;
	int first = 1, status;
	size_t at = 0;

	for (; first < argc && argv[first][0] == '-'; first++) {
		raw |= strcmp(argv[first], "-r") == 0;
		if (strcmp(argv[first], "-p") == 0 && first + 1 < argc)
			fputs(argv[++first], stderr);
	}
	if (first == argc) {
		complain("read", "into which variable?");
		return 2;
	}
	status = read_line(&line, raw);
	if (status < 128) {
		while (at < line.length && separator_at(&line, at) == 1)
			at++;
		for (int i = first; i < argc && done; i++) {
			size_t end = at;

			while (end < line.length && separator_at(&line, end) == 0)
				end++;
			if (i == argc - 1)
				end = rest_end(&line, at);
			done = set_part(argv[i], &line, at, end);
			at = skip_separator(&line, end);
		}
	}
	text_free(&line);
	return done ? status : 2;
}
