/* SPDX-License-Identifier: BSD-2-Clause */
/* echo [-n] [WORD...]: prints its arguments, with a newline unless -n. */
#include "util.h"

int main(int argc, char **argv)
{
	int first = 1;
	bool newline = true;

	if (argc > 1 && strcmp(argv[1], "-n") == 0) {
		newline = false;
		first = 2;
	}
	for (int i = first; i < argc; i++)
		printf("%s%s", i > first ? " " : "", argv[i]);
	if (newline)
		putchar('\n');
	return finish("echo", 0);
}
