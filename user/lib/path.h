/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_LIB_PATH_H
#define CURFEW_LIB_PATH_H
/*
 * From paths to entries of the tree.
 *
 * A canonical name is a path from the root, without `.`, `..` and superfluous
 * slashes, and without the slash in front; the root is "".
 */
#include <fcntl.h>
#include <limits.h>

#include "initrd.h"

/* The working directory, canonical (files lock). */
extern char __curfew_directory[PATH_MAX];

/* Finds what a path names, from the directory open as `at`, or AT_FDCWD.  name gets the canonical name.
 * Returns 0; ENOENT with *entry NULL if only the last component does not exist; ENOENT, ENOTDIR, ENAMETOOLONG,
 * EBADF, EFAULT with *entry NULL and name "" otherwise. */
int __curfew_path_find(int at, const char *path, char name[PATH_MAX], const struct initrd_entry **entry);

#endif
