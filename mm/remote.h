/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_REMOTE_H
#define MM_REMOTE_H
/*
 * Memory of address spaces that are not loaded: copies between two of them, and between one and the kernel.
 *
 * A page is found by walking its space's tables, brought in by a fault if need be, held by a reference, and copied
 * through the direct map: no lock is held, and preemption is on, while bytes move.  What may happen meanwhile:
 *
 *   it is unmapped, or copied by a write    the bytes read are those of a moment during the call
 *   it becomes read-only by a fork, or is replaced   what was written to it may have gone where nobody looks: so the
 *                                           entry is looked at again afterwards, and that page done anew
 *
 * The caller sees to it that neither space is purged meanwhile: somebody with a right to it waits for the call.
 */
#include <stdbool.h>
#include <stdint.h>

struct vmspace;

/* One side of a copy: addresses of a space, or of the kernel (vs NULL). */
struct memory {
	struct vmspace *vs;
	uint64_t va;
};

/*
 * Bytes copied: all n unless *error is set (-EFAULT, -ENOMEM), and then *bad is 0 for `to` and 1 for `from`.  It ends before the
 * next page when the current thread is killed, or *stop is set by another (-EINTR, *bad 2).  May sleep.
 */
uint64_t vm_copy(struct memory to, struct memory from, uint64_t n, const bool *stop, int *error, int *bad);

/*
 * The same without faults, references or a look afterwards, for up to VM_COPY_SHORT bytes, more than 0: where each space has one
 * thread alone, which cannot go on meanwhile (the caller is one, and holds what the other sleeps for), nobody changes entries.
 * May be called with spinlocks held.  False: it must be done by vm_copy(); some of the bytes may be there.
 */
#define VM_COPY_SHORT 4096u
bool vm_copy_short(struct memory to, struct memory from, uint64_t n);

#endif
