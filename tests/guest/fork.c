/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork's copy-on-write, vfork, exec: what is copied, what is shared, what arguments arrive.
 */
#include "check.h"

static volatile uint32_t global = 1;
static char buffer[4 * CURFEW_PAGE_SIZE];

extern char **environ;

/* `fork @status N`: exits with N.  `fork @args ...`: checks what exec_arguments passed. */
int other_main(int argc, char **argv)
{
	if (strcmp(argv[0], "@status") == 0)
		return atoi(argv[1]);
	if (strcmp(argv[0], "@args") == 0) {
		if (argc != 5 || strcmp(argv[1], "") || strcmp(argv[2], "two words") || strcmp(argv[3], "\xc3\xa9\"'$") ||
			strlen(argv[4]) != 5000)
			return 2;
		if (!getenv("ONE") || strcmp(getenv("ONE"), "1") || !getenv("EMPTY") || getenv("PATH"))
			return 3;
		return argv[argc] == NULL ? 0 : 4;
	}
	if (strcmp(argv[0], "@count") == 0)
		return argc;
	if (strcmp(argv[0], "@global") == 0) {
		for (size_t i = 0; i < sizeof(buffer); i++) {
			if (buffer[i])
				return 5;
		}
		return global == 1 ? 0 : 6;
	}
	return 1;
}

TEST(cow_isolates)
{
	volatile uint32_t local = 1;
	uint32_t *heap = malloc(100000);
	volatile char *map = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(heap && map != MAP_FAILED);
	heap[10000] = 1;
	for (size_t i = 0; i < 64; i++)
		map[i * PAGE] = 1;
	CHECK_EQ(CHILD({
		CHECK(local == 1 && global == 1 && heap[10000] == 1);
		local = global = heap[10000] = 2;
		for (size_t i = 0; i < 64; i++) {
			CHECK_EQ(map[i * PAGE], 1);
			map[i * PAGE] = 2;
		}
		CHECK_EQ(CHILD({
			CHECK(local == 2 && map[5 * PAGE] == 2);
			local = 3;
			map[5 * PAGE] = 3;
		}), 0);
		CHECK(local == 2 && map[5 * PAGE] == 2);
	}), 0);
	CHECK(local == 1 && global == 1 && heap[10000] == 1);
	for (size_t i = 0; i < 64; i++)
		CHECK_EQ(map[i * PAGE], 1);
	free(heap);
}

/* The parent writes while the child looks. */
TEST(cow_parent_writes)
{
	volatile uint32_t *words = check_shared->words;
	volatile uint32_t *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	page[0] = 1;
	pid = fork();
	if (pid == 0) {
		while (!words[0])
			sys(SYS_yield);
		_exit((int)page[0]);
	}
	page[0] = 2;
	words[0] = 1;
	CHECK_EQ(check_wait(pid), 1 << 8);
	CHECK_EQ(page[0], 2);
}

/* A page that many processes share is copied for each that writes; the last one keeps it. */
TEST(cow_of_many)
{
	volatile uint32_t *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pids[10];

	page[0] = 100;
	for (uint32_t i = 0; i < 10; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			page[0] += i;
			sys(SYS_yield);
			_exit(page[0] == 100 + i ? (int)i : 99);
		}
	}
	for (int i = 0; i < 10; i++)
		CHECK_EQ(check_wait(pids[i]), i << 8);
	CHECK_EQ(page[0], 100);
}

/* The kernel writes into pages that are shared copy-on-write, too. */
TEST(cow_by_the_kernel)
{
	uint64_t *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long vmo = sys(SYS_vmo_create, PAGE);

	page[0] = 1;
	CHECK_EQ(sys(SYS_vmo_write, vmo, 0, "\2\0\0\0\0\0\0\0", 8), 8);
	CHECK_EQ(CHILD(CHECK_EQ(sys(SYS_vmo_read, vmo, 0, page, 8), 8); CHECK_EQ(page[0], 2)), 0);
	CHECK_EQ(page[0], 1);
}

TEST(cow_after_protection)
{
	volatile char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	page[0] = 1;
	CHECK_EQ(mprotect((void *)page, PAGE, PROT_READ), 0);
	CHECK_EQ(CHILD({
		CHECK_EQ(mprotect((void *)page, PAGE, PROT_READ | PROT_WRITE), 0);
		page[0] = 2;
	}), 0);
	CHECK_EQ(page[0], 1);
	CHECK_EQ(mprotect((void *)page, PAGE, PROT_READ | PROT_WRITE), 0);
	page[0] = 3;
	CHECK_EQ(page[0], 3);
}

TEST(fork_chain)
{
	int depth = 0;
	pid_t pid;

	while (depth < 30) {
		pid = fork();
		if (pid != 0) {
			int status = check_wait(pid);

			if (depth)
				_exit(status ? 1 : 0);
			CHECK_EQ(status, 0);
			return;
		}
		depth++;
	}
	_exit(0);
}

