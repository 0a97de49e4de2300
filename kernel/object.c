/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How each kind of object ends.
 */
#include "kernel/channel.h"
#include "kernel/event.h"
#include "kernel/handle.h"
#include "kernel/panic.h"
#include "mm/vmo.h"

void object_put(struct object *o)
{
	/* Release before, acquire after the last: pairs with itself. */
	if (__atomic_fetch_sub(&o->refs, 1, __ATOMIC_ACQ_REL) != 1)
		return;
	switch (o->kind) {
	case OBJECT_VMO:
		vmo_destroy(object_vmo(o));
		break;
	case OBJECT_CHANNEL:
		channel_destroy(object_channel(o));
		break;
	case OBJECT_SESSION:
		session_release(object_session(o));
		break;
	case OBJECT_EVENT:
		event_destroy((struct event *)o);
		break;
	case OBJECT_IRQ:
		irq_source_destroy((struct irq_source *)o);
		break;
	case OBJECT_SYSTEM:
		panic("an object that is there for good lost its last reference");
	}
}
