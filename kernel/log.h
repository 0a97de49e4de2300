/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H
/*
 * The kernel's log: a ring of text that SYS_log_read reads, and which also goes to the UART unless the
 * boot argument `quiet` is given.  And panic, which always does.
 *
 * Formats: %d %u %x %lu %lx %ld %zu %p %s %c %% with width (also *), 0 and - flags, precision for %s; %p prints 0x and 16 digits.
 * A line of kprintf() is cut at 511 bytes.
 * Any context; takes the log's own spinlock with interrupts masked, the last in the lock order.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void log_write(const char *bytes, size_t n);
void kprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
size_t kvsnprintf(char *buf, size_t size, const char *fmt, va_list ap); /* length wanted, always NUL-terminated */
size_t ksnprintf(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Bytes of the log from absolute position `pos` on, at most n, into kernel memory; returns how many.  A position
 * that was overwritten already is moved to the oldest byte; *pos is where the copy began. */
size_t log_read(char *buf, size_t n, uint64_t *pos);
void log_set_quiet(bool quiet);
/* From here on only the calling thread prints, to the console too, and without the lock (panic; interrupts masked). */
void log_panic(void);

/* Stops all CPUs, prints the message, registers if there are any, the backtrace, and ends (QEMU status 100 under `report`).
 * Each message is unique text and carries the values. */
_Noreturn void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
extern bool panicking;

/* I1..I16, E1..E8: the rule's name is the first argument, so that a failed check cites it. */
#define ASSERT_RULE(rule, cond) do { \
	if (__builtin_expect(!(cond), 0)) \
		panic("%s broken: %s (%s:%d)", rule, #cond, __FILE__, __LINE__); \
} while (0)
#define ASSERT(cond) do { \
	if (__builtin_expect(!(cond), 0)) \
		panic("assertion failed: %s (%s:%d)", #cond, __FILE__, __LINE__); \
} while (0)
/* Checks that cost too much for every build. */
#if CURFEW_DEBUG
#define DEBUG_ASSERT(cond) ASSERT(cond)
#define DEBUG_ASSERT_RULE(rule, cond) ASSERT_RULE(rule, cond)
#else
#define DEBUG_ASSERT(cond) ((void)sizeof(cond))
#define DEBUG_ASSERT_RULE(rule, cond) ((void)sizeof(cond))
#endif

#endif
