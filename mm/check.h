/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_CHECK_H
#define MM_CHECK_H
/*
 * The checker (BUILD=check): a witness of everything that matters to translation.  Each primitive tells it what it does, it
 * steps a model of tables, TLBs, TTBR0s and ASIDs, and stops the kernel with the rule that was broken (docs/checker.md).
 *
 * In all other builds every function here is nothing at all.  Callers: the primitives of arch/arm64/mmu.h and tlb.S, and the
 * few places where a table, a frame, a page map, an ASID or a stack changes hands.  Any context.
 */

/* What check_dsb() was. */
#define CHECK_NSHST 1
#define CHECK_ISHST 2
#define CHECK_NSH   3
#define CHECK_ISH   4

/* What check_tlbi() was: one of these, | CHECK_IS (broadcast), | CHECK_LAST (last level only). */
#define CHECK_ALL   0
#define CHECK_ASID  1
#define CHECK_VA    2
#define CHECK_RANGE 3
#define CHECK_IS    8
#define CHECK_LAST  16

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

struct page;
struct pmap;
struct thread;

#if CURFEW_CHECK
#define CHECK_HOOK(decl) decl;
#else
#define CHECK_HOOK(decl) static inline decl { }
#endif

#if CURFEW_CHECK
/* The stores themselves, and their step in the model, in one. */
void check_pte_set(const uint64_t *e, uint64_t value);
bool check_pte_cas(const uint64_t *e, uint64_t old, uint64_t value);
void check_pte_forget(const uint64_t *e);
#endif

/* From tlb.S (operand or value first) and pte_publish(). */
CHECK_HOOK(void check_dsb(uint64_t unused, uint64_t kind))
CHECK_HOOK(void check_isb(uint64_t unused, uint64_t unused2))
CHECK_HOOK(void check_tlbi(uint64_t operand, uint64_t kind))
CHECK_HOOK(void check_ttbr0(uint64_t value, uint64_t unused))

/* Tables.  `level` counts from the root; owner NULL: the kernel's.  alloc may fail: the shadow of its entries needs memory. */
#if CURFEW_CHECK
bool check_table_alloc(struct page *table, struct pmap *owner);
#else
static inline bool check_table_alloc(struct page *table, struct pmap *owner) { return true; }
#endif
/* The table is about to be linked at `level` for addresses from va on. */
CHECK_HOOK(void check_table_place(struct page *table, uint64_t va, unsigned level))
/* A walker is about to read this table. */
CHECK_HOOK(void check_table_enter(const uint64_t *table))
CHECK_HOOK(void check_table_free(struct page *table))

/* Frames: before the allocator takes it back. */
CHECK_HOOK(void check_page_free(struct page *page))

/* Page maps and ASIDs. */
CHECK_HOOK(void check_pmap_init(struct pmap *p))
CHECK_HOOK(void check_pmap_parked(struct pmap *p)) /* E4 begins: all have parked (I3) */
CHECK_HOOK(void check_pmap_kill(struct pmap *p))  /* E4 is done, p is dead from here on */
#if CURFEW_CHECK
bool check_purging(void); /* some page map is between its park (E3) and the end of its purge (E6) */
#else
static inline bool check_purging(void) { return false; }
#endif
CHECK_HOOK(void check_pmap_gone(struct pmap *p))  /* E6 */
CHECK_HOOK(void check_asid_take(uint64_t number, struct pmap *p))   /* given to p, whose last it is not */
CHECK_HOOK(void check_asid_give(uint64_t number, struct pmap *p))   /* free to be given again */
/* A flush that was asked for is over: what p changed in [first, last] before it must be clean (I8). */
CHECK_HOOK(void check_flushed(struct pmap *p, uint64_t first, uint64_t last))

/* Threads and users of user memory. */
CHECK_HOOK(void check_switch(struct thread *prev, struct thread *next))
CHECK_HOOK(void check_switched(void))
CHECK_HOOK(void check_user_copy(uint64_t va, uint64_t n, bool write))
CHECK_HOOK(void check_user_return(void))
CHECK_HOOK(void check_stack_free(uint64_t stack))
CHECK_HOOK(void check_mute(bool mute))
CHECK_HOOK(void check_trim(void)) /* gives back what is only kept for speed */
CHECK_HOOK(void check_boot(void))

/*
 * Racy windows of the protocol.  protocol_window(X) stands where a race would have to hit: it may delay, or let another
 * thread run where that is allowed, as the seed says.  protocol_entered(X) counts that the race was really run.
 */
#define WINDOWS(X) \
	X(PARK_PREEMPT,   "park.preempt")    /* preempted between giving up the right and the park */ \
	X(EXIT_SIBLING,   "exit.sibling")    /* a thread exits while a sibling runs on another CPU */ \
	X(EXIT_ROLLOVER,  "exit.rollover")   /* a rollover between a park and the end of its purge */ \
	X(FAULT_LOST,     "fault.lost")      /* a fault lost its entry to another, and was retried */ \
	X(FAULT_UNMAP,    "fault.unmap")     /* a fault met a table that an unmap was unlinking */ \
	X(TABLE_LOST,     "table.lost")      /* two made the same table: one gave its own back */ \
	X(SWITCH_FLUSH,   "switch.flush")    /* a flush found a CPU in the middle of loading the space */ \
	X(SWITCH_ROLLOVER, "switch.rollover") /* a rollover did */ \
	X(KILL_SLEEPING,  "kill.sleeping")   /* a kill met a thread asleep */ \
	X(KILL_RUNNING,   "kill.running")    /* on a CPU */ \
	X(EXEC_SIBLING,   "exec.sibling")    /* exec waited for a sibling to leave */ \
	X(COW_SHARED,     "cow.shared")      /* a copy-on-write fault in a space that another CPU runs */ \
	X(FLUSH_PREEMPT,  "flush.preempt")   /* switched away between the change of an entry and its flush */ \
	X(EPOCH_HELD,     "epoch.held")      /* an unlinked table had to wait for a walker */

enum window {
#define X(id, name) WINDOW_##id,
	WINDOWS(X)
#undef X
	WINDOW_MAX
};

#if CURFEW_CHECK
void protocol_window(void);
void protocol_entered(enum window w);
/* How often a window was entered, over all CPUs; all of them as lines `window NAME COUNT` into the report. */
uint64_t check_window_count(enum window w);
extern const char *const check_window_names[WINDOW_MAX];
void check_window_report(void);
#else
#define protocol_window() ((void)0)
#define protocol_entered(w) ((void)0)
#define check_window_report() ((void)0)
#endif
#endif
#endif
