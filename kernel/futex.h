/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_FUTEX_H
#define KERNEL_FUTEX_H
/*
 * Futexes: waiting on a 32-bit word of user memory.  A private word is named by its address space and address, one in a shared mapping by
 * the object and offset, so that processes can meet there.  All may sleep.
 */
#include <stdint.h>

void futex_init(void);
/* 0 (woken, or for no reason), -EAGAIN *addr != value, -ETIMEDOUT, -EINTR killed, -EFAULT, -EINVAL unaligned. */
int futex_wait(uint64_t addr, uint32_t value, uint64_t deadline);
/* How many were woken, at most n; -EFAULT, -EINVAL. */
int futex_wake(uint64_t addr, uint32_t n);

#endif
