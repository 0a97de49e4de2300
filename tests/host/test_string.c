/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kernel/string.c, under other names, against the host's own.
 */
#include "support.h"

#define memcmp  k_memcmp
#define strlen  k_strlen
#define strnlen k_strnlen
#define strlcpy k_strlcpy
#define strcmp  k_strcmp
#define strncmp k_strncmp
#include "kernel/string.c"
#undef memcmp
#undef strlen
#undef strnlen
#undef strlcpy
#undef strcmp
#undef strncmp

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static void comparing(void **state)
{
	static const char *const word[] = { "", "a", "b", "ab", "abc", "abd", "abcdefgh", "\x80", "\xff" };
	unsigned n = sizeof(word) / sizeof(word[0]);

	for (unsigned i = 0; i < n; i++) {
		for (unsigned j = 0; j < n; j++) {
			assert_int_equal(sign(k_strcmp(word[i], word[j])), sign(strcmp(word[i], word[j])));
			for (size_t k = 0; k < 10; k++)
				assert_int_equal(sign(k_strncmp(word[i], word[j], k)), sign(strncmp(word[i], word[j], k)));
		}
	}
	assert_true(k_memcmp("a\0b", "a\0c", 3) < 0);
	assert_true(k_memcmp("\xff", "\x01", 1) > 0);
	assert_int_equal(k_memcmp("ab", "ac", 1), 0);
	assert_int_equal(k_memcmp("a", "b", 0), 0);
}

static void lengths(void **state)
{
	assert_int_equal(k_strlen(""), 0);
	assert_int_equal(k_strlen("four"), 4);
	assert_int_equal(k_strnlen("four", 9), 4);
	assert_int_equal(k_strnlen("four", 3), 3);
	assert_int_equal(k_strnlen((const char[]){ 'x', 'y' }, 2), 2);
}

static void copying(void **state)
{
	char buf[8];

	memset(buf, 'x', sizeof(buf));
	assert_int_equal(k_strlcpy(buf, "abc", 0), 3);
	assert_int_equal(buf[0], 'x');
	assert_int_equal(k_strlcpy(buf, "abcdef", 4), 6);
	assert_memory_equal(buf, "abc\0xxxx", 8);
	assert_int_equal(k_strlcpy(buf, "abc", 4), 3);
	assert_string_equal(buf, "abc");
	assert_int_equal(k_strlcpy(buf, "", 1), 0);
	assert_string_equal(buf, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparing),
		cmocka_unit_test(lengths),
		cmocka_unit_test(copying),
	};

	return cmocka_run_group_tests_name("string", tests, NULL, NULL);
}
