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
		while (!client_ended(&client))
			CHECK_ERRNO(curfew_receive(channel, &received, bytes, 5, 0, in_ms(1)), ETIMEDOUT);
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

/* receive with an array for handles of one's choice. */
static long raw_receive(int channel, void *buffer, size_t size, void *transfers, uint64_t deadline, uint64_t *came)
{
	register long x8 __asm__("x8") = SYS_receive;
	register long x0 __asm__("x0") = channel;
	register uint64_t x1 __asm__("x1") = 0, x2 __asm__("x2") = 0, x3 __asm__("x3") = 0, x4 __asm__("x4") = 0;
	register uint64_t x5 __asm__("x5") = (uint64_t)buffer, x6 __asm__("x6") = size, x7 __asm__("x7") = deadline;
	register void *x9 __asm__("x9") = transfers;

	__asm__ volatile("svc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6), "+r"(x7)
			 : "r"(x8), "r"(x9)
			 : "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory", "cc");
	*came = x6;
	return x0 == CURFEW_RECEIVED_CALL ? (long)x2 : x0;
}

static int kind_of(long handle)
{
	return (int)(sys(SYS_handle_info, handle) >> 32);
}

/* A receive whose own buffers are bad fails, and the message is there still, with its handles: for the next receive. */
TEST(bad_buffers_leave_the_message)
{
	static void *const bad[] = { (void *)8, (void *)-1l, (void *)(1ul << 55), (void *)(1ul << 38) };
	int channel, session;
	char bytes[64], text[] = "hello";
	unsigned char *half = anonymous(2 * PAGE), *out = anonymous(2 * PAGE);

	NEED(munmap(half + PAGE, PAGE) == 0);
	make(&channel, &session, 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int vmo = curfew_vmo_create(PAGE, 0);
		struct curfew_transfer transfer[CURFEW_MESSAGE_HANDLES];
		struct client client = { 0 };
		struct curfew_call call = words_call(1);
		struct curfew_received received;
		uint64_t came;
		long token;

		call.out = i % 2 ? out : (void *)text;
		call.out_length = i % 2 ? 2 * PAGE : sizeof(text);
		call.handle[0] = (struct curfew_transfer){ (uint32_t)vmo, CURFEW_RIGHT_READ | CURFEW_PASS_MOVE };
		call.pass = 1;
		client_start(&client, session, call);
		for (int again = 0; again < 3; again++) {
			CHECK_ERRNO(curfew_receive(channel, &received, bad[i], 64, 0, CURFEW_FOREVER), EFAULT);
			CHECK_EQ(raw_receive(channel, bytes, sizeof(bytes), bad[i], CURFEW_FOREVER, &came), -EFAULT);
			if (i % 2) /* after its first page */
				CHECK_ERRNO(curfew_receive(channel, &received, half, 2 * PAGE, 0, CURFEW_FOREVER), EFAULT);
			CHECK_EQ(kind_of(vmo), CURFEW_KIND_VMO);
			CHECK_EQ(kind_of(vmo + 1), kind_of(1000)); /* nothing has been left in the table */
		}
		token = raw_receive(channel, bytes, sizeof(bytes), transfer, CURFEW_FOREVER, &came);
		NEED(token > 0);
		CHECK_EQ(came, 1);
		CHECK_EQ(sys(SYS_handle_info, vmo), -EBADF);
		CHECK_EQ(sys(SYS_vmo_size, transfer[0].handle), PAGE);
		CHECK(i % 2 || strcmp(bytes, text) == 0);
		CHECK_EQ(answer_words(channel, (uint64_t)token, 7), 0);
		CHECK_EQ(client_end(&client), 0);
		CHECK(words_are(client.call.word, 7));
		CHECK_EQ(sys(SYS_handle_close, transfer[0].handle), 0);
		CHECK_ERRNO(poll_channel(channel, &received), ETIMEDOUT);
	}
}

