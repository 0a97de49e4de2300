/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Firmware calls: starting CPUs and power-off (Arm DEN 0022, Power State Coordination Interface, 0.2 or later).
 * The device tree says whether they go by SMC or HVC.  Any context; no locks, firmware serialises.
 */
#include "arch/arm64/cpu.h"
#include "arch/arm64/devices.h"
#include "boot/platform.h"

#define PSCI_SYSTEM_OFF 0x84000008
#define PSCI_CPU_ON     0xc4000003 /* the 64-bit form */
#define PSCI_NOT_SUPPORTED (-1)

static enum psci_conduit conduit;

void psci_init(const struct platform *p)
{
	conduit = p->psci;
}

/* Arguments in x0-x3, the result in x0; x0-x17 do not survive (SMC Calling Convention 1.0). */
static int64_t firmware_call(uint32_t function, uint64_t arg1, uint64_t arg2, uint64_t arg3)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = arg1;
	register uint64_t x2 __asm__("x2") = arg2;
	register uint64_t x3 __asm__("x3") = arg3;

#define CALL(insn) __asm__ volatile(insn " #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : \
	"x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "cc", "memory")
	if (conduit == PSCI_HVC)
		CALL("hvc");
	else if (conduit == PSCI_SMC)
		CALL("smc");
	else
		return PSCI_NOT_SUPPORTED;
#undef CALL
	return (int32_t)x0;
}

/* DSB: what the new CPU reads before its caches are on, and the context that it reads after, is written. */
int psci_cpu_on(uint64_t mpidr, uint64_t entry_pa, uint64_t context)
{
	dsb(sy);
	return (int)firmware_call(PSCI_CPU_ON, mpidr, entry_pa, context);
}

_Noreturn void psci_system_off(void)
{
	irq_disable();
	firmware_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		cpu_wfi();
}
