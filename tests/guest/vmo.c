/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory objects as servers use them: sparse ones, windows, and pages given back.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

#include "check.h"

#define RO CURFEW_PROT_READ
#define RW (CURFEW_PROT_READ | CURFEW_PROT_WRITE)
#define SHARED CURFEW_MAP_SHARED
#define PRIVATE CURFEW_MAP_PRIVATE
#define BLOCK ((size_t)2 << 20)
#define TIB (1ul << 40)

static long create(uint64_t size, unsigned flags)
{
	long h = sys(SYS_vmo_create, size, flags);

	NEED(h >= 0);
	return h;
}

static long window(long vmo, uint64_t offset, uint64_t size)
{
	long h = sys(SYS_vmo_window, vmo, offset, size, CURFEW_RIGHT_ALL);

	NEED(h >= 0);
	return h;
}

static volatile uint32_t *map(long vmo, uint64_t offset, size_t length, int prot, int flags)
{
	long p = sys(SYS_mmap, 0, length, prot, flags, vmo, offset);

	NEED(p > 0);
	return (volatile uint32_t *)p;
}

static void put(long vmo, uint64_t offset, uint32_t word)
{
	CHECK_EQ(sys(SYS_vmo_write, vmo, offset, &word, 4), 4);
}

static uint32_t get(long vmo, uint64_t offset)
{
	uint32_t word = 0xdead;

	CHECK_EQ(sys(SYS_vmo_read, vmo, offset, &word, 4), 4);
	return word;
}

/* The first look brings in where the counters are stored, after this one was read. */
static long long free_pages(void)
{
	check_counter("page.free", 0);
	return check_counter("page.free", CURFEW_KSTAT_TRIM);
}

static uint64_t resident(void)
{
	struct curfew_procinfo info = { 0 };

	CHECK(sys(SYS_procinfo, sys(SYS_getpid), &info) > 0);
	return info.resident;
}

/* --- sparse --- */

#define SPOTS 20

static uint64_t spot(unsigned i)
{
	return i * (TIB / SPOTS) / PAGE * PAGE + i * 8;
}

/* Four levels: the top, two of 512 GiB, and for each spot a node of 1 GiB, a leaf and the page. */
TEST(a_tebibyte_costs_what_is_touched)
{
	long vmo = create(TIB, CURFEW_VMO_PAGES);
	long long before, after;

	CHECK_EQ(sys(SYS_vmo_size, vmo), TIB);
	CHECK_EQ(sys(SYS_vmo_pages, vmo), 0);
	before = free_pages();
	for (unsigned i = 0; i < SPOTS; i++)
		put(vmo, spot(i), i + 1);
	put(vmo, TIB - 4, 99);
	after = free_pages();
	CHECK_EQ(before - after, 1 + 2 + 3 * (SPOTS + 1));
	CHECK_EQ(sys(SYS_vmo_pages, vmo), SPOTS + 1);
	for (unsigned i = 0; i < SPOTS; i++)
		CHECK_EQ(get(vmo, spot(i)), i + 1);
	CHECK_EQ(get(vmo, TIB - 4), 99);
	for (uint64_t at = PAGE; at < TIB; at += TIB / 50 / PAGE * PAGE) /* holes stay holes */
		CHECK_EQ(get(vmo, at), 0);
	CHECK_EQ(sys(SYS_vmo_pages, vmo), SPOTS + 1);
	CHECK_EQ(free_pages(), after);
	CHECK_EQ(sys(SYS_vmo_discard, vmo, PAGE, TIB - PAGE), 0);
	CHECK_EQ(sys(SYS_vmo_pages, vmo), 1);
	CHECK_EQ(before - free_pages(), 5); /* page 0, and a node of each level */
	CHECK_EQ(sys(SYS_vmo_discard, vmo, 0, TIB), 0);
	CHECK_EQ(sys(SYS_vmo_pages, vmo), 0);
	CHECK_EQ(free_pages(), before);
	put(vmo, TIB / 2, 5); /* what goes with the object is the runner's to see */
}

