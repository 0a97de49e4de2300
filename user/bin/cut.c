/* SPDX-License-Identifier: BSD-2-Clause */
/* cut (-b LIST | -c LIST | -f LIST [-d BYTE] [-s]) [FILE...]: parts of lines; LIST is N, N-M, N- or -M, joined by commas. */
#include <unistd.h>

#include "util.h"

#define MAX_RANGES 64

static struct {
	long first, last;
} ranges[MAX_RANGES];
static size_t range_count;
static bool fields, only_separated;
static char separator = '\t';

static bool parse_list(const char *text)
{
	while (*text && range_count < MAX_RANGES) {
		char *end;
		long first = 1, last;

		if (*text != '-' && ((first = strtol(text, &end, 10)) < 1 || end == text))
			return false;
		last = first;
		if (*text != '-')
			text = end;
		if (*text == '-') {
			last = strtol(text + 1, &end, 10);
			if (end == text + 1)
				last = INT64_MAX;
			text = end;
		}
		if (last < first || (*text && *text != ','))
			return false;
		ranges[range_count].first = first;
		ranges[range_count++].last = last;
		text += *text == ',';
	}
	return range_count > 0 && *text == '\0';
}

static bool selected(long n)
{
	for (size_t i = 0; i < range_count; i++) {
		if (n >= ranges[i].first && n <= ranges[i].last)
			return true;
	}
	return false;
}

static void cut_fields(const char *line, size_t length)
{
	bool first = true;
	size_t at = 0;

	if (memchr(line, separator, length) == NULL) {
		if (!only_separated)
			printf("%.*s\n", (int)length, line);
		return;
	}
	for (long n = 1; at <= length; n++) {
		const char *end = memchr(line + at, separator, length - at);
		size_t next = end ? (size_t)(end - line) : length;

		if (selected(n)) {
			if (!first)
				putchar(separator);
			fwrite(line + at, 1, next - at, stdout);
			first = false;
		}
		at = next + 1;
	}
	putchar('\n');
}

static void cut_line(const char *line, size_t length)
{
	if (fields) {
		cut_fields(line, length);
		return;
	}
	for (size_t i = 0; i < length; i++) {
		if (selected((long)i + 1))
			putchar(line[i]);
	}
	putchar('\n');
}

static int cut(FILE *file, const char *name)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	while ((n = getline(&line, &room, file)) >= 0)
		cut_line(line, (size_t)(n - (n > 0 && line[n - 1] == '\n')));
	free(line);
	return ferror(file) ? fail("cut", name) : 0;
}

int main(int argc, char **argv)
{
	static const char line[] = "cut (-b LIST | -c LIST | -f LIST [-d BYTE] [-s]) [FILE...]";
	int option, status = 0;

	opterr = 0;
	while ((option = getopt(argc, argv, "b:c:f:d:ns")) != -1) {
		fields |= option == 'f';
		only_separated |= option == 's';
		if (option == 'd')
			separator = optarg[0];
		if (option == '?' || (strchr("bcf", option) && !parse_list(optarg)))
			return usage(line);
	}
	if (range_count == 0)
		return usage(line);
	if (optind == argc)
		status = cut(stdin, "standard input");
	for (int i = optind; i < argc; i++) {
		FILE *file = strcmp(argv[i], "-") == 0 ? stdin : fopen(argv[i], "r");

		status |= file ? cut(file, argv[i]) : fail("cut", argv[i]);
		if (file && file != stdin)
			fclose(file);
	}
	return finish("cut", status);
}
