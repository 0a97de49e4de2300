/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FILES_FILES_H
#define FILES_FILES_H
/*
 * The file server's state, and what it is made of.
 *
 *   arena.c    where things are in the arena; a new one; opening one
 *   check.c    at start: finishes or takes back what a killed server left, and counts
 *   block.c    which pages of a window have memory
 *   inode.c    inodes: making, freeing, their data
 *   name.c     names: the table, and its index in memory
 *   lower.c    the initrd's entries become inodes
 *   path.c     from a path to a name
 *   session.c  open files
 *   dispatch.c from a message to an operation; the checks of its shape
 *   file_ops.c, name_ops.c  the operations
 *   store.c, main.c  the machine: none of the others makes a system call
 *
 * One thread does it all, so there are no locks.  Errors are negative errno,
 * everywhere.  Inodes, names and sessions are named by their index; 0 is none.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "layout.h"

#define INODES_MAX   4096u
#define NAMES_MAX    8192u
#define SESSIONS_MAX 8192u
#define BUCKETS      4096u
#define SUPERVISORS  64u
#define FILES_DEVICE 1u /* st_dev */
#define POLL_READY   (0x0001u | 0x0004u | 0x0040u | 0x0100u) /* POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM of <poll.h> */

/* What the logic needs of the machine. */
struct platform {
	/* Memory for pages of the arena that have none; their bytes are 0 then.  0 or -ENOSPC: some may have got it. */
	int (*populate)(uint64_t offset, uint64_t length);
	/* Gives the memory of these pages back; then they read as 0. */
	void (*discard)(uint64_t offset, uint64_t length);
	/* Whether windows given away reach these pages. */
	bool (*held)(uint64_t offset, uint64_t length);
	/* ns since 1970. */
	uint64_t (*now)(void);
	/* A new session with this label: a handle, or an error.  It is passed with the answer, and closed if that fails. */
	int (*session)(uint64_t label);
	void (*close)(int handle);
	/* A window of the arena, the same way. */
	int (*window)(uint64_t offset, uint64_t length);
	/* Bytes of what the client sends, from offset on, and into the room that it has: 0 or -ESRCH. */
	int (*fetch)(uint64_t token, uint64_t offset, void *to, size_t length);
	int (*put)(uint64_t token, uint64_t offset, const void *from, size_t length);
};

/* Of an inode, made anew by each start. */
struct inode_state {
	uint32_t names;  /* how many names it has */
	uint32_t opens;  /* sessions */
	uint32_t pages;  /* bits that are set */
	uint32_t next;   /* in the list of free ones, or of those in limbo */
	/* Of a directory: */
	uint32_t parent;      /* valid while it has a name */
	uint32_t folders;     /* directories in it */
	uint32_t entries;     /* names in it */
	uint32_t first, last; /* of them, in the order in which they were made */
};

/* Of a name. */
struct name_state {
	uint64_t cookie; /* its position in the directory; grows along the list */
	uint32_t hash;
	uint32_t chain;  /* next in the bucket, or in the list of free ones */
	uint32_t previous, next; /* in the directory */
};

/* An open file. */
struct session {
	uint64_t label; /* 0: free */
	uint64_t offset;
	uint32_t inode;
	uint32_t flags; /* access mode, O_APPEND, O_NONBLOCK */
	uint32_t next;  /* free ones, or supervisors' of one bucket */
	uint32_t hint;  /* a directory's: the name that READDIR gave last */
};

struct files {
	const struct platform *platform;
	/* The arena. */
	char *base;
	struct superblock *super;
	struct inode *inode;
	struct name *name;
	uint64_t *bits; /* word w of inode n: [w * geometry.inodes + n]: small files' bits share pages */
	uint64_t data;  /* offset of window 0 */
	uint64_t window;
	uint32_t inodes, names;
	/* The initrd. */
	const char *lower;
	uint64_t lower_size;
	/* Pages of data: those that there may be, those there are. */
	uint64_t limit, used;

