/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages: who sleeps, who is woken, and how a call ends.  See message.h for the states; the system calls around this are in
 * sys_message.c, the short way of words alone in message_fast.c.
 */
#include <sys/errno.h>
#include <curfew/abi.h>
#include <curfew/message.h>
#include "arch/arm64/devices.h"
#include "arch/arm64/trap.h"
#include "kernel/counters.h"
#include "kernel/event.h"
#include "kernel/log.h"
#include "kernel/message.h"
#include "kernel/message_private.h"
#include "kernel/mutex.h"
#include "kernel/process.h"
#include "kernel/string.h"
#include "kernel/thread.h"
#include "kernel/wait.h"

/* --- sleeping --- */

static void deadline_came(void *arg)
{
	sched_wake(arg);
}

/*
 * Sleeps, and goes on in message_resumed().  The channel's lock is held, interrupts masked by it: a waker that comes with the lock
 * finds the thread asleep.
 */
static _Noreturn void sleep_here(struct channel *c, uint64_t deadline, enum wait_mode mode)
{
	struct thread *t = current();
	struct message *m = &t->message;

	m->has_timeout = deadline != TIME_FOREVER;
	if (m->has_timeout)
		timeout_set(&m->timeout, deadline, deadline_came, t);
	__atomic_store_n(&t->killable, mode, __ATOMIC_SEQ_CST);
	__atomic_store_n(&t->state, THREAD_SLEEPING, __ATOMIC_SEQ_CST);
	if (wait_interrupted(mode)) /* pairs with thread_kill() and signal.c's poke(): flag first, then the look at killable */
		__atomic_store_n(&t->state, THREAD_RUNNABLE, __ATOMIC_SEQ_CST);
	t->voluntary++;
	spin_release(&c->lock);
	schedule_resume();
}

static inline uint64_t *registers(struct thread *t)
{
	return thread_user_frame(t)->x;
}

/* As syscall_dispatch() would return it: a handler's frame tells how to make the call again. */
static void result(struct thread *t, int64_t value)
{
	if (value == -EINTR) {
		t->interrupted_pc = thread_user_frame(t)->pc;
		t->interrupted_x0 = registers(t)[0];
	}
	registers(t)[0] = value;
}

static bool deadline_passed(uint64_t deadline)
{
	return deadline != TIME_FOREVER && timer_now() >= deadline;
}

/* --- the channel's lock is held --- */

struct thread *message_next_server(struct channel *c)
{
	struct thread *t = TAILQ_FIRST(&c->servers);

	if (!t || !message_waits(&t->message))
		return NULL;
	t->message.state = MESSAGE_RETRY;
	TAILQ_REMOVE(&c->servers, t, message.server_link);
	TAILQ_INSERT_TAIL(&c->servers, t, message.server_link);
	return t;
}

void message_finish(struct thread *t, int64_t value)
{
	t->message.state = MESSAGE_DONE;
	result(t, value);
	sched_wake(t);
}

/* By priority, then first come. */
static void queue_call(struct channel *c, struct thread *t)
{
	struct thread *at = TAILQ_LAST(&c->calls, thread_list);

	while (at && at->priority < t->priority)
		at = TAILQ_PREV(at, thread_list, message.queue_link);
	if (at)
		TAILQ_INSERT_AFTER(&c->calls, at, t, message.queue_link);
	else
		TAILQ_INSERT_HEAD(&c->calls, t, message.queue_link);
	t->message.turn = ++c->last_turn;
	t->message.state = MESSAGE_QUEUED;
}

/* All servers are busy: what they do for others is now for this one, too. */
static void lend_to_servers(struct channel *c, unsigned priority)
{
	struct thread *t;

	TAILQ_FOREACH(t, &c->servers, message.server_link)
		if (t->priority < priority)
			thread_lend_priority(t, priority);
}

/* Calls that came the short way go where all others are. */
void message_settle(struct channel *c)
{
	struct thread *t, *client;

	TAILQ_FOREACH(t, &c->servers, message.server_link) {
		client = t->message.serving;
		if (client)
			LIST_INSERT_HEAD(&c->taken[client->message.token % CALL_BUCKETS], client, message.taken_link);
		t->message.serving = NULL;
	}
}

static struct thread *find_taken(struct channel *c, uint64_t token)
{
	struct thread *t;

	LIST_FOREACH(t, &c->taken[token % CALL_BUCKETS], message.taken_link)
		if (t->message.token == token)
			return t;
	return NULL;
}

