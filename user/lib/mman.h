/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_LIB_MMAN_H
#define CURFEW_LIB_MMAN_H
/* For callers of SYS_mmap that want the kernel's result, not errno. */
#include <stdbool.h>

static inline bool mmap_failed(const void *address)
{
	return (unsigned long)address >= -4095ul;
}

#endif
