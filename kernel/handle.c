/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handle tables: an array of (object, rights), small inside the process, moved to the heap when it grows.
 */
#include <sys/errno.h>
#include "kernel/handle.h"
#include "kernel/log.h"
#include "kernel/string.h"
#include "mm/slab.h"
#include "mm/vmo.h"

#define SMALL (sizeof(((struct handle_table *)0)->small) / sizeof(struct handle))

void object_put(struct object *o)
{
	/* Release before, acquire after the last: pairs with itself. */
	if (__atomic_fetch_sub(&o->refs, 1, __ATOMIC_ACQ_REL) != 1)
		return;
	ASSERT(o->kind == OBJECT_VMO); /* the others are there for good, and hold a reference themselves */
	vmo_destroy(object_vmo(o));
}

void handle_table_init(struct handle_table *t)
{
	mutex_init(&t->lock);
	t->size = SMALL;
	t->slots = t->small;
	memset(t->small, 0, sizeof(t->small));
}

/* Lock held, or the table to oneself. */
static int resize(struct handle_table *t, uint32_t size)
{
	struct handle *slots = kzalloc(size * sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	memcpy(slots, t->slots, t->size * sizeof(*slots));
	if (t->slots != t->small)
		kfree(t->slots);
	t->slots = slots;
	t->size = size;
	return 0;
}

int handle_table_copy(struct handle_table *to, struct handle_table *from)
{
	MUTEX_GUARD(&from->lock);
	if (from->size > to->size && resize(to, from->size))
		return -ENOMEM;
	for (uint32_t i = 0; i < from->size; i++) {
		to->slots[i] = from->slots[i];
		if (to->slots[i].object)
			object_get(to->slots[i].object);
	}
	return 0;
}

void handle_table_destroy(struct handle_table *t)
{
	for (uint32_t i = 0; i < t->size; i++)
		if (t->slots[i].object)
			object_put(t->slots[i].object);
	if (t->slots != t->small)
		kfree(t->slots);
	t->slots = t->small;
	t->size = 0;
}

int handle_add(struct handle_table *t, struct object *o, uint32_t rights)
{
	uint32_t i;

	MUTEX_GUARD(&t->lock);
	for (i = 0; i < t->size && t->slots[i].object; i++)
		;
	if (i == HANDLES_MAX)
		return -EMFILE;
	if (i == t->size && resize(t, t->size * 2 < HANDLES_MAX ? t->size * 2 : HANDLES_MAX))
		return -ENOMEM;
	t->slots[i] = (struct handle){ o, rights };
	return i;
}

int handle_get_rights(struct handle_table *t, uint32_t h, enum object_kind kind, uint32_t rights, struct object **out,
		      uint32_t *has)
{
	MUTEX_GUARD(&t->lock);
	if (h >= t->size || !t->slots[h].object)
		return -EBADF;
	if (t->slots[h].object->kind != kind || (t->slots[h].rights & rights) != rights)
		return -EPERM;
	*out = t->slots[h].object;
	*has = t->slots[h].rights;
	object_get(*out);
	return 0;
}

int handle_get(struct handle_table *t, uint32_t h, enum object_kind kind, uint32_t rights, struct object **out)
{
	uint32_t has;

	return handle_get_rights(t, h, kind, rights, out, &has);
}

int handle_close(struct handle_table *t, uint32_t h)
{
	struct object *o;

	mutex_lock(&t->lock);
	o = h < t->size ? t->slots[h].object : NULL;
	if (o)
		t->slots[h].object = NULL;
	mutex_unlock(&t->lock);
	if (!o)
		return -EBADF;
	object_put(o);
	return 0;
}

int handle_dup(struct handle_table *t, uint32_t h, uint32_t rights)
{
	struct object *o;
	uint32_t had;
	int n;

	mutex_lock(&t->lock);
	o = h < t->size ? t->slots[h].object : NULL;
	had = o ? t->slots[h].rights : 0;
	if (o)
		object_get(o);
	mutex_unlock(&t->lock);
	if (!o)
		return -EBADF;
	if (!(had & CURFEW_RIGHT_DUPLICATE) || rights & ~had) {
		object_put(o);
		return -EPERM;
	}
	n = handle_add(t, o, rights);
	if (n < 0)
		object_put(o);
	return n;
}
