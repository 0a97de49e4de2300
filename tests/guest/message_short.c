/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The short ways of messages, events and interrupts: from a process with one thread straight to another that waits.  What they do
 * must be what the long ways do, so these tests mix the two: bytes of all lengths at all places, memory that is shared
 * copy-on-write or may not be written, events while the server is busy, and an interrupt's every step.
 */
#include "message_util.h"

#define ROOM (3 * PAGE)

static uint32_t draw(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static unsigned char pattern(size_t at, uint32_t round)
{
	return (unsigned char)(at * 7 + round * 13 + (at >> 8));
}

static void fill(unsigned char *p, size_t n, uint32_t round)
{
	for (size_t i = 0; i < n; i++)
		p[i] = pattern(i, round);
}

static bool is_filled(const unsigned char *p, size_t n, uint32_t round)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != pattern(i, round))
			return false;
	return true;
}

static bool is_all(const unsigned char *p, const unsigned char *end, unsigned char byte)
{
	while (p < end)
		if (*p++ != byte)
			return false;
	return true;
}

/* The client's words are the round, and how many bytes it wants back. */
static _Noreturn void echo_server(int channel)
{
	unsigned char *room = anonymous(ROOM), *out = anonymous(ROOM);
	struct curfew_received received;
	uint32_t state = 99;
	size_t place = 0, size = ROOM;
	int kind = curfew_receive(channel, &received, memset(room, 0xee, ROOM), size, 0, CURFEW_FOREVER);

	while (kind == CURFEW_RECEIVED_CALL) {
		struct curfew_answer answer = words_answer(received.token, received.word[0]);
		size_t n = received.out_length < size ? received.out_length : size, at = draw(&state) % PAGE;

		CHECK_EQ(received.copied, n);
		CHECK(is_filled(room + place, n, (uint32_t)received.word[0]));
		CHECK(is_all(room, room + place, 0xee) && is_all(room + place + n, room + ROOM, 0xee));
		answer.out = out + at;
		answer.out_length = received.word[1];
		fill(out + at, answer.out_length, (uint32_t)received.word[0] + 1);
		if (draw(&state) % 16 == 0) { /* what was received is shared, or fresh, when the next comes */
			munmap(room, ROOM);
			room = anonymous(ROOM);
		}
		place = draw(&state) % PAGE;
		size = draw(&state) % 4 ? ROOM - place : draw(&state) % 600;
		memset(room, 0xee, ROOM);
		kind = curfew_reply_receive(channel, &answer, &received, room + place, size, 0, CURFEW_FOREVER);
	}
	CHECK_EQ(kind, CURFEW_RECEIVED_CLOSED);
	_exit(0);
}

static void send_one(int session, unsigned char *out, unsigned char *in, uint32_t round, size_t length, size_t wanted,
		     size_t size, uint32_t *state)
{
	struct curfew_call call = words_call(round);
	size_t to = draw(state) % PAGE, from = draw(state) % PAGE, n = wanted < size ? wanted : size;

	call.word[1] = wanted;
	fill(out + from, length, round);
	memset(in, 0xdd, ROOM);
	call.out = out + from;
	call.out_length = length;
	call.in = in + to;
	call.in_size = size;
	CHECK_EQ(curfew_send(session, &call), 0);
	CHECK_EQ(call.in_length, n);
	CHECK(words_are(call.word, round));
	CHECK(is_filled(in + to, n, round + 1));
	CHECK(is_all(in, in + to, 0xdd) && is_all(in + to + n, in + ROOM, 0xdd));
}

TEST(bytes_of_all_lengths)
{
	unsigned char *out = anonymous(ROOM), *in = anonymous(ROOM);
	int channel, session;
	uint32_t state = 1;
	pid_t server;

	make(&channel, &session, 1);
	server = fork();
	if (server == 0) {
		curfew_handle_close(session);
		echo_server(channel);
	}
	curfew_handle_close(channel);
	for (uint32_t i = 0; i < 300; i++)
		send_one(session, out, in, i, i, i, i, &state);
	for (uint32_t i = 0; i < 600; i++)
		send_one(session, out, in, i, draw(&state) % 4300, draw(&state) % 4300, draw(&state) % 4300, &state);
	for (uint32_t i = 4090; i < 4100; i++)
		send_one(session, out, in, i, i, i, i, &state);
	curfew_handle_close(session);
	expect_child(server, 0);
}

