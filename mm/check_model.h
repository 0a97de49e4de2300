/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_CHECK_MODEL_H
#define MM_CHECK_MODEL_H
/*
 * The checker's model, shared by mm/check_*.c only (BUILD=check).  See docs/checker.md.
 *
 *   check_pte.c     an automaton for every entry of every table: valid, taken, unclean, clean
 *   check_tlbi.c    what each CPU has loaded, what its barriers and TLBIs are credited with
 *   check_asid.c    the life of page maps and ASIDs, of frames and of stacks
 *   check_shadow.c  the adversarial TLB
 *   check_report.c  events, and what is said when a rule is broken
 *   check_window.c  the racy windows: delays by the seed, and how often each was entered
 *
 * One lock guards it all (model_lock(), interrupts masked); it is below every other lock, nothing is taken inside, and
 * nothing in here allocates while it is held.
 */
#include "arch/arm64/mmu.h"
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "mm/asid.h"
#include "mm/page.h"
#include "mm/pmap.h"

#define MODEL_CPUS PLATFORM_MAX_CPUS

/*
 * What TLBs may hold of one entry beside what it says now.  24 bytes an entry, so the shadow of a table with its head
 * is four pages.
 */
struct pte_shadow {
	uint64_t old;       /* the value before, if `holders`: an entry that is *unclean* */
	uint32_t time;      /* number of the event that changed it last */
	uint32_t who;       /* the thread that did: it has it locked, or owes the flush */
	uint16_t holders;   /* CPUs whose TLB may hold `old` */
	uint16_t broadcast; /* CPUs that gave a broadcast TLBI for it and no DSB yet */
	uint16_t local;     /* the same, a local one */
	uint8_t by;         /* the CPU that changed it */
	uint8_t missed;     /* MISSED_*: why a TLBI that came by was not credited */
};

#define MISSED_DSB   1 /* no DSB between the store and the TLBI (T6) */
#define MISSED_SCOPE 2 /* a local TLBI, and other CPUs ran the space (T8) */
#define MISSED_LEVEL 4 /* a last-level TLBI, and it was a table (T7) */

struct table_shadow {
	struct pmap *owner;     /* NULL: the kernel's */
	struct page *page;      /* NULL: in the pool */
	LIST_ENTRY(table_shadow) unclean; /* of those that have unclean entries */
	uint64_t va;            /* where its first entry leads */
	uint32_t unlinked_by;   /* the thread, while the table is unlinked */
	uint16_t dirty;         /* how many entries are unclean ... */
	uint16_t low, high;     /* ... all of them within these */
	uint8_t level;
	bool linked;
	struct pte_shadow pte[PT_ENTRIES];
};

_Static_assert(sizeof(struct table_shadow) <= 4 * PAGE_SIZE, "the shadow of a table is four pages");
_Static_assert(MODEL_CPUS <= 16, "pte_shadow has 16 bits for CPUs");
_Static_assert(sizeof(struct pte_shadow) <= 32, "at most 32 bytes an entry");

LIST_HEAD(shadow_list, table_shadow);

struct frame_shadow {
	uint16_t mapped;  /* valid entries that lead here, of page maps that are not dead */
	uint16_t unclean; /* unclean ones whose old value did */
};

struct cpu_model {
	uint64_t ttbr, before;  /* root | ASID << 48; `before`: until the ISB (T5), else the same */
	uint32_t ish, nsh;      /* event number of the last DSB that made this CPU's stores seen: by all, by itself */
	uint32_t pending;       /* TLBIs without their DSB */
	uint32_t unpublished;   /* event number of a kernel entry made valid and no DSB ISHST yet (T1) */
	bool mute;              /* what it does now would not be done without the checker */
	bool pending_broadcast; /* one of them is for all CPUs: only a DSB ISH completes it (T6) */
	bool pending_all;       /* one of them is of everything, */
	uint64_t pending_asid;  /* or of this ASID (0: none) */
	uint16_t pending_mask;  /* CPUs that it will have cleaned of that ASID */
	uint32_t pending_time;
	uint64_t stack, leaving; /* kernel stack that it runs on; the one that it is about to leave, 0: none */
};

/* I7; the states are those of docs/protocol.md. */
enum asid_state { ASID_FREE, ASID_LIVE, ASID_PARKED, ASID_FLUSHED, ASID_RETIRED };

