/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages: every way in which one of the two ends first, or something stands between them; and whose priority counts.
 */
#include <sched.h>
#include "message_util.h"

#define LARGE (16u << 20)

/* --- deadlines --- */

TEST(deadline_in_the_past)
{
	int channel, session;
	struct curfew_received received;
	struct curfew_call call = words_call(1);

	make(&channel, &session, 1);
	for (int i = 0; i < 100; i++) {
		call.deadline = (uint64_t)i;
		CHECK_ERRNO(curfew_send(session, &call), ETIMEDOUT);
		CHECK_ERRNO(poll_channel(channel, &received), ETIMEDOUT);
	}
}

/* With deadlines about as long as a call takes, each call ends once: answered, or late and the server can tell. */
TEST(deadlines_of_any_moment)
{
	int channel, session;
	struct curfew_received received;
	struct client client = { 0 };
	unsigned answered = 0, late = 0;

	make(&channel, &session, 1);
	for (unsigned i = 0; i < 300; i++) {
		struct curfew_call call = words_call(i);
		int kind, error;

		call.deadline = curfew_now() + i * 2000;
		client_start(&client, session, call);
		kind = curfew_receive(channel, &received, NULL, 0, 0, call.deadline + 1000000);
		if (kind == CURFEW_RECEIVED_CALL) {
			kind = answer_words(channel, received.token, 500);
			error = client_end(&client);
			CHECK(error == 0 || error == ETIMEDOUT);
			CHECK_EQ(kind, error ? -1 : 0);
			CHECK(error || words_are(client.call.word, 500));
		} else {
			error = client_end(&client);
			CHECK_EQ(error, ETIMEDOUT);
		}
		answered += !error;
		late += error != 0;
		while ((kind = poll_channel(channel, &received)) >= 0)
			CHECK_EQ(kind, CURFEW_RECEIVED_CANCELLED);
	}
	CHECK_EQ(answered + late, 300);
}

static void compute_until(uint64_t end)
{
	while (now_ns() < end)
		;
}

/* A client does not wait for bytes that nobody wants any more: the copy ends when the client, whose deadline is over, has run.  With
 * one CPU that is when the server's slice ends: so the server computes for one more millisecond of its slice each time. */
TEST(deadline_ends_a_long_copy)
{
	int channel, session;
	struct curfew_received received;
	struct client client = { 0 };
	struct curfew_call call = words_call(1);
	unsigned char *source = anonymous(LARGE), *room = anonymous(LARGE);
	bool ended_early = false;
	uint64_t takes = 0, begin; /* ns of a whole copy */

	memset(source, 0x5a, LARGE);
	make(&channel, &session, 1);
	for (int i = 0; i < 100 && !ended_early; i++) {
		call = words_call(1);
		call.in = room;
		call.in_size = LARGE;
		room[0] = room[LARGE - 1] = 0;
		begin = now_ns() + (unsigned)i % 10 * 1000000;
		call.deadline = takes ? begin + takes * (unsigned)(i / 10 % 4 + 1) / 8 : CURFEW_FOREVER;
		client_start(&client, session, call);
		if (curfew_receive(channel, &received, NULL, 0, 0, takes ? call.deadline + 1000000 : CURFEW_FOREVER) == CURFEW_RECEIVED_CALL) {
			ssize_t n;

			compute_until(begin);
			begin = now_ns();
			n = curfew_message_write(channel, received.token, 0, source, LARGE);
			begin = now_ns() - begin;
			takes = n == LARGE && (!takes || begin < takes) ? begin : takes; /* the shortest: another may have been kept waiting */
			CHECK(n == LARGE || (n == -1 && errno == ESRCH));
			ended_early = n == -1 && room[0] == 0x5a && room[LARGE - 1] == 0;
			if (n >= 0)
				answer_words(channel, received.token, 1);
		}
		client_end(&client);
		while (poll_channel(channel, &received) >= 0)
			;
	}
	CHECK(ended_early);
}

/* --- clients that go --- */

