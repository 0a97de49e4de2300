/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the device tree to struct platform: which memory, CPUs, interrupt controller, timer, UART, clock and boot
 * arguments there are.
 *
 * Each part below is a function that fills its fields and returns NULL, or one line of English that says
 * why Curfew cannot run here.  Only what the kernel itself drives is looked for.  The UART comes first, so that the
 * line can be printed.
 *
 * Called once by kmain() on the boot CPU, before there is memory to allocate; bootarg() by anyone later.
 * No locks, no hardware: the host's tests run it on trees of their own.
 */
#include <stdbool.h>
#include "boot/fdt.h"
#include "boot/platform.h"
#include "kernel/string.h"

#define MPIDR_AFFINITY 0xff00ffffffull

struct platform platform;

/* Is the node compatible with one of the list's names, which a NULL ends? */
static bool compatible_any(const struct fdt *t, const struct fdt_node *node, const char *const *names)
{
	for (; *names; names++)
		if (fdt_compatible(t, node, *names))
			return true;
	return false;
}

/* The first enabled node that is compatible with one of `names`. */
static bool find_device(const struct fdt *t, const char *const *names, struct fdt_node *node)
{
	fdt_root(t, node);
	do {
		if (compatible_any(t, node, names) && fdt_enabled(t, node))
			return true;
	} while (fdt_next(t, node));
	return false;
}

static bool device_type_is(const struct fdt *t, const struct fdt_node *node, const char *type)
{
	const char *s = fdt_string(t, node, "device_type");

	return s && strlen(s) == strlen(type) && memcmp(s, type, strlen(type)) == 0;
}

/* The GIC's number for interrupt `index` of a device: SPI n is 32 + n, PPI n is 16 + n; 0 if there is none. */
static uint32_t device_intid(const struct fdt *t, const struct fdt_node *node, unsigned index)
{
	struct fdt_node controller;
	uint32_t cells[4];
	unsigned n;

	if (!fdt_interrupt(t, node, index, &controller, cells, &n) || n < 3)
		return 0;
	if (cells[0] == 0 && cells[1] < 988)
		return 32 + cells[1];
	if (cells[0] == 1 && cells[1] < 16)
		return 16 + cells[1];
	return 0;
}

static const char *const uarts[] = { "arm,pl011", "arm,sbsa-uart", NULL };

/* The console that /chosen names, if it is one that Curfew drives. */
static bool find_stdout(const struct fdt *t, struct fdt_node *node)
{
	const char *path;
	size_t n;

	if (!fdt_find_path(t, "/chosen", 7, node))
		return false;
	path = fdt_string(t, node, "stdout-path");
	if (!path)
		return false;
	for (n = 0; path[n] && path[n] != ':'; n++) /* options follow the colon */
		;
	return fdt_find_path(t, path, n, node) && compatible_any(t, node, uarts) && fdt_enabled(t, node);
}

static const char *parse_uart(const struct fdt *t, struct platform *p)
{
	struct fdt_node node;

	if (!find_stdout(t, &node) && !find_device(t, uarts, &node))
		return "no UART that Curfew knows (arm,pl011)";
	if (!fdt_reg(t, &node, 0, &p->uart.base, &p->uart.size) || p->uart.size == 0) {
		p->uart = (struct pa_range){ 0, 0 };
		return "the UART has no registers in the device tree";
	}
	p->uart_intid = device_intid(t, &node, 0);
	return NULL;
}

/* Adds a range and keeps the list sorted and disjoint: what it touches or overlaps becomes one with it. */
static const char *add_memory(struct platform *p, uint64_t base, uint64_t size)
{
	uint64_t end = base + size;
	unsigned i, n = 0;

	for (i = 0; i < p->n_memory; i++) {
		struct pa_range r = p->memory[i];

		if (r.base <= end && base <= r.base + r.size) {
			base = r.base < base ? r.base : base;
			end = r.base + r.size > end ? r.base + r.size : end;
		} else {
			p->memory[n++] = r;
		}
	}
	if (n == PLATFORM_MAX_MEMORY)
		return "the memory is in more separate ranges than Curfew can record";
	for (i = n; i > 0 && p->memory[i - 1].base > base; i--)
		p->memory[i] = p->memory[i - 1];
	p->memory[i] = (struct pa_range){ base, end - base };
	p->n_memory = n + 1;
	return NULL;
}

static const char *parse_memory(const struct fdt *t, struct platform *p)
{
	struct fdt_node node;
	const char *error;
	uint64_t base, size;

	fdt_root(t, &node);
	do {
		if (!device_type_is(t, &node, "memory") || !fdt_enabled(t, &node))
			continue;
		for (unsigned i = 0; fdt_reg(t, &node, i, &base, &size); i++) {
			error = size ? add_memory(p, base, size) : NULL;
			if (error)
				return error;
		}
	} while (fdt_next(t, &node));
	return p->n_memory ? NULL : "the device tree lists no memory";
}

