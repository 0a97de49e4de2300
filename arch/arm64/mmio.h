/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_MMIO_H
#define ARCH_MMIO_H
/*
 * Device registers, for the drivers in arch/arm64.  One plain load or store each, in a form that a hypervisor can
 * emulate (no writeback, no pairs).  Accesses to one device arrive in program order (Device-nGnRE memory); order
 * against normal memory is the caller's, with a barrier.
 */
#include <stdint.h>

static inline uint32_t mmio_read32(const volatile void *reg)
{
	uint32_t v;

	__asm__ volatile("ldr %w0, [%1]" : "=r"(v) : "r"(reg) : "memory");
	return v;
}

static inline uint64_t mmio_read64(const volatile void *reg)
{
	uint64_t v;

	__asm__ volatile("ldr %0, [%1]" : "=r"(v) : "r"(reg) : "memory");
	return v;
}

static inline void mmio_write8(volatile void *reg, uint8_t v)
{
	__asm__ volatile("strb %w0, [%1]" : : "rZ"(v), "r"(reg) : "memory");
}

static inline void mmio_write32(volatile void *reg, uint32_t v)
{
	__asm__ volatile("str %w0, [%1]" : : "rZ"(v), "r"(reg) : "memory");
}

static inline void mmio_write64(volatile void *reg, uint64_t v)
{
	__asm__ volatile("str %x0, [%1]" : : "rZ"(v), "r"(reg) : "memory");
}

#endif
