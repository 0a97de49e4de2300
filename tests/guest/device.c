/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers of a device as a memory object: the UART's.  Runs with init=bin/device.
 */
#include "check.h"
#include "../../user/lib/initrd.h"

#define RO CURFEW_PROT_READ
#define RW (CURFEW_PROT_READ | CURFEW_PROT_WRITE)
#define SHARED CURFEW_MAP_SHARED
#define PRIVATE CURFEW_MAP_PRIVATE
#define UART CURFEW_HANDLE_DEVICE

static volatile uint32_t *map(long vmo, uint64_t offset, size_t length, int prot, int flags)
{
	long p = sys(SYS_mmap, 0, length, prot, flags, vmo, offset);

	NEED(p > 0);
	return (volatile uint32_t *)p;
}

static uint64_t resident(void)
{
	struct curfew_procinfo info = { 0 };

	CHECK(sys(SYS_procinfo, sys(SYS_getpid), &info) > 0);
	return info.resident;
}

/* PL011: PCellID0-3 (Arm DDI 0183, 3.3.18). */
static void check_id(volatile uint32_t *uart)
{
	CHECK_EQ(uart[0xff0 / 4] & 0xff, 0x0d);
	CHECK_EQ(uart[0xff4 / 4] & 0xff, 0xf0);
	CHECK_EQ(uart[0xff8 / 4] & 0xff, 0x05);
	CHECK_EQ(uart[0xffc / 4] & 0xff, 0xb1);
}

TEST(device_registers)
{
	volatile uint32_t *uart;
	uint64_t before;

	resident();
	before = resident();
	uart = map(UART, 0, PAGE, RW, SHARED);
	check_id(uart);
	CHECK_EQ(resident(), before + 1);
	CHECK_EQ(sys(SYS_vmo_size, UART), PAGE);
	CHECK_EQ(sys(SYS_vmo_pages, UART), 1);
	CHECK_EQ(CHILD(check_id(uart); check_id(map(UART, 0, PAGE, RO, SHARED))), 0);
	check_id(uart);
	/* Rights come and go, the kind of memory stays. */
	CHECK_EQ(sys(SYS_mprotect, uart, PAGE, RO), 0);
	check_id(uart);
	CHECK_EQ(CHILD(uart[0xff0 / 4] = 0), SIGSEGV);
	CHECK_EQ(sys(SYS_mprotect, uart, PAGE, 0), 0);
	CHECK_EQ(CHILD((void)uart[0xff0 / 4]), SIGSEGV);
	CHECK_EQ(sys(SYS_mprotect, uart, PAGE, RW), 0);
	uart[0xff0 / 4] = 0; /* read-only: nothing happens */
	check_id(uart);
	CHECK_EQ(sys(SYS_munmap, uart, PAGE), 0);
	CHECK_EQ(resident(), before);
}

TEST(device_refuses)
{
	static char *const argv[] = { "true", NULL };
	long weak, w;
	char byte = 0;

	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RW, PRIVATE, UART, 0), -EINVAL);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RO | CURFEW_PROT_EXEC, SHARED, UART, 0), -EACCES);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RW | CURFEW_PROT_EXEC, SHARED, UART, 0), -EACCES);
	CHECK_EQ(sys(SYS_mprotect, map(UART, 0, PAGE, RO, SHARED), PAGE, RO | CURFEW_PROT_EXEC), -EACCES);
	CHECK_EQ(sys(SYS_vmo_read, UART, 0, &byte, 1), -ENOTSUP);
	CHECK_EQ(sys(SYS_vmo_write, UART, 0, &byte, 1), -ENOTSUP);
	CHECK_EQ(sys(SYS_vmo_discard, UART, 0, PAGE), -EPERM);
	CHECK_EQ(sys(SYS_exec, UART, 0, PAGE, argv, argv + 1, "x"), -EPERM);
	weak = sys(SYS_handle_dup, UART, CURFEW_RIGHT_READ | CURFEW_RIGHT_MAP);
	NEED(weak >= 0);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RW, SHARED, weak, 0), -EACCES);
	CHECK_EQ(sys(SYS_vmo_write, weak, 0, &byte, 1), -EPERM);
	check_id(map(weak, 0, PAGE, RO, SHARED));
	CHECK_EQ(CHILD((void)map(weak, 0, 2 * PAGE, RO, SHARED)[PAGE / 4]), SIGBUS);
	weak = sys(SYS_handle_dup, UART, CURFEW_RIGHT_READ | CURFEW_RIGHT_WRITE);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RW, SHARED, weak, 0), -EPERM);
	w = sys(SYS_vmo_window, UART, 0, 16, CURFEW_RIGHT_READ | CURFEW_RIGHT_MAP);
	NEED(w >= 0);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RO, PRIVATE, w, 0), -EINVAL);
	CHECK_EQ(sys(SYS_vmo_read, w, 0, &byte, 1), -ENOTSUP);
	check_id(map(w, 0, PAGE, RO, SHARED));
}

