/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_BACKTRACE_H
#define ARCH_BACKTRACE_H
/*
 * The chain of frame records (AAPCS64, "The Frame Pointer") of kernel code: {caller's record, return address}, the first at x29.
 * The trap entry from EL0 ends the chain with 0.
 */
#include <stdint.h>

/*
 * Stores up to max code addresses, callers of the function whose record is at fp, and returns how many.  Each is the address of
 * the call, not of the instruction after it, so that a line-number tool names the line of the call.
 * Any context: every record is checked before it is read, so a broken chain ends the walk and nothing else.
 */
unsigned backtrace_walk(uint64_t fp, uint64_t *addresses, unsigned max);

#endif
