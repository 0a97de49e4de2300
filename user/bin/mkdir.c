/* SPDX-License-Identifier: BSD-2-Clause */
/* mkdir [-p] [-m MODE] FOLDER...: makes folders; -p: those above too, and one that is there is no error; MODE is octal. */
#include "files.h"

/* Makes the folders above a path that are not there.  Returns false with errno. */
static bool make_above(char *path)
{
	for (char *slash = path + strspn(path, "/"); (slash = strchr(slash, '/')) != NULL;) {
		bool last = slash[strspn(slash, "/")] == '\0';
		bool made;

		if (last)
			return true;
		*slash = '\0';
		made = mkdir(path, 0777) == 0 || is_folder(path);
		*slash = '/';
		if (!made)
			return false;
		slash += strspn(slash, "/");
	}
	return true;
}

static int make(char *path, mode_t mode, bool above)
{
	if (above && !make_above(path))
		return fail("mkdir", path);
	if (mkdir(path, mode) == 0)
		return 0;
	if (above && errno == EEXIST && is_folder(path))
		return 0;
	return fail("mkdir", path);
}

int main(int argc, char **argv)
{
	static const char line[] = "mkdir [-p] [-m MODE] FOLDER...";
	int option, status = 0;
	long mode = 0777;
	bool above = false, exact = false;
	char *end;

	opterr = 0;
	while ((option = getopt(argc, argv, "pm:")) != -1) {
		if (option == 'p') {
			above = true;
			continue;
		}
		exact = option == 'm';
		mode = exact ? strtol(optarg, &end, 8) : 0;
		if (!exact || end == optarg || *end || mode < 0 || mode > 07777)
			return usage(line);
	}
	if (optind == argc)
		return usage(line);
	for (int i = optind; i < argc; i++) {
		bool was = is_folder(argv[i]);
		int made = make(argv[i], (mode_t)mode, above);

		/* The umask has taken its part. */
		if (made == 0 && exact && !was && chmod(argv[i], (mode_t)mode) < 0)
			made = fail("mkdir", argv[i]);
		status |= made;
	}
	return status;
}
