/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_STRING_H
#define KERNEL_STRING_H
/*
 * The part of <string.h> that the kernel uses, with C's meaning; strlcpy is OpenBSD's: it always ends the string and returns the length it
 * tried to make.  Any context.  On kernel memory only: user addresses go through copy_from_user() and copy_to_user().
 *
 * The first three are in arch/arm64/string.S.  They make unaligned accesses, so they want the MMU on or aligned arguments.
 */
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);

int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
size_t strlcpy(char *to, const char *from, size_t size);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);

#endif
