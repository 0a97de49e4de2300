/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H
/*
 * On the host: the direct map is a mapping that tests/host/support.c makes.  The address suits both hosts' address
 * sanitizers (x86-64, aarch64), which have areas of their own.
 */
#define PAGE_SHIFT  12
#define PAGE_SIZE   (1 << PAGE_SHIFT)
#define BLOCK_SHIFT 21
#define BLOCK_SIZE  (1 << BLOCK_SHIFT)

#define DMAP_BASE 0x400000000000ul
#define DMAP_SIZE 0x4000000000ul

#define KSTACK_SHIFT 14
#define KSTACK_SIZE  (1 << KSTACK_SHIFT)

#endif
