/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H
/*
 * The console: one terminal on the UART, with a small line discipline, until a server does it.
 * Output is console_output() of log.h.
 */
#include <stdint.h>
#include "kernel/handle.h"

extern struct object console_object;

void console_init(void);
/* Bytes of a line (cooked) or whatever there is (raw), into kernel memory: > 0; 0 at end of file; -EINTR killed. */
int64_t console_read(char *buf, uint64_t n);
int64_t console_ctl(unsigned op, uint64_t arg); /* CURFEW_CONSOLE_*; -EINVAL, -ESRCH */

#endif
