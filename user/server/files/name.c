/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names: the durable table (struct name), and its index in memory.
 *
 * A name is made, removed and renamed by one store of its `link`; the slot's
 * text is written while link is 0, when nobody looks at it.  The index, made
 * anew by each start, has each name in a hash chain, by directory and text, and in its
 * directory's list, by cookie: READDIR's positions are cookies, so one stays good
 * whatever comes and goes in between.
 */
#include "files.h"

#include <string.h>
#include <sys/stat.h>

/* FNV-1a. */
static uint32_t hash_of(uint32_t parent, const char *text, uint32_t length)
{
	uint32_t hash = 2166136261u ^ parent * 2654435761u;

	for (uint32_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) * 16777619u;
	return hash ^ hash >> 15;
}

uint32_t name_find(const struct files *files, uint32_t parent, const char *text, uint32_t length)
{
	uint32_t hash = hash_of(parent, text, length);
	uint32_t n = files->bucket[hash % BUCKETS];

	for (; n; n = files->name_state[n].chain) {
		const struct name *name = &files->name[n];

		if (files->name_state[n].hash == hash && name->parent == parent && name->length == length &&
			memcmp(name->text, text, length) == 0)
			return n;
	}
	return 0;
}

void name_index(struct files *files, uint32_t n)
{
	const struct name *name = &files->name[n];
	struct name_state *state = &files->name_state[n];
	struct inode_state *parent = &files->inode_state[name->parent];
	uint32_t inode = LINK_INODE(name->link);

	state->hash = hash_of(name->parent, name->text, name->length);
	state->chain = files->bucket[state->hash % BUCKETS];
	files->bucket[state->hash % BUCKETS] = n;
	state->cookie = ++files->cookie;
	state->next = 0;
	state->previous = parent->last;
	if (parent->last)
		files->name_state[parent->last].next = n;
	else
		parent->first = n;
	parent->last = n;
	parent->entries++;
	files->inode_state[inode].names++;
	if (S_ISDIR(files->inode[inode].mode)) {
		parent->folders++;
		files->inode_state[inode].parent = name->parent;
	}
}

/* Out of the index; its link still says what it named. */
static void name_unindex(struct files *files, uint32_t n)
{
	const struct name *name = &files->name[n];
	struct name_state *state = &files->name_state[n];
	struct inode_state *parent = &files->inode_state[name->parent];
	uint32_t inode = LINK_INODE(name->link);
	uint32_t *link = &files->bucket[state->hash % BUCKETS];

	while (*link != n)
		link = &files->name_state[*link].chain;
	*link = state->chain;
	if (state->previous)
		files->name_state[state->previous].next = state->next;
	else
		parent->first = state->next;
	if (state->next)
		files->name_state[state->next].previous = state->previous;
	else
		parent->last = state->previous;
	parent->entries--;
	files->inode_state[inode].names--;
	if (S_ISDIR(files->inode[inode].mode))
		parent->folders--;
	state->cookie = 0;
}

/* A free slot; 0: there is none. */
static uint32_t take_slot(struct files *files)
{
	struct superblock *super = files->super;
	uint32_t n = files->name_free;
	uint64_t begin, end;

	if (n) {
		files->name_free = files->name_state[n].chain;
		return n;
	}
	n = super->names_touched;
	if (n == files->names)
		return 0;
	begin = n * sizeof(struct name);
	end = begin + sizeof(struct name) - 1;
	/* It reaches a page that no slot before does: with no memory for it the server would die. */
	if ((begin - 1) / FILES_PAGE != end / FILES_PAGE &&
		files->platform->populate((char *)files->name - files->base + end / FILES_PAGE * FILES_PAGE, FILES_PAGE) != 0)
		return 0;
	publish32(&super->names_touched, n + 1);
	return n;
}

static void give_slot(struct files *files, uint32_t n)
{
	files->name_state[n].chain = files->name_free;
	files->name_free = n;
}

/* A slot with this text, and no link yet. */
static int prepare(struct files *files, uint32_t parent, const char *text, uint32_t length, uint32_t *slot)
{
	struct name *name;

	if (parent != ROOT_INODE && files->inode_state[parent].names == 0)
		return -ENOENT;
	*slot = take_slot(files);
	if (*slot == 0)
		return -ENOSPC;
	name = &files->name[*slot];
	name->parent = parent;
	name->length = length;
	memcpy(name->text, text, length);
	return 0;
}

int name_create(struct files *files, uint32_t parent, const char *text, uint32_t length, uint32_t inode)
{
	uint32_t slot;
	int error = prepare(files, parent, text, length, &slot);

	if (error)
		return error;
	publish64(&files->name[slot].link, inode); /* commits */
	name_index(files, slot);
	return 0;
}

void name_remove(struct files *files, uint32_t n)
{
	name_unindex(files, n);
	publish64(&files->name[n].link, 0); /* commits */
	give_slot(files, n);
}

int name_move(struct files *files, uint32_t from, uint32_t parent, const char *text, uint32_t length, uint32_t over)
{
	uint32_t inode = name_inode(files, from), slot = over;
	int error = over ? 0 : prepare(files, parent, text, length, &slot);

	if (error)
		return error;
	if (over)
		name_unindex(files, over);
	name_unindex(files, from);
	publish64(&files->name[slot].link, inode | REPLACES(from)); /* commits: the new name is, the old one is not */
	publish64(&files->name[from].link, 0);
	publish64(&files->name[slot].link, inode); /* before the old slot can be used again */
	name_index(files, slot);
	give_slot(files, from);
	return 0;
}

uint32_t name_after(const struct files *files, uint32_t directory, uint64_t position, uint32_t hint)
{
	uint32_t n;

	if (hint && hint < files->names && files->name_state[hint].cookie == position &&
		files->name[hint].parent == directory)
		return files->name_state[hint].next;
	for (n = files->inode_state[directory].first; n; n = files->name_state[n].next)
		if (files->name_state[n].cookie > position)
			break;
	return n;
}
