/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The short way of a message: words alone, from a client straight to a server that waits, and back.
 *
 * No run queue is touched: the one thread falls asleep and the other goes on in the rest of its slice, on this CPU, from
 * the vector of the one's system call to the other's ERET.  Whatever is not quite so simple is left to sys_send() and
 * sys_reply_receive(), which find everything as it was:
 *
 *   bytes, handles, a deadline, a pending signal, kill or switch      of the caller
 *   no server that waits without deadline; one that must be lent a priority; notices or calls in front of this
 *   the other ran on another CPU last, or is not quite off it, or may not run here
 *   a thread of higher priority wants this CPU
 *
 * Interrupts are masked throughout, so locks are taken without more ado; their order is that of lockorder.h.
 */
#include <sys/errno.h>
#include <curfew/abi.h>
#include <curfew/message.h>
#include "arch/arm64/cpu.h"
#include "arch/arm64/trap.h"
#include "kernel/counters.h"
#include "kernel/message_private.h"
#include "kernel/percpu.h"
#include "kernel/process.h"
#include "kernel/thread.h"
#include "mm/check.h"
#include "mm/pmap.h"
#include "mm/vmspace.h"

static inline void copy_words(uint64_t *to, const uint64_t *from)
{
	for (unsigned i = 10; i < 10 + CURFEW_MESSAGE_WORDS; i++)
		to[i] = from[i];
}

/* The channel that handle `number` leads to, locked: itself, or a session's.  NULL: let the long way find out why. */
static inline struct object *lock_channel(struct handle_table *handles, uint32_t number, enum object_kind kind, uint32_t right)
{
	struct object *o;
	int error;

	spin_acquire(&handles->lock);
	o = handle_peek(handles, number, kind, right, &error);
	if (__builtin_expect(o != NULL, 1))
		spin_acquire(kind == OBJECT_SESSION ? &object_session(o)->channel->lock : &object_channel(o)->lock);
	spin_release(&handles->lock);
	return o;
}

/* Whether `next` sleeps for good and may take this CPU over from t.  Run queue locked. */
static inline bool may_hand_over(struct percpu *cpu, const struct thread *t, const struct thread *next)
{
	return next->head.percpu == cpu && next->state == THREAD_SLEEPING && next->affinity >> cpu->id & 1 &&
	       !(cpu->rq.ready >> next->priority >> 1);
}

/* Sleeps, unless there is something to do for t before.  Run queue locked. */
static inline bool fall_asleep(struct thread *t)
{
	__atomic_store_n(&t->killable, true, __ATOMIC_RELAXED);
	__atomic_store_n(&t->state, THREAD_SLEEPING, __ATOMIC_RELAXED);
	dmb(ish); /* pairs with thread_kill(): it sets the flag, then looks at killable */
	if (__builtin_expect(!__atomic_load_n(&t->head.work, __ATOMIC_RELAXED), 1))
		return true;
	__atomic_store_n(&t->state, THREAD_RUNNABLE, __ATOMIC_RELAXED);
	__atomic_store_n(&t->killable, false, __ATOMIC_RELAXED);
	return false;
}

/* t sleeps, next goes on to EL0.  Run queue locked, released. */
static inline _Noreturn void hand_over(struct percpu *cpu, struct thread *t, struct thread *next)
{
	uint64_t now = read_sysreg(cntvct_el0);

	next->killable = false;
	__atomic_store_n(&next->state, THREAD_RUNNABLE, __ATOMIC_RELAXED);
	next->run_start = t->run_start;
	next->slice_left = t->slice_left;
	next->head.preempt_count = 0;
	cpu->rq.running = next;
	t->voluntary++;
	t->system_ticks += now - t->stamp;
	next->stamp = now;
	t->head.preempt_count = 1; /* as thread_begin_message() expects it */
	cpu->counters[COUNTER_IPC_FAST]++; /* nobody else writes it, and not elsewhere */
	t->tpidr_el0 = read_sysreg(tpidr_el0);
	check_switch(t, next);
	pmap_switch(&next->vmspace->pmap);
	write_sysreg(next->tpidr_el0, tpidr_el0);
	message_switch(t, next, thread_user_frame(next), &cpu->rq.lock.locked);
}

