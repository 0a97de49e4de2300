/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_HANDLE_H
#define KERNEL_HANDLE_H
/*
 * Handles: small integers by which a process names kernel objects, each with rights.
 *
 * An object begins with struct object: its type and a reference count.  object_put() says how each type is destroyed.
 * A lookup returns a counted reference, so that an object cannot vanish during the call that uses it.
 */
#include <stdint.h>
#include <curfew/abi.h>
#include "kernel/mutex.h"

enum object_kind { OBJECT_VMO, OBJECT_CONSOLE, OBJECT_SYSTEM };

struct object {
	uint32_t refs; /* atomic */
	enum object_kind kind;
};

static inline void object_get(struct object *o)
{
	__atomic_fetch_add(&o->refs, 1, __ATOMIC_RELAXED);
}
void object_put(struct object *o);

#define HANDLES_MAX 256

struct handle {
	struct object *object; /* NULL: free */
	uint32_t rights;
};

struct handle_table {
	struct mutex lock;
	uint32_t size;             /* lock: slots in `slots` */
	struct handle *slots;      /* lock */
	struct handle small[6];    /* enough for most: no allocation at fork */
};

void handle_table_init(struct handle_table *t);
/* fork: the child's empty table gets what the parent has.  0 or -ENOMEM. */
int handle_table_copy(struct handle_table *to, struct handle_table *from);
void handle_table_destroy(struct handle_table *t);
/* Takes over the caller's reference on success.  The number, -EMFILE or -ENOMEM. */
int handle_add(struct handle_table *t, struct object *o, uint32_t rights);
/* A reference in *out; -EBADF, or -EPERM for the wrong kind or a missing right. */
int handle_get(struct handle_table *t, uint32_t h, enum object_kind kind, uint32_t rights, struct object **out);
/* The same, and which rights the handle has: of this very object, whatever happens to the number meanwhile. */
int handle_get_rights(struct handle_table *t, uint32_t h, enum object_kind kind, uint32_t rights, struct object **out,
		      uint32_t *has);
int handle_close(struct handle_table *t, uint32_t h);
int handle_dup(struct handle_table *t, uint32_t h, uint32_t rights);

#endif
