/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_ELF_H
#define KERNEL_ELF_H
/*
 * Reading an executable: what of an ELF64 file exec needs, checked once, so that nothing after it can go wrong
 * for the file's sake.  No hardware in it: it is tested on the host.
 */
#include <stdint.h>

#define ELF_SEGMENTS 16

struct elf_segment {
	uint64_t va;        /* first byte, any alignment */
	uint64_t file_size; /* bytes from the file, the rest up to mem_size is zero */
	uint64_t mem_size;  /* > 0 */
	uint64_t offset;    /* in the file; congruent to va modulo a page */
	unsigned prot;      /* MMU_*: never both WRITE and EXECUTE */
};

struct elf_image {
	uint64_t entry;
	uint64_t phdr_va;   /* where the program headers will be in memory, 0: nowhere */
	uint16_t phdr_count;
	unsigned n;
	struct elf_segment segment[ELF_SEGMENTS]; /* ascending, on disjoint pages, within [low, high) */
};

#define ELF_HEADER_SIZE  64
#define ELF_PHDR_SIZE    56
#define ELF_PHDRS_MAX    32

/* Checks the file header (64 bytes): a static executable for AArch64.  How many program headers at *phoff, or -ENOEXEC. */
int elf_check_header(const void *header, uint64_t file_length, uint64_t *phoff);
/* Fills *image from the header and its program headers (count of them).  0 or -ENOEXEC. */
int elf_parse(const void *header, const void *phdrs, unsigned count, uint64_t file_length, uint64_t low, uint64_t high,
	      struct elf_image *image);

#endif