TEST(killed_in_a_long_copy)
{
	int channel, session;
	struct curfew_received received;
	unsigned char *source = anonymous(LARGE);
	int waker;

	make(&channel, &session, 1);
	waker = curfew_session_create(channel, 2);
	for (int i = 0; i < 5; i++) {
		pid_t client = fork(), killer;

		if (client == 0) {
			struct curfew_call call = words_call(1);

			call.in = anonymous(LARGE);
			call.in_size = LARGE;
			curfew_send(session, &call);
			_exit(0);
		}
		NEED(receive_words(channel, &received) == CURFEW_RECEIVED_CALL);
		killer = fork();
		if (killer == 0) {
			sleep_ms((unsigned)i);
			kill(client, SIGKILL);
			_exit(0);
		}
		if (curfew_message_write(channel, received.token, 0, source, LARGE) == -1)
			CHECK_EQ(errno, ESRCH);
		expect_child(killer, 0);
		expect_child(client, SIGKILL);
		CHECK_ERRNO(answer_words(channel, received.token, 1), ESRCH);
		CHECK_EQ(receive_words(channel, &received), CURFEW_RECEIVED_CANCELLED);
		CHECK_EQ(received.label, 1);
	}
	curfew_handle_close(waker);
	CHECK_EQ(receive_words(channel, &received), CURFEW_RECEIVED_CLOSED);
	CHECK_EQ(received.label, 2);
}

/* exec ends the calls of the other threads. */
int other_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 7;
}

TEST(exec_ends_calls)
{
	int channel, session;
	struct curfew_received received;
	pid_t pid;

	make(&channel, &session, 4);
	pid = fork();
	if (pid == 0) {
		struct client client = { 0 };
		char *args[] = { (char *)"message_end", (char *)"@exec", NULL };

		client_start(&client, session, words_call(1));
		while (sys(SYS_vmo_size, session) != -EPERM)
			;
		sleep_ms(5);
		execv("/bin/message_end", args);
		_exit(1);
	}
	CHECK_EQ(receive_words(channel, &received), CURFEW_RECEIVED_CALL);
	CHECK_EQ(receive_words(channel, &received), CURFEW_RECEIVED_CANCELLED);
	expect_child(pid, 7 << 8);
}

/* Only the last handle of all processes counts, and one that is on its way does, too. */
TEST(closed_after_the_last_handle)
{
	int channel, session;
	struct curfew_received received;
	struct curfew_call call = words_call(1);
	int own[3];
	pid_t child[3];

	make(&channel, &session, 11);
	for (int i = 0; i < 3; i++) {
		child[i] = fork();
		if (child[i] == 0) {
			curfew_handle_close(channel);
			call.handle[0] = (struct curfew_transfer){ (uint32_t)session, CURFEW_RIGHT_ALL | CURFEW_PASS_MOVE };
			call.pass = 1;
			CHECK_EQ(curfew_send(session, &call), 0);
			_exit(0);
		}
	}
	curfew_handle_close(session);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(receive_words(channel, &received), CURFEW_RECEIVED_CALL);
		CHECK_EQ(received.came, 1);
		CHECK_EQ(answer_words(channel, received.token, 1), 0);
		own[i] = (int)received.handle[0].handle;
	}
	for (int i = 0; i < 3; i++) {
		expect_child(child[i], 0);
		CHECK_ERRNO(poll_channel(channel, &received), ETIMEDOUT);
	}
	for (int i = 0; i < 3; i++) {
		CHECK_ERRNO(poll_channel(channel, &received), ETIMEDOUT);
		curfew_handle_close(own[i]);
	}
	CHECK_EQ(poll_channel(channel, &received), CURFEW_RECEIVED_CLOSED);
	CHECK_EQ(received.label, 11);
	CHECK_ERRNO(poll_channel(channel, &received), ETIMEDOUT);
}

/* --- servers that go --- */

TEST(sessions_outlive_channels)
{
	int channel, session, late;
	struct curfew_call call = words_call(1);
	struct curfew_received received;
	struct client queued[3] = { { 0 } }, taken = { 0 };

	make(&channel, &session, 11);
	client_start(&taken, session, words_call(1));
	CHECK_EQ(receive_words(channel, &received), CURFEW_RECEIVED_CALL);
	for (int i = 0; i < 3; i++)
		client_start(&queued[i], session, words_call(1));
	late = (int)sys(SYS_handle_dup, channel, CURFEW_RIGHT_MANAGE);
	sleep_ms(2);
	curfew_handle_close(channel);
	CHECK_EQ(client_end(&taken), ECONNRESET);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(client_end(&queued[i]), ECONNRESET);
	CHECK_ERRNO(curfew_send(session, &call), ECONNRESET);
	CHECK_ERRNO(curfew_session_create(late, 5), ECONNRESET);
	CHECK_ERRNO(receive_words(late, &received), EPERM);
}

