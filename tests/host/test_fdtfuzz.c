/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device trees damaged at random, the same way each time: whatever comes, boot/fdt.c and boot/platform.c read no byte
 * outside the blob (the sanitizers see it), come to an end, and accept only what they can describe.
 *
 * The environment's FUZZ_ROUNDS says how many (400000), FUZZ_SEED where the random numbers begin (1).  A failure names its round; with
 * FUZZ_ONLY=round that one alone is run (of each tree).
 */
#include <sanitizer/common_interface_defs.h>
#include "support.h"
#include "fdt_blob.h"
#include "boot/fdt.h"
#include "boot/platform.h"

static uint64_t rounds = 400000, first_seed = 1, only = UINT64_MAX, accepted, booted, current_round;
static struct platform p;

static const uint32_t interesting[] = {
	0, 1, 2, 3, 4, 5, 8, 9, 12, 16, 0x7f, 0xff, 0x100, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xd00dfeed,
	0xfffffff0, 0xfffffffc, 0xffffffff,
};

static void set_word(uint8_t *blob, size_t n, uint64_t r)
{
	uint32_t value = interesting[(r >> 8) % (sizeof(interesting) / sizeof(interesting[0]))];

	if (r % 4 == 0)
		value = (uint32_t)((r >> 8) % (2 * n)); /* something like an offset */
	if (n >= 4)
		put_be32(blob + ((r >> 32) % (n / 4)) * 4, value);
}

/* One to eight changes: bits, bytes, words, pieces moved, and sometimes the header. */
static void mutate(uint8_t *blob, size_t n, uint64_t *seed)
{
	unsigned changes = 1 + host_random(seed) % 8;

	while (changes--) {
		uint64_t r = host_random(seed), q = host_random(seed);
		size_t at = q % n, from = (q >> 20) % n, length = 1 + (q >> 40) % 64;

		switch (r % 8) {
		case 0:
		case 1:
			blob[at] ^= (uint8_t)(1u << (r >> 8) % 8);
			break;
		case 2:
			blob[at] = (uint8_t)(r >> 8);
			break;
		case 3:
		case 4:
		case 5:
			set_word(blob, n, r >> 3);
			break;
		case 6:
			if (length > n - at)
				length = n - at;
			if (length > n - from)
				length = n - from;
			memmove(blob + at, blob + from, length);
			break;
		case 7:
			set_word(blob, n < 40 ? n : 40, r >> 3);
			break;
		}
	}
}

/* Every function on every node: the answers do not matter, coming back does. */
static void read_all(const struct fdt *t)
{
	static const char *const names[] = { "reg", "compatible", "interrupts", "no-such" };
	struct fdt_node node, other;
	uint64_t base, size;
	uint32_t cells[4], bytes;
	unsigned n;

	fdt_root(t, &node);
	do {
		assert_true(strlen(fdt_name(t, &node)) < t->total);
		for (unsigned i = 0; i < 4; i++) {
			const uint8_t *value = fdt_prop(t, &node, names[i], &bytes);
			const char *text = fdt_string(t, &node, names[i]);

			assert_true(!value || (value >= t->blob && value + bytes <= t->blob + t->total));
			assert_true(!text || strlen(text) < t->total);
		}
		fdt_compatible(t, &node, "arm,pl011");
		fdt_enabled(t, &node);
		for (unsigned i = 0; i < 3; i++) {
			fdt_reg_raw(t, &node, i, &base, &size);
			if (fdt_reg(t, &node, i, &base, &size))
				assert_true(base + size >= base);
			if (fdt_interrupt(t, &node, i, &other, cells, &n))
				assert_in_range(n, 1, 4);
		}
	} while (fdt_next(t, &node));
	for (unsigned i = 0; i < 4; i++)
		fdt_reserved(t, i, &base, &size);
	fdt_find_path(t, "/soc/bus/serial", 15, &node);
	fdt_find_path(t, "serial0", 7, &node);
}

