/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients that lie to every server in every field of the file protocol: nothing dies, nothing is lost.
 *
 *   LIE=n in the environment: another order of lies.
 *
 * Two threads send, on sessions that are closed and replaced under them, with
 * bytes and room that a third one unmaps and maps meanwhile.
 */
#include <dirent.h>
#include <pthread.h>
#include <termios.h>
#include "servers.h"

#define LIARS    2
#define LIES     4000
#define SESSIONS 12
#define AREA     (32 * PAGE)
#define PRIVATE  900 /* handles of a liar's own, to pass: the kernel gives out lower ones */

enum { TOLD, ANSWERED }; /* in check_shared->words */

static int victim;
static int sessions[SESSIONS]; /* numbers that others may close at any time */
static uint8_t *area;          /* there, or not */
static int event, object, channel;
static bool over;

struct liar {
	pthread_t thread;
	uint64_t random;
	int number;
};

void check_settle(void)
{
	settle_servers();
}

static uint32_t pick(struct liar *liar, uint32_t below)
{
	liar->random = liar->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(liar->random >> 33) % below;
}

static uint64_t lie_word(struct liar *liar)
{
	static const uint64_t words[] = { 0, 0, 0, 1, 2, 3, 4, 7, 8, 40, 100, 4095, 4096, 4097, 65536, 1 << 20, 64 << 20, INT32_MAX,
		UINT32_MAX, 1ull << 32, INT64_MAX, 1ull << 63, UINT64_MAX - 1, UINT64_MAX, UINT64_MAX };
	uint32_t n = pick(liar, sizeof(words) / sizeof(words[0]) + 2);

	return n < sizeof(words) / sizeof(words[0]) ? words[n] : pick(liar, 1u << 30) * 1ull << pick(liar, 34);
}

static uint64_t lie_operation(struct liar *liar)
{
	static const uint64_t first[] = { 1, 32, 64, 96, 128 };

	return pick(liar, 20) == 0 ? lie_word(liar) : first[pick(liar, 5)] + pick(liar, pick(liar, 2) ? 15 : 8);
}

/* Paths that cannot harm others: nothing but what is below /tmp/lie can be changed by them. */
static size_t lie_path(struct liar *liar, char *path)
{
	static const char *const paths[] = { "/tmp/lie/a", "/tmp/lie/b", "/tmp/lie/d", "/tmp/lie/d/c", "/tmp/lie/a/", "/", "", ".",
		"/tmp/lie/d/.", "/tmp/lie/d/..", "/tmp/lie//d//./c", "/tmp/lie/none/c", "/tmp/lie/a/c" };
	size_t length = (size_t)sprintf(path, "%s", paths[pick(liar, 13)]);
	uint32_t how = pick(liar, 8), more;

	if (how > 2)
		return length;
	length = (size_t)sprintf(path, "/tmp/lie/");
	more = how == 0 ? pick(liar, 20) : how == 1 ? 250 + pick(liar, 10) : 1000 + pick(liar, 40);
	for (uint32_t i = 0; i < more; i++)
		path[length++] = (char)(how == 0 ? pick(liar, 256) : i % 200 == 199 && how == 2 ? '/' : 'x');
	return length;
}

/* Bytes to send: good ones, ones that are not there, or more than there can be. */
static void lie_bytes(struct liar *liar, struct curfew_call *call, char *own)
{
	call->out = own;
	switch (pick(liar, 10)) {
	case 0:
		break;
	case 1:
		call->out = area + pick(liar, AREA);
		call->out_length = pick(liar, AREA);
		break;
	case 2:
		call->out = (void *)lie_word(liar);
		call->out_length = lie_word(liar);
		break;
	case 3: /* two paths */
		call->out_length = lie_path(liar, own);
		call->word[1] = call->out_length;
		call->out_length += lie_path(liar, own + call->out_length);
		break;
	case 4: /* a write that tells the truth, of its length at least */
		call->out_length = call->word[1] = pick(liar, 3000);
		break;
	default:
		call->out_length = lie_path(liar, own);
	}
}

static void lie_room(struct liar *liar, struct curfew_call *call, char *own, size_t size)
{
	call->in = own;
	call->in_size = size;
	switch (pick(liar, 6)) {
	case 0:
		call->in_size = pick(liar, 200);
		break;
	case 1:
		call->in = area + pick(liar, AREA);
		call->in_size = pick(liar, AREA);
		break;
	case 2:
		call->in = (void *)lie_word(liar);
		call->in_size = lie_word(liar);
		break;
	}
}

