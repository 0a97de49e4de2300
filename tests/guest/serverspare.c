/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All memory is somebody's, and a server needs a page: who has the memory goes, the servers stay, with all that is open there.
 * Made for a machine of 64 MiB.
 */
#define CHECK_SECONDS 60
#include "servers.h"

#define RING  65536
#define PIPES_MADE 16
#define FAR   (256 * 1024) /* bytes of a file whose page bits are in one page of the server's table */
#define STEPS 200          /* below 64 MiB of FAR */
#define FILLERS_MOST 4

enum { READY, GO, FULL, TAKEN }; /* in check_shared->words: who can begin; begin; tries that found no memory; pages taken */

/* --- those who take the memory; none of them faults in EL0 once they GO, which would be their own death --- */

static uint32_t word(int which)
{
	return __atomic_load_n(&check_shared->words[which], __ATOMIC_ACQUIRE);
}

static void wait_to_go(void)
{
	__atomic_fetch_add(&check_shared->words[READY], 1, __ATOMIC_RELEASE);
	while (!word(GO))
		sys(SYS_yield);
}

static void tried(bool taken)
{
	__atomic_fetch_add(&check_shared->words[taken ? TAKEN : FULL], 1, __ATOMIC_RELAXED);
	if (!taken)
		sys(SYS_yield);
}

static long object(void)
{
	long o = sys(SYS_vmo_create, 1ul << 32, CURFEW_VMO_PAGES);
	static const char one = 1;

	NEED(o >= 0);
	NEED(sys(SYS_vmo_write, o, 0, &one, 1) == 1);
	return o;
}

/* Into an object that nobody maps. */
static void fill_object(void)
{
	static const char one = 1;
	long o = object();

	wait_to_go();
	for (size_t at = 0;;) {
		bool taken = sys(SYS_vmo_write, o, at, &one, 1) == 1;

		at += taken ? PAGE : 0;
		tried(taken);
	}
}

/* The same, and all that is left of it is a window of one page. */
static void fill_behind_a_window(void)
{
	static const char one = 1;
	long o = object(), window = -1;

	wait_to_go();
	for (size_t at = 0;;) {
		bool taken = window < 0 && sys(SYS_vmo_write, o, at, &one, 1) == 1;

		at += taken ? PAGE : 0;
		tried(taken);
		if (!taken && window < 0) {
			window = sys(SYS_vmo_window, o, 0, PAGE, CURFEW_RIGHT_ALL);
			if (window >= 0)
				sys(SYS_handle_close, o);
		}
	}
}

/* Into anonymous pages, which the kernel touches: that fails. */
static void fill_pages(void)
{
	size_t size = curfew_shared()->total_pages / 2 * PAGE;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long o = object();

	NEED(p != MAP_FAILED);
	wait_to_go();
	for (size_t at = 0;;) {
		bool taken;

		if (at == size) /* the others have the rest */
			sys(SYS_sleep_until, CURFEW_FOREVER);
		taken = sys(SYS_vmo_read, o, 0, p + at, 1) == 1;

		at += taken ? PAGE : 0;
		tried(taken);
	}
}

/* --- what is open when memory goes --- */

static struct {
	int fd, victim[2], ring[PIPES_MADE][2], tty[100];
	bool wrote[STEPS];
	ssize_t put[PIPES_MADE];
	uint8_t bytes[RING], back[RING];
	struct curfew_service before[SERVICES];
} s;

static uint8_t byte_of(unsigned pipe, size_t at)
{
	return (uint8_t)(at * 7 + pipe);
}

static void open_all(void)
{
	for (int i = 0; i < SERVICES; i++) {
		answered(i);
		s.before[i] = service(i);
	}
	s.fd = open("/tmp/spare", O_RDWR | O_CREAT | O_TRUNC, 0666);
	NEED(s.fd >= 0);
	CHECK_EQ(pwrite(s.fd, "acknowledged", 12, 0), 12);
	NEED(pipe(s.victim) == 0);
	CHECK_EQ(write(s.victim[1], "victim", 6), 6);
	for (int i = 0; i < PIPES_MADE; i++) {
		NEED(pipe(s.ring[i]) == 0);
		CHECK_EQ(fcntl(s.ring[i][1], F_SETFL, O_NONBLOCK), 0);
	}
	for (int i = 0; i < 100; i++) {
		s.tty[i] = open("/dev/tty", O_WRONLY);
		NEED(s.tty[i] >= 0);
	}
}

/* Each is done once without harm before memory goes, so that this process needs no page then. */
static void use_files(unsigned n)
{
	ssize_t done = pwrite(s.fd, "x", 1, (off_t)(n + 1) * FAR);

	if (done < 0)
		CHECK(errno == ENOSPC || errno == ENOMEM);
	else
		CHECK_EQ(done, 1);
	s.wrote[n] = done == 1;
}