/* The channel moves to another process, in a message of another channel: calls go on there. */
TEST(channel_moves)
{
	int channel, session, other, other_session;
	struct curfew_call call = words_call(1), ask = words_call(2);
	struct curfew_received received;
	pid_t server;

	make(&channel, &session, 11);
	make(&other, &other_session, 12);
	server = fork();
	if (server == 0) {
		curfew_handle_close(channel);
		curfew_handle_close(session);
		curfew_handle_close(other_session);
		NEED(receive_words(other, &received) == CURFEW_RECEIVED_CALL);
		NEED(received.came == 1);
		channel = (int)received.handle[0].handle;
		NEED(answer_words(other, received.token, 1) == 0);
		NEED(receive_words(channel, &received) == CURFEW_RECEIVED_CALL);
		NEED(answer_words(channel, received.token, 700) == 0);
		CHECK_EQ(receive_words(channel, &received), CURFEW_RECEIVED_CLOSED);
		_exit(0);
	}
	curfew_handle_close(other);
	call.handle[0] = (struct curfew_transfer){ (uint32_t)channel, CURFEW_RIGHT_ALL | CURFEW_PASS_MOVE };
	call.pass = 1;
	CHECK_EQ(curfew_send(other_session, &call), 0);
	CHECK_ERRNO(receive_words(channel, &received), EBADF);
	CHECK_EQ(curfew_send(session, &ask), 0);
	CHECK(words_are(ask.word, 700));
	curfew_handle_close(session);
	expect_child(server, 0);
}

/* A channel that waits in its own queue: nobody can receive it, a kill or a deadline gets the client out, and nothing stays. */
TEST(channel_in_its_own_queue)
{
	int channel, session;
	struct curfew_call call = words_call(1);

	make(&channel, &session, 11);
	call.handle[0] = (struct curfew_transfer){ (uint32_t)channel, CURFEW_RIGHT_ALL };
	call.handle[1] = (struct curfew_transfer){ (uint32_t)session, CURFEW_RIGHT_ALL };
	call.pass = 2;
	if (fork() == 0) {
		call.deadline = in_ms(5);
		curfew_send(session, &call);
		_exit(0);
	}
	curfew_handle_close(channel);
	call.pass = 0;
	CHECK_ERRNO(curfew_send(session, &call), ECONNRESET);
	wait(NULL);
}

/* A thread that holds a token goes; another of its process answers. */
static void *takes_and_goes(void *argument)
{
	int *channel = argument;
	struct curfew_received received;

	NEED(receive_words(*channel, &received) == CURFEW_RECEIVED_CALL);
	return (void *)received.token;
}

TEST(another_thread_answers)
{
	int channel, session;
	struct client client = { 0 };
	pthread_t server;
	void *token;

	make(&channel, &session, 1);
	client_start(&client, session, words_call(1));
	NEED(pthread_create(&server, NULL, takes_and_goes, &channel) == 0);
	pthread_join(server, &token);
	CHECK_EQ(answer_words(channel, (uint64_t)token, 33), 0);
	CHECK_EQ(client_end(&client), 0);
	CHECK(words_are(client.call.word, 33));
	CHECK_ERRNO(answer_words(channel, (uint64_t)token, 33), ESRCH);
}

