/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From reset to C.
 *
 * The boot loader follows Linux's arm64 protocol: it enters the first byte of the Image with the MMU off, at EL2 or
 * EL1, the physical address of the device tree in x0.  Secondary CPUs come from PSCI to secondary_start in
 * the same state.  Either way the CPU drops to EL1, turns the MMU on, jumps to the kernel's own addresses
 * and calls C.
 *
 * The page tables of the image are built here and are final: they are never replaced, only extended (mm/kmap.c).
 * TTBR1 gets kernel_root, in which one level 3 table maps the image W^X.  TTBR0 gets idmap_root, a read-only executable
 * 2 MiB block over the loaded image, which is needed only between turning the MMU on and the jump.
 *
 * Until the MMU is on, code here runs at the load address and must reach everything by ADR/ADRP.
 */
#include "arch/arm64/layout.h"

#define HCR_EL2_RW  (1 << 31)
#define HCR_EL2_API (1 << 41) /* with APK: pointer authentication does not trap */
#define HCR_EL2_APK (1 << 40)
#define CNTHCTL_EL1PCEN_EL1PCTEN 3
#define CPTR_EL2_RES1 0x33ff  /* E2H = 0: traps SVE and SME, not FP/SIMD */
#define SPSR_EL1H_DAIF 0x3c5
#define SCTLR_EL1_RES1 0x30d00800 /* little endian, MMU and caches off */
#define CPACR_FPEN (3 << 20)

/* Descriptors (Arm ARM D8.3): AttrIndx 0 = normal write-back, inner shareable, AF, global. */
#define PTE_TABLE  3
#define PTE_COMMON ((1 << 10) | (3 << 8))
#define PTE_RO     (1 << 7)
#define PTE_PXN    (1 << 53)
#define PTE_UXN    (1 << 54)
#define PAGE_TEXT   (PTE_COMMON | PTE_RO | PTE_UXN | 3)
#define PAGE_RODATA (PTE_COMMON | PTE_RO | PTE_PXN | PTE_UXN | 3)
#define PAGE_DATA   (PTE_COMMON | PTE_PXN | PTE_UXN | 3)
#define BLOCK_TEXT  (PTE_COMMON | PTE_RO | PTE_UXN | 1)

	.cfi_sections .debug_frame

/* dst = load address of sym */
.macro	adr_l dst, sym
	adrp	\dst, \sym
	add	\dst, \dst, :lo12:\sym
.endm

