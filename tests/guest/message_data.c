/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages: bytes and handles on their way, while their memory, their tables and their server's other threads do what they like.
 */
#include "message_util.h"

#define BIG (64 * PAGE)

/* What a write of nothing brings is nothing, wherever it is. */
TEST(writing_nothing)
{
	int channel, session;
	struct curfew_received received;
	struct client client = { 0 };
	struct curfew_call call = words_call(1);
	static char room[100];

	make(&channel, &session, 1);
	call.in = room;
	call.in_size = sizeof(room);
	client_start(&client, session, call);
	NEED(receive_words(channel, &received) == CURFEW_RECEIVED_CALL);
	CHECK_EQ(received.in_size, sizeof(room));
	CHECK_EQ(curfew_message_write(channel, received.token, 50, "x", 0), 0);
	CHECK_EQ(curfew_message_write(channel, received.token, 100, "x", 1), 0);
	CHECK_EQ(curfew_message_write(channel, received.token, 1ull << 40, "x", 1), 0);
	CHECK_EQ(curfew_message_write(channel, received.token, SIZE_MAX, "x", 1), 0);
	CHECK_EQ(curfew_message_read(channel, received.token, SIZE_MAX, room, SIZE_MAX), 0);
	CHECK_EQ(curfew_message_write(channel, received.token, 98, "xyz", 3), 2);
	CHECK_EQ(curfew_message_write(channel, received.token, 10, "ab", 2), 2);
	answer_words(channel, received.token, 1);
	CHECK_EQ(client_end(&client), 0);
	CHECK_EQ(client.call.in_length, 100);
	CHECK(room[98] == 'x' && room[99] == 'y' && room[10] == 'a');

	memset(room, 0, sizeof(room));
	client_start(&client, session, call);
	NEED(receive_words(channel, &received) == CURFEW_RECEIVED_CALL);
	CHECK_EQ(curfew_message_write(channel, received.token, 1ull << 40, "x", 1), 0);
	answer_words(channel, received.token, 1);
	CHECK_EQ(client_end(&client), 0);
	CHECK_EQ(client.call.in_length, 0);
}

/* The kernel's page and never-touched pages can be sent; the first cannot be written to. */
TEST(pages_of_all_kinds)
{
	int channel, session;
	struct curfew_received received;
	struct client client = { 0 };
	struct curfew_call call = words_call(1);
	unsigned char *untouched = anonymous(4 * PAGE), got[2 * 4096];
	char *text = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	make(&channel, &session, 1);
	call.out = untouched + PAGE - 5;
	call.out_length = PAGE + 10;
	client_start(&client, session, call);
	memset(got, 1, sizeof(got));
	NEED(curfew_receive(channel, &received, got, sizeof(got), 0, CURFEW_FOREVER) == CURFEW_RECEIVED_CALL);
	CHECK_EQ(received.copied, PAGE + 10);
	for (size_t i = 0; i < PAGE + 10; i++)
		NEED(got[i] == 0);
	CHECK_EQ(got[PAGE + 10], 1);
	answer_words(channel, received.token, 1);
	CHECK_EQ(client_end(&client), 0);

	call = words_call(1);
	call.in = text; /* read-only: the client's fault */
	call.in_size = PAGE;
	client_start(&client, session, call);
	NEED(receive_words(channel, &received) == CURFEW_RECEIVED_CALL);
	CHECK_ERRNO(curfew_message_write(channel, received.token, 0, got, 10), ESRCH);
	CHECK_EQ(client_end(&client), EFAULT);
}

/* Bad memory, at each place where there may be some.  The client's: its call ends; the server's: it may try again. */
TEST(bad_pointers)
{
	static void *const bad[] = { (void *)8, (void *)-1l, (void *)-4096l, (void *)(1ul << 55), (void *)(1ul << 38) };
	int channel, session;
	struct curfew_received received;
	struct curfew_answer answer;
	char bytes[64] = "hello";

	make(&channel, &session, 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct client client = { 0 };
		struct curfew_call call = words_call(1);

		call.out = bad[i];
		call.out_length = i % 2 ? SIZE_MAX : 100;
		client_start(&client, session, call); /* found when the server reads */
		NEED(curfew_receive(channel, &received, bytes, 0, 0, CURFEW_FOREVER) == CURFEW_RECEIVED_CALL);
		CHECK_ERRNO(curfew_message_read(channel, received.token, 0, bytes, 5), ESRCH);
		CHECK_EQ(client_end(&client), EFAULT);
		client_start(&client, session, call); /* at receive: nothing comes */
		CHECK_ERRNO(curfew_receive(channel, &received, bytes, 5, 0, in_ms(20)), ETIMEDOUT);
		CHECK_EQ(client_end(&client), EFAULT);

		call = words_call(1);
		call.in = bad[i];
		call.in_size = 100;
		client_start(&client, session, call);
		NEED(receive_words(channel, &received) == CURFEW_RECEIVED_CALL);
		answer = words_answer(received.token, 1);
		answer.out = bytes;
		answer.out_length = 5;
		CHECK_ERRNO(curfew_reply(channel, &answer), ESRCH);
		CHECK_EQ(client_end(&client), EFAULT);

		call = words_call(1);
		call.out = call.in = bytes;
		call.out_length = call.in_size = 6;
		client_start(&client, session, call);
		NEED(receive_words(channel, &received) == CURFEW_RECEIVED_CALL);
		CHECK_ERRNO(curfew_message_read(channel, received.token, 0, bad[i], 6), EFAULT);
		CHECK_ERRNO(curfew_message_write(channel, received.token, 0, bad[i], 6), EFAULT);
		answer = words_answer(received.token, 1);
		answer.out = bad[i];
		answer.out_length = 6;
		CHECK_ERRNO(curfew_reply(channel, &answer), EFAULT);
		answer.out = "world";
		CHECK_EQ(curfew_reply(channel, &answer), 0);
		CHECK_EQ(client_end(&client), 0);
		CHECK_EQ(strcmp(bytes, "world"), 0);
	}
}