/* One that came the short way stays where it is, for its answer to go that way, while others are looked for. */
struct thread *message_find(struct channel *c, uint64_t token)
{
	struct thread *t = find_taken(c, token);

	if (t)
		return t;
	message_settle(c);
	return find_taken(c, token);
}

static void tell_cancelled(struct channel *c, const struct thread *client)
{
	struct session *s = client->message.session;
	struct thread *server;

	s->cancelled = !s->cancelled || s->cancelled == client->message.token ? client->message.token : CANCELLED_MANY;
	server = channel_tell(c, &s->notice);
	if (server)
		sched_wake(server);
}

/* --- the end of a call at its client --- */

static void drop_passed(struct message *m)
{
	while (m->n_pass)
		handle_unref(m->pass[--m->n_pass]);
}

/* Without lock: the session may go now. */
static void after_call(struct session *s, bool ended)
{
	if (ended)
		session_free(s);
}

/* What a client does when it wakes without an answer.  Returns with the lock released if the call has ended; else sleeps on. */
static int64_t give_up(struct channel *c, struct thread *t, uint64_t flags)
{
	struct message *m = &t->message;
	struct session *s = m->session;
	uint64_t deadline = registers(t)[6];
	bool killed = thread_killed(), late = deadline_passed(deadline);
	bool signalled = !killed && wait_interrupted(WAIT_INTERRUPTIBLE);
	struct thread *server = NULL;
	bool ended;

	if (signalled && m->state == MESSAGE_TAKEN && !m->interrupted) { /* the server decides how far it got */
		m->interrupted = true;
		tell_cancelled(c, t);
	}
	if (!killed && !late && !(signalled && m->state == MESSAGE_QUEUED))
		sleep_here(c, deadline, m->interrupted ? WAIT_KILLABLE : WAIT_INTERRUPTIBLE);
	if (m->state == MESSAGE_TAKEN && m->busy) { /* who copies wakes us when it is done with this page */
		__atomic_store_n(&m->late, true, __ATOMIC_RELAXED);
		sleep_here(c, TIME_FOREVER, WAIT_UNKILLABLE);
	}
	message_settle(c);
	if (m->state == MESSAGE_QUEUED)
		TAILQ_REMOVE(&c->calls, t, message.queue_link);
	else
		LIST_REMOVE(t, message.taken_link);
	s->calls--;
	if (m->state == MESSAGE_TAKEN && !s->closed)
		tell_cancelled(c, t);
	m->state = MESSAGE_NONE;
	ended = session_ended(s, &server);
	if (server)
		sched_wake(server);
	spin_unlock_irq(&c->lock, flags);
	after_call(s, ended);
	return killed || !late ? -EINTR : -ETIMEDOUT;
}

static void resume_client(struct thread *t)
{
	struct message *m = &t->message;
	struct session *s = m->session;
	struct channel *c = s->channel;
	uint64_t flags = spin_lock_irq(&c->lock);
	struct thread *server = NULL;
	bool ended;

	if (m->state == MESSAGE_DONE) {
		m->state = MESSAGE_NONE;
		s->calls--; /* until now it kept the session */
		ended = session_ended(s, &server);
		if (server)
			sched_wake(server);
		spin_unlock_irq(&c->lock, flags);
		after_call(s, ended);
	} else {
		result(t, give_up(c, t, flags));
	}
	drop_passed(m);
	ASSERT(m->busy == 0 && !m->alone);
	m->interrupted = m->late = false; /* as message_fast_send() expects to find them */
	m->written = 0;
}

int64_t message_send(struct session *s, uint64_t flags)
{
	struct thread *t = current(), *server;
	struct message *m = &t->message;
	struct channel *c = s->channel;

	if (c->dead) {
		spin_unlock_irq(&c->lock, flags);
		drop_passed(m);
		return -ECONNRESET;
	}
	count(IPC_SLOW);
	m->session = s;
	s->calls++;
	queue_call(c, t);
	server = message_next_server(c);
	if (server) {
		if (server->priority < t->priority) /* or it would not get to run, and to see who waits */
			thread_lend_priority(server, t->priority);
		sched_wake_next(server);
	} else {
		lend_to_servers(c, t->priority);
	}
	sleep_here(c, registers(t)[6], WAIT_INTERRUPTIBLE);
}

/* --- servers --- */

void message_join(struct channel *c)
{
	struct thread *t = current();
	uint64_t flags;

	if (t->message.serves == c)
		return;
	message_leave(t);
	object_get(&c->object);
	t->message.serves = c;
	flags = spin_lock_irq(&c->lock);
	TAILQ_INSERT_TAIL(&c->servers, t, message.server_link);
	spin_unlock_irq(&c->lock, flags);
}

