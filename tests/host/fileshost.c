/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file server on this machine (fileshost.h).
 */
#include "fileshost.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPIED 4096u /* bytes that the transport receives with a message */

void (*host_point)(void);
struct host_world host_world;
struct host *host_now;
const void *host_lower;
uint64_t host_lower_size;

/* The client of the call that is on. */
static const char *client_out;
static size_t client_out_length;
static char *client_in;
static size_t client_in_size, client_came;

/* --------------------------------------------------------------- platform */

static int populate(uint64_t offset, uint64_t length)
{
	if (host_world.populate_left == 0)
		return -ENOSPC;
	if (host_world.populate_left > 0)
		host_world.populate_left--;
	for (uint64_t done = 0; done < length; done += FILES_PAGE) {
		assert_int_equal(host_now->base[offset + done], 0);
		host_now->base[offset + done] = 0;
	}
	return 0;
}

static void discard(uint64_t offset, uint64_t length)
{
	if (host_point)
		host_point();
	if (madvise(host_now->base + offset, length, MADV_REMOVE) != 0)
		fail_msg("madvise");
}

static bool held(uint64_t offset, uint64_t length)
{
	host_world.looks++;
	return host_world.held;
}

static uint64_t now(void)
{
	return ++host_world.now;
}

static int session(uint64_t label)
{
	if (host_world.no_session)
		return host_world.no_session;
	host_world.label = label;
	return 100;
}

static void close_handle(int handle)
{
	assert_int_equal(handle, 100);
	host_world.closed++;
	session_closed(&host_now->files, host_world.label);
}

static int window(uint64_t offset, uint64_t length)
{
	assert_true(length && offset % FILES_PAGE == 0 && length % FILES_PAGE == 0);
	assert_true(offset >= host_now->files.data && offset + length <= arena_size(&host_now->geometry));
	host_world.windows++;
	host_world.window = offset;
	host_world.window_length = length;
	return 200;
}

static int fetch(uint64_t token, uint64_t offset, void *to, size_t length)
{
	if (host_world.gone)
		return -ESRCH;
	assert_true(token == 7 && offset <= client_out_length && length <= client_out_length - offset);
	memcpy(to, client_out + offset, length);
	return 0;
}

static void arrive(size_t offset, const void *from, size_t length)
{
	assert_true(offset <= client_in_size && length <= client_in_size - offset);
	memcpy(client_in + offset, from, length);
	if (client_came < offset + length)
		client_came = offset + length;
}

static int put(uint64_t token, uint64_t offset, const void *from, size_t length)
{
	if (host_world.gone)
		return -ESRCH;
	assert_int_equal(token, 7);
	host_world.puts++;
	arrive(offset, from, length);
	return 0;
}

static const struct platform platform = { populate, discard, held, now, session, close_handle, window, fetch, put };

/* ------------------------------------------------------------------ server */

