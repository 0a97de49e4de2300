/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small objects: caches of one size, cut from single pages.
 *
 *   page                   kind PAGE_SLAB, `cache` says whose, `live` how many objects are out, `data` a list of those that are not
 *   cache->partial         pages with some out and some not; a page with all out is in no list
 *   cache->spare           one page with none out is kept; further ones go back to the page allocator at once
 *   cache->cpu[i].free     a stack of free objects (out, as their pages see it)
 *
 * The usual slab_alloc() and slab_free() pop and push on their CPU's stack with interrupts masked, and take no lock.  An
 * object in such a stack holds, besides its link, the stack's height from itself down, so popping keeps no count.  The stack is filled and
 * emptied by batches under the cache's lock.
 *
 * In debug builds a free object is filled with a pattern that is checked when it goes out, and a tag tells a second free.
 *
 * Never sleeps.  Locks: cache->lock, then the page allocator's.  Not for interrupt handlers (the lock would allow it, but
 * nothing there should need memory).
 */
#include "mm/slab.h"
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "kernel/string.h"

/* What a free object holds. */
struct object {
	struct object *next;
	uint32_t height;
	uint32_t tag; /* debug builds */
};

#define POISON_FREE  0x6bu
#define POISON_ALLOC 0xa5u

static struct slab_cache *caches[SLAB_MAX_CACHES];
static unsigned n_caches;

/* ---- debug builds: is this object what we left there? ---- */

static uint32_t free_tag(const struct object *o)
{
	return 0xf4eef4eeu ^ (uint32_t)((uint64_t)o >> 4);
}

static void debug_poison(const struct slab_cache *c, struct object *o)
{
	if (CURFEW_DEBUG) {
		memset(o + 1, POISON_FREE, c->size - sizeof(*o));
		o->tag = free_tag(o);
	}
}

static void debug_check_free(const struct slab_cache *c, const struct object *o)
{
	if (CURFEW_DEBUG) {
		const struct page *p = va_to_page(o);
		uint64_t offset = (uint64_t)o % PAGE_SIZE;

		if (p->kind != PAGE_SLAB || caches[p->cache] != c || offset % c->size || offset / c->size >= c->per_page)
			panic("slab %s: freed %p is not an object of it", c->name, (const void *)o);
		if (o->tag == free_tag(o))
			panic("slab %s: %p freed twice", c->name, (const void *)o);
	}
}

static void debug_check_alloc(const struct slab_cache *c, struct object *o)
{
	if (CURFEW_DEBUG) {
		const uint64_t *words = (const uint64_t *)o;

		for (uint32_t i = (sizeof(*o) + 7) / 8; i < c->size / 8; i++)
			if (words[i] != POISON_FREE * 0x0101010101010101ul)
				panic("slab %s: %p written at +%u while free", c->name, (void *)o, i * 8);
		if (o->tag != free_tag(o))
			panic("slab %s: %p written at +%u while free", c->name, (void *)o, 12);
		memset(o, POISON_ALLOC, c->size);
	}
}

/* ---- pages: the cache's lock is held ---- */

/* A new page, none of its objects out; not in a list.  NULL: out of memory. */
static struct page *page_new(struct slab_cache *c)
{
	struct page *p = page_alloc();
	struct object *first = NULL;

	if (!p)
		return NULL;
	for (uint32_t i = c->per_page; i-- > 0;) {
		struct object *o = (struct object *)((char *)page_to_va(p) + i * c->size);

		debug_poison(c, o);
		o->next = first;
		first = o;
	}
	p->kind = PAGE_SLAB;
	p->cache = c->index;
	p->data = (uint64_t)first;
	c->pages++;
	return p;
}

static void page_release(struct slab_cache *c, struct page *p)
{
	c->pages--;
	p->cache = 0;
	page_put(p);
}

