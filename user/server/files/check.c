/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The check at start: makes of an arena, left by a server that was killed at
 * any instruction, one in which all invariants hold, and counts what is in it.
 *
 *   found                                        means                           done
 *   a name that replaces another                 killed within a rename          the other one goes
 *   an inode without a name                      killed within create or unlink; it is freed
 *                                                or it was open without a name
 *   bits behind the size                         killed within truncate, write   pages discarded
 *   bits of an inode whose data is the initrd's  killed within a copy up         pages discarded
 *   a free inode with an extent                  cannot be: pages go first
 *
 * All of it can be done again from its begin, should this server be killed, too.
 * An inode, or part of one, that windows given away still reach keeps its pages.
 */
#include "files.h"

#include <string.h>
#include <sys/stat.h>

/* Renames that were committed are finished. */
static void finish_renames(struct files *files)
{
	for (uint32_t n = 1; n < files->super->names_touched; n++) {
		uint64_t link = files->name[n].link;

		if (LINK_REPLACES(link) == 0 || LINK_REPLACES(link) >= files->super->names_touched)
			continue;
		publish64(&files->name[LINK_REPLACES(link)].link, 0);
		publish64(&files->name[n].link, LINK_INODE(link));
	}
}

/* Whether a name is as one can be.  Only a mistake of the server's own makes another. */
static bool sane(const struct files *files, const struct name *name)
{
	uint32_t inode = LINK_INODE(name->link), touched = files->super->inodes_touched;

	return LINK_REPLACES(name->link) == 0 && inode > ROOT_INODE && inode < touched && files->inode[inode].mode != 0 &&
		name->parent != 0 && name->parent < touched && S_ISDIR(files->inode[name->parent].mode) && name->length != 0 &&
		!(S_ISDIR(files->inode[inode].mode) && files->inode_state[inode].names);
}

/* The names into the index; free slots into their list, so that the least is taken first. */
static int index_names(struct files *files)
{
	for (uint32_t n = files->super->names_touched - 1; n > 0; n--) {
		if (files->name[n].link != 0)
			continue;
		files->name_state[n].chain = files->name_free;
		files->name_free = n;
	}
	for (uint32_t n = 1; n < files->super->names_touched; n++) {
		if (files->name[n].link == 0)
			continue;
		if (!sane(files, &files->name[n]))
			return -EINVAL;
		name_index(files, n);
	}
	return 0;
}

/* Pages that have no business here go; the rest is counted. */
static void check_pages(struct files *files, uint32_t n)
{
	block_count(files, n);
	files->used += files->inode_state[n].pages;
	if (files->inode[n].lower)
		block_discard(files, n, 0);
	else
		inode_trim(files, n);
}

int check_start(struct files *files)
{
	struct superblock *super = files->super;
	int error;

	memset(files->inode_state, 0, sizeof(files->inode_state[0]) * files->inodes);
	memset(files->name_state, 0, sizeof(files->name_state[0]) * files->names);
	memset(files->bucket, 0, sizeof(files->bucket));
	files->inode_free = files->inode_limbo = files->inodes_used = files->name_free = 0;
	files->used = 0;
	files->cookie = 2; /* positions 1 and 2 are behind `.` and `..` */
	if (super->inodes_touched <= ROOT_INODE || super->inodes_touched > files->inodes || super->names_touched == 0 ||
		super->names_touched > files->names || !S_ISDIR(files->inode[ROOT_INODE].mode))
		return -EINVAL;
	finish_renames(files);
	error = index_names(files);
	if (error)
		return error;
	for (uint32_t n = super->inodes_touched - 1; n >= ROOT_INODE; n--) {
		if (files->inode[n].mode == 0) {
			files->inode_state[n].next = files->inode_free;
			files->inode_free = n;
			continue;
		}
		if (files->inode[n].extent > files->window / FILES_PAGE || files->inode[n].size > INT64_MAX)
			return -EINVAL;
		files->inodes_used++;
		check_pages(files, n);
		inode_release(files, n);
	}
	files->inode_state[ROOT_INODE].parent = ROOT_INODE;
	return 0;
}