	struct inode_state inode_state[INODES_MAX];
	uint32_t inode_free;  /* list */
	uint32_t inode_limbo; /* circle, its last: no names, no sessions, but windows given away reach their pages */
	uint32_t inodes_used;
	struct name_state name_state[NAMES_MAX];
	uint32_t name_free; /* list */
	uint32_t bucket[BUCKETS];
	uint64_t cookie; /* the last one given */
	struct session session[SESSIONS_MAX];
	uint32_t session_free;    /* list */
	uint32_t session_touched; /* those from here on were never used */
	uint64_t generation;
	uint32_t supervisor[SUPERVISORS]; /* lists, by label */
	char scratch[4096];               /* for answers that are put together */
};

/* ------------------------------------------------------------- arena.c, check.c, lower.c */

extern const struct geometry files_geometry;
/* Bytes of an arena; 0 if the geometry is not possible. */
uint64_t arena_size(const struct geometry *geometry);
/*
 * A server begins: the arena is mapped at base, all zeroes at the first start, as an earlier one left it at any later.
 * `limit` pages of data at most.  0; -EINVAL: this arena or initrd is none, or they do not belong together; -ENOSPC.
 */
int files_start(struct files *files, const struct platform *platform, void *base, const struct geometry *geometry,
	const void *lower, uint64_t lower_size, uint64_t limit);

static inline uint64_t arena_place(const struct files *files, uint32_t inode)
{
	return files->data + inode * files->window;
}

/* Looks over the whole arena, and sets all that is not in it.  0 or -EINVAL. */
int check_start(struct files *files);
/* Makes inodes and names of the initrd's entries. */
int lower_import(struct files *files);
int lower_identify(const void *lower, uint64_t size, uint64_t *time);

/* --------------------------------------------------------------------------- block.c */

/* Pages [first, last] get their bits, and memory.  How many of them, from first on, have it now: fewer if there is no
 * more. */
uint32_t block_mark(struct files *files, uint32_t inode, uint32_t first, uint32_t last);
/* Whether the limit lets all of them have it. */
bool block_fits(const struct files *files, uint32_t inode, uint32_t first, uint32_t last);
/* No page from `first` on has memory any more, nor a bit. */
void block_discard(struct files *files, uint32_t inode, uint32_t first);
/* How many bytes from offset on, at most `length`, are of pages that all have their bit, or all not; which, in *there. */
uint64_t block_run(const struct files *files, uint32_t inode, uint64_t offset, uint64_t length, bool *there);
/* Counts the bits into inode_state.pages. */
void block_count(struct files *files, uint32_t inode);

/* --------------------------------------------------------------------------- inode.c */

/* A new one, with no name yet; or -ENOSPC. */
int inode_create(struct files *files, uint32_t mode, uint32_t *inode);
/* Frees it if it has neither a name nor a session. */
void inode_release(struct files *files, uint32_t inode);
/* For who finds no room: frees those in limbo that nothing reaches any more; of very many it looks at some, and at others the
 * next time. */
void inode_leave_limbo(struct files *files);
/* Pages for [offset, offset + length) of it, which is not empty.  How many of these bytes have them, from offset on; or
 * -ENOSPC: none. */
int64_t inode_reserve(struct files *files, uint32_t inode, uint64_t offset, uint64_t length);
/* Its data is in its window, and not in the initrd.  0 or -ENOSPC. */
int inode_copy_up(struct files *files, uint32_t inode);
/* 0, -EFBIG, -ENOSPC. */
int inode_truncate(struct files *files, uint32_t inode, uint64_t size);
/* Gives the pages behind the size back, unless a window reaches them. */
void inode_trim(struct files *files, uint32_t inode);
/* Zeroes in [from, to), which the size is about to cover. */
void inode_uncover(struct files *files, uint32_t inode, uint64_t from, uint64_t to);
/* The file's bytes in the window, or in the initrd. */
const char *inode_data(const struct files *files, uint32_t inode);

#define TIME_ACCESS 1u
#define TIME_MODIFY 2u
#define TIME_CHANGE 4u
void inode_touch(struct files *files, uint32_t inode, uint32_t which);
void inode_set_times(struct files *files, uint32_t inode, uint64_t access, uint64_t modify);

