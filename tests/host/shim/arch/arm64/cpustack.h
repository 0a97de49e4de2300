/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_CPUSTACK_H
#define ARCH_CPUSTACK_H
/*
 * On the host: the same stack with compare-and-swap.  That sees values where the exclusive monitor sees stores, so it relies on the
 * argument in arch/arm64/cpustack.h alone; QEMU does the same.
 */
#include <stdbool.h>
#include <stddef.h>

static inline void *cpustack_pop(void **top, size_t next)
{
	void *object = __atomic_load_n(top, __ATOMIC_ACQUIRE), *below;

	if (!object)
		return NULL;
	below = *(void *volatile *)((char *)object + next);
	if (!__atomic_compare_exchange_n(top, &object, below, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return NULL;
	return object;
}

static inline bool cpustack_replace(void **top, void *old_top, void *new_top)
{
	return __atomic_compare_exchange_n(top, &old_top, new_top, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

static inline void *cpustack_take(void **top)
{
	return __atomic_exchange_n(top, NULL, __ATOMIC_ACQUIRE);
}

static inline void cpustack_put(void **top, void *chain)
{
	__atomic_store_n(top, chain, __ATOMIC_RELEASE);
}

#endif
