/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * getopt(), getopt_long(), getopt_long_only(), as POSIX and the GNU library have them; newlib's own start with optind 0, lose
 * operands and set no optopt, which ordinary programs do not survive.
 *
 * Operands are moved behind the options as they are passed over, unless the option string begins with '+' or POSIXLY_CORRECT is set
 * (then the first one ends the scan) or with '-' (then each comes back as option 1).  [first, last) of argv are the operands passed
 * over so far.  optind 0 starts anew.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *optarg;
int optind = 1, opterr = 1, optopt = '?';

static char *rest;      /* of the argument that holds several short options; NULL or "": none */
static int first, last; /* operands passed over */

static void complain(bool quiet, char *const argv[], const char *what, const char *name, int length)
{
	if (opterr && !quiet)
		fprintf(stderr, "%s: %s -- '%.*s'\n", argv[0], what, length, name);
}

static void reverse(char **v, int from, int to)
{
	for (to--; from < to; from++, to--) {
		char *swap = v[from];

		v[from] = v[to];
		v[to] = swap;
	}
}

/* The options in [last, optind) go before the operands in [first, last). */
static void permute(char **argv)
{
	int options = optind - last;

	if (first != last && options) {
		reverse(argv, first, last);
		reverse(argv, last, optind);
		reverse(argv, first, optind);
	}
	first += options;
	last = optind;
}

static bool is_option(const char *s)
{
	return s[0] == '-' && s[1] != '\0';
}

/* The entry that `name` (length bytes) means: exact, or the only one it begins; *ambiguous if there are several. */
static const struct option *find_long(const struct option *options, const char *name, size_t length, bool *ambiguous)
{
	const struct option *found = NULL;

	*ambiguous = false;
	for (const struct option *o = options; o->name; o++) {
		if (strncmp(o->name, name, length))
			continue;
		if (strlen(o->name) == length) {
			*ambiguous = false;
			return o;
		}
		if (found && (found->has_arg != o->has_arg || found->flag != o->flag || found->val != o->val))
			*ambiguous = true;
		found = found ? found : o;
	}
	return found;
}

/* argv[optind - 1] is a long option whose name begins at `name`. */
static int take_long(int argc, char *const argv[], const char *name, const struct option *options, int *index, bool colon)
{
	size_t length = strcspn(name, "=");
	bool ambiguous;
	const struct option *o = find_long(options, name, length, &ambiguous);

	if (!o || ambiguous) {
		complain(colon, argv, o ? "ambiguous option" : "unrecognized option", name, (int)length);
		optopt = 0;
		return '?';
	}
	if (name[length] == '=') {
		if (o->has_arg == no_argument) {
			complain(colon, argv, "option doesn't allow an argument", name, (int)length);
			optopt = o->val;
			return '?';
		}
		optarg = (char *)name + length + 1;
	} else if (o->has_arg == required_argument) {
		if (optind == argc) {
			complain(colon, argv, "option requires an argument", name, (int)length);
			optopt = o->val;
			return colon ? ':' : '?';
		}
		optarg = argv[optind++];
	}
	if (index)
		*index = (int)(o - options);
	if (!o->flag)
		return o->val;
	*o->flag = o->val;
	return 0;
}

/* The next letter of `rest`. */
static int take_short(int argc, char *const argv[], const char *letters, bool colon)
{
	char letter = *rest++;
	const char *entry = letter == ':' || letter == ';' ? NULL : strchr(letters, letter);

	if (!entry) {
		complain(colon, argv, "invalid option", &letter, 1);
		optopt = letter;
		return '?';
	}
	if (entry[1] != ':')
		return letter;
	if (*rest) {
		optarg = rest;
	} else if (entry[2] != ':') {
		if (optind == argc) {
			complain(colon, argv, "option requires an argument", &letter, 1);
			optopt = letter;
			rest = NULL;
			return colon ? ':' : '?';
		}
		optarg = argv[optind++];
	}
	rest = NULL;
	return letter;
}

static int scan(int argc, char *const argv[], const char *letters, const struct option *options, int *index, bool only)
{
	char order = *letters == '+' || *letters == '-' ? *letters++ : getenv("POSIXLY_CORRECT") ? '+' : 0;
	bool colon = *letters == ':', ambiguous;
	char **v = (char **)argv;

	optarg = NULL;
	if (optind == 0 || first > optind || last > optind) {
		optind = optind ? optind : 1;
		first = last = optind;
		rest = NULL;
	}
	if (rest && *rest)
		return take_short(argc, argv, letters, colon);

	permute(v);
	while (order == 0 && optind < argc && !is_option(argv[optind]))
		last = ++optind;
	if (optind < argc && !strcmp(argv[optind], "--")) {
		optind++;
		permute(v);
		last = argc;
		optind = first == last ? optind : first;
		if (first < last)
			first = last = optind;
		return -1;
	}
	if (optind >= argc) {
		optind = first;
		first = last = optind;
		return -1;
	}
	if (!is_option(argv[optind])) {
		if (order == '+')
			return -1;
		optarg = argv[optind++];
		first = last = optind;
		return 1;
	}
	rest = argv[optind++] + 1;
	if (options && (*rest == '-' || (only && (rest[1] || !strchr(letters, *rest))))) {
		const char *name = rest + (*rest == '-');

		if (*rest == '-' || find_long(options, name, strcspn(name, "="), &ambiguous) || !strchr(letters, *rest)) {
			rest = NULL;
			return take_long(argc, argv, name, options, index, colon);
		}
	}
	return take_short(argc, argv, letters, colon);
}

int getopt(int argc, char *const argv[], const char *letters)
{
	return scan(argc, argv, letters, NULL, NULL, false);
}

int getopt_long(int argc, char *const argv[], const char *letters, const struct option *options, int *index)
{
	return scan(argc, argv, letters, options, index, false);
}

int getopt_long_only(int argc, char *const argv[], const char *letters, const struct option *options, int *index)
{
	return scan(argc, argv, letters, options, index, true);
}
