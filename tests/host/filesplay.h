/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_HOST_FILESPLAY_H
#define TESTS_HOST_FILESPLAY_H
/*
 * What tests of the file server's parts begin and end with, and ask.  For the one file of a test program.
 */
#include "fileshost.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/lib/initrd.h"

#define ROOT HOST_ROOT
#define HERE CURFEW_FILE_HERE

static const struct geometry small = { 64, 96, 1 << 20 };

static inline int begin(void **state)
{
	struct host *host = host_create(&small, 128);

	*state = host;
	return host_start(host);
}

static inline int end(void **state)
{
	host_verify(*state);
	host_destroy(*state);
	return 0;
}

/* A file with these bytes. */
static inline uint64_t make(const char *path, const char *text)
{
	int64_t file = h_open(ROOT, path, O_CREAT | O_RDWR | O_EXCL, 0644);

	assert_true(file > 0);
	assert_int_equal(h_write(file, text, strlen(text), 0), strlen(text));
	return file;
}

static inline uint64_t used(void)
{
	struct curfew_statfs statfs = h_statfs();

	return statfs.blocks - statfs.free_blocks;
}

static inline uint64_t inodes(void)
{
	struct curfew_statfs statfs = h_statfs();

	return statfs.files - statfs.free_files;
}


#endif
