/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Semihosting: calls that the debugger or QEMU answers (Arm, "Semihosting for AArch32 and AArch64").  Test runs use it to
 * report results beside the console and to end QEMU with a status.
 *
 * HLT #0xF000 is undefined where nobody answers: callers check that the boot argument `report` was given.
 */
#include "arch/arm64/cpu.h"
#include "arch/arm64/devices.h"

#define SYS_WRITEC        0x03 /* one byte at the address */
#define SYS_WRITE0        0x04 /* a NUL-terminated string */
#define SYS_EXIT_EXTENDED 0x20
#define ADP_STOPPED_APPLICATION_EXIT 0x20026

static uint64_t semihost_call(uint32_t operation, const void *arg)
{
	register uint64_t x0 __asm__("x0") = operation;
	register const void *x1 __asm__("x1") = arg;

	__asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
	return x0;
}

_Noreturn void semihost_exit(unsigned status)
{
	uint64_t block[2] = { ADP_STOPPED_APPLICATION_EXIT, status };

	irq_disable();
	for (;;) {
		semihost_call(SYS_EXIT_EXTENDED, block);
		cpu_wfi();
	}
}

/* Runs without a NUL go as strings, NULs one by one. */
void semihost_write(const char *bytes, size_t n)
{
	char chunk[256];
	size_t len;

	for (; n; bytes += len, n -= len) {
		for (len = 0; len < n && len < sizeof(chunk) - 1 && bytes[len]; len++)
			chunk[len] = bytes[len];
		chunk[len] = 0;
		if (len)
			semihost_call(SYS_WRITE0, chunk);
		else
			semihost_call(SYS_WRITEC, &bytes[len++]);
	}
}