/* --- two answers in a row --- */

enum { WAIT = 1, GIVE };

/* A call WAIT is answered when a GIVE comes, with its bytes and its word 1; then the GIVE with 1, or 0: nobody got them. */
static _Noreturn void matching_server(int channel)
{
	unsigned char *room = anonymous(ROOM);
	struct curfew_received received;
	uint64_t waiting = 0;
	int kind = curfew_receive(channel, &received, room, ROOM, 0, CURFEW_FOREVER);

	while (kind == CURFEW_RECEIVED_CALL) {
		struct curfew_answer answer = words_answer(waiting, received.word[1]), last = words_answer(received.token, 0);

		if (received.word[0] == WAIT) {
			waiting = received.token;
			kind = curfew_receive(channel, &received, room, ROOM, 0, CURFEW_FOREVER);
			continue;
		}
		answer.out = room;
		answer.out_length = received.copied;
		last.word[0] = waiting && curfew_reply(channel, &answer) == 0;
		waiting = 0;
		kind = curfew_reply_receive(channel, &last, &received, room, ROOM, 0, CURFEW_FOREVER);
	}
	CHECK_EQ(kind, CURFEW_RECEIVED_CLOSED);
	_exit(0);
}

static size_t length_of(uint32_t round)
{
	return 1 + round * 37 % 4300;
}

