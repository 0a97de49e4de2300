/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot/fdt.c: reading good trees, and refusing damaged ones.  Every blob ends where its block of the heap ends, so the address
 * sanitizer sees each byte that is read too far.
 */
#include "support.h"
#include "fdt_blob.h"
#include "boot/fdt.h"

static struct fdt soc, plain;
static struct blob b;

static int start(void **state)
{
	size_t n;
	uint8_t *p = blob_load("soc", &n);

	if (fdt_open(&soc, p, n))
		return -1;
	p = blob_load("plain", &n);
	return fdt_open(&plain, p, n) ? -1 : 0;
}

/* fdt_open() of a copy that is exactly as long; the reason, or NULL. */
static const char *open_copy(const uint8_t *blob, size_t n)
{
	uint8_t *copy = malloc(n);
	struct fdt t;
	const char *error;

	memcpy(copy, blob, n);
	error = fdt_open(&t, copy, n);
	free(copy);
	return error;
}

static const char *open_finished(void)
{
	return open_copy(b.out, blob_finish(&b));
}

static void node_at(const struct fdt *t, const char *path, struct fdt_node *node)
{
	if (!fdt_find_path(t, path, strlen(path), node))
		fail_msg("no node %s", path);
}

static void all_nodes_in_order(void **state)
{
	static const char *const names[] = { "", "memory", "cpus", "cpu@0", "cpu@1", "intc@9000000", "intc@8000000",
					     "timer", "uart@a000000" };
	struct fdt_node node;
	unsigned n = 0;

	fdt_root(&plain, &node);
	do {
		assert_in_range(n, 0, sizeof(names) / sizeof(names[0]) - 1);
		assert_string_equal(fdt_name(&plain, &node), names[n]);
		assert_int_equal(node.depth, n == 0 ? 0 : n == 3 || n == 4 ? 2 : 1);
		n++;
	} while (fdt_next(&plain, &node));
	assert_int_equal(n, sizeof(names) / sizeof(names[0]));
}

static void paths(void **state)
{
	struct fdt_node node, parent;

	node_at(&soc, "/", &node);
	assert_false(fdt_parent(&node, &parent));
	node_at(&soc, "/soc@0/bus@1000000/serial@2000", &node);
	assert_string_equal(fdt_name(&soc, &node), "serial@2000");
	assert_true(fdt_parent(&node, &parent));
	assert_string_equal(fdt_name(&soc, &parent), "bus@1000000");
	node_at(&soc, "/soc/bus/serial", &node); /* the first that fits */
	assert_string_equal(fdt_name(&soc, &node), "serial@1000");
	node_at(&soc, "serial0", &node);
	assert_string_equal(fdt_name(&soc, &node), "serial@2000");
	assert_false(fdt_find_path(&soc, "/soc/bus/ser", 12, &node));
	assert_false(fdt_find_path(&soc, "serial1", 7, &node));
	assert_false(fdt_find_path(&soc, "/cpus/cpu@0/x", 13, &node));
}

static void properties(void **state)
{
	struct fdt_node node;
	uint64_t value;
	uint32_t size;

	node_at(&soc, "/chosen", &node);
	assert_string_equal(fdt_string(&soc, &node, "stdout-path"), "serial0:115200n8");
	assert_true(fdt_number(&soc, &node, "linux,initrd-start", &value));
	assert_int_equal(value, 0x88000000);
	assert_true(fdt_number(&soc, &node, "linux,initrd-end", &value));
	assert_int_equal(value, 0x88123456);
	assert_null(fdt_prop(&soc, &node, "no-such", &size));
	assert_null(fdt_string(&soc, &node, "linux,initrd-end"));
	assert_false(fdt_number(&soc, &node, "bootargs", &value));
	node_at(&soc, "/reserved-memory", &node);
	assert_non_null(fdt_prop(&soc, &node, "ranges", &size)); /* empty, but there */
	assert_int_equal(size, 0);
}

static void compatible_and_status(void **state)
{
	struct fdt_node node;

	node_at(&soc, "/soc/bus/serial@1000", &node);
	assert_true(fdt_compatible(&soc, &node, "arm,pl011"));
	assert_true(fdt_compatible(&soc, &node, "arm,primecell"));
	assert_false(fdt_compatible(&soc, &node, "arm,pl01"));
	assert_false(fdt_compatible(&soc, &node, "primecell"));
	assert_false(fdt_enabled(&soc, &node));
	node_at(&soc, "/soc/bus/serial@2000", &node);
	assert_true(fdt_enabled(&soc, &node));
	node_at(&soc, "/soc/bus/rtc", &node);
	assert_true(fdt_enabled(&soc, &node));
}

