/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_BIN_BENCH_H
#define CURFEW_BIN_BENCH_H
/*
 * Between main.c (the table, and the operations on processes and memory) and message.c (messages, events, interrupts) and
 * io.c (what servers answer).
 */
#include <stdint.h>
#include <sys/types.h>

/* Ends the program: a measurement of something that failed is none. */
_Noreturn void die(const char *what);
/* Waits for a child, which must have exited with status 0. */
void reap(pid_t pid);
/* All on one CPU: what is measured is the way from one process to the other, not to wake another CPU.  Which it could be
 * before, for curfew_set_affinity(). */
uint64_t stay_on_one_cpu(void);

/* message.c: the nanoseconds of `count` rounds, or of the part of each that is measured; without what comes before and after. */
uint64_t time_words(long count);
uint64_t time_bytes(long count);
uint64_t time_bytes64k(long count);
uint64_t time_event(long count);
uint64_t time_irq(long count);

/* io.c: likewise. */
uint64_t time_pipe(long count);
uint64_t time_read4k(long count);
uint64_t time_stat(long count);
uint64_t time_open(long count);

#endif