TEST(sizes_and_flags)
{
	static const struct { uint64_t size, last; } sizes[] = {
		{ 1, 0 }, { PAGE, 0 }, { BLOCK, BLOCK - PAGE }, { BLOCK + 1, BLOCK }, { 1ul << 30, (1ul << 30) - PAGE },
		{ (1ul << 30) + 1, 1ul << 30 }, { 1ul << 39, (1ul << 39) - PAGE }, { (1ul << 39) + PAGE, 1ul << 39 },
	};
	char byte = 7;

	CHECK_EQ(sys(SYS_vmo_create, TIB + 1, 0), -EINVAL);
	CHECK_EQ(sys(SYS_vmo_create, 0, CURFEW_VMO_PAGES), -EINVAL);
	CHECK_EQ(sys(SYS_vmo_create, PAGE, 2), -EINVAL);
	CHECK_EQ(sys(SYS_vmo_create, PAGE, 0x80000000), -EINVAL);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		long vmo = create(sizes[i].size, CURFEW_VMO_PAGES);

		CHECK_EQ(sys(SYS_vmo_write, vmo, 0, &byte, 1), 1);
		CHECK_EQ(sys(SYS_vmo_write, vmo, sizes[i].last, &byte, 1), 1);
		CHECK_EQ(sys(SYS_vmo_pages, vmo), sizes[i].last ? 2 : 1);
		CHECK_EQ(sys(SYS_vmo_write, vmo, sizes[i].size, &byte, 1), 0);
		CHECK_EQ(sys(SYS_handle_close, vmo), 0);
	}
}

/* Without the flag a touch may bring 2 MiB, with it never. */
TEST(single_pages)
{
	long vmo = create(4 * BLOCK, CURFEW_VMO_PAGES), whole = create(4 * BLOCK, 0), r;
	volatile uint32_t *p = map(vmo, 0, 4 * BLOCK, RW, SHARED);

	for (unsigned i = 0; i < 4; i++)
		p[i * BLOCK / 4] = i;
	CHECK_EQ(sys(SYS_vmo_pages, vmo), 4);
	put(whole, 0, 1);
	r = sys(SYS_vmo_pages, whole);
	CHECK(r == 512 || r == 1); /* 1: no block was to be had */
}

/* More than there is memory can be mapped, as far as there are addresses. */
TEST(a_large_mapping)
{
	long vmo = create(1ul << 36, CURFEW_VMO_PAGES);
	volatile uint32_t *p = map(vmo, 0, 1ul << 36, RW, SHARED);

	p[0] = 1;
	p[(1ul << 36) / 4 - 1] = 2;
	CHECK_EQ(get(vmo, (1ul << 36) - 4), 2);
	CHECK_EQ(sys(SYS_vmo_pages, vmo), 2);
	CHECK_EQ(sys(SYS_munmap, p, 1ul << 36), 0);
	CHECK_EQ(sys(SYS_mmap, 0, 1ul << 50, RW, SHARED, vmo, 0), -EINVAL);
}

/* Until there is no memory: an error, and all of it comes back. */
TEST(full)
{
	long vmo = create(TIB, CURFEW_VMO_PAGES);
	long long before = free_pages();
	long n = 0, r = 1;
	char byte = 1;

	/* A page and its leaf at a time. */
	while (n < (long)(TIB / BLOCK) && (r = sys(SYS_vmo_write, vmo, n * BLOCK, &byte, 1)) == 1)
		n++;
	if (r != 1) {
		CHECK_EQ(r, -ENOMEM);
		CHECK_EQ(sys(SYS_vmo_pages, vmo), n);
	}
	CHECK_EQ(sys(SYS_vmo_discard, vmo, 0, TIB), 0);
	CHECK_EQ(sys(SYS_vmo_pages, vmo), 0);
	CHECK(n > 1000);
	CHECK_EQ(free_pages(), before);
}

/* --- windows --- */