/* Handles of every kind, some to be moved. */
static void lie_handles(struct liar *liar, struct curfew_call *call)
{
	int kinds[] = { event, object, channel, sessions[pick(liar, SESSIONS)], CURFEW_HANDLE_NAMES, (int)lie_word(liar) };

	call->pass = pick(liar, 3) ? 0 : pick(liar, CURFEW_MESSAGE_HANDLES + 1);
	for (uint32_t i = 0; i < call->pass; i++) {
		int number = PRIVATE + liar->number * CURFEW_MESSAGE_HANDLES + (int)i;
		int from = kinds[pick(liar, 6)];
		long info = sys(SYS_handle_info, from);

		if (info >= 0)
			sys(SYS_handle_place, from, info & CURFEW_RIGHT_ALL, number, 0);
		call->handle[i].handle = (uint32_t)number;
		call->handle[i].rights = pick(liar, 4) ? info & CURFEW_RIGHT_SEND : (uint32_t)lie_word(liar);
		if (pick(liar, 2))
			call->handle[i].rights |= CURFEW_PASS_MOVE;
	}
	if (pick(liar, 50) == 0)
		call->pass |= (uint32_t)lie_word(liar);
}

/* /tmp itself, and what is outside, must stay. */
static bool harmless(const struct curfew_call *call)
{
	return victim != FILES || (call->word[0] != CURFEW_FILE_RMDIR && call->word[0] != CURFEW_FILE_RENAME) ||
		memcmp(call->out, "/tmp/lie/", 9) == 0;
}

static void lie(struct liar *liar)
{
	static char own[LIARS][4096], room[LIARS][8192];
	struct curfew_call call = { .word = { lie_operation(liar) }, .deadline = curfew_now() + pick(liar, 300000) };
	int session = __atomic_load_n(&sessions[pick(liar, SESSIONS)], __ATOMIC_RELAXED);
	int result;

	for (uint32_t i = 1; i < 1 + pick(liar, CURFEW_MESSAGE_WORDS); i++)
		call.word[i] = lie_word(liar);
	lie_bytes(liar, &call, own[liar->number]);
	if (call.out == own[liar->number] && !harmless(&call))
		return;
	lie_room(liar, &call, room[liar->number], sizeof(room[0]));
	lie_handles(liar, &call);
	result = curfew_send(session, &call);
	for (uint32_t i = 0; result == 0 && i < call.came; i++)
		sys(SYS_handle_close, call.handle[i].handle);
	for (int i = 0; i < CURFEW_MESSAGE_HANDLES; i++)
		sys(SYS_handle_close, PRIVATE + liar->number * CURFEW_MESSAGE_HANDLES + i);
	if (result == 0)
		__atomic_fetch_add(&check_shared->words[ANSWERED], 1, __ATOMIC_RELAXED);
}

static uint32_t told(void)
{
	return __atomic_load_n(&check_shared->words[TOLD], __ATOMIC_RELAXED);
}

