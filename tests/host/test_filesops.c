/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file server's operations: windows, directories, attributes, opening; messages that do not fit; starts on an arena that is not its own.
 */
#include "filesplay.h"

static void windows(void **state)
{
	uint64_t file = make("f", "hello"), reader = h_open(ROOT, "f", O_RDONLY, 0), writer = h_open(ROOT, "f", O_WRONLY, 0);
	struct host_answer answer;

	assert_int_equal(h_map(reader, 0, 4096, PROT_READ | PROT_WRITE, &answer), -EACCES);
	assert_int_equal(h_map(writer, 0, 4096, PROT_READ, &answer), -EACCES);
	assert_int_equal(h_map(writer, 0, 4096, PROT_WRITE, &answer), -EACCES);
	assert_int_equal(h_map(file, 1, 4096, PROT_READ, &answer), -EINVAL);
	assert_int_equal(h_map(file, 0, 0, PROT_READ, &answer), -EINVAL);
	assert_int_equal(h_map(file, 0, 1, 8, &answer), -EINVAL);
	assert_int_equal(h_map(ROOT, 0, 1, PROT_READ, &answer), -ENODEV);
	assert_int_equal(host_world.windows, 0);
	assert_int_equal(h_map(reader, 0, 100000, PROT_READ | PROT_EXEC, &answer), 0);
	assert_true(answer.rights == HANDLE_EXECUTE && answer.word[1] == 0 && answer.word[2] == 5);
	assert_int_equal(host_world.window_length, 4096);
	/* Past the end: an object that ends where the offset is. */
	assert_int_equal(h_map(reader, 4096, 4096, PROT_READ, &answer), 0);
	assert_true(answer.word[1] == host_world.window_length && answer.word[2] == 0);
	assert_true(host_world.window < arena_place(&host_now->files, ROOT_INODE));
}

static void directories(void **state)
{
	char room[1024], name[20];
	unsigned seen[60] = { 0 }, dots = 0, calls = 0;
	uint64_t position = 0, directory;
	struct host_answer answer;
	int64_t length;

	assert_int_equal(h_path(ROOT, CURFEW_FILE_MKDIR, "d", 0755), 0);
	directory = h_open(ROOT, "d", O_RDONLY | O_DIRECTORY, 0);
	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(h_paths(ROOT, CURFEW_FILE_LINK, "README.txt", strcat(strcpy(room, "d/"), name)), 0);
	}
	assert_int_equal(host_call(directory, CURFEW_FILE_READDIR, 0, 0, 0, NULL, 0, room, 31, &answer), -EINVAL);
	for (;; calls++) {
		size_t size = calls % 3 == 0 ? 32 : 100 + calls; /* room for one, for some */

		length = host_call(directory, CURFEW_FILE_READDIR, position, 0, 0, NULL, 0, room, size, &answer);
		assert_true(length >= 0);
		if (length == 0)
			break;
		for (int64_t at = 0; at < length;) {
			const struct curfew_dirent *entry = (const void *)(room + at);
			const char *text = (const char *)(entry + 1);

			assert_int_equal(entry->size, (24 + entry->length + 7) / 8 * 8);
			if (text[0] == '.') {
				dots++;
				assert_int_equal(entry->mode, S_IFDIR);
			} else {
				assert_int_equal(entry->mode, S_IFREG);
				seen[atoi(text + 1)]++;
			}
			at += entry->size;
			position = entry->next;
		}
		assert_int_equal(position, answer.word[1]);
		/* Some go, some come, in between. */
		snprintf(name, sizeof(name), "n%d", calls);
		h_path(directory, CURFEW_FILE_UNLINK, name, 0);
		snprintf(name, sizeof(name), "n%d", 30 + calls);
		if (calls < 10)
			assert_int_equal(h_paths(ROOT, CURFEW_FILE_LINK, "README.txt", strcat(strcpy(room, "d/"), name)), 0);
	}
	assert_int_equal(dots, 2);
	for (int i = 0; i < 30; i++)
		assert_true(seen[i] == 1 || (seen[i] == 0 && i < (int)calls));
	for (int i = 30; i < 60; i++)
		assert_true(seen[i] <= 1);
	assert_int_equal(host_call(h_open(ROOT, "README.txt", O_RDONLY, 0), CURFEW_FILE_READDIR, 0, 0, 0, NULL, 0, room, 1000,
		&answer), -ENOTDIR);
}