TEST(window_bounds)
{
	long vmo = create(10 * PAGE + 100, 0), w;

	CHECK_EQ(sys(SYS_vmo_window, vmo, 1, PAGE, CURFEW_RIGHT_ALL), -EINVAL);
	CHECK_EQ(sys(SYS_vmo_window, vmo, 0, 0, CURFEW_RIGHT_ALL), -EINVAL);
	CHECK_EQ(sys(SYS_vmo_window, vmo, 0, 10 * PAGE + 101, CURFEW_RIGHT_ALL), -EINVAL);
	CHECK_EQ(sys(SYS_vmo_window, vmo, 10 * PAGE, 101, CURFEW_RIGHT_ALL), -EINVAL);
	CHECK_EQ(sys(SYS_vmo_window, vmo, 11 * PAGE, 1, CURFEW_RIGHT_ALL), -EINVAL);
	CHECK_EQ(sys(SYS_vmo_window, vmo, -PAGE, 2 * PAGE, CURFEW_RIGHT_ALL), -EINVAL);
	CHECK_EQ(sys(SYS_vmo_window, vmo, PAGE, -1l, CURFEW_RIGHT_ALL), -EINVAL);
	w = window(vmo, 10 * PAGE, 100);
	CHECK_EQ(sys(SYS_vmo_size, w), 100);
	w = window(vmo, 2 * PAGE, 3 * PAGE);
	CHECK_EQ(sys(SYS_vmo_size, w), 3 * PAGE);
	CHECK_EQ(sys(SYS_vmo_window, w, PAGE, 3 * PAGE, CURFEW_RIGHT_ALL), -EINVAL); /* its own bounds, not the object's */
	CHECK_EQ(sys(SYS_vmo_window, 99, 0, PAGE, 0), -EBADF);
	CHECK_EQ(sys(SYS_vmo_window, 0, 0, PAGE, 0), -EPERM);
}

TEST(window_shows_the_same)
{
	long vmo = create(16 * PAGE, 0), w = window(vmo, 4 * PAGE, 8 * PAGE), inner = window(w, PAGE, 2 * PAGE + 50);
	volatile uint32_t *p = map(w, PAGE, 2 * PAGE, RW, SHARED), *q = map(inner, 0, 4 * PAGE, RW, SHARED);
	volatile uint32_t *copy = map(inner, 0, PAGE, RW, PRIVATE);
	char text[200];

	put(vmo, 5 * PAGE + 8, 11);
	CHECK_EQ(get(w, PAGE + 8), 11);
	CHECK_EQ(get(inner, 8), 11);
	CHECK_EQ(p[2], 11);
	CHECK_EQ(q[2], 11);
	CHECK_EQ(copy[2], 11);
	q[3] = 12;
	CHECK_EQ(get(vmo, 5 * PAGE + 12), 12);
	copy[4] = 13;
	CHECK_EQ(get(vmo, 5 * PAGE + 16), 0);
	/* Reads and writes end with the window. */
	CHECK_EQ(sys(SYS_vmo_read, inner, 2 * PAGE, text, sizeof(text)), 50);
	CHECK_EQ(sys(SYS_vmo_write, inner, 2 * PAGE, text, sizeof(text)), 50);
	CHECK_EQ(sys(SYS_vmo_read, inner, 2 * PAGE + 50, text, 1), 0);
	/* So do mappings, in pages. */
	CHECK_EQ(q[2 * PAGE / 4 + 1000], 0);
	CHECK_EQ(CHILD((void)q[3 * PAGE / 4]), SIGBUS);
	CHECK_EQ(sys(SYS_vmo_pages, vmo), 2);
	CHECK_EQ(sys(SYS_vmo_pages, inner), 2);
	put(vmo, 0, 1);
	CHECK_EQ(sys(SYS_vmo_pages, vmo), 3);
	CHECK_EQ(sys(SYS_vmo_pages, w), 2);
	CHECK_EQ(sys(SYS_vmo_pages, inner), 2);
}

