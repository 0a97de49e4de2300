/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls of channels, messages, events and interrupts: what may be asked for.  Registers are described in
 * <curfew/message.h>; arg points to all of the caller's.
 */
#include <sys/errno.h>
#include <curfew/abi.h>
#include "kernel/event.h"
#include "kernel/message_private.h"
#include "kernel/process.h"
#include "kernel/syscall.h"
#include "kernel/thread.h"

static struct handle_table *handles(void)
{
	return &current()->process->handles;
}

/* How many handles are passed, and where the array is. */
static bool counts_are_bad(uint64_t counts, uint64_t array)
{
	uint64_t n = counts & ~(uint64_t)CURFEW_TAKE_CLOEXEC;

	return n > CURFEW_MESSAGE_HANDLES || (n && !array);
}

/* The session with its channel's lock held instead of the table's: it cannot go in between. */
static struct session *lock_session(uint32_t number, uint64_t *flags, int *error)
{
	struct handle_table *t = handles();
	struct object *o;

	*flags = spin_lock_irq(&t->lock);
	o = handle_peek(t, number, OBJECT_SESSION, CURFEW_RIGHT_SEND, error);
	if (!o) {
		spin_unlock_irq(&t->lock, *flags);
		return NULL;
	}
	spin_acquire(&object_session(o)->channel->lock);
	spin_release(&t->lock);
	return object_session(o);
}

SYSCALL(sys_send)
{
	struct message *m = &current()->message;
	struct session *s;
	uint64_t flags;
	int error = 0;

	if (counts_are_bad(arg[1], arg[7]))
		return -EINVAL;
	error = message_collect(arg[7], arg[1] & 0xff, m->pass);
	if (error < 0)
		return error;
	m->n_pass = error;
	s = lock_session(arg[0], &flags, &error);
	if (s)
		return message_send(s, flags);
	while (m->n_pass)
		handle_unref(m->pass[--m->n_pass]);
	return error;
}

/* With a reference. */
static int find_channel(uint32_t number, uint32_t rights, struct channel **c)
{
	return handle_get(handles(), number, OBJECT_CHANNEL, rights, (struct object **)c);
}

SYSCALL(sys_receive)
{
	struct channel *c;
	int error = find_channel(arg[0], CURFEW_RIGHT_RECEIVE, &c);

	if (error)
		return error;
	message_join(c);
	object_put(&c->object); /* the thread has one of its own now */
	if (arg[1] & ~(uint64_t)CURFEW_TAKE_CLOEXEC)
		return -EINVAL;
	return message_receive(c);
}

static int64_t reply(const uint64_t *arg, bool receives)
{
	struct channel *c;
	int64_t error = find_channel(arg[0], CURFEW_RIGHT_RECEIVE, &c);

	if (error)
		return error;
	error = counts_are_bad(arg[1], arg[9]) ? -EINVAL : message_answer(c, arg, receives);
	if (!error && receives)
		message_join(c);
	object_put(&c->object);
	return error || !receives ? error : message_receive(c);
}

SYSCALL(sys_reply)
{
	return reply(arg, false);
}

SYSCALL(sys_reply_receive)
{
	return reply(arg, true);
}

static int64_t part(const uint64_t *arg, bool write)
{
	struct channel *c;
	int64_t n = find_channel(arg[0], CURFEW_RIGHT_RECEIVE, &c);

	if (n)
		return n;
	n = message_part(c, arg, write);
	object_put(&c->object);
	return n;
}

SYSCALL(sys_message_read)
{
	return part(arg, false);
}

SYSCALL(sys_message_write)
{
	return part(arg, true);
}

SYSCALL(sys_message_status)
{
	struct channel *c;
	struct thread *client;
	int64_t result = find_channel(arg[0], CURFEW_RIGHT_RECEIVE, &c);
	uint64_t flags;

	if (result)
		return result;
	flags = spin_lock_irq(&c->lock);
	client = message_find(c, arg[1]);
	result = !client || client->message.late ? -ESRCH : client->message.interrupted;
	spin_unlock_irq(&c->lock, flags);
	object_put(&c->object);
	return result;
}

/* A new object's first handle. */
static int64_t give(struct object *o)
{
	int n = handle_add(handles(), o, CURFEW_RIGHT_ALL);

	if (n < 0)
		handle_unref((struct handle){ o, CURFEW_RIGHT_ALL, 0 });
	return n;
}

SYSCALL(sys_channel_create)
{
	struct channel *c;
	int error = channel_create(&c);

	return error ? error : give(&c->object);
}

SYSCALL(sys_session_create)
{
	struct channel *c;
	struct session *s;
	int error = find_channel(arg[0], CURFEW_RIGHT_MANAGE, &c);

	if (error)
		return error;
	error = session_create(c, arg[1], &s);
	object_put(&c->object);
	return error ? error : give(&s->object);
}

/* --- events and interrupts --- */

static int find_event(uint32_t number, uint32_t rights, struct event **e)
{
	return handle_get(handles(), number, OBJECT_EVENT, rights, (struct object **)e);
}

SYSCALL(sys_event_create)
{
	struct event *e;
	int error = event_create(&e);

	return error ? error : give(&e->object);
}

SYSCALL(sys_event_signal)
{
	struct event *e;
	int error = find_event(arg[0], CURFEW_RIGHT_SEND, &e);

	if (error)
		return error;
	if ((uint32_t)arg[1])
		event_signal(e, arg[1]);
	object_put(&e->object);
	return 0;
}

SYSCALL(sys_event_wait)
{
	struct event *e;
	int64_t result = find_event(arg[0], CURFEW_RIGHT_RECEIVE, &e);

	if (result)
		return result;
	result = (uint32_t)arg[1] ? event_wait(e, arg[1], arg[2]) : -EINVAL;
	object_put(&e->object);
	return result;
}

SYSCALL(sys_event_bind)
{
	struct channel *c = NULL;
	struct event *e;
	int error = find_event(arg[0], CURFEW_RIGHT_RECEIVE, &e);

	if (error)
		return error;
	if ((int32_t)arg[1] != -1)
		error = find_channel(arg[1], CURFEW_RIGHT_RECEIVE, &c);
	if (!error)
		event_bind(e, c, arg[2]);
	if (c)
		object_put(&c->object);
	object_put(&e->object);
	return error;
}

static int find_irq(uint32_t number, struct irq_source **s)
{
	return handle_get(handles(), number, OBJECT_IRQ, CURFEW_RIGHT_RECEIVE, (struct object **)s);
}

SYSCALL(sys_irq_bind)
{
	struct irq_source *s;
	struct event *e;
	int error = find_irq(arg[0], &s);

	if (error)
		return error;
	if ((int32_t)arg[1] == -1) {
		irq_source_bind(s, NULL, 0);
		object_put(&s->object);
		return 0;
	}
	error = (uint32_t)arg[2] ? find_event(arg[1], CURFEW_RIGHT_SEND, &e) : -EINVAL;
	if (!error) {
		irq_source_bind(s, e, arg[2]);
		object_put(&e->object);
	}
	object_put(&s->object);
	return error;
}

SYSCALL(sys_irq_ack)
{
	struct irq_source *s;
	int error = find_irq(arg[0], &s);

	if (error)
		return error;
	irq_source_ack(s);
	object_put(&s->object);
	return 0;
}
