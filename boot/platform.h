/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BOOT_PLATFORM_H
#define BOOT_PLATFORM_H
/*
 * What the device tree says about the machine, in the form that the rest of the kernel uses.  Filled once by
 * platform_parse() on the boot CPU, before there is memory to allocate; constant from then on.
 */
#include <stddef.h>
#include <stdint.h>

#if defined(CURFEW_CHECK) && CURFEW_CHECK
#define PLATFORM_MAX_CPUS     16 /* as many as the checker has bits for */
#else
#define PLATFORM_MAX_CPUS     32
#endif
#define PLATFORM_MAX_MEMORY   16
#define PLATFORM_MAX_RESERVED 32
#define PLATFORM_MAX_REDIST   4
#define PLATFORM_BOOTARGS     2048

struct pa_range {
	uint64_t base;
	uint64_t size; /* bytes; 0: there is none */
};

enum psci_conduit { PSCI_NONE, PSCI_SMC, PSCI_HVC };

struct platform {
	struct pa_range memory[PLATFORM_MAX_MEMORY];     /* sorted, disjoint */
	unsigned n_memory;
	struct pa_range reserved[PLATFORM_MAX_RESERVED]; /* memreserve, /reserved-memory, FDT, initrd */
	unsigned n_reserved;

	uint64_t cpu_mpidr[PLATFORM_MAX_CPUS]; /* Aff3..Aff0; [0] is the boot CPU */
	unsigned n_cpus;
	unsigned n_cpus_ignored; /* listed, but above PLATFORM_MAX_CPUS or not startable by PSCI */
	enum psci_conduit psci;

	unsigned gic_version; /* 2 or 3 */
	struct pa_range gic_dist;
	struct pa_range gic_cpu;                         /* GICv2's CPU interface */
	struct pa_range gic_redist[PLATFORM_MAX_REDIST]; /* GICv3 */
	unsigned n_redist;
	uint64_t gic_redist_stride; /* 0: 128 KiB */

	uint32_t timer_intid; /* EL1 virtual timer */
	struct pa_range uart; /* PL011 */
	uint32_t uart_intid;
	struct pa_range rtc;  /* PL031; size 0 if there is none */
	uint32_t rtc_intid;   /* 0: none */
	struct pa_range initrd;
	char bootargs[PLATFORM_BOOTARGS];
};

extern struct platform platform;

/*
 * Fills `p` from the flattened device tree at `fdt` (mapped, `limit` bytes readable), whose physical address is `fdt_pa`;
 * `boot_mpidr` is this CPU's affinity.  Returns NULL, or a one-line reason why the kernel cannot run here
 * (static text).  p->uart is filled whenever it can be found, even on an error, so that the reason can be said.
 */
const char *platform_parse(struct platform *p, const void *fdt, size_t limit, uint64_t fdt_pa, uint64_t boot_mpidr);

/* Whether there is RAM at pa. */
_Bool platform_is_ram(uint64_t pa);

/* The value of boot argument `name=value`, or "" for a bare `name`, copied to buf (NUL-terminated, cut at
 * size); false if it is absent.  Words after a lone "--" do not count. */
_Bool bootarg(const char *name, char *buf, size_t size);

/* The next boot argument whose name the kernel does not know, at or after s, and its length; NULL if there is none. */
const char *bootarg_unknown(const char *s, size_t *length);

#endif
