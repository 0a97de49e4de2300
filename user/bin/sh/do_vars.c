/* SPDX-License-Identifier: BSD-2-Clause */
/* Builtins about variables: export, readonly, local, unset, getopts. */
#include "sh.h"

#include <stdlib.h>
#include <string.h>

/* Whether a word is NAME or NAME=value; says if not. */
static bool check_name(const char *word)
{
	size_t length = name_length(word);

	if (length > 0 && (word[length] == '=' || word[length] == '\0'))
		return true;
	complain(word, "not a variable's name");
	shell_error();
	return false;
}

/* Gives a variable flags, and the value that stands behind its =. */
static bool declare(char *word, unsigned flags)
{
	return strchr(word, '=') ? var_assign(word, flags) : var_set(word, NULL, flags);
}

static int declare_all(int argc, char **argv, unsigned flags, const char *prefix)
{
	if (argc == 1 || (argc == 2 && strcmp(argv[1], "-p") == 0)) {
		var_list(prefix, flags);
		return 0;
	}
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0)
			continue;
		if (!check_name(argv[i]))
			return 2;
		if (!declare(argv[i], flags)) {
			shell_error();
			return 2;
		}
	}
	return 0;
}

int do_export(int argc, char **argv)
{
	return declare_all(argc, argv, VAR_EXPORTED, "export ");
}

int do_readonly(int argc, char **argv)
{
	return declare_all(argc, argv, VAR_READONLY, "readonly ");
}

int do_local(int argc, char **argv)
{
	if (shell.functions == 0) {
		complain("local", "not in a function");
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		char *name;

		if (!check_name(argv[i]))
			return 2;
		name = must_have(strndup(argv[i], name_length(argv[i])));
		var_save(name);
		free(name);
		if (!declare(argv[i], 0)) {
			shell_error();
			return 2;
		}
	}
	return 0;
}

int do_unset(int argc, char **argv)
{
	bool functions = argc > 1 && strcmp(argv[1], "-f") == 0;
	bool variables = argc > 1 && strcmp(argv[1], "-v") == 0;

	for (int i = 1 + (functions || variables); i < argc; i++) {
		if (functions) {
			function_unset(argv[i]);
		} else if (!var_unset(argv[i])) {
			shell_error();
			return 2;
		}
	}
	return 0;
}

/* ---------------------------------------------------------------- getopts */

static size_t place; /* in the word at work: the option to look at; 0: at its begin */

void getopts_reset(void)
{
	place = 0;
}

/* Sets NAME to an option's letter. */
static int found(const char *name, char letter)
{
	char value[2] = { letter, '\0' };

	return var_set(name, value, 0) ? 0 : 2;
}

static void set_index(long index)
{
	size_t here = place;
	char text[24];

	snprintf(text, sizeof(text), "%ld", index);
	var_set("OPTIND", text, 0);
	place = here;
}

/* An option that is not in the list, or lacks its argument. */
static int bad_option(const char *name, char letter, bool quiet, const char *why, char answer)
{
	char text[] = { letter, '\0' };

	if (quiet) {
		var_set("OPTARG", text, 0);
	} else {
		var_unset("OPTARG");
		complain(text, why);
	}
	return found(name, quiet ? answer : '?');
}

/* getopts OPTIONS NAME [ARG...]: the next option of the arguments. */
int do_getopts(int argc, char **argv)
{
	const char *options, *word, *known;
	char **list = argc > 3 ? argv + 3 : shell.argv;
	int count = argc > 3 ? argc - 3 : shell.argc;
	long index = var_get("OPTIND") ? strtol(var_get("OPTIND"), NULL, 10) : 1;
	bool quiet;
	char letter;

	if (argc < 3) {
		complain("getopts", "options and a name, please");
		return 2;
	}
	options = argv[1];
	quiet = *options == ':';
	if (index < 1)
		index = 1;
	word = index <= count ? list[index - 1] : NULL;
	if (word == NULL || place >= strlen(word))
		place = 0;
	if (word == NULL || (place == 0 && (word[0] != '-' || word[1] == '\0' || strcmp(word, "--") == 0))) {
		set_index(index + (word && strcmp(word, "--") == 0));
		place = 0;
		found(argv[2], '?');
		return 1;
	}
	letter = word[place ? place : 1];
	place = (place ? place : 1) + 1;
	known = letter == ':' ? NULL : strchr(options + quiet, letter);
	if (word[place] == '\0' || (known && known[1] == ':')) {
		index++;
		set_index(index);
	}
	if (known == NULL) {
		if (word[place] == '\0')
			place = 0;
		return bad_option(argv[2], letter, quiet, "no such option", '?');
	}
	if (known[1] != ':') {
		if (word[place] == '\0')
			place = 0;
		var_unset("OPTARG");
		return found(argv[2], letter);
	}
	known = word + place;
	place = 0;
	if (*known == '\0') {
		if (index > count)
			return bad_option(argv[2], letter, quiet, "an argument is missing", ':');
		known = list[index - 1];
		set_index(index + 1);
	}
	var_set("OPTARG", known, 0);
	return found(argv[2], letter);
}
