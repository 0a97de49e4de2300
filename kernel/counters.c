/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading the event counters: sums over all CPUs, and their names.  See kernel/counters.h.
 */
#include "kernel/counters.h"
#include "kernel/percpu.h"

const char *const counter_names[COUNTER_MAX] = {
#define X(id, name) [COUNTER_##id] = name,
	COUNTERS(X)
#undef X
};

uint64_t counter_sum(enum counter c)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < PLATFORM_MAX_CPUS; i++)
		if (percpu_all[i])
			sum += __atomic_load_n(&percpu_all[i]->counters[c], __ATOMIC_RELAXED);
	return sum;
}
