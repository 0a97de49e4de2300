/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations on an open file (<curfew/file.h>).
 *
 * What is read is not copied here: the answer points into the arena or the initrd, and the kernel
 * copies it from there to the client.  Long writes go the other way
 * likewise, by fetch(), straight into the file's place.
 */
#include "files.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <curfew/file.h>

#include "../../lib/initrd.h"

#define ZEROES_SIZE 16384u
#define DEVICE_MOST (256 * 1024u) /* of a device at once */
static const char zeroes[ZEROES_SIZE]; /* what holes are answered with */

static struct inode *inode_of(const struct files *files, const struct session *session)
{
	return &files->inode[session->inode];
}

/* The offset that a READ or WRITE means. */
static uint64_t offset_of(const struct session *session, const struct request *request)
{
	return request->word[2] == CURFEW_FILE_HERE ? session->offset : request->word[2];
}

/* ------------------------------------------------------------------- read */

/* Whatever is put together of several pieces goes to the client piece by piece. */
static int64_t read_pieces(struct files *files, uint32_t inode, uint64_t offset, uint64_t length,
	const struct request *request)
{
	for (uint64_t done = 0; done < length;) {
		bool there = false;
		uint64_t run = inode ? block_run(files, inode, offset + done, length - done, &there) : length - done;
		int error;

		if (!there && run > ZEROES_SIZE)
			run = ZEROES_SIZE;
		error = files->platform->put(request->token, done,
			there ? inode_data(files, inode) + offset + done : zeroes, run);
		if (error)
			return error;
		done += run;
	}
	return length;
}

static int64_t read_regular(struct files *files, uint32_t n, uint64_t offset, uint64_t length,
	const struct request *request, struct answer *answer)
{
	const struct inode *inode = &files->inode[n];
	const struct inode_times *times = &inode->times[inode->current & 1];
	bool there = true;

	if (offset >= inode->size || length == 0)
		return 0;
	if (length > inode->size - offset)
		length = inode->size - offset;
	/* The first read after a change counts, so that most need no clock. */
	if (times->access <= times->modify || times->access <= times->change)
		inode_touch(files, n, TIME_ACCESS);
	if (inode->lower == 0 && block_run(files, n, offset, length, &there) < length)
		return read_pieces(files, n, offset, length, request);
	if (!there && length > ZEROES_SIZE)
		return read_pieces(files, 0, 0, length, request);
	return answer_with(answer, there ? inode_data(files, n) + offset : zeroes, length);
}

/* /dev/null and /dev/zero.  Nobody else is served meanwhile, and /dev/zero has no end: so it is read in part. */
static int64_t read_device(struct files *files, uint32_t device, uint64_t length, const struct request *request,
	struct answer *answer)
{
	if (device != DEVICE_ZERO)
		return 0;
	if (length > DEVICE_MOST)
		length = DEVICE_MOST;
	if (length > ZEROES_SIZE)
		return read_pieces(files, 0, 0, length, request);
	return answer_with(answer, zeroes, length);
}

