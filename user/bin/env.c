/* SPDX-License-Identifier: BSD-2-Clause */
/* env [-i] [NAME=VALUE...] [COMMAND [ARG...]]: runs a command in a changed environment, or prints that environment. */
#include <unistd.h>

#include "util.h"

extern char **environ;

int main(int argc, char **argv)
{
	static char *empty[] = { NULL };
	int i = 1;

	if (i < argc && strcmp(argv[i], "-i") == 0) {
		environ = empty;
		i++;
	}
	if (i < argc && argv[i][0] == '-')
		return usage("env [-i] [NAME=VALUE...] [COMMAND [ARG...]]");
	for (; i < argc && strchr(argv[i], '='); i++) {
		char *name = argv[i], *equals = strchr(argv[i], '=');

		*equals = '\0';
		if (setenv(name, equals + 1, 1) < 0)
			return fail("env", name);
	}
	if (i == argc) {
		for (char **entry = environ; *entry; entry++)
			puts(*entry);
		return finish("env", 0);
	}
	execvp(argv[i], argv + i);
	fail("env", argv[i]);
	return errno == ENOENT ? 127 : 126;
}