TEST(window_rights)
{
	long vmo = create(PAGE, 0), weak = sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL & ~CURFEW_RIGHT_DUPLICATE), w;
	uint32_t word = 0;

	NEED(weak >= 0);
	CHECK_EQ(sys(SYS_vmo_window, weak, 0, PAGE, CURFEW_RIGHT_READ), -EPERM);
	CHECK_EQ(sys(SYS_vmo_window, vmo, 0, PAGE, CURFEW_RIGHT_ALL | 0x80000000), -EPERM);
	w = sys(SYS_vmo_window, vmo, 0, PAGE, CURFEW_RIGHT_READ | CURFEW_RIGHT_MAP | CURFEW_RIGHT_DUPLICATE);
	NEED(w >= 0);
	CHECK_EQ(sys(SYS_vmo_window, w, 0, PAGE, CURFEW_RIGHT_READ | CURFEW_RIGHT_WRITE), -EPERM);
	CHECK_EQ(sys(SYS_vmo_write, w, 0, &word, 4), -EPERM);
	CHECK_EQ(sys(SYS_vmo_discard, w, 0, PAGE), -EPERM);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RW, SHARED, w, 0), -EACCES);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RO | CURFEW_PROT_EXEC, SHARED, w, 0), -EACCES);
	CHECK_EQ(sys(SYS_exec, w, 0, PAGE, NULL, NULL, NULL), -EPERM);
	CHECK_EQ(get(w, 0), 0);
	CHECK_EQ(map(w, 0, PAGE, RO, SHARED)[0], 0);
	w = sys(SYS_vmo_window, vmo, 0, PAGE, CURFEW_RIGHT_WRITE);
	NEED(w >= 0);
	CHECK_EQ(sys(SYS_vmo_read, w, 0, &word, 4), -EPERM);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RO, SHARED, w, 0), -EPERM);
	CHECK_EQ(sys(SYS_vmo_write, w, 0, &word, 4), 4);
	CHECK_EQ(sys(SYS_vmo_discard, w, 0, PAGE), -EPERM);
	w = sys(SYS_vmo_window, vmo, 0, PAGE, CURFEW_RIGHT_MANAGE);
	NEED(w >= 0);
	CHECK_EQ(sys(SYS_vmo_discard, w, 0, PAGE), 0);
	w = sys(SYS_vmo_window, vmo, 0, PAGE, 0);
	CHECK_EQ(sys(SYS_vmo_size, w), PAGE);
	CHECK_EQ(sys(SYS_vmo_pages, w), 0);
}

TEST(window_keeps_the_object)
{
	long vmo = create(8 * PAGE, 0), w, inner;
	volatile uint32_t *p;

	put(vmo, 5 * PAGE, 77);
	w = window(vmo, 4 * PAGE, 2 * PAGE);
	CHECK_EQ(sys(SYS_handle_close, vmo), 0);
	CHECK_EQ(get(w, PAGE), 77);
	inner = window(w, PAGE, PAGE);
	CHECK_EQ(sys(SYS_handle_close, w), 0);
	CHECK_EQ(get(inner, 0), 77);
	p = map(inner, 0, PAGE, RW, SHARED);
	CHECK_EQ(sys(SYS_handle_close, inner), 0);
	CHECK_EQ(p[0], 77);
	p[1] = 1;
}

/* What is aligned in the object may be a block, whatever the window's own offsets; not beyond its end. */
TEST(window_of_blocks)
{
	long vmo = create(4 * BLOCK, 0), w = window(vmo, BLOCK / 2, 3 * BLOCK);
	volatile uint32_t *p = map(w, 0, 3 * BLOCK, RW, SHARED);

	CHECK_EQ(((uintptr_t)p + BLOCK / 2) % BLOCK, 0);
	for (size_t i = 0; i < 3 * BLOCK; i += PAGE)
		p[i / 4] = (uint32_t)(i / PAGE) + 1;
	for (size_t i = 0; i < 3 * BLOCK; i += PAGE) {
		if (!CHECK_EQ(get(vmo, BLOCK / 2 + i), i / PAGE + 1))
			break;
	}
	CHECK_EQ(sys(SYS_vmo_pages, w), 3 * 512);
	CHECK_EQ(CHILD((void)p[3 * BLOCK / 4 - 1]; (void)*(volatile uint32_t *)((uintptr_t)p + 3 * BLOCK)), SIGSEGV);
}

static void wait_on(volatile uint32_t *word)
{
	__atomic_store_n(&check_shared->words[0], 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == 0)
		CHECK(sys(SYS_futex_wait, word, 0, now_ns() + CHECK_SECONDS * 500000000ull) != -ETIMEDOUT);
}

/* Two processes, two windows, different offsets in them: one word. */
TEST(futexes_meet_across_windows)
{
	long vmo = create(16 * PAGE, 0), a = window(vmo, 2 * PAGE, 8 * PAGE), b = window(window(vmo, PAGE, 12 * PAGE), 4 * PAGE, 2 * PAGE);
	volatile uint32_t *p = map(a, 3 * PAGE, PAGE, RW, SHARED), *q = map(b, 0, PAGE, RW, SHARED);
	pid_t child = fork();

	if (child == 0) {
		wait_on(&p[100]);
		_exit(0);
	}
	NEED(child > 0);
	while (!__atomic_load_n(&check_shared->words[0], __ATOMIC_ACQUIRE))
		sys(SYS_yield);
	while (sys(SYS_futex_wake, &q[100], 1) == 0) /* it sleeps soon, or finds the word as it is and sleeps again */
		sys(SYS_yield);
	CHECK_EQ(sys(SYS_futex_wake, &q[101], 1), 0);
	__atomic_store_n(&q[100], 1, __ATOMIC_RELEASE);
	sys(SYS_futex_wake, &q[100], 1);
	CHECK_EQ(check_wait(child), 0);
}

