/* SPDX-License-Identifier: BSD-2-Clause */
/* The shell's options: set -e and the like, and the set builtin. */
#include "sh.h"

#include <string.h>

static const struct {
	char letter;
	const char *name;
	unsigned bit;
} options[] = {
	{ 'C', "noclobber", OPTION_NOCLOBBER }, { 'a', "allexport", OPTION_ALLEXPORT }, { 'e', "errexit", OPTION_ERREXIT },
	{ 'f', "noglob", OPTION_NOGLOB },       { 'n', "noexec", OPTION_NOEXEC },       { 'u', "nounset", OPTION_NOUNSET },
	{ 'x', "xtrace", OPTION_XTRACE },
};
#define OPTIONS (sizeof(options) / sizeof(options[0]))

const char *option_letters(void)
{
	static char letters[OPTIONS + 2];
	char *to = letters;

	for (size_t i = 0; i < OPTIONS; i++) {
		if (shell.options & options[i].bit)
			*to++ = options[i].letter;
	}
	if (shell.interactive)
		*to++ = 'i';
	*to = '\0';
	return letters;
}

static void change(unsigned bit, bool on)
{
	shell.options = on ? shell.options | bit : shell.options & ~bit;
}

/* set -o name.  Returns false, after it said why, if there is none of that name. */
static bool change_by_name(const char *name, bool on)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		if (strcmp(options[i].name, name) == 0) {
			change(options[i].bit, on);
			return true;
		}
	}
	complain(name, "no such option");
	return false;
}

static bool change_by_letter(char letter, bool on)
{
	char name[] = { on ? '-' : '+', letter, '\0' };

	for (size_t i = 0; i < OPTIONS; i++) {
		if (options[i].letter == letter) {
			change(options[i].bit, on);
			return true;
		}
	}
	complain(name, "no such option");
	return false;
}

static void list(void)
{
	for (size_t i = 0; i < OPTIONS; i++)
		printf("%-10s %s\n", options[i].name, shell.options & options[i].bit ? "on" : "off");
}

int option_parse(int argc, char **argv)
{
	int i = 0;

	for (; i < argc && (argv[i][0] == '-' || argv[i][0] == '+') && argv[i][1]; i++) {
		bool on = argv[i][0] == '-';

		if (strcmp(argv[i], "--") == 0)
			return i + 1;
		if (argv[i][1] == 'o' && argv[i][2] == '\0') {
			if (i + 1 == argc)
				list();
			else if (!change_by_name(argv[++i], on))
				return -1;
			continue;
		}
		for (const char *letter = argv[i] + 1; *letter; letter++) {
			if (!change_by_letter(*letter, on))
				return -1;
		}
	}
	return i;
}

int do_set(int argc, char **argv)
{
	int used = option_parse(argc - 1, argv + 1);

	if (argc == 1)
		var_list("", 0);
	if (used < 0) {
		shell_error();
		return 2;
	}
	if (used + 1 < argc || (used > 0 && strcmp(argv[used], "--") == 0))
		function_set_parameters(argc - 1 - used, argv + 1 + used);
	return 0;
}