/* The page to take objects from; in the partial list.  NULL: out of memory. */
static struct page *page_with_free(struct slab_cache *c)
{
	struct page *p = LIST_FIRST(&c->partial);

	if (p)
		return p;
	p = c->spare ? c->spare : page_new(c);
	c->spare = NULL;
	if (p)
		LIST_INSERT_HEAD(&c->partial, p, link);
	return p;
}

/* An object back to its page. */
static void object_return(struct slab_cache *c, struct object *o)
{
	struct page *p = va_to_page(o);

	c->live--;
	if (p->live-- == c->per_page)
		LIST_INSERT_HEAD(&c->partial, p, link);
	o->next = (struct object *)p->data;
	p->data = (uint64_t)o;
	if (p->live)
		return;
	LIST_REMOVE(p, link);
	if (c->spare)
		page_release(c, p);
	else
		c->spare = p;
}

/* ---- the CPU's stack: interrupts are masked ---- */

static inline struct slab_cpu *this_stack(struct slab_cache *c)
{
	return &c->cpu[this_cpu()->id];
}

static inline uint32_t stack_height(const struct object *top)
{
	return top ? top->height : 0;
}

static inline void stack_push(struct slab_cpu *cpu, struct object *o)
{
	struct object *top = cpu->free;

	o->next = top;
	o->height = stack_height(top) + 1;
	cpu->free = o;
}

/* The rest of slab_alloc(), when the stack is empty: takes a batch.  NULL: out of memory. */
static __attribute__((noinline)) void *alloc_slow(struct slab_cache *c, uint64_t flags)
{
	struct slab_cpu *cpu = this_stack(c);
	struct object *o = NULL;

	spin_acquire(&c->lock);
	for (uint32_t n = 0; n < c->batch; n++) {
		struct page *p = page_with_free(c);

		if (!p)
			break;
		if (o)
			stack_push(cpu, o);
		o = (struct object *)p->data;
		p->data = (uint64_t)o->next;
		c->live++;
		if (++p->live == c->per_page)
			LIST_REMOVE(p, link);
	}
	spin_release(&c->lock);
	irq_restore(flags);
	if (o)
		debug_check_alloc(c, o);
	return o;
}

/* Returns objects to their pages until the stack is `keep` high. */
static __attribute__((noinline)) void stack_drain(struct slab_cache *c, struct slab_cpu *cpu, uint32_t keep)
{
	struct object *o;

	spin_acquire(&c->lock);
	while ((o = cpu->free) && o->height > keep) {
		cpu->free = o->next;
		object_return(c, o);
	}
	spin_release(&c->lock);
}

/* The rest of slab_free(), when the stack is full. */
static __attribute__((noinline)) void free_slow(struct slab_cache *c, struct object *o, uint64_t flags)
{
	struct slab_cpu *cpu = this_stack(c);

	stack_drain(c, cpu, c->batch);
	stack_push(cpu, o);
	irq_restore(flags);
}

/* ---- what others call ---- */

void *slab_alloc(struct slab_cache *c)
{
	uint64_t flags = irq_save();
	struct slab_cpu *cpu = this_stack(c);
	struct object *o = cpu->free;

	if (__builtin_expect(!o, 0))
		return alloc_slow(c, flags);
	cpu->free = o->next;
	irq_restore(flags);
	debug_check_alloc(c, o);
	return o;
}

void slab_free(struct slab_cache *c, void *object)
{
	struct object *o = object;
	struct slab_cpu *cpu;
	uint64_t flags;

	debug_check_free(c, o);
	debug_poison(c, o);
	flags = irq_save();
	cpu = this_stack(c);
	if (__builtin_expect(stack_height(cpu->free) >= 2 * c->batch, 0)) {
		free_slow(c, o, flags);
		return;
	}
	stack_push(cpu, o);
	irq_restore(flags);
}