static void attributes(void **state)
{
	struct host *host = *state;
	uint64_t file = make("f", "x");
	struct curfew_stat stat;

	assert_int_equal(host_call(file, CURFEW_FILE_CHMOD, S_IFDIR | 06751, 0, 0, NULL, 0, NULL, 0, NULL), 0);
	assert_int_equal(host_call(file, CURFEW_FILE_SET_TIMES, 12, 34, 0, NULL, 0, NULL, 0, NULL), 0);
	assert_int_equal(host_start(host), 0);
	assert_int_equal(h_stat_at(ROOT, "f", &stat), 0);
	assert_true(stat.mode == (S_IFREG | 06751) && stat.atime == 12 && stat.mtime == 34 && stat.ctime > 1000);
	assert_true(stat.blocks == 8 && stat.size == 1 && stat.device == FILES_DEVICE);
	assert_int_equal(h_path(ROOT, CURFEW_FILE_ACCESS, "f", R_OK | W_OK | X_OK), 0);
	assert_int_equal(h_path(ROOT, CURFEW_FILE_ACCESS, "README.txt", R_OK | W_OK), 0);
	assert_int_equal(h_path(ROOT, CURFEW_FILE_ACCESS, "README.txt", X_OK), -EACCES);
	assert_int_equal(h_path(ROOT, CURFEW_FILE_ACCESS, "/", X_OK), 0);
	assert_int_equal(h_path(ROOT, CURFEW_FILE_ACCESS, "f/", F_OK), -ENOTDIR);
	assert_int_equal(h_path(ROOT, CURFEW_FILE_ACCESS, "f", 8), -EINVAL);
	assert_int_equal(host_call(ROOT, CURFEW_FILE_POLL, 0xffff, 1, 0, NULL, 0, NULL, 0, NULL), 0x145);
	assert_int_equal(h_stat_at(ROOT, "/", &stat), 0);
	assert_int_equal(stat.mode, S_IFDIR | 0755);
}

/* An open whose handle cannot be made leaves nothing behind. */
static void open_fails(void **state)
{
	host_world.no_session = -ENOMEM;
	assert_int_equal(h_open(ROOT, "f", O_CREAT | O_RDWR, 0600), -ENOMEM);
	assert_int_equal(h_open(ROOT, "README.txt", O_RDWR | O_TRUNC, 0600), -ENOMEM);
	host_world.no_session = 0;
	struct curfew_stat stat;
	assert_int_equal(h_stat_at(ROOT, "f", &stat), -ENOENT);
	assert_int_equal(h_stat_at(ROOT, "README.txt", &stat), 0);
	assert_true(stat.size > 0);
	assert_int_equal(h_open(ROOT, "f", O_CREAT | O_ACCMODE, 0600), -EINVAL);
	assert_int_equal(h_open(ROOT, "f", O_CREAT | O_DIRECTORY, 0600), -EINVAL);
}

/* -------------------------------------------------------------- messages */

static int64_t raw(struct request *request)
{
	struct answer answer;

	files_dispatch(&host_now->files, request, &answer);
	return answer.word[0];
}

