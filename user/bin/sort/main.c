/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sort [-bcfnru] [-k KEY]... [-o FILE] [-t BYTE] [FILE...]: lines in order, all in memory.
 *
 * A KEY is FIRST[,LAST], each a FIELD[.BYTE][bfnr], counted from 1; without
 * LAST it goes to the line's end.  Fields are separated by the BYTE of -t, or
 * each begins with the blanks in front of it.  Letters of a key take the
 * place of the options without a key.  Lines that are equal by all keys are
 * compared as a whole, but for -u, which keeps the first of them.
 *
 * (Keys, and numbers of any length, make it longer than most; without them it would be a hundred lines.)
 */
#include "sort.h"

#include <unistd.h>

#include "util.h"

static const char usage_line[] = "sort [-bcfnru] [-k KEY]... [-o FILE] [-t BYTE] [FILE...]";

static struct line *lines;
static size_t line_count;
static bool unique, check;
static const char *output;

static void *must_have(void *pointer)
{
	if (pointer)
		return pointer;
	fputs("sort: out of memory\n", stderr);
	exit(2);
}

static int compare_lines(const void *a, const void *b)
{
	const struct line *first = a, *second = b;
	int result = key_compare(first, second);

	if (result == 0 && !unique) {
		result = key_compare_bytes(first->text, first->length, second->text, second->length, false);
		result = order.reverse ? -result : result;
	}
	if (result == 0)
		result = first->number < second->number ? -1 : 1;
	return result;
}

/* Adds a file's lines.  Returns the status. */
static int read_file(const char *name)
{
	FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
	int status = 0;

	if (file == NULL) {
		fail("sort", name);
		return 2;
	}
	for (;;) {
		char *text = NULL;
		size_t room = 0;
		ssize_t n = getline(&text, &room, file);

		if (n < 0) {
			free(text);
			break;
		}
		n -= n > 0 && text[n - 1] == '\n';
		if ((line_count & (line_count + 1)) == 0)
			lines = must_have(realloc(lines, (2 * line_count + 1) * sizeof(*lines)));
		lines[line_count] = (struct line){ must_have(realloc(text, (size_t)n + 1)), (size_t)n, line_count };
		line_count++;
	}
	if (ferror(file)) {
		fail("sort", name);
		status = 2;
	}
	if (file != stdin)
		fclose(file);
	return status;
}

/* -c: says the first line that is out of order.  Returns the status. */
static int check_order(const char *name)
{
	for (size_t i = 1; i < line_count; i++) {
		if (unique ? key_compare(&lines[i - 1], &lines[i]) < 0 : compare_lines(&lines[i - 1], &lines[i]) < 0)
			continue;
		fprintf(stderr, "sort: %s:%zu: disorder: %.*s\n", name, i + 1, (int)lines[i].length, lines[i].text);
		return 1;
	}
	return 0;
}

static int write_lines(void)
{
	/* Only now: the output may be one of the files read. */
	if (output && freopen(output, "w", stdout) == NULL) {
		fail("sort", output);
		return 2;
	}
	for (size_t i = 0; i < line_count; i++) {
		if (unique && i > 0 && key_compare(&lines[i - 1], &lines[i]) == 0)
			continue;
		fwrite(lines[i].text, 1, lines[i].length, stdout);
		putchar('\n');
	}
	return finish("sort", 0) ? 2 : 0;
}

static void parse_options(int argc, char **argv)
{
	int option;

	opterr = 0;
	while ((option = getopt(argc, argv, "bcfnruk:o:t:")) != -1) {
		order.blanks |= option == 'b';
		order.fold |= option == 'f';
		order.number |= option == 'n';
		order.reverse |= option == 'r';
		unique |= option == 'u';
		check |= option == 'c';
		if (option == 'o')
			output = optarg;
		if (option == 't')
			key_separator = (unsigned char)optarg[0];
		if (option == '?' || (option == 'k' && !key_parse(optarg)) || (option == 't' && strlen(optarg) != 1))
			exit(usage(usage_line));
	}
	key_finish();
}

int main(int argc, char **argv)
{
	int status = 0;

	parse_options(argc, argv);
	if (optind == argc)
		status = read_file("-");
	for (int i = optind; i < argc; i++)
		status |= read_file(argv[i]);
	if (status != 0)
		return status;
	if (check)
		return check_order(optind < argc ? argv[optind] : "-");
	if (line_count > 0)
		qsort(lines, line_count, sizeof(*lines), compare_lines);
	return write_lines();
}
