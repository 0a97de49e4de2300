/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _SYS_MMAN_H_
#define _SYS_MMAN_H_
/*
 * Memory mappings.  The numbers are the kernel's (<curfew/abi.h>).
 *
 * What can be mapped: anonymous memory, private or shared with children made
 * by fork; a regular file, private, or shared, with PROT_WRITE if it is open for
 * both.  No page is writable and executable at once: EACCES.
 */
#include <sys/cdefs.h>
#include <sys/types.h>

#define PROT_NONE  0
#define PROT_READ  1
#define PROT_WRITE 2
#define PROT_EXEC  4

#define MAP_SHARED          0x0001
#define MAP_PRIVATE         0x0002
#define MAP_FIXED           0x0010
#define MAP_ANONYMOUS       0x0020
#define MAP_ANON            MAP_ANONYMOUS
#define MAP_GROWSDOWN       0x0100
#define MAP_FIXED_NOREPLACE 0x100000
/* Pages come as they are touched, and none is reserved before: these change nothing. */
#define MAP_NORESERVE 0
#define MAP_STACK     0

#define MAP_FAILED ((void *)-1)

#define MS_ASYNC      1
#define MS_INVALIDATE 2
#define MS_SYNC       4

__BEGIN_DECLS
void *mmap(void *__address, size_t __length, int __protection, int __flags, int __descriptor, off_t __offset);
int munmap(void *__address, size_t __length);
int mprotect(void *__address, size_t __length, int __protection);
int msync(void *__address, size_t __length, int __flags);
__END_DECLS

#endif
