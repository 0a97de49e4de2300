/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of the initrd, and the errors of a tree that cannot be written.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "check.h"

static const char *self = "/bin/files"; /* this program: a file that is surely there */

TEST(open_and_read)
{
	char magic[4], again[4];
	int fd = open(self, O_RDONLY);

	NEED(fd > 2);
	CHECK_EQ(read(fd, magic, 4), 4);
	CHECK_EQ(memcmp(magic, "\177ELF", 4), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 4);
	CHECK_EQ(lseek(fd, 1, SEEK_SET), 1);
	CHECK_EQ(read(fd, again, 3), 3);
	CHECK_EQ(memcmp(again, "ELF", 3), 0);
	CHECK_EQ(close(fd), 0);
	CHECK_ERRNO(close(fd), EBADF);
	CHECK_ERRNO(read(fd, magic, 1), EBADF);
	CHECK_ERRNO(lseek(fd, 0, SEEK_SET), EBADF);
}

TEST(whole_file)
{
	struct stat st;
	off_t total = 0, end;
	static char block[5000];
	ssize_t n;
	int fd = open(self, O_RDONLY);

	NEED(fd >= 0 && fstat(fd, &st) == 0);
	CHECK(S_ISREG(st.st_mode));
	while ((n = read(fd, block, sizeof(block))) > 0)
		total += n;
	CHECK_EQ(n, 0);
	CHECK_EQ(total, st.st_size);
	end = lseek(fd, 0, SEEK_END);
	CHECK_EQ(end, st.st_size);
	CHECK_EQ(lseek(fd, -4, SEEK_END), end - 4);
	CHECK_EQ(read(fd, block, 100), 4);
	CHECK_EQ(lseek(fd, end + 1000, SEEK_SET), end + 1000);
	CHECK_EQ(read(fd, block, 1), 0);
	CHECK_ERRNO(lseek(fd, -1, SEEK_SET), EINVAL);
	CHECK_ERRNO(lseek(fd, 0, 99), EINVAL);
	close(fd);
}

TEST(duplicates_share_the_offset)
{
	char c[2];
	int fd = open(self, O_RDONLY), copy = dup(fd);

	NEED(fd >= 0 && copy >= 0 && copy != fd);
	CHECK_EQ(read(fd, c, 1), 1);
	CHECK_EQ(lseek(copy, 0, SEEK_CUR), 1);
	CHECK_EQ(dup2(fd, 20), 20);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(read(20, c, 1), 1);
	CHECK_EQ(c[0], 'E');
	CHECK_EQ(lseek(copy, 0, SEEK_CUR), 2);
	CHECK_ERRNO(dup(99), EBADF);
	CHECK_ERRNO(dup2(copy, -1), EBADF);
}

TEST(missing)
{
	struct stat st;

	CHECK_ERRNO(open("/bin/nothing", O_RDONLY), ENOENT);
	CHECK_ERRNO(open("/nowhere/nothing", O_RDONLY), ENOENT);
	CHECK_ERRNO(open("", O_RDONLY), ENOENT);
	CHECK_ERRNO(open("/bin/files/x", O_RDONLY), ENOTDIR);
	CHECK_ERRNO(stat("/bin/nothing", &st), ENOENT);
	CHECK_ERRNO(open(NULL, O_RDONLY), EFAULT);
	CHECK(fopen("/bin/nothing", "r") == NULL);
	CHECK(opendir("/bin/nothing") == NULL);
}

TEST(nothing_can_be_written)
{
	CHECK_ERRNO(open(self, O_WRONLY), EROFS);
	CHECK_ERRNO(open(self, O_RDWR), EROFS);
	CHECK_ERRNO(open("/bin/new", O_WRONLY | O_CREAT, 0644), EROFS);
	CHECK_ERRNO(unlink(self), EROFS);
	CHECK_ERRNO(mkdir("/new", 0755), EROFS);
	CHECK_ERRNO(rename(self, "/bin/other"), EROFS);
	CHECK_EQ(access(self, R_OK | X_OK), 0);
	CHECK_ERRNO(access(self, W_OK), EROFS);
}

