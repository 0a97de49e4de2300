/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a message carries besides words: bytes, copied once between the two address spaces (mm/remote.h), and handles.
 *
 * All of it is done by the server's thread, in receive, reply, message_read and message_write.  `busy` keeps the client, its
 * address space and its table of handles where they are; no lock is held.
 *
 * A handle on its way is a struct handle like one in a table: the client's are in struct message from send to receive.
 */
#include <sys/errno.h>
#include "arch/arm64/trap.h"
#include "kernel/message_private.h"
#include "kernel/process.h"
#include "kernel/thread.h"
#include "mm/remote.h"
#include "mm/vmspace.h"

#define PASS_MAX CURFEW_MESSAGE_HANDLES

static inline uint64_t *registers(struct thread *t)
{
	return thread_user_frame(t)->x;
}

static const bool *stop_of(struct thread *client)
{
	return &client->message.late;
}

static struct memory of(struct thread *t, uint64_t va)
{
	return (struct memory){ t->vmspace, va };
}

static struct memory own(uint64_t va)
{
	return (struct memory){ current()->vmspace, va };
}

static struct memory kernel(const void *at)
{
	return (struct memory){ NULL, (uint64_t)at };
}

/* --- handles --- */

/* MOVE is kept in the flags until the message has arrived: the number to close, and that bit. */
#define MOVE CURFEW_PASS_MOVE

static int collect_one(const struct curfew_transfer *want, struct handle *pass)
{
	uint32_t rights = want->rights & ~MOVE;
	struct handle h;
	int error = handle_look(&current()->process->handles, want->handle, &h);

	if (error)
		return error;
	if (!(h.rights & CURFEW_RIGHT_TRANSFER) || rights & ~h.rights) {
		handle_unref(h);
		return -EPERM;
	}
	*pass = (struct handle){ h.object, rights, want->rights & MOVE ? MOVE | want->handle : 0 };
	handle_ref(*pass);
	handle_unref(h);
	return 0;
}

int message_collect(uint64_t user, unsigned n, struct handle *pass)
{
	struct curfew_transfer want[PASS_MAX];
	unsigned done = 0;
	int error = n ? copy_from_user(want, user, n * sizeof(want[0])) : 0;

	for (; !error && done < n; done++) {
		error = collect_one(&want[done], &pass[done]);
		if (error)
			break;
	}
	while (error && done)
		handle_unref(pass[--done]);
	return error ? error : (int)n;
}

/* Puts them into a table.  Takes a reference to each over, in any case.  0 or an error, and then none is there. */
static int install(struct handle_table *t, const struct handle *pass, unsigned n, bool cloexec, uint32_t *number)
{
	unsigned done = 0;
	int got = 0;

	for (; done < n; done++) {
		got = handle_insert(t, (struct handle){ pass[done].object, pass[done].rights,
							cloexec ? CURFEW_HANDLE_CLOEXEC : 0 }, CURFEW_HANDLE_FIRST);
		if (got < 0)
			break;
		number[done] = got;
	}
	if (got >= 0)
		return 0;
	for (unsigned i = done; i < n; i++)
		handle_unref(pass[i]);
	while (done)
		handle_close(t, number[--done]);
	return got;
}

/* They have arrived: those to be moved go where they came from, unless the number names something else by now.  The table's lock is
 * held; the references are the caller's.  How many. */
static unsigned take_moved(struct handle_table *t, const struct handle *pass, unsigned n, struct handle *out)
{
	unsigned taken = 0;

	for (unsigned i = 0; i < n; i++)
		if (pass[i].flags & MOVE && handle_take(t, pass[i].flags & ~MOVE, pass[i].object, &out[taken]))
			taken++;
	return taken;
}

/* --- receive --- */

static int take_bytes(struct thread *client, struct taken_data *data)
{
	const uint64_t *x = registers(current()), *from = registers(client);
	uint64_t n = from[3] < x[6] ? from[3] : x[6];
	int error = 0, bad = 0;

	data->copied = n ? vm_copy(own(x[5]), of(client, from[2]), n, stop_of(client), &error, &bad) : 0;
	data->clients = error && bad == 1;
	return error;
}

