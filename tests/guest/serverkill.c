/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every server is killed again and again under load, and nothing that it answered is lost.
 *
 *   KILLS=n in the environment: so many of each server, 40 else.
 *
 * What paces the killer is the load's progress, counted in shared memory: so
 * there is always work between two deaths, and a server is killed at another instruction each time.
 */
#define CHECK_SECONDS 200
#include <poll.h>
#include <termios.h>
#include "servers.h"

#define WORKERS  4
#define RECORDS  24
#define LONGEST  6000

/* In check_shared->words. */
enum { PROGRESS, STOP, DEATHS, ENDED, ROUNDS, REPLAYED, WORKER /* the first worker's own */ };

static int victim;
static uint32_t random_state;

void check_settle(void)
{
	settle_servers();
}

static uint32_t next_random(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return random_state >> 8;
}

static uint32_t word(int which)
{
	return __atomic_load_n(&check_shared->words[which], __ATOMIC_RELAXED);
}

static void count(int which)
{
	__atomic_fetch_add(&check_shared->words[which], 1, __ATOMIC_RELAXED);
}

static void step(void)
{
	count(PROGRESS);
}

/* The call failed because the server died; any other error is one. */
static void only_death(void)
{
	if (errno != ECONNRESET)
		check_fail(__FILE__, __LINE__, "errno %d", errno);
	NEED(errno == ECONNRESET);
	count(DEATHS);
	sys(SYS_yield);
}

/* --- the killer --- */

static unsigned kills(void)
{
	const char *text = getenv("KILLS");

	return text ? (unsigned)atoi(text) : 40;
}

static void spin(uint32_t n)
{
	for (volatile uint32_t i = 0; i < n; i++)
		;
}

static void kill_often(void)
{
	pid_t last = 0;

	for (unsigned i = 0; i < kills(); i++) {
		uint32_t until = word(PROGRESS) + 8 + next_random() % 64;
		pid_t pid;

		while ((int32_t)(word(PROGRESS) - until) < 0 && __atomic_load_n(&check_shared->failed, __ATOMIC_RELAXED) == 0)
			sys(SYS_yield);
		while ((pid = service(victim).pid) == 0 || pid == last)
			sys(SYS_yield);
		spin(next_random() % 20000);
		CHECK_EQ(kill(pid, SIGKILL), 0);
		last = pid;
	}
	while (service(victim).pid == last || service(victim).pid == 0)
		sys(SYS_yield);
}

/* Runs the load in processes, kills the server, and looks at what is left. */
static void run(int which, void (*load)(int worker), int workers, bool they_end)
{
	struct whole before;
	uint32_t restarts;
	pid_t pids[WORKERS + 1];
	int status;

	victim = which;
	random_state = (uint32_t)now_ns();
	kill_and_wait(which);
	before = whole_now();
	restarts = service(which).restarts;
	for (int i = 0; i < workers; i++) {
		pids[i] = fork();
		NEED(pids[i] >= 0);
		if (pids[i] == 0) {
			random_state += (uint32_t)i * 7919;
			load(i);
			_exit(0);
		}
	}
	kill_often();
	check_shared->words[STOP] = 1;
	for (int i = 0; i < workers; i++) {
		if (!they_end && i == workers - 1)
			kill(pids[i], SIGKILL);
		CHECK_EQ(waitpid(pids[i], &status, 0), pids[i]);
		CHECK_EQ(status, !they_end && i == workers - 1 ? SIGKILL : 0);
	}
	CHECK_EQ(service(which).restarts - restarts, kills());
	CHECK(word(DEATHS) > 0);
	whole_check(&before);
	tell("%s: %u kills, %u steps, %u rounds, %u errors seen, %u calls found done\n", service_names[which], kills(),
		word(PROGRESS), word(ROUNDS), word(DEATHS), word(REPLAYED));
}

/* --- files --- */

/* A file whose bytes follow from its key; `size` of them were acknowledged. */
struct file {
	char name[48];
	int fd;
	uint32_t key;
	size_t size;
};

static uint8_t byte_of(uint32_t key, size_t at)
{
	return (uint8_t)((at * 2654435761u ^ key) >> 13);
}

static uint32_t restarts_now(void)
{
	return service(FILES).restarts;
}

/* The result of a call that was made, or that the library made, more than once since `restarts`: with `done` it was done by a server
 * that died before it answered. */
static bool was_done(int result, int done, uint32_t restarts)
{
	if (result == 0)
		return true;
	if (errno == done) {
		CHECK(restarts_now() > restarts);
		count(REPLAYED);
		return true;
	}
	only_death();
	return false;
}

