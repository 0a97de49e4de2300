/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages and whose turn it is: threads of one priority share a CPU in slices, however one of them calls, is answered and goes on.
 * All here run on one CPU.  Where others are idle their wish for work hides some mistakes: SMP=1 shows them.  So would the timer of
 * who watches over the tests: these have a higher priority.
 */
#include "message_util.h"

#define PATIENCE 2000 /* ms: two hundred slices */
#define USUAL    24
#define BETTER   28
#define WORSE    20

enum { GO, COUNT, STOP, READY }; /* words of the page that all share */

static uint32_t word(unsigned n)
{
	return __atomic_load_n(&check_shared->words[n], __ATOMIC_ACQUIRE);
}

static void set_word(unsigned n, uint32_t value)
{
	__atomic_store_n(&check_shared->words[n], value, __ATOMIC_RELEASE);
}

static void on_this_cpu(int priority)
{
	CHECK_EQ(curfew_set_affinity(0, 1), 0);
	CHECK(curfew_set_priority(0, priority) >= 0);
}

static void compute(unsigned ms)
{
	uint64_t end = in_ms(ms);

	while (curfew_now() < end)
		;
}

/* The watcher's timer has fired, and sets no other while this CPU has better to do. */
static void begin(void)
{
	on_this_cpu(USUAL);
	compute(3);
}

/* Computes until word n is not `value` any more: whether that came. */
static bool comes(unsigned n, uint32_t value)
{
	uint64_t end = in_ms(PATIENCE);

	while (word(n) == value && curfew_now() < end)
		;
	return word(n) != value;
}

/* Runs whenever it may. */
static pid_t start_counter(int priority)
{
	pid_t pid = fork();

	if (pid == 0) {
		on_this_cpu(priority);
		while (!word(STOP))
			__atomic_fetch_add(&check_shared->words[COUNT], 1, __ATOMIC_RELEASE);
		_exit(0);
	}
	NEED(pid > 0);
	while (!word(COUNT))
		sys(SYS_yield);
	return pid;
}

static void end_counter(pid_t pid)
{
	set_word(STOP, 1);
	expect_child(pid, 0);
}

enum { ANSWER, SIGNAL, COMPUTE };

/* Does what word 0 says before it answers. */
static pid_t start_server(int channel, int session, int event, int priority)
{
	struct curfew_received received;
	pid_t pid = fork();
	int kind;

	if (pid) {
		NEED(pid > 0);
		return pid;
	}
	curfew_handle_close(session);
	on_this_cpu(priority);
	kind = receive_words(channel, &received);
	while (kind == CURFEW_RECEIVED_CALL) {
		struct curfew_answer answer = words_answer(received.token, 0);

		if (received.word[0] == SIGNAL)
			CHECK_EQ(curfew_event_signal(event, 1), 0);
		if (received.word[0] == COMPUTE)
			compute(30);
		kind = curfew_reply_receive(channel, &answer, &received, NULL, 0, 0, CURFEW_FOREVER);
	}
	CHECK_EQ(kind, CURFEW_RECEIVED_CLOSED);
	_exit(0);
}

static void ask(int session, uint64_t what, uint64_t deadline)
{
	struct curfew_call call = words_call(what);

	call.deadline = deadline;
	CHECK_EQ(curfew_send(session, &call), 0);
}

/* Somebody of the client's priority is woken while its server, of a higher one, runs; then the client computes. */
TEST(woken_while_the_server_runs)
{
	int channel, session, event = curfew_event_create();
	pid_t server, other;
	uint32_t bits;

	make(&channel, &session, 1);
	begin();
	server = start_server(channel, session, event, BETTER);
	curfew_handle_close(channel);
	other = fork();
	if (other == 0) {
		set_word(READY, 1);
		CHECK_EQ(curfew_event_wait(event, 1, CURFEW_FOREVER, &bits), 0);
		set_word(GO, 1);
		_exit(0);
	}
	while (!word(READY))
		sys(SYS_yield);
	ask(session, ANSWER, CURFEW_FOREVER);
	for (int i = 0; i < 10; i++)
		sys(SYS_yield); /* it waits for the event now */
	ask(session, SIGNAL, CURFEW_FOREVER);
	CHECK(comes(GO, 0));
	expect_child(other, 0);
	curfew_handle_close(session);
	expect_child(server, 0);
}

