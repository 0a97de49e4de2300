/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The C library's files over sessions (user/lib), with the kernel and the servers of tests/host/libc/fake.c.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/host/libc/fake.h"
#include "user/lib/inherit.h"
#include "user/lib/path.h"

#define FIRST 3 /* descriptor that is free at the start */

#define assert_fails(error, expression) do { \
	errno = 0; \
	assert_int_equal(expression, -1); \
	assert_int_equal(errno, error); \
} while (0)

static int setup(void **state)
{
	(void)state;
	fake_reset();
	umask(022);
	return 0;
}

#define TEST(name) static void name(void **state __attribute__((unused)))

TEST(open_and_read)
{
	char text[16] = "";
	int fd = open("/etc/name", O_RDONLY | O_CLOEXEC);

	assert_int_equal(fd, FIRST);
	assert_int_equal(fake_handle_flags(fd + CURFEW_HANDLE_FD0), CURFEW_HANDLE_CLOEXEC);
	assert_int_equal(read(fd, text, 3), 3);
	assert_string_equal(text, "cur");
	assert_int_equal(fake_messages, 2);
	assert_int_equal(read(fd, text, sizeof(text)), 4);
	assert_int_equal(read(fd, text, sizeof(text)), 0);
	assert_int_equal(pread(fd, text, 3, 3), 3);
	assert_memory_equal(text, "few", 3);
	assert_fails(EINVAL, pread(fd, text, 3, -1));
	assert_fails(EBADF, write(fd, "x", 1));
	assert_int_equal(lseek(fd, -1, SEEK_END), 6);
	assert_int_equal(close(fd), 0);
	assert_fails(EBADF, close(fd));
	assert_fails(EBADF, read(fd, text, 1));
	assert_fails(EBADF, read(-1, text, 1));
	assert_fails(EBADF, read(OPEN_MAX, text, 1));
	assert_fails(EBADF, read(INT_MAX, text, 1));
	assert_fails(EBADF, close(-CURFEW_HANDLE_FD0)); /* handle 0 is none of the descriptors */
}

TEST(open_errors)
{
	char longer[PATH_MAX + 1];
	struct stat status;

	assert_fails(ENOENT, open("/nothing", O_RDONLY));
	assert_fails(ENOENT, open("", O_RDONLY));
	assert_fails(EFAULT, open(NULL, O_RDONLY));
	memset(longer, 'a', PATH_MAX);
	longer[PATH_MAX] = '\0';
	assert_int_equal(fake_messages, 1);
	assert_fails(ENAMETOOLONG, open(longer, O_RDONLY));
	assert_fails(ENAMETOOLONG, stat(longer, &status));
	assert_fails(ENOTDIR, open("/etc/name", O_RDONLY | O_DIRECTORY));
	fake_error = EINTR; /* a signal before the server took it: it is sent again */
	assert_int_equal(open("/etc/name", O_RDONLY), 3);
	assert_int_equal(close(3), 0);
	assert_int_equal(fake_connects, 0);
}

TEST(create_with_mask)
{
	int fd = open("/tmp/new", O_WRONLY | O_CREAT | O_EXCL, 0666);
	uint64_t tmp = fake_find(FAKE_ROOT, "tmp");

	assert_true(fd >= 0);
	assert_int_equal(fake_mode(fake_find(tmp, "new")), S_IFREG | 0644);
	assert_int_equal(write(fd, "hello", 5), 5);
	assert_fails(EEXIST, open("/tmp/new", O_WRONLY | O_CREAT | O_EXCL, 0666));
	assert_int_equal(umask(077), 022);
	assert_int_equal(mkdir("/tmp/dir", 0777), 0);
	assert_int_equal(fake_mode(fake_find(tmp, "dir")), S_IFDIR | 0700);
	assert_int_equal(umask(0), 077);
	assert_true(creat("/tmp/third", 0666) >= 0);
	assert_int_equal(fake_mode(fake_find(tmp, "third")), S_IFREG | 0666);
	/* Without O_CREAT there is no third argument to read. */
	assert_true(open("/tmp/new", O_RDONLY) >= 0);
	assert_int_equal(fake_word[2], 0);
}

