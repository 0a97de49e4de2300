/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_LOCKORDER_H
#define KERNEL_LOCKORDER_H
/*
 * The order of all locks: one is taken only while those above it, or none, are held.
 *
 *   sleeping    vmspace->lock          regions of one address space (reader-writer: kernel/rwlock.h); page tables
 *   (mutex)                            are changed under it read-locked too, entry by entry (mm/pmap.h)
 *               vmo->lock              pages of one memory object
 *               ipi.c call_lock        one smp_call() at a time
 *               kstack.c map_lock      slots of kernel stacks and their tables
 *               kmap_block.c block_lock   blocks of the direct map and their tables
 *               rendezvous_lock        one rendezvous() at a time
 *
 *   spinning    console.queue.lock     input and foreground group
 *   (interrupts process_lock           the tree of processes, their threads and states
 *   masked)     handle_table->lock     one process's handles
 *               irq_source->lock       whom an interrupt is told
 *               event->wait.lock       bits, who waits for them, the channel that they go to
 *               channel->lock          messages and notices on their way
 *               futex bucket           waiters of a user address; any other wait queue, a rwlock's too
 *               pi_lock                contended mutexes
 *               timeouts.lock          one CPU's timeouts
 *               runqueue.lock          one CPU's queue; never two at once
 *               asid_lock              generations and the bitmap: taken in a switch
 *               id_lock, kstack.c cache_lock, report_lock: nothing is taken inside
 *               epoch.c lock           tables that wait to be freed
 *               slab_cache.lock, page allocator's
 *               log lock               last
 *
 * Every spinning lock is taken with interrupts masked.  User memory is touched with no lock held at all: a fault takes
 * vmspace->lock.
 */
#endif
