/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mappings: mmap and its like.
 *
 * The server of a file hands out its memory object, whose handle is needed only
 * until the kernel has mapped it.  A private mapping needs no more than to read it.
 */
#include <curfew/syscall.h>
#include <errno.h>
#include <sys/mman.h>

#include "mman.h"
#include "session.h"

#define PAGE ((unsigned long)CURFEW_PAGE_SIZE)

long __curfew_map_handle(int fd, int protection, uint64_t *offset, uint64_t *length)
{
	struct curfew_call call = CALL(CURFEW_FILE_MAP, *offset, *length, (uint64_t)protection);
	long result;

	call.pass = CURFEW_TAKE_CLOEXEC;
	result = unsupported(fd_call(fd, &call), ENODEV);
	if (result < 0)
		return result;
	*offset = call.word[1];
	*length = call.word[2];
	return unsupported(__curfew_came(&call), ENODEV);
}

/* MAP_SHARED with PROT_WRITE needs a descriptor open for both: EACCES.  ENODEV: not a file that can be mapped. */
void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	uint64_t start = (uint64_t)offset, bytes = length;
	long handle = 0, result;

	if (offset < 0 || (start & (PAGE - 1)) || length == 0) {
		errno = EINVAL;
		return MAP_FAILED;
	}
	if (!(flags & MAP_ANONYMOUS)) {
		handle = __curfew_map_handle(
			fd, flags & MAP_SHARED ? protection : protection & ~PROT_WRITE, &start, &bytes);
		if (handle < 0)
			return (void *)curfew_result(handle);
	}
	result = curfew_syscall(SYS_mmap, address, length, protection, flags, handle, start);
	if (!(flags & MAP_ANONYMOUS))
		curfew_syscall(SYS_handle_close, handle);
	return (void *)curfew_result(result);
}

int munmap(void *address, size_t length)
{
	return (int)curfew_result(curfew_syscall(SYS_munmap, address, length));
}

int mprotect(void *address, size_t length, int protection)
{
	return (int)curfew_result(curfew_syscall(SYS_mprotect, address, length, protection));
}

/* A shared mapping is the memory that the file's server has: nothing waits to be written. */
int msync(void *address, size_t length, int flags)
{
	(void)length;
	if (((unsigned long)address & (PAGE - 1)) || (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) ||
		((flags & MS_ASYNC) && (flags & MS_SYNC))) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}
