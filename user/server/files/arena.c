/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arena: where its parts are (layout.h), and how a server begins on it.
 *
 * At the first start there is no magic: whatever is there, of a server killed
 * while it made the arena, is discarded, and the lower layer is brought in
 * anew.  The magic is published after that.  Every later start takes the
 * arena as it is, and has check.c look it over.
 */
#include "files.h"

#include <string.h>
#include <sys/stat.h>

#define DATA_ALIGN (2ull << 20) /* windows of whole 2 MiB can have blocks of the MMU */

const struct geometry files_geometry = { INODES_MAX, NAMES_MAX, 64ull << 20 };

/* Offsets of the parts. */
struct places {
	uint64_t inodes, names, bits, data, end;
};

static uint64_t round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

static struct places places(const struct geometry *g)
{
	struct places p;

	p.inodes = FILES_PAGE;
	p.names = round_up(p.inodes + g->inodes * sizeof(struct inode), FILES_PAGE);
	p.bits = round_up(p.names + g->names * sizeof(struct name), FILES_PAGE);
	p.data = round_up(p.bits + g->window / FILES_PAGE / 8 * g->inodes, DATA_ALIGN);
	p.end = p.data + g->inodes * g->window;
	return p;
}

static bool possible(const struct geometry *g)
{
	return g->inodes > ROOT_INODE && g->inodes <= INODES_MAX && g->names > 1 && g->names <= NAMES_MAX &&
		g->window != 0 && g->window % (WORD_PAGES * FILES_PAGE) == 0 && g->window <= 1ull << 32;
}

uint64_t arena_size(const struct geometry *geometry)
{
	return possible(geometry) ? places(geometry).end : 0;
}

/* The parts of a mapped arena. */
static void arena_attach(struct files *files, char *base, const struct geometry *geometry)
{
	struct places p = places(geometry);

	files->base = base;
	files->super = (struct superblock *)base;
	files->inode = (struct inode *)(base + p.inodes);
	files->name = (struct name *)(base + p.names);
	files->bits = (uint64_t *)(base + p.bits);
	files->data = p.data;
	files->window = geometry->window;
	files->inodes = geometry->inodes;
	files->names = geometry->names;
}

/* Empties it but for the root directory. */
static int arena_make(struct files *files, const struct geometry *geometry, uint64_t lower_time)
{
	uint64_t now = files->platform->now();
	struct inode *root = &files->inode[ROOT_INODE];

	files->platform->discard(0, files->data + geometry->inodes * geometry->window);
	/* The superblock and the first pages of both tables. */
	if (files->platform->populate(0, 2 * FILES_PAGE) != 0 ||
		files->platform->populate((char *)files->name - files->base, FILES_PAGE) != 0)
		return -ENOSPC;
	files->super->geometry = *geometry;
	files->super->lower_size = files->lower_size;
	files->super->lower_time = lower_time;
	files->super->inodes_touched = ROOT_INODE + 1;
	files->super->names_touched = 1;
	root->times[0] = (struct inode_times){ now, now, now };
	root->mode = S_IFDIR | 0755;
	return 0;
}

int files_start(struct files *files, const struct platform *platform, void *base, const struct geometry *geometry,
	const void *lower, uint64_t lower_size, uint64_t limit)
{
	uint64_t lower_time;
	int error;

	memset(files, 0, offsetof(struct files, inode_state));
	if (!possible(geometry))
		return -EINVAL;
	error = lower_identify(lower, lower_size, &lower_time);
	if (error)
		return error;
	files->platform = platform;
	files->lower = lower;
	files->lower_size = lower_size;
	files->limit = limit;
	arena_attach(files, base, geometry);
	session_start(files);
	if (files->super->magic == FILES_MAGIC) {
		if (memcmp(&files->super->geometry, geometry, sizeof(*geometry)) != 0 ||
			files->super->lower_size != lower_size || files->super->lower_time != lower_time)
			return -EINVAL;
		return check_start(files);
	}
	if (files->super->magic != 0)
		return -EINVAL;
	error = arena_make(files, geometry, lower_time);
	if (!error)
		error = check_start(files); /* of an empty one: it sets what is in memory */
	if (!error)
		error = lower_import(files);
	if (!error)
		publish64(&files->super->magic, FILES_MAGIC); /* commits the making */
	return error;
}
