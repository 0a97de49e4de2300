/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deaths of the file server.
 *
 * Points: a script of calls; for every call, and for every store that it publishes and every discard, a server dies just
 * before that, and so do those that start after it, ever later in their check; the first that gets through must find the call done wholly
 * or not at all, and nothing lost.
 *
 * Kills: a process that serves random calls is killed (SIGKILL) after a random time on its CPU, some hundred times on one arena.  What it
 * had answered must be there, the call after that wholly or not at all; of a write any bytes.  The model is the same
 * server, that nobody kills (test_filesmodel.c has it beside a real kernel).  SEED=n in the environment: another run.
 */
#include "fileshost.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct geometry geometry = { 64, 128, 512 << 10 };

/* ------------------------------------------------------------------ points */

enum call { OPEN, CLOSE, WRITE, TRUNCATE, MKDIR, RMDIR, UNLINK, RENAME, LINK, CHMOD, TIMES, MAP };

/* Files are opened as [file]. */
static const struct {
	enum call call;
	unsigned file;
	const char *one, *two;
	uint64_t a, b;
} script[] = {
	{ OPEN, 0, "f", .a = O_CREAT | O_RDWR },
	{ WRITE, 0, .a = 3000, .b = 0 },
	{ WRITE, 0, .a = 9000, .b = 3000 },
	{ WRITE, 0, .a = 300000, .b = 12000 },     /* pages of several words */
	{ WRITE, 0, .a = 10, .b = 400000 },        /* behind a hole */
	{ TRUNCATE, 0, .a = 5000 },
	{ TRUNCATE, 0, .a = 20000 },
	{ CHMOD, 0, .a = 0700 },
	{ TIMES, 0, .a = 5, .b = 6 },
	{ MAP, 0, .a = 0, .b = 20000 },
	{ TRUNCATE, 0, .a = 100 },
	{ OPEN, 1, "bin/tool", .a = O_RDWR },      /* copied up */
	{ WRITE, 1, .a = 50, .b = 50 },
	{ OPEN, 2, "README.txt", .a = O_RDWR | O_TRUNC },
	{ OPEN, 3, "bin/tool", .a = O_RDWR | O_TRUNC },
	{ MKDIR, 0, "d" },
	{ MKDIR, 0, "d/e" },
	{ LINK, 0, "f", "d/g" },
	{ RENAME, 0, "f", "d/h" },
	{ RENAME, 0, "d/h", "etc/hostname" },      /* over another, the last name of it */
	{ RENAME, 0, "README.txt", "d/g" },        /* over an open one */
	{ RENAME, 0, "d/e", "moved" },
	{ MKDIR, 0, "d/x" },
	{ RENAME, 0, "moved", "d/x" },             /* over an empty directory */
	{ RENAME, 0, "d", "top" },
	{ UNLINK, 0, "top/g" },                    /* still open */
	{ CLOSE, 2 },
	{ UNLINK, 0, "bin/tool" },
	{ CLOSE, 1 },
	{ CLOSE, 3 },
	{ UNLINK, 0, "etc/hostname" },
	{ CLOSE, 0 },
	{ RMDIR, 0, "top/x" },
	{ RMDIR, 0, "top" },
	{ RMDIR, 0, "lib" },                       /* refused: not empty */
	{ OPEN, 0, "new", .a = O_CREAT | O_RDWR }, /* in slots used before */
	{ WRITE, 0, .a = 100, .b = 0 },
};
#define CALLS (sizeof(script) / sizeof(script[0]))

static jmp_buf death;
static unsigned points_left, points, deaths;

static void die(void)
{
	points++;
	if (points_left-- == 0) {
		deaths++;
		longjmp(death, 1);
	}
}