TEST(too_many_descriptors)
{
	int fd, last = -1, before;

	while ((fd = open("/etc/name", O_RDONLY)) >= 0)
		last = fd;
	assert_int_equal(errno, EMFILE);
	assert_int_equal(last, OPEN_MAX - 1);
	before = fake_handles();
	assert_fails(EMFILE, dup(0));
	assert_fails(EMFILE, fcntl(0, F_DUPFD, 100));
	assert_int_equal(fake_handles(), before); /* what was too high is closed again */
	assert_int_equal(close(17), 0);
	assert_int_equal(dup(0), 17);
}

TEST(devices)
{
	int fd = open("/dev/tty", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	assert_int_equal(fd, FIRST);
	assert_int_equal(fake_handle_flags(fd + CURFEW_HANDLE_FD0), CURFEW_HANDLE_CLOEXEC);
	assert_int_equal(isatty(fd), 1);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	assert_int_equal(isatty(open("/etc/name", O_RDONLY)), 0);
	assert_int_equal(errno, ENOTTY);
	assert_int_equal(isatty(77), 0);
	assert_int_equal(errno, EBADF);
}

TEST(duplicates)
{
	int fd = open("/etc/name", O_RDONLY | O_CLOEXEC), copy = dup(fd), before;
	char c[2];

	assert_int_equal(copy, fd + 1);
	assert_int_equal(fcntl(copy, F_GETFD), 0);
	assert_int_equal(read(fd, c, 1), 1);
	assert_int_equal(lseek(copy, 0, SEEK_CUR), 1);
	assert_int_equal(dup2(fd, 20), 20);
	assert_int_equal(fcntl(20, F_GETFD), 0);
	assert_int_equal(dup2(fd, fd), fd);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC); /* unchanged */
	assert_fails(EBADF, dup2(99, 98));
	assert_fails(EBADF, dup2(99, 99));
	assert_fails(EBADF, dup2(fd, -1));
	assert_fails(EBADF, dup2(fd, OPEN_MAX));
	assert_fails(EINVAL, dup3(fd, fd, 0));
	assert_fails(EINVAL, dup3(fd, 21, O_APPEND));
	assert_int_equal(dup3(fd, 21, O_CLOEXEC), 21);
	assert_int_equal(fcntl(21, F_GETFD), FD_CLOEXEC);
	before = fake_handles();
	assert_int_equal(fcntl(fd, F_DUPFD, 10), 10);
	assert_int_equal(fcntl(fd, F_DUPFD_CLOEXEC, 10), 11);
	assert_int_equal(fcntl(11, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_DUPFD, 20), 22);
	assert_int_equal(fake_handles(), before + 3);
	assert_fails(EINVAL, fcntl(fd, F_DUPFD, OPEN_MAX));
	assert_fails(EINVAL, fcntl(fd, F_DUPFD, -1));
	assert_fails(EBADF, fcntl(99, F_DUPFD, 0));
}

TEST(flags)
{
	int fd = open("/tmp/log", O_WRONLY | O_CREAT, 0600);

	assert_int_equal(fcntl(fd, F_GETFL), O_WRONLY);
	assert_int_equal(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK | O_CREAT | O_RDWR), 0);
	assert_int_equal(fake_word[1], O_APPEND | O_NONBLOCK);
	assert_int_equal(fcntl(fd, F_GETFL), O_WRONLY | O_APPEND | O_NONBLOCK);
	assert_int_equal(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_SETFD, 0), 0);
	assert_int_equal(fcntl(fd, F_GETFD), 0);
	assert_fails(EBADF, fcntl(99, F_GETFD));
	assert_fails(EBADF, fcntl(99, F_GETFL));
	assert_fails(EINVAL, fcntl(fd, 12345));
}