static void addresses_through_buses(void **state)
{
	struct fdt_node node;
	uint64_t base, size;

	node_at(&soc, "/soc/bus/serial@2000", &node);
	assert_true(fdt_reg_raw(&soc, &node, 0, &base, &size));
	assert_int_equal(base, 0x2000);
	assert_true(fdt_reg(&soc, &node, 0, &base, &size));
	assert_int_equal(base, 0x41002000);
	assert_int_equal(size, 0x1000);
	assert_false(fdt_reg(&soc, &node, 1, &base, &size));
	assert_false(fdt_reg(&soc, &node, UINT32_MAX, &base, &size));
	node_at(&soc, "/soc/interrupt-controller", &node);
	assert_true(fdt_reg(&soc, &node, 2, &base, &size));
	assert_int_equal(base, 0x900300000);
	assert_int_equal(size, 0x200000);
	node_at(&soc, "/soc/bus/unmapped", &node);
	assert_true(fdt_reg_raw(&soc, &node, 0, &base, &size));
	assert_false(fdt_reg(&soc, &node, 0, &base, &size));
	node_at(&soc, "/cpus/cpu@100000200", &node);
	assert_true(fdt_reg_raw(&soc, &node, 0, &base, &size));
	assert_int_equal(base, 0x100000200);
	assert_int_equal(size, 0);
}

static void interrupts(void **state)
{
	struct fdt_node node, controller;
	uint32_t cells[4];
	unsigned n;

	node_at(&soc, "/timer", &node);
	assert_true(fdt_interrupt(&soc, &node, 2, &controller, cells, &n));
	assert_string_equal(fdt_name(&soc, &controller), "interrupt-controller@20000000");
	assert_int_equal(n, 3);
	assert_int_equal(cells[0], 1);
	assert_int_equal(cells[1], 11);
	assert_false(fdt_interrupt(&soc, &node, 4, &controller, cells, &n));
	node_at(&plain, "/timer", &node);
	assert_true(fdt_interrupt(&plain, &node, 0, &controller, cells, &n));
	assert_string_equal(fdt_name(&plain, &controller), "intc@9000000");
	assert_int_equal(n, 1);
	assert_true(fdt_interrupt(&plain, &node, 2, &controller, cells, &n));
	assert_string_equal(fdt_name(&plain, &controller), "intc@8000000");
	assert_int_equal(cells[1], 11);
	assert_false(fdt_interrupt(&plain, &node, 3, &controller, cells, &n));
	assert_true(fdt_find_phandle(&plain, 7, &node));
	assert_false(fdt_find_phandle(&plain, 9, &node));
}

static void reservations(void **state)
{
	uint64_t base, size;

	assert_true(fdt_reserved(&soc, 0, &base, &size));
	assert_int_equal(base, 0x80000000);
	assert_int_equal(size, 0x10000);
	assert_true(fdt_reserved(&soc, 1, &base, &size));
	assert_false(fdt_reserved(&soc, 2, &base, &size));
	assert_false(fdt_reserved(&soc, UINT32_MAX, &base, &size));
	assert_false(fdt_reserved(&plain, 0, &base, &size));
}

static void any_truncation_is_refused(void **state)
{
	for (size_t n = 0; n < soc.total; n++)
		if (!open_copy(soc.blob, n))
			fail_msg("a tree of %u bytes was accepted when cut to %zu", soc.total, n);
	assert_null(open_copy(soc.blob, soc.total));
}

/* The header says it is shorter than it is: it may be a tree or not, but it is read no further. */
static void any_smaller_total_is_survived(void **state)
{
	uint8_t *copy = malloc(soc.total);

	memcpy(copy, soc.blob, soc.total);
	for (uint32_t n = 0; n < soc.total; n++) {
		put_be32(copy + 4, n);
		if (n < 40)
			assert_non_null(open_copy(copy, soc.total));
		else
			open_copy(copy, n);
	}
	free(copy);
}

static void headers_that_lie(void **state)
{
	static const uint32_t values[] = { 0, 1, 3, 39, 40, 0x7fffffff, 0x80000000, 0xfffffff0, 0xfffffffc, 0xffffffff };
	uint8_t *copy = malloc(soc.total);

	for (unsigned field = 4; field < 40; field += 4) {
		for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			memcpy(copy, soc.blob, soc.total);
			put_be32(copy + field, values[i]);
			open_copy(copy, soc.total);
			if (values[i] >= 0x7fffffff && field != 24 && field != 28 && field != 20)
				assert_non_null(open_copy(copy, soc.total));
		}
	}
	memcpy(copy, soc.blob, soc.total);
	copy[0] ^= 1;
	assert_string_equal(open_copy(copy, soc.total), "there is no device tree");
	free(copy);
}

