/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a path to a name.  All but the last part must be directories that are
 * there; what the last part names is for the operation to judge, as each has
 * errors of its own for `.`, `..`, a slash at the end, and what is there already.
 */
#include "files.h"

#include <string.h>
#include <sys/stat.h>

/* `..`, of a directory that was not removed. */
static uint32_t parent_of(const struct files *files, uint32_t directory)
{
	return directory == ROOT_INODE || files->inode_state[directory].names ? files->inode_state[directory].parent : 0;
}

/* The part from `text` on becomes the path's last one. */
static int enter(const struct files *files, const char *text, size_t length, struct path *path)
{
	path->last = text;
	path->length = length;
	path->name = 0;
	if (length == 1 && text[0] == '.') {
		path->kind = PATH_DOT;
		path->inode = path->parent;
		return 0;
	}
	if (length == 2 && text[0] == '.' && text[1] == '.') {
		path->kind = PATH_DOTDOT;
		path->inode = parent_of(files, path->parent);
		return path->inode ? 0 : -ENOENT;
	}
	if (length > NAME_LENGTH)
		return -ENAMETOOLONG;
	path->kind = PATH_NAME;
	path->name = name_find(files, path->parent, text, length);
	path->inode = path->name ? name_inode(files, path->name) : 0;
	return 0;
}

int path_walk(const struct files *files, uint32_t directory, const char *text, size_t length, struct path *path)
{
	const char *end = text + length;

	if (length == 0)
		return -ENOENT;
	if (length > PATH_LENGTH)
		return -ENAMETOOLONG;
	if (memchr(text, 0, length))
		return -EINVAL;
	if (!S_ISDIR(files->inode[directory].mode))
		return -ENOTDIR;
	*path = (struct path){ .parent = directory, .kind = directory == ROOT_INODE ? PATH_ROOT : PATH_DOT,
		.inode = directory };
	for (;;) {
		const char *part;
		int error;

		path->slash = text < end && *text == '/';
		while (text < end && *text == '/')
			text++;
		if (text == end)
			return 0;
		part = text;
		while (text < end && *text != '/')
			text++;
		/* What came before is a directory to look into. */
		if (path->inode == 0)
			return -ENOENT;
		if (!S_ISDIR(files->inode[path->inode].mode))
			return -ENOTDIR;
		path->parent = path->inode;
		error = enter(files, part, text - part, path);
		if (error)
			return error;
	}
}
