/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From ranges of RAM to a page allocator.
 *
 * All RAM goes into the direct map.  What is needed before there is an allocator is cut from it by early_alloc(), which looks for a hole
 * between reserved ranges and reserves what it takes: the block of per-CPU data (I13), and the array of struct page.
 * Everything that is not reserved in the end is given to the page allocator.
 *
 * Checking builds unmap free frames, so they give only what the direct map has in pages: at first what lies around the image, per-CPU data and
 * page array, and all else when the CPUs are up, block after block, each split in a rendezvous before a frame of it is given.
 */
#include "arch/arm64/layout.h"
#include "boot/boot.h"
#include "boot/platform.h"
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "kernel/string.h"
#include "kernel/thread.h"
#include "mm/device.h"
#include "mm/kmap.h"
#include "mm/page.h"

#define EMERGENCY_STACK PAGE_SIZE
#define PER_PAGE (PAGE_SIZE / sizeof(struct page)) /* the array's */

extern char __image_start[], __image_end[];

static void reserve(uint64_t base, uint64_t size)
{
	if (platform.n_reserved == PLATFORM_MAX_RESERVED)
		boot_fail("too many reserved ranges of memory");
	platform.reserved[platform.n_reserved++] = (struct pa_range){ base, size };
}

static uint64_t round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

/* A reserved range, widened to whole pages, that overlaps [base, base + size); NULL: none. */
static const struct pa_range *reserved_in(uint64_t base, uint64_t size, uint64_t *first, uint64_t *end)
{
	for (unsigned i = 0; i < platform.n_reserved; i++) {
		const struct pa_range *r = &platform.reserved[i];

		*first = r->base / PAGE_SIZE * PAGE_SIZE;
		*end = round_up(r->base + r->size, PAGE_SIZE);
		if (r->size && *first < base + size && *end > base)
			return r;
	}
	return NULL;
}

/* Physical memory for good, `size` bytes of which are reserved; the rest up to `span` is only in the same place. */
static uint64_t early_alloc(uint64_t size, uint64_t span, uint64_t align)
{
	uint64_t at, first, end;

	for (unsigned i = 0; i < platform.n_memory; i++) {
		const struct pa_range *m = &platform.memory[i];

		at = round_up(m->base, align);
		while (at + span <= m->base + m->size && reserved_in(at, span, &first, &end))
			at = round_up(end, align);
		if (at + span <= m->base + m->size) {
			reserve(at, round_up(size, PAGE_SIZE));
			memset(pa_to_va(at), 0, size);
			return at;
		}
	}
	boot_fail("not enough memory for the kernel's own tables");
}

/* Whole pages only, within the direct map. */
static void trim_ranges(void)
{
	for (unsigned i = 0; i < platform.n_memory; i++) {
		struct pa_range *m = &platform.memory[i];
		uint64_t first = round_up(m->base, PAGE_SIZE), end = (m->base + m->size) / PAGE_SIZE * PAGE_SIZE;

		if (end > DMAP_SIZE) {
			kprintf("memory above %lx is not used\n", DMAP_SIZE);
			end = DMAP_SIZE;
		}
		*m = (struct pa_range){ first, first < end ? end - first : 0 };
		if (m->size && !kmap_ram(*m)) {
			kprintf("memory from %lx on is not used: no table pages left\n", m->base);
			m->size = 0;
		}
	}
}

/* All per-CPU data, and a stack each for when the ordinary one overflows, in one 2 MiB block that nothing ever remaps. */
static void make_percpu(void)
{
	uint64_t stride = round_up(sizeof(struct percpu), 128);
	uint64_t stacks = round_up(stride * platform.n_cpus, PAGE_SIZE);
	uint64_t block = early_alloc(stacks + EMERGENCY_STACK * platform.n_cpus, BLOCK_SIZE, BLOCK_SIZE);
	char *va = pa_to_va(block);

#ifndef BUG_SPLIT_OWN_BLOCK /* the cause of FreeBSD D35434: nothing says that per-CPU data lies in this block */
	kmap_pin(va, BLOCK_SIZE);
#endif
	for (unsigned i = 0; i < platform.n_cpus; i++) {
		struct percpu *cpu = (struct percpu *)(va + i * stride);

		if (i == 0)
			memcpy(cpu, percpu_all[0], sizeof(*cpu));
		cpu->id = i;
		cpu->mpidr = platform.cpu_mpidr[i];
		cpu->emergency_stack_top = (uint64_t)va + stacks + (i + 1) * EMERGENCY_STACK;
		percpu_all[i] = cpu;
	}
	boot_thread.head.percpu = percpu_all[0];
	sched_init_cpu(percpu_all[0]); /* list heads point into themselves: made anew, not copied */
	percpu_all[0]->online = 1;
}

static void make_pages(void)
{
	uint64_t first = UINT64_MAX, last = 0, size, array;

	for (unsigned i = 0; i < platform.n_memory; i++) {
		const struct pa_range *m = &platform.memory[i];

		if (!m->size)
			continue;
		first = m->base / PAGE_SIZE < first ? m->base / PAGE_SIZE : first;
		last = (m->base + m->size) / PAGE_SIZE > last ? (m->base + m->size) / PAGE_SIZE : last;
	}
	first = first / PER_PAGE * PER_PAGE;
	last = round_up(last, PER_PAGE);
	size = (last - first) * sizeof(struct page);
	array = early_alloc(size, size, size < BLOCK_SIZE ? PAGE_SIZE : BLOCK_SIZE);
	kmap_pin(pa_to_va(array), size);
	if (!kmap_page_array((uint64_t)page_of_frame(first), array, size))
		boot_fail("no table pages left for the page array");
	page_init(page_of_frame(first), first, last - first);
}

/* A range of RAM without what is reserved in it. */
static void give(uint64_t base, uint64_t size)
{
	uint64_t first, end;

	if (!size)
		return;
	if (!reserved_in(base, size, &first, &end)) {
		page_give(base, size);
		return;
	}
	if (first > base)
		give(base, first - base);
	if (end < base + size)
		give(end, base + size - end);
}

/* Checking builds: the part of a range that is mapped in blocks, which are split, or the part that is not. */
static void give_part(struct pa_range r, bool blocks)
{
	uint64_t size, end = r.base + r.size;

	for (uint64_t pa = r.base; pa < end; pa += size) {
		size = BLOCK_SIZE - pa % BLOCK_SIZE < end - pa ? BLOCK_SIZE - pa % BLOCK_SIZE : end - pa;
		if (kmap_is_block(pa_to_va(pa)) != blocks)
			continue;
		if (blocks && kmap_split(pa_to_va(pa)))
			boot_fail("not enough memory for the direct map's tables");
		give(pa, size);
	}
}

void boot_memory(void)
{
	trim_ranges();
	reserve(kmap_image_pa(__image_start), __image_end - __image_start);
	make_percpu();
	make_pages();
	kmap_pin(pa_to_va(kmap_image_pa(__image_start)), __image_end - __image_start);
	for (unsigned i = 0; i < platform.n_memory; i++) {
		if (CURFEW_CHECK)
			give_part(platform.memory[i], false);
		else
			give(platform.memory[i].base, platform.memory[i].size);
	}
	kmap_use_pages();
}

void boot_memory_rest(void)
{
	if (CURFEW_CHECK)
		for (unsigned i = 0; i < platform.n_memory; i++)
			give_part(platform.memory[i], true);
	kprintf("memory: %lu KiB, %lu KiB free\n", page_total_count() * 4, page_free_count() * 4);
}
