/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_LIB_FD_H
#define CURFEW_LIB_FD_H
/*
 * File descriptors.
 *
 * A descriptor is a slot of a table that names an open file; dup() makes two
 * slots name one, which then share its offset.  Table and open files are the
 * library's: fork copies them (so parent and child do not share offsets),
 * exec hands them on (inherit.h).  All of it is under the files lock, which
 * is held over reads of the tree too: those never sleep for long.
 */
#include <stdint.h>
#include <sys/types.h>

#include "initrd.h"
#include "lock.h"
#include "thread.h"

enum file_kind {
	FILE_FREE,
	FILE_CONSOLE,
	FILE_REGULAR,
	FILE_DIRECTORY,
	FILE_NULL,
	FILE_ZERO,
};

struct file {
	enum file_kind kind;
	int references;                   /* slots that name it */
	int flags;                        /* O_ACCMODE of open(), and what F_SETFL sets */
	int handle;                       /* of a console: where writes go; reads come from handle 0 */
	const struct initrd_entry *entry; /* of all but the first three */
	off_t offset;
};

/* A child of vfork() has the lock already: its parent took it (vfork.c). */
static inline void fd_lock(void)
{
	if (!thread_self()->vforks)
		word_lock(&__curfew_files_lock.word);
}

static inline void fd_unlock(void)
{
	if (!thread_self()->vforks)
		word_unlock(&__curfew_files_lock.word);
}

/* All of these with the files lock held. */

/* The open file of a descriptor, or NULL: EBADF. */
struct file *fd_find(int fd);
/* A file with no slot yet, zeroed but for its kind, or NULL: EMFILE. */
struct file *fd_new_file(enum file_kind kind);
/* Gives the file the lowest free slot from `least` on.  Returns it, or -1: EMFILE. */
int fd_install(struct file *file, int least, bool close_on_exec);
/* Frees a slot, and the file if it was its last. */
void fd_drop(int fd);
/* Whether exec closes the descriptor. */
bool fd_close_on_exec(int fd);

#endif
