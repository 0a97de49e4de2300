/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every error that docs/abi.md names for messages, events, interrupts and handles, each provoked.  test_message_errors.py compares the
 * rows with its table, and that with the text of the headers.
 */
#include "message_util.h"

#define LARGE ((size_t)1024 * PAGE)
#define BAD   ((void *)8)
#define NONE  1000 /* no handle */

/* For each test made anew. */
static int channel, session, event, vmo;
static struct curfew_received received;
static struct client client[2];
static char byte;

static void prepare(void)
{
	make(&channel, &session, 1);
	event = curfew_event_create();
	vmo = curfew_vmo_create(PAGE, 0);
}

/* What a C function left. */
static int error_of(long result)
{
	return result == -1 ? errno : 0;
}

/* ... and what a system call returned. */
static int error_in(long result)
{
	return result < 0 ? (int)-result : 0;
}

static int weak(int handle)
{
	return curfew_handle_dup(handle, 0, 0, 0);
}

/* --- shorthands: each call with the arguments that matter --- */

static int send_to(int to, struct curfew_call call) { return error_of(curfew_send(to, &call)); }

static struct curfew_call passing(int handle)
{
	struct curfew_call call = words_call(1);

	call.handle[0] = (struct curfew_transfer){ (uint32_t)handle, 0 };
	call.pass = 1;
	return call;
}

static struct curfew_call with_bytes(void *out, size_t length, void *in, size_t size)
{
	struct curfew_call call = words_call(1);

	call.out = out;
	call.out_length = length;
	call.in = in;
	call.in_size = size;
	return call;
}

static int receive_at(int from, void *buffer, uint32_t take, uint64_t deadline)
{
	return error_of(curfew_receive(from, &received, buffer, 64, take, deadline));
}

/* Somebody has sent, and is received. */
static uint64_t taken(struct curfew_call call)
{
	client_start(&client[0], session, call);
	NEED(curfew_receive(channel, &received, NULL, 0, 0, CURFEW_FOREVER) == CURFEW_RECEIVED_CALL);
	return received.token;
}

static int reply_at(int to, uint64_t token, const void *out, size_t length, uint32_t pass)
{
	struct curfew_answer answer = words_answer(token, 1);

	answer.out = out;
	answer.out_length = length;
	answer.pass = pass;
	answer.handle[0] = (struct curfew_transfer){ NONE, 0 };
	return error_of(curfew_reply(to, &answer));
}

/* The same, and something else may come. */
static int both_at(int to, uint64_t token, const void *out, size_t length, uint32_t pass, void *buffer, uint64_t deadline)
{
	struct curfew_answer answer = words_answer(token, 1);

	answer.out = out;
	answer.out_length = length;
	answer.pass = pass;
	answer.handle[0] = (struct curfew_transfer){ NONE, 0 };
	return error_of(curfew_reply_receive(to, &answer, &received, buffer, 64, 0, deadline));
}

static void on_signal(int number)
{
	(void)number;
}

/* A signal every two milliseconds: it will come while we wait. */
static void signals(void)
{
	struct curfew_alarm alarm = { now_ns() + 2000000, 2000000 };
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGALRM, &action, NULL);
	NEED(sys(SYS_alarm, &alarm, 0) == 0);
}

static void fill_table(void)
{
	while (curfew_handle_dup(vmo, 0, 0, 0) >= 0)
		;
	NEED(errno == EMFILE);
}

/* A message with a handle comes. */
static void queue_handle(int which)
{
	client_start(&client[which], session, passing(event));
}

/* --- a thread that keeps a call busy --- */

static struct {
	uint64_t token;
	bool answers, stop;
	char *bytes; /* readable but for the last page */
} busy;

static void *copier(void *argument)
{
	while (!__atomic_load_n(&busy.stop, __ATOMIC_ACQUIRE))
		if (busy.answers)
			reply_at(channel, busy.token, busy.bytes, LARGE, 0); /* EFAULT in the end */
		else
			curfew_message_read(channel, busy.token, 0, busy.bytes, LARGE - PAGE);
	return argument;
}

