/* SPDX-License-Identifier: BSD-2-Clause */
/* printenv [NAME...]: prints the environment, or the values of the variables named; 1 if one is not set. */
#include "util.h"

extern char **environ;

int main(int argc, char **argv)
{
	int status = 0;

	if (argc > 1 && argv[1][0] == '-')
		return usage("printenv [NAME...]");
	if (argc == 1) {
		for (char **entry = environ; *entry; entry++)
			puts(*entry);
	}
	for (int i = 1; i < argc; i++) {
		const char *value = getenv(argv[i]);

		if (value)
			puts(value);
		else
			status = 1;
	}
	return finish("printenv", status);
}