TEST(exec_from_a_window)
{
	static char *const argv[] = { "true", NULL };
	int fd = open("/bin/true", O_RDONLY);
	off_t size = lseek(fd, 0, SEEK_END);
	char *file = malloc((size_t)size);
	long vmo, w, weak;

	NEED(fd >= 0 && file && pread(fd, file, (size_t)size, 0) == size);
	vmo = create((uint64_t)size + 7 * PAGE, 0);
	NEED(sys(SYS_vmo_write, vmo, 5 * PAGE, file, size) == size);
	w = window(window(vmo, 2 * PAGE, (uint64_t)size + 4 * PAGE), 3 * PAGE, (uint64_t)size);
	CHECK_EQ(CHILD(sys(SYS_exec, w, 0, size, argv, argv + 1, "true"); _exit(33)), 0);
	CHECK_EQ(sys(SYS_exec, w, 0, size + 1, argv, argv + 1, "true"), -EINVAL);
	CHECK_EQ(sys(SYS_exec, vmo, 0, size, argv, argv + 1, "true"), -ENOEXEC);
	weak = sys(SYS_vmo_window, vmo, 5 * PAGE, size, CURFEW_RIGHT_ALL & ~CURFEW_RIGHT_EXECUTE);
	CHECK_EQ(sys(SYS_exec, weak, 0, size, argv, argv + 1, "true"), -EPERM);
}

/* --- discarding --- */

static void fill(long vmo, size_t size)
{
	static unsigned char page[CURFEW_PAGE_SIZE];

	for (size_t at = 0; at < size; at += PAGE) {
		memset(page, 1 + (int)(at / PAGE), PAGE);
		CHECK_EQ(sys(SYS_vmo_write, vmo, at, page, PAGE), size - at < PAGE ? size - at : PAGE);
	}
}

/* Zeroes in [from, to), the rest as it was. */
static void check_filled(long vmo, size_t size, size_t from, size_t to)
{
	static unsigned char page[CURFEW_PAGE_SIZE];

	for (size_t at = 0; at < size; at += PAGE) {
		long n = sys(SYS_vmo_read, vmo, at, page, PAGE);

		for (long i = 0; i < n; i++) {
			size_t here = at + (size_t)i;
			unsigned char want = here >= from && here < to ? 0 : (unsigned char)(1 + at / PAGE);

			if (page[i] != want) {
				check_fail(__FILE__, __LINE__, "byte %zu is %d, not %d (%zu, %zu)", here, page[i], want, from, to);
				return;
			}
		}
	}
}

TEST(discard_contents)
{
	enum { SIZE = 10 * CURFEW_PAGE_SIZE + 100 };
	static const struct { size_t from, to; int pages; } ranges[] = {
		{ 0, 0, 11 }, { 5 * 4096 + 7, 5 * 4096 + 7, 11 }, { SIZE, SIZE, 11 },
		{ 10, 20, 11 }, { 4096, 2 * 4096, 10 }, { 4095, 2 * 4096 + 1, 10 }, { 3 * 4096, 5 * 4096 - 1, 10 },
		{ 4095, 4097, 11 }, { 100, 9 * 4096, 3 }, { 0, SIZE - 1, 1 }, { 0, SIZE, 0 }, { 4096 + 1, SIZE, 2 },
		{ 10 * 4096, SIZE, 10 }, { 10 * 4096 + 1, SIZE, 11 },
	};

	for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		long vmo = create(SIZE, 0);

		fill(vmo, SIZE);
		CHECK_EQ(sys(SYS_vmo_pages, vmo), 11);
		CHECK_EQ(sys(SYS_vmo_discard, vmo, ranges[i].from, ranges[i].to - ranges[i].from), 0);
		CHECK_EQ(sys(SYS_vmo_pages, vmo), ranges[i].pages);
		check_filled(vmo, SIZE, ranges[i].from, ranges[i].to);
		CHECK_EQ(sys(SYS_vmo_pages, vmo), ranges[i].pages); /* reading brings nothing back */
		fill(vmo, SIZE);
		check_filled(vmo, SIZE, 0, 0);
		CHECK_EQ(sys(SYS_handle_close, vmo), 0);
	}
}

