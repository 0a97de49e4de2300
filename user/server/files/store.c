/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine under the logic (store.h).  Nothing else but main.c makes system
 * calls, and none of these calls knows what a file is.
 */
#include "store.h"

#include <curfew/message.h>
#include <curfew/sys.h>

#define MAP_FAILED_LIMIT (-4095l)

static char *arena; /* where it is mapped */

void *store_map(int handle, int protection, uint64_t least, uint64_t *size)
{
	long bytes = curfew_syscall(SYS_vmo_size, handle), address;

	if (bytes <= 0 || (uint64_t)bytes < least)
		return NULL;
	*size = least ? least : (uint64_t)bytes;
	address = curfew_syscall(SYS_mmap, 0, *size, protection, CURFEW_MAP_SHARED, handle, 0);
	if (address < 0 && address >= MAP_FAILED_LIMIT)
		return NULL;
	if (handle == CURFEW_HANDLE_STATE)
		arena = (char *)address;
	return (void *)address;
}

/* A store into a page that there is no memory for would end the server; a call only fails.  These pages are zeroes, so
 * one more changes nothing. */
static int populate(uint64_t offset, uint64_t length)
{
	static const char zero;

	for (uint64_t done = 0; done < length; done += FILES_PAGE)
		if (curfew_syscall(SYS_vmo_write, CURFEW_HANDLE_STATE, offset + done, &zero, 1) != 1)
			return -ENOSPC;
	return 0;
}

/* The mapping keeps pages that it has: mapped anew, it has none. */
static void discard(uint64_t offset, uint64_t length)
{
	curfew_syscall(SYS_vmo_discard, CURFEW_HANDLE_STATE, offset, length);
	curfew_syscall(SYS_mmap, arena + offset, length, CURFEW_PROT_READ | CURFEW_PROT_WRITE,
		CURFEW_MAP_SHARED | CURFEW_MAP_FIXED, CURFEW_HANDLE_STATE, offset);
}

/* Asked about pages that were given away some time only. */
static bool held(uint64_t offset, uint64_t length)
{
	return curfew_syscall(SYS_vmo_windows, CURFEW_HANDLE_STATE, offset, length) != 0;
}

static uint64_t now(void)
{
	return curfew_shared()->realtime_base + curfew_now();
}

static int session(uint64_t label)
{
	return (int)curfew_syscall(SYS_session_create, CURFEW_HANDLE_CHANNEL, label);
}

static void close_handle(int handle)
{
	curfew_syscall(SYS_handle_close, handle);
}

static int window(uint64_t offset, uint64_t length)
{
	return (int)curfew_syscall(SYS_vmo_window, CURFEW_HANDLE_STATE, offset, length,
		CURFEW_RIGHT_READ | CURFEW_RIGHT_WRITE | CURFEW_RIGHT_EXECUTE | CURFEW_RIGHT_MAP | CURFEW_RIGHT_TRANSFER);
}

static int fetch(uint64_t token, uint64_t offset, void *to, size_t length)
{
	long result = curfew_syscall(SYS_message_read, CURFEW_HANDLE_CHANNEL, token, offset, to, length);

	return result == (long)length ? 0 : result < 0 ? (int)result : -EINVAL;
}

static int put(uint64_t token, uint64_t offset, const void *from, size_t length)
{
	long result = curfew_syscall(SYS_message_write, CURFEW_HANDLE_CHANNEL, token, offset, from, length);

	return result == (long)length ? 0 : result < 0 ? (int)result : -EINVAL;
}

const struct platform store_platform = { populate, discard, held, now, session, close_handle, window, fetch, put };