void message_leave(struct thread *t)
{
	struct channel *c = t->message.serves;
	uint64_t flags;

	if (!c)
		return;
	flags = spin_lock_irq(&c->lock);
	message_settle(c);
	TAILQ_REMOVE(&c->servers, t, message.server_link);
	t->message.serves = NULL;
	spin_unlock_irq(&c->lock, flags);
	object_put(&c->object);
}

/* What this server runs at from now on: for the call that it has taken (NULL: none), or the best that waits.  Lock held. */
static void lend_to_self(struct channel *c, const struct thread *client)
{
	struct thread *t = current(), *first = TAILQ_FIRST(&c->calls);
	unsigned best = client ? client->priority : 0;

	if (first && first->priority > best)
		best = first->priority;
	if (best <= t->base_priority)
		best = 0;
	if (best != t->message.lent)
		thread_lend_priority(t, best);
}

/* The front one of the queue becomes taken.  Lock held. */
static struct thread *take_call(struct channel *c)
{
	struct thread *client = TAILQ_FIRST(&c->calls);
	struct message *m;

	lend_to_self(c, client);
	if (!client)
		return NULL;
	m = &client->message;
	TAILQ_REMOVE(&c->calls, client, message.queue_link);
	m->token = ++c->last_token;
	m->state = MESSAGE_TAKEN;
	LIST_INSERT_HEAD(&c->taken[m->token % CALL_BUCKETS], client, message.taken_link);
	return client;
}

/* What this thread was woken for, and does not live to see, is for another server.  Lock held. */
static void pass_on(struct channel *c)
{
	struct thread *next = NULL;

	if (!TAILQ_EMPTY(&c->notices) || !TAILQ_EMPTY(&c->calls))
		next = message_next_server(c);
	if (next)
		sched_wake(next);
}

/* A call that was taken, and that its server could not have: it was killed, or its own buffers are bad.  Again the first.  Lock
 * held. */
static void give_back(struct channel *c, struct thread *client)
{
	LIST_REMOVE(client, message.taken_link);
	if (client->message.interrupted) { /* a signal came meanwhile, and nobody has received the call */
		message_finish(client, -EINTR);
	} else {
		TAILQ_INSERT_HEAD(&c->calls, client, message.queue_link);
		client->message.state = MESSAGE_QUEUED;
	}
	pass_on(c);
}

/* What registers say of a message; lock held. */
static void describe(uint64_t *x, struct thread *client)
{
	const uint64_t *from = registers(client);

	x[0] = CURFEW_RECEIVED_CALL;
	x[1] = client->message.session->label;
	x[2] = client->message.token;
	x[3] = from[3];
	x[4] = from[5];
	x[5] = 0;
	x[6] = 0;
	x[7] = client->process->pid;
	memcpy(&x[10], &from[10], CURFEW_MESSAGE_WORDS * sizeof(*x));
}

/* A copy is over: the client may have been waiting to be gone.  True: it still waits for its answer.  Lock held. */
bool message_copied(struct channel *c, struct thread *client)
{
	struct message *m = &client->message;

	if (--m->busy)
		return !m->late && !c->dead;
	m->alone = false;
	if (m->late) {
		sched_wake(client); /* it ends the call itself */
		return false;
	}
	if (c->dead) {
		LIST_REMOVE(client, message.taken_link);
		message_finish(client, -ECONNRESET);
		return false;
	}
	return true;
}

void message_fail(struct channel *c, struct thread *client, int64_t error)
{
	LIST_REMOVE(client, message.taken_link);
	message_finish(client, error);
}

/*
 * A notice, if none of the calls came before it: so a client that closed something, and asks then, is not answered as if it
 * had not; and one whose calls are cancelled again and again keeps nobody waiting.  Fills x; lock held, released.  False: there
 * was none.
 */
static bool receive_notice(struct channel *c, uint64_t *x, uint64_t flags)
{
	struct notice *n = TAILQ_FIRST(&c->notices);
	const struct thread *call = TAILQ_FIRST(&c->calls);
	struct session *s;

	if (!n || (call && call->message.turn < n->turn))
		return false;
	channel_untell(c, n);
	if (n->is_event) {
		event_receive(notice_event(n), x);
		spin_unlock_irq(&c->lock, flags);
		return true; /* maybe with no bits: somebody else waited for them, and took them */
	}
	s = notice_session(n);
	x[1] = s->label;
	if (s->closed && !s->calls) {
		x[0] = CURFEW_RECEIVED_CLOSED;
		spin_unlock_irq(&c->lock, flags);
		session_free(s);
		return true;
	}
	x[0] = CURFEW_RECEIVED_CANCELLED;
	x[2] = s->cancelled == CANCELLED_MANY ? 0 : s->cancelled;
	s->cancelled = 0;
	spin_unlock_irq(&c->lock, flags);
	return true;
}

