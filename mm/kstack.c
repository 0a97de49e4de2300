/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel stacks: see kstack.h.
 *
 * Slots whose stack is mapped but unused form a list, linked through the first word of the stack itself.  Slots that
 * were trimmed are bits in a map; a slot never used before is the next number.  Tables of the slots are never freed.
 */
#include "arch/arm64/layout.h"
#include "kernel/log.h"
#include "kernel/mutex.h"
#include "kernel/spinlock.h"
#include "mm/check.h"
#include "mm/kmap.h"
#include "mm/kstack.h"
#include "mm/page.h"

#define STACK_PAGES (KSTACK_SIZE / PAGE_SIZE)
#define SLOTS_MAX   32768

static struct spinlock cache_lock; /* kept, kept_count */
static uint64_t kept;              /* list through the first word */
static uint64_t kept_count;

static struct mutex map_lock = { .waiters = TAILQ_HEAD_INITIALIZER(map_lock.waiters) };
static uint32_t slots_used;             /* map_lock */
static uint64_t bare[SLOTS_MAX / 64];   /* map_lock: bit n: slot n < slots_used is unmapped */
static uint32_t bare_count;             /* map_lock */

static uint64_t slot_stack(uint32_t slot)
{
	return KSTACK_BASE + ((uint64_t)slot << (KSTACK_SHIFT + 1)) + KSTACK_SIZE;
}

static uint64_t take_kept(void)
{
	uint64_t flags = spin_lock_irq(&cache_lock), stack = kept;

	if (stack) {
		kept = *(uint64_t *)stack;
		kept_count--;
	}
	spin_unlock_irq(&cache_lock, flags);
	return stack;
}

void kstack_free(uint64_t stack)
{
	uint64_t flags;

	check_stack_free(stack); /* E8 */
	flags = spin_lock_irq(&cache_lock);
	*(uint64_t *)stack = kept;
	kept = stack;
	kept_count++;
	spin_unlock_irq(&cache_lock, flags);
}

/* A slot number without a mapping, or -1. */
static int64_t take_slot(void)
{
	if (!bare_count)
		return slots_used < SLOTS_MAX ? (int64_t)slots_used++ : -1;
	for (unsigned i = 0;; i++) {
		if (bare[i]) {
			unsigned n = __builtin_ctzll(bare[i]);

			bare[i] &= ~(1ull << n);
			bare_count--;
			return i * 64 + n;
		}
	}
}

static void give_slot(uint32_t slot)
{
	bare[slot / 64] |= 1ull << slot % 64;
	bare_count++;
}

static uint64_t map_new(void)
{
	int64_t slot = take_slot();
	uint64_t stack = slot_stack(slot);

	if (slot < 0)
		return 0;
	for (unsigned i = 0; i < STACK_PAGES; i++) {
		struct page *page = page_alloc();

		if (!page || kmap_page(stack + i * PAGE_SIZE, page_to_pa(page))) {
			if (page)
				page_put(page);
			if (i)
				kmap_free(kmap_clear(stack, i, NULL));
			give_slot(slot);
			return 0;
		}
	}
	return stack;
}

uint64_t kstack_alloc(void)
{
	uint64_t stack = take_kept();

	if (!stack) {
		MUTEX_GUARD(&map_lock);
		stack = map_new();
	}
	return stack;
}

void kstack_trim(void)
{
	struct page *chain = NULL;
	uint64_t stack;

	MUTEX_GUARD(&map_lock);
	while ((stack = take_kept())) {
		chain = kmap_clear(stack, STACK_PAGES, chain);
		give_slot((stack - KSTACK_BASE) >> (KSTACK_SHIFT + 1));
	}
	kmap_free(chain); /* one flush for all; no slot is used again before it, for that needs map_lock */
}

uint64_t kstack_cached_pages(void)
{
	return __atomic_load_n(&kept_count, __ATOMIC_RELAXED) * STACK_PAGES;
}
