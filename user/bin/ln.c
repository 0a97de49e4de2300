/* SPDX-License-Identifier: BSD-2-Clause */
/* ln [-f] SOURCE... TARGET: other names for files; -f: a file of that name is removed first.  There are no symbolic links. */
#include "files.h"

static bool force;

static int link_path(const char *from, const char *to)
{
	struct stat source, target;

	if (link(from, to) == 0)
		return 0;
	if (errno != EEXIST || !force)
		return fail("ln", errno == EEXIST ? to : from);
	if (stat(from, &source) < 0)
		return fail("ln", from);
	if (stat(to, &target) == 0 && source.st_dev == target.st_dev && source.st_ino == target.st_ino) {
		fprintf(stderr, "ln: %s: is the same file as %s\n", from, to);
		return 1;
	}
	return unlink(to) < 0 || link(from, to) < 0 ? fail("ln", to) : 0;
}

int main(int argc, char **argv)
{
	static const char line[] = "ln [-f] SOURCE... TARGET";
	int option, status = 0;
	const char *target = argv[argc - 1];

	opterr = 0;
	while ((option = getopt(argc, argv, "fs")) != -1) {
		if (option == 's') {
			fputs("ln: -s: there are no symbolic links\n", stderr);
			return 1;
		}
		if (option == '?')
			return usage(line);
		force = true;
	}
	if (argc - optind < 2)
		return usage(line);
	if (!is_folder(target)) {
		if (argc - optind == 2)
			return link_path(argv[optind], target);
		errno = ENOTDIR;
		return fail("ln", target);
	}
	for (int i = optind; i < argc - 1; i++) {
		char *name = path_last(argv[i]), *to = path_join(target, name);

		status |= link_path(argv[i], to);
		free(name);
		free(to);
	}
	return status;
}