TEST(discard_errors)
{
	long vmo = create(2 * PAGE + 10, 0), writer = sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL & ~CURFEW_RIGHT_MANAGE);

	fill(vmo, 2 * PAGE + 10);
	CHECK_EQ(sys(SYS_vmo_discard, vmo, 0, 2 * PAGE + 11), -EINVAL);
	CHECK_EQ(sys(SYS_vmo_discard, vmo, 2 * PAGE + 11, 0), -EINVAL);
	CHECK_EQ(sys(SYS_vmo_discard, vmo, PAGE, -PAGE), -EINVAL);
	CHECK_EQ(sys(SYS_vmo_discard, vmo, -1l, 2), -EINVAL);
	CHECK_EQ(sys(SYS_vmo_discard, writer, 0, PAGE), -EPERM);
	CHECK_EQ(sys(SYS_vmo_discard, initrd(), 0, PAGE), -EPERM);
	CHECK_EQ(sys(SYS_vmo_discard, 0, 0, PAGE), -EPERM);
	CHECK_EQ(sys(SYS_vmo_discard, 99, 0, PAGE), -EBADF);
	CHECK_EQ(sys(SYS_vmo_pages, 99), -EBADF);
	CHECK_EQ(sys(SYS_vmo_pages, 0), -EPERM);
	check_filled(vmo, 2 * PAGE + 10, 0, 0);
}

/* A window's end within a page is no end of the object: the rest of that page stays. */
TEST(discard_in_a_window)
{
	long vmo = create(6 * PAGE, 0), w = window(vmo, PAGE, 3 * PAGE + 50);

	fill(vmo, 6 * PAGE);
	CHECK_EQ(sys(SYS_vmo_discard, w, 0, 3 * PAGE + 51), -EINVAL);
	CHECK_EQ(sys(SYS_vmo_discard, w, 10, 3 * PAGE + 40), 0);
	check_filled(vmo, 6 * PAGE, PAGE + 10, 4 * PAGE + 50);
	CHECK_EQ(sys(SYS_vmo_pages, vmo), 4);
	CHECK_EQ(sys(SYS_vmo_pages, w), 2);
}

/* Who has the page mapped keeps it; who touches it now gets zeroes; what is overwritten everybody sees. */
TEST(discard_and_mappings)
{
	long vmo = create(4 * PAGE, 0);
	volatile uint32_t *old = map(vmo, 0, 4 * PAGE, RW, SHARED), *new, *copy = map(vmo, 0, 4 * PAGE, RW, PRIVATE);
	long long before;

	for (unsigned i = 0; i < 4; i++)
		old[i * PAGE / 4] = 40 + i;
	CHECK_EQ(copy[PAGE / 4], 41);
	before = free_pages();
	CHECK_EQ(sys(SYS_vmo_discard, vmo, PAGE, PAGE), 0);
	CHECK_EQ(free_pages(), before); /* the two mappings have it */
	CHECK_EQ(sys(SYS_vmo_discard, vmo, 2 * PAGE, 4), 0);
	CHECK_EQ(old[2 * PAGE / 4], 0);
	CHECK_EQ(old[PAGE / 4], 41);
	CHECK_EQ(copy[PAGE / 4], 41);
	CHECK_EQ(get(vmo, PAGE), 0);
	new = map(vmo, PAGE, PAGE, RW, SHARED);
	CHECK_EQ(new[0], 0);
	new[0] = 51;
	old[PAGE / 4] = 61;
	CHECK_EQ(get(vmo, PAGE), 51);
	copy[PAGE / 4] = 71;
	CHECK_EQ(old[PAGE / 4], 61);
	CHECK_EQ(new[0], 51);
	CHECK_EQ(sys(SYS_munmap, old, 4 * PAGE), 0);
	old = map(vmo, 0, 4 * PAGE, RW, SHARED);
	CHECK_EQ(old[PAGE / 4], 51);
	CHECK_EQ(copy[PAGE / 4], 71);
}

