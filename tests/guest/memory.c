/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmap, munmap and mprotect: what they map, what they refuse, and what an access to the result does.
 */
#include "check.h"

#define ANON (CURFEW_MAP_PRIVATE | CURFEW_MAP_ANONYMOUS)
#define SHARED_ANON (CURFEW_MAP_SHARED | CURFEW_MAP_ANONYMOUS)
#define RW (CURFEW_PROT_READ | CURFEW_PROT_WRITE)

static volatile char *map(size_t pages, int prot, int flags)
{
	long r = sys(SYS_mmap, 0, pages * PAGE, prot, flags, -1, 0);

	NEED(r > 0);
	return (volatile char *)r;
}

/* The signal that ends a process which reads, writes or executes there; 0 if none. */
static int reading(volatile char *p)
{
	return CHILD((void)*p);
}

static int writing(volatile char *p)
{
	return CHILD(*p = 1);
}

static int executing(volatile char *p)
{
	return CHILD(((void (*)(void))p)());
}

TEST(anonymous_is_zero)
{
	volatile char *p = map(16, RW, ANON);

	for (size_t i = 0; i < 16 * PAGE; i += 64)
		CHECK(p[i] == 0);
	for (size_t i = 0; i < 16; i++)
		p[i * PAGE] = (char)i;
	for (size_t i = 0; i < 16; i++)
		CHECK_EQ(p[i * PAGE], i);
	CHECK_EQ(sys(SYS_munmap, p, 16 * PAGE), 0);
	CHECK_EQ(reading(p), SIGSEGV);
}

TEST(bad_arguments)
{
	volatile char *p = map(4, RW, ANON);

	CHECK_EQ(sys(SYS_mmap, 0, 0, RW, ANON, -1, 0), -EINVAL);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RW, CURFEW_MAP_ANONYMOUS, -1, 0), -EINVAL);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RW, ANON | CURFEW_MAP_SHARED, -1, 0), -EINVAL);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RW, ANON | 0x40000000, -1, 0), -EINVAL);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, 8, ANON, -1, 0), -EINVAL);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, -1, ANON, -1, 0) < 0, 1);
	CHECK_EQ(sys(SYS_mmap, p + 1, PAGE, RW, ANON | CURFEW_MAP_FIXED, -1, 0), -EINVAL);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RW, CURFEW_MAP_PRIVATE, initrd(), 1), -EINVAL);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, CURFEW_PROT_READ, CURFEW_MAP_PRIVATE, 99, 0), -EBADF);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, CURFEW_PROT_READ, CURFEW_MAP_PRIVATE, -1, 0), -EBADF);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, CURFEW_PROT_READ, CURFEW_MAP_PRIVATE, 0, 0), -EPERM); /* a session */
	CHECK_EQ(sys(SYS_munmap, p + 1, PAGE), -EINVAL);
	CHECK_EQ(sys(SYS_munmap, p, 0), -EINVAL);
	CHECK_EQ(sys(SYS_mprotect, p + 1, PAGE, RW), -EINVAL);
	CHECK_EQ(sys(SYS_mprotect, p, PAGE, 8), -EINVAL);
	CHECK_EQ(sys(SYS_munmap, p, 4 * PAGE), 0);
}

TEST(lengths_round_up)
{
	volatile char *p = (volatile char *)sys(SYS_mmap, 0, PAGE + 1, RW, ANON, -1, 0);

	NEED((long)p > 0);
	p[2 * PAGE - 1] = 1;
	CHECK_EQ(sys(SYS_munmap, p, PAGE + 1), 0);
	CHECK_EQ(reading(p + PAGE), SIGSEGV);
}

