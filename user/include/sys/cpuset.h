/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _SYS_CPUSET_H_
#define _SYS_CPUSET_H_
/* Sets of CPUs, for affinities: 64 of them, bit n is CPU n. */
#include <sys/types.h>

#define CPU_SETSIZE 64

typedef struct {
	unsigned long __bits;
} cpu_set_t;

#define CPU_ZERO(set)       ((void)((set)->__bits = 0))
#define CPU_SET(cpu, set)   ((void)((set)->__bits |= 1ul << (cpu)))
#define CPU_CLR(cpu, set)   ((void)((set)->__bits &= ~(1ul << (cpu))))
#define CPU_ISSET(cpu, set) (((set)->__bits >> (cpu)&1) != 0)
#define CPU_COUNT(set)      (__builtin_popcountl((set)->__bits))
#define CPU_EQUAL(a, b)     ((a)->__bits == (b)->__bits)

#endif
