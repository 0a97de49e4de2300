/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file server's parts: pages, names, paths, sessions, the lower layer, holes, limits.
 */
#include "filesplay.h"


/* Bits against an array of bools, over several words. */
static void pages(void **state)
{
	struct host *host = *state;
	struct files *files = &host->files;
	bool model[256] = { false };
	uint64_t seed = 5;
	uint32_t n;

	assert_int_equal(inode_create(files, S_IFREG, &n), 0);
	files->inode[n].size = small.window;
	for (int i = 0; i < 3000; i++) {
		uint32_t first = host_random(&seed) % 256, last = first + host_random(&seed) % (256 - first), count = 0, page;
		bool there, want;

		switch (host_random(&seed) % 4) {
		case 0:
			if (last - first > 20)
				break;
			for (page = first; page <= last; page++) {
				if (!model[page] && files->used + count == files->limit)
					break;
				count += !model[page];
			}
			assert_int_equal(block_fits(files, n, first, last), page > last);
			assert_int_equal(block_mark(files, n, first, last), page - first);
			for (uint32_t k = first; k < page; k++)
				model[k] = true;
			break;
		case 1:
			if (host_random(&seed) % 8 == 0) {
				block_discard(files, n, first);
				memset(model + first, 0, 256 - first);
			}
			break;
		default:
			want = model[first];
			for (page = first; page <= last && model[page] == want; page++)
				;
			count = block_run(files, n, first * 4096ull + 5, (last - first + 1) * 4096ull - 5, &there);
			assert_int_equal(there, want);
			/* Above the extent all is one hole; below it one ends at the extent at the latest. */
			if (!want && page > files->inode[n].extent && first < files->inode[n].extent)
				assert_true(count >= files->inode[n].extent * 4096 - first * 4096 - 5);
			else
				assert_int_equal(count, (page - first) * 4096 - 5);
		}
	}
	assert_int_equal(name_create(files, ROOT_INODE, "x", 1, n), 0);
	host_verify(host);
}

static void walk(const char *text, int error, int kind, const char *last, bool there)
{
	struct path path;

	assert_int_equal(path_walk(&host_now->files, ROOT_INODE, text, strlen(text), &path), error);
	if (error)
		return;
	assert_int_equal(path.kind, kind);
	if (kind == PATH_NAME) {
		assert_int_equal(path.length, strlen(last));
		assert_memory_equal(path.last, last, path.length);
	}
	assert_int_equal(path.inode != 0, there);
}

static void paths(void **state)
{
	char long_name[1100];
	struct path path;

	walk("", -ENOENT, 0, NULL, false);
	walk("/", 0, PATH_ROOT, NULL, true);
	walk("///", 0, PATH_ROOT, NULL, true);
	walk(".", 0, PATH_DOT, NULL, true);
	walk("..", 0, PATH_DOTDOT, NULL, true);
	walk("../../bin/../..//bin/tool", 0, PATH_NAME, "tool", true);
	walk("bin/", 0, PATH_NAME, "bin", true);
	walk("/bin/none", 0, PATH_NAME, "none", false);
	walk("none/x", -ENOENT, 0, NULL, false);
	walk("none/..", -ENOENT, 0, NULL, false);
	walk("bin/tool/x", -ENOTDIR, 0, NULL, false);
	walk("bin/tool/.", -ENOTDIR, 0, NULL, false);
	walk("bin/tool/", 0, PATH_NAME, "tool", true);
	memset(long_name, 'x', sizeof(long_name));
	assert_int_equal(path_walk(&host_now->files, ROOT_INODE, long_name, 255, &path), 0);
	assert_int_equal(path_walk(&host_now->files, ROOT_INODE, long_name, 256, &path), -ENAMETOOLONG);
	assert_int_equal(path_walk(&host_now->files, ROOT_INODE, long_name, 1024, &path), -ENAMETOOLONG);
	assert_int_equal(path_walk(&host_now->files, ROOT_INODE, "a\0b", 3, &path), -EINVAL);
	memset(long_name, '/', sizeof(long_name));
	assert_int_equal(path_walk(&host_now->files, ROOT_INODE, long_name, 1023, &path), 0);
}