/* Waits for each round's bytes; every few rounds first with a buffer that cannot be written: those bytes are not lost. */
static _Noreturn void waiter(int session, uint32_t rounds)
{
	unsigned char *in = anonymous(ROOM), *bad = mmap(NULL, ROOM, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint32_t state = 5;

	for (uint32_t i = 0; i < rounds; i++) {
		struct curfew_call call = words_call(WAIT);
		size_t at = draw(&state) % PAGE;

		call.in = bad;
		call.in_size = ROOM;
		if (i % 8 == 7)
			CHECK_ERRNO(curfew_send(session, &call), EFAULT);
		call = words_call(WAIT);
		call.in = in + at;
		call.in_size = ROOM - at;
		memset(in, 0xdd, ROOM);
		CHECK_EQ(curfew_send(session, &call), 0);
		CHECK(words_are(call.word, i));
		CHECK_EQ(call.in_length, length_of(i));
		CHECK(is_filled(in + at, length_of(i), i));
		CHECK(is_all(in, in + at, 0xdd) && is_all(in + at + length_of(i), in + ROOM, 0xdd));
	}
	_exit(0);
}

/* The one that waits is answered first, then the one that came last, whose answer still goes the short way. */
TEST(two_answers_in_a_row)
{
	const uint32_t rounds = 150; /* all lengths */
	unsigned char *out = anonymous(ROOM);
	int channel, session;
	pid_t server, client;

	make(&channel, &session, 1);
	server = fork();
	if (server == 0) {
		curfew_handle_close(session);
		matching_server(channel);
	}
	curfew_handle_close(channel);
	client = fork();
	if (client == 0)
		waiter(session, rounds);
	for (uint32_t i = 0; i < rounds;) {
		struct curfew_call call = words_call(GIVE);

		fill(out, length_of(i), i);
		call.word[1] = i;
		call.out = out;
		call.out_length = length_of(i);
		NEED(curfew_send(session, &call) == 0);
		if (call.word[0])
			i++;
		else
			sys(SYS_yield);
	}
	expect_child(client, 0);
	curfew_handle_close(session);
	expect_child(server, 0);
}

/* A buffer that a child shares copy-on-write: the child goes on seeing what was there. */
static void share(unsigned char *in, uint32_t *go, pid_t *child)
{
	memset(in, 0x11, PAGE);
	*child = fork();
	if (*child == 0) {
		while (!__atomic_load_n(go, __ATOMIC_ACQUIRE))
			sys(SYS_yield);
		CHECK(is_all(in, in + PAGE, 0x11));
		_exit(0);
	}
}

/* Answers as many bytes of 0x22 as there is room for, into a buffer that is shared each time. */
static _Noreturn void sharing_server(int channel, uint32_t *go)
{
	unsigned char *room = anonymous(PAGE), *out = memset(anonymous(PAGE), 0x22, PAGE);
	struct curfew_received received;
	pid_t child;
	int kind;

	share(room, go, &child);
	kind = curfew_receive(channel, &received, room, PAGE, 0, CURFEW_FOREVER);
	while (kind == CURFEW_RECEIVED_CALL) {
		struct curfew_answer answer = words_answer(received.token, 0);

		CHECK(is_all(room, room + received.copied, 0x33));
		__atomic_store_n(go, 1, __ATOMIC_RELEASE);
		expect_child(child, 0);
		__atomic_store_n(go, 0, __ATOMIC_RELEASE);
		share(room, go, &child);
		answer.out = out;
		answer.out_length = received.in_size;
		kind = curfew_reply_receive(channel, &answer, &received, room, PAGE, 0, CURFEW_FOREVER);
		if (kind == -1 && errno == ESRCH) /* its client's room was bad */
			kind = curfew_receive(channel, &received, room, PAGE, 0, CURFEW_FOREVER);
	}
	__atomic_store_n(go, 1, __ATOMIC_RELEASE);
	expect_child(child, 0);
	_exit(0);
}

TEST(copies_what_is_shared)
{
	unsigned char *out = memset(anonymous(PAGE), 0x33, PAGE), *in = anonymous(PAGE);
	uint32_t *go = check_shared->words;
	struct curfew_call call;
	int channel, session;
	pid_t server, child;

	make(&channel, &session, 1);
	server = fork();
	if (server == 0) {
		curfew_handle_close(session);
		sharing_server(channel, &go[0]);
	}
	curfew_handle_close(channel);
	for (int i = 0; i < 20; i++) {
		__atomic_store_n(&go[1], 0, __ATOMIC_RELEASE);
		share(in, &go[1], &child);
		call = words_call(0);
		call.out = out;
		call.out_length = PAGE;
		call.in = in;
		call.in_size = PAGE;
		CHECK_EQ(curfew_send(session, &call), 0);
		CHECK(is_all(in, in + PAGE, 0x22));
		__atomic_store_n(&go[1], 1, __ATOMIC_RELEASE);
		expect_child(child, 0);
	}
	/* What may not be written, or is not there, is an error; and the server goes on. */
	CHECK_EQ(mprotect(in, PAGE, PROT_READ), 0);
	call = words_call(0);
	call.in = in;
	call.in_size = PAGE;
	CHECK_ERRNO(curfew_send(session, &call), EFAULT);
	call = words_call(0);
	call.out = (void *)16;
	call.out_length = 100;
	CHECK_ERRNO(curfew_send(session, &call), EFAULT);
	call = words_call(0);
	call.out = (void *)-8ul;
	call.out_length = 100;
	CHECK_ERRNO(curfew_send(session, &call), EFAULT);
	call = words_call(0);
	call.out = out;
	call.out_length = 8;
	CHECK_EQ(curfew_send(session, &call), 0);
	CHECK(is_all(in, in + PAGE, 0x22));
	curfew_handle_close(session);
	expect_child(server, 0);
}

/* --- events --- */

static void on_this_cpu(int priority)
{
	CHECK_EQ(curfew_set_affinity(0, 1), 0);
	CHECK(curfew_set_priority(0, priority) >= 0);
}

/* Counts in words[0] how often it was told, and in words[1] which bits. */
static _Noreturn void counting_server(int channel, int event, int priority)
{
	uint32_t *words = check_shared->words;
	struct curfew_received received;

	on_this_cpu(priority);
	CHECK_EQ(curfew_event_bind(event, channel, 42), 0);
	__atomic_store_n(&words[2], 1, __ATOMIC_RELEASE);
	for (;;) {
		memset(&received, 0xff, sizeof(received));
		NEED(receive_words(channel, &received) == CURFEW_RECEIVED_EVENT);
		CHECK_EQ(received.label, 42);
		for (int i = 1; i < CURFEW_MESSAGE_WORDS; i++)
			CHECK_EQ(received.word[i], 0);
		__atomic_fetch_add(&words[0], 1, __ATOMIC_ACQ_REL);
		__atomic_fetch_or(&words[1], (uint32_t)received.word[0], __ATOMIC_ACQ_REL);
		if (received.word[0] & 1u << 31)
			_exit(0);
	}
}

/* On one CPU who has the higher priority is told before the signal returns, who has not when it gets to run. */
static void signals(int priority)
{
	int channel, session, event = curfew_event_create();
	uint32_t *words = check_shared->words;
	pid_t server;

	memset(words, 0, 3 * sizeof(words[0]));
	make(&channel, &session, 1);
	on_this_cpu(16);
	server = fork();
	if (server == 0)
		counting_server(channel, event, priority);
	while (!__atomic_load_n(&words[2], __ATOMIC_ACQUIRE))
		sys(SYS_sleep_until, curfew_now() + 100000);
	sys(SYS_sleep_until, curfew_now() + 100000); /* it was the better one, or nobody else ran: it waits */
	for (uint32_t i = 0; i < 100; i++) {
		uint32_t bit = 1u << i % 31;

		__atomic_store_n(&words[1], 0, __ATOMIC_RELEASE);
		CHECK_EQ(curfew_event_signal(event, bit), 0);
		if (priority > 16) {
			CHECK_EQ(words[0], i + 1);
			CHECK_EQ(words[1], bit);
		}
	}
	CHECK_EQ(curfew_event_signal(event, 1u << 31), 0);
	expect_child(server, 0);
	CHECK(words[0] > 0 && words[0] <= 101);
}

TEST(signal_to_the_better) { signals(20); }
TEST(signal_to_an_equal) { signals(16); }
TEST(signal_to_the_worse) { signals(10); }

/* Threads and processes that signal, call and are preempted on one CPU: each wakes as often as it is due. */
static void *signaller(void *argument)
{
	int event = (int)(long)argument;

	for (uint32_t i = 0; i < 2000; i++) {
		CHECK_EQ(curfew_event_signal(event, 1u << i % 30), 0);
		if (i % 64 == 0)
			sys(SYS_yield);
	}
	return NULL;
}

TEST(many_signal_on_one_cpu)
{
	int channel, session, event = curfew_event_create();
	uint32_t *words = check_shared->words;
	pthread_t threads[3];
	pid_t server;

	make(&channel, &session, 1);
	on_this_cpu(16);
	server = fork();
	if (server == 0)
		counting_server(channel, event, 17);
	for (int i = 0; i < 3; i++)
		NEED(pthread_create(&threads[i], NULL, signaller, (void *)(long)event) == 0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(curfew_event_signal(event, 1u << 31), 0);
	expect_child(server, 0);
	CHECK_EQ(words[1], 0xbfffffff);
	CHECK(words[0] > 1);
}

/* --- the clock's interrupt --- */

enum { DATA = 0, MATCH = 1, MASK = 4, RAW = 5, CLEAR = 7 }; /* PL031 (Arm DDI 0224), registers in words */

static volatile uint32_t *map_clock(void)
{
	long at = sys(SYS_mmap, 0, PAGE, CURFEW_PROT_READ | CURFEW_PROT_WRITE, CURFEW_MAP_SHARED, CURFEW_HANDLE_CLOCK, 0);
	volatile uint32_t *clock = (volatile uint32_t *)at;

	NEED(at > 0);
	clock[MASK] = 0;
	clock[CLEAR] = 1;
	return clock;
}

/* The alarm has come; whether it is told is MASK's business. */
static void raise_alarm(volatile uint32_t *clock)
{
	while (!(clock[RAW] & 1))
		clock[MATCH] = clock[DATA];
}

TEST(interrupt_step_by_step)
{
	volatile uint32_t *clock = map_clock();
	int event = curfew_event_create();
	uint32_t bits = 0;

	CHECK_EQ(curfew_irq_bind(CURFEW_HANDLE_CLOCK_IRQ, event, 6), 0);
	CHECK_EQ(curfew_irq_ack(CURFEW_HANDLE_CLOCK_IRQ), 0);
	CHECK_ERRNO(curfew_event_wait(event, ~0u, in_ms(1), &bits), ETIMEDOUT);
	raise_alarm(clock);
	CHECK_ERRNO(curfew_event_wait(event, ~0u, in_ms(1), &bits), ETIMEDOUT);
	clock[MASK] = 1;
	CHECK_EQ(curfew_event_wait(event, ~0u, CURFEW_FOREVER, &bits), 0);
	CHECK_EQ(bits, 6);
	/* The line is still up, and masked; acknowledged, it comes again. */
	CHECK_ERRNO(curfew_event_wait(event, ~0u, in_ms(1), &bits), ETIMEDOUT);
	CHECK_EQ(curfew_irq_ack(CURFEW_HANDLE_CLOCK_IRQ), 0);
	CHECK_EQ(curfew_event_wait(event, ~0u, CURFEW_FOREVER, &bits), 0);
	CHECK_EQ(bits, 6);
	clock[CLEAR] = 1;
	CHECK_EQ(curfew_irq_ack(CURFEW_HANDLE_CLOCK_IRQ), 0);
	CHECK_ERRNO(curfew_event_wait(event, ~0u, in_ms(1), &bits), ETIMEDOUT);
	/* To none: it is not told, and not kept for the next. */
	CHECK_EQ(curfew_irq_bind(CURFEW_HANDLE_CLOCK_IRQ, -1, 0), 0);
	raise_alarm(clock);
	CHECK_ERRNO(curfew_event_wait(event, ~0u, in_ms(1), &bits), ETIMEDOUT);
	clock[MASK] = 0;
	clock[CLEAR] = 1;
}

/* Bound to none it stays masked, however often it is acknowledged while its line asks. */
TEST(interrupt_of_nobody)
{
	volatile uint32_t *clock = map_clock();
	long long before;

	raise_alarm(clock);
	clock[MASK] = 1;
	for (int was_bound = 0; was_bound < 2; was_bound++) {
		before = check_counter("irq.count", 0);
		for (int i = 0; i < 2000; i++)
			CHECK_EQ(curfew_irq_ack(CURFEW_HANDLE_CLOCK_IRQ), 0);
		CHECK(check_counter("irq.count", 0) - before < 1000); /* those of timers, and between CPUs */
		CHECK_EQ(curfew_irq_bind(CURFEW_HANDLE_CLOCK_IRQ, curfew_event_create(), 1), 0);
		CHECK_EQ(curfew_irq_bind(CURFEW_HANDLE_CLOCK_IRQ, -1, 0), 0);
	}
	clock[MASK] = 0;
	clock[CLEAR] = 1;
}

/* The driver, of another priority, is told of every alarm; on its CPU and on others. */
static void drives(int priority, uint64_t cpus)
{
	uint32_t *words = check_shared->words;
	volatile uint32_t *clock = map_clock();
	int channel, session, event = curfew_event_create();
	struct curfew_received received;
	pid_t driver;

	memset(words, 0, 2 * sizeof(words[0]));
	make(&channel, &session, 1);
	driver = fork();
	if (driver == 0) {
		if (cpus)
			curfew_set_affinity(0, cpus);
		CHECK(curfew_set_priority(0, priority) >= 0);
		CHECK_EQ(curfew_event_bind(event, channel, 7), 0);
		CHECK_EQ(curfew_irq_bind(CURFEW_HANDLE_CLOCK_IRQ, event, 1), 0);
		__atomic_store_n(&words[1], 1, __ATOMIC_RELEASE);
		for (uint32_t i = 1; i <= 200; i++) {
			NEED(receive_words(channel, &received) == CURFEW_RECEIVED_EVENT);
			CHECK_EQ(received.label, 7);
			CHECK_EQ(received.word[0], 1);
			clock[MASK] = 0;
			CHECK_EQ(curfew_irq_ack(CURFEW_HANDLE_CLOCK_IRQ), 0);
			__atomic_store_n(&words[0], i, __ATOMIC_RELEASE);
		}
		_exit(0);
	}
	if (cpus)
		curfew_set_affinity(0, cpus);
	raise_alarm(clock);
	while (!__atomic_load_n(&words[1], __ATOMIC_ACQUIRE))
		sys(SYS_yield);
	for (uint32_t i = 1; i <= 200; i++) {
		clock[MASK] = 1;
		while (__atomic_load_n(&words[0], __ATOMIC_ACQUIRE) < i)
			sys(SYS_yield);
	}
	expect_child(driver, 0);
	clock[CLEAR] = 1;
	CHECK_EQ(curfew_irq_bind(CURFEW_HANDLE_CLOCK_IRQ, -1, 0), 0);
}

TEST(better_driver) { drives(20, 1); }
TEST(equal_driver) { drives(16, 1); }
TEST(driver_anywhere) { drives(20, 0); }