/* --------------------------------------------------------------- paths */

TEST(working_directory)
{
	char text[64];
	struct stat status;
	int bin;

	assert_string_equal(getcwd(text, sizeof(text)), "/");
	assert_int_equal(stat("bin", &status), 0);
	assert_string_equal(fake_bytes, "/bin");
	assert_int_equal(chdir("/bin/../etc/."), 0);
	assert_string_equal(getcwd(text, sizeof(text)), "/etc");
	assert_int_equal(stat("name", &status), 0);
	assert_string_equal(fake_bytes, "/etc/name");
	assert_int_equal(stat("../bin/prog", &status), 0);
	assert_fails(ENOTDIR, chdir("name"));
	assert_fails(ENOENT, chdir("none"));
	assert_string_equal(getcwd(text, sizeof(text)), "/etc");
	assert_null(getcwd(text, 4));
	assert_int_equal(errno, ERANGE);
	assert_int_equal(chdir("../.."), 0);
	assert_string_equal(getcwd(text, sizeof(text)), "/");
	assert_int_equal(mkdir("/tmp/a", 0700) + mkdir("/tmp/a/b", 0700), 0);
	bin = open("/tmp/a/b", O_RDONLY);
	assert_int_equal(fchdir(bin), 0);
	assert_string_equal(getcwd(text, sizeof(text)), "/tmp/a/b");
	assert_int_equal(close(bin), 0);
	assert_int_equal(open("/", O_RDONLY), bin); /* nothing was left open */
	assert_int_equal(fchdir(bin), 0);
	assert_string_equal(getcwd(text, sizeof(text)), "/");
	assert_fails(ENOTDIR, fchdir(open("/etc/name", O_RDONLY)));
	assert_fails(ENOTDIR, fchdir(0));
	assert_fails(EBADF, fchdir(99));
}

TEST(too_long_with_the_directory)
{
	char name[256], *whole = malloc(PATH_MAX + 1);
	struct stat status;

	memset(name, 'd', 255);
	name[255] = '\0';
	for (int i = 0; i < 3; i++) {
		assert_int_equal(mkdir(name, 0700), 0);
		assert_int_equal(chdir(name), 0);
	}
	assert_int_equal(mkdir(name, 0700), -1); /* 4 * 256 bytes, and no room for the end */
	assert_int_equal(errno, ENAMETOOLONG);
	name[254] = '\0';
	assert_int_equal(mkdir(name, 0700), 0);
	assert_int_equal(stat(name, &status), 0);
	assert_non_null(realpath(name, whole));
	assert_int_equal(strlen(whole), PATH_MAX - 1);
	free(whole);
}

TEST(relative_to_a_descriptor)
{
	int etc = open("/etc", O_RDONLY), file = open("/etc/name", O_RDONLY);
	struct stat status;

	assert_int_equal(fstatat(etc, "name", &status, 0), 0);
	assert_string_equal(fake_bytes, "name");
	assert_true(openat(etc, "../bin/prog", O_RDONLY) >= 0);
	assert_true(openat(etc, "/bin/prog", O_RDONLY) >= 0);
	assert_fails(ENOENT, openat(etc, "prog", O_RDONLY));
	assert_fails(ENOTDIR, openat(file, "name", O_RDONLY));
	assert_fails(ENOTDIR, openat(0, "name", O_RDONLY));
	assert_fails(EBADF, openat(99, "name", O_RDONLY));
	assert_int_equal(faccessat(etc, "name", R_OK, 0), 0);
	assert_fails(EACCES, faccessat(etc, "name", X_OK, 0));
	assert_fails(EINVAL, access("/etc/name", 64));
	assert_int_equal(mkdirat(etc, "d", 0700), 0);
	assert_int_equal(renameat(etc, "d", AT_FDCWD, "/tmp/e"), 0);
	assert_memory_equal(fake_bytes, "/etc/d/tmp/e", 12);
	assert_int_equal(fake_word[1], 6);
	assert_int_equal(unlinkat(AT_FDCWD, "/tmp/e", AT_REMOVEDIR), 0);
	assert_fails(EINVAL, unlinkat(etc, "name", 77));
}