static void *liar_main(void *argument)
{
	for (int i = 0; i < LIES; i++) {
		lie(argument);
		__atomic_fetch_add(&check_shared->words[TOLD], 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* Takes the area away and gives it back; half of it can be read only. */
static void *unmapper_main(void *argument)
{
	struct liar liar = { .random = 77 };

	(void)argument;
	while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
		size_t from = pick(&liar, 32) * PAGE, length = (1 + pick(&liar, 8)) * PAGE;

		length = from + length <= AREA ? length : AREA - from;
		if (pick(&liar, 2))
			sys(SYS_munmap, area + from, length);
		else
			sys(SYS_mmap, area + from, length, pick(&liar, 3) ? PROT_READ | PROT_WRITE : PROT_READ,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		sys(SYS_yield);
	}
	return NULL;
}

/* A session of a sort that the server has; always with one of the supervisor's. */
static int new_session(int n)
{
	static const char *const paths[] = { "/tmp/lie", "/tmp/lie/a", "/dev/zero", "/bin/true" };
	static int end = -1;
	int ends[2];

	if (victim == PIPES && n % 4 != 0) {
		if (end >= 0) {
			ends[0] = end;
			end = -1;
			return ends[0];
		}
		if (pipe(ends) == 0) {
			end = ends[1] + CURFEW_HANDLE_FD0;
			return ends[0] + CURFEW_HANDLE_FD0;
		}
	}
	if (victim == FILES && n % 5 != 0) {
		int fd = open(paths[n % 5 - 1], n % 5 == 2 ? O_RDWR | O_CREAT : O_RDONLY, 0666);

		if (fd >= 0)
			return fd + CURFEW_HANDLE_FD0;
	}
	return (int)connect_to(service_names[victim], strlen(service_names[victim]));
}

static void remove_below(const char *name)
{
	char path[1400];
	struct dirent *entry;
	DIR *folder = opendir(name);

	NEED(folder != NULL);
	while ((entry = readdir(folder)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", name, entry->d_name);
		if (unlink(path) != 0) {
			remove_below(path);
			CHECK_EQ(rmdir(path), 0);
		}
	}
	closedir(folder);
}

static void tell_lies(void)
{
	struct liar liars[LIARS] = { 0 };
	const char *seed = getenv("LIE");
	pthread_t unmapper;

	for (int i = 0; i < SESSIONS; i++)
		sessions[i] = new_session(i);
	NEED(pthread_create(&unmapper, NULL, unmapper_main, NULL) == 0);
	for (int i = 0; i < LIARS; i++) {
		liars[i] = (struct liar){ .random = (seed ? strtoull(seed, NULL, 10) : 1) * LIARS + (uint64_t)i, .number = i };
		NEED(pthread_create(&liars[i].thread, NULL, liar_main, &liars[i]) == 0);
	}
	for (uint32_t next = 0; told() < LIARS * LIES;) {
		uint32_t until = told() + 20;
		int n = (int)(next++ % SESSIONS), old = sessions[n];

		while (told() < until && told() < LIARS * LIES)
			sys(SYS_yield);
		__atomic_store_n(&sessions[n], new_session(n), __ATOMIC_RELAXED);
		sys(SYS_handle_close, old);
	}
	for (int i = 0; i < LIARS; i++)
		pthread_join(liars[i].thread, NULL);
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	pthread_join(unmapper, NULL);
}

/* A process tells lies, and ends; the server is the same as before, and has as much. */
static void lies_to(int which)
{
	struct curfew_service before, after;
	struct whole whole;
	struct termios modes;
	pid_t child;
	int fd, status = -1;

	victim = which;
	fd = open("/dev/tty", O_RDWR);
	NEED(fd >= 0 && tcgetattr(fd, &modes) == 0);
	whole = whole_now();
	NEED(mkdir("/tmp/lie", 0777) == 0 && mkdir("/tmp/lie/d", 0777) == 0);
	before = service(which);
	child = fork();
	if (child == 0) {
		area = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		event = curfew_event_create();
		object = curfew_vmo_create(PAGE, 0);
		channel = curfew_channel_create();
		NEED(area != MAP_FAILED && event >= 0 && object >= 0 && channel >= 0);
		tell_lies();
		_exit(0);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	after = service(which);
	CHECK_EQ(after.pid, before.pid);
	CHECK_EQ(after.restarts, before.restarts);
	CHECK(check_shared->words[ANSWERED] > LIARS * LIES / 10);
	CHECK_EQ(tcsetattr(fd, TCSANOW, &modes), 0);
	CHECK_EQ(tcsetpgrp(fd, getpgrp()), 0);
	remove_below("/tmp/lie");
	CHECK_EQ(rmdir("/tmp/lie"), 0);
	whole_check(&whole);
	close(fd);
	tell("%s: %u lies, %u of them answered\n", service_names[which], told(), check_shared->words[ANSWERED]);
}

TEST(files)
{
	lies_to(FILES);
}

TEST(pipe)
{
	lies_to(PIPES);
}

TEST(console)
{
	lies_to(CONSOLE);
}

/* What is no event is not kept for a poll: a memory object would outlive whoever made it, and a pipe's own ends the pipe. */
TEST(polls_of_no_event)
{
	struct whole whole;
	int end[2], tty;

	NEED(close(open("/dev/tty", O_RDWR)) == 0 && pipe(end) == 0 && close(end[0]) == 0 && close(end[1]) == 0); /* sessions */
	whole = whole_now();
	tty = open("/dev/tty", O_RDWR);
	NEED(tty >= 0 && pipe(end) == 0);
	for (int i = 0; i < 3; i++) {
		int fd = i == 2 ? tty : end[i];
		int weak = curfew_event_create(), passed[] = { curfew_vmo_create(PAGE, 0), CURFEW_HANDLE_FD0 + end[0],
			curfew_channel_create(), weak };

		for (unsigned k = 0; k < sizeof(passed) / sizeof(passed[0]); k++) {
			struct curfew_call call = { .word = { CURFEW_FILE_POLL, 0, 1, k }, .pass = 1 };

			call.handle[0] = (struct curfew_transfer){ (uint32_t)passed[k], passed[k] == weak ? CURFEW_RIGHT_READ : 0 };
			CHECK_EQ(ask(CURFEW_HANDLE_FD0 + fd, &call), -EINVAL);
		}
		curfew_handle_close(passed[0]);
		curfew_handle_close(passed[2]);
		curfew_handle_close(weak);
	}
	close(end[0]);
	close(end[1]);
	close(tty);
	whole_check(&whole);
}
