/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lower layer: the initrd (user/lib/initrd.h), whose entries become inodes
 * at the first start.  A regular file's inode refers to its data there, page
 * aligned, until it is changed (inode_copy_up()): what nobody changes takes no
 * page of the arena, and is mapped from the initrd itself, shared by all.
 *
 * The initrd comes from the boot loader.  Nothing in it is believed before it is looked
 * at: an entry that does not fit makes the start fail.
 */
#include "files.h"

#include <string.h>
#include <sys/stat.h>

#include "../../lib/initrd.h"

#define NS 1000000000ull

static const struct initrd_footer *footer_of(const char *lower, uint64_t size)
{
	return (const struct initrd_footer *)(lower + size - sizeof(struct initrd_footer));
}

int lower_identify(const void *lower, uint64_t size, uint64_t *time)
{
	const struct initrd_footer *footer;

	if (size < sizeof(*footer) || size % 8 != 0)
		return -EINVAL;
	footer = footer_of(lower, size);
	if (memcmp(footer->magic, INITRD_MAGIC, sizeof(footer->magic)) != 0 || footer->entries % 8 != 0 ||
		footer->entries > size - sizeof(*footer) ||
		footer->count > (size - sizeof(*footer) - footer->entries) / sizeof(struct initrd_entry))
		return -EINVAL;
	*time = footer->time;
	return 0;
}

/* An entry's name, NULL if it does not end. */
static const char *name_of(const struct files *files, const struct initrd_entry *entry, size_t *length)
{
	uint64_t begin = footer_of(files->lower, files->lower_size)->entries + entry->name;
	const char *end;

	if (begin >= files->lower_size)
		return NULL;
	end = memchr(files->lower + begin, 0, files->lower_size - begin);
	if (end == NULL)
		return NULL;
	*length = end - (files->lower + begin);
	return files->lower + begin;
}

static bool fits(const struct files *files, const struct initrd_entry *entry)
{
	if (!S_ISREG(entry->mode))
		return S_ISDIR(entry->mode) || S_ISCHR(entry->mode);
	return entry->size == 0 || (entry->offset != 0 && entry->offset % FILES_PAGE == 0 &&
		entry->offset <= files->lower_size && entry->size <= files->lower_size - entry->offset);
}

static int import(struct files *files, const struct initrd_entry *entry, uint64_t time)
{
	struct path path;
	struct inode *inode;
	uint32_t n;
	size_t length;
	const char *name = name_of(files, entry, &length);
	int error;

	if (name == NULL || !fits(files, entry))
		return -EINVAL;
	if (length == 0) { /* the root, which is there */
		files->inode[ROOT_INODE].times[0] = (struct inode_times){ time, time, time };
		return 0;
	}
	error = path_walk(files, ROOT_INODE, name, length, &path);
	if (error)
		return error;
	if (path.kind != PATH_NAME || path.slash || path.inode)
		return -EINVAL;
	error = inode_create(files, entry->mode & (S_IFMT | 07777), &n);
	if (error)
		return error;
	inode = &files->inode[n];
	inode->times[0] = (struct inode_times){ time, time, time };
	if (S_ISREG(entry->mode)) {
		inode->size = entry->size;
		inode->lower = entry->size ? entry->offset : 0;
	} else {
		inode->device = entry->device;
	}
	return name_create(files, path.parent, path.last, path.length, n);
}

int lower_import(struct files *files)
{
	const struct initrd_footer *footer = footer_of(files->lower, files->lower_size);
	const struct initrd_entry *entries = (const struct initrd_entry *)(files->lower + footer->entries);

	for (uint32_t i = 0; i < footer->count; i++) {
		int error = import(files, &entries[i], footer->time * NS);

		if (error)
			return error;
	}
	return 0;
}