TEST(names)
{
	char text[8], *whole;

	assert_int_equal(mkdir("/tmp/d", 0700), 0);
	assert_int_equal(remove("/tmp/d"), 0);
	assert_int_equal(close(creat("/tmp/f", 0600)), 0);
	assert_int_equal(chdir("/tmp"), 0);
	assert_int_equal(rename("f", "../tmp/g"), 0);
	assert_string_equal(fake_bytes, "/tmp/f/tmp/../tmp/g");
	assert_fails(ENOENT, rename("f", "g"));
	assert_fails(ENOENT, rename("g", ""));
	assert_int_equal(remove("g"), 0);
	assert_fails(ENOENT, remove("g"));
	assert_fails(EPERM, symlink("x", "/tmp/link"));
	assert_fails(EEXIST, symlink("x", "/etc/name"));
	assert_fails(EINVAL, readlink("/etc/name", text, sizeof(text)));
	assert_fails(ENOENT, readlink("/etc/none", text, sizeof(text)));
	whole = realpath("../etc//./name", NULL);
	assert_string_equal(whole, "/etc/name");
	free(whole);
}

TEST(status)
{
	const struct timespec times[2] = { { 5, 6 }, { .tv_nsec = UTIME_OMIT } };
	const struct timeval bad[2] = { { 1, 1000000 }, { 1, 0 } };
	struct stat status, other;
	int fd = open("/etc/name", O_RDWR);

	assert_int_equal(stat("/etc/name", &status), 0);
	assert_int_equal(status.st_size, 7);
	assert_int_equal(status.st_mode, S_IFREG | 0644);
	assert_int_equal(status.st_nlink, 2);
	assert_int_equal(status.st_dev, 7);
	assert_int_equal(status.st_ctim.tv_sec, 3);
	assert_int_equal(status.st_ctim.tv_nsec, 7);
	assert_int_equal(fstat(fd, &other), 0);
	assert_memory_equal(&status, &other, sizeof(status));
	assert_int_equal(futimens(fd, NULL), 0);
	assert_int_equal(fake_word[1], 6000); /* now */
	assert_int_equal(fake_word[2], 6000);
	assert_int_equal(utimensat(AT_FDCWD, "/etc/name", times, 0), 0);
	assert_int_equal(fstat(fd, &other), 0);
	assert_int_equal(other.st_atim.tv_sec, 5);
	assert_int_equal(other.st_atim.tv_nsec, 6);
	assert_int_equal(other.st_mtim.tv_nsec, 6000);
	assert_fails(EINVAL, utimes("/etc/name", bad));
	assert_int_equal(chmod("/etc/name", 0100600), 0);
	assert_int_equal(fake_mode(fake_find(fake_find(FAKE_ROOT, "etc"), "name")), S_IFREG | 0600);
	assert_int_equal(truncate("/etc/name", 2), 0);
	assert_int_equal(fstat(fd, &other), 0);
	assert_int_equal(other.st_size, 2);
	assert_fails(EINVAL, ftruncate(fd, -1));
	assert_int_equal(chown("/etc/name", 0, (gid_t)-1), 0);
	assert_fails(EPERM, chown("/etc/name", 1, 0));
	assert_int_equal(fsync(fd), 0);
	assert_fails(EINVAL, fsync(0));
	assert_int_equal(open("/etc/name", O_RDONLY), fd + 1); /* no descriptor was left by those on paths */
}

/* --------------------------------------------------------- directories */

