/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading an executable: see elf.h.  The layout is that of the System V ABI, chapters 4 and 5; nothing of the file is
 * trusted: every size and address is checked before it is added to another.
 */
#include <stdbool.h>
#include <sys/errno.h>
#include "arch/arm64/layout.h"
#include "kernel/elf.h"
#include "kernel/string.h"

#define PAGE_MASK ((uint64_t)PAGE_SIZE - 1)

struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_phdr {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

_Static_assert(sizeof(struct elf_header) == ELF_HEADER_SIZE, "ELF header");
_Static_assert(sizeof(struct elf_phdr) == ELF_PHDR_SIZE, "ELF program header");

#define ET_EXEC    2
#define EM_AARCH64 183
#define PT_LOAD    1
#define PT_INTERP  3
#define PF_X       1
#define PF_W       2
#define PF_R       4

int elf_check_header(const void *header, uint64_t file_length, uint64_t *phoff)
{
	static const uint8_t ident[7] = { 0x7f, 'E', 'L', 'F', 2 /* 64 bits */, 1 /* little endian */, 1 };
	const struct elf_header *h = header;

	if (file_length < sizeof(*h) || memcmp(h->ident, ident, sizeof(ident)))
		return -ENOEXEC;
	if (h->type != ET_EXEC || h->machine != EM_AARCH64 || h->phentsize != sizeof(struct elf_phdr))
		return -ENOEXEC;
	if (h->phnum == 0 || h->phnum > ELF_PHDRS_MAX)
		return -ENOEXEC;
	if (h->phoff > file_length || file_length - h->phoff < h->phnum * sizeof(struct elf_phdr))
		return -ENOEXEC;
	*phoff = h->phoff;
	return h->phnum;
}

static bool segment_ok(const struct elf_phdr *ph, uint64_t file_length, uint64_t low, uint64_t high)
{
	if (ph->filesz > ph->memsz || ph->offset > file_length || ph->filesz > file_length - ph->offset)
		return false;
	if (ph->vaddr < low || ph->vaddr >= high || ph->memsz > high - ph->vaddr)
		return false;
	if ((ph->vaddr & PAGE_MASK) != (ph->offset & PAGE_MASK))
		return false;
	return !(ph->flags & PF_W && ph->flags & PF_X); /* I11 */
}

int elf_parse(const void *header, const void *phdrs, unsigned count, uint64_t file_length, uint64_t low, uint64_t high,
	      struct elf_image *image)
{
	const struct elf_header *h = header;
	const struct elf_phdr *ph = phdrs;
	uint64_t free_from = low;
	bool entry_ok = false;

	*image = (struct elf_image){ .entry = h->entry, .phdr_count = count };
	for (; count--; ph++) {
		struct elf_segment *s = &image->segment[image->n];

		if (ph->type == PT_INTERP)
			return -ENOEXEC;
		if (ph->type != PT_LOAD || ph->memsz == 0)
			continue;
		if (image->n == ELF_SEGMENTS || !segment_ok(ph, file_length, low, high) ||
		    (ph->vaddr & ~PAGE_MASK) < free_from)
			return -ENOEXEC;
		*s = (struct elf_segment){ ph->vaddr, ph->filesz, ph->memsz, ph->offset,
			(ph->flags & PF_R ? 1u : 0) | (ph->flags & PF_W ? 2u : 0) | (ph->flags & PF_X ? 4u : 0) };
		free_from = ((ph->vaddr + ph->memsz - 1) | PAGE_MASK) + 1;
		entry_ok |= ph->flags & PF_X && h->entry >= ph->vaddr && h->entry - ph->vaddr < ph->memsz;
		if (h->phoff >= ph->offset && h->phoff - ph->offset + image->phdr_count * sizeof(*ph) <= ph->filesz)
			image->phdr_va = ph->vaddr + (h->phoff - ph->offset);
		image->n++;
	}
	return image->n && entry_ok && !(h->entry & 3) ? 0 : -ENOEXEC;
}
