/* SPDX-License-Identifier: BSD-2-Clause */
/* dirname PATH: a path without its last name. */
#include "util.h"

int main(int argc, char **argv)
{
	size_t end;
	char *path;

	if (argc > 1 && strcmp(argv[1], "--") == 0) {
		argv++;
		argc--;
	}
	if (argc != 2)
		return usage("dirname PATH");
	path = argv[1];
	end = strlen(path);
	while (end > 1 && path[end - 1] == '/')
		end--;
	while (end > 0 && path[end - 1] != '/')
		end--;
	while (end > 1 && path[end - 1] == '/')
		end--;
	printf("%.*s\n", end ? (int)end : 1, end ? path : ".");
	return finish("dirname", 0);
}