/* Pointers into registers that are handed to the kernel: it does as well as it can, and lives. */
TEST(device_as_buffer)
{
	volatile uint32_t *uart = map(UART, 0, PAGE, RW, SHARED);
	long vmo = sys(SYS_vmo_create, PAGE, 0), r = sys(SYS_vmo_write, vmo, 0, &uart[0xff0 / 4], 1);
	uint32_t word = 0;

	CHECK(r == 1 || r == -EFAULT);
	if (r == 1) {
		CHECK_EQ(sys(SYS_vmo_read, vmo, 0, &word, 4), 4);
		CHECK_EQ(word, 0x0d);
	}
	r = sys(SYS_futex_wait, &uart[0xff0 / 4], 0, 0);
	CHECK(r == -EAGAIN || r == -EFAULT);
	CHECK_EQ(sys(SYS_futex_wake, &uart[0xff0 / 4], 1), 0);
	check_id(uart);
}

/* Executes a program of the initrd: there is no server of files. */
static void exec_program(const char *path)
{
	static char *const argv[] = { "x", NULL };
	long size = sys(SYS_vmo_size, CURFEW_HANDLE_INITRD);
	const char *archive = (const char *)sys(SYS_mmap, 0, size, RO, SHARED, CURFEW_HANDLE_INITRD, 0);
	struct initrd index;

	NEED((long)archive > 0);
	index.footer = (const void *)(archive + size - sizeof(struct initrd_footer));
	index.entries = (const void *)(archive + index.footer->entries);
	for (uint32_t i = 0; i < index.footer->count; i++) {
		if (strcmp(initrd_name(&index, &index.entries[i]), path) == 0)
			sys(SYS_exec, CURFEW_HANDLE_INITRD, index.entries[i].offset, index.entries[i].size, argv, argv + 1, "x");
	}
}

/* Among other mappings of a space that forks, is protected, and ends in every way. */
TEST(device_beside_memory)
{
	volatile uint32_t *room = (volatile uint32_t *)sys(SYS_mmap, 0, 3 * PAGE, RW, PRIVATE | CURFEW_MAP_ANONYMOUS, -1, 0);

	NEED((long)room > 0);
	NEED(sys(SYS_mmap, &room[PAGE / 4], PAGE, RW, SHARED | CURFEW_MAP_FIXED, UART, 0) > 0);
	room[0] = 1;
	room[2 * PAGE / 4] = 2;
	check_id(&room[PAGE / 4]);
	for (unsigned i = 0; i < 20; i++) {
		room[0] += 1;
		CHECK_EQ(CHILD(room[0] = 99; check_id(&room[PAGE / 4]); CHECK_EQ(sys(SYS_mprotect, room, 3 * PAGE, RO), 0);
			       check_id(&room[PAGE / 4]); CHECK_EQ(room[2 * PAGE / 4], 2)), 0);
		CHECK_EQ(sys(SYS_mprotect, room, 3 * PAGE, RO), 0);
		check_id(&room[PAGE / 4]);
		CHECK_EQ(sys(SYS_mprotect, room, 3 * PAGE, RW), 0);
		CHECK_EQ(room[0], i + 2);
	}
	CHECK_EQ(CHILD(exec_program("bin/true"); _exit(98)), 0);
	room[0] = 3;
	CHECK_EQ(sys(SYS_munmap, room, 3 * PAGE), 0);
}
