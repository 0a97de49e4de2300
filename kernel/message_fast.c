/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The short ways of messages, of words and up to a page of bytes: from a client straight to a server that waits, and back; and
 * what a server does that answers others first, or has nothing to answer.
 *
 * No run queue is touched: the one thread falls asleep and the other goes on in the rest of its slice, on this CPU, from
 * the vector of the one's system call to the other's ERET.  Whatever is not quite so simple is left to sys_send() and
 * sys_reply_receive(), which find everything as it was:
 *
 *   handles, a deadline, a pending signal, kill or switch      of the caller
 *   bytes that vm_copy_short() does not copy: more, memory not there, processes with several threads
 *   no server that waits without deadline; one that must be lent a priority; notices or calls in front of this
 *   the other ran on another CPU last, or is not quite off it
 *   a thread of higher priority wants this CPU, or one of the other's, which is not this one's: slices are to be timed
 *
 * Bytes are copied with the channel locked, which keeps the other side asleep.  Those of a way that is then not taken are copied
 * again, to the same place, by the long one.
 *
 * And two more: the answer to a call that waited while others were served, and a receive that finds nothing there.
 */
#include <sys/errno.h>
#include <curfew/abi.h>
#include <curfew/message.h>
#include "kernel/handover.h"
#include "kernel/message_private.h"
#include "mm/remote.h"

/*
 * Whether `next` sleeps for good and may take this CPU over from t.  The timer stays as it is set, for the end of the slice if
 * somebody of t's priority waits: of next's, if that is another, nobody may.  Run queue locked.
 */
static inline bool may_hand_over(struct percpu *cpu, const struct thread *t, const struct thread *next)
{
	return next->head.percpu == cpu && next->state == THREAD_SLEEPING &&
	       (!cpu->rq.ready || !(cpu->rq.ready >> next->priority >> (next->priority == t->priority)));
}

/* Sleeps, unless there is something to do for t before.  Run queue locked. */
static inline bool fall_asleep(struct thread *t)
{
	__atomic_store_n(&t->killable, WAIT_INTERRUPTIBLE, __ATOMIC_RELAXED);
	__atomic_store_n(&t->state, THREAD_SLEEPING, __ATOMIC_RELAXED);
	dmb(ish); /* pairs with thread_kill() and poke() of signal.c: flag first, then the look at killable */
	if (__builtin_expect(!__atomic_load_n(&t->head.work, __ATOMIC_RELAXED), 1))
		return true;
	__atomic_store_n(&t->state, THREAD_RUNNABLE, __ATOMIC_RELAXED);
	__atomic_store_n(&t->killable, WAIT_UNKILLABLE, __ATOMIC_RELAXED);
	return false;
}

/* The rest of t's slice is next's, as if it was called.  Run queue locked. */
static inline __attribute__((always_inline)) _Noreturn void
donate(struct percpu *cpu, struct trapframe *f, struct thread *t, struct thread *next, struct trapframe *next_frame)
{
	next->run_start = t->run_start;
	next->slice_left = t->slice_left;
	t->voluntary++;
	hand_over(cpu, f, t, next, next_frame, false);
}

/* At once, or not at all: from t, which runs, to `other`, which sleeps for this channel; only where it may go on here. */
static inline bool copy_bytes(struct percpu *cpu, const struct thread *other, uint64_t to, const struct thread *t,
			      uint64_t from, uint64_t n)
{
	return __atomic_load_n(&other->head.percpu, __ATOMIC_RELAXED) == cpu &&
	       vm_copy_short((struct memory){ other->vmspace, to }, (struct memory){ t->vmspace, from }, n);
}

