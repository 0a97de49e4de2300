/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_SUPPORT_H
#define HOST_SUPPORT_H
/*
 * What the host's unit tests share: CPUs, memory, panics that can be expected, and random numbers that are the same each time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define HOST_CPUS 4

/* From here on this host thread is CPU `cpu`. */
void host_cpu(unsigned cpu);
/* A fresh page allocator over `frames` frames from physical address `pa` on, none of them given yet. */
void host_memory(uint64_t pa, uint64_t frames);

/* xorshift64*: *state is not 0. */
static inline uint64_t host_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

extern jmp_buf host_panic_jump;
extern bool host_panic_expected;
extern char host_panic_message[256];

/* The statement panics, and `text` is in the message.  Locals that it changes are undefined afterwards. */
#define expect_panic(text, statement) do { \
	if (setjmp(host_panic_jump) == 0) { \
		host_panic_expected = true; \
		statement; \
		fail_msg("no panic: " #statement); \
	} \
	if (!strstr(host_panic_message, text)) \
		fail_msg("panic says \"%s\", not \"%s\"", host_panic_message, text); \
} while (0)

#endif
