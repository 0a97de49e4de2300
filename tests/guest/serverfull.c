/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No memory left, for programs, files and servers: errors, deaths of who asks too much, and afterwards all is as before.
 * Made for a machine of 64 MiB.
 */
#include "servers.h"

#define EATERS 20
#define FOLDER "/tmp/full"
#define CHUNK  (64 * 1024)
#define PIPES_MOST 100

enum { STOP, WRITTEN, REFUSED, PIPED, TURN }; /* in check_shared->words */

/* A long file, too: the server's table of page bits keeps its memory. */
void check_settle(void)
{
	static uint8_t bytes[CHUNK];
	int fd;

	settle_servers();
	fd = open("/tmp/long", O_WRONLY | O_CREAT, 0666);
	for (int i = 0; i < 20; i++)
		CHECK_EQ(write(fd, bytes, CHUNK), CHUNK);
	close(fd);
	unlink("/tmp/long");
	settle_servers();
}

static bool stopped(void)
{
	return __atomic_load_n(&check_shared->words[STOP], __ATOMIC_RELAXED);
}

static void count(int which)
{
	__atomic_fetch_add(&check_shared->words[which], 1, __ATOMIC_RELAXED);
}

/* What may go wrong when there is no memory. */
static bool expected(int error)
{
	return error == ENOSPC || error == ENOMEM || error == ECONNRESET || error == EAGAIN || error == ENFILE || error == EFAULT;
}

static uint8_t byte_of(unsigned file, size_t at)
{
	return (uint8_t)((at * 31 + file * 7) >> 3);
}

/* Writes files until there is no room; how many bytes of the last one. */
static size_t fill(unsigned *files)
{
	static uint8_t bytes[CHUNK];
	char name[40];

	for (unsigned n = 0;; n++) {
		size_t size = 0;
		ssize_t done = 1;
		int fd;

		*files = n;
		snprintf(name, sizeof(name), FOLDER "/%u", n);
		fd = open(name, O_WRONLY | O_CREAT, 0666);
		if (fd < 0) {
			CHECK_EQ(errno, ENOSPC);
			return 0;
		}
		while (size < 20 * CHUNK && done > 0) {
			for (size_t i = 0; i < CHUNK; i++)
				bytes[i] = byte_of(n, size + i);
			done = write(fd, bytes, CHUNK);
			size += done > 0 ? (size_t)done : 0;
		}
		if (done < 0)
			CHECK_EQ(errno, ENOSPC);
		close(fd);
		if (done < 0)
			return size;
	}
}

static void compare(unsigned n, size_t size)
{
	static uint8_t bytes[CHUNK];
	char name[40];
	size_t at = 0;
	ssize_t got;
	int fd;

	snprintf(name, sizeof(name), FOLDER "/%u", n);
	fd = open(name, O_RDONLY);
	NEED(fd >= 0);
	while ((got = read(fd, bytes, CHUNK)) > 0) {
		for (ssize_t i = 0; i < got; i++)
			NEED(bytes[i] == byte_of(n, at + (size_t)i));
		at += (size_t)got;
	}
	CHECK_EQ(got, 0);
	CHECK_EQ(at, size);
	close(fd);
}

/* Removes what there is; servers may come and go meanwhile. */
static void remove_files(void)
{
	char name[40];

	for (unsigned n = 0; n < 200; n++) {
		snprintf(name, sizeof(name), FOLDER "/%u", n);
		while (unlink(name) != 0 && errno != ENOENT)
			CHECK(expected(errno));
	}
	while (rmdir(FOLDER) != 0 && errno != ENOENT)
		CHECK(expected(errno));
}

TEST(files_until_there_is_no_room)
{
	uint32_t restarts = service(FILES).restarts;
	struct whole before = whole_now();

	for (int round = 0; round < 2; round++) {
		unsigned files = 0;
		size_t last;

		NEED(mkdir(FOLDER, 0777) == 0);
		last = fill(&files);
		CHECK(files > 10);
		for (unsigned n = 0; n < files; n++)
			compare(n, 20 * CHUNK);
		compare(files, last);
		if (round == 1) {
			kill_and_wait(FILES); /* a full one starts, too */
			restarts++;
			compare(files, last);
			compare(0, 20 * CHUNK);
		}
		remove_files();
	}
	CHECK_EQ(service(FILES).restarts, restarts);
	whole_check(&before);
}

static void eat(void)
{
	for (;;) {
		char *p = mmap(NULL, 256 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED) {
			sys(SYS_yield);
			continue;
		}
		for (size_t i = 0; i < 256; i++)
			p[i * PAGE] = 1;
	}
}

