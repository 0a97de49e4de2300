/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files through the C library: those of the initrd, and what is written, above them or new.  Every test removes what it made.
 */
#include <dirent.h>
#include <limits.h>
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

/* A new file with a text in it; -1 for none. */
static int new_file(const char *path, const char *text)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0644);

	NEED(fd >= 0);
	NEED(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	return fd;
}

/* What a file has, as a string: up to 99 bytes. */
static const char *content(const char *path)
{
	static char text[100];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	NEED(fd >= 0 && n >= 0);
	text[n] = '\0';
	close(fd);
	return text;
}

static void map_once(int fd)
{
	char *map;

	if (write(fd, "0123456789", 10) != 10)
		return;
	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map != MAP_FAILED)
		munmap(map, PAGE);
	close(fd);
}

/* Before the first test: what the server's memory object needs to hold the pages of so many files is made once, and kept. */
static __attribute__((constructor)) void make_room(void)
{
	char path[32];

	for (int i = 0; i < 80; i++) {
		int fd;

		snprintf(path, sizeof(path), "/tmp/room%d", i);
		fd = open(path, O_RDWR | O_CREAT, 0644);
		if (write(fd, path, 1) == 1)
			close(fd);
	}
	for (int i = 0; i < 80; i++) {
		snprintf(path, sizeof(path), "/tmp/room%d", i);
		unlink(path);
	}
	/* What was mapped stays in memory until the server starts anew (CAVEATS.md), so there is one such file for all. */
	map_once(open("/tmp/mapped", O_RDWR | O_CREAT, 0644));
}

static struct stat status_of(const char *path)
{
	struct stat st = { 0 };

	CHECK_EQ(stat(path, &st), 0);
	return st;
}

TEST(open_flags)
{
	char byte;
	int fd;

	CHECK_ERRNO(open("/tmp/a", O_RDWR), ENOENT);
	fd = new_file("/tmp/a", "hello");
	CHECK_ERRNO(open("/tmp/a", O_RDWR | O_CREAT | O_EXCL, 0644), EEXIST);
	CHECK_EQ(close(fd), 0);
	fd = open("/tmp/a", O_WRONLY | O_CREAT, 0644); /* neither truncates nor appends */
	CHECK_EQ(write(fd, "J", 1), 1);
	CHECK_ERRNO(read(fd, &byte, 1), EBADF);
	close(fd);
	CHECK_EQ(strcmp(content("/tmp/a"), "Jello"), 0);
	fd = open("/tmp/a", O_WRONLY | O_APPEND);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(write(fd, ", all", 5), 5);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 10);
	close(fd);
	CHECK_EQ(strcmp(content("/tmp/a"), "Jello, all"), 0);
	fd = open("/tmp/a", O_RDONLY);
	CHECK_ERRNO(write(fd, "x", 1), EBADF);
	CHECK_ERRNO(ftruncate(fd, 0), EINVAL);
	close(fd);
	fd = open("/tmp/a", O_WRONLY | O_TRUNC);
	CHECK_EQ(status_of("/tmp/a").st_size, 0);
	close(fd);
	CHECK_EQ(unlink("/tmp/a"), 0);
	CHECK_ERRNO(open("/tmp", O_WRONLY), EISDIR);
	CHECK_ERRNO(open("/tmp", O_RDONLY | O_CREAT, 0644), EISDIR);
	CHECK_ERRNO(open("/tmp/none/a", O_RDWR | O_CREAT, 0644), ENOENT);
}

TEST(names_too_long)
{
	static char path[PATH_MAX + 10] = "/tmp/";
	int fd;

	memset(path + 5, 'n', NAME_MAX);
	fd = open(path, O_RDWR | O_CREAT, 0644);
	CHECK(fd >= 0);
	CHECK_EQ(unlink(path), 0);
	path[5 + NAME_MAX] = 'n';
	CHECK_ERRNO(open(path, O_RDWR | O_CREAT, 0644), ENAMETOOLONG);
	CHECK_ERRNO(mkdir(path, 0755), ENAMETOOLONG);
	for (size_t i = 5; i < sizeof(path) - 1; i++)
		path[i] = i % 2 ? '.' : '/';
	CHECK_ERRNO(open(path, O_RDONLY), ENAMETOOLONG);
}