/* Ranges that wrap around, leave the user half, or are just too large. */
TEST(absurd_ranges)
{
	static const uint64_t lengths[] = { 1ull << 39, 1ull << 47, 1ull << 48, 1ull << 63, ~0ull, ~0ull - 4095, ~0ull << 12 };
	static const uint64_t places[] = { 1ull << 48, 1ull << 55, 1ull << 63, 0xffffffff80000000ull, 0xffffff8000000000ull,
		~0ull << 12 };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		long r = sys(SYS_mmap, 0, lengths[i], RW, ANON, -1, 0);

		if (r >= 0 && lengths[i] <= 1ull << 47) { /* it fits where VA_BITS is 48: then it is only address space */
			CHECK_EQ(sys(SYS_munmap, r, lengths[i]), 0);
			continue;
		}
		CHECK(r == -ENOMEM || r == -EINVAL);
		if (lengths[i] >= 1ull << 48)
			CHECK_EQ(sys(SYS_munmap, 0x10000000, lengths[i]), -EINVAL);
	}
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		long r = sys(SYS_mmap, places[i], PAGE, RW, ANON | CURFEW_MAP_FIXED, -1, 0);

		CHECK(r == -ENOMEM || r == -EINVAL);
		CHECK_EQ(sys(SYS_munmap, places[i], PAGE), -EINVAL);
		r = sys(SYS_mprotect, places[i], PAGE, RW);
		CHECK(r == -ENOMEM || r == -EINVAL);
		CHECK_EQ(reading((char *)places[i]), SIGSEGV);
		CHECK_EQ(writing((char *)places[i]), SIGSEGV);
	}
}

TEST(null_is_never_mapped)
{
	long r = sys(SYS_mmap, 0, PAGE, RW, ANON, -1, 0);

	CHECK(r > 0);
	CHECK_EQ(reading(NULL), SIGSEGV);
	CHECK_EQ(executing(NULL), SIGSEGV);
}

TEST(hints)
{
	volatile char *p = map(8, RW, ANON);

	CHECK_EQ(sys(SYS_munmap, p + 2 * PAGE, PAGE), 0);
	CHECK_EQ(sys(SYS_mmap, p + 2 * PAGE, PAGE, RW, ANON, -1, 0), (long)(p + 2 * PAGE));
	p[2 * PAGE] = 1;
	CHECK(sys(SYS_mmap, p + 2 * PAGE, PAGE, RW, ANON, -1, 0) != (long)(p + 2 * PAGE)); /* taken: elsewhere */
	CHECK_EQ(p[2 * PAGE], 1);
}

TEST(fixed_replaces)
{
	volatile char *p = map(8, RW, ANON);

	memset((void *)p, 0x55, 8 * PAGE);
	CHECK_EQ(sys(SYS_mmap, p + 3 * PAGE, 2 * PAGE, RW, ANON | CURFEW_MAP_FIXED, -1, 0), (long)(p + 3 * PAGE));
	CHECK_EQ(p[3 * PAGE - 1], 0x55);
	CHECK_EQ(p[3 * PAGE], 0);
	CHECK_EQ(p[5 * PAGE - 1], 0);
	CHECK_EQ(p[5 * PAGE], 0x55);
	CHECK_EQ(sys(SYS_mmap, p + 5 * PAGE, PAGE, RW, ANON | CURFEW_MAP_FIXED_NOREPLACE, -1, 0), -EEXIST);
	CHECK_EQ(sys(SYS_mmap, p + 4 * PAGE, 8 * PAGE, RW, ANON | CURFEW_MAP_FIXED_NOREPLACE, -1, 0), -EEXIST);
	CHECK_EQ(p[5 * PAGE], 0x55);
	CHECK_EQ(sys(SYS_munmap, p + 5 * PAGE, PAGE), 0);
	CHECK_EQ(sys(SYS_mmap, p + 5 * PAGE, PAGE, RW, ANON | CURFEW_MAP_FIXED_NOREPLACE, -1, 0), (long)(p + 5 * PAGE));
	CHECK_EQ(p[5 * PAGE], 0);
}

TEST(unmap_splits)
{
	volatile char *p = map(9, RW, ANON);

	for (size_t i = 0; i < 9; i++)
		p[i * PAGE] = (char)(i + 1);
	CHECK_EQ(sys(SYS_munmap, p + 4 * PAGE, PAGE), 0);
	CHECK_EQ(sys(SYS_munmap, p, PAGE), 0);
	CHECK_EQ(sys(SYS_munmap, p + 8 * PAGE, PAGE), 0);
	for (size_t i = 0; i < 9; i++) {
		if (i % 4 == 0)
			CHECK_EQ(reading(p + i * PAGE), SIGSEGV);
		else
			CHECK_EQ(p[i * PAGE], i + 1);
	}
	CHECK_EQ(sys(SYS_munmap, p, 9 * PAGE), 0); /* holes do not matter */
	CHECK_EQ(sys(SYS_munmap, p, 9 * PAGE), 0);
}