static void do_call(unsigned n, uint64_t label[4])
{
	static char data[300000];
	uint64_t *file = &label[script[n].file];
	struct host_answer answer;
	int64_t result = 0;

	memset(data, 'a' + n % 26, sizeof(data));
	switch (script[n].call) {
	case OPEN:
		result = h_open(HOST_ROOT, script[n].one, script[n].a, 0644);
		*file = result;
		break;
	case CLOSE:
		h_close(*file);
		break;
	case WRITE:
		result = h_write(*file, data, script[n].a, script[n].b);
		break;
	case TRUNCATE:
		result = h_truncate(*file, script[n].a);
		break;
	case MKDIR:
		result = h_path(HOST_ROOT, CURFEW_FILE_MKDIR, script[n].one, 0755);
		break;
	case RMDIR:
		result = h_path(HOST_ROOT, CURFEW_FILE_RMDIR, script[n].one, 0);
		break;
	case UNLINK:
		result = h_path(HOST_ROOT, CURFEW_FILE_UNLINK, script[n].one, 0);
		break;
	case RENAME:
		result = h_paths(HOST_ROOT, CURFEW_FILE_RENAME, script[n].one, script[n].two);
		break;
	case LINK:
		result = h_paths(HOST_ROOT, CURFEW_FILE_LINK, script[n].one, script[n].two);
		break;
	case CHMOD:
		result = host_call(*file, CURFEW_FILE_CHMOD, script[n].a, 0, 0, NULL, 0, NULL, 0, NULL);
		break;
	case TIMES:
		result = host_call(*file, CURFEW_FILE_SET_TIMES, script[n].a, script[n].b, 0, NULL, 0, NULL, 0, NULL);
		break;
	case MAP:
		result = h_map(*file, script[n].a, script[n].b, PROT_READ | PROT_WRITE, &answer);
		break;
	}
	if (result < 0 && !(script[n].call == RMDIR && result == -ENOTEMPTY))
		fail_msg("call %u: %lld", n, (long long)result);
}

/* An arena, and the first n calls answered. */
static struct host *after(unsigned n, uint64_t label[4])
{
	struct host *host = host_create(&geometry, 1000);

	assert_int_equal(host_start(host), 0);
	for (unsigned i = 0; i < n; i++)
		do_call(i, label);
	return host;
}

/* The same, with a later server on it. */
static struct host *settled(unsigned n)
{
	uint64_t label[4];
	struct host *host = after(n, label);

	assert_int_equal(host_start(host), 0);
	return host;
}

/* Starts, and dies at each point of that; until there is none left. */
static void start_dying(struct host *host)
{
	for (volatile unsigned k = 0;; k++) {
		host_point = die;
		points_left = k;
		if (setjmp(death) == 0) {
			int error = host_start(host);

			host_point = NULL;
			assert_int_equal(error, 0);
			return;
		}
	}
}

/* Both times of a SET_TIMES, or neither. */
static void check_times(struct host *host)
{
	struct curfew_stat stat;

	host_now = host;
	assert_int_equal(h_stat_at(HOST_ROOT, "f", &stat), 0);
	assert_int_equal(stat.atime == 5, stat.mtime == 6);
}

/* A server dies at point k of call n.  False: there are not so many. */
static bool die_in_call(unsigned n, unsigned k, struct host *before, struct host *done)
{
	uint64_t label[4];
	struct host *volatile host = after(n, label);
	volatile bool died = true;

	points_left = k;
	host_point = die;
	if (setjmp(death) == 0) {
		do_call(n, label);
		died = false;
	}
	host_point = NULL;
	if (died) {
		const char *not_before, *not_done;

		start_dying(host);
		host_verify(host);
		not_before = host_differ(host, before);
		not_done = host_differ(host, done);
		if (not_before && not_done)
			fail_msg("call %u, point %u: neither done (%s) nor not (%s)", n, k, not_done, not_before);
		if (script[n].call == TIMES)
			check_times(host);
		/* Used as before the call: nothing was lost. */
		assert_true(host->files.used == before->files.used || host->files.used == done->files.used);
	}
	host_destroy(host);
	return died;
}

static void every_point(void **state)
{
	for (unsigned n = 0; n < CALLS; n++) {
		struct host *before = settled(n), *done = settled(n + 1);
		unsigned k = 0;

		while (die_in_call(n, k, before, done))
			k++;
		host_destroy(before);
		host_destroy(done);
	}
	print_message("%u deaths\n", deaths);
	assert_true(deaths > 200);
}

