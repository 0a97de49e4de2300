/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Giving back what is only kept for speed, when memory is short or when counts are to be compared to the page.
 */
#include "kernel/ipi.h"
#include "mm/check.h"
#include "mm/epoch.h"
#include "mm/kstack.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/user_page.h"

void trim_caches(void)
{
	epoch_drain();
	kstack_trim();
	check_trim();
	smp_call(slab_trim_cpu);
}

struct page *user_page_alloc(bool zeroed)
{
	struct page *page = zeroed ? page_alloc_zeroed() : page_alloc();

	if (__builtin_expect(!page, 0)) {
		trim_caches();
		page = zeroed ? page_alloc_zeroed() : page_alloc();
	}
	if (page)
		page->data = 0;
	return page;
}