TEST(many_children_at_once)
{
	enum { COUNT = 100 };
	static pid_t pids[COUNT];

	for (int i = 0; i < COUNT; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(i);
		CHECK(pids[i] > 0);
	}
	for (int i = COUNT; i-- > 0;)
		CHECK_EQ(check_wait(pids[i]), i << 8);
}

TEST(fork_copies_handles)
{
	long vmo = sys(SYS_vmo_create, PAGE), copy;
	char byte = 0;

	NEED(vmo > 0);
	CHECK_EQ(CHILD({
		CHECK_EQ(sys(SYS_vmo_write, vmo, 0, "x", 1), 1);
		CHECK_EQ(sys(SYS_handle_close, vmo), 0);
		CHECK_EQ(sys(SYS_handle_close, vmo), -EBADF);
	}), 0);
	CHECK_EQ(sys(SYS_vmo_read, vmo, 0, &byte, 1), 1);
	CHECK_EQ(byte, 'x');
	copy = sys(SYS_handle_dup, vmo, CURFEW_RIGHT_READ);
	CHECK(copy > 0 && copy != vmo);
}

/* The parent waits until the child is done with its memory, and sees what it wrote. */
TEST(vfork_shares_memory)
{
	pid_t pid = vfork();

	if (pid == 0) {
		global = 77;
		for (int i = 0; i < 100; i++)
			sys(SYS_yield);
		_exit(5);
	}
	CHECK_EQ(global, 77);
	CHECK_EQ(check_wait(pid), 5 << 8);
	global = 1;
}

TEST(vfork_exec)
{
	for (int i = 0; i < 10; i++) {
		pid_t pid = vfork();

		if (pid == 0) {
			execl("/bin/fork", "fork", "@status", "42", (char *)NULL);
			_exit(99);
		}
		CHECK_EQ(check_wait(pid), 42 << 8);
	}
}

TEST(vfork_child_is_killed)
{
	pid_t pid = vfork();

	if (pid == 0)
		sys(SYS_kill, sys(SYS_getpid), SIGKILL);
	CHECK_EQ(check_wait(pid), SIGKILL);
}

TEST(exec_arguments)
{
	static char long_word[5001];
	char *const argv[] = { "fork", "@args", "", "two words", "\xc3\xa9\"'$", long_word, NULL };
	char *const envp[] = { "ONE=1", "EMPTY=", NULL };

	memset(long_word, 'x', 5000);
	CHECK_EQ(CHILD(execve("/bin/fork", argv, envp); _exit(98)), 0);
}

TEST(exec_begins_afresh)
{
	global = 2;
	memset(buffer, 1, sizeof(buffer));
	CHECK_EQ(CHILD(execl("/bin/fork", "fork", "@global", (char *)NULL); _exit(98)), 0);
	global = 1;
}

TEST(exec_limits)
{
	enum { COUNT = 60000 };
	static char *argv[COUNT + 1];
	static char huge[CURFEW_ARG_MAX + 1];
	char *const small[] = { "fork", "@count", NULL };
	char *const big[] = { "fork", "@count", huge, NULL };

	for (int i = 0; i < 5000; i++)
		argv[i] = i == 0 ? "fork" : i == 1 ? "@count" : "";
	CHECK_EQ(CHILD(execve("/bin/fork", argv, small + 2); _exit(98)), (4999 & 0xff) << 8);
	for (int i = 2; i < COUNT; i++)
		argv[i] = "x";
	CHECK_ERRNO(execve("/bin/fork", argv, small + 2), E2BIG);
	memset(huge, 'x', sizeof(huge) - 1);
	CHECK_ERRNO(execve("/bin/fork", big, small + 2), E2BIG);
	CHECK_ERRNO(execve("/bin/fork", small, big), E2BIG);
	huge[CURFEW_ARG_MAX / 2] = 0;
	CHECK_EQ(CHILD(execve("/bin/fork", big, small + 2); _exit(98)), 2 << 8);
}

TEST(exec_errors)
{
	char *const argv[] = { "x", NULL };
	long archive = initrd();

	CHECK_ERRNO(execve("/bin/nothing", argv, environ), ENOENT);
	CHECK_ERRNO(execve("", argv, environ), ENOENT);
	CHECK_ERRNO(execve("/bin", argv, environ), EACCES);
	CHECK_EQ(sys(SYS_exec, 99, 0, PAGE, argv, environ, "x"), -EBADF);
	CHECK_EQ(sys(SYS_exec, 0, 0, PAGE, argv, environ, "x"), -EPERM);
	CHECK_EQ(sys(SYS_exec, archive, 1, PAGE, argv, environ, "x"), -EINVAL);
	CHECK_EQ(sys(SYS_exec, archive, 0, PAGE, argv, environ, "x"), -ENOEXEC);
	CHECK_EQ(sys(SYS_exec, archive, 0, PAGE, (char **)8, environ, "x"), -EFAULT);
}

/* A program that runs the next one, many times. */
TEST(exec_chain)
{
	for (int i = 0; i < 30; i++)
		CHECK_EQ(CHILD(execl("/bin/fork", "fork", "@status", "7", (char *)NULL)), 7 << 8);
}