/* table[(pa or va in addr) >> shift] = next | PTE_TABLE; t1, t2 are scratch */
.macro	set_table table, addr, shift, next, t1, t2
	ubfx	\t1, \addr, #\shift, #9
	orr	\t2, \next, #PTE_TABLE
	str	\t2, [\table, \t1, lsl #3]
.endm

	.section .text.head, "ax"
	.global	_start
_start:	/* the Image header (Linux, Documentation/arm64/booting.rst) */
	b	primary_start
	nop
	.quad	0		/* text_offset */
	.quad	__image_size	/* what the image takes in memory, bss included */
	.quad	0xa		/* little endian, 4 KiB pages, anywhere in memory */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

/*
 * The boot CPU.
 *   x19 = device tree (PA)   x20 = __image_start (PA)   x21 = exception level at entry   x22 = data cache line size
 */
	.type	primary_start, %function
primary_start:
	.cfi_startproc
	.cfi_undefined x30
	mov	x19, x0
	adr_l	x20, __image_start
	tst	x20, #(BLOCK_SIZE - 1)
	b.ne	stop
	lsr	x0, x20, #VA_BITS
	cbnz	x0, stop
	bl	drop_to_el1
	mov	x21, x0

	/*
	 * BSS, which holds the tables, is not in the file.  With the MMU off stores go straight to memory: dirty lines
	 * that the loader left over it must not be written back on top (first pass), and clean stale lines must not
	 * hide it once the caches are on (second pass).
	 */
	mrs	x0, ctr_el0
	ubfx	x0, x0, #16, #4		/* DminLine: log2 of words */
	mov	x22, #4
	lsl	x22, x22, x0
	bl	invalidate_bss
	adr_l	x0, __bss_start
	adr_l	x1, __bss_end
1:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	1b
	bl	build_tables
	dmb	sy			/* the stores above before the invalidation below */
	bl	invalidate_bss

	adr_l	x0, idmap_root
	adr_l	x1, kernel_root
	bl	mmu_enable
	ldr	x0, =primary_high
	br	x0
primary_high:
	bl	init_el1
	ldr	x0, =boot_stack_top
	sub	sp, x0, #16		/* inside, so that bit KSTACK_SHIFT of SP is 1 */
	ldr	x0, =boot_thread
	msr	tpidr_el1, x0
	mov	x0, x19
	mov	x1, x20
	mov	x2, x21
	mov	x29, xzr
	mov	x30, xzr
	bl	kmain
	b	stop
	.cfi_endproc

/*
 * A secondary CPU, from PSCI CPU_ON.  x0 = address (in the kernel's half) of its struct cpu_boot
 * { uint64_t sp; uint64_t thread; }.
 */
	.global	secondary_start
	.type	secondary_start, %function
secondary_start:
	.cfi_startproc
	.cfi_undefined x30
	mov	x19, x0
	bl	drop_to_el1
	adr_l	x0, idmap_root
	adr_l	x1, kernel_root
	bl	mmu_enable
	ldr	x0, =secondary_high
	br	x0
secondary_high:
	bl	init_el1
	ldp	x0, x1, [x19]
	mov	sp, x0
	msr	tpidr_el1, x1
	mov	x29, xzr
	mov	x30, xzr
	bl	secondary_main
	b	stop
	.cfi_endproc

/* Nothing can be said yet: no UART is known.  A debugger finds the CPU here. */
stop:
	.cfi_startproc
	.cfi_undefined x30
	wfe
	b	stop
	.cfi_endproc

/*
 * Goes on at EL1 with SP_EL1 selected, interrupts masked, MMU off; returns the exception level it came from in x0.
 * EL2 is left such that EL1 owns timers, interrupt controller, FP/SIMD and debug, and nothing of it traps.
 * Clobbers x0-x2.
 */
	.type	drop_to_el1, %function
drop_to_el1:
	.cfi_startproc
	msr	daifset, #0xf
	mrs	x0, currentel
	lsr	x0, x0, #2
	ldr	x1, =SCTLR_EL1_RES1
	cmp	x0, #1
	b.eq	1f
	cmp	x0, #2
	b.ne	stop

	ldr	x2, =(HCR_EL2_RW | HCR_EL2_API | HCR_EL2_APK)
	msr	hcr_el2, x2
	isb				/* E2H = 0 from here: it changes the layout of CPTR_EL2 and CNTHCTL_EL2 */
	msr	sctlr_el1, x1
	mov	x2, #CNTHCTL_EL1PCEN_EL1PCTEN
	msr	cnthctl_el2, x2
	msr	cntvoff_el2, xzr
	mov	x2, #CPTR_EL2_RES1
	msr	cptr_el2, x2
	msr	hstr_el2, xzr
	msr	vttbr_el2, xzr
	mrs	x2, midr_el1
	msr	vpidr_el2, x2
	mrs	x2, mpidr_el1
	msr	vmpidr_el2, x2

	/* MDCR_EL2: no debug traps; all event counters, if there are any, belong to EL1 (HPMN = PMCR_EL0.N). */
	mov	x1, xzr
	mrs	x2, id_aa64dfr0_el1
	sbfx	x2, x2, #8, #4		/* PMUVer: 0 is none, -1 is another kind */
	cmp	x2, #1
	b.lt	2f
	mrs	x1, pmcr_el0
	ubfx	x1, x1, #11, #5
2:	msr	mdcr_el2, x1

	/* Fine-grained traps off, where they exist (ID_AA64MMFR0_EL1.FGT). */
	mrs	x2, id_aa64mmfr0_el1
	ubfx	x2, x2, #56, #4
	cbz	x2, 3f
	msr	s3_4_c1_c1_4, xzr	/* HFGRTR_EL2 */
	msr	s3_4_c1_c1_5, xzr	/* HFGWTR_EL2 */
	msr	s3_4_c1_c1_6, xzr	/* HFGITR_EL2 */
	msr	s3_4_c3_c1_4, xzr	/* HDFGRTR_EL2 */
	msr	s3_4_c3_c1_5, xzr	/* HDFGWTR_EL2 */

	/* GICv3's system registers for EL1 (ID_AA64PFR0_EL1.GIC), no virtual interrupts. */
3:	mrs	x2, id_aa64pfr0_el1
	ubfx	x2, x2, #24, #4
	cbz	x2, 4f
	mrs	x2, s3_4_c12_c9_5	/* ICC_SRE_EL2 */
	orr	x2, x2, #8		/* Enable: EL1 may use ICC_SRE_EL1 */
	orr	x2, x2, #1		/* SRE */
	msr	s3_4_c12_c9_5, x2
	isb
	mrs	x2, s3_4_c12_c9_5
	tbz	x2, #0, 4f		/* memory-mapped only: EL1 will find out too */
	msr	s3_4_c12_c11_0, xzr	/* ICH_HCR_EL2 */

4:	mov	x2, #SPSR_EL1H_DAIF
	msr	spsr_el2, x2
	msr	elr_el2, x30
	eret

1:	msr	sctlr_el1, x1
	isb
	msr	spsel, #1
	ret
	.cfi_endproc

/* With the MMU on, at the kernel's addresses: vectors, FP/SIMD usable, debug and counters closed to EL0.  Clobbers x0. */
	.equ	MDSCR_TDCC, 1 << 12
	.type	init_el1, %function
init_el1:
	.cfi_startproc
	ldr	x0, =vectors
	msr	vbar_el1, x0
	mov	x0, #CPACR_FPEN
	msr	cpacr_el1, x0
	mov	x0, #MDSCR_TDCC		/* EL0 has no business in the debug channel */
	msr	mdscr_el1, x0
	mrs	x0, id_aa64dfr0_el1
	sbfx	x0, x0, #8, #4
	cmp	x0, #1
	b.lt	1f
	msr	pmuserenr_el0, xzr
1:	isb
	ret
	.cfi_endproc

/* Drops the cache lines over [__bss_start, __bss_end), which is page-aligned at both ends.  x22 = line size; clobbers x0, x1. */
	.type	invalidate_bss, %function
invalidate_bss:
	.cfi_startproc
	adr_l	x0, __bss_start
	adr_l	x1, __bss_end
1:	dc	ivac, x0
	add	x0, x0, x22
	cmp	x0, x1
	b.lo	1b
	dsb	sy
	ret
	.cfi_endproc

/*
 * Fills kernel_root and idmap_root.  x20 = PA of __image_start.  Clobbers x0-x9.
 * The page at boot_stack_guard up to boot_stack stays unmapped.
 */
	.type	build_tables, %function
build_tables:
	.cfi_startproc
	mov	x9, x30
	adr_l	x0, kernel_root
	ldr	x1, =IMAGE_BASE
#if VA_BITS > 39
	adr_l	x2, kernel_l1
	set_table x0, x1, 39, x2, x3, x4
	mov	x0, x2
#endif
	adr_l	x2, kernel_l2
	set_table x0, x1, 30, x2, x3, x4
	adr_l	x5, kernel_l3
	set_table x2, x1, 21, x5, x3, x4

	ldr	x2, =PAGE_TEXT
	adr_l	x0, __text_start
	adr_l	x1, __text_end
	bl	map_pages
	ldr	x2, =PAGE_RODATA
	adr_l	x0, __rodata_start
	adr_l	x1, __rodata_end
	bl	map_pages
	ldr	x2, =PAGE_DATA
	adr_l	x0, __data_start
	adr_l	x1, boot_stack_guard
	bl	map_pages
	ldr	x2, =PAGE_DATA
	adr_l	x0, boot_stack
	adr_l	x1, __image_end
	bl	map_pages

	adr_l	x0, idmap_root
#if VA_BITS > 39
	adr_l	x2, idmap_l1
	set_table x0, x20, 39, x2, x3, x4
	mov	x0, x2
#endif
	adr_l	x2, idmap_l2
	set_table x0, x20, 30, x2, x3, x4
	ldr	x3, =BLOCK_TEXT
	orr	x3, x3, x20
	ubfx	x4, x20, #21, #9
	str	x3, [x2, x4, lsl #3]
	ret	x9
	.cfi_endproc

/* Maps the image's pages [x0, x1) (PA) with descriptor bits x2 through the level 3 table at x5.  Clobbers x0, x3, x4. */
	.type	map_pages, %function
map_pages:
	.cfi_startproc
1:	cmp	x0, x1
	b.hs	2f
	ubfx	x3, x0, #PAGE_SHIFT, #9	/* the image begins at a 2 MiB boundary in both address spaces */
	orr	x4, x0, x2
	str	x4, [x5, x3, lsl #3]
	add	x0, x0, #PAGE_SIZE
	b	1b
2:	ret
	.cfi_endproc
	.ltorg

	.section .bss.tables, "aw", %nobits
	.balign	PAGE_SIZE
.macro	table name
	.global	\name
	.type	\name, %object
	.size	\name, PAGE_SIZE
\name:	.skip	PAGE_SIZE
.endm
	table	kernel_root
	table	kernel_l2
	table	kernel_l3
	table	idmap_root
	table	idmap_l2
#if VA_BITS > 39
	table	kernel_l1
	table	idmap_l1
#endif
