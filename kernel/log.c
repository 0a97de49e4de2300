/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's log: a ring of text, and the UART.
 *
 * Positions count bytes since boot.  One lock, the last in the lock order, is held
 * with interrupts masked while a message goes into the ring and out of the UART: that keeps lines whole.
 *
 * Once a CPU panics, it alone prints, without the lock: whoever held it was stopped or will never give it back.  Any other CPU that
 * still comes here stays here.  See log_panic() and kernel/panic.c.
 */
#include "kernel/log.h"
#include "arch/arm64/cpu.h"
#include "arch/arm64/devices.h"
#include "kernel/spinlock.h"
#include "kernel/string.h"

#define RING_SIZE 32768u /* a power of two */
#define LINE_MAX  512

static struct spinlock lock = SPINLOCK_INIT;
static char ring[RING_SIZE];
static uint64_t written; /* bytes since boot; written by the holder of the lock */
static bool quiet;       /* the UART is left alone */

static struct thread *panic_thread; /* (a) set once: prints without the lock */

/* Returns what log_unlock() takes. */
static uint64_t log_lock(void)
{
	uint64_t flags = irq_save();
	struct thread *owner = __atomic_load_n(&panic_thread, __ATOMIC_RELAXED);

	if (__builtin_expect(owner != NULL, 0)) {
		while (owner != current())
			cpu_wfi();
		return flags;
	}
	spin_acquire(&lock);
	return flags;
}

static void log_unlock(uint64_t flags)
{
	if (!__atomic_load_n(&panic_thread, __ATOMIC_RELAXED))
		spin_release(&lock);
	irq_restore(flags);
}

void log_panic(void)
{
	/* A message takes well under a millisecond to print; then the holder is dead, or it is this CPU. */
	for (unsigned i = 0; i < 1000000 && spin_held(&lock); i++)
		cpu_relax();
	quiet = false;
	__atomic_store_n(&panic_thread, current(), __ATOMIC_RELAXED);
}

static void ring_put(const char *bytes, size_t n)
{
	while (n) {
		size_t at = written % RING_SIZE;
		size_t part = n < RING_SIZE - at ? n : RING_SIZE - at;

		memcpy(ring + at, bytes, part);
		written += part;
		bytes += part;
		n -= part;
	}
}

void log_write(const char *bytes, size_t n)
{
	uint64_t flags = log_lock();

	ring_put(bytes, n);
	if (!quiet)
		uart_write(bytes, n);
	log_unlock(flags);
}

void kprintf(const char *fmt, ...)
{
	char line[LINE_MAX];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = kvsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n >= sizeof(line)) {
		n = sizeof(line) - 1;
		line[n - 1] = '\n'; /* cut, but still a line */
	}
	log_write(line, n);
}

size_t log_read(char *buf, size_t n, uint64_t *pos)
{
	uint64_t flags = log_lock();
	uint64_t oldest = written > RING_SIZE ? written - RING_SIZE : 0;
	size_t done = 0;

	if (*pos < oldest)
		*pos = oldest;
	if (*pos < written && n > written - *pos)
		n = written - *pos;
	if (*pos >= written)
		n = 0;
	while (done < n) {
		size_t at = (*pos + done) % RING_SIZE;
		size_t part = n - done < RING_SIZE - at ? n - done : RING_SIZE - at;

		memcpy(buf + done, ring + at, part);
		done += part;
	}
	log_unlock(flags);
	return n;
}

void log_set_quiet(bool on)
{
	uint64_t flags = log_lock();

	quiet = on;
	log_unlock(flags);
}