/* A message with bytes or handles, taken just now.  Lock held, released.  The kind, or an error. */
static int64_t receive_data(struct channel *c, struct thread *client, uint64_t flags)
{
	struct taken_data data;
	uint64_t *x = registers(current());
	int64_t error;

	client->message.busy = 1;
	client->message.alone = true;
	spin_unlock_irq(&c->lock, flags);
	error = message_take_data(client, &data);
	flags = message_arrive(c, client, &data);
	if (!message_copied(c, client)) {
		spin_unlock_irq(&c->lock, flags);
		message_return_data(&data);
		return -ESRCH;
	}
	if (error) {
		if (data.clients || data.full) /* the next server would fare no better: a queue that never moves */
			message_fail(c, client, error);
		else
			give_back(c, client);
		spin_unlock_irq(&c->lock, flags);
		return data.clients ? -ESRCH : error;
	}
	describe(x, client);
	x[5] = data.copied;
	x[6] = data.came;
	spin_unlock_irq(&c->lock, flags);
	message_drop_data(&data);
	return x[0];
}

_Noreturn void message_wait(struct channel *c, uint64_t deadline)
{
	struct thread *t = current();

	t->message.state = deadline == TIME_FOREVER ? MESSAGE_RECEIVING_NOW : MESSAGE_RECEIVING;
	TAILQ_REMOVE(&c->servers, t, message.server_link);
	TAILQ_INSERT_HEAD(&c->servers, t, message.server_link);
	sleep_here(c, deadline, WAIT_INTERRUPTIBLE);
}

int64_t message_receive(struct channel *c)
{
	struct thread *t = current(), *client;
	struct message *m = &t->message;
	uint64_t *x = registers(t);
	uint64_t deadline = x[7], flags;
	int64_t error;

	for (;;) {
		flags = spin_lock_irq(&c->lock);
		message_settle(c);
		if (m->lent)
			lend_to_self(c, NULL);
		if (c->dead || wait_interrupted(WAIT_INTERRUPTIBLE) || deadline_passed(deadline)) {
			error = c->dead ? -EBADF : wait_interrupted(WAIT_INTERRUPTIBLE) ? -EINTR : -ETIMEDOUT;
			if (error != -ETIMEDOUT || (TAILQ_EMPTY(&c->notices) && TAILQ_EMPTY(&c->calls))) {
				if (error == -EINTR)
					pass_on(c);
				spin_unlock_irq(&c->lock, flags);
				return error;
			}
		}
		if (receive_notice(c, x, flags))
			return x[0];
		client = take_call(c);
		if (!client)
			break;
		if (!registers(client)[3] && !client->message.n_pass) {
			describe(x, client);
			spin_unlock_irq(&c->lock, flags);
			return x[0];
		}
		error = receive_data(c, client, flags);
		if (error != -ESRCH) /* the client is gone: what else is there? */
			return error;
	}
	message_wait(c, deadline);
}

static void resume_server(struct thread *t)
{
	struct message *m = &t->message;
	struct channel *c = m->serves;
	uint64_t flags = spin_lock_irq(&c->lock);
	bool received = m->state == MESSAGE_RECEIVED;

	if (message_waits(m)) { /* nobody had anything for it */
		TAILQ_REMOVE(&c->servers, t, message.server_link);
		TAILQ_INSERT_TAIL(&c->servers, t, message.server_link);
	}
	m->state = MESSAGE_NONE;
	spin_unlock_irq(&c->lock, flags);
	if (!received)
		result(t, message_receive(c));
}

void message_resumed(void)
{
	struct thread *t = current();
	struct message *m = &t->message;
	uint8_t state = __atomic_load_n(&m->state, __ATOMIC_RELAXED);

	__atomic_store_n(&t->killable, WAIT_UNKILLABLE, __ATOMIC_RELAXED);
	if (m->has_timeout) {
		timeout_cancel(&m->timeout);
		m->has_timeout = false;
	}
	if (state >= MESSAGE_RECEIVING)
		resume_server(t);
	else
		resume_client(t);
}
