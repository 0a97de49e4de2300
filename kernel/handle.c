/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handle tables: an array of (object, rights), small inside the process, moved to the heap when it grows, and a bit for
 * each slot in use, so that the lowest free one is found, and a table copied, without looking at all of it.
 *
 * The lock spins, interrupts masked: the way of a message looks its handle up under it.  Memory is got, and objects
 * are let go, without it.
 */
#include <sys/errno.h>
#include "kernel/channel.h"
#include "kernel/handle.h"
#include "kernel/string.h"
#include "mm/slab.h"

void handle_ref(struct handle h)
{
	object_get(h.object);
	if (h.object->kind == OBJECT_CHANNEL && h.rights & CURFEW_RIGHT_RECEIVE)
		channel_receiver_get((struct channel *)h.object);
}

void handle_unref(struct handle h)
{
	if (h.object->kind == OBJECT_CHANNEL && h.rights & CURFEW_RIGHT_RECEIVE)
		channel_receiver_put((struct channel *)h.object);
	object_put(h.object);
}

void handle_table_init(struct handle_table *t)
{
	memset(t, 0, sizeof(*t));
	t->size = HANDLES_SMALL;
	t->slots = t->small;
}

/* --- the lock is held --- */

static void set(struct handle_table *t, uint32_t n, struct handle h)
{
	t->slots[n] = h;
	t->used[n / 64] |= 1ull << n % 64;
}

static struct handle take(struct handle_table *t, uint32_t n)
{
	struct handle h = t->slots[n];

	t->slots[n].object = NULL;
	t->used[n / 64] &= ~(1ull << n % 64);
	return h;
}

/* HANDLES_MAX: none. */
static uint32_t lowest_free(const struct handle_table *t, uint32_t least)
{
	uint64_t taken = (1ull << least % 64) - 1; /* numbers below the least count as used */

	for (uint32_t w = least / 64; w < HANDLE_WORDS; w++, taken = 0)
		if (~(t->used[w] | taken))
			return w * 64 + __builtin_ctzll(~(t->used[w] | taken));
	return HANDLES_MAX;
}

/* --- without it --- */

