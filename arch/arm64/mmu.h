/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_MMU_H
#define ARCH_MMU_H
/*
 * Translation tables and the TLB as generic code sees them: entries are made and read by the functions here and nobody else
 * knows their bits; flushes go through tlb.S, counted.
 *
 * Tables are `const` everywhere: only pte_set(), pte_cas() and pte_forget() change an entry, so the checker (BUILD=check,
 * mm/check.h) sees each change, and a store that goes round them does not compile.
 *
 * Levels count up from the root: 0 .. PT_LEVELS-1; leaves are at PT_LEVELS-1 (4 KiB pages) or, as blocks
 * of 2 MiB, one above.
 *
 *   63..56  55       54  53  52..48  47..12   11  10  9 8   7 6   5  4..2   1 0
 *           (PINNED) UXN PXN         address  nG  AF  SH    AP    NS AttrIdx type   (D8.3; 58:55 are software's)
 */
#include <stdbool.h>
#include <stdint.h>
#include "arch/arm64/cpu.h"
#include "arch/arm64/layout.h"
#include "kernel/counters.h"
#include "mm/check.h"

typedef uint64_t pte_t;

#define PT_LEVELS  (VA_BITS > 39 ? 4 : 3)
#define PT_ENTRIES 512

#define MMU_READ    1u /* the same as CURFEW_PROT_* */
#define MMU_WRITE   2u
#define MMU_EXECUTE 4u

#define PTE_VALID   0x001ul
#define PTE_TABLE   0x003ul /* table above the last level, page at it */
#define PTE_BLOCK   0x001ul
#define PTE_ATTR(n) ((uint64_t)(n) << 2)
#define PTE_USER    (1ul << 6)  /* AP[1]: EL0 may */
#define PTE_RO      (1ul << 7)  /* AP[2] */
#define PTE_SH      (3ul << 8)
#define PTE_TYPE    (PTE_ATTR(7) | PTE_SH) /* of memory: changes want a break (T9) */
#define PTE_AF      (1ul << 10)
#define PTE_NG      (1ul << 11)
#define PTE_PXN     (1ul << 53)
#define PTE_UXN     (1ul << 54)
#define PTE_PINNED  (1ul << 55) /* software's: this kernel block, or the table in its place, stays as it is (I13) */
#define PTE_ADDRESS 0x0000fffffffff000ul

/* Taken (I14): invalid to every walker; whoever put it there by pte_cas() is the only one to change it, by pte_set(). */
#define PTE_LOCKED  0x002ul

static inline unsigned pt_shift(unsigned level) { return PAGE_SHIFT + 9 * (PT_LEVELS - 1 - level); }
static inline unsigned pt_index(uint64_t va, unsigned level) { return va >> pt_shift(level) & (PT_ENTRIES - 1); }

static inline bool pte_valid(pte_t e)       { return e & PTE_VALID; }
static inline bool pte_is_table(pte_t e, unsigned level) { return level < PT_LEVELS - 1 && (e & 3) == PTE_TABLE; }
static inline uint64_t pte_pa(pte_t e)      { return e & PTE_ADDRESS; }
static inline bool pte_writable(pte_t e)    { return (e & (PTE_USER | PTE_RO)) == PTE_USER; }
static inline bool pte_executable(pte_t e)  { return !(e & PTE_UXN); }
static inline bool pte_user(pte_t e)        { return e & PTE_USER; }
static inline bool pte_is_device(pte_t e)   { return (e & PTE_ATTR(7)) == PTE_ATTR(1); }
static inline pte_t pte_make_table(uint64_t pa) { return pa | PTE_TABLE; }

/* A user leaf (I11): nG and PXN always; never writable and executable.  prot 0 keeps the page mapped, but not for EL0. */
static inline pte_t pte_make_user(uint64_t pa, unsigned prot)
{
#ifdef BUG_USER_GLOBAL /* phoenix PR 829: the entry of one process hits for all */
	return pa | PTE_TABLE | PTE_AF | PTE_SH | PTE_PXN | (prot ? PTE_USER : 0) | (prot & MMU_WRITE ? 0 : PTE_RO) |
	       (prot & MMU_EXECUTE ? 0 : PTE_UXN);
#endif
	return pa | PTE_TABLE | PTE_AF | PTE_SH | PTE_NG | PTE_PXN |
	       (prot ? PTE_USER : 0) | (prot & MMU_WRITE ? 0 : PTE_RO) |
	       (prot & MMU_EXECUTE ? 0 : PTE_UXN);
}

/* The same for a block. */
static inline pte_t pte_make_user_block(uint64_t pa, unsigned prot)
{
	return (pte_make_user(pa, prot) & ~PTE_TABLE) | PTE_BLOCK;
}

/* Registers for users: Device-nGnRE, never executable. */
static inline pte_t pte_make_user_device(uint64_t pa, unsigned prot)
{
	return (pte_make_user(pa, prot & ~MMU_EXECUTE) & ~PTE_TYPE) | PTE_ATTR(1);
}

/* The same page, as the memory that it is, with other rights. */
static inline pte_t pte_with_prot(pte_t e, unsigned prot)
{
	return (pte_make_user(pte_pa(e), prot) & ~PTE_TYPE) | (e & PTE_TYPE);
}

static inline bool pte_user_ok(pte_t e) /* I11 */
{
	return (e & (PTE_NG | PTE_PXN | PTE_AF)) == (PTE_NG | PTE_PXN | PTE_AF) &&
	       !(pte_writable(e) && pte_executable(e));
}

