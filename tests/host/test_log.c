/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kernel/log.c: the ring and its positions, and what reaches the console.
 */
#include "support.h"
#include "arch/arm64/cpu.h"
#include "arch/arm64/devices.h"
#include "kernel/log.h"

static char console[1 << 20];
static size_t console_n;
static char text[1 << 20]; /* all that was logged */
static size_t text_n;

void uart_write(const char *bytes, size_t n)
{
	assert_true(n <= sizeof(console) - console_n);
	memcpy(console + console_n, bytes, n);
	console_n += n;
}

static void log_line(unsigned i)
{
	text_n += ksnprintf(text + text_n, sizeof(text) - text_n, "line %u of the test\n", i);
	kprintf("line %u of the test\n", i);
}

static void nothing_at_first(void **state)
{
	uint64_t pos = 0;
	char buf[16];

	assert_int_equal(log_read(buf, sizeof(buf), &pos), 0);
	pos = 1000;
	assert_int_equal(log_read(buf, sizeof(buf), &pos), 0);
	assert_int_equal(pos, 1000);
}

static void reads_what_was_logged(void **state)
{
	uint64_t pos = 0;
	char buf[16];

	for (unsigned i = 0; i < 100; i++)
		log_line(i);
	for (size_t done = 0; done < text_n; done += sizeof(buf)) {
		size_t want = text_n - done < sizeof(buf) ? text_n - done : sizeof(buf);

		pos = done;
		assert_int_equal(log_read(buf, sizeof(buf), &pos), want);
		assert_int_equal(pos, done);
		assert_memory_equal(buf, text + done, want);
	}
	assert_int_equal(console_n, text_n);
	assert_memory_equal(console, text, text_n);
}

static void the_oldest_is_overwritten(void **state)
{
	static char all[65536];

	for (unsigned i = 0; i < 5000; i++) {
		uint64_t pos = 0;
		size_t n;

		log_line(i);
		n = log_read(all, sizeof(all), &pos);
		assert_int_equal(pos + n, text_n);
		assert_int_equal(pos, text_n > 32768 ? text_n - 32768 : 0);
		assert_memory_equal(all, text + pos, n);
	}
}

static void quiet_keeps_the_console_clean(void **state)
{
	size_t before = console_n;
	uint64_t pos = text_n;
	char buf[64];

	log_set_quiet(true);
	log_line(1);
	log_write("user", 4);
	memcpy(text + text_n, "user", 4);
	text_n += 4;
	assert_int_equal(console_n, before);
	assert_int_equal(log_read(buf, sizeof(buf), &pos), text_n - pos);
	log_set_quiet(false);
}

static void a_long_line_is_cut(void **state)
{
	uint64_t pos = text_n;
	char buf[1024];
	size_t n;

	kprintf("%s%600d", "x", 1);
	n = log_read(buf, sizeof(buf), &pos);
	assert_int_equal(n, 511);
	assert_int_equal(buf[0], 'x');
	assert_int_equal(buf[n - 1], '\n');
}

/* Last: there is no way back. */
static void panic_prints_without_the_lock(void **state)
{
	size_t before;

	log_set_quiet(true);
	before = console_n;
	log_panic();
	kprintf("last words\n");
	kprintf("and more\n");
	assert_int_equal(console_n - before, 20);
}

static int start(void **state)
{
	host_current = (struct thread *)&host_current; /* anybody */
	return 0;
}

_Thread_local struct thread *host_current;
_Thread_local uint64_t host_irqs_masked;

void preempt_reschedule(void)
{
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_at_first),
		cmocka_unit_test(reads_what_was_logged),
		cmocka_unit_test(the_oldest_is_overwritten),
		cmocka_unit_test(quiet_keeps_the_console_clean),
		cmocka_unit_test(a_long_line_is_cut),
		cmocka_unit_test(panic_prints_without_the_lock),
	};

	return cmocka_run_group_tests_name("log", tests, start, NULL);
}
