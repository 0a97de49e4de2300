/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kernel/elf.c: a good program, every way in which one field makes it bad, and many random ones.
 */
#include <errno.h>
#include "support.h"
#include "kernel/elf.h"

#define LOW    0x10000ul
#define HIGH   0x7f00000000ul
#define LENGTH 0x3000ul

struct file {
	struct {
		uint8_t ident[16];
		uint16_t type, machine;
		uint32_t version;
		uint64_t entry, phoff, shoff;
		uint32_t flags;
		uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
	} header;
	struct {
		uint32_t type, flags;
		uint64_t offset, vaddr, paddr, filesz, memsz, align;
	} phdr[3];
};

static struct file good(void)
{
	return (struct file){
		.header = { .ident = { 0x7f, 'E', 'L', 'F', 2, 1, 1 }, .type = 2, .machine = 183, .version = 1,
			    .entry = 0x201040, .phoff = 64, .ehsize = 64, .phentsize = 56, .phnum = 3 },
		.phdr = {
			{ 1, 4, 0, 0x200000, 0, 0x200, 0x200, 4096 },           /* headers and constants */
			{ 1, 5, 0x1000, 0x201000, 0, 0x800, 0x800, 4096 },      /* text */
			{ 1, 6, 0x1800, 0x202800, 0, 0x100, 0x5000, 4096 },     /* data and bss */
		},
	};
}

static int parse(const struct file *f, struct elf_image *image)
{
	uint64_t phoff;
	int count = elf_check_header(f, LENGTH, &phoff);

	return count < 0 ? count : elf_parse(f, f->phdr, count, LENGTH, LOW, HIGH, image);
}

static void a_good_one(void **state)
{
	struct file f = good();
	struct elf_image image;

	assert_int_equal(parse(&f, &image), 0);
	assert_int_equal(image.n, 3);
	assert_int_equal(image.entry, 0x201040);
	assert_int_equal(image.phdr_va, 0x200040);
	assert_int_equal(image.phdr_count, 3);
	assert_int_equal(image.segment[1].prot, 5);
	assert_int_equal(image.segment[2].mem_size, 0x5000);
}

#define BAD(change) do { \
	struct file f = good(); \
	struct elf_image image; \
	change; \
	assert_int_equal(parse(&f, &image), -ENOEXEC); \
} while (0)

static void bad_headers(void **state)
{
	BAD(f.header.ident[0] = 0);
	BAD(f.header.ident[4] = 1);                   /* 32 bits */
	BAD(f.header.ident[5] = 2);                   /* big endian */
	BAD(f.header.type = 3);                       /* position independent */
	BAD(f.header.machine = 62);
	BAD(f.header.phentsize = 32);
	BAD(f.header.phnum = 0);
	BAD(f.header.phnum = ELF_PHDRS_MAX + 1);
	BAD(f.header.phoff = LENGTH);
	BAD(f.header.phoff = UINT64_MAX - 8);
	BAD(f.header.entry = 0x202800);               /* not in text */
	BAD(f.header.entry = 0x201042);               /* not aligned */
}

static void bad_segments(void **state)
{
	BAD(f.phdr[1].flags = 7);                     /* writable and executable */
	BAD(f.phdr[1].type = 3);                      /* wants an interpreter */
	BAD(f.phdr[1].filesz = 0x900);                /* more file than memory */
	BAD(f.phdr[2].offset = LENGTH + 0x800);
	BAD(f.phdr[2].filesz = f.phdr[2].memsz = UINT64_MAX);
	BAD(f.phdr[2].memsz = UINT64_MAX);
	BAD(f.phdr[2].memsz = HIGH);
	BAD(f.phdr[2].vaddr = HIGH + 0x800);
	BAD(f.phdr[2].vaddr = UINT64_MAX - 0x7ff);
	BAD(f.phdr[0].vaddr = 0);
	BAD(f.phdr[2].vaddr += 4);                    /* not congruent to its offset */
	BAD(f.phdr[2].vaddr = 0x201800);              /* on the page of text */
	BAD(f.phdr[0].vaddr = 0x300000);              /* not ascending */
}

/* Whatever is in the headers: what is accepted keeps every promise of elf.h. */
static void random_ones(void **state)
{
	uint64_t seed = 1;
	unsigned accepted = 0;

	for (unsigned i = 0; i < 300000; i++) {
		struct file f = good();
		struct elf_image image;

		for (unsigned n = i % 4; n--;) {
			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			((uint8_t *)&f)[(seed >> 33) % sizeof(f)] = seed >> 25;
		}
		if (f.header.phnum > 3 || parse(&f, &image))
			continue;
		accepted++;
		for (unsigned s = 0; s < image.n; s++) {
			const struct elf_segment *g = &image.segment[s];

			assert_true(g->file_size <= g->mem_size && g->mem_size <= HIGH);
			assert_true(g->va >= LOW && g->va < HIGH && g->mem_size <= HIGH - g->va);
			assert_true(g->offset <= LENGTH && g->file_size <= LENGTH - g->offset);
			assert_true((g->prot & 6) != 6);
			if (s)
				assert_true(g->va / 4096 > (g[-1].va + g[-1].mem_size - 1) / 4096);
		}
	}
	assert_true(accepted > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_one), cmocka_unit_test(bad_headers),
		cmocka_unit_test(bad_segments), cmocka_unit_test(random_ones),
	};

	return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