static void file_open(struct file *f)
{
	while ((f->fd = open(f->name, O_RDWR | O_APPEND | O_CREAT, 0666)) < 0)
		only_death();
}

static void file_reopen(struct file *f)
{
	only_death();
	close(f->fd);
	file_open(f);
}

static size_t file_size(struct file *f)
{
	struct stat stat;

	while (fstat(f->fd, &stat) != 0)
		file_reopen(f);
	return (size_t)stat.st_size;
}

static void file_append(struct file *f, size_t length)
{
	static uint8_t bytes[LONGEST];
	ssize_t n;

	for (size_t i = 0; i < length; i++)
		bytes[i] = byte_of(f->key, f->size + i);
	while ((n = write(f->fd, bytes, length)) != (ssize_t)length) {
		size_t size;

		CHECK_EQ(n, -1);
		file_reopen(f);
		size = file_size(f);
		if (size == f->size + length) {
			count(REPLAYED);
			break; /* done, and not answered */
		}
		CHECK_EQ(size, f->size);
		NEED(size == f->size);
	}
	f->size += length;
	step();
}

static void file_check(struct file *f)
{
	static uint8_t bytes[LONGEST];
	ssize_t n;

	CHECK_EQ(file_size(f), f->size);
	for (size_t at = 0; at < f->size;) {
		n = pread(f->fd, bytes, sizeof(bytes), (off_t)at);
		if (n < 0) {
			file_reopen(f);
			continue;
		}
		NEED(n > 0);
		for (ssize_t i = 0; i < n; i++)
			NEED(bytes[i] == byte_of(f->key, at + (size_t)i));
		at += (size_t)n;
		step();
	}
}

/* Through a mapping: what is there is right; what is stored there stays, whoever serves the file then. */
static void file_map(struct file *f)
{
	uint32_t key = next_random();
	uint8_t *bytes;

	while ((bytes = mmap(NULL, f->size, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0)) == MAP_FAILED)
		file_reopen(f);
	for (size_t i = 0; i < f->size; i++)
		NEED(bytes[i] == byte_of(f->key, i));
	step();
	for (size_t i = 0; i < f->size; i++)
		bytes[i] = byte_of(key, i);
	f->key = key;
	file_check(f);
	CHECK_EQ(munmap(bytes, f->size), 0);
	file_check(f);
}

static void file_rename(struct file *f, const char *to)
{
	uint32_t restarts = restarts_now();

	while (!was_done(rename(f->name, to), ENOENT, restarts))
		;
	strcpy(f->name, to);
	step();
}

static void file_unlink(struct file *f)
{
	uint32_t restarts = restarts_now();
	struct stat stat;
	int result;

	while (!was_done(unlink(f->name), ENOENT, restarts))
		;
	close(f->fd);
	while ((result = lstat(f->name, &stat)) == 0 || errno != ENOENT) {
		NEED(result != 0);
		only_death();
	}
	step();
}

static void make_folder(const char *name)
{
	uint32_t restarts = restarts_now();

	while (!was_done(mkdir(name, 0777), EEXIST, restarts))
		;
}

static void remove_folder(const char *name)
{
	uint32_t restarts = restarts_now();

	while (!was_done(rmdir(name), ENOENT, restarts))
		;
}

static void load_files(int worker)
{
	uint32_t handles = own_handles();
	char folder[24], name[48];

	snprintf(folder, sizeof(folder), "/tmp/k%d", worker);
	make_folder(folder);
	for (unsigned round = 0; !word(STOP); round++) {
		struct file a = { .key = next_random() }, b = { .key = next_random() };

		snprintf(a.name, sizeof(a.name), "%s/a%u", folder, round);
		snprintf(b.name, sizeof(b.name), "%s/b", folder);
		file_open(&a);
		file_open(&b);
		for (int i = 0; i < RECORDS; i++) {
			file_append(&a, 1 + next_random() % LONGEST);
			file_append(&b, 1 + next_random() % 100);
		}
		file_check(&b);
		file_check(&a);
		/* Over another, which goes. */
		close(b.fd);
		file_rename(&a, b.name);
		file_check(&a);
		file_map(&a);
		snprintf(name, sizeof(name), "%s/c", folder);
		file_rename(&a, name);
		file_check(&a);
		file_unlink(&a);
		count(ROUNDS);
	}
	remove_folder(folder);
	CHECK_EQ(own_handles(), handles);
}

TEST(files)
{
	run(FILES, load_files, WORKERS, true);
}

/* --- pipes --- */