/* What the kernel relies on, whether the parse succeeded or not. */
static void check_platform(bool good)
{
	uint64_t end = 0;

	assert_in_range(p.n_memory, good ? 1 : 0, PLATFORM_MAX_MEMORY);
	assert_in_range(p.n_reserved, 0, PLATFORM_MAX_RESERVED);
	assert_in_range(p.n_redist, 0, PLATFORM_MAX_REDIST);
	assert_in_range(p.n_cpus, good ? 1 : 0, PLATFORM_MAX_CPUS);
	assert_true(memchr(p.bootargs, 0, sizeof(p.bootargs)) != NULL);
	for (unsigned i = 0; i < p.n_memory; i++) {
		assert_true(p.memory[i].size && p.memory[i].base + p.memory[i].size > p.memory[i].base);
		assert_true(i == 0 || p.memory[i].base > end); /* sorted, and with a hole before it */
		end = p.memory[i].base + p.memory[i].size;
	}
	for (unsigned i = 0; i < p.n_reserved; i++)
		assert_true(p.reserved[i].size && p.reserved[i].base + p.reserved[i].size >= p.reserved[i].base);
	if (!good)
		return;
	assert_true(p.uart.size > 0);
	assert_in_range(p.timer_intid, 16, 31);
	assert_in_range(p.gic_version, 2, 3);
	assert_true(p.gic_version == 2 || p.n_redist > 0);
	for (unsigned i = 0; i < p.n_cpus; i++)
		for (unsigned j = 0; j < i; j++)
			assert_true(p.cpu_mpidr[i] != p.cpu_mpidr[j]);
}

static void one_round(const uint8_t *original, size_t size, uint64_t seed)
{
	size_t n = host_random(&seed) % 16 ? size : 1 + host_random(&seed) % size;
	uint8_t *blob = malloc(n); /* to the byte: the sanitizer guards its end */
	const char *error;
	struct fdt t;

	memcpy(blob, original, n);
	mutate(blob, n, &seed);
	if (!fdt_open(&t, blob, n)) {
		accepted++;
		read_all(&t);
	}
	error = platform_parse(&p, blob, n, 0x48000000, 1);
	assert_true(!error || strlen(error) > 10);
	check_platform(!error);
	booted += !error;
	free(blob);
}

/* The same tree with its structure block last, where dtc puts the strings: what reads past its end leaves the blob. */
static uint8_t *structure_last(uint8_t *blob, size_t *size)
{
	uint32_t structs = fdt_be32(blob + 8), strings = fdt_be32(blob + 12);
	uint32_t strings_n = fdt_be32(blob + 32), structs_n = fdt_be32(blob + 36);
	uint32_t at = (structs + strings_n + 3) & ~3u; /* the header and the reservations stay */
	uint8_t *moved = calloc(1, at + structs_n);

	memcpy(moved, blob, structs);
	memcpy(moved + structs, blob + strings, strings_n);
	memcpy(moved + at, blob + structs, structs_n);
	put_be32(moved + 4, at + structs_n);
	put_be32(moved + 8, at);
	put_be32(moved + 12, structs);
	*size = at + structs_n;
	free(blob);
	return moved;
}

static void fuzz(const char *name, bool last)
{
	size_t size;
	uint8_t *original = blob_load(name, &size);

	if (last)
		original = structure_last(original, &size);
	accepted = booted = 0;
	for (uint64_t i = 0; i < rounds / 4; i++) {
		/* Spread, and never 0. */
		uint64_t seed = (first_seed + i) * 0x9e3779b97f4a7c15ull | 1;

		if (only != UINT64_MAX && i != only)
			continue;
		current_round = i;
		one_round(original, size, seed);
	}
	print_message("%s: %lu rounds, %lu trees accepted, %lu good enough to boot\n", name, rounds / 4, accepted, booted);
	if (only == UINT64_MAX && rounds >= 1000) {
		/* Or the mutations are too wild, or too tame, to find anything. */
		assert_true(accepted > rounds / 80);
		assert_true(booted < rounds / 5);
	}
	free(original);
	current_round = UINT64_MAX;
}

static void name_the_round(void)
{
	fprintf(stderr, "fdtfuzz: this is FUZZ_SEED=%lu FUZZ_ONLY=%lu\n", first_seed, current_round);
}

static int after(void **state)
{
	if (current_round != UINT64_MAX)
		name_the_round();
	return 0;
}

static void a_machine_unlike_qemus(void **state)
{
	fuzz("soc", false);
}

static void its_structure_last(void **state)
{
	fuzz("soc", true);
}

static void the_least_machine(void **state)
{
	fuzz("plain", false);
}

static void the_least_structure_last(void **state)
{
	fuzz("plain", true);
}

static void from_environment(const char *name, uint64_t *value)
{
	const char *text = getenv(name);

	if (text)
		*value = strtoull(text, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_machine_unlike_qemus, after),
		cmocka_unit_test_teardown(its_structure_last, after),
		cmocka_unit_test_teardown(the_least_machine, after),
		cmocka_unit_test_teardown(the_least_structure_last, after),
	};

	__sanitizer_set_death_callback(name_the_round);
	from_environment("FUZZ_ROUNDS", &rounds);
	from_environment("FUZZ_SEED", &first_seed);
	from_environment("FUZZ_ONLY", &only);
	return cmocka_run_group_tests_name("fdtfuzz", tests, NULL, NULL);
}