/* A program of the initrd is copied when it is written: who runs or maps it keeps what was there. */
TEST(initrd_is_copied_up)
{
	const char *other = "/bin/false"; /* which goes in the end, and its copy with it */
	ino_t inode = status_of(other).st_ino;
	off_t size = status_of(other).st_size;
	char magic[4];
	int reader = open(other, O_RDONLY), fd;
	const char *map = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, reader, 0);

	NEED(map != MAP_FAILED);
	fd = open(other, O_RDWR);
	NEED(fd >= 0);
	CHECK_EQ(access(other, R_OK | W_OK | X_OK), 0);
	CHECK_EQ(map[0], 0x7f);
	CHECK_EQ(pwrite(fd, "#", 1, 0), 1);
	CHECK_EQ(pread(reader, magic, 4, 0), 4);
	CHECK_EQ(memcmp(magic, "#ELF", 4), 0);
	CHECK_EQ(map[0], 0x7f);
	CHECK_EQ(status_of(other).st_ino, inode);
	CHECK_EQ(status_of(other).st_size, size);
	CHECK_EQ(pwrite(fd, "\177", 1, 0), 1);
	close(fd);
	CHECK_EQ(unlink(other), 0);
	CHECK_ERRNO(access(other, F_OK), ENOENT);
}

TEST(rename_and_link)
{
	int fd = new_file("/tmp/a", "one");
	ino_t inode = status_of("/tmp/a").st_ino;

	close(fd);
	CHECK_EQ(link("/tmp/a", "/tmp/b"), 0);
	CHECK_EQ(status_of("/tmp/b").st_ino, inode);
	CHECK_EQ(status_of("/tmp/b").st_nlink, 2);
	CHECK_ERRNO(link("/tmp/a", "/tmp/b"), EEXIST);
	CHECK_ERRNO(link("/tmp", "/tmp/c"), EPERM);
	CHECK_ERRNO(link("/tmp/none", "/tmp/c"), ENOENT);
	CHECK_EQ(rename("/tmp/a", "/tmp/b"), 0); /* the same file: nothing is done */
	CHECK_EQ(access("/tmp/a", F_OK), 0);
	CHECK_EQ(unlink("/tmp/b"), 0);
	CHECK_EQ(status_of("/tmp/a").st_nlink, 1);
	close(new_file("/tmp/c", "two"));
	CHECK_EQ(rename("/tmp/a", "/tmp/c"), 0);
	CHECK_EQ(strcmp(content("/tmp/c"), "one"), 0);
	CHECK_ERRNO(access("/tmp/a", F_OK), ENOENT);
	CHECK_ERRNO(rename("/tmp/a", "/tmp/b"), ENOENT);
	CHECK_EQ(mkdir("/tmp/d", 0755), 0);
	CHECK_EQ(mkdir("/tmp/d/e", 0755), 0);
	CHECK_ERRNO(rename("/tmp/c", "/tmp/d"), EISDIR);
	CHECK_ERRNO(rename("/tmp/d", "/tmp/c"), ENOTDIR);
	CHECK_ERRNO(rename("/tmp/d", "/tmp/d/e/f"), EINVAL);
	CHECK_EQ(rename("/tmp/c", "/tmp/d/e/c"), 0);
	CHECK_EQ(mkdir("/tmp/g", 0755), 0);
	CHECK_ERRNO(rename("/tmp/g", "/tmp/d"), ENOTEMPTY);
	CHECK_EQ(rename("/tmp/d", "/tmp/g"), 0); /* over an empty one */
	CHECK_EQ(strcmp(content("/tmp/g/e/c"), "one"), 0);
	CHECK_ERRNO(unlink("/tmp/g/e"), EPERM);
	CHECK_ERRNO(rmdir("/tmp/g/e"), ENOTEMPTY);
	CHECK_ERRNO(rmdir("/tmp/g/e/c"), ENOTDIR);
	CHECK_ERRNO(rmdir("/tmp/g/."), EINVAL);
	CHECK_ERRNO(mkdir("/tmp/g/e", 0755), EEXIST);
	CHECK_EQ(unlink("/tmp/g/e/c"), 0);
	CHECK_EQ(rmdir("/tmp/g/e"), 0);
	CHECK_EQ(rmdir("/tmp/g"), 0);
	CHECK_ERRNO(rmdir("/tmp/g"), ENOENT);
	CHECK_ERRNO(rmdir("/"), EBUSY);
}

