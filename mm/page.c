/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page allocator: buddy lists behind a stack of single pages on each CPU.
 *
 * A free block of 2^k frames is aligned to its size, so its buddy, with which it merges, is at the frame number with bit k
 * inverted.  Only a block's first frame describes it; a frame inside a free or held block may say anything.
 *
 * The usual page_alloc() and page_free() touch nothing but their CPU's stack (arch/arm64/cpustack.h), with interrupts masked
 * and no lock.  Each page there holds in `data` the height of the stack from itself down, so that popping has no count to
 * keep and the count is still exact.  An empty stack is filled by half from the buddy lists, a full one emptied by half; and who
 * finds the buddy lists empty first takes the stacks of all CPUs away, so memory ends only when there is none.
 *
 * In checking builds a frame that is free, in a list or in a stack, is not mapped in the direct map (kmap_frames_off()).
 *
 * Callers: everybody.  Never sleeps, never calls up.  Lock: `lock` for all that is not in a CPU's stack, interrupts masked;
 * it is below every other lock but the log's.
 */
#include "mm/page.h"
#include "mm/check.h"
#include "mm/kmap.h"
#include "arch/arm64/cpustack.h"
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "kernel/spinlock.h"
#include "kernel/string.h"

#define BATCH (PERCPU_PAGES / 2)
#define LINK  offsetof(struct page, next)

_Static_assert(sizeof(struct page) == 32, "page_to_pa() is to be a shift");

/* A frame's first eight bytes, refs to live, as one word: they are checked and set in one go. */
#define HEAD(refs, order, kind) ((uint64_t)(refs) | (uint64_t)(order) << 32 | (uint64_t)(kind) << 40)

struct page *page_array;
uint64_t page_first_frame, page_frames;

static struct spinlock lock = SPINLOCK_INIT;
static struct page_list blocks[PAGE_MAX_ORDER + 1]; /* by order */
static uint32_t nonempty;                           /* bit k: blocks[k] has some */
static uint64_t blocks_frames;                      /* frames in all of them */
static uint64_t total_frames;

static inline void set_head(struct page *p, uint64_t head)
{
	__builtin_memcpy(p, &head, sizeof(head));
}

static inline uint64_t get_head(const struct page *p)
{
	uint64_t head;

	__builtin_memcpy(&head, p, sizeof(head));
	return head;
}

static inline uint64_t frame_of(const struct page *p)
{
	return page_first_frame + (uint64_t)(p - page_array);
}

/* ---- buddy lists: the lock is held ---- */

static void block_insert(struct page *p, unsigned order)
{
	set_head(p, HEAD(0, order, PAGE_FREE));
	LIST_INSERT_HEAD(&blocks[order], p, link);
	nonempty |= 1u << order;
}

static void block_remove(struct page *p, unsigned order)
{
	LIST_REMOVE(p, link);
	if (LIST_EMPTY(&blocks[order]))
		nonempty &= ~(1u << order);
}

/* The buddy of the block at p, if it is free and whole; NULL otherwise. */
static struct page *free_buddy(const struct page *p, unsigned order)
{
	uint64_t i = (frame_of(p) ^ 1ul << order) - page_first_frame; /* below the first frame: wraps to a great number */

	if (i >= page_frames || get_head(&page_array[i]) != HEAD(0, order, PAGE_FREE))
		return NULL;
	return &page_array[i];
}

/* Frees a block, merging it with its buddy as long as that is free too. */
static void block_free(struct page *p, unsigned order)
{
	blocks_frames += 1ul << order;
	while (order < PAGE_MAX_ORDER) {
		struct page *buddy = free_buddy(p, order);

		if (!buddy)
			break;
		block_remove(buddy, order);
		set_head(buddy, HEAD(0, 0, PAGE_FREE));
		if (buddy < p) {
			set_head(p, HEAD(0, 0, PAGE_FREE));
			p = buddy;
		}
		order++;
	}
	block_insert(p, order);
}

/* Takes the smallest block of order `least` or more; what it has beyond order `most` goes back.  NULL: there is none.
 * It is marked as held, refs 1; *order is its order. */
