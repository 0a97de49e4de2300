/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mv [-f] [-i] SOURCE... TARGET: gives files another name, or moves them into a folder.
 *
 * -i: asks before it takes the place of a file.  Between file systems it
 * does not copy, but says so.
 */
#include "files.h"

static bool interactive;

static int move_path(const char *from, const char *to)
{
	if (interactive && access(to, F_OK) == 0 && !ask("mv", "write over", to))
		return 0;
	return rename(from, to) < 0 ? fail("mv", errno == ENOENT || errno == ENOTDIR ? from : to) : 0;
}

int main(int argc, char **argv)
{
	static const char line[] = "mv [-f] [-i] SOURCE... TARGET";
	int option, status = 0;
	const char *target = argv[argc - 1];

	opterr = 0;
	while ((option = getopt(argc, argv, "fi")) != -1) {
		if (option == '?')
			return usage(line);
		interactive = option == 'i';
	}
	if (argc - optind < 2)
		return usage(line);
	if (!is_folder(target)) {
		if (argc - optind == 2)
			return move_path(argv[optind], target);
		errno = ENOTDIR;
		return fail("mv", target);
	}
	for (int i = optind; i < argc - 1; i++) {
		char *name = path_last(argv[i]), *to = path_join(target, name);

		status |= move_path(argv[i], to);
		free(name);
		free(to);
	}
	return status;
}
