/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_CPUSTACK_H
#define ARCH_CPUSTACK_H
/*
 * A stack of linked objects that belongs to one CPU, and that other CPUs may take away as a whole.
 *
 * Only the owner pushes and pops, with interrupts masked, so it is never in the middle of two of its own operations.
 * Others do one thing: they swap the top for NULL.  So between the owner's look at the top and its exclusive store the top either
 * stays, or becomes NULL and stays NULL: an object cannot be gone and back again (the ABA problem), and `next`, read
 * from an object that was just stolen, is never used.  That costs the owner two instructions more than a stack
 * without thieves, where a lock would cost ten.
 *
 * Pop and replace try once.  A load between LDXR and STXR is allowed, but takes away the architecture's promise of
 * progress (Arm ARM B2.9.5): a caller whose try has failed goes to its slow path, which has a lock.
 */
#include <stdbool.h>
#include <stddef.h>

/* Pops an object whose link is at offset `next`; NULL if there is none or the try failed.  Owner only. */
static inline __attribute__((always_inline)) void *cpustack_pop(void **top, size_t next)
{
	void *object, *below;
	unsigned failed;

	__asm__ goto("ldxr	%[object], %[top]\n\t"
		     "cbz	%[object], %l[none]\n\t"
		     "ldr	%[below], [%[object], %[next]]\n\t"
		     "stxr	%w[failed], %[below], %[top]\n\t"
		     "cbnz	%w[failed], %l[none]"
		     : [object] "=&r"(object), [below] "=&r"(below), [failed] "=&r"(failed), [top] "+Q"(*top)
		     : [next] "i"(next) : "memory" : none);
	if (!object)
		__builtin_unreachable(); /* saves the caller's test */
	return object;
none:
	return NULL;
}

/*
 * Makes `new_top`, whose link leads to `old_top`, the top; false if the top is another by now or the try failed.
 * Owner only.  Release: the object's link is seen by who takes the stack in cpustack_take().
 */
static inline __attribute__((always_inline)) bool cpustack_replace(void **top, void *old_top, void *new_top)
{
	void *seen;
	unsigned failed;

	__asm__ goto("ldxr	%[seen], %[top]\n\t"
		     "cmp	%[seen], %[old_top]\n\t"
		     "b.ne	%l[none]\n\t"
		     "stlxr	%w[failed], %[new_top], %[top]\n\t"
		     "cbnz	%w[failed], %l[none]"
		     : [seen] "=&r"(seen), [failed] "=&r"(failed), [top] "+Q"(*top)
		     : [old_top] "r"(old_top), [new_top] "r"(new_top) : "memory", "cc" : none);
	return true;
none:
	return false;
}

/* Takes the whole stack, of any CPU.  Acquire: pairs with the release in cpustack_replace() and cpustack_put(). */
static inline void *cpustack_take(void **top)
{
	return __atomic_exchange_n(top, NULL, __ATOMIC_ACQUIRE);
}

/* Sets up an empty stack with a chain of objects.  Owner only: nobody else makes an empty one non-empty. */
static inline void cpustack_put(void **top, void *chain)
{
	__atomic_store_n(top, chain, __ATOMIC_RELEASE);
}

#endif