static inline pte_t pte_read_only(pte_t e)    { return e | PTE_RO; }
/* Device memory for the kernel, and ordinary memory with a kernel protection; global. */
static inline pte_t pte_make_device(uint64_t pa)
{
	return pa | PTE_TABLE | PTE_AF | PTE_ATTR(1) | PTE_PXN | PTE_UXN;
}
static inline pte_t pte_make_kernel(uint64_t pa, bool writable)
{
	return pa | PTE_TABLE | PTE_AF | PTE_SH | PTE_PXN | PTE_UXN | (writable ? 0 : PTE_RO);
}
static inline pte_t pte_make_kernel_block(uint64_t pa, bool writable)
{
	return (pte_make_kernel(pa, writable) & ~0x3ul) | PTE_BLOCK;
}

/* Above the last level: a block, not a table.  What page i of a block is mapped by; the block that begins with this page. */
static inline bool pte_is_block(pte_t e) { return (e & PTE_TABLE) == PTE_BLOCK; }
static inline bool pte_pinned(pte_t e)   { return e & PTE_PINNED; }
static inline pte_t pte_page_of_block(pte_t block, unsigned i)
{
	return ((block & ~PTE_PINNED) | PTE_TABLE) + (uint64_t)i * PAGE_SIZE;
}
static inline pte_t pte_block_of_page(pte_t first) { return (first & ~PTE_TABLE) | PTE_BLOCK; }

static inline pte_t pte_get(const pte_t *e) { return __atomic_load_n(e, __ATOMIC_RELAXED); }

/*
 * Stores to an entry that the caller owns: it has it locked, or is the only one who changes this table.  Release: what the entry
 * points to was written before it, and who finds a lock gone finds what its holder did.
 */
static inline void pte_set(const pte_t *e, pte_t value)
{
#if CURFEW_CHECK
	check_pte_set(e, value);
#else
	__atomic_store_n((pte_t *)e, value, __ATOMIC_RELEASE);
#endif
}

/* Changes an entry that others may change too; false: it is not `old` any more, and nothing was done.  Acquire: pairs with
 * pte_set() of the holder before; release as there. */
static inline bool pte_cas(const pte_t *e, pte_t old, pte_t value)
{
#if CURFEW_CHECK
	return check_pte_cas(e, old, value);
#else
	return __atomic_compare_exchange_n((pte_t *)e, &old, value, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
#endif
}

/* Purge: the entry of a dead page map counts no more.  It needs no store: nobody will ever walk it again (I4). */
static inline void pte_forget(const pte_t *e)
{
#if CURFEW_CHECK
	check_pte_forget(e);
#endif
}

/* After invalid -> valid (T1): the walkers see the stores; this CPU also, for its next access. */
static inline void pte_publish(void)
{
	dsb(ishst);
	check_dsb(0, CHECK_ISHST);
	isb();
	check_isb(0, 0);
}

/* --- TLB: the emitters are in tlb.S, what chooses among them in mmu.c --- */
void ttbr0_write(uint64_t value);
void tlb_asid_local(uint64_t operand);
void tlb_asid_broadcast(uint64_t operand);
void tlb_va_local(uint64_t operand, uint64_t n, uint64_t stride);
void tlb_va_broadcast(uint64_t operand, uint64_t n, uint64_t stride);
void tlb_leaf_local(uint64_t operand, uint64_t n, uint64_t stride);
void tlb_leaf_broadcast(uint64_t operand, uint64_t n, uint64_t stride);
void tlb_range_local(uint64_t operand);
void tlb_range_broadcast(uint64_t operand);
void tlb_range_leaf_local(uint64_t operand);
void tlb_range_leaf_broadcast(uint64_t operand);
void tlb_all_broadcast(void);
void tlb_all_local(void);

static inline void tlb_flush_asid(uint64_t asid, bool local)
{
	if (local) {
		tlb_asid_local(asid << 48);
		count(TLBI_LOCAL);
	} else {
		tlb_asid_broadcast(asid << 48);
		count(TLBI_BROADCAST);
	}
	count(TLBI_ASID);
}

uint64_t tlb_operand(uint64_t va, uint64_t asid); /* of a TLBI by address */

/* How to flush by address. */
#define TLB_LOCAL 1u /* this CPU only (T8); preemption is off from the decision to the end of the flush */
#define TLB_LEAF  2u /* entries of the last level only, blocks included: no table was unlinked (T7) */
#define TLB_BLOCK 4u /* n blocks of 2 MiB, one TLBI each, not pages */

/* n pages (or blocks) from va on, n >= 1; kernel addresses with ASID 0: global entries match any ASID.  One range TLBI where the CPU
 * has FEAT_TLBIRANGE and n > 1, else n TLBIs between one pair of barriers. */
void tlb_flush_va(uint64_t va, uint64_t n, uint64_t asid, unsigned how);

static inline void tlb_flush_everything(bool local)
{
	if (local) {
		tlb_all_local();
		count(TLBI_LOCAL);
	} else {
		tlb_all_broadcast();
		count(TLBI_BROADCAST);
	}
	count(TLBI_ALL);
}

/* What TTBR0_EL1 holds now: for assertions. */
static inline uint64_t mmu_loaded_root(void) { return read_sysreg(ttbr0_el1) & PTE_ADDRESS; }
static inline uint64_t mmu_loaded_asid(void) { return read_sysreg(ttbr0_el1) >> 48; }

/* The MMU's own limits. */
unsigned mmu_asid_bits(void); /* 8 or 16 */

/* Features that all CPUs have; each CPU calls mmu_init_cpu() when it comes up. */
extern bool mmu_has_range;      /* FEAT_TLBIRANGE */
extern unsigned mmu_bbm_level;  /* FEAT_BBM: with 2 a block may become a table of the same pages, and back, without a break (T9) */
void mmu_init_cpu(void);

/* Makes what was written to a page as data fetchable as instructions (B2.7.4). */
void mmu_sync_icache(void *page);

#endif
