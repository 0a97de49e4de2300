/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_DEVICE_H
#define MM_DEVICE_H
/*
 * Frames of device registers that user space may map.
 *
 * Each has a struct page of kind PAGE_DEVICE, so that page-table entries count references to it as to any other; the
 * machine itself holds one, so it is never freed.  By its kind pmap_enter() knows which memory type the entry needs.  It
 * has no address in the direct map: only a user's entry leads there, so nobody may call page_to_va() of it.
 */
#include <stdint.h>
#include "arch/arm64/layout.h"
#include "mm/page.h"

/* Where a frame's struct page is, RAM's or a device's, if it has one. */
static inline struct page *page_of_frame(uint64_t frame) { return (struct page *)PAGES_BASE + frame; }

/* Makes struct pages for [pa, pa + size).  Once for each device; boot CPU only.  0; -ENOMEM; -EINVAL: no device can be there. */
int device_frames(uint64_t pa, uint64_t size);

#endif