static void sessions(void **state)
{
	struct host *host = *state;
	uint64_t file = make("f", "abcdef");
	uint64_t other = h_open(ROOT, "f", O_RDONLY, 0);
	char text[8];

	assert_int_not_equal(file, other);
	assert_int_equal(h_read(file, text, 2, HERE), 2);
	assert_int_equal(h_read(other, text, 3, HERE), 3);
	assert_int_equal(h_read(file, text, 2, HERE), 2);
	assert_memory_equal(text, "cd", 2);
	h_close(other);
	assert_int_equal(h_read(other, text, 2, HERE), -EBADF);
	h_close(other); /* a notice for none does nothing */
	/* The slot is used again, the label is not. */
	uint64_t third = h_open(ROOT, "f", O_RDONLY, 0);
	assert_int_not_equal(third, other);
	assert_int_equal(third & 0xffff, other & 0xffff);
	assert_int_equal(h_read(other, text, 2, HERE), -EBADF);
	assert_int_equal(h_read(0, text, 2, HERE), -EBADF);
	assert_int_equal(h_read(12345 << 16, text, 2, HERE), -EBADF);
	assert_int_equal(h_read(SESSIONS_MAX + 5, text, 2, HERE), -EBADF);
	/* Those that the supervisor makes are the root, each with its own state. */
	assert_int_equal(h_seek(ROOT | 1, 5, SEEK_SET), 5);
	assert_int_equal(h_seek(ROOT | 65, 0, SEEK_CUR), 0); /* the same list */
	assert_int_equal(h_seek(ROOT | 1, 0, SEEK_CUR), 5);
	h_close(ROOT | 1);
	assert_int_equal(h_seek(ROOT | 1, 0, SEEK_CUR), 0);
	h_close(ROOT | 1);
	h_close(ROOT | 65);
	h_close(ROOT | 77);
	h_close(ROOT);
	assert_int_equal(host->files.inode_state[ROOT_INODE].opens, 0);
	assert_int_equal(h_seek(file, -1, SEEK_SET), -EINVAL);
	assert_int_equal(h_seek(file, -1, SEEK_END), 5);
	assert_int_equal(h_seek(file, INT64_MAX, SEEK_CUR), -EINVAL);
	assert_int_equal(h_seek(file, 0, 7), -EINVAL);
}

static void too_many_sessions(void **state)
{
	static uint64_t label[SESSIONS_MAX];
	uint32_t n = 0;
	int64_t result;

	make("f", "x");
	while ((result = h_open(ROOT, "f", O_RDONLY, 0)) > 0)
		label[n++] = result;
	assert_int_equal(result, -ENFILE);
	assert_int_equal(n, SESSIONS_MAX - 3); /* none, the root's, make()'s */
	assert_int_equal(h_open(ROOT, "new", O_CREAT | O_RDWR, 0600), -ENFILE);
	assert_int_equal(h_path(ROOT, CURFEW_FILE_ACCESS, "new", F_OK), -ENOENT);
	assert_int_equal(h_seek(ROOT | 9, 0, SEEK_CUR), -ENFILE);
	while (n)
		h_close(label[--n]);
	assert_true(h_open(ROOT, "new", O_CREAT | O_RDWR, 0600) > 0);
}

/* ------------------------------------------------------------- lower layer */

