/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cp [-f] [-i] [-p] [-r] SOURCE... TARGET: copies files; with -r folders and all that is in them.
 *
 * -f: a target that cannot be written is removed first; -i: asks before it
 * writes over one; -p: mode and times are the source's.
 *
 * (-r, which must not copy a folder into itself, is a third of it.)
 */
#include <fcntl.h>

#include "files.h"

static bool force, interactive, preserve, recursive;
static struct stat target_folder; /* the copy of the folder that is copied: is not copied into itself */

static int copy_path(const char *from, const char *to, bool top);

/* With -p, for an open target.  Returns the status. */
static int keep_attributes(int fd, const struct stat *st, const char *to)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (preserve && (futimens(fd, times) < 0 || fchmod(fd, st->st_mode & 07777) < 0))
		return fail("cp", to);
	return 0;
}

static int copy_bytes(int in, int out, const char *from, const char *to)
{
	static char buffer[65536];
	ssize_t n;

	while ((n = read(in, buffer, sizeof(buffer))) > 0) {
		if (!write_all(out, buffer, (size_t)n))
			return fail("cp", to);
	}
	return n < 0 ? fail("cp", from) : 0;
}

static int open_target(const char *to, mode_t mode)
{
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC, mode & 0777);

	if (out < 0 && force && unlink(to) == 0)
		out = open(to, O_WRONLY | O_CREAT | O_EXCL, mode & 0777);
	return out;
}

static int copy_file(const char *from, const char *to, const struct stat *st)
{
	int in = open(from, O_RDONLY), out, status;

	if (in < 0)
		return fail("cp", from);
	out = open_target(to, st->st_mode);
	if (out < 0) {
		status = fail("cp", to);
		close(in);
		return status;
	}
	status = copy_bytes(in, out, from, to);
	status |= keep_attributes(out, st, to);
	close(in);
	if (close(out) < 0)
		status = fail("cp", to);
	return status;
}

static int copy_folder(const char *from, const char *to, const struct stat *st, bool top)
{
	struct names names;
	int status = 0, fd;

	if (mkdir(to, 0700 | (st->st_mode & 0777)) < 0 && (errno != EEXIST || !is_folder(to)))
		return fail("cp", to);
	if (top)
		stat(to, &target_folder);
	if (!names_read(&names, from))
		return fail("cp", from);
	for (size_t i = 0; i < names.count; i++) {
		char *inner_from = path_join(from, names.list[i]), *inner_to = path_join(to, names.list[i]);

		status |= copy_path(inner_from, inner_to, false);
		free(inner_from);
		free(inner_to);
	}
	names_free(&names);
	fd = preserve ? open(to, O_RDONLY) : -1;
	if (fd >= 0) {
		status |= keep_attributes(fd, st, to);
		close(fd);
	}
	return status;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int copy_path(const char *from, const char *to, bool top)
{
	struct stat st, target;
	bool there;

	if (stat(from, &st) < 0)
		return fail("cp", from);
	there = stat(to, &target) == 0;
	if (S_ISDIR(st.st_mode)) {
		errno = !recursive ? EISDIR : there && !S_ISDIR(target.st_mode) ? ENOTDIR : EINVAL;
		if (!recursive || (there && (!S_ISDIR(target.st_mode) || is_same(&st, &target))) ||
			(!top && is_same(&st, &target_folder)))
			return fail("cp", from);
		return copy_folder(from, to, &st, top);
	}
	if (there && is_same(&st, &target)) {
		fprintf(stderr, "cp: %s: is the same file as %s\n", from, to);
		return 1;
	}
	if (there && interactive && !ask("cp", "write over", to))
		return 0;
	return copy_file(from, to, &st);
}

int main(int argc, char **argv)
{
	static const char line[] = "cp [-f] [-i] [-p] [-r] SOURCE... TARGET";
	int option, status = 0;
	const char *target = argv[argc - 1];

	opterr = 0;
	while ((option = getopt(argc, argv, "fiprR")) != -1) {
		if (option == '?')
			return usage(line);
		force |= option == 'f';
		interactive |= option == 'i';
		preserve |= option == 'p';
		recursive |= option == 'r' || option == 'R';
	}
	if (argc - optind < 2)
		return usage(line);
	if (!is_folder(target)) {
		if (argc - optind == 2)
			return copy_path(argv[optind], target, true);
		errno = ENOTDIR;
		return fail("cp", target);
	}
	for (int i = optind; i < argc - 1; i++) {
		char *name = path_last(argv[i]), *to = path_join(target, name);

		status |= copy_path(argv[i], to, true);
		free(name);
		free(to);
	}
	return status;
}
