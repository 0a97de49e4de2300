/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's half of the address space: see kmap.h.
 *
 * The direct map leaves no second, writable way to the kernel's text and constants: those frames are mapped
 * read-only there too (W^X).  Everything is global and execute-never but the image's text.
 */
#include <sys/errno.h>
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "kernel/string.h"
#include "mm/kmap_private.h"
#include "mm/page.h"

extern const pte_t kernel_root[PT_ENTRIES];
extern char __image_start[], __data_start[], __image_end[];

/* Enough for 4 GiB in 2 MiB blocks, whose ends are ragged, in several ranges, and the devices.  Checking builds: and a table for each
 * block with per-CPU data or a part of the page array (kmap_pin()). */
#define POOL_PAGES (CURFEW_CHECK ? 52 : 28)
static pte_t pool[POOL_PAGES][PT_ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static unsigned pool_used;
static bool use_pages;

static uint64_t image_pa;
static uint64_t device_next = DEVICE_BASE;

uint64_t kmap_image_pa(const void *va)
{
	return (uint64_t)va - IMAGE_BASE + image_pa;
}

/* Tables of the pool and of head.S are reached through the image, later ones through the direct map. */
const pte_t *kmap_table_va(uint64_t pa)
{
	if (pa >= image_pa && pa < image_pa + (uint64_t)(__image_end - __image_start))
		return (const pte_t *)(pa - image_pa + IMAGE_BASE);
	return pa_to_va(pa);
}

uint64_t kmap_table_alloc(uint64_t va, unsigned level)
{
	struct page *page;

	if (!use_pages)
		return pool_used < POOL_PAGES ? kmap_image_pa(pool[pool_used++]) : 0;
	page = page_alloc_zeroed();
	if (!page)
		return 0;
	if (!check_table_alloc(page, NULL)) {
		page_put(page);
		return 0;
	}
	page->kind = PAGE_TABLE;
	page->owner = NULL;
	check_table_place(page, va >> (pt_shift(level) + 9) << (pt_shift(level) + 9), level);
	return page_to_pa(page);
}

/* The entry for va at `level`, its tables made on the way; NULL: no memory. */
static const pte_t *walk(uint64_t va, unsigned level)
{
	const pte_t *table = kernel_root;

	for (unsigned l = 0; l < level; l++) {
		const pte_t *e = &table[pt_index(va, l)];

		if (!pte_valid(pte_get(e))) {
			uint64_t pa = kmap_table_alloc(va, l + 1);

			if (!pa)
				return NULL;
			pte_set(e, pte_make_table(pa));
		}
		table = kmap_table_va(pte_pa(pte_get(e)));
	}
	return &table[pt_index(va, level)];
}

void kmap_init(uint64_t pa)
{
	image_pa = pa;
	/* The table above those of the kernel stacks, which come and go. */
	walk(KSTACK_BASE, BLOCK_LEVEL);
}

const void *kmap_fdt(uint64_t fdt_pa)
{
	uint64_t base = fdt_pa & -(uint64_t)BLOCK_SIZE;

	for (uint64_t off = 0; off < FDT_WINDOW; off += BLOCK_SIZE)
		pte_set(walk(FDT_BASE + off, BLOCK_LEVEL), pte_make_kernel_block(base + off, false));
	pte_publish();
	return (const void *)(FDT_BASE + (fdt_pa - base));
}

static bool overlaps_image(uint64_t pa, uint64_t size)
{
	return pa < image_pa + (uint64_t)(__image_end - __image_start) && pa + size > image_pa;
}

static bool image_read_only(uint64_t pa)
{
	return pa >= image_pa && pa < image_pa + (uint64_t)(__data_start - __image_start);
}

bool kmap_ram(struct pa_range r)
{
	uint64_t pa = r.base, end = r.base + r.size;

	while (pa < end) {
		bool block = pa % BLOCK_SIZE == 0 && end - pa >= BLOCK_SIZE && !overlaps_image(pa, BLOCK_SIZE);
		const pte_t *e = walk(pa + DMAP_BASE, block ? BLOCK_LEVEL : PAGE_LEVEL);

		if (!e)
			return false;
		pte_set(e, block ? pte_make_kernel_block(pa, true) : pte_make_kernel(pa, !image_read_only(pa)));
		pa += block ? BLOCK_SIZE : PAGE_SIZE;
	}
	pte_publish();
	return true;
}

bool kmap_page_array(uint64_t va, uint64_t pa, uint64_t size)
{
	uint64_t step;

	for (; size; size -= step, va += step, pa += step) {
		bool block = (va | pa) % BLOCK_SIZE == 0 && size >= BLOCK_SIZE;
		const pte_t *e = walk(va, block ? BLOCK_LEVEL : PAGE_LEVEL);

		if (!e)
			return false;
		step = block ? BLOCK_SIZE : PAGE_SIZE;
		pte_set(e, block ? pte_make_kernel_block(pa, true) : pte_make_kernel(pa, true));
	}
	pte_publish();
	return true;
}

bool kmap_is_mapped(uint64_t va)
{
	const pte_t *table = kernel_root;

	for (unsigned level = 0; level <= PAGE_LEVEL; level++) {
		pte_t value = pte_get(&table[pt_index(va, level)]);

		if (!pte_is_table(value, level))
			return pte_valid(value);
		table = kmap_table_va(pte_pa(value));
	}
	return false;
}

void kmap_use_pages(void)
{
	use_pages = true;
}

void *kmap_device(uint64_t pa, uint64_t size)
{
	uint64_t first = pa & -(uint64_t)PAGE_SIZE, va = device_next;
	uint64_t end = (pa + size + PAGE_SIZE - 1) & -(uint64_t)PAGE_SIZE;

	for (uint64_t p = first; p < end; p += PAGE_SIZE) {
		const pte_t *e = walk(device_next, PAGE_LEVEL);

		if (!e)
			return NULL;
		pte_set(e, pte_make_device(p));
		device_next += PAGE_SIZE;
	}
	pte_publish();
	return (void *)(va + (pa - first));
}

/* The page of the table that holds e: one that kmap_page() made. */
static struct page *table_page(const pte_t *e)
{
	return va_to_page((const void *)((uint64_t)e & -(uint64_t)PAGE_SIZE));
}

int kmap_page(uint64_t va, uint64_t pa)
{
	const pte_t *e = walk(va, PAGE_LEVEL);

	if (!e)
		return -ENOMEM;
	ASSERT(!pte_valid(pte_get(e)));
	pte_set(e, pte_make_kernel(pa, true));
	table_page(e)->live++;
	pte_publish();
	return 0;
}

struct page *kmap_clear(uint64_t va, unsigned n, struct page *chain)
{
	const pte_t *first = walk(va, PAGE_LEVEL);
	struct page *table = table_page(first), *page;

	ASSERT(n && pt_index(va, PAGE_LEVEL) + n <= PT_ENTRIES);
	for (unsigned i = 0; i < n; i++) {
		page = pa_to_page(pte_pa(pte_get(&first[i])));
		pte_set(&first[i], 0);
		page->next = chain;
		chain = page;
	}
	table->live -= n;
	if (!table->live) {
		pte_set(walk(va, BLOCK_LEVEL), 0);
		table->next = chain;
		chain = table;
	}
	return chain;
}

void kmap_free(struct page *chain)
{
	struct page *next;

	if (!chain)
		return;
	tlb_flush_everything(cpus_online == 1); /* I10: before any of them is free; walk entries too */
	for (; chain; chain = next) {
		next = chain->next;
		if (chain->kind == PAGE_TABLE) {
			check_table_free(chain);
			chain->kind = PAGE_USED;
		}
		page_put(chain);
	}
}
