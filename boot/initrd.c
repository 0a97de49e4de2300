/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A newc entry: 110 bytes of header (magic "070701", then 13 numbers of 8 hexadecimal digits), the name with its NUL,
 * padding to 4 bytes, the data, padding to 4 bytes.  Between entries there may be zero bytes, 4 at a time.
 */
#include "boot/initrd.h"
#include "kernel/string.h"

#define HEADER    110
#define MODE      14 /* offsets of the fields that are used */
#define FILE_SIZE 54
#define NAME_SIZE 94
#define S_IFMT    0170000
#define S_IFREG   0100000

/* A field of 8 hexadecimal digits; false: it has others. */
static bool field(const char *p, uint64_t *value)
{
	*value = 0;
	for (unsigned i = 0; i < 8; i++) {
		unsigned c = (uint8_t)p[i], digit;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (c | 0x20) - 'a' + 10;
		else
			return false;
		*value = *value << 4 | digit;
	}
	return true;
}

static uint64_t round4(uint64_t n)
{
	return (n + 3) & ~3ull;
}

bool initrd_find(const void *archive, uint64_t size, const char *name, uint64_t *offset, uint64_t *length)
{
	const char *base = archive;
	uint64_t at = 0, mode, file_size, name_size, data;

	while (size >= HEADER && at <= size - HEADER) {
		const char *h = base + at;

		if (!memcmp(h, "\0\0\0", 4)) {
			at += 4;
			continue;
		}
		if (memcmp(h, "070701", 6) || !field(h + MODE, &mode) || !field(h + FILE_SIZE, &file_size) ||
		    !field(h + NAME_SIZE, &name_size))
			return false;
		data = round4(at + HEADER + name_size);
		if (name_size == 0 || data > size || file_size > size - data || h[HEADER + name_size - 1])
			return false;
		if ((mode & S_IFMT) == S_IFREG && !strcmp(h + HEADER, name)) {
			*offset = data;
			*length = file_size;
			return true;
		}
		at = round4(data + file_size);
	}
	return false;
}
