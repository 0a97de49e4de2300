/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles and what they name: memory objects, the terminal, counters, the log.
 */
#include <pthread.h>
#include <termios.h>

#include "check.h"

static const long bad_handles[] = { -1, 99, 1 << 20, 0x7fffffff, -0x80000000l };
#define BAD_HANDLES (sizeof(bad_handles) / sizeof(bad_handles[0]))

TEST(bad_handles_everywhere)
{
	char byte[1] = { 0 };

	for (size_t i = 0; i < BAD_HANDLES; i++) {
		long h = bad_handles[i];

		CHECK_EQ(sys(SYS_handle_close, h), -EBADF);
		CHECK_EQ(sys(SYS_handle_dup, h, CURFEW_RIGHT_READ), -EBADF);
		CHECK_EQ(sys(SYS_vmo_read, h, 0, byte, 1), -EBADF);
		CHECK_EQ(sys(SYS_vmo_write, h, 0, byte, 1), -EBADF);
		CHECK_EQ(sys(SYS_vmo_size, h), -EBADF);
		CHECK_EQ(sys(SYS_log_write, h, byte, 1), -EBADF);
		CHECK_EQ(sys(SYS_system_ctl, h, CURFEW_SYSTEM_POWEROFF, 0), -EBADF);
	}
}

TEST(wrong_kind)
{
	long vmo = sys(SYS_vmo_create, PAGE);
	char byte[1] = { 0 };

	NEED(vmo > 0);
	CHECK_EQ(sys(SYS_vmo_read, 0, 0, byte, 1), -EPERM);
	CHECK_EQ(sys(SYS_vmo_write, 1, 0, byte, 1), -EPERM);
	CHECK_EQ(sys(SYS_vmo_size, 1), -EPERM);
	CHECK_EQ(sys(SYS_log_write, vmo, byte, 1), -EPERM);
	CHECK_EQ(sys(SYS_log_write, CURFEW_HANDLE_FD0 + 1, byte, 1), -EPERM);
	CHECK_EQ(sys(SYS_system_ctl, vmo, CURFEW_SYSTEM_POWEROFF, 0), -EPERM);
	CHECK_EQ(sys(SYS_system_ctl, 1, CURFEW_SYSTEM_POWEROFF, 0), -EPERM);
	CHECK_EQ(sys(SYS_vmo_write, initrd(), 0, byte, 1), -EPERM);
}

/* init, and the servers that need them, keep them to themselves. */
TEST(no_handles_of_the_system)
{
	char byte = 0;

	CHECK_EQ(sys(SYS_system_ctl, CURFEW_HANDLE_SYSTEM, CURFEW_SYSTEM_POWEROFF, 0), -EBADF);
	CHECK_EQ(sys(SYS_log_write, CURFEW_HANDLE_SYSTEM, &byte, 1), -EBADF);
	for (int handle = 0; handle < CURFEW_HANDLE_FIRST; handle++) {
		long info = sys(SYS_handle_info, handle);

		if (handle == CURFEW_HANDLE_NAMES || handle == CURFEW_HANDLE_ROOT)
			CHECK_EQ(info >> 32, CURFEW_KIND_SESSION);
		else if (handle != CURFEW_HANDLE_PIPES && handle != CURFEW_HANDLE_CLOCK && handle != CURFEW_HANDLE_CLOCK_IRQ)
			CHECK_EQ(info, -EBADF);
	}
}

TEST(rights_only_shrink)
{
	long vmo = sys(SYS_vmo_create, PAGE), reader, nothing;
	char byte[1] = { 0 };

	NEED(vmo > 0);
	reader = sys(SYS_handle_dup, vmo, CURFEW_RIGHT_READ | CURFEW_RIGHT_DUPLICATE);
	NEED(reader > 0);
	CHECK_EQ(sys(SYS_vmo_read, reader, 0, byte, 1), 1);
	CHECK_EQ(sys(SYS_vmo_write, reader, 0, byte, 1), -EPERM);
	CHECK_EQ(sys(SYS_handle_dup, reader, CURFEW_RIGHT_ALL), -EPERM);
	CHECK_EQ(sys(SYS_handle_dup, reader, CURFEW_RIGHT_WRITE), -EPERM);
	CHECK_EQ(sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL + 1), -EPERM);
	nothing = sys(SYS_handle_dup, reader, 0);
	NEED(nothing > 0);
	CHECK_EQ(sys(SYS_vmo_read, nothing, 0, byte, 1), -EPERM);
	CHECK_EQ(sys(SYS_handle_dup, nothing, 0), -EPERM);
	CHECK_EQ(sys(SYS_handle_close, nothing), 0);
}