static struct page *block_take(unsigned least, unsigned most, unsigned *order)
{
	uint32_t fit = nonempty >> least;
	struct page *p;
	unsigned k;

	if (!fit)
		return NULL;
	k = least + (unsigned)__builtin_ctz(fit);
	p = LIST_FIRST(&blocks[k]);
	block_remove(p, k);
	while (k > most) {
		k--;
		block_insert(p + (1ul << k), k);
	}
	set_head(p, HEAD(1, k, PAGE_USED)); /* before the lock goes: nobody may merge it */
	blocks_frames -= 1ul << k;
	*order = k;
	return p;
}

/* Takes the stacks of all CPUs back into the buddy lists; false if they were empty. */
static bool drain_all(void)
{
	bool found = false;

	kmap_frames_settle();
	for (unsigned i = 0; i < PLATFORM_MAX_CPUS; i++) {
		struct page *p = percpu_all[i] ? cpustack_take(&percpu_all[i]->page_cache) : NULL;

		while (p) {
			struct page *next = p->next;

			block_free(p, 0);
			p = next;
			found = true;
		}
	}
	return found;
}

/* ---- the CPU's stack: interrupts are masked ---- */

static inline uint64_t stack_height(const struct page *top)
{
	return top ? top->data : 0;
}

/* Takes BATCH pages from small blocks first, so that great ones stay whole; returns one, the others become the CPU's stack, which
 * is empty.  The lock is held. */
static struct page *refill(struct percpu *cpu)
{
	struct page *top = NULL;
	unsigned left = BATCH;

	while (left) {
		unsigned order;
		struct page *p = block_take(0, 31 - (unsigned)__builtin_clz(left), &order);

		if (!p)
			break;
		for (struct page *end = p + (1ul << order); p < end; p++) {
			set_head(p, HEAD(0, 0, PAGE_CACHED));
			p->next = top;
			p->data = stack_height(top) + 1;
			top = p;
		}
		left -= 1u << order;
	}
	if (top)
		cpustack_put(&cpu->page_cache, top->next);
	return top;
}

/* The rest of page_alloc(), when the stack is empty or the try to pop was disturbed.  A tail call: the usual way then needs no frame. */
static __attribute__((noinline)) struct page *alloc_slow(struct percpu *cpu, uint64_t flags)
{
	struct page *p;

	spin_acquire(&lock);
	p = cpustack_take(&cpu->page_cache);
	if (p)
		cpustack_put(&cpu->page_cache, p->next);
	else
		p = refill(cpu);
	if (!p && drain_all())
		p = refill(cpu);
	spin_release(&lock);
	irq_restore(flags);
	if (p) {
		set_head(p, HEAD(1, 0, PAGE_USED));
		kmap_frames_on(p, 0);
	}
	return p;
}

/* The rest of page_free(), when the stack is full or the try to push was disturbed.  The lower half stays, because its
 * heights stay right. */
static __attribute__((noinline)) void free_slow(struct percpu *cpu, struct page *p, uint64_t flags)
{
	struct page *top;

	kmap_frames_settle();
	spin_acquire(&lock);
	top = cpustack_take(&cpu->page_cache);
	while (stack_height(top) > BATCH) {
		struct page *next = top->next;

		block_free(top, 0);
		top = next;
	}
	p->next = top;
	p->data = stack_height(top) + 1;
	cpustack_put(&cpu->page_cache, p);
	spin_release(&lock);
	irq_restore(flags);
}

/* ---- what others call ---- */

struct page *page_alloc(void)
{
	uint64_t flags = irq_save();
	struct percpu *cpu = this_cpu();
	struct page *p = cpustack_pop(&cpu->page_cache, LINK);

	if (__builtin_expect(!p, 0))
		return alloc_slow(cpu, flags);
	irq_restore(flags);
	DEBUG_ASSERT(get_head(p) == HEAD(0, 0, PAGE_CACHED));
	set_head(p, HEAD(1, 0, PAGE_USED));
	kmap_frames_on(p, 0);
	return p;
}

struct page *page_alloc_zeroed(void)
{
	struct page *p = page_alloc();

	if (__builtin_expect(p != NULL, 1))
		page_zero(page_to_va(p));
	return p;
}

