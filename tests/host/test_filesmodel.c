/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file server against this machine's own kernel: random operations are done by both, the kernel's in a folder of its own,
 * and must have the same results, errors included, but where <curfew/file.h> says otherwise.  Now and then the server dies and another
 * goes on; then all trees and all contents must be the same.
 *
 * Paths never leave the folder: `..` is put only behind a name.  SEED=n in the environment: only that seed.
 */
#include "fileshost.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN 6 /* files and directories open at once */
#define BYTES 70000

static const struct geometry geometry = { 512, 1024, 256 << 10 };
static uint64_t seed;
static char log_text[200]; /* the operation, for messages */
static unsigned step;

/* What is open in both; 0 is the root. */
static struct {
	uint64_t label;
	int fd;
} file[OPEN];
static char folder[64];

static unsigned pick(unsigned n)
{
	return host_random(&seed) % n;
}

static void same(int64_t ours, int64_t theirs)
{
	if (ours != theirs)
		fail_msg("step %u: %s: the server says %lld, the kernel %lld", step, log_text, (long long)ours,
			(long long)theirs);
}

/* A kernel's result as the server's. */
static int64_t result_of(int64_t result)
{
	return result < 0 ? -errno : result;
}

static char *path(void)
{
	static char text[4][400];
	static unsigned turn;
	char *to = text[turn++ % 4], *begin = to;
	unsigned parts = 1 + pick(3), depth = 0;

	*to = 0;
	if (pick(60) == 0)
		return begin;
	for (unsigned i = 0; i < parts; i++) {
		if (i)
			to += sprintf(to, pick(10) ? "/" : "//");
		if (pick(12) == 0)
			to += sprintf(to, ".");
		else if (depth && pick(10) == 0)
			to += sprintf(to, ".."), depth--;
		else if (pick(200) == 0) {
			memset(to, 'x', 256);
			to += 255 + pick(2);
			*to = 0;
			depth++;
		} else
			to += sprintf(to, "%c", "abcd"[pick(4)]), depth++;
	}
	if (pick(8) == 0)
		to += sprintf(to, "/");
	if (pick(30) == 0)
		sprintf(to, pick(2) ? "." : "/.");
	return begin;
}

/* Where paths begin: mostly the root. */
static unsigned base(void)
{
	unsigned n = pick(4) ? 0 : pick(OPEN);

	return file[n].fd >= 0 ? n : 0;
}

static int any_open(void)
{
	unsigned n = 1 + pick(OPEN - 1);

	return file[n].fd >= 0 ? (int)n : -1;
}

/* A directory that was removed is not looked into: Linux has `..` and times there that we have not. */
static bool removed(unsigned n)
{
	struct stat stat;

	return fstat(file[n].fd, &stat) != 0 || (S_ISDIR(stat.st_mode) && stat.st_nlink == 0);
}

static void close_file(unsigned n)
{
	if (file[n].fd < 0)
		return;
	h_close(file[n].label);
	close(file[n].fd);
	file[n].fd = -1;
}

static void do_open(void)
{
	static const int access[] = { O_RDONLY, O_WRONLY, O_RDWR, O_RDWR, O_RDWR };
	int flags = access[pick(5)] | (pick(2) ? O_CREAT : 0) | (pick(6) ? 0 : O_EXCL) | (pick(6) ? 0 : O_TRUNC) |
		(pick(6) ? 0 : O_APPEND);
	unsigned at = base(), n = 1 + pick(OPEN - 1);
	const char *name = path();
	int64_t ours, theirs;

	if (!(flags & O_CREAT) && pick(4) == 0)
		flags |= O_DIRECTORY;
	if (!(flags & O_CREAT) && pick(2))
		flags &= ~O_EXCL;
	if (flags & O_EXCL && !(flags & O_CREAT))
		return; /* undefined */
	close_file(n);
	if (at == n || removed(at))
		return;
	sprintf(log_text, "open %u %.100s %#x", at, name, flags);
	ours = h_open(file[at].label, name, flags, 0600 | pick(0200));
	theirs = result_of(openat(file[at].fd, name, flags, 0600));
	if (ours == -ENAMETOOLONG && theirs == -EISDIR)
		ours = theirs; /* too long a name, with a slash, to be created: either is true */
	same(ours < 0 ? ours : 0, theirs < 0 ? theirs : 0);
	if (theirs < 0)
		return;
	file[n].label = ours;
	file[n].fd = theirs;
}

