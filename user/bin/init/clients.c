/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What clients ask of the supervisor: sessions, and a list of the services.
 *
 * A client that asks for a service whose process is just ending waits here for
 * the next one.  Two processes of one service never run at the same time: the
 * old one may still be writing what the new one takes over.
 */
#include <curfew/file.h>
#include <curfew/message.h>
#include <curfew/sys.h>
#include <errno.h>
#include <string.h>

#include "init.h"

#define WAITING_MAX 256

static struct waiting {
	uint64_t token; /* of the client's call */
	struct service *service;
} waiting[WAITING_MAX];
static size_t waiting_count;

/* Answers with a result, and a session if there is one. */
static void answer(uint64_t token, int64_t result, int session)
{
	struct curfew_answer answer = { .token = token, .word = { (uint64_t)result } };

	if (session >= 0) {
		answer.handle[0] = (struct curfew_transfer){ (uint32_t)session, CLIENT | CURFEW_PASS_MOVE };
		answer.pass = 1;
	}
	if (curfew_reply(channel, &answer) != 0 && session >= 0)
		curfew_handle_close(session); /* the client has died, or has no room for it and knows */
}

/* Connects the client, or has it wait. */
static void connect_client(uint64_t token, struct service *service)
{
	int session = service_session(service);

	if (session == -EINPROGRESS && waiting_count < WAITING_MAX) {
		waiting[waiting_count++] = (struct waiting){ token, service };
		return;
	}
	answer(token, session >= 0 ? 0 : session == -EINPROGRESS ? -EAGAIN : session, session);
}

void clients_connect(void)
{
	size_t count = waiting_count;

	waiting_count = 0; /* who has to wait on is put back, never beyond those that are still to be looked at */
	for (size_t i = 0; i < count; i++)
		connect_client(waiting[i].token, waiting[i].service);
}

void clients_cancelled(void)
{
	size_t count = waiting_count;

	waiting_count = 0;
	for (size_t i = 0; i < count; i++) {
		int status = curfew_message_status(channel, waiting[i].token);

		if (status == 0)
			waiting[waiting_count++] = waiting[i];
		else if (status > 0)
			answer(waiting[i].token, -EINTR, -1);
	}
}

/* The first services from a position on, as many as there is room for. */
static void list(const struct curfew_received *message)
{
	struct curfew_service all[16];
	struct curfew_answer answer = { .token = message->token, .out = all };
	size_t count = 0, room = message->in_size / sizeof(all[0]);
	uint64_t position = message->word[1], at = 0;

	for (struct service *s = services; s->name != NULL; s++, at++) {
		if (at < position || count == room || count == sizeof(all) / sizeof(all[0]))
			continue;
		memset(&all[count], 0, sizeof(all[0]));
		strncpy(all[count].name, s->name, sizeof(all[0].name) - 1);
		all[count].pid = s->pid;
		all[count++].restarts = s->restarts;
	}
	answer.out_length = count * sizeof(all[0]);
	answer.word[0] = count == 0 && position < at ? (uint64_t)-EINVAL : answer.out_length;
	answer.word[1] = position + count;
	curfew_reply(channel, &answer);
}

static int64_t note_ready(pid_t pid)
{
	for (struct service *s = services; s->name != NULL; s++) {
		if (s->pid == pid) {
			s->ready = true;
			s->failures = 0;
			return 0;
		}
	}
	return -EPERM;
}

void clients_serve(const struct curfew_received *message, const char *bytes)
{
	struct service *service;

	for (uint32_t i = 0; i < message->came; i++)
		curfew_handle_close((int)message->handle[i].handle);
	switch (message->word[0]) {
	case CURFEW_NAMES_CONNECT:
		service = message->out_length == message->copied ? service_find(bytes, message->copied) : NULL;
		if (service)
			connect_client(message->token, service);
		else
			answer(message->token, -ENOENT, -1);
		return;
	case CURFEW_NAMES_LIST:
		list(message);
		return;
	case CURFEW_NAMES_READY:
		answer(message->token, note_ready(message->pid), -1);
		return;
	default:
		answer(message->token, -ENOTSUP, -1);
	}
}
