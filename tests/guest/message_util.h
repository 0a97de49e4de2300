/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MESSAGE_UTIL_H
#define MESSAGE_UTIL_H
/*
 * What the tests of messages share: a channel with a session, calls and answers of eight words that follow each other.
 */
#include <curfew/message.h>
#include <curfew/sys.h>
#include <pthread.h>
#include "check.h"

#define UNUSED __attribute__((unused))

/* A channel and a session of it with a label. */
static UNUSED void make(int *channel, int *session, uint64_t label)
{
	*channel = curfew_channel_create();
	NEED(*channel >= 0);
	*session = curfew_session_create(*channel, label);
	NEED(*session >= 0);
}

static UNUSED struct curfew_call words_call(uint64_t first)
{
	struct curfew_call call = { .deadline = CURFEW_FOREVER };

	for (int i = 0; i < CURFEW_MESSAGE_WORDS; i++)
		call.word[i] = first + (uint64_t)i;
	return call;
}

static UNUSED bool words_are(const uint64_t *word, uint64_t first)
{
	for (int i = 0; i < CURFEW_MESSAGE_WORDS; i++)
		if (word[i] != first + (uint64_t)i)
			return false;
	return true;
}

static UNUSED struct curfew_answer words_answer(uint64_t token, uint64_t first)
{
	struct curfew_answer answer = { .token = token };

	for (int i = 0; i < CURFEW_MESSAGE_WORDS; i++)
		answer.word[i] = first + (uint64_t)i;
	return answer;
}

static UNUSED uint64_t in_ms(unsigned ms)
{
	return curfew_now() + ms * 1000000ull;
}

static UNUSED int answer_words(int channel, uint64_t token, uint64_t first)
{
	struct curfew_answer answer = words_answer(token, first);

	return curfew_reply(channel, &answer);
}

/* What is there now: CURFEW_RECEIVED_*, or -1 with ETIMEDOUT: nothing. */
static UNUSED int poll_channel(int channel, struct curfew_received *received)
{
	return curfew_receive(channel, received, NULL, 0, 0, 0);
}

static UNUSED int receive_words(int channel, struct curfew_received *received)
{
	return curfew_receive(channel, received, NULL, 0, 0, CURFEW_FOREVER);
}

static UNUSED void expect_child(pid_t pid, int expected)
{
	int status = -1;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, expected);
}

static UNUSED unsigned char *anonymous(size_t size)
{
	unsigned char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(p != MAP_FAILED);
	return p;
}

/* Until whoever shares this CPU sleeps: the caller has to be confined to it, and they to have a priority above 1. */
static UNUSED void let_others_sleep(void)
{
	int priority = (int)sys(SYS_set_priority, 0, 1);

	sys(SYS_yield);
	sys(SYS_set_priority, 0, priority);
}

/* A client in a thread: sends `call`, and notes how it ended. */
struct client {
	pthread_t thread;
	int session, priority;
	struct curfew_call call;
	int result, error;
	uint32_t ended;
};

static UNUSED void *client_main(void *argument)
{
	struct client *client = argument;

	if (client->priority)
		sys(SYS_set_priority, 0, client->priority);
	errno = 0;
	client->result = curfew_send(client->session, &client->call);
	client->error = errno;
	__atomic_store_n(&client->ended, 1, __ATOMIC_RELEASE); /* pairs with client_ended() */
	return NULL;
}

static UNUSED void client_start(struct client *client, int session, struct curfew_call call)
{
	client->session = session;
	client->call = call;
	client->ended = 0;
	NEED(pthread_create(&client->thread, NULL, client_main, client) == 0);
}

static UNUSED bool client_ended(const struct client *client)
{
	return __atomic_load_n(&client->ended, __ATOMIC_ACQUIRE); /* pairs with client_main() */
}

/* Waits for its end: 0, or errno. */
static UNUSED int client_end(struct client *client)
{
	pthread_join(client->thread, NULL);
	return client->result == 0 ? 0 : client->error;
}

#endif