TEST(directory_walk)
{
	char name[PATH_MAX];
	struct dirent *entry;
	int seen = 0, again = 0;
	long place;
	DIR *dir;

	for (int i = 0; i < 20; i++) { /* more than one buffer */
		memset(name, 'a' + i, 200);
		memcpy(name, "/tmp/", 5);
		name[200] = '\0';
		assert_int_equal(close(creat(name, 0600)), 0);
	}
	dir = opendir("/tmp");
	assert_non_null(dir);
	assert_int_equal(fcntl(dirfd(dir), F_GETFD), FD_CLOEXEC);
	assert_string_equal(readdir(dir)->d_name, ".");
	assert_string_equal(readdir(dir)->d_name, "..");
	place = telldir(dir);
	while ((entry = readdir(dir)) != NULL) {
		assert_int_equal(entry->d_type, DT_REG);
		assert_int_equal(strlen(entry->d_name), 195);
		assert_int_equal(entry->d_name[0], 'a' + seen++);
	}
	assert_int_equal(seen, 20);
	assert_null(readdir(dir));
	seekdir(dir, place);
	while ((entry = readdir(dir)) != NULL && again++ < 9)
		;
	place = telldir(dir);
	entry = readdir(dir);
	strcpy(name, entry->d_name);
	seekdir(dir, place);
	assert_string_equal(readdir(dir)->d_name, name);
	rewinddir(dir);
	assert_string_equal(readdir(dir)->d_name, ".");
	fake_kill_files();
	seekdir(dir, 0);
	errno = 0;
	assert_null(readdir(dir));
	assert_int_equal(errno, ECONNRESET);
	assert_int_equal(closedir(dir), 0);
	assert_null(opendir("/etc/name"));
	assert_int_equal(errno, ENOTDIR);
	assert_null(fdopendir(99));
	assert_int_equal(errno, EBADF);
}