void message_fast_send(struct trapframe *f)
{
	struct thread *t = current(), *server;
	struct percpu *cpu = t->head.percpu;
	struct trapframe *to;
	struct session *s;
	struct channel *c;
	uint64_t token, n, *x;

	if (f->x[1] | ~f->x[6])
		return;
	s = object_session(handle_peek_locked(t->process, f->x[0], OBJECT_SESSION, CURFEW_RIGHT_SEND));
	if (!s)
		return;
	c = s->channel;
	server = TAILQ_FIRST(&c->servers);
	if (!server || server->message.state != MESSAGE_RECEIVING_NOW || server->priority < t->priority)
		goto not_channel;
	to = thread_user_frame(server);
	x = to->x;
	n = f->x[3];
	if (n) {
		n = n < x[6] ? n : x[6];
		if (n && !copy_bytes(cpu, server, x[5], t, f->x[2], n))
			goto not_channel;
	}
	spin_acquire(&cpu->rq.lock);
	if (!may_hand_over(cpu, t, server) || !fall_asleep(t))
		goto not_queue;

	t->message.session = s;
	t->message.token = token = ++c->last_token;
	t->message.state = MESSAGE_TAKEN;
	s->calls++;
	server->message.serving = t;
	server_served(c, server);
	x[0] = CURFEW_RECEIVED_CALL;
	x[1] = s->label;
	x[2] = token;
	x[3] = f->x[3];
	x[4] = f->x[5];
	x[5] = n;
	x[6] = 0;
	x[7] = t->process->pid;
	message_copy_words(x, f->x);
	spin_release(&c->lock);
	donate(cpu, f, t, server, to);

not_queue:
	spin_release(&cpu->rq.lock);
not_channel:
	spin_release(&c->lock);
}

void message_fast_reply_receive(struct trapframe *f)
{
	struct thread *t = current(), *client;
	struct percpu *cpu = t->head.percpu;
	struct trapframe *to;
	struct channel *c;
	uint64_t n, *x;

	if (f->x[1] | ~f->x[7])
		return;
	c = object_channel(handle_peek_locked(t->process, f->x[0], OBJECT_CHANNEL, CURFEW_RIGHT_RECEIVE));
	if (!c)
		return;
	client = t->message.serving;
	if (!client || t->message.serves != c || client->message.token != f->x[2] || client->message.session->closed ||
	    t->message.lent || !TAILQ_EMPTY(&c->notices) || !TAILQ_EMPTY(&c->calls))
		goto not_channel;
	to = thread_user_frame(client);
	x = to->x;
	n = f->x[4];
	if (n) {
		n = n < x[5] ? n : x[5];
		if (n && !copy_bytes(cpu, client, x[4], t, f->x[3], n))
			goto not_channel;
	}
	spin_acquire(&cpu->rq.lock);
	if (!may_hand_over(cpu, t, client) || !fall_asleep(t))
		goto not_queue;

	t->message.serving = NULL;
	client->message.state = MESSAGE_NONE;
	client->message.session->calls--;
	x[0] = x[2] = 0;
	x[1] = n;
	message_copy_words(x, f->x);
	t->message.state = MESSAGE_RECEIVING_NOW;
	if (TAILQ_FIRST(&c->servers) != t) {
		TAILQ_REMOVE(&c->servers, t, message.server_link);
		TAILQ_INSERT_HEAD(&c->servers, t, message.server_link);
	}
	spin_release(&c->lock);
	donate(cpu, f, t, client, to);

not_queue:
	spin_release(&cpu->rq.lock);
not_channel:
	spin_release(&c->lock);
}

/* To a client of another call than the last, which waits: it is woken, and this goes on.  True: done. */
bool message_fast_reply(struct trapframe *f)
{
	struct thread *t = current(), *client;
	struct channel *c;
	bool done = false;

	if (f->x[1])
		return false;
	c = object_channel(handle_peek_locked(t->process, f->x[0], OBJECT_CHANNEL, CURFEW_RIGHT_RECEIVE));
	if (!c)
		return false;
	client = c->dead ? NULL : message_find(c, f->x[2]);
	/* Of a higher priority it would be to run at once. */
	if (client && client->priority <= t->priority)
		done = message_answer_at_once(c, client, f->x, false);
	spin_release(&c->lock);
	if (done)
		f->x[0] = 0;
	return done;
}

/* There is nothing to receive: sleeps, and this CPU goes to whoever is next. */
void message_fast_receive(struct trapframe *f)
{
	struct thread *t = current();
	struct channel *c;
	uint64_t now;

	if (f->x[1] | ~f->x[7])
		return;
	c = object_channel(handle_peek_locked(t->process, f->x[0], OBJECT_CHANNEL, CURFEW_RIGHT_RECEIVE));
	if (!c)
		return;
	if (t->message.serves == c && !t->message.lent && message_may_wait(c)) {
		message_settle(c);
		now = read_sysreg(cntvct_el0);
		t->user_ticks += now - t->stamp;
		t->stamp = now;
		t->head.preempt_count = 1; /* as if the lock had been taken with interrupts on */
		message_wait(c, TIME_FOREVER);
	}
	spin_release(&c->lock);
}