/* What is mapped again piece by piece is one mapping afterwards: nobody can make the kernel's records of it grow. */
TEST(mapped_again_in_pieces)
{
	enum { PAGES = 1024 };
	long vmo = create(PAGES * PAGE, 0);
	volatile uint32_t *whole = map(vmo, 0, PAGES * PAGE, RW, SHARED);
	long long objects;

	for (unsigned i = 0; i < PAGES; i++)
		whole[i * PAGE / 4] = i;
	objects = check_counter("slab.object", CURFEW_KSTAT_TRIM);
	for (unsigned step = 0; step < 2; step++) {
		for (unsigned i = step; i < PAGES; i += 2) {
			const volatile uint32_t *page = &whole[i * PAGE / 4];

			CHECK_EQ(sys(SYS_mmap, page, PAGE, RW, SHARED | CURFEW_MAP_FIXED, vmo, i * PAGE), page);
		}
		CHECK(check_counter("slab.object", CURFEW_KSTAT_TRIM) < objects + 10); /* others may need some */
	}
	for (unsigned i = 0; i < PAGES; i++)
		CHECK_EQ(whole[i * PAGE / 4], i);
	/* Another part of the object, or other rights: a mapping of its own. */
	CHECK_EQ(sys(SYS_mmap, whole, PAGE, RW, SHARED | CURFEW_MAP_FIXED, vmo, PAGE), whole);
	CHECK_EQ(sys(SYS_mmap, whole + 2 * PAGE / 4, PAGE, RO, SHARED | CURFEW_MAP_FIXED, vmo, 2 * PAGE), whole + 2 * PAGE / 4);
	CHECK_EQ(sys(SYS_mmap, whole + 4 * PAGE / 4, PAGE, RW, PRIVATE | CURFEW_MAP_FIXED, vmo, 4 * PAGE), whole + 4 * PAGE / 4);
	whole[4 * PAGE / 4] = 99;
	for (unsigned i = 0; i < 6; i++)
		CHECK_EQ(whole[i * PAGE / 4], i == 0 ? 1 : i == 4 ? 99 : i);
	CHECK_EQ(get(vmo, 4 * PAGE), 4);
	CHECK_EQ(CHILD(whole[2 * PAGE / 4] = 1) & 0x7f, SIGSEGV);
}

/* A private mapping that is alone with a page writes to it in place: nobody else may get it. */
TEST(discard_leaves_a_private_page)
{
	long vmo = create(PAGE, 0);
	volatile uint32_t *copy;

	put(vmo, 0, 5);
	copy = map(vmo, 0, PAGE, RW, PRIVATE);
	CHECK_EQ(copy[0], 5);
	CHECK_EQ(sys(SYS_vmo_discard, vmo, 0, PAGE), 0);
	copy[0] = 6;
	CHECK_EQ(get(vmo, 0), 0);
	put(vmo, 0, 7);
	CHECK_EQ(copy[0], 6);
	CHECK_EQ(sys(SYS_vmo_pages, vmo), 1);
}

/* Blocks: a whole one goes, a part of one makes it pages; the entry that maps it stays what it was. */
TEST(discard_and_blocks)
{
	long vmo = create(2 * BLOCK, 0);
	volatile uint32_t *p = map(vmo, 0, 2 * BLOCK, RW, SHARED), *q;
	uint64_t rss;

	for (size_t i = 0; i < 2 * BLOCK; i += PAGE)
		p[i / 4] = (uint32_t)(i / PAGE) + 1;
	CHECK_EQ(sys(SYS_vmo_pages, vmo), 1024);
	rss = resident();
	CHECK_EQ(sys(SYS_vmo_discard, vmo, 5 * PAGE + 1, 10 * PAGE), 0);
	CHECK_EQ(sys(SYS_vmo_pages, vmo), 1024 - 9);
	CHECK_EQ(sys(SYS_vmo_discard, vmo, BLOCK, BLOCK), 0);
	CHECK_EQ(sys(SYS_vmo_pages, vmo), 512 - 9);
	CHECK_EQ(resident(), rss);
	for (size_t i = 0; i < 2 * BLOCK; i += PAGE) {
		uint32_t want = i == 15 * PAGE ? 0 : (uint32_t)(i / PAGE) + 1; /* the head of page 5 was left, that of 15 zeroed */

		if (!CHECK_EQ(p[i / 4], want))
			break;
	}
	q = map(vmo, 0, 2 * BLOCK, RW, SHARED);
	for (size_t i = 0; i < 2 * BLOCK; i += PAGE) {
		uint32_t want = (i >= 6 * PAGE && i <= 15 * PAGE) || i >= BLOCK ? 0 : (uint32_t)(i / PAGE) + 1;

		if (!CHECK_EQ(q[i / 4], want))
			break;
	}
	q[BLOCK / 4] = 99;
	CHECK_EQ(p[BLOCK / 4], 513);
	CHECK_EQ(sys(SYS_munmap, p, 2 * BLOCK), 0);
	CHECK_EQ(q[5 * PAGE / 4], 6);
	CHECK_EQ(get(vmo, BLOCK), 99);
}

