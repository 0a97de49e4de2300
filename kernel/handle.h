/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_HANDLE_H
#define KERNEL_HANDLE_H
/*
 * Handles: small integers by which a process names kernel objects, each with rights.
 *
 * An object begins with struct object: its kind and a reference count; object.c says how each kind is destroyed.
 * What a handle refers to is a struct handle: the object, counted, and rights.  One may be in a table, or on its way
 * in a message; handle_ref() and handle_unref() are the only ways to make and end one, so an object can know when the last
 * with a certain right is gone (channels do).
 *
 * Numbers below CURFEW_HANDLE_FIRST are given only on demand: they are well known.  The rest are given lowest first.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/errno.h>
#include <curfew/abi.h>
#include "kernel/spinlock.h"

enum object_kind {
	OBJECT_VMO = CURFEW_KIND_VMO,
	OBJECT_SYSTEM = CURFEW_KIND_SYSTEM,
	OBJECT_CHANNEL = CURFEW_KIND_CHANNEL,
	OBJECT_SESSION = CURFEW_KIND_SESSION,
	OBJECT_EVENT = CURFEW_KIND_EVENT,
	OBJECT_IRQ = CURFEW_KIND_IRQ,
};

struct object {
	uint32_t refs; /* atomic */
	enum object_kind kind;
};

static inline void object_get(struct object *o)
{
	__atomic_fetch_add(&o->refs, 1, __ATOMIC_RELAXED);
}
/* May destroy it.  No spinlock held but for a session's or event's, which never sleep. */
void object_put(struct object *o);

#define HANDLES_MAX    1024
#define HANDLES_SMALL  24 /* enough for most: no allocation at fork */
#define HANDLE_WORDS   (HANDLES_MAX / 64)

struct handle {
	struct object *object; /* NULL: free */
	uint32_t rights;
	uint32_t flags;        /* CURFEW_HANDLE_CLOEXEC */
};

struct handle_table {
	struct spinlock lock;          /* _irq */
	uint32_t size;                 /* lock: slots in `slots` */
	struct handle *slots;          /* lock */
	uint64_t used[HANDLE_WORDS];   /* lock: bit n: slot n refers to something */
	struct handle small[HANDLES_SMALL];
};

/* One more of the same; the end of one.  The caller of the second holds no spinlock. */
void handle_ref(struct handle h);
void handle_unref(struct handle h);

void handle_table_init(struct handle_table *t);
/* fork: the child's empty table gets what the parent has.  0 or -ENOMEM. */
int handle_table_copy(struct handle_table *to, struct handle_table *from);
void handle_table_destroy(struct handle_table *t);
/* exec: closes those with CURFEW_HANDLE_CLOEXEC. */
void handle_table_exec(struct handle_table *t);

/* Puts it under the lowest free number >= least.  Takes over the reference on success.  The number, -EMFILE or -ENOMEM. */
int handle_insert(struct handle_table *t, struct handle h, uint32_t least);
/* Puts it there whatever was there, which is closed.  Takes over the reference on success.  -EBADF: no such number. */
int handle_place(struct handle_table *t, struct handle h, uint32_t number);
/* The same for the first reference to a new object, from CURFEW_HANDLE_FIRST on. */
int handle_add(struct handle_table *t, struct object *o, uint32_t rights);
/* All that a handle is, with a reference: 0 or -EBADF. */
int handle_look(struct handle_table *t, uint32_t number, struct handle *out);
/* A reference to its object in *out; -EBADF, or -EPERM for the wrong kind or a missing right. */
int handle_get(struct handle_table *t, uint32_t h, enum object_kind kind, uint32_t rights, struct object **out);
/* The same, and which rights the handle has: of this very object, whatever happens to the number meanwhile. */
int handle_get_rights(struct handle_table *t, uint32_t h, enum object_kind kind, uint32_t rights, struct object **out,
		      uint32_t *has);
int handle_close(struct handle_table *t, uint32_t h);
/* The lock is held: takes number `h` out, if it still names this object; the reference is the caller's then. */
bool handle_take(struct handle_table *t, uint32_t h, const struct object *o, struct handle *out);
/* Calls fn for the object of each, the lock held. */
void handle_table_for_each(struct handle_table *t, void (*fn)(struct object *, void *), void *arg);
/* How many there are, at some moment: takes no lock. */
uint32_t handle_count(const struct handle_table *t);
/* flags -1: only asks.  The old ones, or -EBADF. */
int handle_flags(struct handle_table *t, uint32_t h, int32_t flags);

/* The lock is held: the object, or NULL with *error -EBADF or -EPERM. */
static inline struct object *handle_peek(struct handle_table *t, uint32_t h, enum object_kind kind, uint32_t rights,
					 int *error)
{
	struct handle *slot = &t->slots[h];

	if (__builtin_expect(h >= t->size || !slot->object, 0)) {
		*error = -EBADF;
		return NULL;
	}
	if (__builtin_expect(slot->object->kind != kind || (slot->rights & rights) != rights, 0)) {
		*error = -EPERM;
		return NULL;
	}
	return slot->object;
}

#endif
