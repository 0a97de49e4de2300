/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * grep [-EFHchilnqrsvwx] (PATTERN | -e PATTERN... | -f FILE...) [FILE...]: lines that match a regular expression.
 *
 * Patterns are POSIX's basic ones, extended with -E, plain text with -F; a
 * newline separates several.  Status 0 if a line was selected, 1 if none, 2
 * after an error.
 *
 * (Its many options are what makes it long; without -r, -w and -f it would be half.)
 */
#include <regex.h>
#include <strings.h>

#include "files.h"

static struct pattern {
	char *text; /* -F */
	regex_t regex;
	struct pattern *next;
} *patterns, **last_pattern = &patterns;

static bool fixed, ignore_case, invert, count_only, names_only, numbers, quiet, silent, whole_line, whole_word, recursive;
static int extended, with_name = -1; /* -1: if there are several files */
static int status = 1;

/* Notes what cannot be read. */
static void failed(const char *name)
{
	if (!silent)
		fail("grep", name);
	status = 2;
}

static void add_pattern(const char *text, size_t length)
{
	struct pattern *pattern = must_have(calloc(1, sizeof(*pattern)));
	char message[128];
	int error = 0;

	pattern->text = must_have(strndup(text, length));
	if (!fixed)
		error = regcomp(&pattern->regex, pattern->text, extended | (ignore_case ? REG_ICASE : 0));
	if (error) {
		regerror(error, &pattern->regex, message, sizeof(message));
		fprintf(stderr, "grep: %s: %s\n", pattern->text, message);
		exit(2);
	}
	*last_pattern = pattern;
	last_pattern = &pattern->next;
}

/* Adds each line of a text as a pattern. */
static void add_patterns(const char *text)
{
	for (;;) {
		size_t length = strcspn(text, "\n");

		add_pattern(text, length);
		if (text[length] == '\0' || text[length + 1] == '\0')
			return;
		text += length + 1;
	}
}

static void add_file(const char *name)
{
	FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	if (file == NULL)
		exit(fail("grep", name) + 1);
	while ((n = getline(&line, &room, file)) >= 0)
		add_pattern(line, (size_t)(n - (n > 0 && line[n - 1] == '\n')));
	free(line);
}

/* Where a pattern is in a line from `at` on; false if it is not. */
static bool find(struct pattern *pattern, const char *line, size_t at, size_t *first, size_t *end)
{
	regmatch_t match;
	const char *found;

	if (!fixed) {
		if (regexec(&pattern->regex, line + at, 1, &match, at ? REG_NOTBOL : 0) != 0)
			return false;
		*first = at + (size_t)match.rm_so;
		*end = at + (size_t)match.rm_eo;
		return true;
	}
	found = line + at;
	*end = strlen(pattern->text); /* its length, so far */
	while (ignore_case && *found && strncasecmp(found, pattern->text, *end) != 0)
		found++;
	if (!ignore_case)
		found = strstr(found, pattern->text);
	*first = found ? (size_t)(found - line) : 0;
	*end += *first;
	return found && (*found || *pattern->text == '\0' || !ignore_case);
}

static bool is_word_byte(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static bool matches(struct pattern *pattern, const char *line, size_t length)
{
	size_t first, end;

	for (size_t at = 0; at <= length && find(pattern, line, at, &first, &end); at = first + 1) {
		bool word = (first == 0 || !is_word_byte(line[first - 1])) && !is_word_byte(line[end]);

		if (whole_line ? first == 0 && end == length : !whole_word || word)
			return true;
	}
	return false;
}

static bool selected(const char *line, size_t length)
{
	for (struct pattern *pattern = patterns; pattern; pattern = pattern->next) {
		if (matches(pattern, line, length))
			return !invert;
	}
	return invert;
}

static void search(FILE *file, const char *name)
{
	unsigned long long count = 0, number = 0;
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	while (!((names_only || quiet) && count) && (n = getline(&line, &room, file)) >= 0) {
		if (n > 0 && line[n - 1] == '\n')
			line[--n] = '\0';
		number++;
		if (!selected(line, (size_t)n))
			continue;
		count++;
		if (count_only || names_only || quiet)
			continue;
		if (with_name)
			printf("%s:", name);
		if (numbers)
			printf("%llu:", number);
		fwrite(line, 1, (size_t)n, stdout);
		putchar('\n');
	}
	if (ferror(file))
		failed(name);
	free(line);
	if (count > 0 && status == 1)
		status = 0;
	if (names_only && count > 0 && !quiet)
		puts(name);
	else if (count_only && !names_only && !quiet)
		printf("%s%s%llu\n", with_name ? name : "", with_name ? ":" : "", count);
}

static void search_path(const char *path)
{
	struct names names;
	FILE *file;

	if (recursive && is_folder(path)) {
		if (!names_read(&names, path)) {
			failed(path);
			return;
		}
		for (size_t i = 0; i < names.count; i++) {
			char *inner = path_join(path, names.list[i]);

			search_path(inner);
			free(inner);
		}
		names_free(&names);
		return;
	}
	file = fopen(path, "r");
	if (file == NULL) {
		failed(path);
		return;
	}
	search(file, path);
	fclose(file);
}

/* Options; patterns are compiled once all are known. */
static void parse_options(int argc, char **argv)
{
	static const char letters[] = "EFHce:f:hilnqrRsvwx";
	static bool *const flags[] = { ['F'] = &fixed, ['c'] = &count_only, ['i'] = &ignore_case, ['l'] = &names_only,
		['n'] = &numbers, ['q'] = &quiet, ['r'] = &recursive, ['R'] = &recursive, ['s'] = &silent, ['v'] = &invert,
		['w'] = &whole_word, ['x'] = &whole_line };
	bool given = false;
	int option;

	opterr = 0;
	while ((option = getopt(argc, argv, letters)) != -1) {
		if (option == 'E')
			extended = REG_EXTENDED;
		else if (option == 'H' || option == 'h')
			with_name = option == 'H';
		else if (option == 'e' || option == 'f')
			given = true;
		else if (option == '?')
			exit(usage("grep [-EFHchilnqrsvwx] (PATTERN | -e PATTERN... | -f FILE...) [FILE...]"));
		else
			*flags[option] = true;
	}
	if (!given && optind == argc)
		exit(usage("grep [-EFHchilnqrsvwx] (PATTERN | -e PATTERN... | -f FILE...) [FILE...]"));
	if (!given) {
		add_patterns(argv[optind++]);
		return;
	}
	optind = 1;
	while ((option = getopt(argc, argv, letters)) != -1) {
		if (option == 'e')
			add_patterns(optarg);
		else if (option == 'f')
			add_file(optarg);
	}
}

int main(int argc, char **argv)
{
	parse_options(argc, argv);
	if (with_name < 0)
		with_name = argc - optind > 1 || recursive;
	if (optind == argc && recursive)
		search_path(".");
	else if (optind == argc)
		search(stdin, "(standard input)");
	for (int i = optind; i < argc; i++) {
		if (strcmp(argv[i], "-") == 0)
			search(stdin, "(standard input)");
		else
			search_path(argv[i]);
	}
	return finish("grep", 0) ? 2 : status;
}