TEST(mprotect_takes_away_and_gives)
{
	volatile char *p = map(3, RW, ANON);

	memset((void *)p, 7, 3 * PAGE);
	CHECK_EQ(sys(SYS_mprotect, p + PAGE, PAGE, CURFEW_PROT_READ), 0);
	CHECK_EQ(writing(p), 0);
	CHECK_EQ(writing(p + PAGE), SIGSEGV);
	CHECK_EQ(reading(p + PAGE), 0);
	CHECK_EQ(writing(p + 2 * PAGE), 0);
	CHECK_EQ(sys(SYS_mprotect, p + PAGE, PAGE, CURFEW_PROT_NONE), 0);
	CHECK_EQ(reading(p + PAGE), SIGSEGV);
	CHECK_EQ(sys(SYS_mprotect, p, 3 * PAGE, RW), 0);
	p[PAGE]++;
	CHECK_EQ(p[PAGE], 8); /* the contents stayed */
	CHECK_EQ(sys(SYS_munmap, p + PAGE, PAGE), 0);
	CHECK_EQ(sys(SYS_mprotect, p, 3 * PAGE, CURFEW_PROT_READ), -ENOMEM); /* a hole: nothing changes */
	CHECK_EQ(writing(p), 0);
}

TEST(write_xor_execute)
{
	static const uint32_t code[] = { 0xd2800540, 0xd65f03c0 }; /* mov x0, #42; ret */
	volatile char *p = map(1, RW, ANON);

	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RW | CURFEW_PROT_EXEC, ANON, -1, 0), -EACCES);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, CURFEW_PROT_WRITE | CURFEW_PROT_EXEC, ANON, -1, 0), -EACCES);
	CHECK_EQ(sys(SYS_mprotect, p, PAGE, RW | CURFEW_PROT_EXEC), -EACCES);
	memcpy((void *)p, code, sizeof(code));
	CHECK_EQ(executing(p), SIGSEGV);
	CHECK_EQ(sys(SYS_mprotect, p, PAGE, CURFEW_PROT_READ | CURFEW_PROT_EXEC), 0);
	CHECK_EQ(((int (*)(void))p)(), 42);
	CHECK_EQ(writing(p), SIGSEGV);
}

/* New code in a page that was executable before is what runs, on whatever CPU. */
TEST(new_code_is_seen)
{
	volatile char *p = map(1, RW, ANON);

	for (uint32_t i = 0; i < 200; i++) {
		const uint32_t code[] = { 0xd2800000 | i << 5, 0xd65f03c0 };

		CHECK_EQ(sys(SYS_mprotect, p, PAGE, RW), 0);
		memcpy((void *)p, code, sizeof(code));
		CHECK_EQ(sys(SYS_mprotect, p, PAGE, CURFEW_PROT_READ | CURFEW_PROT_EXEC), 0);
		CHECK_EQ(((int (*)(void))p)(), i);
	}
}

TEST(prot_none_is_a_guard)
{
	volatile char *p = map(3, CURFEW_PROT_NONE, ANON);

	CHECK_EQ(reading(p), SIGSEGV);
	CHECK_EQ(sys(SYS_mprotect, p + PAGE, PAGE, RW), 0);
	CHECK_EQ(writing(p + PAGE), 0);
	CHECK_EQ(writing(p + 2 * PAGE), SIGSEGV);
	CHECK_EQ(writing(p + PAGE - 1), SIGSEGV);
}

/* The program's own text and constants, and the kernel's shared page. */
TEST(program_is_protected)
{
	CHECK_EQ(writing((char *)(uintptr_t)map), SIGSEGV);
	CHECK_EQ(writing((char *)(uintptr_t)"constant"), SIGSEGV);
	CHECK_EQ(executing((char *)&check_shared), SIGSEGV);
	CHECK_EQ(executing(__builtin_frame_address(0)), SIGSEGV);
}