/* The client's slice ends while its server, of a higher priority, runs; then the client computes. */
TEST(slice_ends_at_the_server)
{
	int channel, session;
	pid_t server, other;

	make(&channel, &session, 1);
	begin();
	server = start_server(channel, session, -1, BETTER);
	curfew_handle_close(channel);
	ask(session, ANSWER, CURFEW_FOREVER);
	other = start_counter(USUAL);
	ask(session, COMPUTE, CURFEW_FOREVER);
	CHECK(comes(COUNT, word(COUNT)));
	end_counter(other);
	curfew_handle_close(session);
	expect_child(server, 0);
}

/* A client that only calls, and its server, have no more than a slice together before it is another's turn. */
static void only_calls(int server_priority, bool with_deadline)
{
	int channel, session;
	pid_t server, other;
	uint32_t before;
	uint64_t end;

	make(&channel, &session, 1);
	begin();
	server = start_server(channel, session, -1, server_priority);
	curfew_handle_close(channel);
	ask(session, ANSWER, CURFEW_FOREVER); /* from now on it serves */
	other = start_counter(USUAL);
	for (int turn = 0; turn < 3; turn++) {
		before = word(COUNT);
		end = in_ms(PATIENCE);
		while (word(COUNT) == before && curfew_now() < end)
			ask(session, ANSWER, with_deadline ? in_ms(10 * PATIENCE) : CURFEW_FOREVER);
		CHECK(word(COUNT) != before);
	}
	end_counter(other);
	curfew_handle_close(session);
	expect_child(server, 0);
}

TEST(calls_to_an_equal) { only_calls(USUAL, false); }
TEST(calls_to_a_better) { only_calls(BETTER, false); }
TEST(calls_to_the_worse) { only_calls(WORSE, false); }
TEST(long_calls_to_an_equal) { only_calls(USUAL, true); }
TEST(long_calls_to_a_better) { only_calls(BETTER, true); }

/* --- a server that answers, and does not sleep then --- */

static pid_t start_client(int session, int priority)
{
	pid_t pid = fork();

	if (pid == 0) {
		on_this_cpu(priority);
		ask(session, ANSWER, CURFEW_FOREVER);
		set_word(GO, 1);
		_exit(0);
	}
	NEED(pid > 0);
	return pid;
}

/* Answers, and finds nothing to receive. */
static void answer_and_look(int channel, uint64_t token)
{
	struct curfew_answer answer = words_answer(token, 0);
	struct curfew_received received;

	CHECK_ERRNO(curfew_reply_receive(channel, &answer, &received, NULL, 0, 0, 0), ETIMEDOUT);
}

TEST(server_computes_after_its_answer)
{
	struct curfew_received received;
	int channel, session;
	pid_t client;

	make(&channel, &session, 1);
	begin();
	client = start_client(session, USUAL);
	NEED(receive_words(channel, &received) == CURFEW_RECEIVED_CALL);
	answer_and_look(channel, received.token);
	CHECK(comes(GO, 0));
	expect_child(client, 0);
}

/* It has given back what it was lent, so the client runs at once. */
TEST(answer_to_a_better_client)
{
	struct curfew_received received;
	int channel, session;
	uint64_t token;
	pid_t client;

	make(&channel, &session, 1);
	begin();
	client = start_client(session, BETTER);
	NEED(receive_words(channel, &received) == CURFEW_RECEIVED_CALL);
	token = received.token;
	CHECK_ERRNO(poll_channel(channel, &received), ETIMEDOUT);
	answer_and_look(channel, token);
	CHECK_EQ(word(GO), 1);
	expect_child(client, 0);
}