void message_fast_send(struct trapframe *f)
{
	struct thread *t = current(), *server;
	struct percpu *cpu = t->head.percpu;
	struct session *s;
	struct channel *c;
	uint64_t *x;

	if (f->x[1] | f->x[3] | f->x[5] | ~f->x[6])
		return;
	s = object_session(lock_channel(&t->process->handles, f->x[0], OBJECT_SESSION, CURFEW_RIGHT_SEND));
	if (!s)
		return;
	c = s->channel;
	server = TAILQ_FIRST(&c->servers);
	if (!server || !server->message.waiting || !server->message.words_only || server->priority < t->priority)
		goto not_channel;
	spin_acquire(&cpu->rq.lock);
	if (!may_hand_over(cpu, t, server) || !fall_asleep(t))
		goto not_queue;

	t->message.session = s;
	t->message.token = ++c->last_token;
	t->message.state = MESSAGE_TAKEN;
	t->message.plain = true;
	s->calls++;
	LIST_INSERT_HEAD(&c->taken[t->message.token % CALL_BUCKETS], t, message.taken_link);
	server->message.waiting = false;
	server->message.state = MESSAGE_NONE;
	if (TAILQ_NEXT(server, message.server_link)) {
		TAILQ_REMOVE(&c->servers, server, message.server_link);
		TAILQ_INSERT_TAIL(&c->servers, server, message.server_link);
	}
	x = thread_user_frame(server)->x;
	x[0] = CURFEW_RECEIVED_CALL;
	x[1] = s->label;
	x[2] = t->message.token;
	x[3] = x[4] = x[5] = x[6] = 0;
	x[7] = t->process->pid;
	copy_words(x, f->x);
	spin_release(&c->lock);
	hand_over(cpu, t, server);

not_queue:
	spin_release(&cpu->rq.lock);
not_channel:
	spin_release(&c->lock);
}

void message_fast_reply_receive(struct trapframe *f)
{
	struct thread *t = current(), *client;
	struct percpu *cpu = t->head.percpu;
	struct channel *c;
	uint64_t *x;

	if (f->x[1] | f->x[4] | ~f->x[7])
		return;
	c = object_channel(lock_channel(&t->process->handles, f->x[0], OBJECT_CHANNEL, CURFEW_RIGHT_RECEIVE));
	if (!c)
		return;
	client = message_find(c, f->x[2]);
	if (!client || !client->message.plain || client->message.session->closed || t->message.serves != c ||
	    t->message.lent || !TAILQ_EMPTY(&c->notices) || !TAILQ_EMPTY(&c->calls))
		goto not_channel;
	spin_acquire(&cpu->rq.lock);
	if (!may_hand_over(cpu, t, client) || !fall_asleep(t))
		goto not_queue;

	LIST_REMOVE(client, message.taken_link);
	client->message.state = MESSAGE_NONE;
	client->message.session->calls--;
	x = thread_user_frame(client)->x;
	x[0] = x[1] = x[2] = 0;
	copy_words(x, f->x);
	t->message.state = MESSAGE_RECEIVING;
	t->message.waiting = true;
	t->message.words_only = true;
	if (TAILQ_FIRST(&c->servers) != t) {
		TAILQ_REMOVE(&c->servers, t, message.server_link);
		TAILQ_INSERT_HEAD(&c->servers, t, message.server_link);
	}
	spin_release(&c->lock);
	hand_over(cpu, t, client);

not_queue:
	spin_release(&cpu->rq.lock);
not_channel:
	spin_release(&c->lock);
}
