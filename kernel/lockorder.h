/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_LOCKORDER_H
#define KERNEL_LOCKORDER_H
/*
 * The order of all locks: one is taken only while those above it, or none, are held.
 *
 *   sleeping    vmspace->lock          regions and page tables of one address space; fork: parent's, then the child's
 *   (mutex)     vmo->lock              pages of one memory object
 *               handle_table->lock     fork: parent's, then the child's
 *               kstack lock            slots of kernel stacks and their tables
 *               kmap lock              tables of the kernel's half
 *
 *   spinning    console->lock          input and foreground group
 *   (interrupts process_lock           the tree of processes, their threads and states
 *   masked)     futex bucket           waiters of a user address
 *               pi_lock                contended mutexes
 *               asid lock              generations and the bitmap
 *               timeouts.lock          one CPU's timeouts
 *               runqueue.lock          one CPU's queue; never two at once
 *               slab_cache.lock, page allocator's
 *               log lock               last
 *
 * Every spinning lock is taken with interrupts masked.  User memory is touched with no lock held at all: a fault takes
 * vmspace->lock.
 */
#endif
