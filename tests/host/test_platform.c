/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot/platform.c: what it finds in good trees, what it says about machines it cannot run on, and boot arguments.
 */
#include <stdio.h>
#include "support.h"
#include "fdt_blob.h"
#include "boot/platform.h"

static struct platform p;
static struct blob b;

static const char *parse_file(const char *name, uint64_t boot_mpidr)
{
	size_t n;
	uint8_t *blob = blob_load(name, &n);
	const char *error = platform_parse(&p, blob, n, 0x48000000, boot_mpidr);

	free(blob);
	return error;
}

static void assert_range(struct pa_range r, uint64_t base, uint64_t size)
{
	assert_int_equal(r.base, base);
	assert_int_equal(r.size, size);
}

static bool is_reserved(uint64_t base, uint64_t size)
{
	for (unsigned i = 0; i < p.n_reserved; i++)
		if (p.reserved[i].base == base && p.reserved[i].size == size)
			return true;
	return false;
}

static void a_machine_unlike_qemus(void **state)
{
	assert_null(parse_file("soc", 0x80000001));
	assert_int_equal(p.n_memory, 2);
	assert_range(p.memory[0], 0x80000000, 0x20000000); /* two that touch are one */
	assert_range(p.memory[1], 0x880000000, 0x80000000);
	assert_int_equal(p.n_reserved, 5);
	assert_true(is_reserved(0x80000000, 0x10000));
	assert_true(is_reserved(0x8ff00000, 0x1000));
	assert_true(is_reserved(0x81000000, 0x200000));
	assert_true(is_reserved(0x88000000, 0x123456));
	assert_range(p.initrd, 0x88000000, 0x123456);
	assert_int_equal(p.n_cpus, 3); /* the boot CPU is the second in the tree */
	assert_int_equal(p.cpu_mpidr[0], 1);
	assert_int_equal(p.cpu_mpidr[1], 0);
	assert_int_equal(p.cpu_mpidr[2], 0x100000200);
	assert_int_equal(p.n_cpus_ignored, 2);
	assert_int_equal(p.psci, PSCI_SMC);
	assert_int_equal(p.gic_version, 3);
	assert_range(p.gic_dist, 0x900000000, 0x10000);
	assert_int_equal(p.n_redist, 2);
	assert_range(p.gic_redist[0], 0x900100000, 0x100000);
	assert_range(p.gic_redist[1], 0x900300000, 0x200000);
	assert_int_equal(p.gic_redist_stride, 0x40000);
	assert_int_equal(p.timer_intid, 27);
	assert_range(p.uart, 0x41002000, 0x1000);
	assert_int_equal(p.uart_intid, 40);
	assert_range(p.rtc, 0x41003000, 0x1000);
	assert_string_equal(p.bootargs, "quiet report asid_bits=8 name= -- echo hidden=1");
}

static void the_least_machine(void **state)
{
	assert_null(parse_file("plain", 0));
	assert_int_equal(p.n_memory, 1);
	assert_range(p.memory[0], 0x40000000, 0x4000000);
	assert_int_equal(p.n_cpus, 1);
	assert_int_equal(p.n_cpus_ignored, 1); /* nobody can start it */
	assert_int_equal(p.psci, PSCI_NONE);
	assert_int_equal(p.gic_version, 2);
	assert_range(p.gic_dist, 0x8000000, 0x10000);
	assert_range(p.gic_cpu, 0x8010000, 0x10000);
	assert_int_equal(p.timer_intid, 27);
	assert_range(p.uart, 0xa000000, 0x1000);
	assert_int_equal(p.uart_intid, 65);
	assert_int_equal(p.rtc.size, 0);
	assert_int_equal(p.initrd.size, 0);
	assert_string_equal(p.bootargs, "");
}

/* ---- machines written here: which parts, and how many of each ---- */

struct machine {
	bool no_uart, no_gic, no_timer, no_cpus;
	unsigned cpus;          /* with PSCI */
	unsigned memories;      /* 1 MiB each, with holes between them, from the highest down */
	unsigned reserved;
	unsigned bootargs;      /* bytes */
	const uint32_t *memory; /* base high, low, size high, low: instead */
};