/* Losing a reservation would mean overwriting what somebody else owns, so a full list is an error. */
static const char *reserve(struct platform *p, uint64_t base, uint64_t size)
{
	if (size == 0)
		return NULL;
	if (base + size < base)
		return "a reserved memory range in the device tree wraps around";
	if (p->n_reserved == PLATFORM_MAX_RESERVED)
		return "more reserved memory ranges than Curfew can record";
	p->reserved[p->n_reserved++] = (struct pa_range){ base, size };
	return NULL;
}

static const char *parse_reserved(const struct fdt *t, struct platform *p, uint64_t fdt_pa)
{
	struct fdt_node list, node;
	const char *error = reserve(p, fdt_pa, t->total);
	uint64_t base, size;

	for (unsigned i = 0; !error && fdt_reserved(t, i, &base, &size); i++)
		error = reserve(p, base, size);
	if (error || !fdt_find_path(t, "/reserved-memory", 16, &list))
		return error;
	/* Nodes without reg ask the system to choose a place; nobody here needs one. */
	for (node = list; !error && fdt_next(t, &node) && node.depth > list.depth;)
		for (unsigned i = 0; !error && fdt_reg_raw(t, &node, i, &base, &size); i++)
			error = reserve(p, base, size);
	return error;
}

static void parse_psci(const struct fdt *t, struct platform *p)
{
	/* "arm,psci" alone is version 0.1, with function numbers of its own: not usable. */
	static const char *const names[] = { "arm,psci-1.0", "arm,psci-0.2", NULL };
	struct fdt_node node;
	const char *method;

	p->psci = PSCI_NONE;
	if (!find_device(t, names, &node))
		return;
	method = fdt_string(t, &node, "method");
	if (method && strlen(method) == 3 && memcmp(method, "hvc", 3) == 0)
		p->psci = PSCI_HVC;
	else if (method && strlen(method) == 3 && memcmp(method, "smc", 3) == 0)
		p->psci = PSCI_SMC;
}

/* Can firmware start this CPU? */
static bool cpu_usable(const struct fdt *t, const struct fdt_node *node, const struct platform *p)
{
	const char *method = fdt_string(t, node, "enable-method");

	return p->psci != PSCI_NONE && fdt_enabled(t, node) && method && strlen(method) == 4 &&
	       memcmp(method, "psci", 4) == 0;
}

/* The boot CPU is known without the tree; it needs no enable-method (and has none if it is alone). */
static const char *parse_cpus(const struct fdt *t, struct platform *p, uint64_t boot_mpidr)
{
	struct fdt_node cpus, node;
	uint64_t mpidr, size;

	p->cpu_mpidr[0] = boot_mpidr & MPIDR_AFFINITY;
	p->n_cpus = 1;
	if (!fdt_find_path(t, "/cpus", 5, &cpus))
		return "the device tree lists no CPUs";
	for (node = cpus; fdt_next(t, &node) && node.depth > cpus.depth;) {
		bool known = false;

		if (node.depth != cpus.depth + 1 || !device_type_is(t, &node, "cpu") ||
		    !fdt_reg_raw(t, &node, 0, &mpidr, &size))
			continue;
		mpidr &= MPIDR_AFFINITY;
		for (unsigned i = 0; i < p->n_cpus; i++)
			known |= p->cpu_mpidr[i] == mpidr;
		if (known)
			continue;
		if (p->n_cpus < PLATFORM_MAX_CPUS && cpu_usable(t, &node, p))
			p->cpu_mpidr[p->n_cpus++] = mpidr;
		else
			p->n_cpus_ignored++;
	}
	return NULL;
}

static const char *parse_gicv3(const struct fdt *t, struct platform *p, const struct fdt_node *node)
{
	uint64_t regions = 1;

	p->gic_version = 3;
	fdt_number(t, node, "#redistributor-regions", &regions);
	fdt_number(t, node, "redistributor-stride", &p->gic_redist_stride);
	if (p->gic_redist_stride % 0x10000)
		return "the interrupt controller's redistributor-stride is not a multiple of 64 KiB";
	for (p->n_redist = 0; p->n_redist < regions && p->n_redist < PLATFORM_MAX_REDIST; p->n_redist++) {
		struct pa_range *r = &p->gic_redist[p->n_redist];

		if (!fdt_reg(t, node, 1 + p->n_redist, &r->base, &r->size))
			return "the interrupt controller has no redistributor registers in the device tree";
	}
	return p->n_redist ? NULL : "the interrupt controller has no redistributors in the device tree";
}