/* Until `call` finds the call busy. */
static int until_busy(bool answers, int (*call)(void))
{
	uint64_t limit = now_ns() + CHECK_SECONDS * 500000000ull;
	pthread_t thread;
	int error;

	busy.bytes = (char *)anonymous(LARGE);
	memset(busy.bytes, 1, LARGE);
	busy.token = taken(with_bytes(anonymous(LARGE), LARGE, anonymous(LARGE), LARGE));
	NEED(munmap(busy.bytes + LARGE - PAGE, PAGE) == 0);
	busy.answers = answers;
	NEED(pthread_create(&thread, NULL, copier, NULL) == 0);
	do
		error = call();
	while (error != EBUSY && now_ns() < limit);
	__atomic_store_n(&busy.stop, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	return error;
}

static int busy_reply(void) { return reply_at(channel, busy.token, BAD, 1, 0); }
static int busy_both(void) { return both_at(channel, busy.token, BAD, 1, 0, NULL, 0); }
static int busy_read(void) { return error_of(curfew_message_read(channel, busy.token, 0, &byte, 1)); }
static int busy_write(void) { return error_of(curfew_message_write(channel, busy.token, 0, &byte, 1)); }

/* --- without memory: a table of 768 that is full, and no pages to make it larger --- */

/* Of a higher priority than who tells it, on the same CPU: it has sent when the telling returns. */
static void *send_when_told(void *argument)
{
	struct client *c = argument;

	CHECK_EQ(curfew_set_affinity(0, 1), 0);
	CHECK(curfew_set_priority(0, 20) >= 0);
	while (!__atomic_load_n(&check_shared->words[0], __ATOMIC_ACQUIRE))
		sys(SYS_futex_wait, &check_shared->words[0], 0, CURFEW_FOREVER);
	c->result = curfew_send(c->session, &c->call);
	c->error = errno;
	return NULL;
}

static long hoard;

static void take_all_memory(void)
{
	static char bytes[64 * 4096] = { 1 };
	uint64_t at = 0;
	long n;

	hoard = curfew_vmo_create(1ull << 36, CURFEW_VMO_PAGES);
	while (curfew_handle_dup(vmo, 0, 0, 0) < 767)
		;
	for (size_t chunk = sizeof(bytes); chunk >= PAGE; chunk = chunk > PAGE ? PAGE : 0)
		while ((n = sys(SYS_vmo_write, hoard, at, bytes, chunk)) > 0)
			at += (uint64_t)n;
}

static int without_memory(int (*call)(void))
{
	int error;

	CHECK_EQ(call(), 0);
	errno = 0; /* its page, too, is there from now on */
	take_all_memory();
	error = call();
	curfew_handle_close((int)hoard);
	return error;
}

static int poor_dup(void) { return error_of(curfew_handle_dup(vmo, 0, 0, 0)); }
static int poor_place(void)
{
	static long number = 40; /* where there is room, and the next time where there is none */
	int error = error_in(sys(SYS_handle_place, vmo, 0, number, 0));

	number = 900;
	return error;
}
static int poor_channel(void) { return error_of(curfew_channel_create()); }
static int poor_session(void) { return error_of(curfew_session_create(channel, 1)); }
static int poor_event(void) { return error_of(curfew_event_create()); }

/* A call between two threads of one process: the handle finds no room there.  In a message the server is told, and the message stays:
 * there is room once a number is free. */
static int poor_call(bool replies)
{
	uint64_t token;
	int error;

	client[1].session = session;
	client[1].call = passing(event);
	token = replies ? taken(words_call(1)) : 0;
	CHECK_EQ(curfew_set_affinity(0, 1), 0);
	NEED(pthread_create(&client[1].thread, NULL, send_when_told, &client[1]) == 0);
	take_all_memory();
	__atomic_store_n(&check_shared->words[0], 1, __ATOMIC_RELEASE);
	sys(SYS_futex_wake, &check_shared->words[0], 1); /* what is received is there already: the error is the call's own */
	error = token ? both_at(channel, token, NULL, 0, 0, NULL, CURFEW_FOREVER) : receive_at(channel, NULL, 0, CURFEW_FOREVER);
	curfew_handle_close((int)hoard); /* what follows, and a check that fails, has memory again */
	CHECK_EQ(receive_at(channel, NULL, 0, CURFEW_FOREVER), 0);
	CHECK_EQ(received.came, 1);
	CHECK_EQ(received.handle[0].handle, hoard); /* that number is free */
	CHECK_EQ(reply_at(channel, received.token, NULL, 0, 0), 0);
	CHECK_EQ(client_end(&client[1]), 0);
	return error;
}

/* In an answer the client is. */
static int poor_client(void)
{
	struct curfew_answer answer = words_answer(taken(words_call(1)), 1);
	int error;

	answer.handle[0] = (struct curfew_transfer){ (uint32_t)event, 0 };
	answer.pass = 1;
	take_all_memory();
	error = error_of(curfew_reply(channel, &answer));
	curfew_handle_close((int)hoard);
	CHECK_EQ(error, ESRCH);
	return client_end(&client[0]);
}

/* --- the rows --- */

static int send_EBADF(void) { return send_to(NONE, words_call(1)) == EBADF ? send_to(session, passing(NONE)) : 0; }
static int send_EPERM(void)
{
	if (send_to(vmo, words_call(1)) != EPERM || send_to(weak(session), words_call(1)) != EPERM)
		return 0;
	return send_to(session, passing(weak(vmo)));
}
static int send_EINVAL(void)
{
	struct curfew_call call = words_call(1);

	call.pass = CURFEW_MESSAGE_HANDLES + 1;
	return send_to(session, call);
}
static int send_EFAULT(void)
{
	client_start(&client[0], session, with_bytes(BAD, 10, NULL, 0));
	CHECK_EQ(receive_at(channel, &byte, 0, in_ms(20)), ETIMEDOUT);
	return client_end(&client[0]);
}
static int send_EMFILE(void)
{
	fill_table();
	queue_handle(0);
	CHECK_EQ(receive_at(channel, NULL, 0, CURFEW_FOREVER), EMFILE);
	return client_end(&client[0]);
}
static int send_ENOMEM(void) { return poor_client(); }
static int send_ECONNRESET(void)
{
	curfew_handle_close(channel);
	return send_to(session, words_call(1));
}
static int send_ETIMEDOUT(void)
{
	struct curfew_call call = words_call(1);

	call.deadline = in_ms(1);
	return send_to(session, call);
}
static int send_EINTR(void) { return signals(), send_to(session, words_call(1)); }

static int receive_EBADF(void) { return receive_at(NONE, NULL, 0, 0); }
static int receive_EPERM(void) { return receive_at(session, NULL, 0, 0) == EPERM ? receive_at(weak(channel), NULL, 0, 0) : 0; }
static int receive_EINVAL(void) { return receive_at(channel, NULL, 1, 0); }
static int receive_EFAULT(void)
{
	client_start(&client[0], session, with_bytes(&byte, 1, NULL, 0));
	return receive_at(channel, BAD, 0, CURFEW_FOREVER);
}
static int receive_EMFILE(void)
{
	fill_table();
	queue_handle(0);
	return receive_at(channel, NULL, 0, CURFEW_FOREVER);
}
static int receive_ENOMEM(void) { return poor_call(false); }
static int receive_ETIMEDOUT(void) { return receive_at(channel, NULL, 0, in_ms(1)); }
static int receive_EINTR(void) { return signals(), receive_at(channel, NULL, 0, CURFEW_FOREVER); }

static int reply_EBADF(void) { return reply_at(NONE, 1, NULL, 0, 0) == EBADF ? reply_at(channel, 1, NULL, 0, 1) : 0; }
static int reply_EPERM(void) { return reply_at(session, 1, NULL, 0, 0); }
static int reply_EINVAL(void) { return reply_at(channel, 1, NULL, 0, CURFEW_MESSAGE_HANDLES + 1); }
static int reply_EFAULT(void) { return reply_at(channel, taken(with_bytes(NULL, 0, &byte, 1)), BAD, 1, 0); }
static int reply_ESRCH(void) { return reply_at(channel, 1, NULL, 0, 0); }
static int reply_EBUSY(void) { return until_busy(false, busy_reply); }

static int both_EBADF(void) { return both_at(NONE, 1, NULL, 0, 0, NULL, 0); }
static int both_EPERM(void) { return both_at(session, 1, NULL, 0, 0, NULL, 0); }
static int both_EINVAL(void) { return both_at(channel, 1, NULL, 0, CURFEW_MESSAGE_HANDLES + 1, NULL, 0); }
static int both_EFAULT(void)
{
	uint64_t token = taken(with_bytes(NULL, 0, &byte, 1));

	CHECK_EQ(both_at(channel, token, BAD, 1, 0, NULL, 0), EFAULT); /* of the answer */
	client_start(&client[1], session, with_bytes(&byte, 1, NULL, 0));
	CHECK_EQ(both_at(channel, token, NULL, 0, 0, BAD, CURFEW_FOREVER), EFAULT); /* of what comes: it has answered */
	CHECK_EQ(client_end(&client[0]), 0);
	return both_at(channel, token, NULL, 0, 0, NULL, 0) == ESRCH ? EFAULT : 0;
}
static int both_EMFILE(void)
{
	uint64_t token = taken(words_call(1));

	fill_table();
	queue_handle(1);
	return both_at(channel, token, NULL, 0, 0, NULL, CURFEW_FOREVER);
}
static int both_ENOMEM(void) { return poor_call(true); }
static int both_ESRCH(void) { return both_at(channel, 1, NULL, 0, 0, NULL, 0); }
static int both_EBUSY(void) { return until_busy(false, busy_both); }
static int both_ETIMEDOUT(void) { return both_at(channel, taken(words_call(1)), NULL, 0, 0, NULL, in_ms(1)); }
static int both_EINTR(void)
{
	uint64_t token = taken(words_call(1));

	return signals(), both_at(channel, token, NULL, 0, 0, NULL, CURFEW_FOREVER);
}

static int read_EBADF(void) { return error_of(curfew_message_read(NONE, 1, 0, &byte, 1)); }
static int read_EPERM(void) { return error_of(curfew_message_read(session, 1, 0, &byte, 1)); }
static int read_EFAULT(void) { return error_of(curfew_message_read(channel, taken(with_bytes(&byte, 1, NULL, 0)), 0, BAD, 1)); }
static int read_ESRCH(void)
{
	CHECK_EQ(error_of(curfew_message_read(channel, taken(with_bytes(BAD, 1, NULL, 0)), 0, &byte, 1)), ESRCH);
	return client_end(&client[0]) == EFAULT ? error_of(curfew_message_read(channel, 1, 0, &byte, 1)) : 0;
}
static int read_EBUSY(void) { return until_busy(true, busy_read); }
static int write_EBADF(void) { return error_of(curfew_message_write(NONE, 1, 0, &byte, 1)); }
static int write_EPERM(void) { return error_of(curfew_message_write(session, 1, 0, &byte, 1)); }
static int write_EFAULT(void) { return error_of(curfew_message_write(channel, taken(with_bytes(NULL, 0, &byte, 1)), 0, BAD, 1)); }
static int write_ESRCH(void)
{
	CHECK_EQ(error_of(curfew_message_write(channel, taken(with_bytes(NULL, 0, BAD, 1)), 0, &byte, 1)), ESRCH);
	return client_end(&client[0]) == EFAULT ? error_of(curfew_message_write(channel, 1, 0, &byte, 1)) : 0;
}
static int write_EBUSY(void) { return until_busy(true, busy_write); }
static int status_EBADF(void) { return error_of(curfew_message_status(NONE, 1)); }
static int status_EPERM(void) { return error_of(curfew_message_status(session, 1)); }
static int status_ESRCH(void) { return error_of(curfew_message_status(channel, 1)); }

static int channel_EMFILE(void) { return fill_table(), poor_channel(); }
static int channel_ENOMEM(void) { return without_memory(poor_channel); }
static int session_ECONNRESET(void)
{
	int all = curfew_channel_create(), dead = curfew_handle_dup(all, CURFEW_RIGHT_MANAGE, 0, 0);

	curfew_handle_close(all);
	return error_of(curfew_session_create(dead, 1));
}
static int session_EBADF(void) { return error_of(curfew_session_create(NONE, 1)); }
static int session_EPERM(void)
{
	return error_of(curfew_session_create(session, 1)) == EPERM ? error_of(curfew_session_create(weak(channel), 1)) : 0;
}
static int session_EMFILE(void) { return fill_table(), poor_session(); }
static int session_ENOMEM(void) { return without_memory(poor_session); }
static int event_EMFILE(void) { return fill_table(), poor_event(); }
static int event_ENOMEM(void) { return without_memory(poor_event); }

static int signal_EBADF(void) { return error_of(curfew_event_signal(NONE, 1)); }
static int signal_EPERM(void) { return error_of(curfew_event_signal(vmo, 1)) == EPERM ? error_of(curfew_event_signal(weak(event), 1)) : 0; }
static int wait_on(int number, uint32_t mask, uint64_t deadline)
{
	uint32_t bits;

	return error_of(curfew_event_wait(number, mask, deadline, &bits));
}
static int wait_EBADF(void) { return wait_on(NONE, 1, 0); }
static int wait_EPERM(void) { return wait_on(vmo, 1, 0) == EPERM ? wait_on(weak(event), 1, 0) : 0; }
static int wait_EINVAL(void) { return wait_on(event, 0, 0); }
static int wait_ETIMEDOUT(void) { return wait_on(event, 1, in_ms(1)); }
static int wait_EINTR(void) { return signals(), wait_on(event, 1, CURFEW_FOREVER); }
static int bind_EBADF(void) { return error_of(curfew_event_bind(NONE, channel, 1)) == EBADF ? error_of(curfew_event_bind(event, NONE, 1)) : 0; }
static int bind_EPERM(void)
{
	if (error_of(curfew_event_bind(vmo, channel, 1)) != EPERM || error_of(curfew_event_bind(weak(event), channel, 1)) != EPERM)
		return 0;
	return error_of(curfew_event_bind(event, weak(channel), 1));
}
static int irq_bind_EBADF(void) { return error_of(curfew_irq_bind(NONE, event, 1)); }
static int irq_bind_EPERM(void) { return error_of(curfew_irq_bind(event, event, 1)); }
static int irq_bind_EINVAL(void) { return error_of(curfew_irq_bind(NONE, event, 0)); }
static int irq_ack_EBADF(void) { return error_of(curfew_irq_ack(NONE)); }
static int irq_ack_EPERM(void) { return error_of(curfew_irq_ack(event)); }

static int close_EBADF(void) { return error_of(curfew_handle_close(NONE)); }
static int dup_EBADF(void) { return error_of(curfew_handle_dup(NONE, 0, 0, 0)); }
static int dup_EPERM(void)
{
	int reader = curfew_handle_dup(vmo, CURFEW_RIGHT_READ | CURFEW_RIGHT_DUPLICATE, 0, 0);

	return error_of(curfew_handle_dup(weak(vmo), 0, 0, 0)) == EPERM ? error_of(curfew_handle_dup(reader, CURFEW_RIGHT_WRITE, 0, 0)) : 0;
}
static int dup_EINVAL(void)
{
	return error_of(curfew_handle_dup(vmo, 0, 0, 2)) == EINVAL ? error_of(curfew_handle_dup(vmo, 0, CURFEW_HANDLES_MAX, 0)) : 0;
}
static int dup_EMFILE(void) { return fill_table(), poor_dup(); }
static int dup_ENOMEM(void) { return without_memory(poor_dup); }
static int place_EBADF(void)
{
	return error_in(sys(SYS_handle_place, NONE, 0, 40, 0)) == EBADF ? error_in(sys(SYS_handle_place, vmo, 0, CURFEW_HANDLES_MAX, 0)) : 0;
}
static int place_EPERM(void) { return error_in(sys(SYS_handle_place, weak(vmo), 0, 40, 0)); }
static int place_EINVAL(void) { return error_in(sys(SYS_handle_place, vmo, 0, 40, 2)); }
static int place_ENOMEM(void) { return without_memory(poor_place); }
static int flags_EBADF(void) { return error_in(sys(SYS_handle_flags, NONE, -1)); }
static int flags_EINVAL(void) { return error_in(sys(SYS_handle_flags, vmo, 2)); }
static int info_EBADF(void) { return error_in(sys(SYS_handle_info, NONE)); }

static const struct row {
	const char *call;
	int error;
	int (*provoke)(void);
} rows[] = {
	{ "send", EBADF, send_EBADF },
	{ "send", EPERM, send_EPERM },
	{ "send", EINVAL, send_EINVAL },
	{ "send", EFAULT, send_EFAULT },
	{ "send", EMFILE, send_EMFILE },
	{ "send", ENOMEM, send_ENOMEM },
	{ "send", ECONNRESET, send_ECONNRESET },
	{ "send", ETIMEDOUT, send_ETIMEDOUT },
	{ "send", EINTR, send_EINTR },
	{ "receive", EBADF, receive_EBADF },
	{ "receive", EPERM, receive_EPERM },
	{ "receive", EINVAL, receive_EINVAL },
	{ "receive", EFAULT, receive_EFAULT },
	{ "receive", EMFILE, receive_EMFILE },
	{ "receive", ENOMEM, receive_ENOMEM },
	{ "receive", ETIMEDOUT, receive_ETIMEDOUT },
	{ "receive", EINTR, receive_EINTR },
	{ "reply", EBADF, reply_EBADF },
	{ "reply", EPERM, reply_EPERM },
	{ "reply", EINVAL, reply_EINVAL },
	{ "reply", EFAULT, reply_EFAULT },
	{ "reply", ESRCH, reply_ESRCH },
	{ "reply", EBUSY, reply_EBUSY },
	{ "reply_receive", EBADF, both_EBADF },
	{ "reply_receive", EPERM, both_EPERM },
	{ "reply_receive", EINVAL, both_EINVAL },
	{ "reply_receive", EFAULT, both_EFAULT },
	{ "reply_receive", EMFILE, both_EMFILE },
	{ "reply_receive", ENOMEM, both_ENOMEM },
	{ "reply_receive", ESRCH, both_ESRCH },
	{ "reply_receive", EBUSY, both_EBUSY },
	{ "reply_receive", ETIMEDOUT, both_ETIMEDOUT },
	{ "reply_receive", EINTR, both_EINTR },
	{ "message_read", EBADF, read_EBADF },
	{ "message_read", EPERM, read_EPERM },
	{ "message_read", EFAULT, read_EFAULT },
	{ "message_read", ESRCH, read_ESRCH },
	{ "message_read", EBUSY, read_EBUSY },
	{ "message_write", EBADF, write_EBADF },
	{ "message_write", EPERM, write_EPERM },
	{ "message_write", EFAULT, write_EFAULT },
	{ "message_write", ESRCH, write_ESRCH },
	{ "message_write", EBUSY, write_EBUSY },
	{ "message_status", EBADF, status_EBADF },
	{ "message_status", EPERM, status_EPERM },
	{ "message_status", ESRCH, status_ESRCH },
	{ "channel_create", EMFILE, channel_EMFILE },
	{ "channel_create", ENOMEM, channel_ENOMEM },
	{ "session_create", ECONNRESET, session_ECONNRESET },
	{ "session_create", EBADF, session_EBADF },
	{ "session_create", EPERM, session_EPERM },
	{ "session_create", EMFILE, session_EMFILE },
	{ "session_create", ENOMEM, session_ENOMEM },
	{ "event_create", EMFILE, event_EMFILE },
	{ "event_create", ENOMEM, event_ENOMEM },
	{ "event_signal", EBADF, signal_EBADF },
	{ "event_signal", EPERM, signal_EPERM },
	{ "event_wait", EBADF, wait_EBADF },
	{ "event_wait", EPERM, wait_EPERM },
	{ "event_wait", EINVAL, wait_EINVAL },
	{ "event_wait", ETIMEDOUT, wait_ETIMEDOUT },
	{ "event_wait", EINTR, wait_EINTR },
	{ "event_bind", EBADF, bind_EBADF },
	{ "event_bind", EPERM, bind_EPERM },
	{ "irq_bind", EBADF, irq_bind_EBADF },
	{ "irq_bind", EPERM, irq_bind_EPERM },
	{ "irq_bind", EINVAL, irq_bind_EINVAL },
	{ "irq_ack", EBADF, irq_ack_EBADF },
	{ "irq_ack", EPERM, irq_ack_EPERM },
	{ "handle_close", EBADF, close_EBADF },
	{ "handle_dup", EBADF, dup_EBADF },
	{ "handle_dup", EPERM, dup_EPERM },
	{ "handle_dup", EINVAL, dup_EINVAL },
	{ "handle_dup", EMFILE, dup_EMFILE },
	{ "handle_dup", ENOMEM, dup_ENOMEM },
	{ "handle_place", EBADF, place_EBADF },
	{ "handle_place", EPERM, place_EPERM },
	{ "handle_place", EINVAL, place_EINVAL },
	{ "handle_place", ENOMEM, place_ENOMEM },
	{ "handle_flags", EBADF, flags_EBADF },
	{ "handle_flags", EINVAL, flags_EINVAL },
	{ "handle_info", EBADF, info_EBADF },
};

/* Each in a process of its own: full tables, signals and threads that wait for ever go with it. */
static void provoke(int error)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int status;

		if ((error != 0) == (rows[i].error != error) || (error == 0 && (rows[i].error == ENOMEM || rows[i].error == EBUSY)))
			continue;
		check_shared->words[0] = 0;
		status = CHILD(prepare(); _exit(rows[i].provoke()));
		if (status != rows[i].error << 8)
			check_fail(__FILE__, __LINE__, "%s: status 0x%x, not errno %d", rows[i].call, (unsigned)status, rows[i].error);
	}
}

TEST(every_error) { provoke(0); }
TEST(busy_calls) { provoke(EBUSY); }
TEST(without_memory) { provoke(ENOMEM); }
