/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * newlib's names for the system calls that it makes itself, and what it has
 * under other names, or not quite right.
 *
 * They are the POSIX functions; errno is the calling thread's, whose record
 * newlib hands along.  Those that must not be cancellation points are in
 * file.c.  A program gets only those that its part of newlib calls: the link
 * drops the other sections.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <reent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <unistd.h>

/* newlib's calloc() multiplies without looking whether the product fits. */
void *calloc(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return _calloc_r(_REENT, 1, bytes);
}

int posix_memalign(void **result, size_t align, size_t size)
{
	if (align < sizeof(void *) || (align & (align - 1)))
		return EINVAL;
	*result = memalign(align, size);
	return *result ? 0 : ENOMEM;
}

ssize_t getdelim(char **restrict line, size_t *restrict size, int delimiter, FILE *restrict stream)
{
	return __getdelim(line, size, delimiter, stream);
}

ssize_t getline(char **restrict line, size_t *restrict size, FILE *restrict stream)
{
	return __getdelim(line, size, '\n', stream);
}

int _close_r(struct _reent *reent, int fd)
{
	(void)reent;
	return close(fd);
}

_off_t _lseek_r(struct _reent *reent, int fd, _off_t offset, int whence)
{
	(void)reent;
	return lseek(fd, offset, whence);
}

int _fstat_r(struct _reent *reent, int fd, struct stat *status)
{
	(void)reent;
	return fstat(fd, status);
}

int _stat_r(struct _reent *reent, const char *path, struct stat *status)
{
	(void)reent;
	return stat(path, status);
}

int _isatty_r(struct _reent *reent, int fd)
{
	(void)reent;
	return isatty(fd);
}

int _isatty(int fd);
int _isatty(int fd)
{
	return isatty(fd);
}

int _fcntl_r(struct _reent *reent, int fd, int command, int argument)
{
	(void)reent;
	return fcntl(fd, command, argument);
}

int _link_r(struct _reent *reent, const char *from, const char *to)
{
	(void)reent;
	return link(from, to);
}

int _unlink_r(struct _reent *reent, const char *path)
{
	(void)reent;
	return unlink(path);
}

int _rename_r(struct _reent *reent, const char *from, const char *to)
{
	(void)reent;
	return rename(from, to);
}

int _mkdir_r(struct _reent *reent, const char *path, int mode)
{
	(void)reent;
	return mkdir(path, (mode_t)mode);
}

void *_sbrk_r(struct _reent *reent, ptrdiff_t change)
{
	(void)reent;
	return sbrk(change);
}

int _getpid_r(struct _reent *reent)
{
	(void)reent;
	return getpid();
}

int _kill_r(struct _reent *reent, int pid, int number)
{
	(void)reent;
	return kill(pid, number);
}

int _fork_r(struct _reent *reent)
{
	(void)reent;
	return fork();
}

int _wait_r(struct _reent *reent, int *status)
{
	(void)reent;
	return wait(status);
}

int _execve_r(struct _reent *reent, const char *path, char *const *argv, char *const *envp)
{
	(void)reent;
	return execve(path, argv, envp);
}

_CLOCK_T_ _times_r(struct _reent *reent, struct tms *result)
{
	(void)reent;
	return times(result);
}

int _gettimeofday_r(struct _reent *reent, struct timeval *now, void *zone)
{
	(void)reent;
	return gettimeofday(now, zone);
}
