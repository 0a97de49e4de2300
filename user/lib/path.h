/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_LIB_PATH_H
#define CURFEW_LIB_PATH_H
/*
 * Paths, and the working directory.
 *
 * Servers resolve paths; the library only puts the working directory in front
 * of relative ones.  That is a string: a canonical name, which is a path from
 * the root without `.`, `..` and superfluous slashes, and without the slash in
 * front; the root is "".
 */
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>

/* directory.c: the working directory, canonical. */
void __curfew_directory_get(char name[PATH_MAX]);
void __curfew_directory_set(const char *name);

/* vfork.c: the lock of whoever changes it.  A child of vfork() has it already. */
void __curfew_directory_lock(void);
void __curfew_directory_unlock(void);

/* A path that the root's session understands, with all its `..`.  Returns its length, or -EFAULT, -ENOENT ("")
 * -ENAMETOOLONG, -EBADF, -ENOTDIR. */
long __curfew_path_whole(int at, const char *path, char whole[PATH_MAX]);

/* above.c: the canonical name of an open directory.  Returns 0 or a negative errno. */
long __curfew_directory_name(int fd, char name[PATH_MAX]);

#endif
