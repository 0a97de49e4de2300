/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_KSTAT_H
#define KERNEL_KSTAT_H
/* The counters and gauges that SYS_kstat shows, by index. */
#include <curfew/abi.h>

unsigned kstat_count(void);
void kstat_get(unsigned i, struct curfew_kstat *out); /* i < kstat_count() */

#endif
