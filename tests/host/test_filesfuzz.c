/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of any kind to the file server: random operations, words, sizes, labels and bytes, more or less near to what
 * fits, under the sanitizers.  Buffers have just the sizes that the message names.  All that holds between operations holds after
 * them, and after another start.  SEED=n in the environment: only that seed.
 */
#include "fileshost.h"

#include <fcntl.h>
#include <stdlib.h>

#define LABELS 64

static const struct geometry geometry = { 48, 64, 256 << 10 };
static uint64_t seed;
static uint64_t label[LABELS];

static unsigned pick(unsigned n)
{
	return host_random(&seed) % n;
}

static uint64_t any_word(void)
{
	static const uint64_t words[] = { 0, 1, 2, 3, 4, 5, 7, 8, 4095, 4096, 65536, 262143, 262144, 1ull << 31, 1ull << 32, INT64_MAX,
		1ull << 63, UINT64_MAX, UINT64_MAX - 4095, CURFEW_FILE_HERE, O_CREAT, O_CREAT | O_RDWR, O_RDWR | O_TRUNC };

	switch (pick(6)) {
	case 0:
		return host_random(&seed);
	case 1:
	case 2:
		return pick(300000);
	case 3:
		return O_CREAT | O_RDWR;
	default:
		return words[pick(sizeof(words) / sizeof(words[0]))];
	}
}

static uint64_t any_label(void)
{
	switch (pick(12)) {
	case 0:
		return host_random(&seed);
	case 1:
		return label[pick(LABELS)] ^ 1ull << pick(64);
	case 2:
	case 3:
	case 4:
		return HOST_ROOT | pick(3);
	default:
		return label[pick(LABELS)];
	}
}

/* Bytes that may be a path, or two. */
static void any_bytes(char *bytes, size_t length)
{
	static const char *const parts[] = { "a", "b", "/", "//", ".", "..", "/a", "/b", "bin/tool", "dev/zero", "dev/tty", "README.txt" };

	for (size_t at = 0; at < length;) {
		const char *part = parts[pick(12)];
		size_t n = strlen(part);

		if (pick(20) == 0)
			bytes[at++] = pick(256);
		else if (n <= length - at) {
			memcpy(bytes + at, part, n);
			at += n;
		} else
			bytes[at++] = 'a' + pick(2);
		if (pick(6) == 0) {
			memset(bytes + at, bytes[at - 1], length - at);
			return;
		}
	}
}

static uint64_t any_operation(void)
{
	switch (pick(10)) {
	case 0:
		return any_word();
	case 1:
		return pick(140);
	case 2:
	case 3:
	case 4:
		return 1 + pick(CURFEW_FILE_STATFS);
	default:
		return CURFEW_FILE_OPEN + pick(8);
	}
}

static void message(void)
{
	size_t length = pick(3) ? pick(12) : pick(4) ? pick(3000) : pick(100000);
	size_t size = pick(3) ? 64 + pick(300) : pick(100000);
	char *bytes = malloc(length ? length : 1), *room = malloc(size ? size : 1);
	uint64_t operation = any_operation(), a = any_word(), b = any_word(), c = any_word();
	struct host_answer answer;
	int64_t result;

	any_bytes(bytes, length);
	switch (pick(4)) { /* mostly what could be right */
	case 0:
		a = pick(length + 1);
		break;
	case 1:
		c = 0;
		break;
	case 2:
		b = c = 0;
		break;
	}
	if (operation <= CURFEW_FILE_STATFS && operation != CURFEW_FILE_WRITE && pick(8))
		length = 0;
	if (operation <= CURFEW_FILE_WRITE && pick(4)) {
		a = operation == CURFEW_FILE_READ ? size : length;
		b = pick(2) ? CURFEW_FILE_HERE : pick(270000);
		c = 0;
	}
	if (operation == CURFEW_FILE_MAP && pick(4)) {
		a = pick(64) * 4096;
		c = pick(8);
	}
	host_world.no_session = pick(20) ? 0 : -ENOMEM;
	host_world.populate_left = pick(20) ? -1 : (int)pick(3);
	host_world.held = pick(3) == 0;
	host_world.gone = pick(20) == 0;
	result = host_call(any_label(), operation, a, b, c, bytes, length, room, size, &answer);
	assert_true(result >= -4095 && answer.came <= size);
	assert_true(result >= 0 || (answer.came == 0 && answer.handle == NO_HANDLE) || host_world.puts);
	host_world.puts = 0;
	if (result == 0 && answer.handle == 100) {
		unsigned n = pick(LABELS);

		assert_int_equal(operation, CURFEW_FILE_OPEN);
		session_closed(&host_now->files, label[n]);
		label[n] = host_world.label;
	}
	if (pick(30) == 0)
		session_closed(&host_now->files, any_label());
	host_world.populate_left = -1;
	free(bytes);
	free(room);
}

static void run(uint64_t start)
{
	struct host *host = host_create(&geometry, 100);

	seed = start * 2654435761u + 1;
	assert_int_equal(host_start(host), 0);
	for (unsigned step = 0; step < 20000; step++) {
		message();
		if (step % 1000 != 999)
			continue;
		host_verify(host);
		if (pick(3))
			continue;
		assert_int_equal(host_start(host), 0);
		memset(label, 0, sizeof(label));
		host_verify(host);
	}
	host_destroy(host);
	memset(label, 0, sizeof(label));
}

static void messages(void **state)
{
	if (getenv("SEED")) {
		run(strtoull(getenv("SEED"), NULL, 0));
		return;
	}
	for (uint64_t i = 1; i <= 15; i++) {
		print_message("seed %llu\n", (unsigned long long)i);
		run(i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(messages) };

	return cmocka_run_group_tests(tests, host_make_lower, NULL);
}
