/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_BIN_BENCH_H
#define CURFEW_BIN_BENCH_H
/*
 * Between main.c (the table, and the operations on processes and memory) and message.c (messages, events, interrupts).
 */
#include <stdint.h>
#include <sys/types.h>

/* Ends the program: a measurement of something that failed is none. */
_Noreturn void die(const char *what);
/* Waits for a child, which must have exited with status 0. */
void reap(pid_t pid);

/* message.c: the nanoseconds of `count` rounds, or of the part of each that is measured; without what comes before and after. */
uint64_t time_words(long count);
uint64_t time_bytes(long count);
uint64_t time_event(long count);
uint64_t time_irq(long count);

#endif