static const char *parse_gic(const struct fdt *t, struct platform *p)
{
	static const char *const v3[] = { "arm,gic-v3", NULL };
	static const char *const v2[] = { "arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a9-gic",
					  "arm,cortex-a7-gic", "arm,gic-v2", NULL };
	struct fdt_node node;
	bool is_v3 = find_device(t, v3, &node);

	if (!is_v3 && !find_device(t, v2, &node))
		return "no interrupt controller that Curfew knows (arm,gic-v3 or a GICv2)";
	if (!fdt_reg(t, &node, 0, &p->gic_dist.base, &p->gic_dist.size))
		return "the interrupt controller has no distributor registers in the device tree";
	if (is_v3)
		return parse_gicv3(t, p, &node);
	p->gic_version = 2;
	if (!fdt_reg(t, &node, 1, &p->gic_cpu.base, &p->gic_cpu.size))
		return "the interrupt controller has no CPU interface registers in the device tree";
	return NULL;
}

static const char *parse_timer(const struct fdt *t, struct platform *p)
{
	static const char *const names[] = { "arm,armv8-timer", NULL };
	struct fdt_node node;

	if (!find_device(t, names, &node))
		return "no timer that Curfew knows (arm,armv8-timer)";
	p->timer_intid = device_intid(t, &node, 2); /* secure, physical, virtual, hypervisor */
	if (p->timer_intid < 16 || p->timer_intid > 31)
		return "the virtual timer has no private interrupt in the device tree";
	return NULL;
}

static void parse_rtc(const struct fdt *t, struct platform *p)
{
	static const char *const names[] = { "arm,pl031", NULL };
	struct fdt_node node;

	if (!find_device(t, names, &node) || !fdt_reg(t, &node, 0, &p->rtc.base, &p->rtc.size))
		p->rtc = (struct pa_range){ 0, 0 };
	else
		p->rtc_intid = device_intid(t, &node, 0);
}

static const char *parse_chosen(const struct fdt *t, struct platform *p)
{
	struct fdt_node node;
	const char *args;
	uint64_t start, end;

	if (!fdt_find_path(t, "/chosen", 7, &node))
		return NULL;
	args = fdt_string(t, &node, "bootargs");
	if (args) {
		if (strlen(args) >= PLATFORM_BOOTARGS)
			return "the boot arguments are too long (2047 bytes at most)";
		memcpy(p->bootargs, args, strlen(args) + 1);
	}
	if (!fdt_number(t, &node, "linux,initrd-start", &start) || !fdt_number(t, &node, "linux,initrd-end", &end))
		return NULL;
	if (end < start)
		return "the initrd ends before it begins";
	p->initrd = (struct pa_range){ start, end - start };
	return reserve(p, start, end - start);
}

const char *platform_parse(struct platform *p, const void *fdt, size_t limit, uint64_t fdt_pa, uint64_t boot_mpidr)
{
	struct fdt t;
	const char *error;

	memset(p, 0, sizeof(*p));
	error = fdt_open(&t, fdt, limit);
	if (error)
		return error;

	error = parse_uart(&t, p);
	if (!error)
		error = parse_chosen(&t, p);
	if (!error)
		error = parse_memory(&t, p);
	if (!error)
		error = parse_reserved(&t, p, fdt_pa);
	parse_psci(&t, p);
	if (!error)
		error = parse_cpus(&t, p, boot_mpidr);
	if (!error)
		error = parse_gic(&t, p);
	if (!error)
		error = parse_timer(&t, p);
	parse_rtc(&t, p);
	return error;
}

_Bool platform_is_ram(uint64_t pa)
{
	for (unsigned i = 0; i < platform.n_memory; i++)
		if (pa - platform.memory[i].base < platform.memory[i].size)
			return true;
	return false;
}

/* The first word at or after s of the boot arguments, and its length: 0 at their end, which is a lone "--" too. */
static const char *next_word(const char *s, size_t *n)
{
	while (*s == ' ' || *s == '\t' || *s == '\n')
		s++;
	for (*n = 0; s[*n] && s[*n] != ' ' && s[*n] != '\t' && s[*n] != '\n'; ++*n)
		;
	if (*n == 2 && s[0] == '-' && s[1] == '-')
		*n = 0;
	return s;
}

static bool word_is(const char *s, size_t n, const char *name)
{
	size_t len = strlen(name);

	return n >= len && memcmp(s, name, len) == 0 && (n == len || s[len] == '=');
}

_Bool bootarg(const char *name, char *buf, size_t size)
{
	size_t len = strlen(name), n, copied;
	const char *s = next_word(platform.bootargs, &n);

	while (n && !word_is(s, n, name))
		s = next_word(s + n, &n);
	if (n == 0)
		return false;
	if (size) {
		copied = n > len ? n - len - 1 : 0;
		copied = copied < size ? copied : size - 1;
		memcpy(buf, s + len + 1, copied);
		buf[copied] = 0;
	}
	return true;
}

const char *bootarg_unknown(const char *s, size_t *length)
{
	static const char *const names[] = {
		"report", "quiet", "noecho", "init", "teardown", "asid_bits", "seed", "bug", "make", "panic", "selftest", NULL,
	};

	for (s = next_word(s, length); *length; s = next_word(s + *length, length)) {
		const char *const *name = names;

		while (*name && !word_is(s, *length, *name))
			name++;
		if (!*name)
			return s;
	}
	return NULL;
}