TEST(kinds)
{
	struct stat st;
	char c;
	int fd;

	CHECK_EQ(stat("/bin", &st), 0);
	CHECK(S_ISDIR(st.st_mode));
	CHECK_EQ(stat("/", &st), 0);
	CHECK(S_ISDIR(st.st_mode));
	CHECK_EQ(stat(self, &st), 0);
	CHECK(S_ISREG(st.st_mode) && st.st_mode & S_IXUSR);
	fd = open("/bin", O_RDONLY);
	if (fd >= 0) {
		CHECK_ERRNO(read(fd, &c, 1), EISDIR);
		close(fd);
	}
	CHECK_EQ(fstat(0, &st), 0);
	CHECK(S_ISCHR(st.st_mode));
	CHECK_ERRNO(lseek(0, 0, SEEK_SET), ESPIPE);
	CHECK_ERRNO(fstat(99, &st), EBADF);
}

TEST(names)
{
	struct stat a, b;

	CHECK_EQ(stat("/bin/files", &a), 0);
	CHECK_EQ(stat("//bin/.//../bin/files", &b), 0);
	CHECK_EQ(a.st_ino, b.st_ino);
	CHECK_EQ(a.st_size, b.st_size);
	CHECK_EQ(chdir("/bin"), 0);
	CHECK_EQ(stat("files", &b), 0);
	CHECK_EQ(a.st_ino, b.st_ino);
	CHECK_ERRNO(chdir("/nowhere"), ENOENT);
	CHECK_ERRNO(chdir(self), ENOTDIR);
}

TEST(directories)
{
	DIR *dir = opendir("/bin");
	struct dirent *entry;
	bool seen = false;
	int count = 0;

	NEED(dir != NULL);
	while ((entry = readdir(dir)) != NULL) {
		count++;
		if (strcmp(entry->d_name, "files") == 0) {
			CHECK(!seen);
			seen = true;
		}
	}
	CHECK(seen && count > 10);
	rewinddir(dir);
	CHECK(readdir(dir) != NULL);
	CHECK_EQ(closedir(dir), 0);
	dir = opendir("/");
	NEED(dir != NULL);
	seen = false;
	while ((entry = readdir(dir)) != NULL)
		seen |= strcmp(entry->d_name, "bin") == 0;
	CHECK(seen);
	CHECK_EQ(closedir(dir), 0);
}

TEST(streams)
{
	FILE *f = fopen(self, "rb");
	char block[16];
	long size;

	NEED(f != NULL);
	CHECK_EQ(fread(block, 1, 4, f), 4);
	CHECK_EQ(memcmp(block, "\177ELF", 4), 0);
	CHECK_EQ(ftell(f), 4);
	CHECK_EQ(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	CHECK(size > 4096);
	CHECK_EQ(fgetc(f), EOF);
	CHECK(feof(f) && !ferror(f));
	rewind(f);
	CHECK_EQ(fgetc(f), 0x7f);
	CHECK_EQ(ungetc('x', f), 'x');
	CHECK_EQ(fgetc(f), 'x');
	CHECK_EQ(fclose(f), 0);
	CHECK(fopen(self, "w") == NULL);
	CHECK_EQ(errno, EROFS);
}

TEST(many_descriptors)
{
	int fd, last = -1, count = 0;

	while (count < 5000 && (fd = open(self, O_RDONLY)) >= 0) {
		last = fd;
		count++;
	}
	CHECK(count >= 16);
	CHECK_EQ(count == 5000 ? EMFILE : errno, EMFILE);
	CHECK_EQ(close(last), 0);
	CHECK_EQ(open(self, O_RDONLY), last);
}

/* Parent and child share the open file, and so its offset, as POSIX has it. */
TEST(inherited_by_fork)
{
	char c;
	int fd = open(self, O_RDONLY);

	NEED(fd >= 0);
	CHECK_EQ(read(fd, &c, 1), 1);
	CHECK_EQ(CHILD(CHECK_EQ(read(fd, &c, 1), 1); CHECK_EQ(c, 'E')), 0);
	CHECK_EQ(read(fd, &c, 1), 1);
	CHECK(c == 'L' || c == 'E');
}

TEST(mapped)
{
	int fd = open(self, O_RDONLY);
	char *p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

	NEED(p != MAP_FAILED);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(memcmp(p, "\177ELF", 4), 0);
	CHECK_EQ(munmap(p, PAGE), 0);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED);
	CHECK_EQ(errno, EBADF);
}