static void write_memory(const struct machine *m)
{
	char name[32];

	if (m->memory) {
		blob_begin(&b, "memory");
		blob_string(&b, "device_type", "memory");
		blob_cells(&b, "reg", m->memory, 4);
		blob_end(&b);
	}
	for (unsigned i = m->memories; i-- > 0;) {
		snprintf(name, sizeof(name), "memory@%x", 0x40000000 + i * 0x200000);
		blob_begin(&b, name);
		blob_string(&b, "device_type", "memory");
		CELLS(&b, "reg", 0, 0x40000000 + i * 0x200000, 0, 0x100000);
		blob_end(&b);
	}
	blob_begin(&b, "reserved-memory");
	CELLS(&b, "#address-cells", 1);
	CELLS(&b, "#size-cells", 1);
	for (unsigned i = 0; i < m->reserved; i++) {
		snprintf(name, sizeof(name), "r@%x", 0x40000000 + i * 0x2000);
		blob_begin(&b, name);
		CELLS(&b, "reg", 0x40000000 + i * 0x2000, 0x1000);
		blob_end(&b);
	}
	blob_end(&b);
}

static void write_cpus(const struct machine *m)
{
	char name[32];

	blob_begin(&b, "psci");
	blob_string(&b, "compatible", "arm,psci-0.2");
	blob_string(&b, "method", "hvc");
	blob_end(&b);
	if (m->no_cpus)
		return;
	blob_begin(&b, "cpus");
	CELLS(&b, "#address-cells", 1);
	CELLS(&b, "#size-cells", 0);
	for (unsigned i = 0; i < m->cpus; i++) {
		snprintf(name, sizeof(name), "cpu@%x", i);
		blob_begin(&b, name);
		blob_string(&b, "device_type", "cpu");
		blob_string(&b, "enable-method", "psci");
		CELLS(&b, "reg", i);
		blob_end(&b);
	}
	blob_end(&b);
}

static void write_devices(const struct machine *m)
{
	if (!m->no_gic) {
		blob_begin(&b, "intc");
		blob_string(&b, "compatible", "arm,gic-v3");
		CELLS(&b, "#interrupt-cells", 3);
		CELLS(&b, "phandle", 1);
		CELLS(&b, "reg", 0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0xf60000);
		blob_end(&b);
	}
	if (!m->no_timer) {
		blob_begin(&b, "timer");
		blob_string(&b, "compatible", "arm,armv8-timer");
		CELLS(&b, "interrupts", 1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4);
		blob_end(&b);
	}
	if (!m->no_uart) {
		blob_begin(&b, "serial");
		blob_string(&b, "compatible", "arm,pl011");
		CELLS(&b, "reg", 0, 0x9000000, 0, 0x1000);
		CELLS(&b, "interrupts", 0, 1, 4);
		blob_end(&b);
	}
}

static const char *parse(const struct machine *m)
{
	static char args[8192];
	uint32_t n;

	memset(&b, 0, sizeof(b));
	blob_begin(&b, "");
	CELLS(&b, "#address-cells", 2);
	CELLS(&b, "#size-cells", 2);
	CELLS(&b, "interrupt-parent", 1);
	blob_begin(&b, "chosen");
	memset(args, 'a', m->bootargs);
	args[m->bootargs] = 0;
	blob_string(&b, "bootargs", args);
	blob_end(&b);
	write_memory(m);
	write_cpus(m);
	write_devices(m);
	blob_end(&b);
	n = blob_finish(&b);
	return platform_parse(&p, b.out, n, 0x40000000, 0);
}

#define PARSE(...) parse(&(struct machine){ .cpus = 2, .memories = 1, __VA_ARGS__ })

static void assert_says(const char *error, const char *words)
{
	if (!error || !strstr(error, words))
		fail_msg("it says \"%s\", not \"%s\"", error ? error : "(nothing)", words);
}