void slab_trim_cpu(void)
{
	for (unsigned i = 0; i < n_caches; i++) {
		struct slab_cache *c = caches[i];
		uint64_t flags = irq_save();

		stack_drain(c, this_stack(c), 0);
		spin_acquire(&c->lock);
		if (c->spare)
			page_release(c, c->spare);
		c->spare = NULL;
		spin_release(&c->lock);
		irq_restore(flags);
	}
}

void slab_cache_init(struct slab_cache *c, const char *name, size_t size, size_t align)
{
	ASSERT(align && !(align & (align - 1)) && align <= 64 && size && size <= 2048 && n_caches < SLAB_MAX_CACHES);
	if (align < sizeof(struct object))
		align = sizeof(struct object);
	memset(c, 0, sizeof(*c));
	c->name = name;
	c->size = (uint32_t)((size + align - 1) & ~(align - 1));
	c->per_page = PAGE_SIZE / c->size;
	c->batch = c->size <= 128 ? 16 : c->size <= 512 ? 8 : 4;
	c->index = (uint8_t)n_caches;
	LIST_INIT(&c->partial);
	caches[n_caches++] = c;
}

/* ---- general sizes ---- */

static const uint16_t sizes[] = { 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048 };

#define N_SIZES   (sizeof(sizes) / sizeof(sizes[0]))
#define MAX_SMALL 2048

static struct slab_cache size_caches[N_SIZES];
static uint8_t size_class[MAX_SMALL / 16 + 1]; /* by size in units of 16, rounded up */

void kmalloc_init(void)
{
	static const char *const names[N_SIZES] = {
		"kmalloc-16", "kmalloc-32", "kmalloc-48", "kmalloc-64", "kmalloc-96", "kmalloc-128", "kmalloc-192",
		"kmalloc-256", "kmalloc-384", "kmalloc-512", "kmalloc-768", "kmalloc-1024", "kmalloc-2048",
	};
	unsigned k = 0;

	for (unsigned i = 0; i < N_SIZES; i++)
		slab_cache_init(&size_caches[i], names[i], sizes[i], 16);
	for (unsigned units = 0; units <= MAX_SMALL / 16; units++) {
		while (sizes[k] < units * 16)
			k++;
		size_class[units] = (uint8_t)k;
	}
}

/* Of the smallest block for more than a page. */
static unsigned order_of(size_t size)
{
	return 64 - PAGE_SHIFT - (unsigned)__builtin_clzl(size - 1);
}

void *kmalloc(size_t size)
{
	struct page *p;

	if (size <= MAX_SMALL)
		return slab_alloc(&size_caches[size_class[(size + 15) / 16]]);
	if (size > (size_t)PAGE_SIZE << PAGE_MAX_ORDER)
		return NULL;
	p = size <= PAGE_SIZE ? page_alloc() : page_alloc_order(order_of(size));
	return p ? page_to_va(p) : NULL;
}

void *kzalloc(size_t size)
{
	void *object = kmalloc(size);

	if (object)
		memset(object, 0, size);
	return object;
}

void kfree(void *object)
{
	struct page *p;

	if (!object)
		return;
	p = va_to_page(object);
	if (p->kind == PAGE_SLAB) {
		slab_free(caches[p->cache], object);
		return;
	}
	if (p->kind != PAGE_USED || (uint64_t)object % PAGE_SIZE)
		panic("kfree of %p: no object of kmalloc's (frame kind %u)", object, p->kind);
	if (p->order)
		page_free_order(p, p->order);
	else
		page_put(p);
}

uint64_t slab_page_count(void)
{
	uint64_t pages = 0;

	for (unsigned i = 0; i < n_caches; i++)
		pages += __atomic_load_n(&caches[i]->pages, __ATOMIC_RELAXED);
	return pages;
}

uint64_t slab_object_count(void)
{
	uint64_t live = 0;

	for (unsigned i = 0; i < n_caches; i++)
		live += __atomic_load_n(&caches[i]->live, __ATOMIC_RELAXED);
	return live;
}