static void shapes(void **state)
{
	char bytes[3000];
	struct request r = { .label = ROOT, .token = 7, .bytes = bytes };

	memset(bytes, 'b', sizeof(bytes));
	for (uint64_t operation = 0; operation < 300; operation++) {
		r.word[0] = operation;
		int64_t result = raw(&r);

		if (operation >= CURFEW_TERM_GET && operation <= CURFEW_TERM_FLUSH)
			assert_int_equal(result, -ENOTTY);
		else if (operation == 0 || (operation > CURFEW_FILE_STATFS && operation < CURFEW_FILE_OPEN) ||
			operation > CURFEW_FILE_ACCESS)
			assert_int_equal(result, -ENOTSUP);
		else
			assert_int_not_equal(result, -ENOTSUP);
	}
	r.word[0] = UINT64_MAX;
	assert_int_equal(raw(&r), -ENOTSUP);
	/* Words that no operation has, bytes that none wants, handles, no room. */
	for (uint64_t operation = CURFEW_FILE_READ; operation <= CURFEW_FILE_ACCESS; operation++) {
		if (operation > CURFEW_FILE_STATFS && operation < CURFEW_FILE_OPEN)
			continue;
		r = (struct request){ .word = { operation, [7] = 1 }, .label = ROOT, .bytes = bytes, .in_size = 500 };
		assert_int_equal(raw(&r), -EINVAL);
		r.word[7] = 0;
		r.came = 2;
		assert_int_equal(raw(&r), -EINVAL);
		r.came = 0;
		r.out_length = r.copied = 5;
		if (operation < CURFEW_FILE_OPEN)
			assert_int_equal(raw(&r), -EINVAL);
		r.out_length = r.copied = 3000;
		if (operation >= CURFEW_FILE_OPEN)
			assert_int_equal(raw(&r), -ENAMETOOLONG);
	}
	r = (struct request){ .word = { CURFEW_FILE_STAT }, .label = ROOT, .in_size = sizeof(struct curfew_stat) - 1 };
	assert_int_equal(raw(&r), -EINVAL);
	r = (struct request){ .word = { CURFEW_FILE_RENAME, 4 }, .label = ROOT, .bytes = bytes, .out_length = 3, .copied = 3 };
	assert_int_equal(raw(&r), -EINVAL);
	r = (struct request){ .word = { CURFEW_FILE_MKDIR }, .label = ROOT, .bytes = bytes, .out_length = 3, .copied = 2 };
	assert_int_equal(raw(&r), -EINVAL);
	uint64_t file = make("f", "abc");
	r = (struct request){ .word = { CURFEW_FILE_READ, 10 }, .label = file, .in_size = 9 };
	assert_int_equal(raw(&r), -EINVAL);
	r = (struct request){ .word = { CURFEW_FILE_READ, UINT64_MAX }, .label = file, .in_size = SIZE_MAX };
	assert_int_equal(raw(&r), -EINVAL);
	assert_int_equal(h_open(file, "x", O_RDONLY, 0), -ENOTDIR);
	assert_int_equal(h_read(ROOT, bytes, 1, 0), -EISDIR);
	assert_int_equal(h_write(ROOT, bytes, 1, 0), -EBADF);
}

/* ------------------------------------------------------------------ starts */

static void starts(void **state)
{
	struct host *host = *state;
	struct geometry other = small;
	char *lower = malloc(host_lower_size);

	h_close(make("f", "kept"));
	other.names--;
	assert_int_equal(files_start(&host->files, host->files.platform, host->base, &other, host_lower, host_lower_size, 9),
		-EINVAL);
	memcpy(lower, host_lower, host_lower_size);
	lower[host_lower_size - 8] ^= 1; /* another time */
	assert_int_equal(files_start(&host->files, host->files.platform, host->base, &small, lower, host_lower_size, 9), -EINVAL);
	free(lower);
	other = small;
	other.window += 4096;
	assert_int_equal(arena_size(&other), 0);
	assert_true(arena_size(&files_geometry) > 256ull << 30 && arena_size(&files_geometry) < 257ull << 30);
	assert_int_equal(host_start(host), 0);
	assert_int_equal(used(), 1);
	host->files.super->magic ^= 1;
	assert_int_equal(host_start(host), -EINVAL);
	host->files.super->magic ^= 1;
	assert_int_equal(host_start(host), 0);
}

int main(void)
{
#define test(function) cmocka_unit_test_setup_teardown(function, begin, end)
	const struct CMUnitTest tests[] = {
		test(windows), test(directories), test(attributes), test(open_fails), test(shapes), test(starts),
	};

	return cmocka_run_group_tests(tests, host_make_lower, NULL);
}