static void lower(void **state)
{
	struct host *host = *state;
	struct curfew_stat stat, after;
	struct host_answer answer;
	uint64_t reader = h_open(ROOT, "bin/tool", O_RDONLY, 0), writer, place;
	char *data, *again;

	assert_int_equal(used(), 0);
	assert_int_equal(h_stat(reader, &stat), 0);
	assert_int_equal(stat.mode, S_IFREG | 0755);
	assert_true(stat.size > 4096 && stat.links == 1 && stat.mtime == 1577836800ull * 1000000000);
	data = malloc(stat.size + 1);
	again = malloc(stat.size + 1);
	assert_int_equal(h_read(reader, data, stat.size + 1, 0), stat.size);
	assert_memory_equal(data, "#!/usr/bin/python3\n", 19);
	/* Mapped from the initrd itself. */
	assert_int_equal(h_map(reader, 4096, 100, PROT_READ | PROT_EXEC, &answer), 0);
	assert_true(answer.handle == LOWER_HANDLE && answer.rights == HANDLE_EXECUTE);
	assert_int_equal(answer.word[2], stat.size - 4096);
	place = answer.word[1];
	assert_memory_equal((const char *)host_lower + place, data + 4096, 100);
	assert_int_equal(h_map(reader, 0, 100, PROT_READ | PROT_WRITE, &answer), -EACCES);
	/* The first who opens it for writing has it copied; whoever had it open sees what is written. */
	writer = h_open(ROOT, "bin/tool", O_RDWR, 0);
	assert_int_equal(used(), (stat.size + 4095) / 4096);
	assert_int_equal(h_read(reader, again, stat.size + 1, 0), stat.size);
	assert_memory_equal(data, again, stat.size);
	assert_int_equal(h_write(writer, "!", 1, 1), 1);
	assert_int_equal(h_read(reader, again, 3, 0), 3);
	assert_memory_equal(again, "#!/", 3);
	assert_int_equal(h_write(writer, "?", 1, 1), 1);
	assert_int_equal(h_read(reader, again, 3, 0), 3);
	assert_memory_equal(again, "#?/", 3);
	assert_memory_equal((const char *)host_lower + place - 4096, "#!/", 3);
	assert_int_equal(h_map(reader, 4096, 100, PROT_READ, &answer), 0);
	assert_true(answer.handle == 200 && answer.word[1] == 0);
	assert_memory_equal(host->base + host_world.window, data + 4096, 100);
	assert_int_equal(h_stat(reader, &after), 0);
	assert_int_equal(after.inode, stat.inode);
	/* O_TRUNC copies nothing. */
	h_close(writer);
	h_close(reader);
	assert_int_equal(h_path(ROOT, CURFEW_FILE_UNLINK, "bin/tool", 0), 0);
	assert_int_equal(used(), 0);
	writer = h_open(ROOT, "README.txt", O_WRONLY | O_TRUNC, 0);
	assert_int_equal(used(), 0);
	assert_int_equal(h_stat(writer, &stat), 0);
	assert_int_equal(stat.size, 0);
	assert_int_equal(h_stat_at(ROOT, "lib/empty", &stat), 0);
	assert_int_equal(stat.size, 0);
	free(data);
	free(again);
}

static void copy_up_without_room(void **state)
{
	struct host *host = *state;
	struct curfew_stat stat;
	char text[2];

	host->files.limit = 1;
	assert_int_equal(h_open(ROOT, "bin/tool", O_RDWR, 0), -ENOSPC);
	assert_int_equal(host_world.closed, 1);
	assert_int_equal(used(), 0);
	host->files.limit = 100;
	host_world.populate_left = 0;
	assert_int_equal(h_open(ROOT, "bin/tool", O_RDWR, 0), -ENOSPC);
	assert_int_equal(used(), 0);
	assert_int_equal(h_stat_at(ROOT, "bin/tool", &stat), 0);
	assert_int_equal(h_read(h_open(ROOT, "bin/tool", O_RDONLY, 0), text, 2, 0), 2);
	assert_memory_equal(text, "#!", 2);
}