int host_make_lower(void **state)
{
	char name[64], command[256];
	struct stat stat;
	int fd;

	if (host_lower)
		return 0;
	snprintf(name, sizeof(name), "build/host/tests/files.%d.cpio", (int)getpid());
	snprintf(command, sizeof(command), "scripts/mkinitrd %s bin/tool=scripts/mkinitrd lib/empty=/dev/null", name);
	if (system(command) != 0)
		return 1;
	fd = open(name, O_RDONLY);
	unlink(name);
	if (fd < 0 || fstat(fd, &stat) != 0)
		return 1;
	host_lower_size = stat.st_size;
	host_lower = mmap(NULL, stat.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	return host_lower == MAP_FAILED;
}

struct host *host_create(const struct geometry *geometry, uint64_t limit)
{
	struct host *host = calloc(1, sizeof(*host));

	host->geometry = *geometry;
	host->limit = limit;
	host->fd = memfd_create("arena", 0);
	if (host->fd < 0 || ftruncate(host->fd, arena_size(geometry)) != 0)
		fail_msg("no arena");
	host->base = mmap(NULL, arena_size(geometry), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, host->fd, 0);
	if (host->base == MAP_FAILED)
		fail_msg("no room for the arena");
	return host;
}

void host_destroy(struct host *host)
{
	munmap(host->base, arena_size(&host->geometry));
	close(host->fd);
	free(host);
}

int host_start(struct host *host)
{
	host_now = host;
	memset(&host_world, 0, sizeof(host_world));
	host_world.now = 1000;
	host_world.populate_left = -1;
	/* What a server's memory had is gone. */
	memset(&host->files, 0xa5, sizeof(host->files));
	return files_start(&host->files, &platform, host->base, &host->geometry, host_lower, host_lower_size, host->limit);
}

/* ------------------------------------------------------------------ client */

int64_t host_call(uint64_t label, uint64_t operation, uint64_t a, uint64_t b, uint64_t c, const void *bytes, size_t length,
	void *room, size_t size, struct host_answer *out)
{
	size_t copied = length < COPIED ? length : COPIED;
	struct request request = { .word = { operation, a, b, c }, .label = label, .token = 7, .out_length = length,
		.copied = copied, .in_size = size };
	struct answer answer;
	char *buffer = malloc(copied ? copied : 1); /* of just that size: the sanitizer sees a read past the end */

	memcpy(buffer, copied ? bytes : "", copied);
	request.bytes = buffer;
	client_out = bytes;
	client_out_length = length;
	client_in = room;
	client_in_size = size;
	client_came = 0;
	files_dispatch(&host_now->files, &request, &answer);
	free(buffer);
	if (answer.out_length)
		arrive(0, answer.out, answer.out_length < size ? answer.out_length : size);
	if (out) {
		memcpy(out->word, answer.word, sizeof(out->word));
		out->came = client_came;
		out->handle = answer.handle;
		out->rights = answer.rights;
	}
	return (int64_t)answer.word[0];
}

int64_t h_open(uint64_t at, const char *path, uint64_t flags, uint64_t mode)
{
	struct host_answer answer;
	char name[16];
	int64_t result = host_call(at, CURFEW_FILE_OPEN, flags, mode, 0, path, strlen(path), name, sizeof(name), &answer);

	if (result)
		return result;
	assert_true(answer.handle == 100 && answer.rights == HANDLE_SESSION);
	return host_world.label;
}

void h_close(uint64_t label)
{
	session_closed(&host_now->files, label);
}

int64_t h_read(uint64_t file, void *to, size_t length, uint64_t offset)
{
	struct host_answer answer;
	int64_t result = host_call(file, CURFEW_FILE_READ, length, offset, 0, NULL, 0, to, length, &answer);

	if (result >= 0)
		assert_int_equal(answer.came, result);
	return result;
}

int64_t h_write(uint64_t file, const void *from, size_t length, uint64_t offset)
{
	return host_call(file, CURFEW_FILE_WRITE, length, offset, 0, from, length, NULL, 0, NULL);
}

int64_t h_seek(uint64_t file, int64_t offset, int whence)
{
	return host_call(file, CURFEW_FILE_SEEK, offset, whence, 0, NULL, 0, NULL, 0, NULL);
}

int64_t h_truncate(uint64_t file, uint64_t size)
{
	return host_call(file, CURFEW_FILE_TRUNCATE, size, 0, 0, NULL, 0, NULL, 0, NULL);
}

int64_t h_path(uint64_t at, uint64_t operation, const char *path, uint64_t word)
{
	return host_call(at, operation, word, 0, 0, path, strlen(path), NULL, 0, NULL);
}

int64_t h_paths(uint64_t at, uint64_t operation, const char *old, const char *new)
{
	char both[2 * PATH_LENGTH + 2];
	size_t length = snprintf(both, sizeof(both), "%s%s", old, new);

	return host_call(at, operation, strlen(old), 0, 0, both, length, NULL, 0, NULL);
}

int64_t h_stat(uint64_t file, struct curfew_stat *stat)
{
	return host_call(file, CURFEW_FILE_STAT, 0, 0, 0, NULL, 0, stat, sizeof(*stat), NULL);
}

int64_t h_stat_at(uint64_t at, const char *path, struct curfew_stat *stat)
{
	return host_call(at, CURFEW_FILE_STAT_AT, 0, 0, 0, path, strlen(path), stat, sizeof(*stat), NULL);
}

int64_t h_map(uint64_t file, uint64_t offset, uint64_t length, int prot, struct host_answer *answer)
{
	return host_call(file, CURFEW_FILE_MAP, offset, length, prot, NULL, 0, NULL, 0, answer);
}

struct curfew_statfs h_statfs(void)
{
	struct curfew_statfs statfs;

	assert_int_equal(host_call(HOST_ROOT, CURFEW_FILE_STATFS, 0, 0, 0, NULL, 0, &statfs, sizeof(statfs), NULL), 0);
	return statfs;
}

/* ----------------------------------------------------------------- checks */

static void verify_names(const struct files *files)
{
	uint32_t live = 0, listed = 0, slots = 0;

	for (uint32_t n = 1; n < files->super->names_touched; n++) {
		const struct name *name = &files->name[n];

		if (name->link == 0)
			continue;
		live++;
		assert_int_equal(LINK_REPLACES(name->link), 0);
		assert_int_equal(name_find(files, name->parent, name->text, name->length), n);
	}
	for (uint32_t n = files->name_free; n; n = files->name_state[n].chain) {
		assert_int_equal(files->name[n].link, 0);
		slots++;
	}
	for (uint32_t n = ROOT_INODE; n < files->super->inodes_touched; n++) {
		uint32_t entries = 0;
		uint64_t cookie = 0;

		if (!S_ISDIR(files->inode[n].mode))
			continue;
		for (uint32_t i = files->inode_state[n].first; i; i = files->name_state[i].next, entries++) {
			assert_true(files->name_state[i].cookie > cookie && files->name[i].parent == n);
			cookie = files->name_state[i].cookie;
		}
		assert_int_equal(entries, files->inode_state[n].entries);
		listed += entries;
	}
	assert_int_equal(live, listed);
	assert_int_equal(live + slots, files->super->names_touched - 1);
}

/* Pages of a window: their bits, and whether they have memory. */
static uint32_t verify_pages(struct host *host, uint32_t n)
{
	const struct files *files = &host->files;
	uint32_t pages = files->window / FILES_PAGE, set = 0;
	unsigned char *resident = malloc(pages);

	if (mincore(host->base + arena_place(files, n), files->window, resident) != 0)
		fail_msg("mincore");
	for (uint32_t page = 0; page < pages; page++) {
		bool bit = files->bits[(uint64_t)(page / WORD_PAGES) * files->inodes + n] >> page % WORD_PAGES & 1;

		set += bit;
		if (resident[page] & 1 && !bit)
			fail_msg("inode %u: page %u has memory, and no bit", n, page);
		if (bit && page >= files->inode[n].extent)
			fail_msg("inode %u: page %u is above the extent", n, page);
		if (bit && !files->inode[n].mapped && page >= (files->inode[n].size + FILES_PAGE - 1) / FILES_PAGE)
			fail_msg("inode %u: page %u is behind the end", n, page);
	}
	free(resident);
	if (files->inode[n].lower)
		assert_int_equal(set, 0);
	assert_int_equal(set, files->inode_state[n].pages);
	return set;
}

void host_verify(struct host *host)
{
	const struct files *files = &host->files;
	uint32_t live = 0, idle = 0, limbo = 0;
	uint64_t used = 0;

	host_now = host;
	verify_names(files);
	for (uint32_t n = ROOT_INODE; n < files->super->inodes_touched; n++) {
		if (files->inode[n].mode)
			live++;
		else
			assert_int_equal(files->inode[n].extent, 0);
		used += verify_pages(host, n);
	}
	for (uint32_t n = files->inode_free; n; n = files->inode_state[n].next, idle++)
		assert_int_equal(files->inode[n].mode, 0);
	for (uint32_t n = files->inode_limbo; n; n = files->inode_state[n].next) { /* a circle */
		assert_true(files->inode[n].mode != 0 && files->inode_state[n].names == 0 && limbo < live);
		limbo++;
		if (files->inode_state[n].next == files->inode_limbo)
			break;
	}
	assert_int_equal(live, files->inodes_used);
	assert_int_equal(live + idle, files->super->inodes_touched - ROOT_INODE);
	assert_int_equal(used, files->used);
	for (uint32_t n = ROOT_INODE + 1; n < files->super->inodes_touched; n++)
		limbo -= files->inode[n].mode && !files->inode_state[n].names && !files->inode_state[n].opens;
	assert_int_equal(limbo, 0); /* nothing is lost */
}

static bool same_data(struct host *one, uint32_t a, struct host *other, uint32_t b, uint64_t size)
{
	for (uint64_t at = 0; at < size; at += FILES_PAGE) {
		static const char zero[FILES_PAGE];
		uint64_t n = size - at < FILES_PAGE ? size - at : FILES_PAGE;
		bool there_a = true, there_b = true;

		if (one->files.inode[a].lower == 0)
			block_run(&one->files, a, at, n, &there_a);
		if (other->files.inode[b].lower == 0)
			block_run(&other->files, b, at, n, &there_b);
		if (memcmp(there_a ? inode_data(&one->files, a) + at : zero, there_b ? inode_data(&other->files, b) + at : zero, n))
			return false;
	}
	return true;
}

static const char *differ_in(struct host *one, uint32_t a, struct host *other, uint32_t b)
{
	static char path[300];
	const struct files *files = &one->files;

	if (one->files.inode_state[a].entries != other->files.inode_state[b].entries)
		return "entries";
	for (uint32_t n = files->inode_state[a].first; n; n = files->name_state[n].next) {
		const struct name *name = &files->name[n];
		uint32_t x = name_inode(files, n), m = name_find(&other->files, b, name->text, name->length), y;
		struct curfew_stat s, t;
		const char *differs;

		snprintf(path, sizeof(path), "%.*s", name->length, name->text);
		if (m == 0)
			return path;
		y = name_inode(&other->files, m);
		inode_stat(files, x, &s);
		inode_stat(&other->files, y, &t);
		if (s.mode != t.mode || s.links != t.links || s.size != t.size)
			return path;
		if (S_ISREG(s.mode) && !same_data(one, x, other, y, s.size))
			return path;
		differs = S_ISDIR(s.mode) ? differ_in(one, x, other, y) : NULL;
		if (differs)
			return differs;
	}
	return NULL;
}

const char *host_differ(struct host *one, struct host *other)
{
	return differ_in(one, ROOT_INODE, other, ROOT_INODE);
}