TEST(close_once)
{
	long vmo = sys(SYS_vmo_create, PAGE), copy = sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL);
	char byte[1] = { 'a' };

	CHECK_EQ(sys(SYS_handle_close, vmo), 0);
	CHECK_EQ(sys(SYS_handle_close, vmo), -EBADF);
	CHECK_EQ(sys(SYS_vmo_write, copy, 0, byte, 1), 1); /* the object lives as long as a handle does */
	CHECK_EQ(sys(SYS_handle_close, copy), 0);
}

/* The table grows as far as memory allows or to a limit, and says so. */
TEST(many_handles)
{
	long vmo = sys(SYS_vmo_create, PAGE), last = 0, count = 0, r;

	while (count < 100000 && (r = sys(SYS_handle_dup, vmo, CURFEW_RIGHT_READ)) >= 0) {
		last = r;
		count++;
	}
	CHECK(count >= 60);
	CHECK(count == 100000 || r == -EMFILE || r == -ENOMEM);
	CHECK_EQ(sys(SYS_vmo_size, last), PAGE);
	CHECK_EQ(sys(SYS_handle_close, last), 0);
	CHECK_EQ(sys(SYS_handle_dup, vmo, CURFEW_RIGHT_READ), last); /* it is free again */
}

/* The lowest free one from `least` on, whether the table has room there or not. */
TEST(least_number)
{
	long vmo = sys(SYS_vmo_create, PAGE), h;

	NEED(vmo >= CURFEW_HANDLE_FIRST);
	CHECK_EQ(sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL, 0, 0), vmo + 1);
	CHECK_EQ(sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL, 8, 0), vmo + 2); /* what is agreed on is not given out */
	CHECK_EQ(sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL, vmo, 0), vmo + 3);
	CHECK_EQ(sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL, 63, 0), 63);
	CHECK_EQ(sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL, 63, 0), 64);
	CHECK_EQ(sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL, 62, 0), 62);
	CHECK_EQ(sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL, 62, 0), 65);
	CHECK_EQ(sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL, CURFEW_HANDLES_MAX - 2, 0), CURFEW_HANDLES_MAX - 2);
	CHECK_EQ(sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL, CURFEW_HANDLES_MAX - 2, 0), CURFEW_HANDLES_MAX - 1);
	CHECK_EQ(sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL, CURFEW_HANDLES_MAX - 2, 0), -EMFILE);
	CHECK_EQ(sys(SYS_vmo_size, CURFEW_HANDLES_MAX - 1), PAGE);
	CHECK_EQ(sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL, CURFEW_HANDLES_MAX, 0), -EINVAL);
	CHECK_EQ(sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL, -1, 0), -EINVAL);
	CHECK_EQ(sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL, 0x80000000, 0), -EINVAL);
	CHECK_EQ(sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL, 1l << 32 | 300, 0), 300); /* 32 bits of it count */
	h = sys(SYS_handle_dup, vmo, CURFEW_RIGHT_READ, 100, 0);
	CHECK_EQ(h, 100);
	CHECK_EQ(sys(SYS_handle_dup, h, CURFEW_RIGHT_READ, 100, 0), -EPERM);
	CHECK_EQ(sys(SYS_handle_dup, 99, 0, 100, 0), -EBADF);
}

TEST(dup_flags)
{
	long vmo = sys(SYS_vmo_create, PAGE), plain, closes;

	NEED(vmo > 0);
	plain = sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL, 50, 0);
	closes = sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL, 50, CURFEW_HANDLE_CLOEXEC);
	CHECK_EQ(plain, 50);
	CHECK_EQ(closes, 51);
	CHECK_EQ(sys(SYS_handle_flags, plain, -1), 0);
	CHECK_EQ(sys(SYS_handle_flags, closes, -1), CURFEW_HANDLE_CLOEXEC);
	CHECK_EQ(sys(SYS_handle_flags, sys(SYS_handle_dup, closes, CURFEW_RIGHT_ALL, 0, 0), -1), 0); /* not copied */
	CHECK_EQ(sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL, 0, 2), -EINVAL);
	CHECK_EQ(sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL, 0, -1), -EINVAL);
}