/* Writes and removes files for as long as others have the memory.  Whatever fails, fails with an error. */
static void use_files(void)
{
	static uint8_t bytes[CHUNK], back[CHUNK];
	char name[40];

	for (unsigned n = 0; !stopped(); n = (n + 1) % 50) {
		int fd;
		ssize_t done, got;

		for (size_t i = 0; i < CHUNK; i++)
			bytes[i] = byte_of(n, i);
		snprintf(name, sizeof(name), FOLDER "/%u", n);
		fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0666);
		done = fd >= 0 ? write(fd, bytes, CHUNK) : -1;
		got = done > 0 ? pread(fd, back, (size_t)done, 0) : done;
		if (got < 0)
			CHECK(expected(errno));
		count(got < 0 ? REFUSED : WRITTEN);
		if (done > 0 && got >= 0) {
			CHECK_EQ(got, done);
			CHECK(memcmp(bytes, back, (size_t)done) == 0);
		}
		close(fd);
	}
}

/* Fills as many pipes as it gets. */
static void use_pipes(void)
{
	static uint8_t bytes[4096];
	int ends[PIPES_MOST][2];

	signal(SIGPIPE, SIG_IGN);
	while (!stopped()) {
		int made = 0;

		while (made < PIPES_MOST && pipe(ends[made]) == 0) {
			ssize_t n = fcntl(ends[made][1], F_SETFL, O_NONBLOCK);

			while (n >= 0 && (n = write(ends[made][1], bytes, sizeof(bytes))) > 0)
				;
			CHECK(n < 0 && expected(errno));
			made++;
			count(PIPED);
		}
		if (made < PIPES_MOST) {
			CHECK(expected(errno));
			count(REFUSED);
		}
		while (made-- > 0) {
			close(ends[made][0]);
			close(ends[made][1]);
		}
	}
}

/* Eaters take what there is, and are killed for it; servers that need a page then are not. */
TEST(programs_until_there_is_no_memory)
{
	struct whole before = whole_now();
	pid_t users[2], eaters[EATERS] = { 0 };
	long long kills = check_counter("oom.kill", 0);
	uint32_t restarts[SERVICES];
	int ends[2], status;
	char c = 0;

	for (int i = 0; i < SERVICES; i++)
		restarts[i] = service(i).restarts;
	NEED(mkdir(FOLDER, 0777) == 0);
	for (int i = 0; i < 2; i++) {
		users[i] = fork();
		NEED(users[i] >= 0);
		if (users[i] == 0) {
			(i ? use_pipes : use_files)();
			_exit(0);
		}
	}
	for (int i = 0; i < EATERS; i++) {
		eaters[i] = fork();
		NEED(eaters[i] >= 0);
		if (eaters[i] == 0) {
			while (__atomic_load_n(&check_shared->words[TURN], __ATOMIC_RELAXED) <= (uint32_t)i)
				sys(SYS_yield);
			eat();
		}
	}
	/* Three at once.  What this process writes meanwhile it has written since the last fork: it needs no page. */
	check_shared->words[TURN] = 3;
	for (int left = EATERS; left > 0;) {
		for (int i = 0; i < EATERS; i++) {
			if (eaters[i] == 0 || sys(SYS_wait, eaters[i], &status, CURFEW_WNOHANG, 0) != eaters[i])
				continue;
			CHECK(status == SIGKILL || status == SIGBUS);
			eaters[i] = 0;
			left--;
			check_shared->words[TURN]++;
		}
		sys(SYS_yield);
	}
	check_shared->words[STOP] = 1;
	for (int i = 0; i < 2; i++) {
		status = check_wait(users[i]);
		CHECK(status == 0 || status == SIGKILL || status == SIGBUS);
	}
	CHECK(check_counter("oom.kill", 0) > kills);
	CHECK(check_shared->words[WRITTEN] > 0);
	CHECK(check_shared->words[PIPED] > 0);
	/* All goes on. */
	for (int i = 0; i < SERVICES; i++) {
		answered(i);
		CHECK_EQ(service(i).restarts, restarts[i]);
	}
	remove_files();
	CHECK_EQ(pipe(ends), 0);
	CHECK_EQ(write(ends[1], "x", 1), 1);
	CHECK_EQ(read(ends[0], &c, 1), 1);
	CHECK_EQ(c, 'x');
	close(ends[0]);
	close(ends[1]);
	settle_servers();
	CHECK_EQ(curfew_handle_close(CURFEW_HANDLE_PIPES), 0); /* the library's, which it did not have before */
	whole_check(&before);
	tell("%lld killed, %u written, %u pipes, %u refused; restarts %u %u %u\n", check_counter("oom.kill", 0) - kills,
		check_shared->words[WRITTEN], check_shared->words[PIPED], check_shared->words[REFUSED], service(CONSOLE).restarts,
		service(FILES).restarts, service(PIPES).restarts);
}