struct asid_model {
	struct pmap *owner;
	uint32_t loaded;  /* event number of the last TTBR0 write with it */
	uint16_t dirty;   /* CPUs whose TLB may hold entries of it */
	uint8_t state;
};

extern bool check_on;
extern struct cpu_model model_cpu[MODEL_CPUS];
extern struct asid_model *model_asid; /* by number */
extern uint64_t model_highest;         /* that was ever given out */
extern struct frame_shadow *model_frame;
extern struct shadow_list model_unclean;
extern uint32_t model_now;  /* number of the last event */

/* --- the lock --- */
uint64_t model_lock(void);
void model_unlock(uint64_t flags);

static inline unsigned model_self(void) { return this_cpu()->id; }
static inline uint16_t model_online(void) { return (1u << cpus_online) - 1; }
static inline uint32_t thread_name(const void *t) { return ((uint64_t)t - DMAP_BASE) >> 4; }
static inline uint32_t model_thread(void) { return thread_name(current()); }

/* --- events --- */
#define EVENTS(X) \
	X(PTE,    "pte")    /* address | level, new value */ \
	X(DSB,    "dsb")    /* kind */ \
	X(ISB,    "isb") \
	X(TLBI,   "tlbi")   /* operand, kind */ \
	X(TTBR0,  "ttbr0")  /* value */ \
	X(TABLE,  "table")  /* frame, 1 made, 2 placed, 3 freed */ \
	X(KILL,   "kill")   /* E4: page map, ASID */ \
	X(GONE,   "gone")   /* E6: page map */ \
	X(FORGET, "forget") /* E5: address | level */ \
	X(ASID,   "asid")   /* number, 1 taken, 0 given back */ \
	X(FREE,   "free")   /* frame */ \
	X(SWITCH, "switch") /* from thread, to thread */ \
	X(STACK,  "stack")  /* kernel stack freed */ \
	X(COPY,   "copy")   /* user address, bytes */ \
	X(RETURN, "return") /* to EL0 */

enum event_kind {
#define X(id, name) EVENT_##id,
	EVENTS(X)
#undef X
	EVENT_MAX
};

/* Records an event and counts model_now; lock held. */
extern uint32_t model_event_asid;
void model_event(enum event_kind kind, uint64_t a, uint64_t b);

/* Stops everything and says which rule was broken.  `time`: the number of the event that is the other half of the story, 0: none.
 * Lock held. */
_Noreturn void model_broken(const char *rule, uint32_t time, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same for an unclean entry: says what its flush lacked. */
_Noreturn void model_broken_pte(const char *rule, const struct table_shadow *t, unsigned i, const char *what);

/* --- check_pte.c --- */
struct table_shadow *shadow_of(const pte_t *e);      /* NULL: not modelled */
void pte_clean(struct table_shadow *t, unsigned i);  /* nobody holds the old value any more */
bool pte_is_leaf(pte_t value, unsigned level);
void shadow_forget_all(struct pmap *p);              /* E4: what is unclean of a dead page map matters no more */
struct page *model_page(uint64_t pa);                /* NULL: no RAM that is managed */
uint64_t shadow_va(const struct table_shadow *t, unsigned i);

void *check_memory(uint64_t size);                   /* boot: zeroed, in the checker's own blocks; NULL: there is no more */

/* --- check_tlbi.c --- */
uint16_t model_loaded(uint64_t root_pa);             /* CPUs that have it in TTBR0, or had before an ISB */
uint16_t model_holders(const struct pmap *p);        /* CPUs that may hold entries of p */

/* --- check_shadow.c --- */
void tlb_speculate(void);                            /* at every hook: fills this CPU's shadow TLB by a walk or two */
void tlb_doom(uint64_t operand, uint64_t kind);      /* a TLBI was given */
void tlb_complete(void);                             /* its DSB */
void tlb_use(uint64_t va, uint64_t n, bool write);   /* an access to user memory */
void tlb_frame_free(uint64_t pa);
void tlb_return(void);
void tlb_boot(void);
void tlb_touched(uint64_t va);                       /* an entry for va was changed: worth a walk */

/* --- check_report.c --- */
bool report_boot(void);

#endif
