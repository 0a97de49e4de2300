/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_SYS_H
#define CURFEW_SYS_H
/*
 * Curfew's own calls, for C programs: those that POSIX has no name for.
 *
 * Each is the system call of its name in <curfew/abi.h>, where the arguments
 * and their meaning are described; the result is C's: a value >= 0, or -1 with
 * errno set.  EBADF: no such handle.  EPERM: a handle of another kind, or
 * without the right that the call needs.  EFAULT: a bad pointer.  EINVAL: any
 * other bad argument.  Times are nanoseconds since boot.
 */
#include <curfew/syscall.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The kernel's read-only page: CPUs, memory, build id, clock.  Never NULL. */
const struct curfew_shared_page *curfew_shared(void);

/* Nanoseconds since boot (CLOCK_MONOTONIC), without a system call.  Monotonic across CPUs. */
uint64_t curfew_now(void);

/* ------------------------------------------------------- processes, threads */

/* Like wait4(), with the kernel's own record of what the child used; usage may be NULL. */
static inline pid_t curfew_wait(pid_t pid, int *status, int options, struct curfew_rusage *usage)
{
	return (pid_t)curfew_result(curfew_syscall(SYS_wait, pid, status, options, usage));
}

/* What a process (CURFEW_RUSAGE_SELF), or its children that were waited for, used. */
static inline int curfew_getrusage(int who, struct curfew_rusage *usage)
{
	return (int)curfew_result(curfew_syscall(SYS_getrusage, who, usage));
}

/* The process with the least pid >= pid.  Returns its pid; ESRCH if there is none.  For all: start with 0, go on
 * with the result + 1. */
static inline pid_t curfew_procinfo(pid_t pid, struct curfew_procinfo *info)
{
	return (pid_t)curfew_result(curfew_syscall(SYS_procinfo, pid, info));
}

/* Lets a thread (0: this one) run only on the CPUs of the mask.  EINVAL if none of them is online, ESRCH. */
static inline int curfew_set_affinity(int tid, uint64_t cpus)
{
	return (int)curfew_result(curfew_syscall(SYS_set_affinity, tid, cpus));
}

/* Stores the CPUs on which a thread (0: this one) may run.  ESRCH. */
static inline int curfew_get_affinity(int tid, uint64_t *cpus)
{
	long mask = curfew_syscall(SYS_get_affinity, tid);

	if (mask < 0 && mask >= -4095)
		return (int)curfew_result(mask);
	*cpus = (uint64_t)mask;
	return 0;
}

/* Sets a thread's (0: this one's) priority, 0 to 31, 16 is usual, higher runs first.  Returns the old one. */
static inline int curfew_set_priority(int tid, int priority)
{
	return (int)curfew_result(curfew_syscall(SYS_set_priority, tid, priority));
}

/* Sleeps while *word is value, until woken or the deadline (CURFEW_FOREVER: none).  EAGAIN if *word is not value,
 * ETIMEDOUT.  It may return 0 without cause.  The word may be in memory that processes share. */
static inline int curfew_futex_wait(const volatile uint32_t *word, uint32_t value, uint64_t deadline)
{
	return (int)curfew_result(curfew_syscall(SYS_futex_wait, word, value, deadline));
}

/* Wakes at most count of those who sleep on the word.  Returns how many. */
static inline int curfew_futex_wake(const volatile uint32_t *word, uint32_t count)
{
	return (int)curfew_result(curfew_syscall(SYS_futex_wake, word, count));
}

/* ------------------------------------------------- handles, memory objects */

static inline int curfew_handle_close(int handle)
{
	return (int)curfew_result(curfew_syscall(SYS_handle_close, handle));
}

/* A new handle to the same object, with some of the rights (CURFEW_RIGHT_*), under the lowest free number from `least` on; 0, as
 * all below CURFEW_HANDLE_FIRST, means from there on.  flags: 0 or CURFEW_HANDLE_CLOEXEC.  EPERM: a right that handle lacks.  EINVAL:
 * least is no handle's number.  EMFILE: none is free. */
static inline int curfew_handle_dup(int handle, uint32_t rights, int least, uint32_t flags)
{
	return (int)curfew_result(curfew_syscall(SYS_handle_dup, handle, rights, least, flags));
}

/* A memory object of size bytes, up to CURFEW_VMO_MAX, zeroed, its pages made as they are touched.  flags: 0 or CURFEW_VMO_PAGES.
 * Returns a handle with all rights. */
