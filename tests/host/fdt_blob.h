/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_FDT_BLOB_H
#define HOST_FDT_BLOB_H
/*
 * Device trees for tests: read from files that dtc has made, or written token by token where dtc would refuse.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The file build/host/tests/NAME.dtb, in a block of the heap that ends where it ends. */
static inline uint8_t *blob_load(const char *name, size_t *size)
{
	char path[256];
	FILE *f;
	uint8_t *blob;
	long n;

	snprintf(path, sizeof(path), "build/host/tests/%s.dtb", name);
	f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END) || (n = ftell(f)) <= 0) {
		perror(path);
		exit(1);
	}
	rewind(f);
	blob = malloc((size_t)n);
	if (fread(blob, 1, (size_t)n, f) != (size_t)n)
		exit(1);
	fclose(f);
	*size = (size_t)n;
	return blob;
}

static inline void put_be32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* A writer.  Strings begin at 64, are never shared; the structure block follows when the blob is finished. */
struct blob {
	uint8_t structs[16384], strings[4096], out[24576];
	uint32_t structs_n, strings_n;
};

static inline void blob_u32(struct blob *b, uint32_t v)
{
	assert(b->structs_n + 4 <= sizeof(b->structs));
	put_be32(b->structs + b->structs_n, v);
	b->structs_n += 4;
}

static inline void blob_bytes(struct blob *b, const void *bytes, uint32_t n)
{
	assert(b->structs_n + n + 3 <= sizeof(b->structs));
	memcpy(b->structs + b->structs_n, bytes, n);
	b->structs_n += n;
	while (b->structs_n % 4)
		b->structs[b->structs_n++] = 0;
}

static inline void blob_begin(struct blob *b, const char *name)
{
	blob_u32(b, 1);
	blob_bytes(b, name, (uint32_t)strlen(name) + 1);
}

static inline void blob_end(struct blob *b)
{
	blob_u32(b, 2);
}

static inline void blob_prop(struct blob *b, const char *name, const void *bytes, uint32_t n)
{
	blob_u32(b, 3);
	blob_u32(b, n);
	blob_u32(b, b->strings_n);
	assert(b->strings_n + strlen(name) + 1 <= sizeof(b->strings));
	memcpy(b->strings + b->strings_n, name, strlen(name) + 1);
	b->strings_n += (uint32_t)strlen(name) + 1;
	blob_bytes(b, bytes, n);
}

static inline void blob_string(struct blob *b, const char *name, const char *value)
{
	blob_prop(b, name, value, (uint32_t)strlen(value) + 1);
}

static inline void blob_cells(struct blob *b, const char *name, const uint32_t *cells, unsigned n)
{
	uint8_t bytes[1024];

	assert(n <= 256);
	for (unsigned i = 0; i < n; i++)
		put_be32(bytes + 4 * i, cells[i]);
	blob_prop(b, name, bytes, 4 * n);
}
#define CELLS(b, name, ...) \
	blob_cells(b, name, (const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

/* Adds FDT_END and puts the parts together; the reservation block is empty.  Returns the size; the blob is b->out. */
static inline uint32_t blob_finish(struct blob *b)
{
	uint32_t structs = 64 + ((b->strings_n + 3) & ~3u), total;

	blob_u32(b, 9);
	total = structs + b->structs_n;
	assert(total <= sizeof(b->out));
	memset(b->out, 0, 64);
	put_be32(b->out, 0xd00dfeed);
	put_be32(b->out + 4, total);
	put_be32(b->out + 8, structs);
	put_be32(b->out + 12, 64);
	put_be32(b->out + 16, 40);
	put_be32(b->out + 20, 17);
	put_be32(b->out + 24, 16);
	put_be32(b->out + 32, b->strings_n);
	put_be32(b->out + 36, b->structs_n);
	memcpy(b->out + 64, b->strings, b->strings_n);
	memcpy(b->out + structs, b->structs, b->structs_n);
	return total;
}

#endif