TEST(shared_anonymous)
{
	volatile char *p = map(2, RW, SHARED_ANON);

	p[0] = 1;
	CHECK_EQ(CHILD(CHECK(p[0] == 1 && p[PAGE] == 0); p[0] = 2; p[PAGE] = 3), 0);
	CHECK_EQ(p[0], 2);
	CHECK_EQ(p[PAGE], 3);
	CHECK_EQ(sys(SYS_munmap, p, 2 * PAGE), 0);
}

TEST(private_and_shared_of_an_object)
{
	long vmo = sys(SYS_vmo_create, 4 * PAGE);
	volatile char *shared, *private;
	char byte;

	NEED(vmo > 0);
	shared = (volatile char *)sys(SYS_mmap, 0, 4 * PAGE, RW, CURFEW_MAP_SHARED, vmo, 0);
	private = (volatile char *)sys(SYS_mmap, 0, 3 * PAGE, RW, CURFEW_MAP_PRIVATE, vmo, PAGE);
	NEED((long)shared > 0 && (long)private > 0);
	shared[PAGE] = 11;
	shared[3 * PAGE] = 33;
	CHECK_EQ(private[0], 11);
	CHECK_EQ(private[2 * PAGE], 33);
	private[0] = 12; /* a copy of its own */
	CHECK_EQ(shared[PAGE], 11);
	shared[PAGE] = 13;
	CHECK_EQ(private[0], 12);
	CHECK_EQ(CHILD(CHECK(private[0] == 12); private[0] = 14; shared[0] = 15), 0);
	CHECK_EQ(private[0], 12);
	CHECK_EQ(shared[0], 15);
	CHECK_EQ(sys(SYS_vmo_read, vmo, PAGE, &byte, 1), 1);
	CHECK_EQ(byte, 13);
	CHECK_EQ(sys(SYS_handle_close, vmo), 0);
	CHECK_EQ(shared[0], 15); /* the mapping keeps the object */
	CHECK_EQ(sys(SYS_munmap, shared, 4 * PAGE), 0);
	CHECK_EQ(private[2 * PAGE], 33);
}

TEST(beyond_the_object)
{
	long vmo = sys(SYS_vmo_create, PAGE);
	volatile char *p;

	NEED(vmo > 0);
	p = (volatile char *)sys(SYS_mmap, 0, 2 * PAGE, RW, CURFEW_MAP_SHARED, vmo, 0);
	if ((long)p > 0) { /* as POSIX has it */
		CHECK_EQ(writing(p), 0);
		CHECK_EQ(reading(p + PAGE), SIGBUS);
	} else {
		CHECK_EQ((long)p, -EINVAL);
	}
}

TEST(rights_of_the_object)
{
	long vmo = sys(SYS_vmo_create, PAGE), weak;
	volatile char *p;

	NEED(vmo > 0);
	weak = sys(SYS_handle_dup, vmo, CURFEW_RIGHT_READ | CURFEW_RIGHT_MAP);
	NEED(weak > 0);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RW, CURFEW_MAP_SHARED, weak, 0), -EACCES);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, CURFEW_PROT_READ | CURFEW_PROT_EXEC, CURFEW_MAP_PRIVATE, weak, 0), -EACCES);
	p = (volatile char *)sys(SYS_mmap, 0, PAGE, CURFEW_PROT_READ, CURFEW_MAP_SHARED, weak, 0);
	NEED((long)p > 0);
	CHECK_EQ(sys(SYS_mprotect, p, PAGE, RW), -EACCES);
	CHECK_EQ(writing(p), SIGSEGV);
	p = (volatile char *)sys(SYS_mmap, 0, PAGE, RW, CURFEW_MAP_PRIVATE, weak, 0); /* copies may be written */
	NEED((long)p > 0);
	p[0] = 1;
	weak = sys(SYS_handle_dup, vmo, CURFEW_RIGHT_READ);
	NEED(weak > 0);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, CURFEW_PROT_READ, CURFEW_MAP_SHARED, weak, 0), -EPERM);
}

TEST(the_initrd_cannot_be_written)
{
	volatile char *p;
	long archive = initrd();

	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RW, CURFEW_MAP_SHARED, archive, 0), -EACCES);
	p = (volatile char *)sys(SYS_mmap, 0, PAGE, RW, CURFEW_MAP_PRIVATE, archive, 0);
	NEED((long)p > 0);
	p[0] ^= 0x55;
	CHECK_EQ(CHILD({
		volatile char *q = (volatile char *)sys(SYS_mmap, 0, PAGE, CURFEW_PROT_READ, CURFEW_MAP_SHARED, archive, 0);
		CHECK_EQ(q[0] ^ 0x55, p[0]);
	}), 0);
}