static void structures_that_lie(void **state)
{
	memset(&b, 0, sizeof(b));
	assert_non_null(open_finished()); /* no root */

	memset(&b, 0, sizeof(b));
	blob_begin(&b, "");
	assert_non_null(open_finished()); /* open to the end */

	memset(&b, 0, sizeof(b));
	blob_begin(&b, "");
	blob_end(&b);
	blob_end(&b);
	assert_non_null(open_finished()); /* closed twice */

	memset(&b, 0, sizeof(b));
	blob_begin(&b, "");
	blob_end(&b);
	blob_begin(&b, "");
	blob_end(&b);
	assert_non_null(open_finished()); /* two roots */

	memset(&b, 0, sizeof(b));
	blob_string(&b, "a", "before the root");
	blob_begin(&b, "");
	blob_end(&b);
	assert_non_null(open_finished());

	memset(&b, 0, sizeof(b));
	blob_begin(&b, "");
	blob_begin(&b, "child");
	blob_end(&b);
	blob_string(&b, "a", "after a child");
	blob_end(&b);
	assert_non_null(open_finished());

	memset(&b, 0, sizeof(b));
	blob_begin(&b, "");
	blob_u32(&b, 5); /* no such token */
	blob_end(&b);
	assert_non_null(open_finished());

	memset(&b, 0, sizeof(b));
	blob_begin(&b, "");
	blob_u32(&b, 3);
	blob_u32(&b, 0xfffffff0); /* a property of 4 GiB */
	blob_u32(&b, 0);
	blob_end(&b);
	b.strings_n = 4;
	assert_non_null(open_finished());

	memset(&b, 0, sizeof(b));
	blob_begin(&b, "");
	blob_string(&b, "a", "value");
	memcpy(b.strings, "ab", 2); /* its name has no end */
	blob_end(&b);
	assert_non_null(open_finished());
}

static void nesting_has_a_limit(void **state)
{
	for (unsigned depth = 1; depth <= 100; depth++) {
		memset(&b, 0, sizeof(b));
		for (unsigned i = 0; i < depth; i++)
			blob_begin(&b, i ? "n" : "");
		for (unsigned i = 0; i < depth; i++)
			blob_end(&b);
		if (depth <= FDT_MAX_DEPTH)
			assert_null(open_finished());
		else
			assert_non_null(open_finished());
	}
}

static void nops_are_skipped(void **state)
{
	struct fdt t;
	struct fdt_node node;

	memset(&b, 0, sizeof(b));
	blob_u32(&b, 4);
	blob_begin(&b, "");
	blob_u32(&b, 4);
	blob_string(&b, "a", "x");
	blob_u32(&b, 4);
	blob_begin(&b, "child");
	blob_u32(&b, 4);
	blob_end(&b);
	blob_u32(&b, 4);
	blob_end(&b);
	blob_u32(&b, 4);
	assert_null(fdt_open(&t, b.out, blob_finish(&b)));
	node_at(&t, "/child", &node);
	fdt_root(&t, &node);
	assert_string_equal(fdt_string(&t, &node, "a"), "x");
}

static void any_alignment_will_do(void **state)
{
	uint8_t *copy = malloc(soc.total + 8);

	for (unsigned shift = 1; shift < 8; shift++) {
		struct fdt t;
		struct fdt_node node;

		memcpy(copy + shift, soc.blob, soc.total);
		assert_null(fdt_open(&t, copy + shift, soc.total));
		node_at(&t, "/soc/bus/rtc", &node);
	}
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_nodes_in_order),
		cmocka_unit_test(paths),
		cmocka_unit_test(properties),
		cmocka_unit_test(compatible_and_status),
		cmocka_unit_test(addresses_through_buses),
		cmocka_unit_test(interrupts),
		cmocka_unit_test(reservations),
		cmocka_unit_test(any_truncation_is_refused),
		cmocka_unit_test(any_smaller_total_is_survived),
		cmocka_unit_test(headers_that_lie),
		cmocka_unit_test(structures_that_lie),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(nops_are_skipped),
		cmocka_unit_test(any_alignment_will_do),
	};

	return cmocka_run_group_tests_name("fdt", tests, start, NULL);
}
