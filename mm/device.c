/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Struct pages of device registers: see device.h.  The array of struct page is indexed by frame number in a region of
 * its own (arch/arm64/layout.h), where only what is needed is backed: RAM's part at boot, here a page for each 128
 * frames around a device.
 */
#include <sys/errno.h>
#include "boot/platform.h"
#include "mm/device.h"
#include "mm/kmap.h"
#include "mm/page.h"

/* Backs the struct page of a frame: 0 or -ENOMEM. */
static int back(uint64_t frame)
{
	uint64_t va = (uint64_t)page_of_frame(frame) & -(uint64_t)PAGE_SIZE;
	struct page *page;

	if (kmap_is_mapped(va))
		return 0;
	page = page_alloc_zeroed();
	if (!page)
		return -ENOMEM;
	if (kmap_page_array(va, page_to_pa(page), PAGE_SIZE))
		return 0;
	page_put(page);
	return -ENOMEM;
}

int device_frames(uint64_t pa, uint64_t size)
{
	uint64_t first = pa >> PAGE_SHIFT, last = (pa + size - 1) >> PAGE_SHIFT;
	int error = 0;

	if (pa % PAGE_SIZE || size == 0 || pa + size < pa || last >= PAGES_SIZE / sizeof(struct page))
		return -EINVAL;
	for (uint64_t frame = first; frame <= last; frame++)
		if (platform_is_ram(frame << PAGE_SHIFT))
			return -EINVAL;
	for (uint64_t frame = first; frame <= last && !error; frame++)
		error = back(frame);
	for (uint64_t frame = first; frame <= last && !error; frame++)
		*page_of_frame(frame) = (struct page){ .refs = 1, .kind = PAGE_DEVICE };
	return error;
}