/* --- a server's threads, all at one call --- */

static struct {
	int channel;
	uint32_t stop;
	uint64_t token;
	unsigned char *bytes;
} many;

/* Reads, writes and answers whatever might be there: tokens are easy to guess. */
static void *meddler(void *argument)
{
	unsigned char *bytes = anonymous(BIG);

	while (!__atomic_load_n(&many.stop, __ATOMIC_ACQUIRE)) {
		uint64_t token = __atomic_load_n(&many.token, __ATOMIC_ACQUIRE);

		for (uint64_t t = token; t < token + 3; t++) {
			ssize_t n = curfew_message_read(many.channel, t, 0, bytes, BIG);

			CHECK(n == (ssize_t)BIG || (n == -1 && (errno == ESRCH || errno == EBUSY)));
			curfew_message_status(many.channel, t);
			n = curfew_message_write(many.channel, t, 0, many.bytes, BIG);
			CHECK(n == (ssize_t)BIG || (n == -1 && (errno == ESRCH || errno == EBUSY)));
		}
	}
	return argument;
}

/* A call ends only when nobody copies for it any more: its client's memory is its own again. */
TEST(a_call_ends_alone)
{
	enum { CALLS = 150 };
	int session;
	pthread_t thread[2];
	struct curfew_received received;
	unsigned char *buffer = anonymous(BIG);
	pid_t client;

	make(&many.channel, &session, 1);
	many.bytes = anonymous(BIG);
	memset(many.bytes, 0x77, BIG);
	many.token = 1;
	many.stop = 0;
	client = fork();
	if (client == 0) {
		curfew_handle_close(many.channel);
		for (int i = 0; i < CALLS; i++) {
			struct curfew_call call = words_call(1);
			unsigned char *out = anonymous(BIG), *in = anonymous(BIG);

			call.out = memset(out, 0x33, BIG);
			call.out_length = BIG;
			call.in = in;
			call.in_size = BIG;
			NEED(curfew_send(session, &call) == 0);
			CHECK_EQ(call.in_length, BIG);
			memset(in, 1, BIG);
			sys(SYS_yield);
			for (size_t k = 0; k < BIG; k += 64)
				NEED(in[k] == 1);
			munmap(in, BIG);
			munmap(out, BIG);
		}
		_exit(0);
	}
	for (int i = 0; i < 2; i++)
		NEED(pthread_create(&thread[i], NULL, meddler, NULL) == 0);
	for (int i = 0; i < CALLS; i++) {
		struct curfew_answer answer;

		NEED(curfew_receive(many.channel, &received, buffer, BIG, 0, CURFEW_FOREVER) == CURFEW_RECEIVED_CALL);
		CHECK_EQ(received.copied, BIG);
		CHECK(buffer[0] == 0x33 && buffer[BIG - 1] == 0x33);
		__atomic_store_n(&many.token, received.token, __ATOMIC_RELEASE);
		answer = words_answer(received.token, 0);
		answer.out = many.bytes;
		answer.out_length = BIG;
		while (curfew_reply(many.channel, &answer) != 0)
			NEED(errno == EBUSY);
	}
	expect_child(client, 0);
	__atomic_store_n(&many.stop, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
}

/* --- memory that changes --- */

/* Forks, write-protects and unmaps what is just being copied, until told to stop. */
static struct {
	unsigned char *memory;
	int what;
	uint32_t stop;
} change;

static void *changer(void *argument)
{
	for (unsigned i = 0; !__atomic_load_n(&change.stop, __ATOMIC_ACQUIRE); i++) {
		if (change.what == 0) {
			pid_t child = fork();

			if (child == 0) {
				/* The child's copy is its own, and stays what it is while nobody writes to it but itself. */
				memset(change.memory, 0xcc, BIG);
				sys(SYS_yield);
				for (size_t k = 0; k < BIG; k += PAGE)
					if (change.memory[k] != 0xcc)
						_exit(1);
				_exit(0);
			}
			CHECK_EQ(check_wait(child), 0);
		} else if (change.what == 1) {
			mprotect(change.memory + i % 64 * PAGE, PAGE, PROT_READ);
			mprotect(change.memory + i % 64 * PAGE, PAGE, PROT_READ | PROT_WRITE);
		} else {
			CHECK(mmap(change.memory + i % 64 * PAGE, PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED);
		}
	}
	return argument;
}

static void *inverter(void *argument)
{
	int channel = *(int *)argument;
	struct curfew_received received;
	struct curfew_answer answer = { 0 };
	unsigned char *buffer = anonymous(BIG);

	while (curfew_receive(channel, &received, buffer, BIG, 0, CURFEW_FOREVER) == CURFEW_RECEIVED_CALL) {
		for (size_t i = 0; i < received.copied; i++)
			buffer[i] = (unsigned char)~buffer[i];
		answer.token = received.token;
		answer.out = buffer;
		answer.out_length = received.copied;
		curfew_reply(channel, &answer);
	}
	return argument;
}

static void change_during_calls(int what, int calls)
{
	int channel, session;
	pthread_t server, other;
	unsigned char *out = anonymous(BIG);

	make(&channel, &session, 1);
	for (size_t i = 0; i < BIG; i++)
		out[i] = (unsigned char)(i * 7 + i / PAGE);
	change.memory = anonymous(BIG);
	change.what = what;
	change.stop = 0;
	NEED(pthread_create(&server, NULL, inverter, &channel) == 0);
	NEED(pthread_create(&other, NULL, changer, NULL) == 0);
	for (int round = 0; round < calls; round++) {
		struct curfew_call call = words_call(1);
		int error;

		call.out = out;
		call.out_length = BIG;
		call.in = change.memory;
		call.in_size = BIG;
		error = curfew_send(session, &call) ? errno : 0;
		CHECK(error == 0 || (what == 1 && error == EFAULT));
		if (error || what == 2) /* what is mapped anew may be zeroes */
			continue;
		for (size_t i = 0; i < BIG; i++)
			if (change.memory[i] != (unsigned char)~out[i]) {
				CHECK_EQ(change.memory[i], (unsigned char)~out[i]);
				break;
			}
	}
	__atomic_store_n(&change.stop, 1, __ATOMIC_RELEASE);
	pthread_join(other, NULL);
	curfew_handle_close(session);
	pthread_join(server, NULL);
}

TEST(forks_during_a_copy) { change_during_calls(0, 25); }
TEST(mprotect_during_a_copy) { change_during_calls(1, 60); }
TEST(mmap_during_a_copy) { change_during_calls(2, 60); }

/* --- handles --- */

/* A full table, at either end: the call ends with EMFILE, nothing is half there. */
TEST(full_tables)
{
	int channel, session, vmo = curfew_vmo_create(PAGE, 0);
	struct curfew_received received;
	struct curfew_call call = words_call(1);
	struct curfew_answer answer;
	uint64_t token;
	pid_t client;

	make(&channel, &session, 1);
	client = fork();
	if (client == 0) {
		call.handle[0] = (struct curfew_transfer){ (uint32_t)vmo, CURFEW_RIGHT_READ };
		call.pass = 1;
		CHECK_ERRNO(curfew_send(session, &call), EMFILE); /* the server's table is full */
		while (sys(SYS_handle_dup, vmo, 0) >= 0)
			;
		call = words_call(1);
		CHECK_ERRNO(curfew_send(session, &call), EMFILE); /* one's own */
		curfew_handle_close(vmo);
		call = words_call(2);
		CHECK_EQ(curfew_send(session, &call), 0);
		CHECK_EQ(call.came, 1);
		_exit(0);
	}
	while (sys(SYS_handle_dup, vmo, 0) >= 0)
		;
	CHECK_ERRNO(receive_words(channel, &received), EMFILE);
	NEED(receive_words(channel, &received) == CURFEW_RECEIVED_CALL);
	token = received.token;
	answer = words_answer(token, 0);
	answer.pass = 1;
	answer.handle[0] = (struct curfew_transfer){ (uint32_t)vmo, CURFEW_RIGHT_READ };
	CHECK_ERRNO(curfew_reply(channel, &answer), ESRCH);
	NEED(receive_words(channel, &received) == CURFEW_RECEIVED_CALL);
	answer.token = received.token;
	answer.handle[0].rights |= CURFEW_PASS_MOVE;
	CHECK_EQ(curfew_reply(channel, &answer), 0);
	CHECK_EQ(sys(SYS_vmo_size, vmo), -EBADF);
	expect_child(client, 0);
}
