/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bad pointers, in every argument of every call that takes one: EFAULT, and
 * nothing else happens.
 */
#include "check.h"

static uintptr_t places[16];
static size_t n_places;
static char *read_only;  /* a page that cannot be written */
static char *last_bytes; /* eight bytes before a page that is not there */
static long vmo;

/* Addresses that user space cannot write to, or read from, as far as `size` bytes. */
static void prepare(void)
{
	char *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *none = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	read_only = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	NEED(p != MAP_FAILED && none != MAP_FAILED && read_only != MAP_FAILED);
	NEED(munmap(p + PAGE, PAGE) == 0); /* nothing is mapped from here on: this gap would be taken */
	p[0] = 1;
	last_bytes = p + PAGE - 8;
	n_places = 0;
	places[n_places++] = 8;
	places[n_places++] = (uintptr_t)none;
	places[n_places++] = (uintptr_t)p + PAGE;
	places[n_places++] = (1ull << 39) - 8; /* the end of user space, for both sizes of it */
	places[n_places++] = (1ull << 48) - 8;
	places[n_places++] = 1ull << 48;
	places[n_places++] = 1ull << 55;
	places[n_places++] = 0x00ff000000200000ull; /* a tag in the top byte */
	places[n_places++] = 0xffff000000000000ull;
	places[n_places++] = 0xffffff8000000000ull; /* the kernel's direct map */
	places[n_places++] = 0xffffffff80000000ull; /* its image */
	places[n_places++] = 0xffffffffffffffe0ull; /* wraps */
	vmo = sys(SYS_vmo_create, 4 * PAGE);
	NEED(vmo > 0);
}