static __attribute__((noinline)) size_t deep(size_t bytes)
{
	volatile char frame[1024];

	frame[0] = 1;
	return bytes <= sizeof(frame) ? (size_t)frame[0] : deep(bytes - sizeof(frame)) + (size_t)frame[0];
}

TEST(stack_grows)
{
	CHECK(deep(4 << 20) > 0);
	CHECK_EQ(CHILD(deep(64 << 20)), SIGSEGV); /* but not for ever */
}

TEST(growsdown_region)
{
	volatile char *low = map(256, CURFEW_PROT_NONE, ANON), *top = low + 256 * PAGE;
	long r;

	CHECK_EQ(sys(SYS_munmap, low, 256 * PAGE), 0);
	CHECK_EQ(sys(SYS_mmap, low, PAGE, RW, ANON | CURFEW_MAP_FIXED, -1, 0), (long)low);
	r = sys(SYS_mmap, top - PAGE, PAGE, RW, ANON | CURFEW_MAP_FIXED | CURFEW_MAP_GROWSDOWN, -1, 0);
	NEED(r == (long)(top - PAGE));
	for (volatile char *p = top - 1; p > top - 100 * PAGE; p -= PAGE)
		*p = 1;
	CHECK_EQ(writing(low + 8 * PAGE), SIGSEGV); /* nearer than 16 pages to what lies below */
	CHECK_EQ(writing(low), 0);
}

/* More than one 2 MiB table's worth, at an odd place. */
TEST(large_mapping)
{
	volatile char *p = map(3000, RW, ANON);
	uint32_t sum = 0;

	for (size_t i = 0; i < 3000; i += 7)
		p[i * PAGE + i] = (char)i;
	for (size_t i = 0; i < 3000; i++)
		sum += (unsigned char)p[i * PAGE + i];
	for (size_t i = 0; i < 3000; i += 7)
		sum -= (unsigned char)i;
	CHECK_EQ(sum, 0);
	CHECK_EQ(sys(SYS_mprotect, p, 3000 * PAGE, CURFEW_PROT_READ), 0);
	CHECK_EQ(writing(p + 2999 * PAGE), SIGSEGV);
	CHECK_EQ(sys(SYS_munmap, p + PAGE, 2998 * PAGE), 0);
	CHECK_EQ(reading(p + 1500 * PAGE), SIGSEGV);
}

/* Resident pages and tables are exact in procinfo, and go when they are unmapped. */
TEST(counts_are_exact)
{
	struct curfew_procinfo before, after;
	volatile char *p;

	CHECK(sys(SYS_procinfo, sys(SYS_getpid), &before) > 0);
	CHECK(sys(SYS_procinfo, sys(SYS_getpid), &before) > 0); /* its page is there now */
	after = before;
	p = map(100, RW, ANON);
	for (size_t i = 0; i < 50; i++)
		p[i * PAGE] = 1;
	CHECK(sys(SYS_procinfo, sys(SYS_getpid), &after) > 0);
	CHECK_EQ(after.resident, before.resident + 50);
	CHECK_EQ(sys(SYS_munmap, p, 100 * PAGE), 0);
	CHECK(sys(SYS_procinfo, sys(SYS_getpid), &after) > 0);
	CHECK_EQ(after.resident, before.resident);
}

TEST(many_regions)
{
	volatile char *p = map(2000, RW, ANON);

	for (size_t i = 0; i < 2000; i += 2)
		CHECK_EQ(sys(SYS_mprotect, p + i * PAGE, PAGE, CURFEW_PROT_READ), 0);
	CHECK_EQ(CHILD({
		for (size_t i = 1; i < 2000; i += 2)
			p[i * PAGE] = 1;
	}), 0);
	CHECK_EQ(writing(p + 1000 * PAGE), SIGSEGV);
	CHECK_EQ(sys(SYS_munmap, p, 2000 * PAGE), 0);
}