static int not_dots(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

TEST(scanned)
{
	struct dirent **list;

	assert_int_equal(scandir("/", &list, not_dots, alphasort), 4);
	assert_string_equal(list[0]->d_name, "bin");
	assert_int_equal(list[0]->d_type, DT_DIR);
	assert_string_equal(list[3]->d_name, "tmp");
	for (int i = 0; i < 4; i++)
		free(list[i]);
	free(list);
}

/* ------------------------------------------------------- death of servers */

TEST(server_dies)
{
	struct stat status;
	char c;
	int fd = open("/etc/name", O_RDONLY), before = fake_handles();

	fake_kill_files();
	assert_fails(ECONNRESET, read(fd, &c, 1));
	assert_int_equal(stat("/etc/name", &status), 0);
	assert_int_equal(fake_connects, 1);
	assert_int_equal(fake_handles(), before); /* the new session is where the old one was, and nowhere else */
	assert_int_equal(stat("/bin/prog", &status), 0);
	assert_int_equal(fake_connects, 1);
	assert_fails(ECONNRESET, read(fd, &c, 1)); /* what was open stays dead */
	fake_kill_files();
	fake_no_files = 1;
	assert_fails(ECONNRESET, mkdir("/tmp/x", 0700));
	assert_int_equal(fake_connects, 2);
	assert_int_equal(fake_no_files, 0);
	assert_int_equal(mkdir("/tmp/x", 0700), 0); /* with the same words, though the first try spoiled them */
	assert_int_equal(fake_word[1], 0700);
	assert_true(fake_find(fake_find(FAKE_ROOT, "tmp"), "x") != 0);
}

/* --------------------------------------------------------------- pipes */

TEST(pipes)
{
	int ends[2];
	char c;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(ends[0], FIRST);
	assert_int_equal(ends[1], FIRST + 1);
	assert_int_equal(fake_connects, 1);
	fake_pipe_error = -EAGAIN;
	assert_fails(EAGAIN, read(ends[0], &c, 1));
	fake_pipe_error = -EPIPE;
	assert_fails(EPIPE, write(ends[1], &c, 1));
	assert_int_equal(fake_signal, SIGPIPE);
	assert_fails(ESPIPE, lseek(ends[0], 0, SEEK_CUR));
	assert_fails(ENOTTY, tcdrain(ends[0]));
	assert_fails(ENODEV, (long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, ends[0], 0));
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(fake_connects, 1);
	assert_int_equal(fake_word[1], O_NONBLOCK);
	assert_int_equal(fcntl(ends[1], F_GETFD), FD_CLOEXEC);
	assert_fails(EINVAL, pipe2(ends, O_APPEND));
}

TEST(pipe_at_the_limit)
{
	int ends[2] = { -7, -7 }, before;

	assert_int_equal(pipe(ends), 0);
	while (dup(0) >= 0)
		;
	assert_int_equal(close(40), 0);
	before = fake_handles();
	assert_fails(EMFILE, pipe(ends));
	assert_int_equal(fake_handles(), before);
}

TEST(vectors)
{
	char a[4], b[4];
	struct iovec in[2] = { { a, 3 }, { b, 4 } }, out[3] = { { "ab", 2 }, { NULL, 0 }, { "cd", 2 } };
	int fd = open("/etc/name", O_RDWR);

	assert_int_equal(readv(fd, in, 2), 7);
	assert_int_equal(fake_messages, 2);
	assert_memory_equal(a, "cur", 3);
	assert_memory_equal(b, "few\n", 4);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(writev(fd, out, 3), 4);
	assert_string_equal(fake_bytes, "abcd");
	assert_fails(EINVAL, readv(fd, in, 0));
	assert_fails(EINVAL, writev(fd, out, IOV_MAX + 1));
	out[0].iov_len = SIZE_MAX;
	assert_fails(EINVAL, writev(fd, out, 3));
}

/* ---------------------------------------------------------------- poll */

TEST(polls)
{
	struct pollfd fds[4] = { { 0, POLLIN, 0 }, { -1, POLLIN, 77 }, { 99, POLLIN, 0 }, { 1, POLLOUT, 0 } };
	int before = fake_handles();

	assert_int_equal(poll(fds, 4, -1), 1);
	assert_int_equal(fds[1].revents, 0);
	assert_int_equal(fds[2].revents, POLLNVAL);
	assert_int_equal(fake_waits, 0);
	fds[2].fd = -5;
	assert_int_equal(poll(fds, 4, 0), 0);
	assert_int_equal(fake_waits, 0);
	assert_int_equal(poll(fds, 4, 10), 0); /* the fake's clock stands; its events say that the time is over */
	assert_int_equal(fake_waits, 1);
	fake_ready_later = POLLIN | POLLPRI;
	assert_int_equal(poll(fds, 4, -1), 1);
	assert_int_equal(fake_waits, 2);
	assert_int_equal(fds[0].revents, POLLIN);
	assert_int_equal(fds[3].revents, 0);
	fake_ready = POLLHUP;
	assert_int_equal(poll(fds, 4, -1), 2);
	assert_int_equal(fds[0].revents, POLLHUP);
	assert_int_equal(fake_handles(), before); /* no event is left */
	fake_error = EINTR; /* a signal that comes while it asks: it asks again */
	assert_int_equal(poll(fds, 4, -1), 2);
	fds[0].fd = open("/etc/name", O_RDONLY);
	fake_kill_files();
	assert_int_equal(poll(fds, 1, -1), 1);
	assert_int_equal(fds[0].revents, POLLERR | POLLHUP);
}

TEST(selects)
{
	struct timeval none = { 0, 0 }, bad = { 0, -1 };
	fd_set read, write;

	FD_ZERO(&read);
	FD_ZERO(&write);
	FD_SET(0, &read);
	FD_SET(2, &read);
	FD_SET(1, &write);
	fake_ready = POLLIN;
	assert_int_equal(select(3, &read, &write, NULL, NULL), 2);
	assert_true(FD_ISSET(0, &read) && FD_ISSET(2, &read) && !FD_ISSET(1, &write));
	fake_ready = 0;
	assert_int_equal(select(3, &read, &write, NULL, &none), 0);
	assert_false(FD_ISSET(0, &read));
	FD_SET(255, &read);
	assert_fails(EBADF, select(256, &read, NULL, NULL, &none));
	assert_fails(EINVAL, select(257, &read, NULL, NULL, &none));
	assert_fails(EINVAL, select(1, &read, NULL, NULL, &bad));
}

/* ----------------------------------------------------- mmap, terminals */

TEST(maps)
{
	int fd = open("/bin/prog", O_RDWR), before = fake_handles();
	uint64_t node = fake_find(fake_find(FAKE_ROOT, "bin"), "prog");

	assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 4096), (void *)0x1000);
	assert_int_equal(fake_word[3], PROT_READ); /* a private mapping only reads the object */
	assert_int_equal(fake_mmap.offset, node * 0x10000 + 4096);
	assert_int_equal(fake_mmap.protection, PROT_READ | PROT_WRITE);
	assert_false(fake_mmap.rights & CURFEW_RIGHT_WRITE);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), (void *)0x1000);
	assert_true(fake_mmap.rights & CURFEW_RIGHT_WRITE);
	assert_int_equal(fake_handles(), before);
	assert_fails(EBADF, (long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 99, 0));
	assert_fails(EINVAL, (long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 5));
	assert_fails(EINVAL, (long)mmap(NULL, 0, PROT_READ, MAP_PRIVATE, fd, 0));
	fake_messages = 0;
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), (void *)0x1000);
	assert_int_equal(fake_messages, 0);
}