/* ---------------------------------------------------------------------------- name.c */

uint32_t name_find(const struct files *files, uint32_t parent, const char *text, uint32_t length);
/* Gives the inode a name.  0, -ENOSPC, -ENOENT: the directory was removed. */
int name_create(struct files *files, uint32_t parent, const char *text, uint32_t length, uint32_t inode);
/* The inode loses it; it is not released. */
void name_remove(struct files *files, uint32_t name);
/* Name `from` becomes this one, which replaces `over`, if that is not 0.  0, -ENOSPC, -ENOENT. */
int name_move(struct files *files, uint32_t from, uint32_t parent, const char *text, uint32_t length, uint32_t over);
/* The first name of a directory behind a position; `hint` may be the name at it.  0: none. */
uint32_t name_after(const struct files *files, uint32_t directory, uint64_t position, uint32_t hint);
/* Into the index in memory; for check_start(). */
void name_index(struct files *files, uint32_t name);

static inline uint32_t name_inode(const struct files *files, uint32_t name)
{
	return LINK_INODE(files->name[name].link);
}

/* ---------------------------------------------------------------------------- path.c */

struct path {
	uint32_t parent;   /* directory of the last part */
	const char *last;
	uint32_t length;   /* of it */
	enum { PATH_NAME, PATH_ROOT, PATH_DOT, PATH_DOTDOT } kind; /* `last` is: a name, nothing, `.`, `..` */
	bool slash;        /* something ended in one: a directory is meant */
	uint32_t name;     /* of kind PATH_NAME: the entry, if it is there */
	uint32_t inode;    /* what it names; 0: nothing */
};

/* Follows all but the last part.  0, -ENOENT, -ENOTDIR, -ENAMETOOLONG, -EINVAL. */
int path_walk(const struct files *files, uint32_t directory, const char *text, size_t length, struct path *path);

/* ------------------------------------------------------------------------- session.c */

void session_start(struct files *files);
/* The one with this label, or NULL; a supervisor's is made when first asked for. */
struct session *session_find(struct files *files, uint64_t label);
/* A new one, without an inode yet; NULL: there are too many. */
struct session *session_create(struct files *files, uint64_t label);
/* Forgets it, and its hold of the inode. */
void session_end(struct files *files, struct session *session);
/* The last handle to it is gone. */
void session_closed(struct files *files, uint64_t label);

/* ------------------------------------------------------------------------ dispatch.c */

struct request {
	uint64_t word[8];
	uint64_t label, token;
	size_t out_length; /* bytes that the client sends, */
	const void *bytes; /* the first of them, */
	size_t copied;     /* so many */
	size_t in_size;    /* room that it has */
	uint32_t came;     /* handles; they are not looked at */
};

struct answer {
	uint64_t word[8];
	const void *out; /* bytes from the begin of the room on; 0 of them: those that were put stay */
	size_t out_length;
	int handle;      /* to pass, and to close when that fails; or one of these: */
	uint32_t rights; /* for it: HANDLE_* */
};
#define NO_HANDLE      (-1)
#define LOWER_HANDLE   (-2) /* the initrd's, which stays */
#define HANDLE_WRITE   1u   /* of a memory object, besides reading and mapping */
#define HANDLE_EXECUTE 2u
#define HANDLE_SESSION 4u   /* it is a session, and no memory object */

/* Does what a message asks for. */
void files_dispatch(struct files *files, const struct request *request, struct answer *answer);

/* An operation: the result, which becomes word 0. */
typedef int64_t operation(struct files *files, struct session *session, const struct request *request,
	struct answer *answer);
operation file_read, file_write, file_seek, file_stat, file_truncate, file_sync, file_get_flags, file_set_flags, file_poll,
	file_map, file_readdir, file_chmod, file_set_times, file_statfs, file_no_terminal;
operation name_open, name_stat, name_mkdir, name_rmdir, name_unlink, name_rename, name_link, name_access;

/* As a client sees it. */
struct curfew_stat;
void inode_stat(const struct files *files, uint32_t inode, struct curfew_stat *stat);
int64_t answer_with(struct answer *answer, const void *out, size_t length);


#endif