static void what_is_missing_is_said(void **state)
{
	assert_null(PARSE(.cpus = 2));
	assert_int_equal(p.n_cpus, 2);
	assert_int_equal(p.psci, PSCI_HVC);
	assert_says(PARSE(.no_gic = true), "interrupt controller");
	assert_int_equal(p.uart.base, 0x9000000); /* there to say it */
	assert_says(PARSE(.no_timer = true), "timer");
	assert_says(PARSE(.no_uart = true), "UART");
	assert_says(PARSE(.no_cpus = true), "CPUs");
	assert_int_equal(p.uart.base, 0x9000000);
	assert_says(PARSE(.memories = 0), "no memory");
	assert_int_equal(p.uart.base, 0x9000000);
	assert_says(platform_parse(&p, "not a tree at all, but forty bytes of text", 42, 0, 0), "no device tree");
}

static void more_cpus_than_fit(void **state)
{
	assert_null(PARSE(.cpus = 40));
	assert_int_equal(p.n_cpus, PLATFORM_MAX_CPUS);
	assert_int_equal(p.n_cpus_ignored, 40 - PLATFORM_MAX_CPUS);
}

static void more_memory_than_fits(void **state)
{
	assert_null(PARSE(.memories = PLATFORM_MAX_MEMORY));
	assert_int_equal(p.n_memory, PLATFORM_MAX_MEMORY);
	for (unsigned i = 0; i < PLATFORM_MAX_MEMORY; i++)
		assert_range(p.memory[i], 0x40000000 + i * 0x200000, 0x100000);
	assert_says(PARSE(.memories = PLATFORM_MAX_MEMORY + 1), "memory");
	assert_null(PARSE(.reserved = PLATFORM_MAX_RESERVED - 1)); /* and the tree itself */
	assert_says(PARSE(.reserved = PLATFORM_MAX_RESERVED), "reserved");
}

static void memory_that_wraps(void **state)
{
	static const uint32_t wraps[] = { 0xffffffff, 0xfffff000, 0, 0x2000 };

	assert_says(PARSE(.memories = 0, .memory = wraps), "memory");
}

static void boot_arguments_have_a_limit(void **state)
{
	assert_null(PARSE(.bootargs = PLATFORM_BOOTARGS - 1));
	assert_int_equal(strlen(p.bootargs), PLATFORM_BOOTARGS - 1);
	assert_says(PARSE(.bootargs = PLATFORM_BOOTARGS), "boot arguments");
}

static void looking_up_boot_arguments(void **state)
{
	char value[16];

	strcpy(platform.bootargs, "  quiet asid_bits=8\tteardown=once name= long=0123456789abcdef -- report\n");
	assert_true(bootarg("quiet", value, sizeof(value)));
	assert_string_equal(value, "");
	assert_true(bootarg("asid_bits", value, sizeof(value)));
	assert_string_equal(value, "8");
	assert_true(bootarg("teardown", value, sizeof(value)));
	assert_string_equal(value, "once");
	assert_true(bootarg("name", value, sizeof(value)));
	assert_string_equal(value, "");
	assert_true(bootarg("long", value, sizeof(value)));
	assert_string_equal(value, "0123456789abcde");
	assert_false(bootarg("asid", value, sizeof(value)));
	assert_false(bootarg("uiet", value, sizeof(value)));
	assert_false(bootarg("report", value, sizeof(value)));
	strcpy(platform.bootargs, "");
	assert_false(bootarg("quiet", value, sizeof(value)));
	strcpy(platform.bootargs, "report");
	assert_true(bootarg("report", value, sizeof(value)));
	assert_string_equal(value, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_unlike_qemus),
		cmocka_unit_test(the_least_machine),
		cmocka_unit_test(what_is_missing_is_said),
		cmocka_unit_test(more_cpus_than_fit),
		cmocka_unit_test(more_memory_than_fits),
		cmocka_unit_test(memory_that_wraps),
		cmocka_unit_test(boot_arguments_have_a_limit),
		cmocka_unit_test(looking_up_boot_arguments),
	};

	return cmocka_run_group_tests_name("platform", tests, NULL, NULL);
}
