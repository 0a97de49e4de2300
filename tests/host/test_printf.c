/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kernel/printf.c: what it promises, against the host's snprintf where both know the format.
 */
#include <stdio.h>
#include "support.h"
#include "kernel/log.h"

#define SAME(fmt, ...) do { \
	char ours[128], theirs[128]; \
	size_t n = ksnprintf(ours, sizeof(ours), fmt, __VA_ARGS__); \
	assert_int_equal(n, snprintf(theirs, sizeof(theirs), fmt, __VA_ARGS__)); \
	assert_string_equal(ours, theirs); \
} while (0)

#define GIVES(text, ...) do { \
	char ours[128]; \
	assert_int_equal(ksnprintf(ours, sizeof(ours), __VA_ARGS__), strlen(text)); \
	assert_string_equal(ours, text); \
} while (0)

/* Formats that the compiler would refuse. */
static size_t unchecked(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = kvsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

static void numbers(void **state)
{
	static const int64_t values[] = { 0, 1, -1, 9, 10, -10, 42, 255, 65536, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN };

	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		int32_t v = (int32_t)values[i];
		long l = values[i];

		SAME("%d|%5d|%-5d|%05d", v, v, v, v);
		SAME("%u|%12u|%-12u|%012u", v, v, v, v);
		SAME("%x|%10x|%-10x|%010x", v, v, v, v);
		SAME("%ld|%25ld|%-25ld|%025ld", l, l, l, l);
		SAME("%lu|%lx|%020lx|%-20lx|", l, l, l, l);
		SAME("%zu|%zx|%lld|%llu", (size_t)l, (size_t)l, (long long)l, (unsigned long long)l);
		SAME("%*d|%-*d|%0*d", 7, v, 7, v, 7, v);
	}
}

static void strings_and_characters(void **state)
{
	SAME("%s|%10s|%-10s|%s", "abc", "abc", "abc", "");
	SAME("%.2s|%.9s|%.0s|%-5.2s|%5.2s", "abc", "abc", "abc", "abc", "abc");
	SAME("%.*s|%*s", 2, "abc", 5, "abc");
	SAME("%c%c%3c%-3c|", 'a', 'b', 'c', 'd');
	SAME("100%% of %s", "it");
	GIVES("no end", "%.6s", (const char[]){ 'n', 'o', ' ', 'e', 'n', 'd' });
}

static void pointers(void **state)
{
	GIVES("0x0000000000000000", "%p", (void *)0);
	GIVES("0xffffffff80001234", "%p", (void *)0xffffffff80001234);
}

static void the_end_of_the_buffer(void **state)
{
	char buf[8];

	memset(buf, 'x', sizeof(buf));
	assert_int_equal(ksnprintf(buf, 4, "%s", "abcdefgh"), 8);
	assert_memory_equal(buf, "abc\0xxxx", 8);
	assert_int_equal(ksnprintf(buf, 1, "%d", 12345), 5);
	assert_memory_equal(buf, "\0bc\0xxxx", 8);
	assert_int_equal(ksnprintf(NULL, 0, "%5d", 1), 5);
	assert_int_equal(ksnprintf(buf, 8, "%s", "1234567"), 7);
	assert_string_equal(buf, "1234567");
	assert_int_equal(ksnprintf(buf, 8, "%1000d", 1), 1000);
	assert_string_equal(buf, "       ");
}

static void what_the_compiler_would_refuse(void **state)
{
	char buf[64];

	unchecked(buf, sizeof(buf), "%-05d|", 42); /* - wins */
	assert_string_equal(buf, "42   |");
	unchecked(buf, sizeof(buf), "%s", NULL);
	assert_string_equal(buf, "(null)");
}

static void unknown_formats_show(void **state)
{
	char buf[64];

	assert_int_equal(unchecked(buf, sizeof(buf), "a%qb %d", 7), 6);
	assert_string_equal(buf, "a%qb 7");
	unchecked(buf, sizeof(buf), "end %");
	assert_string_equal(buf, "end %");
	unchecked(buf, sizeof(buf), "end %-08l");
	assert_string_equal(buf, "end %-08l");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(strings_and_characters),
		cmocka_unit_test(pointers),
		cmocka_unit_test(the_end_of_the_buffer),
		cmocka_unit_test(what_the_compiler_would_refuse),
		cmocka_unit_test(unknown_formats_show),
	};

	return cmocka_run_group_tests_name("printf", tests, NULL, NULL);
}