int message_take_data(struct thread *client, struct taken_data *data)
{
	struct message *m = &client->message;
	struct thread *t = current();
	uint64_t *x = registers(t);
	unsigned n = m->n_pass;
	struct curfew_transfer came[PASS_MAX];
	int error, bad;

	*data = (struct taken_data){ 0 };
	error = take_bytes(client, data);
	if (error)
		return error;
	if (!n || !x[9])
		return 0; /* those that nobody asked for are dropped by the client when it wakes */
	for (unsigned i = 0; i < n; i++)
		handle_ref(m->pass[i]);
	error = install(&t->process->handles, m->pass, n, x[1] & CURFEW_TAKE_CLOEXEC, data->number);
	data->full = error == -EMFILE;
	if (error)
		return error;
	data->came = n;
	for (unsigned i = 0; i < n; i++)
		came[i] = (struct curfew_transfer){ data->number[i], m->pass[i].rights };
	/* Not by copy_to_user(), whose fault may wait for another process to leave: this client, maybe, which waits for us. */
	vm_copy(own(x[9]), kernel(came), n * sizeof(came[0]), stop_of(client), &error, &bad);
	if (error)
		message_return_data(data);
	return error;
}

uint64_t message_arrive(struct channel *c, struct thread *client, struct taken_data *data)
{
	struct message *m = &client->message;
	struct handle_table *t = &client->process->handles;
	uint64_t flags;

	if (!data->came)
		return spin_lock_irq(&c->lock);
	flags = spin_lock_irq(&t->lock);
	spin_acquire(&c->lock);
	if (!m->late && !c->dead) {
		data->n_gone = take_moved(t, m->pass, m->n_pass, data->gone);
		while (m->n_pass)
			data->gone[data->n_gone++] = m->pass[--m->n_pass];
	}
	spin_release(&t->lock);
	return flags;
}

void message_drop_data(const struct taken_data *data)
{
	for (unsigned i = 0; i < data->n_gone; i++)
		handle_unref(data->gone[i]);
}

void message_return_data(struct taken_data *data)
{
	for (unsigned i = 0; i < data->came; i++)
		handle_close(&current()->process->handles, data->number[i]);
	data->came = 0;
}

/* --- reply --- */

/* Bytes into the client's room, and handles into its table; `pass` stays the caller's.  0, or an error; *clients: by the client's
 * fault. */
static int give_data(struct thread *client, const uint64_t *x, const struct handle *pass, unsigned n, uint32_t *number,
		     bool *clients)
{
	uint64_t *to = registers(client);
	uint64_t bytes = x[4] < to[5] ? x[4] : to[5];
	struct curfew_transfer came[PASS_MAX];
	int error = 0, bad = 0;

	*clients = false;
	if (bytes) {
		vm_copy(of(client, to[4]), own(x[3]), bytes, stop_of(client), &error, &bad);
		*clients = error && bad == 0;
		if (!error && bytes > client->message.written)
			client->message.written = bytes;
	}
	if (error || !n || !to[7])
		return error;
	for (unsigned i = 0; i < n; i++) {
		handle_ref(pass[i]);
		came[i].rights = pass[i].rights;
	}
	*clients = true;
	error = install(&client->process->handles, pass, n, to[1] & CURFEW_TAKE_CLOEXEC, number);
	if (error)
		return error;
	for (unsigned i = 0; i < n; i++)
		came[i].handle = number[i];
	vm_copy(of(client, to[7]), kernel(came), n * sizeof(came[0]), stop_of(client), &error, &bad);
	*clients = bad != 2;
	for (unsigned i = 0; error && i < n; i++)
		handle_close(&client->process->handles, number[i]);
	return error;
}

/*
 * A taken call, marked `busy`; lock not held.  `alone`: that nobody copies for, and nobody else will: it is about to end, and its
 * client with it.  NULL with *error: -ESRCH, -EBUSY.
 */
static struct thread *hold_client(struct channel *c, uint64_t token, bool alone, int64_t *error)
{
	uint64_t flags = spin_lock_irq(&c->lock);
	struct thread *client = message_find(c, token);

	*error = !client || client->message.late ? -ESRCH :
		 client->message.alone || (alone && client->message.busy) ? -EBUSY : 0;
	if (!*error) {
		client->message.alone = alone;
		client->message.busy++;
	}
	spin_unlock_irq(&c->lock, flags);
	return *error ? NULL : client;
}

/* The answer was taken with these of the server's: those to be moved are closed, and `pass` is let go.  No lock. */
static void close_moved(struct handle *pass, unsigned n, bool moved)
{
	struct handle_table *t = &current()->process->handles;
	struct handle gone[PASS_MAX];
	unsigned n_gone = 0;
	uint64_t flags;

	if (moved && n) {
		flags = spin_lock_irq(&t->lock);
		n_gone = take_moved(t, pass, n, gone);
		spin_unlock_irq(&t->lock, flags);
	}
	for (unsigned i = 0; i < n_gone; i++)
		handle_unref(gone[i]);
	for (unsigned i = 0; i < n; i++)
		handle_unref(pass[i]);
}