static void use_pipes(unsigned n)
{
	if (n >= PIPES_MADE)
		return;
	for (size_t i = 0; i < RING; i++)
		s.bytes[i] = byte_of(n, i);
	s.put[n] = write(s.ring[n][1], s.bytes, RING);
	CHECK_EQ(s.put[n], RING);
}

/* A record for each session with a flag. */
static void use_console(unsigned n)
{
	if (n < 100 && fcntl(s.tty[n], F_SETFL, O_NONBLOCK) < 0)
		CHECK(errno == ENOMEM);
}

/* --- */

/* Memory goes to `count` processes, and then `use` asks for more until one of them has gone.  False: none has. */
static bool when_full(void (*fill)(void), int count, void (*use)(unsigned n))
{
	long long kills = check_counter("oom.kill", 0);
	pid_t fillers[FILLERS_MOST];
	bool gone = false;

	memset(check_shared->words, 0, sizeof(check_shared->words));
	memset(&s.put, 0, sizeof(s.put));
	memset(&s.wrote, 0, sizeof(s.wrote));
	open_all();
	for (int i = 0; i < count; i++) {
		fillers[i] = fork();
		NEED(fillers[i] >= 0);
		if (fillers[i] == 0) {
			fill();
			_exit(0);
		}
	}
	memset(s.bytes, 0, sizeof(s.bytes));
	memset(s.back, 0, sizeof(s.back));
	CHECK_EQ(check_counter("oom.kill", 0), kills);
	use(0);
	while (word(READY) < (uint32_t)count)
		sys(SYS_yield);
	__atomic_store_n(&check_shared->words[GO], 1, __ATOMIC_RELEASE);
	while (word(FULL) < 100)
		sys(SYS_yield);
	for (unsigned n = 1; n < STEPS && !gone; n++) {
		use(n);
		gone = check_counter("oom.kill", 0) > kills;
	}
	for (int i = 0; i < count; i++) {
		CHECK_EQ(sys(SYS_kill, fillers[i], SIGKILL), 0);
		CHECK_EQ(check_wait(fillers[i]), SIGKILL);
	}
	return gone;
}

/* What was open is, with what was in it, and is closed but for the terminal; no service was started anew. */
static void all_is_well(void)
{
	struct stat st;
	char c;

	for (int i = 0; i < SERVICES; i++) {
		struct curfew_service now = service(i);

		CHECK_EQ(now.pid, s.before[i].pid);
		CHECK_EQ(now.restarts, s.before[i].restarts);
		answered(i);
	}
	CHECK_EQ(fstat(s.fd, &st), 0);
	CHECK_EQ(pread(s.fd, s.back, 12, 0), 12);
	CHECK_EQ(memcmp(s.back, "acknowledged", 12), 0);
	for (unsigned n = 0; n < STEPS; n++) {
		if (s.wrote[n]) {
			CHECK_EQ(pread(s.fd, &c, 1, (off_t)(n + 1) * FAR), 1);
			CHECK_EQ(c, 'x');
		}
	}
	CHECK_EQ(read(s.victim[0], s.back, sizeof(s.back)), 6);
	CHECK_EQ(memcmp(s.back, "victim", 6), 0);
	for (unsigned n = 0; n < PIPES_MADE; n++) {
		for (ssize_t at = 0, got; at < s.put[n]; at += got) {
			got = read(s.ring[n][0], s.back, sizeof(s.back));
			NEED(got > 0);
			for (ssize_t i = 0; i < got; i++)
				NEED(s.back[i] == byte_of(n, (size_t)(at + i)));
		}
	}
	for (int i = 0; i < 100; i++)
		CHECK(fcntl(s.tty[i], F_GETFL) >= 0);
	CHECK_EQ(write(s.tty[0], "", 1), 1);
	for (int i = 0; i < PIPES_MADE; i++) {
		close(s.ring[i][0]);
		close(s.ring[i][1]);
	}
	close(s.victim[0]);
	close(s.victim[1]);
	close(s.fd);
	CHECK_EQ(unlink("/tmp/spare"), 0);
}

static void check_use(void (*fill)(void), int count, void (*use)(unsigned n))
{
	CHECK(when_full(fill, count, use));
	all_is_well();
}

TEST(files_and_an_object) { check_use(fill_object, 1, use_files); }
TEST(files_and_a_window) { check_use(fill_behind_a_window, 1, use_files); }
TEST(files_and_pages) { check_use(fill_pages, FILLERS_MOST, use_files); }
TEST(pipes_and_an_object) { check_use(fill_object, 1, use_pipes); }
TEST(pipes_and_pages) { check_use(fill_pages, FILLERS_MOST, use_pipes); }

/* The records of the first time are kept, so that the second needs memory, too. */
TEST(console)
{
	check_use(fill_object, 1, use_console);
	check_use(fill_pages, FILLERS_MOST, use_console);
}
