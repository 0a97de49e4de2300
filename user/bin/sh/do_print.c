/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builtins that print: echo and printf.
 *
 * echo has no escapes, only -n: who needs more has printf.
 */
#include "sh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int do_echo(int argc, char **argv)
{
	bool newline = argc < 2 || strcmp(argv[1], "-n") != 0;

	for (int i = newline ? 1 : 2; i < argc; i++)
		printf("%s%s", i > (newline ? 1 : 2) ? " " : "", argv[i]);
	if (newline)
		putchar('\n');
	return 0;
}

/* The arguments of a printf. */
struct arguments {
	char **at; /* the next; NULL at the end */
	int status;
	bool stop; /* \c */
};

static const char *next(struct arguments *arguments)
{
	return *arguments->at ? *arguments->at++ : NULL;
}

/* The next argument as a number: C's, or 'c for the character c. */
static long next_number(struct arguments *arguments)
{
	const char *text = next(arguments);
	char *end;
	long value;

	if (text == NULL)
		return 0;
	if (*text == '\'' || *text == '"')
		return (unsigned char)text[1];
	errno = 0;
	value = strtol(text, &end, 0);
	if (errno == ERANGE && value > 0)
		value = (long)strtoul(text, &end, 0); /* for %u and %x */
	if (end == text || *end) {
		complain(text, "not a number");
		arguments->status = 1;
	}
	return value;
}

/* Up to three octal digits at `at`; the end of them. */
static const char *octal(const char *at, int *value)
{
	*value = 0;
	for (int i = 0; i < 3 && *at >= '0' && *at <= '7'; i++)
		*value = *value * 8 + *at++ - '0';
	return at;
}

/* What stands behind a backslash.  Returns where the text goes on. */
static const char *escape(const char *at, struct arguments *arguments, bool in_argument)
{
	static const char names[] = "abfnrtv\\", bytes[] = "\a\b\f\n\r\t\v\\";
	const char *name = *at ? strchr(names, *at) : NULL;
	int value;

	if (name) {
		putchar(bytes[name - names]);
		return at + 1;
	}
	if (in_argument && *at == 'c') {
		arguments->stop = true;
		return at + strlen(at);
	}
	if (*at >= '0' && *at <= '7') {
		at = octal(at + (in_argument && *at == '0'), &value);
		putchar(value);
		return at;
	}
	putchar('\\');
	return at;
}

/* %b */
static void put_escaped(const char *text, struct arguments *arguments)
{
	while (*text) {
		if (*text == '\\')
			text = escape(text + 1, arguments, true);
		else
			putchar(*text++);
	}
}

/* One conversion, from behind its %.  Returns where the format goes on. */
static const char *convert(const char *at, struct arguments *arguments)
{
	char format[64] = "%";
	size_t length = 1;
	char type;

	for (; *at && strchr("-+ #0123456789.*", *at) && length < sizeof(format) - 16; at++) {
		if (*at == '*')
			length += (size_t)snprintf(format + length, 12, "%d", (int)next_number(arguments));
		else
			format[length++] = *at;
	}
	type = *at;
	if (type == '\0' || !strchr("diouxXcsb%", type)) {
		complain("printf", "a bad conversion");
		arguments->status = 1;
		arguments->stop = true;
		return at + strlen(at);
	}
	if (type == '%') {
		putchar('%');
	} else if (type == 's' || type == 'c') {
		const char *text = next(arguments);

		if (type == 'c')
			strcpy(format + length, ".1s");
		else
			strcpy(format + length, "s");
		printf(format, text ? text : "");
	} else if (type == 'b') {
		const char *text = next(arguments);

		put_escaped(text ? text : "", arguments);
	} else {
		snprintf(format + length, 4, "l%c", type);
		printf(format, next_number(arguments));
	}
	return at + 1;
}

int do_printf(int argc, char **argv)
{
	int first = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
	struct arguments arguments = { 0 };
	char **before;

	if (argc <= first) {
		complain("printf", "a format, please");
		return 2;
	}
	arguments.at = argv + first + 1;
	/* Again while arguments are left, if the format takes any. */
	do {
		const char *at = argv[first];

		before = arguments.at;
		while (*at && !arguments.stop) {
			if (*at == '\\')
				at = escape(at + 1, &arguments, false);
			else if (*at == '%')
				at = convert(at + 1, &arguments);
			else
				putchar(*at++);
		}
	} while (*arguments.at && arguments.at != before && !arguments.stop);
	return arguments.status;
}
