/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H
/* The steps of bring-up, in the order of kmain() (boot/main.c).  All run once, on the boot CPU, with interrupts masked. */
#include <stdbool.h>
#include <stdint.h>

/* boot/memory.c: the direct map, the per-CPU block, the page array, the page allocator. */
void boot_memory(void);
/* The same, when the other CPUs are up: checking builds give the allocator most of the memory only here. */
void boot_memory_rest(void);
/* boot/smp.c: starts the other CPUs, one after the other. */
void boot_cpus(void);
/* boot/selftest.c: boot argument selftest=.  True: boot_user() is called from there, when the test is over. */
bool boot_selftest(void);
/* boot/user.c: the shared page, the initrd's object, and the first process. */
void boot_user(void);

/* Says why, and stops. */
_Noreturn void boot_fail(const char *why);

#endif