static void devices(void **state)
{
	uint64_t null = h_open(ROOT, "/dev/null", O_RDWR | O_TRUNC | O_CREAT, 0), zero = h_open(ROOT, "dev/zero", O_RDWR, 0);
	struct host_answer answer;
	struct curfew_stat stat;
	char name[16] = "", *data = malloc(1000000);

	assert_int_equal(h_read(null, data, 100, HERE), 0);
	assert_int_equal(h_write(null, data, 100000, HERE), 100000);
	assert_int_equal(h_seek(null, 50, SEEK_SET), 0);
	assert_int_equal(h_truncate(null, 0), -EINVAL);
	assert_int_equal(host_call(null, CURFEW_FILE_SYNC, 0, 0, 0, NULL, 0, NULL, 0, NULL), -EINVAL);
	assert_int_equal(h_map(zero, 0, 4096, PROT_READ, &answer), -ENODEV);
	memset(data, 'x', 100000);
	assert_int_equal(h_read(zero, data, 100000, HERE), 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(data[i], 0);
	assert_int_equal(h_read(zero, data, 1000000, HERE), 256 * 1024); /* others want to be served, too */
	assert_int_equal(h_read(zero, data, 10, 77), 10);
	assert_int_equal(h_stat_at(ROOT, "dev/zero", &stat), 0);
	assert_int_equal(stat.mode, S_IFCHR | 0666);
	assert_int_equal(host_call(ROOT, CURFEW_FILE_OPEN, O_RDWR, 0, 0, "dev/tty", 7, name, sizeof(name), &answer),
		CURFEW_OPEN_ELSEWHERE);
	assert_true(answer.came == 7 && strcmp(name, "console") == 0 && answer.handle == NO_HANDLE);
	assert_int_equal(host_call(ROOT, CURFEW_FILE_OPEN, O_RDWR, 0, 0, "dev/console", 11, name, 6, &answer), -EINVAL);
	assert_int_equal(h_open(ROOT, "dev/tty", O_RDWR | O_DIRECTORY, 0), -ENOTDIR);
	assert_int_equal(h_open(ROOT, "dev/tty", O_RDWR | O_CREAT | O_EXCL, 0), -EEXIST);
	assert_int_equal(used(), 0);
	free(data);
}

/* Every byte of the index changed, and every shorter archive: it is refused, or taken, and nothing else happens. */
static void damaged_initrd(void **state)
{
	struct host *host = *state;
	const struct platform *platform = host->files.platform;
	char *copy = malloc(host_lower_size);
	const struct initrd_footer *footer = (const void *)((const char *)host_lower + host_lower_size - sizeof(*footer));
	unsigned refused = 0;

	for (uint64_t at = footer->entries; at < host_lower_size; at++) {
		static const char pattern[] = { 1, 0x7f, (char)0xff };

		if (at > footer->entries + footer->count * sizeof(struct initrd_entry) && at < host_lower_size - sizeof(*footer)
			&& at % 16)
			continue;
		memcpy(copy, host_lower, host_lower_size);
		copy[at] ^= pattern[at % 3];
		memset(host->base, 0, sizeof(struct superblock)); /* a new one */
		refused += files_start(&host->files, platform, host->base, &small, copy, host_lower_size, 100) != 0;
	}
	assert_true(refused > 100);
	for (uint64_t size = 0; size < 200; size++) {
		memset(host->base, 0, sizeof(struct superblock));
		assert_int_equal(files_start(&host->files, platform, host->base, &small, host_lower, size, 100), -EINVAL);
	}
	free(copy);
	memset(host->base, 0, sizeof(struct superblock));
	assert_int_equal(host_start(host), 0);
}

/* ------------------------------------------------------------ reads, writes */

static void holes(void **state)
{
	struct host *host = *state;
	uint64_t file = make("f", "begin");
	char *data = malloc(200000);

	assert_int_equal(h_write(file, "end", 3, 150000), 3);
	assert_int_equal(used(), 2);
	assert_int_equal(h_read(file, data, 200000, 0), 150003);
	assert_true(host_world.puts > 2);
	assert_memory_equal(data, "begin", 5);
	assert_memory_equal(data + 150000, "end", 3);
	for (int i = 5; i < 150000; i++)
		assert_int_equal(data[i], 0);
	host_world.puts = 0;
	assert_int_equal(h_read(file, data, 10000, 5000), 10000); /* a hole at once, */
	assert_int_equal(h_read(file, data, 50000, 5000), 50000);  /* and in pieces */
	assert_int_equal(h_read(file, data, 5, 0), 5);
	host_verify(host); /* reading made no page */
	/* What was cut off does not come back. */
	assert_int_equal(h_truncate(file, 2), 0);
	assert_int_equal(used(), 1);
	assert_int_equal(h_truncate(file, 200000), 0);
	assert_int_equal(h_read(file, data, 200000, 0), 200000);
	assert_memory_equal(data, "be\0\0\0\0", 6);
	assert_int_equal(h_truncate(file, 2), 0);
	assert_int_equal(h_write(file, "x", 1, 5), 1);
	assert_int_equal(h_read(file, data, 100, 0), 6);
	assert_memory_equal(data, "be\0\0\0x", 6);
	free(data);
}

static void long_writes(void **state)
{
	char *data = malloc(300000), *back = malloc(300000);
	uint64_t file = h_open(ROOT, "f", O_CREAT | O_RDWR, 0600);

	for (int i = 0; i < 300000; i++)
		data[i] = i * 7 + i / 256;
	assert_int_equal(h_write(file, data, 300000, HERE), 300000);
	assert_int_equal(h_seek(file, 0, SEEK_CUR), 300000);
	assert_int_equal(h_read(file, back, 300000, 0), 300000);
	assert_memory_equal(data, back, 300000);
	/* The client is gone amid a write: no size that has no bytes, no page kept. */
	host_world.gone = true;
	assert_int_equal(h_write(file, data, 50000, 400000), -ESRCH);
	host_world.gone = false;
	assert_int_equal(h_seek(file, 0, SEEK_END), 300000);
	assert_int_equal(used(), (300000 + 4095) / 4096);
	assert_int_equal(h_write(file, data, 0, 900000), 0);
	assert_int_equal(h_seek(file, 0, SEEK_END), 300000);
	free(data);
	free(back);
}

static void append(void **state)
{
	uint64_t file = make("f", "abc"), more = h_open(ROOT, "f", O_WRONLY | O_APPEND, 0);
	char text[10];

	assert_int_equal(h_write(more, "de", 2, HERE), 2);
	assert_int_equal(h_write(file, "fgh", 3, 5), 3);
	assert_int_equal(h_write(more, "i", 1, HERE), 1);
	assert_int_equal(h_seek(more, 0, SEEK_CUR), 9);
	assert_int_equal(h_read(file, text, 10, 0), 9);
	assert_memory_equal(text, "abcdefghi", 9);
	assert_int_equal(h_read(more, text, 10, 0), -EBADF);
	assert_int_equal(host_call(more, CURFEW_FILE_GET_FLAGS, 0, 0, 0, NULL, 0, NULL, 0, NULL), O_WRONLY | O_APPEND);
	assert_int_equal(host_call(more, CURFEW_FILE_SET_FLAGS, O_NONBLOCK | O_RDWR, 0, 0, NULL, 0, NULL, 0, NULL), 0);
	assert_int_equal(host_call(more, CURFEW_FILE_GET_FLAGS, 0, 0, 0, NULL, 0, NULL, 0, NULL), O_WRONLY | O_NONBLOCK);
}

/* ------------------------------------------------------------------ limits */

static void greatest_file(void **state)
{
	uint64_t file = make("f", "");
	struct host_answer answer;
	char data[8192] = "12345678";

	assert_int_equal(h_write(file, data, 8192, small.window - 4096), 4096);
	assert_int_equal(h_write(file, data, 1, small.window), -EFBIG);
	assert_int_equal(h_write(file, data, 1, INT64_MAX), -EFBIG);
	assert_int_equal(h_write(file, data, 1, (uint64_t)INT64_MAX + 1), -EINVAL);
	assert_int_equal(h_truncate(file, small.window + 1), -EFBIG);
	assert_int_equal(h_truncate(file, UINT64_MAX), -EINVAL);
	assert_int_equal(h_truncate(file, small.window), 0);
	assert_int_equal(h_read(file, data, 8192, small.window - 100), 100);
	assert_int_equal(h_read(file, data, 8192, INT64_MAX), 0);
	assert_int_equal(used(), 1);
	assert_int_equal(h_map(file, small.window - 4096, UINT64_MAX, PROT_READ, &answer), 0);
	assert_int_equal(host_world.window_length, 4096);
}

static void no_space(void **state)
{
	struct host *host = *state;
	uint64_t file = make("f", "");
	struct host_answer answer;
	char *data = malloc(1 << 20);

	memset(data, 'z', 1 << 20);
	assert_int_equal(h_write(file, data, 600000, 1000), 128 * 4096 - 1000); /* what fits */
	assert_int_equal(used(), 128);
	assert_int_equal(h_write(file, data, 1, 128 * 4096), -ENOSPC);
	assert_int_equal(h_write(file, data, 1, 128 * 4096 - 1), 1);
	assert_int_equal(h_write(file, data, 10, 128 * 4096 - 1), 1);
	assert_int_equal(h_truncate(file, 1 << 20), 0);
	assert_int_equal(h_map(file, 0, 1 << 20, PROT_READ, &answer), -ENOSPC);
	assert_int_equal(h_truncate(file, 4096), 0);
	assert_int_equal(used(), 1);
	host_world.populate_left = 0; /* the machine's memory ends before the limit */
	assert_int_equal(h_write(file, data, 20000, 100000), -ENOSPC);
	assert_int_equal(used(), 1);
	host_world.populate_left = -1;
	/* A limit that a later start makes lower. */
	assert_int_equal(h_write(file, data, 40960, 0), 40960);
	host->limit = 5;
	assert_int_equal(host_start(host), 0);
	assert_int_equal(h_statfs().free_blocks, 0);
	file = h_open(ROOT, "f", O_RDWR, 0);
	assert_int_equal(h_write(file, data, 40960, 0), 40960);
	assert_int_equal(h_write(file, data, 1, 40960), -ENOSPC);
	free(data);
}

static void no_inodes(void **state)
{
	struct host *host = *state;
	uint64_t before = inodes();
	char name[20];
	int n = 0;

	for (;; n++) {
		snprintf(name, sizeof(name), "d%d", n);
		int64_t result = h_path(ROOT, CURFEW_FILE_MKDIR, name, 0755);

		if (result == -ENOSPC)
			break;
		assert_int_equal(result, 0);
	}
	assert_int_equal(before + n, small.inodes - 1);
	assert_int_equal(h_statfs().free_files, 0);
	assert_int_equal(h_open(ROOT, "f", O_CREAT | O_RDWR, 0), -ENOSPC);
	/* Names end later: by hard links. */
	for (n = 0;; n++) {
		snprintf(name, sizeof(name), "l%d", n);
		int64_t result = h_paths(ROOT, CURFEW_FILE_LINK, "README.txt", name);

		if (result == -ENOSPC)
			break;
		assert_int_equal(result, 0);
	}
	assert_true(n > 20);
	assert_int_equal(h_path(ROOT, CURFEW_FILE_RMDIR, "d3", 0), 0);
	assert_int_equal(h_paths(ROOT, CURFEW_FILE_RENAME, "d4", "d3"), 0);
	assert_int_equal(h_paths(ROOT, CURFEW_FILE_RENAME, "d3", "d5"), 0);
	host_verify(host);
	assert_int_equal(host_start(host), 0);
	assert_true(h_open(ROOT, "f", O_CREAT | O_RDWR, 0) > 0);
	/* No memory for the tables' next page. */
	host_world.populate_left = 0;
	assert_int_equal(h_path(ROOT, CURFEW_FILE_UNLINK, "f", 0), 0);
}

static void tables_without_memory(void **state)
{
	struct host *host = *state;
	char name[20];
	int made = 0;

	host_world.populate_left = 0;
	for (int n = 0; n < 40; n++) {
		snprintf(name, sizeof(name), "d%d", n);
		if (h_path(ROOT, CURFEW_FILE_MKDIR, name, 0755) == 0)
			made++;
	}
	assert_true(made < 40);
	host_verify(host);
	host_world.populate_left = -1;
	assert_int_equal(h_path(ROOT, CURFEW_FILE_MKDIR, "more", 0755), 0);
}

/* --------------------------------------------------------- names and life */

static void open_without_name(void **state)
{
	struct host *host = *state;
	uint64_t before = inodes(), file = make("f", "hello"), again = make("g", "other");
	struct curfew_stat stat;
	char text[8];

	assert_int_equal(h_path(ROOT, CURFEW_FILE_UNLINK, "f", 0), 0);
	assert_int_equal(h_paths(ROOT, CURFEW_FILE_RENAME, "README.txt", "g"), 0);
	assert_int_equal(h_stat(file, &stat), 0);
	assert_int_equal(stat.links, 0);
	assert_int_equal(h_read(file, text, 8, 0), 5);
	assert_int_equal(h_read(again, text, 8, 0), 5);
	assert_memory_equal(text, "other", 5);
	assert_int_equal(used(), 2);
	assert_int_equal(h_write(file, "HELLO", 5, 5), 5);
	h_close(again);
	assert_int_equal(used(), 1);
	assert_int_equal(inodes(), before + 1);
	/* It dies with the server. */
	assert_int_equal(host_start(host), 0);
	assert_int_equal(used(), 0);
	assert_int_equal(inodes(), before);
	assert_int_equal(h_read(file, text, 8, 0), -EBADF);
}

static void limbo(void **state)
{
	struct host *host = *state;
	uint64_t before = inodes(), file = make("f", "hello");
	struct host_answer answer;

	assert_int_equal(h_truncate(file, 9000), 0);
	assert_int_equal(h_map(file, 0, 9000, PROT_READ | PROT_WRITE, &answer), 0);
	assert_true(answer.handle == 200 && answer.rights == HANDLE_WRITE && host_world.window_length == 12288);
	assert_int_equal(used(), 3); /* what is mapped is counted */
	host_world.held = true;
	host->base[host_world.window + 8999] = 'm';
	host->base[host_world.window + 9001] = 'n';
	/* Shorter: the pages stay while they are mapped.  What was behind the end is not seen when it is longer again. */
	assert_int_equal(h_truncate(file, 10), 0);
	assert_int_equal(used(), 3);
	assert_int_equal(h_truncate(file, 9100), 0);
	char data[9100];
	assert_int_equal(h_read(file, data, 9100, 0), 9100);
	assert_memory_equal(data, "hello", 5);
	assert_int_equal(data[8999], 0);
	assert_int_equal(data[9001], 0);
	assert_int_equal(h_path(ROOT, CURFEW_FILE_UNLINK, "f", 0), 0);
	h_close(file);
	assert_int_equal(used(), 3);
	host_verify(host);
	/* Over a death of the server, too. */
	assert_int_equal(host_start(host), 0);
	assert_int_equal(used(), 0); /* nothing held it */
	assert_int_equal(inodes(), before);
	file = make("f", "hello");
	assert_int_equal(h_map(file, 0, 5, PROT_READ, &answer), 0);
	host_world.held = true;
	assert_int_equal(h_path(ROOT, CURFEW_FILE_UNLINK, "f", 0), 0);
	h_close(file);
	file = make("other", "x"); /* not in the same place */
	h_close(file);
	assert_int_equal(used(), 2);
	host_world.looks = 0;
	assert_int_equal(used(), 2);
	assert_int_equal(host_world.looks, 1); /* once round */
	host_world.held = false;
	assert_int_equal(used(), 1);
	assert_int_equal(inodes(), before + 1);
}

/* More than are looked at when one is closed. */
static void many_in_limbo(void **state)
{
	struct host *host = *state;
	uint64_t before = inodes(), file[30], open;
	struct host_answer answer;

	open = make("open", "x");
	for (int i = 0; i < 30; i++) {
		file[i] = make("f", "hello");
		assert_int_equal(h_map(file[i], 0, 5, PROT_READ, &answer), 0);
		assert_int_equal(h_path(ROOT, CURFEW_FILE_UNLINK, "f", 0), 0);
	}
	host_world.held = true;
	for (int i = 0; i < 30; i++)
		h_close(file[i]);
	host_verify(host);
	assert_int_equal(used(), 31);
	host_world.held = false;
	h_close(open); /* looks at none: this one has a name */
	assert_int_equal(h_path(ROOT, CURFEW_FILE_UNLINK, "open", 0), 0);
	assert_int_equal(host->files.inodes_used, before + 30 - 8);
	host_verify(host);
	assert_int_equal(used(), 0);
	assert_int_equal(inodes(), before);
	host_verify(host);
}

int main(void)
{
#define test(function) cmocka_unit_test_setup_teardown(function, begin, end)
	const struct CMUnitTest tests[] = {
		test(pages), test(paths), test(sessions), test(too_many_sessions), test(lower), test(copy_up_without_room),
		test(devices), test(damaged_initrd), test(holes), test(long_writes), test(append), test(greatest_file),
		test(no_space), test(no_inodes), test(tables_without_memory), test(open_without_name), test(limbo), test(many_in_limbo),
	};

	return cmocka_run_group_tests(tests, host_make_lower, NULL);
}
