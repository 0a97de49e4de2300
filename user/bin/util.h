/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_BIN_UTIL_H
#define CURFEW_BIN_UTIL_H
/*
 * What every small program needs: how it complains, how it ends, and how it reads a number.
 *
 * The convention of all programs in this folder: a wrong command line is one
 * usage line on standard error and status 2; anything else that fails is
 * `name: what: why` on standard error and status 1 (or what POSIX asks for).
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Says how the program is called.  Returns the status for it. */
static inline int usage(const char *line)
{
	fprintf(stderr, "usage: %s\n", line);
	return 2;
}

/* Says what failed, and why as errno tells it.  Returns the status for it. */
static inline int fail(const char *name, const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", name, what, strerror(errno));
	return 1;
}

/* Writes what was printed.  Returns the program's status, or 1 if some of it was lost, which it then says. */
static inline int finish(const char *name, int status)
{
	bool lost = ferror(stdout);

	if (fflush(stdout) != 0 || lost)
		return fail(name, "standard output");
	return status;
}

/* Reads a whole decimal, octal (0…) or hexadecimal (0x…) number within [min, max]; false if it is none. */
static inline bool parse_number(const char *text, long min, long max, long *value)
{
	char *end;

	errno = 0;
	*value = strtol(text, &end, 0);
	return errno == 0 && end != text && *end == '\0' && *value >= min && *value <= max;
}

#endif
