/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H
/*
 * Virtual memory layout.  The kernel's half (TTBR1) is the same for VA_BITS 39
 * and 48: it lies in the top 512 GiB, one level deeper in the second case.
 *
 *   ffff_ff80_0000_0000  direct map: physical address + DMAP_BASE (256 GiB)
 *   ffff_ffc0_0000_0000  struct page of each frame, by frame number: RAM's and those of registers that users have (64 GiB)
 *   ffff_ffd0_0000_0000  kernel stacks: slots of 32 KiB, upper half mapped
 *   ffff_ffe0_0000_0000  device registers, 4 KiB pages, never unmapped
 *   ffff_ffff_8000_0000  kernel image, in one 2 MiB table: text RX, rodata R, data RW
 *   ffff_ffff_8020_0000  device tree, 4 MiB window in 2 MiB blocks, read-only
 *
 * User space (TTBR0) is [0, USER_TOP).
 */
#ifndef VA_BITS
#define VA_BITS 39
#endif

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1 << PAGE_SHIFT)
#define BLOCK_SHIFT 21
#define BLOCK_SIZE (1 << BLOCK_SHIFT)

#define KVA(x) (x) /* the assembler wants no suffix */
#ifndef __ASSEMBLER__
#undef KVA
#define KVA(x) x##ul
#endif

#define DMAP_BASE   KVA(0xffffff8000000000)
#define DMAP_SIZE   KVA(0x4000000000)
#define PAGES_BASE  KVA(0xffffffc000000000)
#define PAGES_SIZE  KVA(0x1000000000)
#define KSTACK_BASE KVA(0xffffffd000000000)
#define DEVICE_BASE KVA(0xffffffe000000000)
#define IMAGE_BASE  KVA(0xffffffff80000000)
#define FDT_BASE    KVA(0xffffffff80200000)
#define FDT_WINDOW  KVA(0x400000)

/* A kernel stack's slot is aligned to twice its size and mapped in its upper half, so bit KSTACK_SHIFT of SP is 1
 * in a good stack and 0 in the guard below it: the vectors test that bit. */
#define KSTACK_SHIFT 14
#define KSTACK_SIZE  (1 << KSTACK_SHIFT)

#define USER_TOP (KVA(1) << VA_BITS)

#endif
