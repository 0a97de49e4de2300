/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens and reads files, and reads and writes the console.
 *
 * Files are those of the read-only tree: whatever would change one is EROFS
 * (readonly.c has the calls that do nothing else).  Data is copied from the
 * archive by the kernel (SYS_vmo_read), so a bad buffer is EFAULT, and no page
 * of the archive needs to be mapped for one read.
 *
 * The functions with `_r` are what newlib's streams call.  They are no
 * cancellation points, so a stream's lock is never left behind; open(), read()
 * and write() are.
 */
#include <curfew/syscall.h>
#include <errno.h>
#include <fcntl.h>
#include <reent.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fd.h"
#include "path.h"
#include "wait.h"

static int fail(int error)
{
	errno = error;
	return -1;
}

/* Whether the tree's file may be opened so.  Returns 0 or an errno. */
static int check_open(const struct initrd_entry *entry, int flags)
{
	bool writes = (flags & O_ACCMODE) != O_RDONLY;

	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return EEXIST;
	if ((flags & O_DIRECTORY) && !S_ISDIR(entry->mode))
		return ENOTDIR;
	if (S_ISDIR(entry->mode))
		return writes || (flags & O_CREAT) ? EISDIR : 0;
	if (S_ISREG(entry->mode))
		return writes || (flags & O_TRUNC) ? EROFS : 0;
	return 0;
}

static enum file_kind kind_of(const struct initrd_entry *entry)
{
	if (S_ISREG(entry->mode))
		return FILE_REGULAR;
	if (S_ISDIR(entry->mode))
		return FILE_DIRECTORY;
	if (entry->device == DEVICE_NULL)
		return FILE_NULL;
	return entry->device == DEVICE_ZERO ? FILE_ZERO : FILE_CONSOLE;
}

/* Opens what the entry is.  Returns a descriptor or a negative errno. */
static int open_entry(const struct initrd_entry *entry, int flags)
{
	struct file *file;
	int fd = -EMFILE;

	fd_lock();
	file = fd_new_file(kind_of(entry));
	if (file) {
		file->flags = flags & (O_ACCMODE | O_APPEND);
		file->handle = CURFEW_HANDLE_STDOUT;
		file->entry = entry;
		fd = fd_install(file, 0, flags & O_CLOEXEC);
		if (fd < 0) {
			file->kind = FILE_FREE;
			fd = -EMFILE;
		}
	}
	fd_unlock();
	return fd;
}

/* The mode matters only to a file that is made, and none is. */
static int open_at(int at, const char *path, int flags)
{
	const struct initrd_entry *entry;
	char name[PATH_MAX];
	int error, fd;

	if ((flags & O_ACCMODE) == O_ACCMODE)
		return fail(EINVAL);
	error = __curfew_path_find(at, path, name, &entry);
	if (error == ENOENT && *name && (flags & O_CREAT))
		error = EROFS;
	if (error == 0)
		error = check_open(entry, flags);
	if (error)
		return fail(error);
	fd = open_entry(entry, flags);
	return fd < 0 ? fail(-fd) : fd;
}

int openat(int at, const char *path, int flags, ...)
{
	cancellation_point();
	return open_at(at, path, flags);
}

int open(const char *path, int flags, ...)
{
	cancellation_point();
	return open_at(AT_FDCWD, path, flags);
}

