/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inodes: making and freeing them, and what changes their data's size or place.
 *
 * An inode lives while it has a name, or a session; then it is freed at once,
 * unless windows of it that were given to clients reach its pages still (a
 * mapping outlives the file descriptor and the name): such an inode waits in
 * limbo.  A killed server's sessions are gone, so the next start frees what has
 * no name (check.c), and nothing durable says which inodes are open.
 *
 * What is behind the size, in the rest of its page or in pages that a window
 * reaches, may be anything: whoever moves the size up zeroes first what it
 * uncovers.  So to make a file shorter is one store of the size.
 */
#include "files.h"

#include <string.h>
#include <sys/stat.h>

/* How many in limbo are looked at each time: what is asked of the kernel for one takes longer the more windows there are. */
#define LOOKS       8
#define LOOKS_SHORT 256 /* when there is no room */

static uint64_t pages_of(uint64_t size)
{
	return (size + FILES_PAGE - 1) / FILES_PAGE;
}

/* An index that is free, or -ENOSPC. */
static int take_index(struct files *files, uint32_t *inode)
{
	struct superblock *super = files->super;

	if (!files->inode_free && super->inodes_touched == files->inodes)
		inode_leave_limbo(files);
	if (files->inode_free) {
		*inode = files->inode_free;
		files->inode_free = files->inode_state[*inode].next;
		return 0;
	}
	if (super->inodes_touched == files->inodes)
		return -ENOSPC;
	*inode = super->inodes_touched;
	/* The first of its page is touched: with no memory for it the server would die. */
	if (*inode * sizeof(struct inode) % FILES_PAGE == 0 &&
		files->platform->populate((char *)&files->inode[*inode] - files->base, FILES_PAGE) != 0)
		return -ENOSPC;
	publish32(&super->inodes_touched, *inode + 1);
	return 0;
}

int inode_create(struct files *files, uint32_t mode, uint32_t *created)
{
	uint64_t now = files->platform->now();
	struct inode *inode;
	int error = take_index(files, created);

	if (error)
		return error;
	inode = &files->inode[*created];
	files->inode_state[*created] = (struct inode_state){ 0 };
	inode->device = 0;
	inode->size = 0;
	inode->lower = 0;
	inode->mapped = 0;
	inode->current = 0;
	inode->times[0] = (struct inode_times){ now, now, now };
	publish32(&inode->mode, mode); /* from here on the next start would find it, nameless, and free it */
	files->inodes_used++;
	return 0;
}

static bool held(const struct files *files, uint32_t inode, uint32_t first)
{
	uint32_t extent = files->inode[inode].extent;

	return files->inode[inode].mapped && first < extent &&
		files->platform->held(arena_place(files, inode) + (uint64_t)first * FILES_PAGE,
			(uint64_t)(extent - first) * FILES_PAGE);
}

/* Back to the free ones, pages first: a free inode has no bits. */
static void inode_free(struct files *files, uint32_t inode)
{
	block_discard(files, inode, 0);
	publish32(&files->inode[inode].mode, 0);
	files->inode_state[inode] = (struct inode_state){ .next = files->inode_free };
	files->inode_free = inode;
	files->inodes_used--;
}

/* Once round the circle at most.  Who stays is its last then, so that the next time others are looked at. */
static void look_in_limbo(struct files *files, unsigned looks)
{
	uint32_t stays = 0;

	while (looks-- > 0 && files->inode_limbo) {
		uint32_t last = files->inode_limbo, first = files->inode_state[last].next;

		if (first == stays)
			break;
		if (held(files, first, 0)) {
			files->inode_limbo = first;
			if (!stays)
				stays = first;
			continue;
		}
		if (first == last)
			files->inode_limbo = 0;
		else
			files->inode_state[last].next = files->inode_state[first].next;
		inode_free(files, first);
	}
}

void inode_leave_limbo(struct files *files)
{
	look_in_limbo(files, LOOKS_SHORT);
}