/* While the arena is made. */
static void first_start(void **state)
{
	struct host *model = settled(0);

	for (volatile unsigned k = 0, died = 1; died; k++) {
		struct host *volatile host = host_create(&geometry, 1000);

		points_left = k;
		host_point = die;
		died = 1;
		if (setjmp(death) == 0) {
			assert_int_equal(host_start(host), 0);
			died = 0;
		}
		host_point = NULL;
		assert_int_equal(host_start(host), 0);
		host_verify(host);
		assert_null(host_differ(host, model));
		assert_int_equal(host->files.used, 0);
		host_destroy(host);
	}
	host_destroy(model);
}

/* ------------------------------------------------------------------- kills */

#define FILES_OPEN 4
#define ROUNDS 300

/* A server with a client that does random calls; the same seed and the same files give the same calls. */
struct client {
	uint64_t seed;
	uint64_t label[FILES_OPEN];
};

/* What a call wrote, for a look at one done in part. */
static struct write {
	uint64_t label;
	uint64_t offset, length;
} last_write;

static unsigned pick(struct client *client, unsigned n)
{
	return host_random(&client->seed) % n;
}

static const char *any_path(struct client *client)
{
	static char text[4][40];
	static unsigned turn;
	char *path = text[turn++ % 4];

	switch (pick(client, 8)) {
	case 0:
		return "bin/tool";
	case 1:
		return "README.txt";
	case 2:
	case 3:
		snprintf(path, 40, "%c", 'a' + pick(client, 4));
		return path;
	default:
		snprintf(path, 40, "%c/%c", 'a' + pick(client, 4), 'a' + pick(client, 4));
		return path;
	}
}

static void client_write(struct client *client, uint64_t label)
{
	static char data[60000];
	size_t length = pick(client, 3) ? 1 + pick(client, 300) : 1 + pick(client, sizeof(data));
	uint64_t offset = pick(client, 100000);

	memset(data, 1 + pick(client, 255), sizeof(data));
	last_write = (struct write){ label, offset, length };
	h_write(label, data, length, offset);
}

/* One call, answered. */
static void client_call(struct client *client)
{
	uint64_t *label = &client->label[pick(client, FILES_OPEN)];
	const char *one = any_path(client), *two = any_path(client);
	struct host_answer answer;
	int64_t result;

	last_write.label = 0;
	switch (pick(client, 12)) {
	case 0:
	case 1:
	case 2:
		if (*label) {
			h_close(*label);
			*label = 0;
			return;
		}
		result = h_open(HOST_ROOT, one, O_CREAT | O_RDWR | (pick(client, 4) ? 0 : O_TRUNC), 0644);
		*label = result > 0 ? result : 0;
		return;
	case 3:
	case 4:
		client_write(client, *label);
		return;
	case 5:
		h_truncate(*label, pick(client, 100000));
		return;
	case 6:
		h_path(HOST_ROOT, CURFEW_FILE_MKDIR, one, 0755);
		return;
	case 7:
		h_path(HOST_ROOT, pick(client, 2) ? CURFEW_FILE_RMDIR : CURFEW_FILE_UNLINK, one, 0);
		return;
	case 8:
	case 9:
		h_paths(HOST_ROOT, CURFEW_FILE_RENAME, one, two);
		return;
	case 10:
		h_paths(HOST_ROOT, CURFEW_FILE_LINK, one, two);
		return;
	default:
		if (pick(client, 3) == 0)
			h_map(*label, 0, 50000, PROT_READ | PROT_WRITE, &answer);
		else
			host_call(*label, CURFEW_FILE_CHMOD, 0600 | pick(client, 0100), 0, 0, NULL, 0, NULL, 0, NULL);
	}
}

/* A path of an inode; NULL: it has no name. */
static const char *path_of(struct host *host, uint32_t inode)
{
	static char path[200];
	char rest[200] = "";

	while (inode != ROOT_INODE) {
		const struct files *files = &host->files;
		uint32_t n = 1;

		while (n < files->super->names_touched && name_inode(files, n) != inode)
			n++;
		if (n == files->super->names_touched)
			return NULL;
		snprintf(path, sizeof(path), "/%.*s%.100s", files->name[n].length, files->name[n].text, rest);
		strcpy(rest, path);
		inode = files->name[n].parent;
	}
	return path;
}

