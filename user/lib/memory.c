/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The heap's end: sbrk() and brk().
 *
 * The heap begins at the page after the program and is made of pieces of at
 * least HEAP_PIECE, so that malloc() growing by a page is not a system call
 * each; their pages come as they are touched.  What sbrk() gives back is
 * unmapped, so that it reads as zero when it is asked for again, as malloc()
 * relies on.
 */
#include <curfew/syscall.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lock.h"
#include "mman.h"

#define PAGE       ((unsigned long)CURFEW_PAGE_SIZE)
#define HEAP_PIECE (256 * 1024ul)

extern char _end[];

static char *heap_end;    /* as sbrk() tells (heap lock) */
static char *heap_mapped; /* end of what is mapped, page-aligned (heap lock) */

static char *page_up(char *address)
{
	return (char *)(((unsigned long)address + PAGE - 1) & -PAGE);
}

/* Maps up to `end` at least.  Heap lock held. */
static bool map_heap(char *end)
{
	size_t need = (size_t)(page_up(end) - heap_mapped);
	size_t piece = need > HEAP_PIECE ? need : HEAP_PIECE;

	for (;;) {
		long result = curfew_syscall(SYS_mmap, heap_mapped, piece, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, 0, 0);

		if (!mmap_failed((void *)result)) {
			heap_mapped += piece;
			return true;
		}
		if (piece == need)
			return false;
		piece = need; /* perhaps that much is still free */
	}
}

/* Heap lock held.  False: ENOMEM. */
static bool move_end(ptrdiff_t change)
{
	char *end = heap_end + change;

	if (change > 0)
		return end > heap_end && (end <= heap_mapped || map_heap(end));
	if (end < page_up(_end) || end > heap_end)
		return false;
	if (page_up(end) < heap_mapped) {
		curfew_syscall(SYS_munmap, page_up(end), heap_mapped - page_up(end));
		heap_mapped = page_up(end);
	}
	memset(end, 0, (size_t)(heap_mapped < heap_end ? heap_mapped - end : heap_end - end));
	return true;
}

void *sbrk(ptrdiff_t change)
{
	char *old;

	word_lock(&__curfew_heap_lock.word);
	if (heap_end == NULL)
		heap_end = heap_mapped = page_up(_end);
	old = heap_end;
	if (change == 0 || move_end(change))
		heap_end += change;
	else
		old = (char *)-1;
	word_unlock(&__curfew_heap_lock.word);
	if (old == (char *)-1)
		errno = ENOMEM;
	return old;
}

int brk(void *end)
{
	return sbrk((char *)end - (char *)sbrk(0)) == (void *)-1 ? -1 : 0;
}

int getpagesize(void)
{
	return CURFEW_PAGE_SIZE;
}