TEST(terminals)
{
	struct termios modes;

	assert_int_equal(tcgetattr(0, &modes), 0);
	assert_true(modes.c_lflag & ECHO);
	modes.c_lflag = 0;
	assert_int_equal(tcsetattr(0, TCSAFLUSH, &modes), 0);
	assert_int_equal(fake_word[1], TCSAFLUSH);
	assert_fails(EINVAL, tcsetattr(0, 9, &modes));
	assert_fails(EINVAL, tcflush(0, 9));
	assert_int_equal(tcgetpgrp(0), 42);
	assert_fails(ENOTTY, tcgetpgrp(open("/etc/name", O_RDONLY)));
	assert_string_equal(ttyname(0), "/dev/tty");
	assert_fails(ENOTSUP, tcflow(0, TCOOFF));
}

/* ---------------------------------------------------------------- exec */

TEST(exec_program)
{
	char *argv[] = { "zero", "one", NULL }, *envp[] = { "A=b", NULL };
	int before = fake_handles();

	fake_exec.result = -E2BIG;
	assert_fails(E2BIG, execve("/bin/prog", argv, envp));
	assert_string_equal(fake_exec.name, "prog");
	assert_string_equal(fake_exec.last_env, "A=b"); /* nothing to hand on */
	assert_int_equal(fake_exec.length, 12);
	assert_int_equal(fake_exec.offset, 0x10000 * fake_find(fake_find(FAKE_ROOT, "bin"), "prog"));
	assert_int_equal(fake_handles(), before);
	assert_fails(EACCES, execve("/etc/name", argv, envp));
	assert_fails(EACCES, execve("/bin", argv, envp));
	assert_fails(ENOENT, execve("/none", argv, envp));
	assert_fails(EFAULT, execve(NULL, argv, envp));
	assert_int_equal(fake_handles(), before);
	assert_fails(E2BIG, fexecve(open("/bin/prog", O_RDONLY), argv, envp));
	assert_fails(ENOEXEC, fexecve(open("/bin/script", O_RDONLY), argv, envp));
	assert_fails(EACCES, fexecve(0, argv, envp));
}