static void do_names(void)
{
	unsigned at = base(), operation = pick(5);
	const char *one = path(), *two = path();
	int64_t ours, theirs;

	if (removed(at))
		return;
	sprintf(log_text, "%s %u %.90s %.90s", (const char *[]){ "mkdir", "rmdir", "unlink", "rename", "link" }[operation], at, one,
		two);
	switch (operation) {
	case 0:
		ours = h_path(file[at].label, CURFEW_FILE_MKDIR, one, 0755);
		theirs = result_of(mkdirat(file[at].fd, one, 0755));
		break;
	case 1:
		ours = h_path(file[at].label, CURFEW_FILE_RMDIR, one, 0);
		theirs = result_of(unlinkat(file[at].fd, one, AT_REMOVEDIR));
		break;
	case 2:
		ours = h_path(file[at].label, CURFEW_FILE_UNLINK, one, 0);
		theirs = result_of(unlinkat(file[at].fd, one, 0));
		if (theirs == -EISDIR)
			theirs = -EPERM; /* file.h, and POSIX */
		break;
	case 3:
		ours = h_paths(file[at].label, CURFEW_FILE_RENAME, one, two);
		theirs = result_of(renameat(file[at].fd, one, file[at].fd, two));
		break;
	default:
		ours = h_paths(file[at].label, CURFEW_FILE_LINK, one, two);
		theirs = result_of(linkat(file[at].fd, one, file[at].fd, two, 0));
	}
	/* Of two paths that are both wrong, Linux looks at a last part's length later than we. */
	if (operation >= 3 && ours == -ENAMETOOLONG && theirs < 0)
		ours = theirs;
	same(ours, theirs);
}

static void do_read(unsigned n)
{
	static char ours[BYTES], theirs[BYTES];
	size_t length = pick(3) ? pick(5000) : pick(BYTES);
	uint64_t offset = pick(2) ? CURFEW_FILE_HERE : pick(3) ? pick(BYTES) : pick(9) * 4096u;
	int64_t result, expected;

	sprintf(log_text, "read %u %zu at %lld", n, length, (long long)offset);
	result = h_read(file[n].label, ours, length, offset);
	expected = result_of(offset == CURFEW_FILE_HERE ? read(file[n].fd, theirs, length)
							: pread(file[n].fd, theirs, length, offset));
	same(result, expected);
	if (result > 0 && memcmp(ours, theirs, result))
		fail_msg("step %u: %s: other bytes", step, log_text);
}

static void do_write(unsigned n)
{
	static char data[BYTES];
	size_t length = pick(3) ? pick(5000) : pick(30000);
	uint64_t offset = pick(2) ? CURFEW_FILE_HERE : pick(3) ? pick(BYTES) : pick(9) * 4096u;
	int64_t ours, theirs;

	/* POSIX: pwrite() writes where it is told; Linux's appends all the same. */
	if (offset != CURFEW_FILE_HERE && fcntl(file[n].fd, F_GETFL) & O_APPEND)
		return;
	/* Files stay small. */
	if (lseek(file[n].fd, 0, SEEK_CUR) > 150000)
		return;
	memset(data, 1 + pick(255), length);
	sprintf(log_text, "write %u %zu at %lld", n, length, (long long)offset);
	if (fcntl(file[n].fd, F_GETFL) & O_APPEND && lseek(file[n].fd, 0, SEEK_END) > 150000)
		ftruncate(file[n].fd, 0), h_truncate(file[n].label, 0);
	h_seek(file[n].label, lseek(file[n].fd, 0, SEEK_CUR), SEEK_SET);
	ours = h_write(file[n].label, data, length, offset);
	theirs = result_of(offset == CURFEW_FILE_HERE ? write(file[n].fd, data, length)
						      : pwrite(file[n].fd, data, length, offset));
	same(ours, theirs);
}

static void do_state(unsigned n)
{
	struct curfew_stat ours;
	struct stat theirs;
	int64_t offset;
	int whence = pick(3);

	if (fstat(file[n].fd, &theirs) != 0)
		fail_msg("fstat");
	switch (pick(4)) {
	case 0:
		offset = (int64_t)pick(2 * BYTES) - BYTES / 2;
		if (S_ISDIR(theirs.st_mode))
			return;
		sprintf(log_text, "seek %u %lld %d", n, (long long)offset, whence);
		same(h_seek(file[n].label, offset, whence), result_of(lseek(file[n].fd, offset, whence)));
		return;
	case 1:
		offset = pick(3) ? pick(BYTES) : pick(9) * 4096u;
		sprintf(log_text, "truncate %u %lld", n, (long long)offset);
		same(h_truncate(file[n].label, offset), result_of(ftruncate(file[n].fd, offset)));
		return;
	case 2:
		sprintf(log_text, "chmod %u", n);
		theirs.st_mode = 0600 | pick(07000) | pick(0100);
		same(host_call(file[n].label, CURFEW_FILE_CHMOD, theirs.st_mode, 0, 0, NULL, 0, NULL, 0, NULL),
			result_of(fchmod(file[n].fd, theirs.st_mode)));
		return;
	default:
		sprintf(log_text, "stat %u", n);
		same(h_stat(file[n].label, &ours), 0);
		same(ours.mode & S_IFMT, theirs.st_mode & S_IFMT);
		same(ours.links, theirs.st_nlink);
		if (S_ISREG(theirs.st_mode))
			same(ours.size, theirs.st_size);
	}
}

