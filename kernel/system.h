/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SYSTEM_H
#define KERNEL_SYSTEM_H
/*
 * The machine as a whole: its end, and the harness that may listen beside the console (boot argument `report`).
 */
#include <stdbool.h>
#include <stddef.h>
#include "kernel/handle.h"

extern struct object system_object;

void system_init(void); /* reads the boot argument */
bool system_reports(void);
void system_report(const char *bytes, size_t n);
/* Ends QEMU with the status under `report`, else powers off by PSCI, else stops. */
_Noreturn void system_power_off(unsigned status);

#endif