static __attribute__((noipa, cold)) void bad_free(const struct page *p, unsigned order)
{
	panic("freed frame %lx of order %u is not a held one: refs %u, kind %u, order %u, live %u",
	      page_to_pa(p), order, p->refs, p->kind, p->order, p->live);
}

/* A head is good to free if refs, order and live are 0 and the kind is one of a held frame's: turned so that the kind
 * comes to bit 0, that is one comparison. */
static inline bool may_free(const struct page *p, unsigned order)
{
	uint64_t head = get_head(p) - HEAD(0, order, PAGE_USED);

	return (head >> 40 | head << 24) <= PAGE_SLAB - PAGE_USED;
}

void page_free(struct page *p)
{
	struct percpu *cpu;
	struct page *top;
	uint64_t flags, height;

	if (__builtin_expect(!may_free(p, 0), 0)) {
		bad_free(p, 0);
		return;
	}
	check_page_free(p); /* I10 */
	kmap_frames_off(p, 0, true);
	set_head(p, HEAD(0, 0, PAGE_CACHED));
	flags = irq_save();
	cpu = this_cpu();
	top = *(void *volatile *)&cpu->page_cache;
	height = stack_height(top);
	p->next = top;
	p->data = height + 1;
	if (__builtin_expect(height >= PERCPU_PAGES || !cpustack_replace(&cpu->page_cache, top, p), 0))
		free_slow(cpu, p, flags);
	else
		irq_restore(flags);
}

struct page *page_alloc_order(unsigned order)
{
	uint64_t flags = spin_lock_irq(&lock);
	unsigned got;
	struct page *p = block_take(order, order, &got);

	if (!p && drain_all())
		p = block_take(order, order, &got);
	spin_unlock_irq(&lock, flags);
	if (p)
		kmap_frames_on(p, order);
	return p;
}

void page_free_order(struct page *p, unsigned order)
{
	uint64_t flags;

	if (p->refs == 1)
		p->refs = 0;
	if (!may_free(p, order))
		bad_free(p, order);
	for (unsigned i = 0; i < 1u << order; i++)
		check_page_free(p + i); /* I10 */
	kmap_frames_off(p, order, false);
	flags = spin_lock_irq(&lock);
	block_free(p, order);
	spin_unlock_irq(&lock, flags);
}

uint64_t page_free_count(void)
{
	uint64_t flags = spin_lock_irq(&lock);
	uint64_t n = blocks_frames;

	for (unsigned i = 0; i < PLATFORM_MAX_CPUS; i++)
		if (percpu_all[i])
			n += stack_height(__atomic_load_n(&percpu_all[i]->page_cache, __ATOMIC_RELAXED));
	spin_unlock_irq(&lock, flags);
	return n;
}

uint64_t page_total_count(void)
{
	return total_frames;
}

/* ---- boot ---- */

void page_init(struct page *array, uint64_t first_frame, uint64_t frames)
{
	_Static_assert(PAGE_RESERVED == 0, "a zeroed struct page is a reserved frame");

	memset(array, 0, frames * sizeof(*array));
	page_array = array;
	page_first_frame = first_frame;
	page_frames = frames;
	for (unsigned k = 0; k <= PAGE_MAX_ORDER; k++)
		LIST_INIT(&blocks[k]);
	nonempty = 0;
	blocks_frames = total_frames = 0;
}

void page_give(uint64_t pa, uint64_t size)
{
	uint64_t frame = pa >> PAGE_SHIFT, end = (pa + size) >> PAGE_SHIFT;

	ASSERT(frame >= page_first_frame && end <= page_first_frame + page_frames && frame <= end);
	total_frames += end - frame;
	while (frame < end) {
		unsigned order = PAGE_MAX_ORDER;
		struct page *p = &page_array[frame - page_first_frame];
		uint64_t flags;

		while (frame & ((1ul << order) - 1) || frame + (1ul << order) > end)
			order--;
		ASSERT(p->kind == PAGE_RESERVED);
		kmap_frames_off(p, order, false);
		flags = spin_lock_irq(&lock);
		block_free(p, order);
		spin_unlock_irq(&lock, flags);
		frame += 1ul << order;
	}
}