static inline int curfew_vmo_create(uint64_t size, uint32_t flags)
{
	return (int)curfew_result(curfew_syscall(SYS_vmo_create, size, flags));
}

/* An object that shows bytes [offset, offset + size) of another: the same pages, the same futexes.  offset is a multiple of the page
 * size; a mapping shows whole pages, so that the last one's rest can be seen too.  handle needs the right to duplicate; EPERM:
 * rights that it lacks. */
static inline int curfew_vmo_window(int handle, uint64_t offset, uint64_t size, uint32_t rights)
{
	return (int)curfew_result(curfew_syscall(SYS_vmo_window, handle, offset, size, rights));
}

/* Makes bytes of an object zeroes, and frees its pages that lie wholly among them.  Who has one of these mapped already keeps the old
 * one until it is unmapped.  handle needs the right to manage, which nobody has for the initrd or a device. */
static inline int curfew_vmo_discard(int handle, uint64_t offset, uint64_t length)
{
	return (int)curfew_result(curfew_syscall(SYS_vmo_discard, handle, offset, length));
}

/* How many pages the object has now. */
static inline int64_t curfew_vmo_pages(int handle)
{
	return curfew_result(curfew_syscall(SYS_vmo_pages, handle));
}

/* How many windows show pages of [offset, offset + length) of the object, whether a handle, a mapping or a message on its way
 * keeps them; of a window: those of what it shows a part of, and itself.  handle needs the right to manage, as for discarding: the
 * answer says whether others would notice that.  EINVAL: not within the object. */
static inline int64_t curfew_vmo_windows(int handle, uint64_t offset, uint64_t length)
{
	return curfew_result(curfew_syscall(SYS_vmo_windows, handle, offset, length));
}

/* Bytes read, fewer than length only at the object's end. */
static inline ssize_t curfew_vmo_read(int handle, uint64_t offset, void *buffer, size_t length)
{
	return curfew_result(curfew_syscall(SYS_vmo_read, handle, offset, buffer, length));
}

/* Bytes written, fewer than length only at the object's end. */
static inline ssize_t curfew_vmo_write(int handle, uint64_t offset, const void *buffer, size_t length)
{
	return curfew_result(curfew_syscall(SYS_vmo_write, handle, offset, buffer, length));
}

/* The object's size in bytes. */
static inline int64_t curfew_vmo_size(int handle)
{
	return curfew_result(curfew_syscall(SYS_vmo_size, handle));
}

/* Maps a memory object: PROT_* and MAP_* of <sys/mman.h>, offset a multiple of the page size.  MAP_FAILED on error. */
static inline void *curfew_vmo_map(void *address, size_t length, int protection, int flags, int handle, uint64_t offset)
{
	return (void *)curfew_result(curfew_syscall(SYS_mmap, address, length, protection, flags, handle, offset));
}

/* ----------------------------------------------------------- the system */

/* Stores at most count of the kernel's counters.  Returns how many there are.  flags: CURFEW_KSTAT_*. */
static inline int curfew_kstat(struct curfew_kstat *counters, size_t count, unsigned flags)
{
	return (int)curfew_result(curfew_syscall(SYS_kstat, counters, count, flags));
}

/* Bytes of the kernel's log, from a position in it; 0 at its end. */
static inline ssize_t curfew_log_read(void *buffer, size_t length, uint64_t position)
{
	return curfew_result(curfew_syscall(SYS_log_read, buffer, length, position));
}

/* Bytes into the kernel's log, and to where that goes, with a system handle (right WRITE), which only init has. */
static inline ssize_t curfew_log_write(int handle, const void *buffer, size_t length)
{
	return curfew_result(curfew_syscall(SYS_log_write, handle, buffer, length));
}

/* CURFEW_SYSTEM_*, with a system handle, which only init has. */
static inline int curfew_system_ctl(int handle, int operation, long argument)
{
	return (int)curfew_result(curfew_syscall(SYS_system_ctl, handle, operation, argument));
}

/* Bytes for the test harness, beside the console.  ENODEV if nobody listens. */
static inline ssize_t curfew_report(const void *buffer, size_t length)
{
	return curfew_result(curfew_syscall(SYS_report, buffer, length));
}

#ifdef __cplusplus
}
#endif
#endif
