/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init under attack: it answers, keeps nothing, and does not let a server that cannot live take the machine.
 */
#include "servers.h"

#define MANY  3000
#define PATIENCE 50000000000ull /* ns until a call that is not answered counts as hung */
#define PAUSE    1000000000ull  /* of init, as in user/bin/init/service.c */

void check_settle(void)
{
	settle_servers();
}

/* A call to init, which never hangs. */
static int64_t ask_init(struct curfew_call *call)
{
	call->deadline = curfew_now() + PATIENCE;
	if (curfew_send(CURFEW_HANDLE_NAMES, call) != 0) {
		CHECK(errno != ETIMEDOUT);
		return -errno;
	}
	for (uint32_t i = 0; i < call->came; i++)
		curfew_handle_close((int)call->handle[i].handle);
	return (int64_t)call->word[0];
}

static int64_t connect_bytes(const void *name, size_t length)
{
	struct curfew_call call = { .word = { CURFEW_NAMES_CONNECT }, .out = name, .out_length = length };

	return ask_init(&call);
}

TEST(bad_names)
{
	static char longest[100000] = "files";
	static const char *const names[] = { "", "f", "file", "filess", "Files", "/files", "files/", "init", "pipe " };
	struct whole before = whole_now();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CHECK_EQ(connect_bytes(names[i], strlen(names[i])), -ENOENT);
	CHECK_EQ(connect_bytes("files", 6), -ENOENT); /* with its NUL */
	for (size_t length = 6; length < sizeof(longest); length *= 3)
		CHECK_EQ(connect_bytes(longest, length), -ENOENT);
	CHECK_EQ(connect_bytes((void *)8, 5), -EFAULT);
	CHECK_EQ(connect_bytes("files", UINT64_MAX), -ENOENT); /* nobody reads that far */
	CHECK_EQ(connect_bytes("files", 5), 0);
	whole_check(&before);
}

TEST(handles_that_nobody_expects)
{
	struct whole before = whole_now();
	int event = curfew_event_create(), object = curfew_vmo_create(PAGE, 0);

	for (uint64_t operation = 0; operation < 140; operation++) {
		struct curfew_call call = { .word = { operation, 0, 1, 2 }, .out = "none", .out_length = 4, .pass = 4 };

		for (int i = 0; i < 4; i++)
			call.handle[i] = (struct curfew_transfer){ (uint32_t)(i % 2 ? event : object), 0 };
		CHECK(ask_init(&call) < 0);
	}
	curfew_handle_close(event);
	curfew_handle_close(object);
	whole_check(&before);
}

TEST(thousands_of_connections)
{
	struct whole before = whole_now();
	int64_t error = 0;
	int made = 0, first = 0;

	for (int i = 0; i < MANY; i++)
		CHECK_EQ(connect_bytes(service_names[i % SERVICES], strlen(service_names[i % SERVICES])), 0);
	/* As many as there is room for; then init's answer does not arrive, again and again, and is closed each time. */
	for (; error >= 0; made++) {
		error = connect_to(service_names[made % SERVICES], strlen(service_names[made % SERVICES]));
		if (made == 0)
			first = (int)error;
	}
	CHECK_EQ(error, -EMFILE);
	CHECK(made > 900);
	for (int i = 0; i < MANY; i++)
		CHECK_EQ(connect_to("files", 5), -EMFILE);
	for (int i = first; i < CURFEW_HANDLES_MAX; i++)
		curfew_handle_close(i);
	whole_check(&before);
}

TEST(connections_of_many_who_die)
{
	struct whole before = whole_now();

	for (int i = 0; i < 12; i++) {
		pid_t child = fork();

		if (child == 0)
			for (;;)
				connect_to(service_names[i % SERVICES], strlen(service_names[i % SERVICES]));
		for (uint32_t n = 0; n < 1 + (uint32_t)i; n++)
			answered(PIPES);
		CHECK_EQ(kill(child, SIGKILL), 0);
		CHECK_EQ(check_wait(child), SIGKILL);
	}
	whole_check(&before);
}

