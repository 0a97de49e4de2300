/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What SYS_kstat shows: first the event counters of counters.h, then gauges that are computed when asked for.
 */
#include "boot/platform.h"
#include "kernel/counters.h"
#include "kernel/kstat.h"
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "kernel/process.h"
#include "kernel/string.h"
#include "mm/asid.h"
#include "mm/check.h"
#include "mm/kstack.h"
#include "mm/page.h"
#include "mm/slab.h"

static uint64_t table_pages(void)
{
	return counter_sum(COUNTER_TABLE_ALLOC) - counter_sum(COUNTER_TABLE_FREE);
}

static uint64_t live_threads(void)
{
	return __atomic_load_n(&threads_live, __ATOMIC_RELAXED);
}

static uint64_t live_processes(void)
{
	return __atomic_load_n(&processes_live, __ATOMIC_RELAXED);
}

static uint64_t online(void)
{
	return cpus_online;
}

static uint64_t bits(void)
{
	return asid_bits();
}

static const struct {
	const char *name;
	uint64_t (*get)(void);
} gauges[] = {
	{ "asid.live", asid_live_count },
	{ "asid.retired", asid_retired_count },
	{ "asid.bits", bits },
	{ "page.free", page_free_count },
	{ "page.total", page_total_count },
	{ "page.table", table_pages },
	{ "page.kstack.kept", kstack_cached_pages },
	{ "slab.page", slab_page_count },
	{ "slab.object", slab_object_count },
	{ "thread.live", live_threads },
	{ "process.live", live_processes },
	{ "cpu.online", online },
};

#define GAUGES (sizeof(gauges) / sizeof(gauges[0]))

unsigned kstat_count(void)
{
	return COUNTER_MAX + GAUGES + (CURFEW_CHECK ? WINDOW_MAX : 0);
}

/* Checking builds: how often each racy window was entered. */
static void get_window(enum window w, struct curfew_kstat *out)
{
#if CURFEW_CHECK
	ksnprintf(out->name, sizeof(out->name), "window.%s", check_window_names[w]);
	out->value = check_window_count(w);
#endif
}

void kstat_get(unsigned i, struct curfew_kstat *out)
{
	memset(out, 0, sizeof(*out));
	if (i < COUNTER_MAX) {
		strlcpy(out->name, counter_names[i], sizeof(out->name));
		out->value = counter_sum(i);
	} else if (i >= COUNTER_MAX + GAUGES) {
		get_window(i - COUNTER_MAX - GAUGES, out);
	} else {
		strlcpy(out->name, gauges[i - COUNTER_MAX].name, sizeof(out->name));
		out->value = gauges[i - COUNTER_MAX].get();
	}
}