int creat(const char *path, mode_t mode)
{
	return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int _open_r(struct _reent *reent, const char *path, int flags, int mode)
{
	(void)reent;
	(void)mode;
	return open_at(AT_FDCWD, path, flags);
}

/* Bytes of a regular file from an offset.  Returns how many, or a negative errno. */
static ssize_t read_entry(const struct initrd_entry *entry, off_t offset, void *buffer, size_t length)
{
	if ((uint64_t)offset >= entry->size)
		return 0;
	if (length > entry->size - (uint64_t)offset)
		length = entry->size - (uint64_t)offset;
	return curfew_syscall(SYS_vmo_read, CURFEW_HANDLE_INITRD, entry->offset + (uint64_t)offset, buffer, length);
}

/* read() with the lock held, of all but the console.  Returns a count or a negative errno. */
static ssize_t read_locked(struct file *file, void *buffer, size_t length)
{
	ssize_t count;

	switch (file->kind) {
	case FILE_REGULAR:
		count = read_entry(file->entry, file->offset, buffer, length);
		if (count > 0)
			file->offset += count;
		return count;
	case FILE_DIRECTORY:
		return -EISDIR;
	case FILE_ZERO:
		memset(buffer, 0, length);
		return (ssize_t)length;
	default:
		return 0;
	}
}

_ssize_t _read_r(struct _reent *reent, int fd, void *buffer, size_t length)
{
	struct file *file;
	ssize_t count;

	(void)reent;
	fd_lock();
	file = fd_find(fd);
	if (file == NULL || (file->flags & O_ACCMODE) == O_WRONLY) {
		count = -EBADF;
	} else if (file->kind != FILE_CONSOLE) {
		count = read_locked(file, buffer, length);
	} else {
		fd_unlock();
		return curfew_result(curfew_syscall(SYS_read, CURFEW_HANDLE_STDIN, buffer, length));
	}
	fd_unlock();
	return curfew_result(count);
}

_ssize_t _write_r(struct _reent *reent, int fd, const void *buffer, size_t length)
{
	struct file *file;
	enum file_kind kind = FILE_FREE;
	int handle = 0;

	(void)reent;
	fd_lock();
	file = fd_find(fd);
	if (file && (file->flags & O_ACCMODE) != O_RDONLY) {
		kind = file->kind;
		handle = file->handle;
	}
	fd_unlock();
	if (kind == FILE_FREE)
		return fail(EBADF);
	if (kind != FILE_CONSOLE)
		return (ssize_t)length; /* a file that can be written and is no console drops it all */
	return curfew_result(curfew_syscall(SYS_write, handle, buffer, length));
}

ssize_t read(int fd, void *buffer, size_t length)
{
	cancellation_point();
	return _read_r(NULL, fd, buffer, length);
}

ssize_t write(int fd, const void *buffer, size_t length)
{
	cancellation_point();
	return _write_r(NULL, fd, buffer, length);
}

off_t lseek(int fd, off_t offset, int whence)
{
	struct file *file;
	off_t base = 0, result = -EINVAL;

	fd_lock();
	file = fd_find(fd);
	if (file == NULL) {
		result = -EBADF;
	} else if (file->kind != FILE_REGULAR) {
		/* A directory has nothing to read; null and zero have no position, and say 0, as elsewhere. */
		result = file->kind == FILE_CONSOLE ? -ESPIPE : file->kind == FILE_DIRECTORY ? -EINVAL : 0;
	} else if (whence == SEEK_SET || whence == SEEK_CUR || whence == SEEK_END) {
		if (whence == SEEK_CUR)
			base = file->offset;
		else if (whence == SEEK_END)
			base = (off_t)file->entry->size;
		if (__builtin_add_overflow(base, offset, &result))
			result = -EOVERFLOW;
		else if (result < 0)
			result = -EINVAL;
		else
			file->offset = result;
	}
	fd_unlock();
	return curfew_result(result);
}

ssize_t pread(int fd, void *buffer, size_t length, off_t offset)
{
	const struct initrd_entry *entry = NULL;
	struct file *file;
	int error = EINVAL;

	fd_lock();
	file = fd_find(fd);
	if (file == NULL || (file->flags & O_ACCMODE) == O_WRONLY)
		error = EBADF;
	else if (file->kind == FILE_REGULAR)
		entry = file->entry;
	else
		error = file->kind == FILE_DIRECTORY ? EISDIR : ESPIPE;
	fd_unlock();
	if (entry == NULL || offset < 0)
		return fail(error);
	return curfew_result(read_entry(entry, offset, buffer, length));
}

/* What has positions cannot be written here. */
ssize_t pwrite(int fd, const void *buffer, size_t length, off_t offset)
{
	struct file *file;
	int error;

	(void)buffer;
	(void)length;
	(void)offset;
	fd_lock();
	file = fd_find(fd);
	error = file == NULL || (file->flags & O_ACCMODE) == O_RDONLY ? EBADF : ESPIPE;
	fd_unlock();
	return fail(error);
}

/* One call a piece; stops at the first that is short.  An error after some data is told by the next call. */
ssize_t readv(int fd, const struct iovec *vector, int count)
{
	ssize_t total = 0;

	if (count <= 0 || count > IOV_MAX)
		return fail(EINVAL);
	for (int i = 0; i < count; i++) {
		ssize_t done = read(fd, vector[i].iov_base, vector[i].iov_len);

		if (done < 0)
			return total > 0 ? total : -1;
		total += done;
		if ((size_t)done < vector[i].iov_len)
			break;
	}
	return total;
}

ssize_t writev(int fd, const struct iovec *vector, int count)
{
	ssize_t total = 0;

	if (count <= 0 || count > IOV_MAX)
		return fail(EINVAL);
	for (int i = 0; i < count; i++) {
		ssize_t done = write(fd, vector[i].iov_base, vector[i].iov_len);

		if (done < 0)
			return total > 0 ? total : -1;
		total += done;
		if ((size_t)done < vector[i].iov_len)
			break;
	}
	return total;
}
