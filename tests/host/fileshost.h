/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_FILESHOST_H
#define HOST_FILESHOST_H
/*
 * The file server's logic on this machine: an arena in a shared sparse file of memory, a platform that counts what it is
 * asked, and a client.  Included before everything else, also in the server's files: every publish32() and publish64() calls
 * the hook, so that a test can end the server there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

extern void (*host_point)(void);
#define PUBLISH_POINT() do { if (host_point) host_point(); } while (0)

#include <curfew/file.h>
#include "user/server/files/files.h"

/* A server, its arena, and what its platform does. */
struct host {
	struct files files;
	int fd;
	char *base;
	struct geometry geometry;
	uint64_t limit;
};

#define HOST_ROOT CURFEW_LABEL_SUPERVISOR /* a label of the root directory */

/* What the platform was asked, and shall answer. */
extern struct host_world {
	uint64_t now;
	int no_session;             /* an error for session() */
	int populate_left;          /* calls of populate() until it fails; -1: never */
	bool held;
	unsigned looks; /* how often held() was asked */
	bool gone;                  /* the client: fetch() and put() fail */
	uint64_t label;             /* last one given to session() */
	uint64_t window, window_length;
	unsigned windows, closed, puts;
} host_world;

/* The initrd of these tests, made by scripts/mkinitrd: tool, /dev, user/root. */
extern const void *host_lower;
extern uint64_t host_lower_size;
int host_make_lower(void **state);

/* A new arena of this geometry; no server yet. */
struct host *host_create(const struct geometry *geometry, uint64_t limit);
void host_destroy(struct host *host);
/* A server starts on it, as after the death of the one before. */
int host_start(struct host *host);
/* The server that is current in the calls below. */
extern struct host *host_now;

/* One message; the result, and the answer's words and handle. */
struct host_answer {
	uint64_t word[8];
	size_t came;
	int handle;
	uint32_t rights;
};
int64_t host_call(uint64_t label, uint64_t operation, uint64_t a, uint64_t b, uint64_t c, const void *bytes, size_t length,
	void *room, size_t size, struct host_answer *answer);

/* What a client does.  Results as the server's; h_open() gives a label, which is positive. */
int64_t h_open(uint64_t at, const char *path, uint64_t flags, uint64_t mode);
void h_close(uint64_t label);
int64_t h_read(uint64_t file, void *to, size_t length, uint64_t offset);
int64_t h_write(uint64_t file, const void *from, size_t length, uint64_t offset);
int64_t h_seek(uint64_t file, int64_t offset, int whence);
int64_t h_truncate(uint64_t file, uint64_t size);
int64_t h_path(uint64_t at, uint64_t operation, const char *path, uint64_t word);
int64_t h_paths(uint64_t at, uint64_t operation, const char *old, const char *new);
int64_t h_stat(uint64_t file, struct curfew_stat *stat);
int64_t h_stat_at(uint64_t at, const char *path, struct curfew_stat *stat);
int64_t h_map(uint64_t file, uint64_t offset, uint64_t length, int prot, struct host_answer *answer);
struct curfew_statfs h_statfs(void);

/* All that holds between operations: counts, lists, and no page without its bit. */
void host_verify(struct host *host);
/* Two trees are the same: names, modes, links, sizes, contents.  A path where they differ, or NULL. */
const char *host_differ(struct host *one, struct host *other);

/* xorshift64*: *state is not 0. */
static inline uint64_t host_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

#endif