/* Bytes of a stream: byte n is byte_of(key, n). */
static void send_stream(int fd, uint32_t key, size_t total)
{
	static uint8_t bytes[20000];

	for (size_t done = 0; done < total;) {
		size_t length = 1 + next_random() % sizeof(bytes);
		ssize_t n;

		length = length < total - done ? length : total - done;
		for (size_t i = 0; i < length; i++)
			bytes[i] = byte_of(key, done + i);
		n = write(fd, bytes, length);
		if (n < 0) {
			/* EPIPE: the reader has seen the death, and gone. */
			NEED(errno == ECONNRESET || errno == EPIPE);
			_exit(1);
		}
		CHECK_EQ(n, length);
		done += length;
		step();
	}
	_exit(0);
}

/* What comes is the stream's beginning, up to its end, or an error: never an end before it. */
static void take_stream(int fd, uint32_t key, size_t total, pid_t writer)
{
	static uint8_t bytes[30000];
	size_t done = 0;
	int status = -1;
	ssize_t n;

	for (;;) {
		if (next_random() % 4 == 0) {
			struct pollfd entry = { .fd = fd, .events = POLLIN };

			CHECK_EQ(poll(&entry, 1, -1), 1);
		}
		n = read(fd, bytes, 1 + next_random() % sizeof(bytes));
		if (n <= 0)
			break;
		for (ssize_t i = 0; i < n; i++)
			NEED(bytes[i] == byte_of(key, done + (size_t)i));
		done += (size_t)n;
		step();
	}
	if (n < 0)
		only_death();
	else
		CHECK_EQ(done, total);
	close(fd);
	CHECK_EQ(waitpid(writer, &status, 0), writer);
	CHECK(status == 0 || (status == 1 << 8 && n < 0));
}

static void load_pipes(int worker)
{
	uint32_t handles;
	int ends[2];

	while (pipe(ends) != 0)
		only_death();
	close(ends[0]);
	close(ends[1]);
	handles = own_handles(); /* with the session to the server, which is kept */
	signal(SIGPIPE, SIG_IGN);
	while (!word(STOP)) {
		uint32_t key = next_random();
		size_t total = next_random() % 300000;
		pid_t writer;

		if (pipe(ends) != 0) {
			only_death();
			continue;
		}
		writer = fork();
		NEED(writer >= 0);
		if (writer == 0) {
			close(ends[0]);
			send_stream(ends[1], key, total);
		}
		close(ends[1]);
		take_stream(ends[0], key, total, writer);
		step();
		count(ROUNDS);
	}
	CHECK_EQ(own_handles(), handles);
}

TEST(pipe)
{
	run(PIPES, load_pipes, WORKERS, true);
}

/* --- console --- */

static int open_console(int flags)
{
	int fd;

	while ((fd = open("/dev/tty", flags)) < 0)
		only_death();
	return fd;
}

/* Lines that the host looks at: whose, which, and a number that follows from both. */
static void write_lines(int worker)
{
	uint32_t handles = own_handles();
	int fd = open_console(O_RDWR);
	struct termios modes;
	char line[64];

	for (uint32_t n = 0; !word(STOP); n++) {
		int length = snprintf(line, sizeof(line), "<%d %u %08x>\n", worker, n,
			((uint32_t)worker * 31 + n) * 2654435761u);
		ssize_t result = write(fd, line, (size_t)length);

		if (result == length && n % 16 == 0)
			result = tcdrain(fd) == 0 ? length : -1;
		if (result == length && n % 16 == 8)
			result = tcgetattr(fd, &modes) == 0 && tcsetattr(fd, TCSADRAIN, &modes) == 0 ? length : -1;
		if (result == length) {
			step();
			continue;
		}
		CHECK_EQ(result, -1);
		only_death();
		close(fd);
		fd = open_console(O_RDWR);
		count(ROUNDS);
	}
	close(fd);
	CHECK_EQ(own_handles(), handles);
}

/* Waits for what nobody types; it is killed at the end.  The end of the host's input may come. */
static void read_lines(void)
{
	int fd = open_console(O_RDONLY);
	char c;

	for (;;) {
		ssize_t n = read(fd, &c, 1);

		if (n >= 0)
			continue;
		only_death();
		close(fd);
		fd = open_console(O_RDONLY);
		count(ENDED);
	}
}

static void load_console(int worker)
{
	if (worker < WORKERS - 1)
		write_lines(worker);
	else
		read_lines();
}

TEST(console)
{
	run(CONSOLE, load_console, WORKERS, false);
	CHECK(word(ENDED) >= kills() / 2);
}