/* A server that was woken for a call, and killed before it ran: the call is for the other one that waits. */
TEST(killed_as_it_is_woken)
{
	int channel, session;

	make(&channel, &session, 1);
	for (int i = 0; i < 96; i++) {
		struct curfew_call call = words_call(1);
		struct curfew_received received;
		pid_t server[2], client;

		for (int k = 0; k < 2; k++) {
			server[k] = fork();
			if (server[k] == 0) {
				__atomic_add_fetch(&check_shared->words[k], 1, __ATOMIC_RELEASE);
				NEED(receive_words(channel, &received) == CURFEW_RECEIVED_CALL);
				answer_words(channel, received.token, 5);
				_exit(0);
			}
		}
		while (__atomic_load_n(&check_shared->words[0], __ATOMIC_ACQUIRE) <= (unsigned)i ||
		       __atomic_load_n(&check_shared->words[1], __ATOMIC_ACQUIRE) <= (unsigned)i)
			sys(SYS_yield);
		client = fork();
		if (client == 0) {
			call.deadline = in_ms(CHECK_SECONDS * 500);
			if (curfew_send(session, &call) != 0)
				CHECK_EQ(errno, 0);
			_exit(0);
		}
		sys(SYS_sleep_until, now_ns() + (unsigned)i % 32 * 3000);
		kill(server[i / 32 % 2], SIGKILL);
		waitpid(server[i / 32 % 2], NULL, 0);
		/* Had it taken the call, its token is known: one a round. */
		answer_words(channel, (uint64_t)i + 1, 5);
		expect_child(client, 0);
		kill(server[!(i / 32 % 2)], SIGKILL);
		waitpid(server[!(i / 32 % 2)], NULL, 0);
	}
}

/* --- priorities --- */

static void on_cpu0(void)
{
	sys(SYS_set_affinity, 0, 1);
}

/* The queue is in order of priorities, then of arrival. */
TEST(best_first)
{
	static const int priority[] = { 16, 20, 10, 20, 18 };
	static const uint64_t order[] = { 1, 3, 4, 0, 2 };
	int channel, session;
	struct curfew_received received;
	struct client client[5] = { { 0 } };

	make(&channel, &session, 1);
	on_cpu0();
	for (uint64_t i = 0; i < 5; i++) {
		client[i].priority = priority[i];
		client_start(&client[i], session, words_call(i));
		let_others_sleep(); /* it is in the queue */
	}
	for (int i = 0; i < 5; i++) {
		NEED(receive_words(channel, &received) == CURFEW_RECEIVED_CALL);
		CHECK_EQ(received.word[0], order[i]);
		answer_words(channel, received.token, 0);
	}
	for (int i = 0; i < 5; i++)
		CHECK_EQ(client_end(&client[i]), 0);
}

static struct {
	int channel;
	uint32_t waits, answered, fell_back, fell_back_early;
} lent;

static void *low_server(void *argument)
{
	struct curfew_received received;

	sys(SYS_set_priority, 0, 5);
	__atomic_store_n(&lent.waits, 1, __ATOMIC_RELEASE);
	NEED(receive_words(lent.channel, &received) == CURFEW_RECEIVED_CALL);
	CHECK_EQ(answer_words(lent.channel, received.token, 9), 0);
	CHECK_ERRNO(poll_channel(lent.channel, &received), ETIMEDOUT);
	__atomic_store_n(&lent.fell_back, 1, __ATOMIC_RELEASE);
	return argument;
}

static void *hog(void *argument)
{
	uint64_t limit = now_ns() + CHECK_SECONDS * 500000000ull, end;

	sys(SYS_set_priority, 0, 10);
	while (!__atomic_load_n(&lent.answered, __ATOMIC_ACQUIRE) && now_ns() < limit)
		;
	for (end = now_ns() + 20000000; now_ns() < end;)
		;
	lent.fell_back_early = __atomic_load_n(&lent.fell_back, __ATOMIC_ACQUIRE);
	return argument;
}

/* A server of priority 5 that waits, one at 10 that never sleeps, a caller at 20, all on one CPU: it is answered, and then it is the
 * hog's turn again. */
TEST(priority_is_lent_and_given_back)
{
	int session;
	pthread_t server, spinner;
	struct curfew_call call = words_call(1);

	memset(&lent, 0, sizeof(lent));
	make(&lent.channel, &session, 1);
	on_cpu0();
	sys(SYS_set_priority, 0, 20);
	NEED(pthread_create(&server, NULL, low_server, NULL) == 0);
	while (!__atomic_load_n(&lent.waits, __ATOMIC_ACQUIRE))
		let_others_sleep(); /* in receive */
	NEED(pthread_create(&spinner, NULL, hog, NULL) == 0);
	call.deadline = in_ms(CHECK_SECONDS * 300);
	CHECK_EQ(curfew_send(session, &call), 0);
	CHECK(words_are(call.word, 9));
	__atomic_store_n(&lent.answered, 1, __ATOMIC_RELEASE);
	pthread_join(spinner, NULL);
	pthread_join(server, NULL);
	CHECK_EQ(lent.fell_back_early, 0);
}