static void do_open_file(void)
{
	int n = any_open();

	if (n < 0)
		return;
	switch (pick(4)) {
	case 0:
		do_read(n);
		return;
	case 1:
		do_write(n);
		return;
	case 2:
		do_state(n);
		return;
	default:
		if (pick(4) == 0)
			close_file(n);
	}
}

/* ------------------------------------------------------------- the trees */

static void same_file(uint64_t label, int fd, const char *name)
{
	static char ours[300000], theirs[300000];
	int64_t length = h_read(label, ours, sizeof(ours), 0);

	sprintf(log_text, "contents of %.100s", name);
	same(length, pread(fd, theirs, sizeof(theirs), 0));
	if (length > 0 && memcmp(ours, theirs, length))
		fail_msg("step %u: %s", step, log_text);
}

static unsigned same_folder(uint64_t label, int fd);

static void same_entry(uint64_t directory, int fd, const char *name)
{
	struct curfew_stat ours;
	struct stat theirs;
	int64_t label;
	int entry;

	sprintf(log_text, "entry %.100s", name);
	same(h_stat_at(directory, name, &ours), result_of(fstatat(fd, name, &theirs, 0)));
	same(ours.mode & S_IFMT, theirs.st_mode & S_IFMT);
	same(ours.links, theirs.st_nlink);
	if (S_ISREG(theirs.st_mode))
		same(ours.size, theirs.st_size);
	label = h_open(directory, name, O_RDONLY, 0);
	entry = openat(fd, name, O_RDONLY);
	assert_true(label > 0 && entry >= 0);
	if (S_ISDIR(theirs.st_mode))
		same_folder(label, entry);
	else
		same_file(label, entry, name);
	h_close(label);
	close(entry);
}

/* Both have the same entries: each of ours is among theirs, and there are as many. */
static unsigned same_folder(uint64_t label, int fd)
{
	char room[600];
	unsigned ours = 0, theirs = 0;
	uint64_t position = 0;
	int64_t length;
	DIR *dir = fdopendir(openat(fd, ".", O_RDONLY));

	while (readdir(dir))
		theirs++;
	closedir(dir);
	while ((length = host_call(label, CURFEW_FILE_READDIR, position, 0, 0, NULL, 0, room, sizeof(room), NULL)) > 0) {
		for (int64_t at = 0; at < length; ours++) {
			const struct curfew_dirent *entry = (const void *)(room + at);
			char name[256];

			snprintf(name, sizeof(name), "%.*s", entry->length, (const char *)(entry + 1));
			position = entry->next;
			at += entry->size;
			if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
				same_entry(label, fd, name);
		}
	}
	sprintf(log_text, "number of entries");
	same(length, 0);
	same(ours, theirs);
	return ours;
}

/* ---------------------------------------------------------------- the test */

/* The server's root begins empty, as the kernel's folder. */
static struct host *begin(void)
{
	static const char *const clear[] = { "bin/tool", "lib/empty", "README.txt", "etc/hostname", "dev/console", "dev/null", "dev/tty",
		"dev/zero" };
	static const char *const folders[] = { "bin", "lib", "etc", "dev", "tmp" };
	struct host *host = host_create(&geometry, 100000);

	assert_int_equal(host_start(host), 0);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(h_path(HOST_ROOT, CURFEW_FILE_UNLINK, clear[i], 0), 0);
	for (unsigned i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		assert_int_equal(h_path(HOST_ROOT, CURFEW_FILE_RMDIR, folders[i], 0), 0);
	assert_int_equal(host->files.inodes_used, 1);
	return host;
}

static void run(uint64_t start)
{
	struct host *host = begin();
	char command[100];

	seed = start * 2654435761u + 1;
	snprintf(folder, sizeof(folder), "%s/files.XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(folder));
	file[0].fd = open(folder, O_RDONLY | O_DIRECTORY);
	file[0].label = HOST_ROOT;
	for (unsigned n = 1; n < OPEN; n++)
		file[n].fd = -1;
	for (step = 0; step < 3000; step++) {
		switch (pick(5)) {
		case 0:
			do_open();
			break;
		case 1:
		case 2:
			do_names();
			break;
		default:
			do_open_file();
		}
		if (step % 500 != 499)
			continue;
		for (unsigned n = 1; n < OPEN; n++)
			close_file(n);
		host_verify(host);
		if (pick(2))
			assert_int_equal(host_start(host), 0);
		same_folder(HOST_ROOT, file[0].fd);
		host_verify(host);
	}
	close(file[0].fd);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	assert_int_equal(system(command), 0);
	host_destroy(host);
}

static void as_the_kernel(void **state)
{
	if (getenv("SEED")) {
		run(strtoull(getenv("SEED"), NULL, 0));
		return;
	}
	for (uint64_t i = 1; i <= 40; i++) {
		print_message("seed %llu\n", (unsigned long long)i);
		run(i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(as_the_kernel) };

	umask(0);
	return cmocka_run_group_tests(tests, host_make_lower, NULL);
}
