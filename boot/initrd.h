/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BOOT_INITRD_H
#define BOOT_INITRD_H
/*
 * Finding the first program in the initial ramdisk, a cpio archive of the `newc` kind in which scripts/mkinitrd puts each file's data on a
 * page boundary.  Everything else in it is for user space to read.  No hardware in it: it is tested on the host.
 */
#include <stdbool.h>
#include <stdint.h>

/* The data of the regular file `name` in the archive of `size` bytes: its offset and length.  False: not there, or
 * not an archive. */
bool initrd_find(const void *archive, uint64_t size, const char *name, uint64_t *offset, uint64_t *length);

#endif