static uint64_t read_whole(uint64_t label, char *to, size_t size)
{
	int64_t length = h_read(label, to, size, 0);

	assert_true(length >= 0 && (size_t)length < size);
	memset(to + length, 0, size - length);
	return length;
}

/*
 * The call that is about to be done by the model is a write, and the arena has perhaps some of it: each byte is as before or as
 * after, the size, too.  The arena gets the rest.
 */
static void settle_write(struct host *host, struct host *model, struct client *client)
{
	static char before[200000], done[200000], found[200000];
	uint64_t old_size = 0, size = 0, found_size, file;
	struct client ahead = *client;
	struct session *session;
	const char *path;

	uint64_t label = ahead.label[pick(&ahead, FILES_OPEN)]; /* as client_call() is about to */

	host_now = model;
	session = session_find(&model->files, label);
	if (session)
		old_size = read_whole(label, before, sizeof(before));
	client_call(client);
	if (last_write.label == 0 || session == NULL)
		return;
	size = read_whole(label, done, sizeof(done));
	path = path_of(model, session->inode);
	if (path == NULL)
		return; /* it has died with its session */
	host_now = host;
	file = h_open(HOST_ROOT, path, O_RDWR, 0);
	found_size = read_whole(file, found, sizeof(found));
	assert_true(found_size == old_size || found_size == size);
	for (uint64_t i = 0; i < found_size; i++)
		if (found[i] != before[i] && found[i] != done[i])
			fail_msg("byte %llu of %s is neither old nor new", (unsigned long long)i, path);
	assert_int_equal(h_write(file, done + last_write.offset, last_write.length, last_write.offset), last_write.length);
	h_close(file);
}

/* Serves until the kernel kills it, after so much time on a CPU; *answered counts. */
static void serve_until_killed(struct host *host, uint64_t seed, uint64_t ns, volatile unsigned *answered)
{
	struct client client = { .seed = seed };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL };
	struct itimerspec when = { .it_value = { .tv_nsec = ns } };
	timer_t timer;

	if (timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) != 0 || timer_settime(timer, 0, &when, NULL) != 0 ||
		host_start(host) != 0)
		_exit(1);
	for (;;) {
		client_call(&client);
		*answered = *answered + 1;
	}
}

static void die_by_time(struct host *host, uint64_t seed, uint64_t ns, volatile unsigned *answered)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		serve_until_killed(host, seed, ns, answered);
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void random_kills(void **state)
{
	uint64_t seed = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 0) * 2 + 1 : 4711;
	struct host *host = host_create(&geometry, 300), *model = host_create(&geometry, 300);
	volatile unsigned *answered = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned amid = 0, total = 0;

	assert_int_equal(host_start(host), 0);
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct client client = { .seed = host_random(&seed) | 1 };

		*answered = 0;
		die_by_time(host, client.seed, 1 + host_random(&seed) % 8000000, answered);
		assert_int_equal(host_start(model), 0);
		for (unsigned i = 0; i < *answered; i++)
			client_call(&client);
		total += *answered;
		assert_int_equal(host_start(host), 0);
		host_verify(host);
		if (host_differ(host, model)) {
			amid++;
			settle_write(host, model, &client);
		}
		/* What was open without a name dies in the model as well. */
		assert_int_equal(host_start(model), 0);
		if (host_differ(host, model))
			fail_msg("round %u, after %u calls: %s", round, *answered, host_differ(host, model));
		assert_int_equal(host->files.inodes_used, model->files.inodes_used);
	}
	print_message("%u calls answered, %u kills, %u found a call done that was not answered\n", total, ROUNDS, amid);
	host_destroy(host);
	host_destroy(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_start),
		cmocka_unit_test(every_point),
		cmocka_unit_test(random_kills),
	};

	return cmocka_run_group_tests(tests, host_make_lower, NULL);
}
