/* SPDX-License-Identifier: BSD-2-Clause */
/* basename PATH [SUFFIX]: the last name in a path, without the suffix. */
#include "files.h"

int main(int argc, char **argv)
{
	size_t length, suffix;
	char *name;

	if (argc > 1 && strcmp(argv[1], "--") == 0) {
		argv++;
		argc--;
	}
	if (argc < 2 || argc > 3)
		return usage("basename PATH [SUFFIX]");
	name = path_last(argv[1]);
	length = strlen(name);
	suffix = argc == 3 ? strlen(argv[2]) : 0;
	if (suffix > 0 && suffix < length && strcmp(name + length - suffix, argv[2]) == 0)
		name[length - suffix] = '\0';
	puts(name);
	free(name);
	return finish("basename", 0);
}
