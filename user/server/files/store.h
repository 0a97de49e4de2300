/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FILES_STORE_H
#define FILES_STORE_H
/*
 * The machine under the logic (struct platform), by system calls: the arena's memory object and the
 * initrd's, handles, the clock, bytes of messages.
 */
#include "files.h"

/* Maps a memory object whole.  NULL: it is none, or shorter than `least`. */
void *store_map(int handle, int protection, uint64_t least, uint64_t *size);

extern const struct platform store_platform;

/* Handles that the server starts with. */
#ifndef CURFEW_HANDLE_NAMES
#define CURFEW_HANDLE_NAMES   0
#endif
#ifndef CURFEW_HANDLE_CHANNEL
#define CURFEW_HANDLE_CHANNEL 6
#endif
#ifndef CURFEW_HANDLE_STATE
#define CURFEW_HANDLE_STATE   7
#endif

#endif