/* A file without a name lives as long as somebody has it open. */
TEST(unlinked_but_open)
{
	int fd = new_file("/tmp/a", "still here");
	struct stat st;
	char text[10];

	CHECK_EQ(unlink("/tmp/a"), 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_nlink, 0);
	CHECK_EQ(pread(fd, text, 10, 0), 10);
	CHECK_EQ(memcmp(text, "still here", 10), 0);
	close(new_file("/tmp/a", "another"));
	CHECK_EQ(pread(fd, text, 5, 0), 5);
	CHECK_EQ(memcmp(text, "still", 5), 0);
	CHECK_EQ(unlink("/tmp/a"), 0);
}

TEST(truncate_and_holes)
{
	static char zeroes[3 * CURFEW_PAGE_SIZE], bytes[3 * CURFEW_PAGE_SIZE];
	int fd = new_file("/tmp/a", "0123456789");

	CHECK_EQ(ftruncate(fd, 4), 0);
	CHECK_EQ(ftruncate(fd, 8), 0);
	CHECK_EQ(pread(fd, bytes, 100, 0), 8);
	CHECK_EQ(memcmp(bytes, "0123\0\0\0\0", 8), 0); /* not what was there before */
	CHECK_EQ(truncate("/tmp/a", 3 * PAGE), 0);
	CHECK_EQ(pwrite(fd, "end", 3, 3 * PAGE), 3);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 3 * PAGE + 3);
	CHECK_EQ(pread(fd, bytes, 3 * PAGE, 4), 3 * PAGE - 1);
	CHECK_EQ(memcmp(bytes, zeroes, 3 * PAGE - 4), 0);
	CHECK_EQ(memcmp(bytes + 3 * PAGE - 4, "end", 3), 0);
	CHECK(status_of("/tmp/a").st_blocks < 4 * 8);
	CHECK_ERRNO(ftruncate(fd, -1), EINVAL);
	CHECK_ERRNO(truncate("/tmp/none", 0), ENOENT);
	CHECK_ERRNO(truncate("/tmp", 0), EISDIR);
	CHECK_ERRNO(pread(fd, bytes, 1, -1), EINVAL);
	CHECK_EQ(unlink("/tmp/a"), 0);
}