int64_t file_read(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	const struct inode *inode = inode_of(files, session);
	uint64_t length = request->word[1], offset = offset_of(session, request);
	int64_t result;

	if ((session->flags & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	if (S_ISDIR(inode->mode))
		return -EISDIR;
	if (offset > INT64_MAX || length > INT64_MAX || length > request->in_size)
		return -EINVAL;
	if (S_ISCHR(inode->mode))
		return read_device(files, inode->device, length, request, answer);
	result = read_regular(files, session->inode, offset, length, request, answer);
	if (result > 0 && request->word[2] == CURFEW_FILE_HERE)
		session->offset += result;
	return result;
}

/* ------------------------------------------------------------------ write */

/* Into pages that are there: bytes that came with the message, and the rest by fetch(). */
static int write_bytes(struct files *files, char *to, uint64_t length, const struct request *request)
{
	uint64_t here = length < request->copied ? length : request->copied;

	memcpy(to, request->bytes, here);
	return here < length ? files->platform->fetch(request->token, here, to + here, length - here) : 0;
}

static int64_t write_regular(struct files *files, uint32_t n, uint64_t offset, uint64_t length,
	const struct request *request)
{
	struct inode *inode = &files->inode[n];
	int64_t pages;
	int error;

	if (offset >= files->window)
		return -EFBIG;
	if (length > files->window - offset)
		length = files->window - offset;
	error = inode_copy_up(files, n);
	if (error)
		return error;
	pages = inode_reserve(files, n, offset, length);
	if (pages < 0)
		return pages;
	length = pages;
	if (offset > inode->size)
		inode_uncover(files, n, inode->size, offset);
	error = write_bytes(files, files->base + arena_place(files, n) + offset, length, request);
	if (error) {
		inode_trim(files, n);
		return error;
	}
	if (offset + length > inode->size)
		publish64(&inode->size, offset + length); /* commits what is behind the old end, bytes first */
	inode_touch(files, n, TIME_MODIFY | TIME_CHANGE);
	return length;
}

int64_t file_write(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	const struct inode *inode = inode_of(files, session);
	uint64_t length = request->word[1], offset = offset_of(session, request);
	int64_t result;

	(void)answer;
	if ((session->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	if (offset > INT64_MAX || length > INT64_MAX)
		return -EINVAL;
	if (S_ISCHR(inode->mode) || length == 0)
		return length;
	if (session->flags & O_APPEND && request->word[2] == CURFEW_FILE_HERE)
		offset = inode->size;
	result = write_regular(files, session->inode, offset, length, request);
	if (result > 0 && request->word[2] == CURFEW_FILE_HERE)
		session->offset = offset + result;
	return result;
}

int64_t file_truncate(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	(void)answer;
	if ((session->flags & O_ACCMODE) == O_RDONLY || !S_ISREG(inode_of(files, session)->mode) ||
		request->word[1] > INT64_MAX)
		return -EINVAL;
	return inode_truncate(files, session->inode, request->word[1]);
}

/* All that was answered is in the arena. */
int64_t file_sync(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	(void)request;
	(void)answer;
	return S_ISCHR(inode_of(files, session)->mode) ? -EINVAL : 0;
}

/* ---------------------------------------------------------------- mapping */

/* A window that has nothing from its own end on: of a page that is no file's. */
static int64_t map_nothing(struct files *files, struct answer *answer)
{
	answer->handle = files->platform->window(arena_place(files, 0), FILES_PAGE);
	answer->word[1] = FILES_PAGE;
	return answer->handle < 0 ? answer->handle : 0;
}

static int64_t map_window(struct files *files, uint32_t inode, uint64_t offset, uint64_t length, struct answer *answer)
{
	uint32_t first = offset / FILES_PAGE, last = (offset + length - 1) / FILES_PAGE;

	/* What is mapped may be touched, so all of it has its bits and is counted: holes, too. */
	if (!block_fits(files, inode, first, last))
		inode_leave_limbo(files);
	if (!block_fits(files, inode, first, last) || inode_reserve(files, inode, offset, length) < (int64_t)length)
		return -ENOSPC;
	publish32(&files->inode[inode].mapped, 1); /* before anyone has it: the next start asks held() */
	answer->handle = files->platform->window(arena_place(files, inode) + offset,
		(uint64_t)(last - first + 1) * FILES_PAGE);
	return answer->handle < 0 ? answer->handle : 0;
}

int64_t file_map(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	const struct inode *inode = inode_of(files, session);
	uint64_t offset = request->word[1], length = request->word[2], prot = request->word[3];

	if (!S_ISREG(inode->mode))
		return -ENODEV;
	if (offset % FILES_PAGE != 0 || offset > INT64_MAX || length == 0 || prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC))
		return -EINVAL;
	if ((session->flags & O_ACCMODE) == O_WRONLY || (prot & PROT_WRITE && (session->flags & O_ACCMODE) != O_RDWR))
		return -EACCES;
	answer->rights = (prot & PROT_WRITE ? HANDLE_WRITE : 0) | (prot & PROT_EXEC ? HANDLE_EXECUTE : 0);
	if (offset >= inode->size)
		return map_nothing(files, answer);
	answer->word[2] = inode->size - offset;
	if (length > inode->size - offset)
		length = inode->size - offset;
	if (inode->lower == 0)
		return map_window(files, session->inode, offset, length, answer);
	answer->handle = LOWER_HANDLE;
	answer->word[1] = inode->lower + offset;
	return 0;
}

/* ------------------------------------------------------------------ state */

int64_t file_seek(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	const struct inode *inode = inode_of(files, session);
	int64_t offset = request->word[1], base;

	(void)answer;
	switch (request->word[2]) {
	case SEEK_SET:
		base = 0;
		break;
	case SEEK_CUR:
		base = session->offset;
		break;
	case SEEK_END:
		if (S_ISDIR(inode->mode))
			return -EINVAL;
		base = inode->size;
		break;
	default:
		return -EINVAL;
	}
	if (S_ISCHR(inode->mode))
		return 0;
	if (__builtin_add_overflow(base, offset, &offset) || offset < 0)
		return -EINVAL;
	session->offset = offset;
	return offset;
}

int64_t file_get_flags(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	(void)files;
	(void)request;
	(void)answer;
	return session->flags;
}

int64_t file_set_flags(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	(void)files;
	(void)answer;
	session->flags = (session->flags & O_ACCMODE) | (request->word[1] & (O_APPEND | O_NONBLOCK));
	return 0;
}

/* Files and directories are always ready, so an event that came is never needed. */
int64_t file_poll(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	(void)files;
	(void)session;
	(void)answer;
	return request->word[1] & POLL_READY;
}

int64_t file_chmod(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	struct inode *inode = inode_of(files, session);

	(void)answer;
	publish32(&inode->mode, (inode->mode & S_IFMT) | (request->word[1] & 07777));
	inode_touch(files, session->inode, TIME_CHANGE);
	return 0;
}

int64_t file_set_times(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	(void)answer;
	inode_set_times(files, session->inode, request->word[1], request->word[2]);
	return 0;
}

int64_t file_no_terminal(struct files *files, struct session *session, const struct request *request,
	struct answer *answer)
{
	(void)files;
	(void)session;
	(void)request;
	(void)answer;
	return -ENOTTY;
}

/* ------------------------------------------------------------ what it is */

void inode_stat(const struct files *files, uint32_t n, struct curfew_stat *stat)
{
	const struct inode *inode = &files->inode[n];
	const struct inode_state *state = &files->inode_state[n];
	const struct inode_times *times = &inode->times[inode->current & 1];
	bool removed = state->names == 0 && n != ROOT_INODE;

	*stat = (struct curfew_stat){
		.inode = n,
		.size = inode->size,
		.blocks = (inode->lower ? (inode->size + FILES_PAGE - 1) / FILES_PAGE : state->pages) * (FILES_PAGE / 512),
		.mode = inode->mode,
		.links = state->names,
		.atime = times->access,
		.mtime = times->modify,
		.ctime = times->change,
		.device = FILES_DEVICE,
	};
	if (S_ISDIR(inode->mode)) {
		stat->size = state->entries * sizeof(struct name);
		stat->links = removed ? 0 : 2 + state->folders; /* its name, its `.`, their `..` */
	}
}

int64_t file_stat(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	(void)request;
	inode_stat(files, session->inode, (struct curfew_stat *)files->scratch);
	answer_with(answer, files->scratch, sizeof(struct curfew_stat));
	return 0;
}

int64_t file_statfs(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	struct curfew_statfs *statfs = (struct curfew_statfs *)files->scratch;

	(void)session;
	(void)request;
	inode_leave_limbo(files);
	*statfs = (struct curfew_statfs){
		.blocks = files->limit,
		.free_blocks = files->used < files->limit ? files->limit - files->used : 0,
		.files = files->inodes - 1,
		.free_files = files->inodes - 1 - files->inodes_used,
		.name = "files",
	};
	answer_with(answer, statfs, sizeof(*statfs));
	return 0;
}

/* ------------------------------------------------------------ directories */

/* Puts a record behind the others; false: there is no room. */
static bool add_record(struct files *files, size_t room, size_t *used, uint32_t inode, uint64_t next, const char *text,
	uint32_t length)
{
	size_t size = (sizeof(struct curfew_dirent) + length + 7) / 8 * 8;
	char *place = files->scratch + *used;

	if (size > room - *used)
		return false;
	memset(place + size - 8, 0, 8); /* the padding; what else is there comes now */
	*(struct curfew_dirent *)place = (struct curfew_dirent){ inode, next, size, length,
		files->inode[inode].mode & S_IFMT };
	memcpy(place + sizeof(struct curfew_dirent), text, length);
	*used += size;
	return true;
}

/* Positions: 0 is before `.`, 1 before `..`, 2 before the first name; behind a name its cookie. */
int64_t file_readdir(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	size_t room = request->in_size < sizeof(files->scratch) ? request->in_size : sizeof(files->scratch), used = 0;
	uint32_t directory = session->inode, n;
	uint64_t position = request->word[1];
	bool full = false;

	if (!S_ISDIR(inode_of(files, session)->mode))
		return -ENOTDIR;
	if (directory != ROOT_INODE && files->inode_state[directory].names == 0)
		return -ENOENT;
	if (position == 0 && !(full = !add_record(files, room, &used, directory, 1, ".", 1)))
		position = 1;
	if (position == 1 && !(full = !add_record(files, room, &used, files->inode_state[directory].parent, 2, "..", 2)))
		position = 2;
	n = full ? 0 : name_after(files, directory, position, session->hint);
	for (; n; n = files->name_state[n].next) {
		const struct name *name = &files->name[n];

		full = !add_record(files, room, &used, name_inode(files, n), files->name_state[n].cookie, name->text,
			name->length);
		if (full)
			break;
		position = files->name_state[n].cookie;
		session->hint = n;
	}
	if (used == 0 && full)
		return -EINVAL;
	answer->word[1] = position;
	return answer_with(answer, files->scratch, used);
}
