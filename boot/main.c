/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bring-up on the boot CPU, from head.S to the first process.  The order is the point of this file:
 *
 *   image's tables (head.S) -> device tree readable -> UART (from here on it can say what is wrong)
 *   -> direct map, per-CPU block, page allocator -> objects and their caches -> interrupts, timer
 *   -> other CPUs -> rest of the memory (checking builds) -> init -> this thread becomes the boot CPU's idle thread
 */
#include "arch/arm64/devices.h"
#include "arch/arm64/mmu.h"
#include "boot/boot.h"
#include "boot/platform.h"
#include "kernel/futex.h"
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "kernel/process.h"
#include "kernel/seed.h"
#include "kernel/string.h"
#include "kernel/system.h"
#include "kernel/thread.h"
#include "buildid.h"
#include "mm/asid.h"
#include "mm/kmap.h"
#include "mm/slab.h"
#include "mm/teardown.h"
#include "mm/vmo.h"
#include "mm/vmspace.h"

_Noreturn void kmain(uint64_t fdt_pa, uint64_t image_pa, uint64_t el);

/* Until the per-CPU block exists. */
static struct percpu early_percpu;
struct thread boot_thread = { .head.percpu = &early_percpu };
struct percpu *percpu_all[PLATFORM_MAX_CPUS] = { &early_percpu };
unsigned cpus_online = 1;

void boot_fail(const char *why)
{
	log_set_quiet(false);
	kprintf("curfew: cannot run here: %s\n", why);
	system_power_off(102);
}

/* A decimal number; 0 for anything else. */
static unsigned number(const char *s)
{
	unsigned n = 0;

	for (; *s >= '0' && *s <= '9' && n < 1000000; s++)
		n = n * 10 + (*s - '0');
	return *s ? 0 : n;
}

static unsigned bootarg_number(const char *name)
{
	char value[12];

	return bootarg(name, value, sizeof(value)) ? number(value) : 0;
}

/* They hurt nobody, but a word that was meant for this kernel should not be lost without a sound. */
static void log_unknown_bootargs(void)
{
	const char *s = platform.bootargs;
	char word[64];
	size_t n;

	while ((s = bootarg_unknown(s, &n)) != NULL) {
		strlcpy(word, s, n < sizeof(word) ? n + 1 : sizeof(word));
		kprintf("boot argument %s is not known\n", word);
		s += n;
	}
}

static void read_platform(uint64_t fdt_pa)
{
	const char *why = NULL;
	const void *fdt = NULL;
	char value[16], error[96];

	if (!fdt_pa || fdt_pa & 7)
		why = "no device tree (x0 at entry is not its address)";
	else
		fdt = kmap_fdt(fdt_pa);
	if (!why)
		why = platform_parse(&platform, fdt, FDT_WINDOW - ((uint64_t)fdt - FDT_BASE), fdt_pa,
				     read_sysreg(mpidr_el1) & 0xff00fffffful);
	if (platform.uart.size)
		uart_init(&platform);
	psci_init(&platform);
	system_init();
	log_set_quiet(bootarg("quiet", value, sizeof(value)));
	if (why)
		boot_fail(why);
	log_unknown_bootargs();
	if (bootarg("teardown", value, sizeof(value)) && !teardown_choose(value)) {
		ksnprintf(error, sizeof(error), "boot argument teardown= knows only: %s", teardown_names());
		boot_fail(error);
	}
}

void kmain(uint64_t fdt_pa, uint64_t image_pa, uint64_t el)
{
	const char *why;
	char value[8];

	early_percpu.idle = &boot_thread;
	sched_init_cpu(&early_percpu);
	kmap_init(image_pa);
	read_platform(fdt_pa);
	/* At the end of the line, where the blanks that give it one length are not seen (scripts/build.mk). */
	kprintf("Curfew entered at EL%lu, image at %lx, build %s\n", el, image_pa, BUILD_ID_PADDED);
	mmu_init_cpu();

	boot_memory();
	kmalloc_init();
	pmap_boot();
	thread_init();
	process_init();
	vmo_boot();
	vmspace_boot();
	futex_init();

	timer_init(&platform);
	why = irq_init(&platform);
	if (why)
		boot_fail(why);
	irq_init_cpu();
	timer_init_cpu();
	asid_init(bootarg_number("asid_bits"), platform.n_cpus);
	if (teardown->init && teardown->init(asid_bits()))
		boot_fail("not enough memory for the teardown policy");
	pmap_park(); /* from here on nothing is left of the identity map */
	tlb_all_local();

	seed_init();
	seed_init_cpu();
	boot_cpus();
	boot_memory_rest();
	check_boot();
	if (bootarg("panic", value, sizeof(value)))
		panic("asked for by the boot argument panic=%s", value);
	if (!boot_selftest())
		boot_user();
	sched_idle_loop();
}
