/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rm [-f] [-i] [-r] FILE...: removes files; with -r folders and all that is in them.
 *
 * -f: what is not there is no error; -i: asks before each.  `/`, `.` and `..`
 * are never removed.
 */
#include "files.h"

static bool force, interactive, recursive;

static int remove_path(const char *path);

/* Removes what is in a folder.  Its names are read first: no folder is open while another is. */
static int remove_inside(const char *path)
{
	struct names names;
	int status = 0;

	if (!names_read(&names, path))
		return fail("rm", path);
	for (size_t i = 0; i < names.count; i++) {
		char *inner = path_join(path, names.list[i]);

		status |= remove_path(inner);
		free(inner);
	}
	names_free(&names);
	return status;
}

static int remove_path(const char *path)
{
	struct stat st;
	int status = 0;

	if (lstat(path, &st) < 0)
		return force && (errno == ENOENT || errno == ENOTDIR) ? 0 : fail("rm", path);
	if (S_ISDIR(st.st_mode) && !recursive) {
		errno = EISDIR;
		return fail("rm", path);
	}
	if (S_ISDIR(st.st_mode)) {
		if (interactive && !ask("rm", "remove what is in", path))
			return 0;
		status = remove_inside(path);
	}
	if (status != 0 || (interactive && !ask("rm", "remove", path)))
		return status;
	if ((S_ISDIR(st.st_mode) ? rmdir(path) : unlink(path)) < 0)
		return fail("rm", path);
	return 0;
}

/* Whether the last name of a path is one that must stay. */
static bool is_kept(const char *path)
{
	char *last = path_last(path);
	bool kept = strcmp(last, "/") == 0 || strcmp(last, ".") == 0 || strcmp(last, "..") == 0;

	free(last);
	return kept;
}

int main(int argc, char **argv)
{
	static const char line[] = "rm [-f] [-i] [-r] FILE...";
	int option, status = 0;

	opterr = 0;
	while ((option = getopt(argc, argv, "firR")) != -1) {
		if (option == '?')
			return usage(line);
		if (option == 'f' || option == 'i') {
			force = option == 'f';
			interactive = option == 'i';
		} else {
			recursive = true;
		}
	}
	if (optind == argc && !force)
		return usage(line);
	for (int i = optind; i < argc; i++) {
		if (is_kept(argv[i])) {
			errno = EINVAL;
			status = fail("rm", argv[i]);
		} else {
			status |= remove_path(argv[i]);
		}
	}
	return status;
}