TEST(ready_from_a_stranger)
{
	struct curfew_call call = { .word = { CURFEW_NAMES_READY } };

	CHECK_EQ(ask_init(&call), -EPERM);
}

TEST(list_of_bad_positions)
{
	static const uint64_t beyond[] = { 3, 4, 100, UINT32_MAX, 1ull << 63, UINT64_MAX };
	struct curfew_service all[8];
	struct curfew_call call;

	for (uint64_t i = 0; i < SERVICES; i++) {
		call = (struct curfew_call){ .word = { CURFEW_NAMES_LIST, i }, .in = all, .in_size = sizeof(all) };
		CHECK_EQ(ask_init(&call), (SERVICES - i) * sizeof(all[0]));
		CHECK_EQ(call.word[1], SERVICES);
		CHECK(strcmp(all[0].name, service_names[i]) == 0);
	}
	for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
		call = (struct curfew_call){ .word = { CURFEW_NAMES_LIST, beyond[i] }, .in = all, .in_size = sizeof(all) };
		CHECK_EQ(ask_init(&call), 0);
		CHECK_EQ(call.word[1], beyond[i]);
	}
	for (size_t room = 0; room < sizeof(all[0]); room += 5) {
		call = (struct curfew_call){ .word = { CURFEW_NAMES_LIST }, .in = all, .in_size = room };
		CHECK_EQ(ask_init(&call), -EINVAL);
	}
	call = (struct curfew_call){ .word = { CURFEW_NAMES_LIST }, .in = (void *)8, .in_size = sizeof(all) };
	CHECK_EQ(ask_init(&call), -EFAULT);
}

static uint64_t time_of_init(void)
{
	struct curfew_procinfo info;

	NEED(curfew_procinfo(1, &info) == 1);
	return info.user_ns + info.system_ns;
}

/* Killed before it is ready, each time, until init pauses: then init does nothing but answer, and goes on when that is over. */
TEST(a_server_that_cannot_live)
{
	struct curfew_service now = service(PIPES);
	struct whole before = whole_now();
	uint64_t used, begin, killed = 0;
	uint32_t restarts;
	int quick = 0;

	/* Whether it was ready nobody else can see: four deaths in a row before it was will come. */
	while (connect_bytes("pipe", 4) != -EAGAIN && quick < 100000) {
		now = service(PIPES);
		killed = curfew_now(); /* the pause begins after that */
		if (now.pid != 0 && kill(now.pid, SIGKILL) == 0)
			quick++;
	}
	CHECK(quick < 100000);
	/* Everybody else is served, and whoever asks for this one has an answer at once, which starts nothing. */
	restarts = service(PIPES).restarts;
	for (int i = 0; i < 50; i++) {
		int64_t error = connect_bytes("pipe", 4);

		CHECK(error == -EAGAIN || curfew_now() - killed >= PAUSE);
		CHECK_EQ(connect_bytes("files", 5), 0);
	}
	now = service(PIPES);
	CHECK(now.restarts == restarts || curfew_now() - killed >= PAUSE);
	/* How much time it takes meanwhile: nothing waits for this sleep. */
	begin = curfew_now();
	used = time_of_init();
	restarts = service(PIPES).restarts;
	sys(SYS_sleep_until, begin + 400000000);
	CHECK(time_of_init() - used < (curfew_now() - begin) / 4);
	CHECK(service(PIPES).restarts - restarts <= 1);
	answered(PIPES);
	CHECK(service(PIPES).pid != 0);
	kill_and_wait(PIPES); /* ready once, it is started at once again */
	whole_check(&before);
}

/* A signal to init's group, or to one of programs, reaches no server; and the terminal signals neither init nor everybody. */
TEST(groups_of_their_own)
{
	int tty = open("/dev/tty", O_RDWR);
	pid_t group = tcgetpgrp(tty);

	NEED(tty >= 0);
	for (int i = 0; i < SERVICES; i++)
		CHECK_EQ(getpgid(service(i).pid), service(i).pid);
	for (pid_t bad = -1; bad <= 1; bad++)
		CHECK_ERRNO(tcsetpgrp(tty, bad), EINVAL);
	CHECK_EQ(tcgetpgrp(tty), group);
	close(tty);
}
