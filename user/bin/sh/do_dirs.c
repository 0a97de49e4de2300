/* SPDX-License-Identifier: BSD-2-Clause */
/* Builtins about what a process has: its folder (cd, pwd) and its mask for new files (umask). */
#include "sh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int do_cd(int argc, char **argv)
{
	static char here[1024];
	int first = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
	const char *to = argc > first ? argv[first] : var_get("HOME");
	bool back = to && strcmp(to, "-") == 0;

	if (argc > first + 1) {
		complain("cd", "one folder, please");
		return 2;
	}
	if (back)
		to = var_get("OLDPWD");
	if (to == NULL && back) {
		complain("cd", "OLDPWD is not set");
		return 1;
	}
	if (to == NULL)
		to = "/";
	if (chdir(to) < 0) {
		complain_of("cd", to, strerror(errno));
		return 1;
	}
	if (var_get("PWD"))
		var_set("OLDPWD", var_get("PWD"), 0);
	if (getcwd(here, sizeof(here)))
		var_set("PWD", here, 0);
	if (back)
		puts(here);
	return 0;
}

int do_pwd(int argc, char **argv)
{
	static char here[1024];

	(void)argc;
	(void)argv;
	if (getcwd(here, sizeof(here)) == NULL) {
		complain("pwd", strerror(errno));
		return 1;
	}
	puts(here);
	return 0;
}

int do_umask(int argc, char **argv)
{
	mode_t mask = umask(0);
	char *end;
	long value;

	umask(mask);
	if (argc == 1) {
		printf("%04o\n", (unsigned)mask);
		return 0;
	}
	value = strtol(argv[1], &end, 8);
	if (end == argv[1] || *end || value < 0 || value > 0777) {
		complain(argv[1], "not an octal mask");
		return 2;
	}
	umask((mode_t)value);
	return 0;
}
