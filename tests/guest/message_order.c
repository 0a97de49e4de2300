/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In which order a server receives: a notice stands between the messages that were there before it and those that came after; events
 * come before all.
 */
#include <signal.h>
#include "message_util.h"

#define MANY 40

/* A process that sends one message, and is asleep by now: killed, it leaves a notice if its call was received. */
static pid_t sender(int session, uint64_t word)
{
	struct curfew_procinfo info;
	pid_t pid = fork();

	if (pid == 0) {
		struct curfew_call call = words_call(word);

		_exit(curfew_send(session, &call) ? 1 : 0);
	}
	NEED(pid > 0);
	do {
		sys(SYS_yield);
		NEED(curfew_procinfo(pid, &info) == pid);
	} while (info.state != CURFEW_STATE_SLEEPING);
	return pid;
}

static void end(pid_t pid)
{
	CHECK_EQ(kill(pid, SIGKILL), 0);
	expect_child(pid, SIGKILL);
}

static void expect(int channel, int what, uint64_t label, uint64_t word)
{
	struct curfew_received received;

	CHECK_EQ(poll_channel(channel, &received), what);
	CHECK_EQ(received.label, label);
	if (what == CURFEW_RECEIVED_CALL) {
		CHECK(words_are(received.word, word));
		CHECK_EQ(answer_words(channel, received.token, 0), 0);
	}
}

/* Its token comes; of several, 0. */
TEST(token_of_the_cancelled)
{
	int channel, session;
	struct curfew_received received;
	uint64_t token[2];
	pid_t client[2];

	make(&channel, &session, 5);
	for (unsigned several = 0; several < 2; several++) {
		for (unsigned i = 0; i < 2; i++) {
			client[i] = sender(session, i);
			CHECK_EQ(receive_words(channel, &received), CURFEW_RECEIVED_CALL);
			token[i] = received.token;
		}
		for (unsigned i = 0; i < 2; i++) {
			end(client[i]);
			if (several && i == 0)
				continue;
			CHECK_EQ(poll_channel(channel, &received), CURFEW_RECEIVED_CANCELLED);
			CHECK_EQ(received.token, several ? 0 : token[i]);
			CHECK_EQ(received.label, 5);
		}
	}
	CHECK_EQ(poll_channel(channel, &received), -1);
}

TEST(notices_in_their_turn)
{
	int channel, session, other, closed, event = curfew_event_create();
	struct curfew_received received;
	pid_t taken, before, after;

	make(&channel, &session, 1);
	other = curfew_session_create(channel, 2);
	NEED(other >= 0 && curfew_event_bind(event, channel, 4) == 0);
	taken = sender(session, 10);
	CHECK_EQ(receive_words(channel, &received), CURFEW_RECEIVED_CALL);
	before = sender(other, 20);
	end(taken);
	closed = curfew_session_create(channel, 3); /* that no child has */
	CHECK_EQ(curfew_handle_close(closed), 0);
	after = sender(other, 30);
	CHECK_EQ(curfew_event_signal(event, 1), 0);

	expect(channel, CURFEW_RECEIVED_EVENT, 4, 0);
	expect(channel, CURFEW_RECEIVED_CALL, 2, 20);
	expect(channel, CURFEW_RECEIVED_CANCELLED, 1, 0);
	expect(channel, CURFEW_RECEIVED_CLOSED, 3, 0);
	expect(channel, CURFEW_RECEIVED_CALL, 2, 30);
	expect_child(before, 0);
	expect_child(after, 0);
	CHECK_EQ(poll_channel(channel, &received), -1);
}

/* A call that its server could not have, and that is still there, has the turn that it had. */
TEST(given_back_in_its_turn)
{
	int channel, session, closed;
	struct curfew_call bytes = words_call(1);
	struct curfew_received received;
	struct client client;

	make(&channel, &session, 1);
	bytes.out = "bytes";
	bytes.out_length = 5;
	client_start(&client, session, bytes);
	while (curfew_receive(channel, &received, (void *)8, 5, 0, 0) != -1 || errno != EFAULT)
		CHECK_EQ(errno, ETIMEDOUT); /* not sent yet */
	for (unsigned i = 0; i < 20; i++) /* each time it has another token */
		CHECK_ERRNO(curfew_receive(channel, &received, (void *)8, 5, 0, 0), EFAULT);
	closed = curfew_session_create(channel, 3);
	CHECK_EQ(curfew_handle_close(closed), 0);
	expect(channel, CURFEW_RECEIVED_CALL, 1, 1);
	expect(channel, CURFEW_RECEIVED_CLOSED, 3, 0);
	CHECK_EQ(client_end(&client), 0);
}

/* Events among themselves: first come, first told. */
TEST(events_in_their_order)
{
	int channel = curfew_channel_create(), session = curfew_session_create(channel, 9), event[4];

	NEED(session >= 0);
	for (unsigned i = 0; i < 4; i++) {
		event[i] = curfew_event_create();
		NEED(event[i] >= 0 && curfew_event_bind(event[i], channel, i) == 0);
	}
	CHECK_EQ(curfew_handle_close(session), 0);
	for (unsigned i = 0; i < 4; i++)
		CHECK_EQ(curfew_event_signal(event[3 - i], 1), 0);
	for (unsigned i = 0; i < 4; i++)
		expect(channel, CURFEW_RECEIVED_EVENT, 3 - i, 0);
	expect(channel, CURFEW_RECEIVED_CLOSED, 9, 0);
}

/* One session's calls are cancelled again and again: nobody else waits for more than one notice of it. */
TEST(no_wait_for_cancels)
{
	int channel, session, other;
	struct curfew_received received;
	pid_t client[MANY], waiting[3];
	unsigned notices = 0, calls = 0;

	make(&channel, &session, 1);
	other = curfew_session_create(channel, 2);
	NEED(other >= 0);
	for (unsigned i = 0; i < MANY; i++) {
		client[i] = sender(session, i);
		CHECK_EQ(receive_words(channel, &received), CURFEW_RECEIVED_CALL);
	}
	for (unsigned i = 0; i < 3; i++)
		waiting[i] = sender(other, 100);
	for (unsigned i = 0; i < MANY; i++) {
		int what;

		end(client[i]);
		what = poll_channel(channel, &received);
		if (what == CURFEW_RECEIVED_CALL) {
			CHECK_EQ(received.label, 2);
			CHECK_EQ(answer_words(channel, received.token, 0), 0);
			calls++;
		} else {
			CHECK_EQ(what, CURFEW_RECEIVED_CANCELLED);
			notices++;
		}
		CHECK(notices <= 1 || calls == 3);
	}
	CHECK_EQ(calls, 3);
	for (unsigned i = 0; i < 3; i++)
		expect_child(waiting[i], 0);
}