/* --- races: touching while another discards --- */

#define RACE_PAGES 1024 /* two blocks */
#define TOUCHERS 3

static long race_vmo;
static bool race_over;
static unsigned race_touches;

static unsigned draw(unsigned *state)
{
	*state = *state * 1103515245u + 12345u;
	return *state >> 8;
}

/* Each page's first word is 0, or the page's own number. */
static void *touch(void *arg)
{
	unsigned state = (unsigned)(uintptr_t)arg;

	while (!__atomic_load_n(&race_over, __ATOMIC_ACQUIRE)) {
		unsigned first = draw(&state) % (RACE_PAGES - 8), n = 1 + draw(&state) % 8, private = draw(&state) % 4 == 0;
		size_t length = draw(&state) % 16 ? n * PAGE : (RACE_PAGES - first) * PAGE;
		long at = sys(SYS_mmap, 0, length, RW, private ? PRIVATE : SHARED, race_vmo, first * PAGE);
		volatile uint32_t *p = (volatile uint32_t *)at;

		if (at < 0) {
			CHECK_EQ(at, -ENOMEM);
			continue;
		}
		for (unsigned i = 0; i < n; i++) {
			uint32_t word = p[i * PAGE / 4];

			CHECK(word == 0 || word == first + i + 1);
			p[i * PAGE / 4] = first + i + 1;
			word = p[i * PAGE / 4];
			CHECK(word == first + i + 1 || (!private && word == 0));
			if (!private)
				put(race_vmo, (first + i) * PAGE, first + i + 1);
			word = get(race_vmo, (first + i) * PAGE);
			CHECK(word == 0 || word == first + i + 1);
		}
		sys(SYS_munmap, p, length);
		__atomic_fetch_add(&race_touches, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void race(unsigned flags)
{
	unsigned state = 5;
	pthread_t thread[TOUCHERS];
	long pages, w;
	uint32_t word;

	race_vmo = create(RACE_PAGES * PAGE, flags);
	w = window(race_vmo, 512 * PAGE, 512 * PAGE);
	race_over = false;
	race_touches = 0;
	for (uintptr_t i = 0; i < TOUCHERS; i++)
		NEED(pthread_create(&thread[i], NULL, touch, (void *)(i + 1)) == 0);
	for (unsigned round = 0; round < 500; round++) {
		uint64_t from = draw(&state) % (RACE_PAGES * PAGE), n = draw(&state) % (draw(&state) % 8 ? 16 * PAGE : RACE_PAGES * PAGE);

		if (draw(&state) % 16 == 0)
			CHECK_EQ(sys(SYS_vmo_discard, w, 0, 512 * PAGE), 0);
		n = n < RACE_PAGES * PAGE - from ? n : RACE_PAGES * PAGE - from;
		CHECK_EQ(sys(SYS_vmo_discard, race_vmo, from, n), 0);
		pages = sys(SYS_vmo_pages, race_vmo);
		CHECK(pages >= 0 && pages <= RACE_PAGES);
		while (__atomic_load_n(&race_touches, __ATOMIC_RELAXED) < round)
			sys(SYS_yield);
	}
	__atomic_store_n(&race_over, true, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < TOUCHERS; i++)
		NEED(pthread_join(thread[i], NULL) == 0);
	for (unsigned i = 0; i < RACE_PAGES; i++) {
		word = get(race_vmo, i * PAGE);
		CHECK(word == 0 || word == i + 1);
	}
	CHECK_EQ(sys(SYS_vmo_discard, race_vmo, 0, RACE_PAGES * PAGE), 0);
	CHECK_EQ(sys(SYS_vmo_pages, race_vmo), 0);
}

TEST(touches_against_discards)
{
	race(CURFEW_VMO_PAGES);
}

TEST(touches_against_discards_of_blocks)
{
	race(0);
}