/* One folder after the other, and a server that dies meanwhile; what is told if there is no such file. */
TEST(exec_search)
{
	char *argv[] = { "zero", NULL }, *envp[] = { NULL };

	fake_exec.result = -E2BIG;
	setenv("PATH", "/none:/etc/name:/etc:/bin:/tmp", 1);
	assert_fails(E2BIG, execvpe("prog", argv, envp));
	assert_fails(ENOENT, execvpe("no", argv, envp));
	assert_fails(EACCES, execvpe("name", argv, envp));
	fake_kill_files();
	fake_no_files = 2;
	assert_fails(E2BIG, execvpe("prog", argv, envp));
	assert_int_equal(fake_exec.calls, 2);
	fake_kill_files();
	fake_no_files = 5;
	assert_fails(ECONNRESET, execvpe("no", argv, envp));
	assert_int_equal(fake_no_files, 0);
}

TEST(exec_script)
{
	char *argv[] = { "zero", "one", NULL }, *envp[] = { NULL };
	int before = fake_handles();

	fake_exec.result = -E2BIG;
	assert_fails(E2BIG, execve("/bin/script", argv, envp));
	assert_int_equal(fake_exec.calls, 2);
	assert_string_equal(fake_exec.name, "prog");
	assert_string_equal(fake_exec.first_argument, "-x");
	assert_int_equal(fake_handles(), before);
}

TEST(exec_hands_on)
{
	char *argv[] = { "x", NULL }, *envp[] = { "A=b", NULL };
	char text[256], *entry = text;

	assert_int_equal(chdir("/tmp"), 0);
	assert_int_equal(umask(027), 022);
	fake_exec.result = -E2BIG;
	assert_fails(E2BIG, execve("/bin/prog", argv, envp));
	assert_string_equal(fake_exec.last_env, ".CURFEW=027/tmp");
	strcpy(text, fake_exec.last_env);

	assert_int_equal(chdir("/"), 0);
	umask(0);
	__curfew_inherit(&entry);
	assert_null(entry);
	assert_string_equal(getcwd(text, sizeof(text)), "/tmp");
	assert_int_equal(umask(022), 027);
	for (int i = 0; i < 3; i++) {
		static const char *const bad[] = { ".CURFEW=/tmp", ".CURFEW=09/x", ".CURFEW=022x" };

		entry = strcpy(text, bad[i]);
		__curfew_inherit(&entry);
		assert_null(entry);
		assert_string_equal(getcwd(text, sizeof(text)), "/tmp");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(open_and_read, setup),
		cmocka_unit_test_setup(open_errors, setup),
		cmocka_unit_test_setup(create_with_mask, setup),
		cmocka_unit_test_setup(too_many_descriptors, setup),
		cmocka_unit_test_setup(devices, setup),
		cmocka_unit_test_setup(duplicates, setup),
		cmocka_unit_test_setup(flags, setup),
		cmocka_unit_test_setup(working_directory, setup),
		cmocka_unit_test_setup(too_long_with_the_directory, setup),
		cmocka_unit_test_setup(relative_to_a_descriptor, setup),
		cmocka_unit_test_setup(names, setup),
		cmocka_unit_test_setup(status, setup),
		cmocka_unit_test_setup(directory_walk, setup),
		cmocka_unit_test_setup(scanned, setup),
		cmocka_unit_test_setup(server_dies, setup),
		cmocka_unit_test_setup(pipes, setup),
		cmocka_unit_test_setup(pipe_at_the_limit, setup),
		cmocka_unit_test_setup(vectors, setup),
		cmocka_unit_test_setup(polls, setup),
		cmocka_unit_test_setup(selects, setup),
		cmocka_unit_test_setup(maps, setup),
		cmocka_unit_test_setup(terminals, setup),
		cmocka_unit_test_setup(exec_program, setup),
		cmocka_unit_test_setup(exec_search, setup),
		cmocka_unit_test_setup(exec_script, setup),
		cmocka_unit_test_setup(exec_hands_on, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
