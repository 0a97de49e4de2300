/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FILES_LAYOUT_H
#define FILES_LAYOUT_H
/*
 * What is in the arena: the one sparse memory object that outlives the server.
 *
 *   superblock | inodes | names | page bits | (2 MiB boundary) window 0 | window 1 | ...
 *
 * Window n is the fixed place of inode n's data: contiguous, so that a file is
 * mapped by one window of the object.  Window 0 belongs to no inode; its first
 * page, always zeroes to the server, stands for "past the end" (file_ops.c).
 *
 * By default 4096 inodes of 64 MiB: 256 GiB of the 512 GiB that a user space of
 * 39 bits has; only what is touched takes memory.  A machine has at most 4 GiB,
 * so a file may be 1/64 of the greatest one; twice as large would
 * halve the inodes, or leave the server no room for the initrd and its own.  Names are
 * twice the inodes, for hard links.  The rest is below 11 MiB, sparse as well.
 *
 * What the next incarnation of the server finds is every store that this one
 * made, up to some instruction, and none after it: a killed thread stops
 * between two instructions, memory stays, and the kernel's own locks order the
 * last store of the old one before the first load of the new one.  So what has to be kept is the
 * order of stores in the program, which the compiler may not change: that is publish32()
 * and publish64().  Each is one aligned store, there wholly or not at all, and
 * most operations commit by a single one (see the fields).  docs/files.md has
 * the whole argument; check.c does at start what a killed operation left undone.
 */
#include <stddef.h>
#include <stdint.h>

#define FILES_PAGE   4096u
#define FILES_MAGIC  0x3153454c49465543ull /* "CUFILES1" */
#define NAME_LENGTH  255u
#define PATH_LENGTH  1023u
#define ROOT_INODE   1u /* 0 is none */
#define WORD_PAGES   64u /* pages that a word of bits stands for */

struct geometry {
	uint32_t inodes; /* inode 0 included */
	uint32_t names;  /* name 0 included */
	uint64_t window; /* bytes, a multiple of 64 pages */
};

struct superblock {
	uint64_t magic; /* published last, when the lower layer is in: until then nothing here counts */
	uint64_t lower_size, lower_time; /* which initrd the inodes refer to */
	struct geometry geometry;
	uint32_t inodes_touched; /* inodes from here on were never used; published before the first use */
	uint32_t names_touched;
};

struct inode_times {
	uint64_t access, modify, change; /* ns since 1970 */
};

struct inode {
	uint32_t mode;     /* as st_mode; 0: free.  Published last in making one, and in freeing one */
	uint32_t device;   /* DEVICE_* of a character device */
	uint64_t size;     /* publishing it commits an extension, and a truncation.  Bytes behind it are anything */
	uint64_t lower;    /* where the data is in the initrd; 0: in the window.  Publishing 0 commits a copy up */
	uint32_t extent;   /* no page of the window from this one on has its bit: published before bits, lowered after */
	uint32_t mapped;   /* a window of it was given away: from then on 1 */
	uint32_t current;  /* which of times[]: publishing it commits both times of SET_TIMES at once */
	uint32_t unused;
	struct inode_times times[2];
	uint64_t spare[5];
};

/*
 * A name: an entry of a directory.  The table is one for all directories; a
 * directory is the set of names that have it as parent.  `link` is what counts:
 * publishing it makes the name, removes it (0), or renames: with REPLACES(m)
 * this name is there and name m is not any more, in one store, whatever m's
 * own link still says.
 */
struct name {
	uint64_t link; /* inode, and REPLACES(name); 0: free */
	uint32_t parent;
	uint8_t length;
	char text[NAME_LENGTH];
};

#define LINK_INODE(link)    ((uint32_t)(link))
#define LINK_REPLACES(link) ((uint32_t)((link) >> 32))
#define REPLACES(name)      ((uint64_t)(name) << 32)

_Static_assert(sizeof(struct inode) == 128, "an inode lies within two cache lines");
_Static_assert(sizeof(struct name) == 272, "names are aligned to their link");

#ifndef PUBLISH_POINT
#define PUBLISH_POINT() ((void)0) /* tests/host/test_fileskill.c has the server end at each of these */
#endif

/* One aligned store; those before it in the program are made before it, those behind it after. */
static inline void publish32(uint32_t *place, uint32_t value)
{
	PUBLISH_POINT();
	__asm__ volatile("" ::: "memory"); /* the compiler moves no store across; pairs with the one below */
	__atomic_store_n(place, value, __ATOMIC_RELAXED);
	__asm__ volatile("" ::: "memory");
}

static inline void publish64(uint64_t *place, uint64_t value)
{
	PUBLISH_POINT();
	__asm__ volatile("" ::: "memory"); /* as above */
	__atomic_store_n(place, value, __ATOMIC_RELAXED);
	__asm__ volatile("" ::: "memory");
}

#endif
