/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot/initrd.c: archives made here, cut at every byte, and with every byte changed.
 */
#include <stdio.h>
#include <stdlib.h>
#include "support.h"
#include "boot/initrd.h"

static char archive[2048];
static size_t length;

static void add(const char *name, unsigned mode, const char *data, size_t zeroes)
{
	length += sprintf(archive + length, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 1, mode, 0, 0, 1,
			  0, strlen(data), 0, 0, 0, 0, strlen(name) + 1, 0);
	length += sprintf(archive + length, "%s", name) + 1;
	length = (length + 3) / 4 * 4;
	length += sprintf(archive + length, "%s", data);
	length = (length + 3) / 4 * 4 + zeroes;
}

static int make(void **state)
{
	memset(archive, 0, sizeof(archive));
	length = 0;
	add("bin", 0040755, "", 0);
	add("bin/init.old", 0100755, "wrong", 8);
	add("bin/init", 0100755, "program", 0);
	add("etc/x", 0100644, "x", 4);
	add("TRAILER!!!", 0, "", 0);
	return 0;
}

static void finding(void **state)
{
	uint64_t offset, size;

	assert_true(initrd_find(archive, length, "bin/init", &offset, &size));
	assert_int_equal(size, 7);
	assert_memory_equal(archive + offset, "program", 7);
	assert_true(initrd_find(archive, length, "etc/x", &offset, &size));
	assert_false(initrd_find(archive, length, "bin", &offset, &size));  /* a folder */
	assert_false(initrd_find(archive, length, "none", &offset, &size));
	assert_false(initrd_find(archive, 0, "bin/init", &offset, &size));
	assert_false(initrd_find("\177ELF", 4, "bin/init", &offset, &size));
}

/* Cut anywhere, in memory of just that size, so that the sanitizer sees a read past the end. */
static void cut(void **state)
{
	for (size_t n = 0; n <= length; n++) {
		char *copy = malloc(n ? n : 1);
		uint64_t offset, size;

		memcpy(copy, archive, n);
		if (initrd_find(copy, n, "bin/init", &offset, &size))
			assert_true(offset <= n && size <= n - offset);
		free(copy);
	}
}

static void changed(void **state)
{
	for (size_t i = 0; i < length; i++) {
		for (unsigned byte = 0; byte < 256; byte += 5) {
			char *copy = malloc(length);
			uint64_t offset, size;

			memcpy(copy, archive, length);
			copy[i] = byte;
			if (initrd_find(copy, length, "bin/init", &offset, &size))
				assert_true(offset <= length && size <= length - offset);
			free(copy);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(finding, make), cmocka_unit_test_setup(cut, make),
		cmocka_unit_test_setup(changed, make),
	};

	return cmocka_run_group_tests_name("initrd", tests, NULL, NULL);
}
