/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_LIB_INITRD_H
#define CURFEW_LIB_INITRD_H
/*
 * The initrd, for the server of files and for init: a memory object that both
 * have as CURFEW_HANDLE_INITRD.
 *
 * It is a cpio archive in which the data of every file begins on a page
 * boundary; behind the archive's trailer scripts/mkinitrd puts an index, sorted
 * by name (bytewise), so that a file is found without walking the archive's
 * headers, one to a page.  It ends with the footer, the last 32 bytes:
 *
 *   archive ... trailer | (page boundary) entries | names | zeroes | footer
 *
 * Names are whole paths without a slash in front ("bin/ls"); the root
 * directory is "", and always the first entry.
 */
#include <stddef.h>
#include <stdint.h>

struct initrd_entry {
	uint32_t name;   /* offset of the NUL-terminated path from the first entry */
	uint32_t mode;   /* as st_mode */
	uint32_t device; /* as st_rdev, of a character device */
	uint32_t unused;
	uint64_t offset; /* of the data in the archive, a multiple of the page size */
	uint64_t size;   /* of the data */
};

struct initrd_footer {
	char magic[8];    /* INITRD_MAGIC */
	uint64_t entries; /* offset of the first entry in the archive */
	uint32_t count;
	uint32_t unused;
	uint64_t time; /* of last change, of every file: seconds since 1970 */
};

#define INITRD_MAGIC "CURFEWIX"

/* Character devices that are in the tree. */
#define DEVICE_NULL    0x0103
#define DEVICE_ZERO    0x0105
#define DEVICE_CONSOLE 0x0500

struct initrd {
	const struct initrd_entry *entries;
	const struct initrd_footer *footer;
};

static inline const char *initrd_name(const struct initrd *initrd, const struct initrd_entry *entry)
{
	return (const char *)initrd->entries + entry->name;
}

#endif