static long shared_vmo;

static void *take_numbers(void *arg)
{
	uint8_t *owned = arg;

	for (unsigned round = 0; round < 2000; round++) {
		long h = sys(SYS_handle_dup, shared_vmo, CURFEW_RIGHT_READ, 200, CURFEW_HANDLE_CLOEXEC);

		NEED(h >= 200 && h < 203); /* three at most are in use */
		CHECK_EQ(__atomic_exchange_n(&owned[h], 1, __ATOMIC_ACQ_REL), 0); /* nobody else has it */
		__atomic_store_n(&owned[h], 0, __ATOMIC_RELEASE);
		CHECK_EQ(sys(SYS_handle_close, h), 0);
	}
	return NULL;
}

TEST(numbers_among_threads)
{
	static uint8_t owned[CURFEW_HANDLES_MAX];
	pthread_t thread[3];

	shared_vmo = sys(SYS_vmo_create, PAGE);
	for (unsigned i = 0; i < 3; i++)
		NEED(pthread_create(&thread[i], NULL, take_numbers, owned) == 0);
	for (unsigned i = 0; i < 3; i++)
		NEED(pthread_join(thread[i], NULL) == 0);
	CHECK_EQ(sys(SYS_handle_dup, shared_vmo, CURFEW_RIGHT_READ, 200, 0), 200);
}

TEST(vmo_contents)
{
	long vmo = sys(SYS_vmo_create, 3 * PAGE + 100);
	static char out[3 * CURFEW_PAGE_SIZE], in[4 * CURFEW_PAGE_SIZE];

	NEED(vmo > 0);
	CHECK_EQ(sys(SYS_vmo_size, vmo), 3 * PAGE + 100);
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (char)(i * 7 + i / 256);
	CHECK_EQ(sys(SYS_vmo_read, vmo, 0, in, sizeof(in)), 3 * PAGE + 100);
	for (size_t i = 0; i < 3 * PAGE + 100; i++)
		CHECK(in[i] == 0);
	CHECK_EQ(sys(SYS_vmo_write, vmo, 50, out, sizeof(out)), sizeof(out));
	CHECK_EQ(sys(SYS_vmo_read, vmo, 50, in, sizeof(out)), sizeof(out));
	CHECK_EQ(memcmp(in, out, sizeof(out)), 0);
	CHECK_EQ(sys(SYS_vmo_write, vmo, 3 * PAGE, out, PAGE), 100); /* only up to the end */
	CHECK_EQ(sys(SYS_vmo_read, vmo, 3 * PAGE + 100, in, 1), 0);
	CHECK_EQ(sys(SYS_vmo_read, vmo, 1l << 40, in, 1), 0);
	CHECK_EQ(sys(SYS_vmo_read, vmo, 0, in, 0), 0);
	CHECK(sys(SYS_vmo_read, vmo, -1l, in, 2) <= 0);
	CHECK(sys(SYS_vmo_write, vmo, -1l, in, 2) <= 0);
}

TEST(vmo_sizes)
{
	long r = sys(SYS_vmo_create, 0);

	CHECK(r == -EINVAL || r > 0);
	r = sys(SYS_vmo_create, -1l);
	CHECK(r == -ENOMEM || r == -EINVAL);
	r = sys(SYS_vmo_create, 1l << 62);
	CHECK(r == -ENOMEM || r == -EINVAL);
	r = sys(SYS_vmo_create, 1 << 30); /* more than there is may be asked for: pages appear as they are touched */
	CHECK(r > 0 || r == -ENOMEM);
}

TEST(initrd_reads)
{
	char magic[6];
	long archive = initrd(), size = sys(SYS_vmo_size, archive);

	CHECK(size > (long)PAGE);
	CHECK(sys(SYS_vmo_read, archive, size, magic, 1) <= 0);
	CHECK_EQ(sys(SYS_vmo_read, archive, size - 1, magic, 6), 1);
}