/* Lock held: the answer is there. */
static void complete(struct thread *client, const uint64_t *x, uint64_t came)
{
	uint64_t *to = registers(client);

	LIST_REMOVE(client, message.taken_link);
	client->message.state = MESSAGE_DONE;
	to[0] = 0;
	to[1] = client->message.written;
	to[2] = came;
	message_copy_words(to, x);
}

/* The client has its answer, and goes on.  Lock held. */
static void wake(struct channel *c, struct thread *client, bool receives)
{
	if (receives && TAILQ_EMPTY(&c->notices) && TAILQ_EMPTY(&c->calls))
		sched_wake_next(client); /* we shall sleep */
	else
		sched_wake(client);
}

/* No handles and few bytes: nobody can come in between.  Lock held. */
bool message_answer_at_once(struct channel *c, struct thread *client, const uint64_t *x, bool receives)
{
	uint64_t room = registers(client)[5], bytes = x[4] < room ? x[4] : room;

	if (client->message.late || client->message.busy ||
	    (bytes && !vm_copy_short(of(client, registers(client)[4]), own(x[3]), bytes)))
		return false;
	if (bytes > client->message.written)
		client->message.written = bytes;
	complete(client, x, 0);
	wake(c, client, receives);
	return true;
}

/* The usual answer.  False: nothing was done. */
static bool answer_short(struct channel *c, const uint64_t *x, bool receives)
{
	uint64_t flags = spin_lock_irq(&c->lock);
	struct thread *client = message_find(c, x[2]);
	bool done = client && !c->dead && message_answer_at_once(c, client, x, receives);

	spin_unlock_irq(&c->lock, flags);
	return done;
}

int64_t message_answer(struct channel *c, const uint64_t *x, bool receives)
{
	unsigned n = x[1] & 0xff, came = 0;
	struct handle pass[PASS_MAX];
	uint32_t number[PASS_MAX];
	struct handle_table *theirs;
	struct thread *client;
	bool clients = false, waits;
	int64_t error;
	uint64_t flags;

	if (!n && answer_short(c, x, receives))
		return 0;
	error = message_collect(x[9], n, pass);
	if (error < 0)
		return error;
	client = hold_client(c, x[2], true, &error);
	if (!client) {
		close_moved(pass, n, false);
		return error;
	}
	theirs = &client->process->handles;
	error = give_data(client, x, pass, n, number, &clients);
	came = n && registers(client)[7] && !error ? n : 0;
	flags = spin_lock_irq(&c->lock);
	if (client->message.late || c->dead) /* it goes: what it got goes with it, while `busy` still keeps its table */
		for (unsigned i = 0; i < came; i++) {
			struct handle_table *t = theirs;

			spin_unlock_irq(&c->lock, flags);
			handle_close(t, number[i]);
			flags = spin_lock_irq(&c->lock);
		}
	waits = message_copied(c, client);
	if (waits && error && clients)
		message_fail(c, client, error);
	else if (waits && !error)
		complete(client, x, came);
	if (waits && !error)
		wake(c, client, receives);
	spin_unlock_irq(&c->lock, flags);
	close_moved(pass, n, waits && !error);
	return waits && !(error && clients) ? error : -ESRCH;
}

/* --- piecewise --- */

int64_t message_part(struct channel *c, const uint64_t *arg, bool write)
{
	uint64_t offset = arg[2], n = arg[4], flags, room, done = 0;
	int64_t error;
	struct thread *client = hold_client(c, arg[1], false, &error);
	int copy_error = 0, bad = 0;
	uint64_t *x;
	bool waits;

	if (!client)
		return error;
	x = registers(client);
	room = x[write ? 5 : 3];
	room = offset < room ? room - offset : 0;
	n = n < room ? n : room;
	if (n && write)
		done = vm_copy(of(client, x[4] + offset), own(arg[3]), n, stop_of(client), &copy_error, &bad);
	else if (n)
		done = vm_copy(own(arg[3]), of(client, x[2] + offset), n, stop_of(client), &copy_error, &bad);
	flags = spin_lock_irq(&c->lock);
	if (write && done && !copy_error && offset + done > client->message.written)
		client->message.written = offset + done;
	waits = message_copied(c, client);
	if (waits && copy_error && bad == (write ? 0 : 1) && !client->message.busy) {
		message_fail(c, client, copy_error);
		waits = false;
	}
	spin_unlock_irq(&c->lock, flags);
	return !waits ? -ESRCH : copy_error ? copy_error : (int64_t)done;
}
