/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_USER_PAGE_H
#define MM_USER_PAGE_H
#include <stdbool.h>
/*
 * A frame for user memory or for what serves it, refs 1, `data` 0.  When there is none, caches are trimmed once before NULL is
 * returned.  May sleep.
 */
struct page *user_page_alloc(bool zeroed);

/* Gives back every page that is only kept for speed: kernel stacks, empty slabs, on all CPUs.  May sleep.  kernel/trim.c */
void trim_caches(void);
#endif
