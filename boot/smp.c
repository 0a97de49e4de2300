/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting the other CPUs, one after the other, by PSCI.  A CPU that does not come is left out, with a line in the log.
 */
#include "arch/arm64/devices.h"
#include "arch/arm64/mmu.h"
#include "boot/boot.h"
#include "boot/platform.h"
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "kernel/seed.h"
#include "kernel/string.h"
#include "kernel/thread.h"
#include "mm/kmap.h"
#include "mm/pmap.h"

#define START_NS 2000000000ull /* a CPU that has not come by then never will */

extern const char secondary_start[];
_Noreturn void secondary_main(void);

/* What head.S loads on the new CPU; read there once, with the MMU on. */
static struct cpu_boot {
	uint64_t sp;
	uint64_t thread;
} cpu_boot;

/* First C code of a secondary: its own stack, interrupts masked, TTBR0 still the identity map. */
void secondary_main(void)
{
	struct percpu *cpu = this_cpu();

	irq_init_cpu();
	timer_init_cpu();
	mmu_init_cpu();
	seed_init_cpu();
	pmap_park();
	tlb_all_local();
	__atomic_store_n(&cpu->online, mmu_asid_bits(), __ATOMIC_RELEASE); /* pairs with start() */
	sched_idle_loop();
}

static bool start(unsigned i)
{
	struct percpu *cpu = percpu_all[i];
	struct thread *idle = thread_create_kernel(NULL, NULL);
	uint64_t deadline;
	int error;

	if (!idle)
		boot_fail("not enough memory for the idle threads");
	idle->head.percpu = cpu;
	idle->head.preempt_count = 0;
	idle->priority = idle->base_priority = 0;
	cpu->idle = idle;
	sched_init_cpu(cpu);
	cpu_boot = (struct cpu_boot){ idle->kstack + KSTACK_SIZE - 16, (uint64_t)idle };
	dsb(ish);
	error = psci_cpu_on(cpu->mpidr, kmap_image_pa(secondary_start), (uint64_t)&cpu_boot);
	if (error) {
		kprintf("CPU %u (mpidr %lx): PSCI says %d\n", i, cpu->mpidr, error);
		return false;
	}
	deadline = timer_now() + START_NS;
	while (!__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE))
		if (timer_now() > deadline)
			boot_fail("a CPU was started by PSCI and never arrived");
	if (cpu->online != mmu_asid_bits()) /* T10 */
		boot_fail("CPUs differ in the number of ASID bits");
	return true;
}

/* Takes CPU i out of the lists, so that logical numbers stay without holes. */
static void leave_out(unsigned i)
{
	unsigned last = --platform.n_cpus;

	platform.cpu_mpidr[i] = platform.cpu_mpidr[last];
	percpu_all[i]->mpidr = platform.cpu_mpidr[i];
	percpu_all[last] = NULL;
}

void boot_cpus(void)
{
	while (cpus_online < platform.n_cpus) {
		if (start(cpus_online))
			cpus_online++;
		else
			leave_out(cpus_online);
	}
	if (platform.n_cpus_ignored)
		kprintf("%u more CPUs cannot be used: disabled, not started by PSCI, or beyond %u\n",
			platform.n_cpus_ignored, PLATFORM_MAX_CPUS);
	kprintf("%u CPUs\n", cpus_online);
}