TEST(terminal_modes)
{
	struct termios before, raw, now;

	NEED(tcgetattr(STDIN_FILENO, &before) == 0);
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ISIG | ECHO);
	CHECK_EQ(tcsetattr(STDOUT_FILENO, TCSANOW, &raw), 0);
	CHECK_EQ(tcgetattr(STDIN_FILENO, &now), 0);
	CHECK_EQ(now.c_lflag, raw.c_lflag);
	CHECK_EQ(tcsetattr(STDIN_FILENO, TCSADRAIN, &before), 0);
	CHECK_EQ(tcgetattr(STDOUT_FILENO, &now), 0);
	CHECK_EQ(now.c_lflag, before.c_lflag);
	CHECK_ERRNO(tcsetattr(STDIN_FILENO, 77, &before), EINVAL);
	CHECK_ERRNO(tcsetattr(STDIN_FILENO, TCSANOW, (struct termios *)8), EFAULT);
	CHECK_ERRNO(tcgetattr(STDIN_FILENO, (struct termios *)8), EFAULT);
	CHECK_ERRNO(tcgetattr(99, &now), EBADF);
}

TEST(terminal_group)
{
	pid_t group = tcgetpgrp(STDIN_FILENO), own = getpgrp();

	CHECK(group >= 0);
	CHECK_EQ(tcsetpgrp(STDIN_FILENO, own), 0);
	CHECK_EQ(tcgetpgrp(STDOUT_FILENO), own);
	CHECK_EQ(tcsetpgrp(STDIN_FILENO, group), 0);
	CHECK_ERRNO(tcsetpgrp(STDIN_FILENO, -5), EINVAL);
}

TEST(empty_io)
{
	char byte[1] = { 0 };

	CHECK_EQ(write(STDOUT_FILENO, byte, 0), 0);
	CHECK_EQ(read(STDIN_FILENO, byte, 0), 0);
	CHECK_EQ(sys(SYS_report, byte, 0), 0);
	CHECK_EQ(sys(SYS_vmo_write, initrd(), 0, byte, 0), -EPERM);
}

/* Counters: names are unique and written in full, count may be smaller than what there is. */
TEST(kstat)
{
	static struct curfew_kstat all[128];
	struct curfew_kstat some[3];
	static const char *const names[] = { "tlbi.local", "tlbi.broadcast", "tlbi.va", "tlbi.asid", "tlbi.all", "tlbi.wasted",
		"asid.alloc", "asid.rollover", "asid.flush", "park.switch", "park.exit", "purge.calls", "purge.pages",
		"purge.tables", "pmap.bbm", "pmap.retry", "pmap.promote", "pmap.demote", "fault.anon", "fault.cow", "fault.file",
		"page.free", "page.total", "page.table", "thread.live", "process.live", "ipc.fast", "ipc.slow", "ipi.sent",
		"syscall.count" };
	long n = sys(SYS_kstat, all, 128, 0);

	NEED(n > 0 && n <= 128);
	CHECK_EQ(sys(SYS_kstat, some, 3, 0), n);
	CHECK_EQ(memcmp(some[2].name, all[2].name, sizeof(some[2].name)), 0);
	CHECK_EQ(sys(SYS_kstat, 0, 0, 0), n);
	CHECK_EQ(sys(SYS_kstat, all, 128, 0x80), -EINVAL);
	for (long i = 0; i < n; i++) {
		CHECK(memchr(all[i].name, 0, sizeof(all[i].name)) != NULL);
		for (long j = 0; j < i; j++)
			CHECK(strcmp(all[i].name, all[j].name) != 0);
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (check_counter(names[i], 0) < 0)
			check_fail(__FILE__, __LINE__, "there is no counter %s", names[i]);
	}
	CHECK(check_counter("page.total", 0) > check_counter("page.free", 0));
	CHECK_EQ(check_counter("tlbi.wasted", 0), 0);
}

TEST(log)
{
	static char text[4096], again[16];
	long n = sys(SYS_log_read, text, sizeof(text), 0);

	CHECK(n > 0);
	CHECK_EQ(sys(SYS_log_read, again, sizeof(again), 0), sizeof(again));
	CHECK_EQ(memcmp(text, again, sizeof(again)), 0);
	CHECK_EQ(sys(SYS_log_read, again, 4, 4), 4);
	CHECK_EQ(memcmp(text + 4, again, 4), 0);
	CHECK_EQ(sys(SYS_log_read, again, 4, 1l << 40), 0);
	CHECK_EQ(sys(SYS_log_read, again, 0, 0), 0);
}