/* A signal that comes while a server fails to receive: nobody has it, so it is EINTR, or else the message is there still. */
static void on_signal(int number)
{
	(void)number;
}

TEST(signals_while_buffers_are_bad)
{
	struct sigaction action = { .sa_handler = on_signal };
	int channel, session, kind, refused = 0;
	size_t length = 512 * PAGE;
	unsigned char *out = anonymous(length), *room = anonymous(length);

	memset(out, 1, length);
	memset(room, 1, length);
	NEED(munmap(room + length - PAGE, PAGE) == 0);
	make(&channel, &session, 1);
	sigaction(SIGUSR1, &action, NULL);
	for (unsigned i = 0; i < 40; i++) {
		struct curfew_call call = words_call(1);
		struct curfew_received received;
		pid_t client = fork(), killer;

		if (client == 0) {
			call.out = out;
			call.out_length = length;
			__atomic_store_n(&check_shared->words[0], i + 1, __ATOMIC_RELEASE);
			if (curfew_send(session, &call) != 0)
				_exit(errno);
			_exit(0);
		}
		while (__atomic_load_n(&check_shared->words[0], __ATOMIC_ACQUIRE) <= i)
			sys(SYS_yield);
		killer = fork();
		if (killer == 0) {
			while (__atomic_load_n(&check_shared->words[1], __ATOMIC_ACQUIRE) <= i) {
				sys(SYS_sleep_until, now_ns() + i * 20000);
				kill(client, SIGUSR1);
			}
			_exit(0);
		}
		do {
			errno = 0;
			kind = curfew_receive(channel, &received, room, length, 0, in_ms(5));
			CHECK(kind == CURFEW_RECEIVED_CANCELLED || kind == -1);
			refused += errno == EFAULT;
		} while (kind >= 0 || errno == EFAULT); /* until it is gone: never received */
		CHECK_EQ(errno, ETIMEDOUT);
		expect_child(client, EINTR << 8);
		__atomic_store_n(&check_shared->words[1], i + 1, __ATOMIC_RELEASE);
		expect_child(killer, 0);
		while (poll_channel(channel, &received) == CURFEW_RECEIVED_CANCELLED)
			;
		CHECK_EQ(errno, ETIMEDOUT);
	}
	CHECK(refused > 0);
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

/* A call ends only when nobody copies for it any more: its client's memory is its own again.  The client and, as long as it serves
 * it, the server come before the others: so the answer comes amid a copy, and the client goes on before that has ended. */
TEST(a_call_ends_alone)
{
	enum { CALLS = 50 };
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
		sys(SYS_set_priority, 0, 20);
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
		if (i % 4)
			sys(SYS_sleep_until, now_ns() + (unsigned)i % 4 * 50000);
		answer = words_answer(received.token, 0);
		answer.out = many.bytes;
		answer.out_length = BIG;
		while (curfew_reply(many.channel, &answer) != 0) {
			NEED(errno == EBUSY);
			__atomic_store_n(&many.token, 0, __ATOMIC_RELEASE); /* they begin no other copy, and end these */
			sys(SYS_sleep_until, now_ns() + 20000);
		}
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

/* What the number names by the time that the message arrives is not closed, if it is something else. */
TEST(moved_by_a_number_used_again)
{
	int channel, session, vmo = curfew_vmo_create(PAGE, 0), event = curfew_event_create();
	struct curfew_received received;
	struct client client = { 0 };
	struct curfew_call call = words_call(1);
	struct curfew_answer answer;

	make(&channel, &session, 1);
	call.handle[0] = call.handle[1] = (struct curfew_transfer){ (uint32_t)vmo, CURFEW_RIGHT_ALL | CURFEW_PASS_MOVE };
	call.pass = 2; /* twice the same: moved once */
	client_start(&client, session, call);
	NEED(curfew_receive(channel, &received, (void *)8, 0, 0, CURFEW_FOREVER) == CURFEW_RECEIVED_CALL);
	CHECK_EQ(received.came, 2);
	CHECK_EQ(kind_of(vmo), kind_of(1000));
	answer_words(channel, received.token, 1);
	CHECK_EQ(client_end(&client), 0);
	CHECK_EQ(sys(SYS_handle_close, received.handle[1].handle), 0);

	vmo = (int)received.handle[0].handle;
	call.handle[0].handle = (uint32_t)vmo;
	call.pass = 1;
	client_start(&client, session, call);
	while (curfew_receive(channel, &received, NULL, 0, 0, 0) == -1 && errno == ETIMEDOUT) /* it is received: once more */
		sys(SYS_yield);
	CHECK_EQ(sys(SYS_handle_info, vmo), -EBADF);
	vmo = (int)received.handle[0].handle;
	answer = words_answer(received.token, 1);
	answer.handle[0] = answer.handle[1] = (struct curfew_transfer){ (uint32_t)vmo, CURFEW_RIGHT_ALL | CURFEW_PASS_MOVE };
	answer.pass = 2;
	CHECK_EQ(curfew_reply(channel, &answer), 0);
	CHECK_EQ(client_end(&client), 0);
	CHECK_EQ(client.call.came, 2);
	CHECK_EQ(sys(SYS_handle_info, vmo), -EBADF);
	vmo = (int)client.call.handle[0].handle;

	/* Queued, and the number gets another meaning. */
	call = words_call(1);
	call.out = "x";
	call.out_length = 1;
	call.handle[0] = (struct curfew_transfer){ (uint32_t)vmo, CURFEW_RIGHT_ALL | CURFEW_PASS_MOVE };
	call.pass = 1;
	client_start(&client, session, call);
	CHECK_ERRNO(curfew_receive(channel, &received, (void *)8, 1, 0, CURFEW_FOREVER), EFAULT); /* it is there */
	CHECK_EQ(sys(SYS_handle_place, event, CURFEW_RIGHT_ALL, vmo, 0), vmo);
	NEED(receive_words(channel, &received) == CURFEW_RECEIVED_CALL);
	CHECK_EQ(received.came, 1);
	CHECK_EQ(kind_of(received.handle[0].handle), CURFEW_KIND_VMO);
	CHECK_EQ(kind_of(vmo), CURFEW_KIND_EVENT);
	answer_words(channel, received.token, 1);
	CHECK_EQ(client_end(&client), 0);
}

/* A handle to be moved is the client's or the server's, never both's and never nobody's, whenever the client ends its call. */
TEST(moved_or_not)
{
	enum { MOVES = 400 };
	int channel, session, moved = 0, kept = 0;
	uint8_t *lost = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), got[MOVES] = { 0 };
	unsigned char *out = anonymous(3 * PAGE), *room = anonymous(3 * PAGE);
	struct curfew_received received;
	pid_t client;
	int kind;

	NEED(lost != MAP_FAILED);
	memset(room, 1, 3 * PAGE);
	make(&channel, &session, 1);
	client = fork();
	if (client == 0) {
		curfew_handle_close(channel);
		memset(out, 1, 3 * PAGE);
		for (unsigned i = 0; i < MOVES; i++) {
			struct curfew_call call = words_call(i);
			int vmo = curfew_vmo_create(PAGE, 0);

			call.out = out;
			call.out_length = 3 * PAGE;
			call.handle[0] = (struct curfew_transfer){ (uint32_t)vmo, CURFEW_RIGHT_READ | CURFEW_PASS_MOVE };
			call.pass = 1;
			call.deadline = curfew_now() + i % 100 * 1000;
			CHECK_ERRNO(curfew_send(session, &call), ETIMEDOUT);
			lost[i] = kind_of(vmo) != CURFEW_KIND_VMO;
			curfew_handle_close(vmo);
		}
		_exit(0);
	}
	curfew_handle_close(session);
	while ((kind = curfew_receive(channel, &received, room, 3 * PAGE, 0, CURFEW_FOREVER)) != CURFEW_RECEIVED_CLOSED) {
		if (kind != CURFEW_RECEIVED_CALL)
			continue;
		NEED(received.word[0] < MOVES && received.came == 1);
		got[received.word[0]] = 1;
		CHECK_EQ(sys(SYS_vmo_size, received.handle[0].handle), PAGE);
		CHECK_EQ(sys(SYS_handle_close, received.handle[0].handle), 0);
		if (received.word[0] % 4 == 0) /* some that follow end before they are received */
			sys(SYS_sleep_until, now_ns() + 200000);
	}
	expect_child(client, 0);
	for (int i = 0; i < MOVES; i++) {
		if (lost[i] != got[i])
			check_fail(__FILE__, __LINE__, "message %d: the client has %s it, the server has %s", i,
				   lost[i] ? "lost" : "kept", got[i] ? "got it" : "not");
		moved += got[i];
		kept += !got[i];
	}
	CHECK(kept > 0 && moved > 0);
}

/* The same with a client that is killed: what nobody has is closed. */
TEST(moved_by_one_that_is_killed)
{
	int channel, session;
	unsigned char *out = anonymous(3 * PAGE), *room = anonymous(3 * PAGE);

	memset(out, 1, 3 * PAGE);
	make(&channel, &session, 1);
	for (unsigned i = 0; i < 60; i++) {
		int other = curfew_session_create(channel, 100 + i), kind, closed = 0;
		struct curfew_received received;
		pid_t client = fork(), killer;

		if (client == 0) {
			struct curfew_call call = words_call(i);

			curfew_handle_close(channel);
			call.out = out;
			call.out_length = 3 * PAGE;
			call.handle[0] = (struct curfew_transfer){ (uint32_t)other, CURFEW_RIGHT_SEND | CURFEW_PASS_MOVE };
			call.pass = 1;
			__atomic_store_n(&check_shared->words[0], i + 1, __ATOMIC_RELEASE);
			curfew_send(session, &call);
			_exit(0);
		}
		curfew_handle_close(other);
		killer = fork();
		if (killer == 0) {
			while (__atomic_load_n(&check_shared->words[0], __ATOMIC_ACQUIRE) <= i)
				sys(SYS_yield);
			sys(SYS_sleep_until, now_ns() + i % 30 * 3000);
			kill(client, SIGKILL);
			_exit(0);
		}
		while (!closed) {
			kind = curfew_receive(channel, &received, room, 3 * PAGE, 0, CURFEW_FOREVER);
			NEED(kind >= 0);
			if (kind == CURFEW_RECEIVED_CALL) /* not answered */
				CHECK_EQ(sys(SYS_handle_close, received.handle[0].handle), 0);
			closed = kind == CURFEW_RECEIVED_CLOSED && received.label == 100 + i;
		}
		expect_child(killer, 0);
		expect_child(client, SIGKILL);
		while (poll_channel(channel, &received) == CURFEW_RECEIVED_CANCELLED)
			;
		CHECK_EQ(errno, ETIMEDOUT);
	}
}

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
		call.handle[0].rights |= CURFEW_PASS_MOVE;
		CHECK_ERRNO(curfew_send(session, &call), EMFILE); /* the server's table is full */
		CHECK_EQ(sys(SYS_vmo_size, vmo), PAGE); /* and this one is here still */
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
	answer.handle[0].rights |= CURFEW_PASS_MOVE;
	CHECK_ERRNO(curfew_reply(channel, &answer), ESRCH);
	CHECK_EQ(sys(SYS_vmo_size, vmo), PAGE);
	NEED(receive_words(channel, &received) == CURFEW_RECEIVED_CALL);
	answer.token = received.token;
	CHECK_EQ(curfew_reply(channel, &answer), 0);
	CHECK_EQ(sys(SYS_vmo_size, vmo), -EBADF);
	expect_child(client, 0);
}