/* The call with `bad` in its place must be -EFAULT for all addresses that cannot be read. */
#define EACH_BAD(bad, ...) \
	for (size_t i_ = 0; i_ < n_places; i_++) { \
		void *bad = (void *)places[i_]; \
		long r_ = (__VA_ARGS__); \
		if (r_ != -EFAULT) \
			check_fail(__FILE__, __LINE__, "%s at %#zx is %ld, not EFAULT", #__VA_ARGS__, places[i_], r_); \
	}

/* And for one that can be read only, and for one whose end is not there. */
#define EACH_UNWRITABLE(bad, ...) \
	do { \
		void *bad = read_only; \
		CHECK_EQ((__VA_ARGS__), -EFAULT); \
		EACH_STRADDLING(bad, __VA_ARGS__); \
	} while (0)
#define EACH_STRADDLING(bad, ...) \
	do { \
		void *bad = last_bytes; \
		CHECK_EQ((__VA_ARGS__), -EFAULT); \
	} while (0)

TEST(thread_create)
{
	prepare();
	EACH_BAD(p, sys(SYS_thread_create, p));
	EACH_STRADDLING(p, sys(SYS_thread_create, p));
	CHECK_EQ(sys(SYS_thread_create, NULL), -EFAULT);
}

TEST(vmo_read)
{
	prepare();
	EACH_BAD(p, sys(SYS_vmo_read, vmo, 0, p, 64));
	EACH_UNWRITABLE(p, sys(SYS_vmo_read, vmo, 0, p, 64));
	CHECK_EQ(sys(SYS_vmo_read, vmo, 0, NULL, 1), -EFAULT);
	CHECK_EQ(sys(SYS_vmo_read, vmo, 0, last_bytes, 8), 8);
	CHECK_EQ(sys(SYS_vmo_read, vmo, 0, last_bytes, -1l), -EFAULT);
}

TEST(vmo_write)
{
	prepare();
	EACH_BAD(p, sys(SYS_vmo_write, vmo, 0, p, 64));
	EACH_STRADDLING(p, sys(SYS_vmo_write, vmo, 0, p, 64));
	CHECK_EQ(sys(SYS_vmo_write, vmo, 0, read_only, 64), 64);
	CHECK_EQ(sys(SYS_vmo_write, vmo, 0, last_bytes, 8), 8);
}

/* A message whose bytes are not there never reaches its server. */
static long sent(const void *out, size_t out_length, void *in, size_t in_size)
{
	struct curfew_call call = { .word = { CURFEW_FILE_GET_FLAGS }, .out = out, .out_length = out_length, .in = in,
		.in_size = in_size, .deadline = CURFEW_FOREVER };

	return curfew_send(CURFEW_HANDLE_FD0 + 1, &call) == 0 ? 0 : -errno;
}

TEST(send)
{
	prepare();
	EACH_BAD(p, sent(p, 64, NULL, 0));
	EACH_STRADDLING(p, sent(p, 64, NULL, 0));
	CHECK(sent((void *)(uintptr_t)0xffffffff80000000, (size_t)1 << 62, NULL, 0) < 0);
	CHECK_EQ(sent(NULL, 0, NULL, 0), 0);
}

/* Through descriptors: the console's, a file's, a device's, a pipe's. */
TEST(descriptors)
{
	int p[2], file = open("/tmp/pointer", O_RDWR | O_CREAT | O_TRUNC, 0600), zero = open("/dev/zero", O_RDWR);
	int fds[4];

	NEED(pipe(p) == 0 && file >= 0 && zero >= 0);
	prepare();
	fds[0] = STDOUT_FILENO;
	fds[1] = file;
	fds[2] = p[1];
	for (int i = 0; i < 3; i++) {
		EACH_BAD(bad, write(fds[i], bad, 64) < 0 ? -errno : 0);
		EACH_STRADDLING(bad, write(fds[i], bad, 64) < 0 ? -errno : 0);
		CHECK_ERRNO(write(fds[i], NULL, 1), EFAULT);
		CHECK(write(fds[i], (void *)(uintptr_t)0xffffffff80000000, (size_t)1 << 62) < 0);
	}
	CHECK_EQ(write(file, "some bytes that can be read, as many as sixty-four, or even more.", 66), 66);
	CHECK_EQ(write(p[1], "more than sixty-four bytes, so that none of them has to be waited for.", 70), 70);
	fds[0] = file;
	fds[1] = zero;
	fds[2] = p[0];
	for (int i = 0; i < 3; i++) {
		EACH_BAD(bad, (i == 0 ? lseek(file, 0, SEEK_SET) : 0) || read(fds[i], bad, 64) >= 0 ? 0 : -errno);
		EACH_UNWRITABLE(bad, (i == 0 ? lseek(file, 0, SEEK_SET) : 0) || read(fds[i], bad, 64) >= 0 ? 0 : -errno);
	}
	CHECK_EQ(unlink("/tmp/pointer"), 0);
}

TEST(report)
{
	prepare();
	EACH_BAD(p, sys(SYS_report, p, 64));
}

TEST(kstat)
{
	prepare();
	EACH_BAD(p, sys(SYS_kstat, p, 4, 0));
	EACH_UNWRITABLE(p, sys(SYS_kstat, p, 4, 0));
}

TEST(log_read)
{
	prepare();
	EACH_BAD(p, sys(SYS_log_read, p, 64, 0));
	EACH_UNWRITABLE(p, sys(SYS_log_read, p, 64, 0));
}

TEST(getrusage)
{
	prepare();
	EACH_BAD(p, sys(SYS_getrusage, 0, p));
	EACH_UNWRITABLE(p, sys(SYS_getrusage, 0, p));
	CHECK_EQ(sys(SYS_getrusage, 0, NULL), -EFAULT);
}

TEST(signals)
{
	prepare();
	EACH_BAD(p, sys(SYS_signal_actions, p, 0));
	EACH_STRADDLING(p, sys(SYS_signal_actions, p, 0));
	EACH_BAD(p, sys(SYS_signal_actions, 0, p));
	EACH_UNWRITABLE(p, sys(SYS_signal_actions, 0, p));
	EACH_BAD(p, sys(SYS_signal_return, p));
	EACH_STRADDLING(p, sys(SYS_signal_return, p));
	EACH_BAD(p, sys(SYS_alarm, p, 0));
	EACH_STRADDLING(p, sys(SYS_alarm, p, 0));
	EACH_BAD(p, sys(SYS_alarm, 0, p));
	EACH_UNWRITABLE(p, sys(SYS_alarm, 0, p));
}

TEST(procinfo)
{
	prepare();
	EACH_BAD(p, sys(SYS_procinfo, 1, p));
	EACH_UNWRITABLE(p, sys(SYS_procinfo, 1, p));
}

/* wait: a bad pointer must not lose the child. */
TEST(wait)
{
	pid_t pid;

	prepare();
	pid = fork();
	if (pid == 0)
		_exit(3);
	EACH_BAD(p, sys(SYS_wait, pid, p, 0, 0));
	EACH_BAD(p, sys(SYS_wait, pid, 0, 0, p));
	EACH_UNWRITABLE(p, sys(SYS_wait, pid, 0, 0, p));
	CHECK_EQ(sys(SYS_wait, pid, read_only, 0, 0), -EFAULT);
	CHECK_EQ(check_wait(pid), 3 << 8);
}

TEST(futex)
{
	uint32_t word = 0;

	prepare();
	EACH_BAD(p, sys(SYS_futex_wait, p, 0, 0));
	CHECK_EQ(sys(SYS_futex_wait, (char *)&word + 1, 0, 0), -EINVAL);
	CHECK_EQ(sys(SYS_futex_wake, (char *)&word + 2, 1), -EINVAL);
	CHECK_EQ(sys(SYS_futex_wait, NULL, 0, 0), -EFAULT);
	CHECK_EQ(sys(SYS_futex_wait, read_only, 1, 0), -EAGAIN);
}

TEST(exec)
{
	char *good[] = { "x", NULL };
	long archive;

	prepare();
	archive = initrd();
	EACH_BAD(p, sys(SYS_exec, archive, 0, PAGE, p, good, "x"));
	EACH_BAD(p, sys(SYS_exec, archive, 0, PAGE, good, p, "x"));
	EACH_BAD(p, sys(SYS_exec, archive, 0, PAGE, good, good, p));
	for (size_t i = 0; i < n_places; i++) {
		char *argv[] = { "x", (char *)places[i], NULL };

		CHECK_EQ(sys(SYS_exec, archive, 0, PAGE, argv, good, "x"), -EFAULT);
	}
}

/* A tid address that cannot be written is found when it is used, and ignored or refused, but stops nothing. */
TEST(set_tid_address)
{
	prepare();
	for (size_t i = 0; i < n_places; i++) {
		int status = CHILD(sys(SYS_set_tid_address, places[i]); sys(SYS_thread_exit));

		CHECK_EQ(status, 0);
	}
	CHECK_EQ(CHILD(sys(SYS_set_tid_address, read_only); sys(SYS_thread_exit)), 0);
}

/* All calls, with addresses and random numbers: whatever they return, the kernel goes on.  Calls that end or
 * stop the caller for good are left out. */
TEST(noise)
{
	uint64_t seed = 12345;

	prepare();
	for (int round = 0; round < 20; round++) {
		pid_t pid = fork();

		if (pid == 0) {
			setpgid(0, 0);
			for (int i = 0; i < 300; i++) {
				long args[7];

				for (int j = 0; j < 7; j++) {
					seed = seed * 6364136223846793005u + 1442695040888963407u + (uint64_t)round;
					args[j] = (seed >> 40) % 3 ? (long)places[(seed >> 33) % n_places] : (long)(seed >> 33) % 64;
				}
				args[0] = (long)((seed >> 20) % SYS_COUNT);
				switch (args[0]) {
				case SYS_exit:
				case SYS_thread_exit:
				case SYS_fork:
				case SYS_vfork:
				case SYS_kill:
				case SYS_report:
				case SYS_sleep_until:
				case SYS_futex_wait:
				case SYS_wait:
				case SYS_munmap:
				case SYS_mprotect:
				case SYS_thread_create:
				case SYS_send: /* servers would do it */
				case SYS_set_priority:
				case SYS_signal_return:
				case SYS_signal_suspend:
				case SYS_signal_wait:
				case SYS_event_wait: /* of what it makes itself: for ever */
				case SYS_receive:
				case SYS_reply_receive:
				case SYS_thread_kill:
				case SYS_alarm:
					continue;
				}
				if (args[0] == SYS_mmap)
					args[4] &= ~(long)CURFEW_MAP_FIXED;
				sys6(args[0], args[1], args[2], args[3], args[4], args[5], args[6]);
			}
			_exit(0);
		}
		CHECK_EQ(check_wait(pid), 0);
	}
}
