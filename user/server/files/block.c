/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which pages of a window have memory: a bit each.
 *
 * A page without its bit has no memory, and is never loaded from: a load would
 * bring memory in.  So every page of data is in the count, `used`, which keeps to the
 * limit, and a hole costs nothing to read.  The order that makes it hold at any instruction: a bit is
 * set before its page is touched, and cleared after the page was discarded; and
 * `extent` is above every bit at all times.  A server killed in between
 * leaves bits of pages without memory, which is allowed: they read as 0.
 */
#include "files.h"

static uint64_t *word_of(const struct files *files, uint32_t inode, uint32_t word)
{
	return &files->bits[(uint64_t)word * files->inodes + inode];
}

/* The bits of pages first to last in their word. */
static uint64_t mask_of(uint32_t word, uint32_t first, uint32_t last)
{
	uint64_t mask = UINT64_MAX;

	if (first > word * WORD_PAGES)
		mask &= UINT64_MAX << (first - word * WORD_PAGES);
	if (last < word * WORD_PAGES + WORD_PAGES - 1)
		mask &= UINT64_MAX >> (word * WORD_PAGES + WORD_PAGES - 1 - last);
	return mask;
}

/* The number of the lowest bit that is set, 64 if there is none. */
static unsigned lowest_bit(uint64_t bits)
{
	return bits ? __builtin_ctzll(bits) : 64;
}

/* The n lowest bits of a word. */
static uint64_t lowest(uint64_t bits, uint64_t n)
{
	uint64_t rest = bits;

	while (n-- && rest)
		rest &= rest - 1;
	return bits & ~rest;
}

/* Memory for the pages of a word; those that had theirs are left alone. */
static int populate(struct files *files, uint32_t inode, uint32_t word, uint64_t bits)
{
	uint64_t place = arena_place(files, inode) + (uint64_t)word * WORD_PAGES * FILES_PAGE;

	while (bits) {
		unsigned first = lowest_bit(bits), n = lowest_bit(~(bits >> first));

		if (files->platform->populate(place + first * FILES_PAGE, (uint64_t)n * FILES_PAGE) != 0)
			return -ENOSPC;
		bits &= n == WORD_PAGES ? 0 : ~(((1ull << n) - 1) << first);
	}
	return 0;
}

/* Sets bits of a word.  -ENOSPC: there was no memory, and nothing has changed. */
static int set_bits(struct files *files, uint32_t inode, uint32_t word, uint64_t bits)
{
	uint64_t *place = word_of(files, inode, word), old = *place;
	uint32_t end = word * WORD_PAGES + WORD_PAGES - __builtin_clzll(bits);

	if (files->inode[inode].extent < end)
		publish32(&files->inode[inode].extent, end);
	publish64(place, old | bits);
	if (populate(files, inode, word, bits) != 0) {
		for (unsigned i = 0; i < WORD_PAGES; i++)
			if (bits >> i & 1)
				files->platform->discard(arena_place(files, inode) +
					((uint64_t)word * WORD_PAGES + i) * FILES_PAGE, FILES_PAGE);
		publish64(place, old);
		return -ENOSPC;
	}
	files->used += __builtin_popcountll(bits);
	files->inode_state[inode].pages += __builtin_popcountll(bits);
	return 0;
}

/* Pages that there may still be. */
static uint64_t room(const struct files *files)
{
	return files->used < files->limit ? files->limit - files->used : 0;
}

bool block_fits(const struct files *files, uint32_t inode, uint32_t first, uint32_t last)
{
	uint64_t missing = 0;

	for (uint32_t word = first / WORD_PAGES; word <= last / WORD_PAGES; word++)
		missing += __builtin_popcountll(mask_of(word, first, last) & ~*word_of(files, inode, word));
	return missing <= room(files);
}

uint32_t block_mark(struct files *files, uint32_t inode, uint32_t first, uint32_t last)
{
	for (uint32_t word = first / WORD_PAGES; word <= last / WORD_PAGES; word++) {
		uint64_t missing = mask_of(word, first, last) & ~*word_of(files, inode, word);
		uint64_t take = missing;

		if ((uint64_t)__builtin_popcountll(missing) > room(files))
			take = lowest(missing, room(files));
		if (take && set_bits(files, inode, word, take) != 0)
			take = 0;
		if (take != missing)
			return word * WORD_PAGES + __builtin_ctzll(missing & ~take) - first;
	}
	return last - first + 1;
}

void block_discard(struct files *files, uint32_t inode, uint32_t first)
{
	uint32_t extent = files->inode[inode].extent;
	uint64_t freed = 0;

	if (first >= extent)
		return;
	files->platform->discard(arena_place(files, inode) + (uint64_t)first * FILES_PAGE,
		(uint64_t)(extent - first) * FILES_PAGE);
	for (uint32_t word = first / WORD_PAGES; word <= (extent - 1) / WORD_PAGES; word++) {
		uint64_t *place = word_of(files, inode, word), gone = *place & mask_of(word, first, extent - 1);

		if (gone == 0)
			continue;
		publish64(place, *place & ~gone); /* after the discard: no memory without its bit */
		freed += __builtin_popcountll(gone);
	}
	publish32(&files->inode[inode].extent, first); /* after the bits: none is above it */
	files->used -= freed;
	files->inode_state[inode].pages -= freed;
}

uint64_t block_run(const struct files *files, uint32_t inode, uint64_t offset, uint64_t length, bool *there)
{
	uint32_t page = offset / FILES_PAGE, last = (offset + length - 1) / FILES_PAGE;
	uint32_t extent = files->inode[inode].extent;
	uint64_t bits, end;

	if (page >= extent) {
		*there = false;
		return length;
	}
	bits = *word_of(files, inode, page / WORD_PAGES);
	*there = bits >> page % WORD_PAGES & 1;
	if (page == last)
		return length;
	for (;;) {
		/* From `page` on to the end of its word, the bits that are otherwise. */
		uint64_t other = (*there ? ~bits : bits) & UINT64_MAX << page % WORD_PAGES;

		page = page / WORD_PAGES * WORD_PAGES + lowest_bit(other);
		if (other || page > last || page >= extent)
			break;
		bits = *word_of(files, inode, page / WORD_PAGES);
	}
	/* No bits from the extent on: a hole goes on, but what comes then is looked at by the next call. */
	end = (uint64_t)page * FILES_PAGE;
	return end - offset < length ? end - offset : length;
}

void block_count(struct files *files, uint32_t inode)
{
	uint32_t words = (files->inode[inode].extent + WORD_PAGES - 1) / WORD_PAGES, pages = 0;

	for (uint32_t word = 0; word < words; word++)
		pages += __builtin_popcountll(*word_of(files, inode, word));
	files->inode_state[inode].pages = pages;
}
