/* SPDX-License-Identifier: BSD-2-Clause */
/* err(), warn() and their like (<err.h>). */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "start.h"

/* One message; error 0: without a why. */
static void say(int error, const char *format, va_list list)
{
	const char *name = strrchr(__curfew_program, '/');

	flockfile(stderr);
	fprintf(stderr, "%s: ", name ? name + 1 : __curfew_program);
	if (format)
		vfprintf(stderr, format, list);
	if (error)
		fprintf(stderr, "%s%s", format ? ": " : "", strerror(error));
	fputc('\n', stderr);
	funlockfile(stderr);
}

void vwarn(const char *format, va_list list)
{
	say(errno, format, list);
}

void vwarnx(const char *format, va_list list)
{
	say(0, format, list);
}

void verr(int status, const char *format, va_list list)
{
	say(errno, format, list);
	exit(status);
}

void verrx(int status, const char *format, va_list list)
{
	say(0, format, list);
	exit(status);
}

void warn(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vwarn(format, list);
	va_end(list);
}

void warnx(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vwarnx(format, list);
	va_end(list);
}

void err(int status, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	verr(status, format, list);
}

void errx(int status, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	verrx(status, format, list);
}