TEST(status)
{
	mode_t old = umask(027);
	int fd = open("/tmp/a", O_RDWR | O_CREAT | O_EXCL, 0777);
	struct stat st, other;
	time_t now = time(NULL);

	NEED(fd >= 0);
	CHECK_EQ(old, 022);
	CHECK_EQ(write(fd, "12345", 5), 5);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0750);
	CHECK_EQ(st.st_size, 5);
	CHECK_EQ(st.st_nlink, 1);
	CHECK_EQ(st.st_blocks, 8);
	CHECK(st.st_mtime >= now - 10 && st.st_mtime <= now + 10);
	CHECK_EQ(fchmod(fd, 0604), 0);
	CHECK_EQ(status_of("/tmp/a").st_mode, S_IFREG | 0604);
	CHECK_EQ(chmod("/tmp/a", 0640), 0);
	CHECK_EQ(lstat("/tmp/a", &other), 0);
	CHECK_EQ(other.st_mode, S_IFREG | 0640);
	CHECK_EQ(other.st_ino, st.st_ino);
	CHECK_EQ(mkdir("/tmp/d", 0777), 0);
	CHECK_EQ(status_of("/tmp/d").st_mode, S_IFDIR | 0750);
	CHECK_EQ(status_of("/tmp/d").st_nlink, 2);
	CHECK_EQ(CHILD(CHECK_EQ(umask(0), 027)), 0);
	umask(old);
	CHECK_EQ(rmdir("/tmp/d"), 0);
	CHECK_EQ(unlink("/tmp/a"), 0);
	CHECK_ERRNO(chmod("/tmp/none", 0644), ENOENT);
	CHECK_ERRNO(fchmod(99, 0644), EBADF);
}

TEST(readdir_while_changing)
{
	char path[32];
	bool seen[60] = { false };
	struct dirent *entry;
	DIR *dir;
	int n;

	CHECK_EQ(mkdir("/tmp/d", 0755), 0);
	for (int i = 0; i < 60; i++) {
		snprintf(path, sizeof(path), "/tmp/d/f%d", i);
		close(new_file(path, ""));
	}
	dir = opendir("/tmp/d");
	NEED(dir != NULL);
	while ((entry = readdir(dir)) != NULL) {
		if (sscanf(entry->d_name, "f%d", &n) != 1)
			continue;
		NEED(n >= 0 && n < 60);
		CHECK(!seen[n]); /* none comes twice */
		seen[n] = true;
		snprintf(path, sizeof(path), "/tmp/d/f%d", n);
		CHECK_EQ(unlink(path), 0);
		snprintf(path, sizeof(path), "/tmp/d/new%d", n);
		close(new_file(path, ""));
		CHECK_EQ(unlink(path), 0);
	}
	for (int i = 0; i < 60; i++)
		CHECK(seen[i]); /* and none is left out */
	CHECK_EQ(closedir(dir), 0);
	CHECK_EQ(rmdir("/tmp/d"), 0);
}