/* Room for slot n.  0 or -ENOMEM. */
static int make_room(struct handle_table *t, uint32_t n)
{
	uint32_t size = HANDLES_SMALL;
	struct handle *slots, *old;
	uint64_t flags;

	while (size <= n)
		size = size * 2 < HANDLES_MAX ? size * 2 : HANDLES_MAX;
	slots = kzalloc(size * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	flags = spin_lock_irq(&t->lock);
	old = slots;
	if (t->size < size) { /* else another thread was faster */
		memcpy(slots, t->slots, t->size * sizeof(*slots));
		old = t->slots == t->small ? NULL : t->slots;
		t->slots = slots;
		t->size = size;
	}
	spin_unlock_irq(&t->lock, flags);
	if (old)
		kfree(old);
	return 0;
}

int handle_table_copy(struct handle_table *to, struct handle_table *from)
{
	uint64_t flags = spin_lock_irq(&from->lock), left;
	int error;

	while (from->size > to->size) {
		uint32_t size = from->size;

		spin_unlock_irq(&from->lock, flags);
		error = make_room(to, size - 1);
		if (error)
			return error;
		flags = spin_lock_irq(&from->lock);
	}
	for (uint32_t w = 0; w < HANDLE_WORDS; w++) {
		to->used[w] = from->used[w];
		for (left = from->used[w]; left; left &= left - 1) {
			uint32_t n = w * 64 + __builtin_ctzll(left);

			to->slots[n] = from->slots[n];
			handle_ref(to->slots[n]);
		}
	}
	spin_unlock_irq(&from->lock, flags);
	return 0;
}

void handle_table_destroy(struct handle_table *t)
{
	for (uint32_t w = 0; w < HANDLE_WORDS; w++) {
		for (uint64_t left = t->used[w]; left; left &= left - 1)
			handle_unref(t->slots[w * 64 + __builtin_ctzll(left)]); /* nobody else has the table */
		t->used[w] = 0;
	}
	if (t->slots != t->small)
		kfree(t->slots);
	t->slots = t->small;
	t->size = 0;
}

void handle_table_exec(struct handle_table *t)
{
	for (uint32_t w = 0; w < HANDLE_WORDS; w++) { /* its only thread: what is read without the lock stays */
		for (uint64_t left = t->used[w]; left; left &= left - 1) {
			uint32_t n = w * 64 + __builtin_ctzll(left);

			if (t->slots[n].flags & CURFEW_HANDLE_CLOEXEC)
				handle_close(t, n);
		}
	}
}

int handle_insert(struct handle_table *t, struct handle h, uint32_t least)
{
	for (;;) {
		uint64_t flags = spin_lock_irq(&t->lock);
		uint32_t n = lowest_free(t, least);
		bool room = n < t->size;
		int error;

		if (room)
			set(t, n, h);
		spin_unlock_irq(&t->lock, flags);
		if (room)
			return n;
		if (n == HANDLES_MAX)
			return -EMFILE;
		error = make_room(t, n);
		if (error)
			return error;
	}
}

int handle_place(struct handle_table *t, struct handle h, uint32_t number)
{
	struct handle old;
	uint64_t flags;
	int error;

	if (number >= HANDLES_MAX)
		return -EBADF;
	if (number >= __atomic_load_n(&t->size, __ATOMIC_RELAXED)) { /* it only grows */
		error = make_room(t, number);
		if (error)
			return error;
	}
	flags = spin_lock_irq(&t->lock);
	old = take(t, number);
	set(t, number, h);
	spin_unlock_irq(&t->lock, flags);
	if (old.object)
		handle_unref(old);
	return number;
}

int handle_add(struct handle_table *t, struct object *o, uint32_t rights)
{
	return handle_insert(t, (struct handle){ o, rights, 0 }, CURFEW_HANDLE_FIRST);
}

int handle_look(struct handle_table *t, uint32_t number, struct handle *out)
{
	uint64_t flags = spin_lock_irq(&t->lock);
	int error = number < t->size && t->slots[number].object ? 0 : -EBADF;

	if (!error) {
		*out = t->slots[number];
		handle_ref(*out);
	}
	spin_unlock_irq(&t->lock, flags);
	return error;
}

int handle_get_rights(struct handle_table *t, uint32_t h, enum object_kind kind, uint32_t rights, struct object **out,
		      uint32_t *has)
{
	uint64_t flags = spin_lock_irq(&t->lock);
	int error = 0;
	struct object *o = handle_peek(t, h, kind, rights, &error);

	if (o) {
		*out = o;
		*has = t->slots[h].rights;
		object_get(o);
	}
	spin_unlock_irq(&t->lock, flags);
	return error;
}

int handle_get(struct handle_table *t, uint32_t h, enum object_kind kind, uint32_t rights, struct object **out)
{
	uint32_t has;

	return handle_get_rights(t, h, kind, rights, out, &has);
}

int handle_close(struct handle_table *t, uint32_t h)
{
	uint64_t flags = spin_lock_irq(&t->lock);
	struct handle old = { NULL, 0, 0 };

	if (h < t->size && t->slots[h].object)
		old = take(t, h);
	spin_unlock_irq(&t->lock, flags);
	if (!old.object)
		return -EBADF;
	handle_unref(old);
	return 0;
}

bool handle_take(struct handle_table *t, uint32_t h, const struct object *o, struct handle *out)
{
	if (h >= t->size || !o || t->slots[h].object != o)
		return false;
	*out = take(t, h);
	return true;
}

void handle_table_for_each(struct handle_table *t, void (*fn)(struct object *, void *), void *arg)
{
	uint64_t flags = spin_lock_irq(&t->lock);

	for (uint32_t w = 0; w < HANDLE_WORDS; w++)
		for (uint64_t left = t->used[w]; left; left &= left - 1)
			fn(t->slots[w * 64 + __builtin_ctzll(left)].object, arg);
	spin_unlock_irq(&t->lock, flags);
}

uint32_t handle_count(const struct handle_table *t)
{
	uint32_t count = 0;

	for (uint32_t w = 0; w < HANDLE_WORDS; w++)
		for (uint64_t left = __atomic_load_n(&t->used[w], __ATOMIC_RELAXED); left; left &= left - 1)
			count++;
	return count;
}

int handle_flags(struct handle_table *t, uint32_t h, int32_t new)
{
	uint64_t flags = spin_lock_irq(&t->lock);
	int old = h < t->size && t->slots[h].object ? (int)t->slots[h].flags : -EBADF;

	if (old >= 0 && new >= 0)
		t->slots[h].flags = new;
	spin_unlock_irq(&t->lock, flags);
	return old;
}
