/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_COUNTERS_H
#define KERNEL_COUNTERS_H
/*
 * Event counters: one array of 64-bit words a CPU, which nobody else writes in a hot path; readers sum.
 * The list below is the one place where a counter is born; SYS_kstat and kstat(1) show it under its name.
 */
#include <stdint.h>
#include "kernel/preempt.h"

#define COUNTERS(X) \
	X(TLBI_LOCAL,     "tlbi.local")     /* TLBI instructions for this CPU only */ \
	X(TLBI_BROADCAST, "tlbi.broadcast") /* TLBI instructions for all (IS) */ \
	X(TLBI_VA,        "tlbi.va")        /* of both: by address */ \
	X(TLBI_ASID,      "tlbi.asid")      /* of both: by ASID */ \
	X(TLBI_ALL,       "tlbi.all")       /* of both: everything */ \
	X(TLBI_WASTED,    "tlbi.wasted")    /* asked for on a dead pmap, and skipped (I5) */ \
	X(ASID_ALLOC,     "asid.alloc") \
	X(ASID_ROLLOVER,  "asid.rollover") \
	X(ASID_FLUSH,     "asid.flush")     /* by ASID, of an ended space: at E4, or when its number is given out again */ \
	X(PARK_SWITCH,    "park.switch")    /* TTBR0 put on the zero table by a context switch */ \
	X(PARK_EXIT,      "park.exit")      /* by E3 */ \
	X(PURGE_CALLS,    "purge.calls") \
	X(PURGE_PAGES,    "purge.pages") \
	X(PURGE_TABLES,   "purge.tables") \
	X(PURGE_EARLY,    "purge.early")    /* purges that had nothing to do */ \
	X(PMAP_BBM,       "pmap.bbm")       /* break-before-make sequences */ \
	X(PMAP_RETRY,     "pmap.retry") \
	X(PMAP_PROMOTE,   "pmap.promote") \
	X(PMAP_DEMOTE,    "pmap.demote") \
	X(KMAP_SPLIT,     "kmap.split")     /* blocks of the direct map made pages, and back */ \
	X(KMAP_MERGE,     "kmap.merge") \
	X(TABLE_ALLOC,    "table.alloc") \
	X(TABLE_FREE,     "table.free") \
	X(FAULT_ANON,     "fault.anon") \
	X(FAULT_COW,      "fault.cow") \
	X(FAULT_FILE,     "fault.file") \
	X(FAULT_SPURIOUS, "fault.spurious") \
	X(FAULT_KILL,     "fault.kill")     /* that ended a process */ \
	X(OOM_KILL,       "oom.kill") \
	X(IPC_FAST,       "ipc.fast") \
	X(IPC_SLOW,       "ipc.slow") \
	X(IPI_SENT,       "ipi.sent") \
	X(SCHED_SWITCH,   "sched.switch") \
	X(SCHED_PREEMPT,  "sched.preempt") \
	X(SCHED_STEAL,    "sched.steal") \
	X(FUTEX_WAIT,     "futex.wait") \
	X(FUTEX_WAKE,     "futex.wake") \
	X(SYSCALLS,       "syscall.count") \
	X(EXCEPTIONS,     "exc.count")      /* synchronous exceptions other than SVC */ \
	X(IRQS,           "irq.count") \
	X(FORKS,          "proc.fork") \
	X(EXECS,          "proc.exec") \
	X(EXITS,          "proc.exit") \
	X(THREADS,        "thread.create")

enum counter {
#define X(id, name) COUNTER_##id,
	COUNTERS(X)
#undef X
	COUNTER_MAX
};

/* Adds n on the CPU where it runs.  Any context: the add is atomic on the word, so a preemption between finding
 * the CPU and adding only credits another CPU.  counters[] is the first member of struct percpu. */
static inline void counter_add(enum counter c, uint64_t n)
{
	__atomic_fetch_add(&((uint64_t *)current_head()->percpu)[c], n, __ATOMIC_RELAXED);
}
#define count(id) counter_add(COUNTER_##id, 1)
#define count_n(id, n) counter_add(COUNTER_##id, n)

/* Over all CPUs; exact while nobody counts. */
uint64_t counter_sum(enum counter c);
extern const char *const counter_names[COUNTER_MAX];

#endif
