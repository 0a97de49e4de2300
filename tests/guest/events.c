/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events with several waiters: each bit goes to one of those whose mask has it, none to two, and none is lost.
 */
#include "message_util.h"

#define WAITERS 4
#define END     (1u << 31)

static struct {
	int event;
	uint32_t mask[WAITERS];
	int priority[WAITERS];
	uint32_t got[WAITERS];   /* bits of its last wait */
	uint32_t count[WAITERS]; /* waits that returned */
	uint32_t waiting;
} all;

static void *waiter(void *argument)
{
	unsigned i = (unsigned)(uintptr_t)argument;
	uint32_t bits;

	if (all.priority[i])
		sys(SYS_set_priority, 0, all.priority[i]);
	__atomic_add_fetch(&all.waiting, 1, __ATOMIC_ACQ_REL);
	for (;;) {
		NEED(curfew_event_wait(all.event, all.mask[i] | END, CURFEW_FOREVER, &bits) == 0);
		CHECK(bits && !(bits & ~(all.mask[i] | END)));
		if (bits & END) { /* for the next one, too */
			curfew_event_signal(all.event, END);
			return NULL;
		}
		all.got[i] = bits;
		__atomic_add_fetch(&all.count[i], 1, __ATOMIC_ACQ_REL);
	}
}

static uint32_t count(unsigned i)
{
	return __atomic_load_n(&all.count[i], __ATOMIC_ACQUIRE);
}

static uint32_t counts(void)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < WAITERS; i++)
		sum += count(i);
	return sum;
}

static void start(pthread_t *thread)
{
	all.event = curfew_event_create();
	NEED(all.event >= 0);
	for (uintptr_t i = 0; i < WAITERS; i++)
		NEED(pthread_create(&thread[i], NULL, waiter, (void *)i) == 0);
	while (__atomic_load_n(&all.waiting, __ATOMIC_ACQUIRE) < WAITERS)
		sleep_ms(1);
	sleep_ms(2); /* they sleep in the call: what follows holds if they do not, too */
}

static void stop(pthread_t *thread)
{
	uint32_t bits;

	CHECK_EQ(curfew_event_signal(all.event, END), 0);
	for (unsigned i = 0; i < WAITERS; i++)
		pthread_join(thread[i], NULL);
	CHECK_EQ(curfew_event_wait(all.event, ~0u, 0, &bits), 0);
	CHECK_EQ(bits, END); /* all else was taken */
}

/* The same mask: a signal of one bit ends one wait, whoever's. */
TEST(one_bit_for_one)
{
	pthread_t thread[WAITERS];

	for (unsigned i = 0; i < WAITERS; i++)
		all.mask[i] = 1;
	start(thread);
	for (uint32_t n = 1; n <= 200; n++) {
		CHECK_EQ(curfew_event_signal(all.event, 1), 0);
		while (counts() < n)
			sys(SYS_yield);
		CHECK_EQ(counts(), n);
	}
	stop(thread);
	CHECK_EQ(counts(), 200);
}

/* Masks apart: each gets its own bits, all of one signal at once. */
TEST(each_its_own)
{
	pthread_t thread[WAITERS];

	for (unsigned i = 0; i < WAITERS; i++)
		all.mask[i] = 0x11u << i;
	start(thread);
	for (uint32_t n = 1; n <= 50; n++) {
		CHECK_EQ(curfew_event_signal(all.event, 0x33), 0);
		while (count(0) < n || count(1) < n)
			sys(SYS_yield);
		CHECK_EQ(all.got[0], 0x11);
		CHECK_EQ(all.got[1], 0x22);
		CHECK_EQ(count(2) + count(3), 0);
	}
	CHECK_EQ(curfew_event_signal(all.event, 0xcc), 0);
	while (count(2) < 1 || count(3) < 1)
		sys(SYS_yield);
	CHECK_EQ(all.got[2], 0x44);
	CHECK_EQ(all.got[3], 0x88);
	stop(thread);
	CHECK_EQ(counts(), 102);
}