TEST(descriptor_flags)
{
	int fd = new_file("/tmp/a", "abcdef"), copy, p[2];

	CHECK_EQ(fcntl(fd, F_GETFD), 0);
	CHECK_EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK), O_RDWR);
	CHECK_EQ(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	copy = fcntl(fd, F_DUPFD, 40);
	CHECK_EQ(copy, 40);
	CHECK_EQ(fcntl(copy, F_GETFD), 0); /* of the descriptor, not of the open file */
	CHECK_EQ(fcntl(fd, F_DUPFD_CLOEXEC, 40), 41);
	CHECK_EQ(fcntl(41, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(copy, F_SETFL, O_APPEND), 0);
	CHECK_EQ(fcntl(fd, F_GETFL) & O_APPEND, O_APPEND); /* shared */
	CHECK_EQ(dup2(fd, fd), fd);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_ERRNO(fcntl(99, F_GETFL), EBADF);
	CHECK_ERRNO(fcntl(fd, 9999), EINVAL);
	NEED(pipe(p) == 0);
	CHECK_EQ(fcntl(p[0], F_SETFL, O_NONBLOCK), 0);
	CHECK_ERRNO(read(p[0], &copy, 1), EAGAIN);
	CHECK_EQ(unlink("/tmp/a"), 0);
}

/* `files @fds A B ...`: how many of these are open. */
int other_main(int argc, char **argv)
{
	int open_ones = 0;

	for (int i = 1; i < argc; i++)
		open_ones += fcntl(atoi(argv[i]), F_GETFD) >= 0;
	return open_ones;
}

TEST(close_on_exec)
{
	CHECK_EQ(dup2(open("/dev/null", O_RDWR), 30), 30);
	CHECK_EQ(dup2(30, 31), 31);
	CHECK_EQ(dup2(30, 32), 32);
	CHECK_EQ(fcntl(31, F_SETFD, FD_CLOEXEC), 0);
	CHECK_EQ(CHILD(execl(self, "files", "@fds", "30", "31", "32", "33", (char *)NULL); _exit(98)), 2 << 8);
	CHECK_EQ(CHILD(execl(self, "files", "@fds", "31", (char *)NULL); _exit(98)), 0);
	CHECK_EQ(fcntl(31, F_GETFD), FD_CLOEXEC); /* here it is open still */
}

/* One offset for parent and child; each its own directory. */
TEST(shared_over_fork)
{
	char cwd[PATH_MAX];
	int fd = new_file("/tmp/a", "abc");

	CHECK_EQ(CHILD(CHECK_EQ(write(fd, "def", 3), 3); CHECK_EQ(chdir("/bin"), 0); CHECK_EQ(access("files", X_OK), 0)), 0);
	CHECK_EQ(write(fd, "ghi", 3), 3);
	CHECK_EQ(strcmp(content("/tmp/a"), "abcdefghi"), 0);
	CHECK(getcwd(cwd, sizeof(cwd)) != NULL && strcmp(cwd, "/bin") != 0);
	CHECK_EQ(mkdir("/tmp/d", 0755), 0);
	CHECK_EQ(chdir("/tmp/./d/../d"), 0);
	CHECK(getcwd(cwd, sizeof(cwd)) != NULL && strcmp(cwd, "/tmp/d") == 0);
	CHECK(getcwd(cwd, 3) == NULL && errno == ERANGE);
	CHECK_EQ(strcmp(content("../a"), "abcdefghi"), 0);
	CHECK_EQ(chdir("/"), 0);
	CHECK_EQ(rmdir("/tmp/d"), 0);
	CHECK_EQ(unlink("/tmp/a"), 0);
}

TEST(mapped_and_shared)
{
	int fd = open("/tmp/mapped", O_RDWR), reader = open("/tmp/mapped", O_RDONLY);
	char *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *private = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, reader, 0), text[10];

	NEED(map != MAP_FAILED && private != MAP_FAILED);
	CHECK_EQ(pwrite(fd, "0123456789", 10, 0), 10);
	CHECK_EQ(pwrite(fd, "A", 1, 0), 1);
	CHECK_EQ(map[0], 'A');
	CHECK_EQ(CHILD(map[1] = 'B'; NEED(pread(fd, text, 10, 0) == 10); CHECK_EQ(text[1], 'B')), 0);
	CHECK_EQ(map[1], 'B');
	private[2] = 'C';
	CHECK_EQ(map[2], '2');
	CHECK_EQ(pread(reader, text, 10, 0), 10);
	CHECK_EQ(memcmp(text, "AB23456789", 10), 0);
	CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0) == MAP_FAILED && errno == EACCES);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 1) == MAP_FAILED && errno == EINVAL);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, open("/tmp", O_RDONLY), 0) == MAP_FAILED && errno == ENODEV);
	CHECK_EQ(msync(map, PAGE, MS_SYNC), 0);
	CHECK_EQ(munmap(map, PAGE), 0);
	CHECK_EQ(munmap(private, PAGE), 0);
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
	f = fopen("/tmp/a", "w+");
	NEED(f != NULL);
	CHECK_EQ(fprintf(f, "%d %s\n", 42, "words"), 9);
	rewind(f);
	CHECK(fgets(block, sizeof(block), f) == block && strcmp(block, "42 words\n") == 0);
	CHECK_EQ(fclose(f), 0);
	CHECK(fopen("/tmp/none/a", "w") == NULL);
	CHECK_EQ(errno, ENOENT);
	CHECK_EQ(remove("/tmp/a"), 0);
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