void inode_release(struct files *files, uint32_t inode)
{
	struct inode_state *state = &files->inode_state[inode], *last;

	if (state->names || state->opens || inode == ROOT_INODE)
		return;
	look_in_limbo(files, LOOKS);
	if (!held(files, inode, 0)) {
		inode_free(files, inode);
		return;
	}
	last = &files->inode_state[files->inode_limbo];
	state->next = files->inode_limbo ? last->next : inode;
	if (files->inode_limbo)
		last->next = inode;
	files->inode_limbo = inode;
}

const char *inode_data(const struct files *files, uint32_t inode)
{
	uint64_t lower = files->inode[inode].lower;

	return lower ? files->lower + lower : files->base + arena_place(files, inode);
}

int64_t inode_reserve(struct files *files, uint32_t inode, uint64_t offset, uint64_t length)
{
	uint32_t first = offset / FILES_PAGE, last = (offset + length - 1) / FILES_PAGE;
	uint32_t marked = block_mark(files, inode, first, last);

	if (marked < last - first + 1) {
		inode_leave_limbo(files);
		marked = block_mark(files, inode, first, last);
	}
	if (marked == 0)
		return -ENOSPC;
	if (marked < last - first + 1)
		return (uint64_t)(first + marked) * FILES_PAGE - offset;
	return length;
}

int inode_copy_up(struct files *files, uint32_t n)
{
	struct inode *inode = &files->inode[n];

	if (inode->lower == 0)
		return 0;
	if (inode->size > files->window)
		return -EFBIG;
	if (inode->size && inode_reserve(files, n, 0, inode->size) < (int64_t)inode->size) {
		block_discard(files, n, 0);
		return -ENOSPC;
	}
	memcpy(files->base + arena_place(files, n), files->lower + inode->lower, inode->size);
	publish64(&inode->lower, 0); /* commits; until here the bits are of a copy that nobody reads */
	return 0;
}

void inode_uncover(struct files *files, uint32_t inode, uint64_t from, uint64_t to)
{
	uint64_t end = (uint64_t)files->inode[inode].extent * FILES_PAGE;

	if (to > end)
		to = end;
	while (from < to) {
		bool there;
		uint64_t run = block_run(files, inode, from, to - from, &there);

		if (there)
			memset(files->base + arena_place(files, inode) + from, 0, run);
		from += run;
	}
}

void inode_trim(struct files *files, uint32_t n)
{
	uint32_t first = pages_of(files->inode[n].size);

	/* A client that maps the pages could fill them again, uncounted: they stay until the file goes. */
	if (!held(files, n, first))
		block_discard(files, n, first);
}

int inode_truncate(struct files *files, uint32_t n, uint64_t size)
{
	struct inode *inode = &files->inode[n];
	int error = 0;

	if (size > files->window)
		return -EFBIG;
	if (size)
		error = inode_copy_up(files, n);
	if (error)
		return error;
	if (size > inode->size)
		inode_uncover(files, n, inode->size, size);
	publish64(&inode->size, size);  /* commits */
	publish64(&inode->lower, 0); /* of an empty file: what the initrd has is not seen any more */
	inode_trim(files, n);
	inode_touch(files, n, TIME_MODIFY | TIME_CHANGE);
	return 0;
}

void inode_touch(struct files *files, uint32_t n, uint32_t which)
{
	struct inode_times *times = &files->inode[n].times[files->inode[n].current & 1];
	uint64_t now = files->platform->now();

	if (which & TIME_ACCESS)
		times->access = now;
	if (which & TIME_MODIFY)
		times->modify = now;
	if (which & TIME_CHANGE)
		times->change = now;
}

void inode_set_times(struct files *files, uint32_t n, uint64_t access, uint64_t modify)
{
	struct inode *inode = &files->inode[n];
	uint32_t other = ~inode->current & 1;

	inode->times[other] = (struct inode_times){ access, modify, files->platform->now() };
	publish32(&inode->current, other); /* commits both */
}