/* On one CPU the one of the highest priority runs first, and takes what it waits for; the others sleep on. */
TEST(best_takes_it)
{
	pthread_t thread[WAITERS];

	sys(SYS_set_affinity, 0, 1);
	sys(SYS_set_priority, 0, 25);
	for (unsigned i = 0; i < WAITERS; i++) {
		all.mask[i] = i == 3 ? 2 : 1 | 2;
		all.priority[i] = (int)(17 + i);
	}
	start(thread);
	let_others_sleep();
	for (uint32_t n = 1; n <= 20; n++) {
		CHECK_EQ(curfew_event_signal(all.event, 1), 0);
		let_others_sleep(); /* all wait again */
		CHECK_EQ(counts(), 3 * n - 2);
		CHECK_EQ(count(2), 2 * n - 1); /* the best of those that wait for it */
		CHECK_EQ(curfew_event_signal(all.event, 3), 0);
		let_others_sleep();
		CHECK_EQ(counts(), 3 * n);
		CHECK_EQ(count(3), n); /* this bit for the best, and the other for the next */
		CHECK_EQ(count(2), 2 * n);
		CHECK_EQ(all.got[3], 2);
		CHECK_EQ(all.got[2], 1);
	}
	stop(thread);
	CHECK_EQ(count(0) + count(1), 0);
}

/* Bound to a channel in which a server waits: it gets them all, and waiters only what comes when none does. */
static struct {
	int channel;
	uint32_t bits, events;
} server;

static void *serve(void *argument)
{
	struct curfew_received received;

	while (curfew_receive(server.channel, &received, NULL, 0, 0, CURFEW_FOREVER) == CURFEW_RECEIVED_EVENT) {
		CHECK_EQ(received.label, 5);
		__atomic_or_fetch(&server.bits, (uint32_t)received.word[0], __ATOMIC_ACQ_REL);
		if (__atomic_add_fetch(&server.events, 1, __ATOMIC_ACQ_REL) == 20)
			break;
	}
	return argument;
}

TEST(channel_before_waiters)
{
	pthread_t thread[WAITERS], other;
	int session;

	make(&server.channel, &session, 1);
	for (unsigned i = 0; i < WAITERS; i++)
		all.mask[i] = 0xff;
	start(thread);
	CHECK_EQ(curfew_event_bind(all.event, server.channel, 5), 0);
	sys(SYS_set_affinity, 0, 1); /* and the server's: it waits again before the next signal */
	NEED(pthread_create(&other, NULL, serve, NULL) == 0);
	for (uint32_t n = 1; n <= 20; n++) {
		let_others_sleep();
		CHECK_EQ(__atomic_load_n(&server.events, __ATOMIC_ACQUIRE), n - 1);
		CHECK_EQ(curfew_event_signal(all.event, n), 0);
	}
	pthread_join(other, NULL);
	CHECK_EQ(server.bits, 31);
	CHECK_EQ(counts(), 0);
	CHECK_EQ(curfew_event_bind(all.event, -1, 0), 0);
	CHECK_EQ(curfew_event_signal(all.event, 0x40), 0); /* without it they wait as before */
	while (counts() < 1)
		sys(SYS_yield);
	stop(thread);
	CHECK_EQ(counts(), 1);
}

/* A waiter that is killed or late takes nothing along. */
TEST(bits_stay_without_waiters)
{
	int event = curfew_event_create();
	uint32_t bits = 0;
	pid_t child;

	for (unsigned i = 0; i < 50; i++) {
		CHECK_ERRNO(curfew_event_wait(event, 1, now_ns() + i * 1000, &bits), ETIMEDOUT);
		child = fork();
		if (child == 0) {
			__atomic_store_n(&check_shared->words[0], i + 1, __ATOMIC_RELEASE);
			curfew_event_wait(event, 1, CURFEW_FOREVER, &bits);
			_exit(0);
		}
		while (__atomic_load_n(&check_shared->words[0], __ATOMIC_ACQUIRE) <= i)
			sys(SYS_yield);
		kill(child, SIGKILL);
		expect_child(child, SIGKILL);
		CHECK_EQ(curfew_event_signal(event, 1), 0);
		CHECK_EQ(curfew_event_wait(event, ~0u, 0, &bits), 0);
		CHECK_EQ(bits, 1);
	}
}
