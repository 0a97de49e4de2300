/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CHECK_H
#define CHECK_H
/*
 * Tests that run on Curfew.  A test program is one C file that includes this
 * header (which has main) and consists of
 *
 *   TEST(name)
 *   {
 *           CHECK(1 + 1 == 2);          a condition; the test goes on if it fails
 *           CHECK_EQ(sys(SYS_yield), 0); the same, and shows both numbers
 *           NEED(p != NULL);            the same, but the test ends if it fails
 *   }
 *
 * Each test runs in a child of its own, so that one that crashes or hangs fails
 * alone.  All its processes and threads may CHECK: the first failure is kept in
 * a page that they share.  After each test the kernel must have as many free
 * pages as before.  Tests run in an order drawn from a seed.
 *
 * Results go to the host by SYS_report, one line each:
 *   ok NAME | not ok NAME: FILE:LINE: TEXT | done COUNT
 * and to standard output where no host listens.
 *
 *   program [--seed N] [--only NAME]
 *
 * With the boot argument init=bin/NAME a test program is the first process instead: it has the handles of the system,
 * of the initrd, of the UART, and no servers.  Its arguments are CMD's words then, and at the end it powers off.
 *
 * A test may exec its own program: `program @WORD ...` calls other_main().
 */
#include <curfew/abi.h>
#include <curfew/file.h>
#include <curfew/message.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Limits against hanging: no test that passes comes near them, also where the host is busy and the kernel a checking one. */
#ifndef CHECK_SECONDS
#define CHECK_SECONDS 100 /* until a test counts as hung */
#endif
#ifndef CHECK_SETTLE_MS
#define CHECK_SETTLE_MS 10000 /* until pages that servers have not given back count as lost */
#endif
#define PAGE ((size_t)CURFEW_PAGE_SIZE)

/* A system call, by number, past the C library: its result or a negative errno. */
static inline long sys6(long n, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory", "cc");
	return x0;
}
#define CHECK_SYS(n, a, b, c, d, e, f, ...) \
	sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define sys(n, ...) CHECK_SYS(n __VA_OPT__(,) __VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

struct check_test {
	const char *name;
	void (*run)(void);
};

#define TEST(test) \
	static void test_##test(void); \
	static const struct check_test check_entry_##test = { #test, test_##test }; \
	static const struct check_test *const check_pointer_##test \
		__attribute__((used, section("check_tests"))) = &check_entry_##test; \
	static void test_##test(void)

/* The linker makes these for a section whose name is a C identifier. */
extern const struct check_test *const __start_check_tests[], *const __stop_check_tests[];

/* Shared by all processes of a test. */
struct check_shared {
	uint32_t failed; /* 1: text is being written, 2: it is there */
	char text[200];
	uint32_t words[64]; /* for the test's own use; zero when it begins */
};
static struct check_shared *check_shared;

/* Of --seed; 0: none was given. */
static uint64_t check_seed __attribute__((unused));

/* Notes a failure, if it is the first. */
static __attribute__((format(printf, 3, 4))) void check_fail(const char *file, int line, const char *format, ...)
{
	uint32_t none = 0;
	va_list args;
	int n;

	if (!__atomic_compare_exchange_n(&check_shared->failed, &none, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return;
	va_start(args, format);
	n = snprintf(check_shared->text, sizeof(check_shared->text), "%s:%d: ", file, line);
	vsnprintf(check_shared->text + n, sizeof(check_shared->text) - n, format, args);
	va_end(args);
	__atomic_store_n(&check_shared->failed, 2, __ATOMIC_RELEASE);
}

#define CHECK(e) ((e) ? (void)0 : check_fail(__FILE__, __LINE__, "%s", #e))
#define NEED(e) ((e) ? (void)0 : (check_fail(__FILE__, __LINE__, "%s", #e), _exit(99)))
#define CHECK_EQ(e, value) \
	({ \
		long long check_a = (long long)(e), check_b = (long long)(value); \
		if (check_a != check_b) \
			check_fail(__FILE__, __LINE__, "%s is %lld, not %lld (%s)", #e, check_a, check_b, #value); \
		check_a == check_b; \
	})
/* A libc call that must return -1 with errno. */
#define CHECK_ERRNO(e, number) \
	({ \
		errno = 0; \
		long long check_r = (long long)(e); \
		if (check_r != -1 || errno != (number)) \
			check_fail(__FILE__, __LINE__, "%s is %lld with errno %d, not -1 with %s", #e, check_r, errno, #number); \
	})

/* The status of a child as wait gives it; -1 if there was none. */
static inline int check_wait(pid_t pid)
{
	int status = 0;

	if (pid <= 0 || sys(SYS_wait, pid, &status, 0, 0) != pid)
		return -1;
	return status;
}

/* Runs statements in a child; the value is its status.  A child that gets to the end exits with 0. */
#define CHILD(...) \
	({ \
		pid_t check_pid = fork(); \
		if (check_pid == 0) { \
			__VA_ARGS__; \
			_exit(0); \
		} \
		check_wait(check_pid); \
	})

/* One of the kernel's counters.  TRIM makes page.free exact. */
static __attribute__((unused)) long long check_counter(const char *name, unsigned flags)
{
	static struct curfew_kstat counters[128];
	long n = sys(SYS_kstat, counters, 128, flags);

	for (long i = 0; i < n && i < 128; i++) {
		if (strcmp(counters[i].name, name) == 0)
			return (long long)counters[i].value;
	}
	return -1;
}

static __attribute__((unused)) uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static __attribute__((unused)) void sleep_ms(unsigned ms)
{
	sys(SYS_sleep_until, now_ns() + ms * 1000000ull);
}

/* A handle to the initrd: READ, EXECUTE, MAP; the first process's own has DUPLICATE and TRANSFER besides.  All others
 * get theirs as exec does: the server of files maps its programs from it.  A new one each time. */
static __attribute__((unused)) long initrd(void)
{
	struct curfew_call call = { .word = { CURFEW_FILE_MAP, 0, PAGE, PROT_READ | PROT_EXEC }, .deadline = CURFEW_FOREVER };
	int fd;

	if (sys(SYS_getpid) == 1)
		return CURFEW_HANDLE_INITRD;
	fd = open("/bin/true", O_RDONLY);
	NEED(fd >= 0);
	NEED(curfew_send(CURFEW_HANDLE_FD0 + fd, &call) == 0 && (int64_t)call.word[0] == 0 && call.came == 1);
	close(fd);
	return (long)call.handle[0].handle;
}

/* An access that ends the process with SIGSEGV. */
static volatile uintptr_t check_nowhere __attribute__((unused)) = 8;
#define CRASH() (*(volatile int *)check_nowhere = 1)

/* What `program @WORD` does; a test program defines it if it needs it. */
__attribute__((weak)) int other_main(int argc, char **argv);

/* A program whose tests kill servers defines it: brings all servers to one state, before pages are counted.  Then they are
 * counted with the servers', to the page, and the kernel's small objects by number. */
__attribute__((weak)) void check_settle(void);

/* -------------------------------------------------------------- runner */

static __attribute__((format(printf, 1, 2))) void check_report(const char *format, ...)
{
	char line[300];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (sys(SYS_report, line, n) < 0 && write(STDOUT_FILENO, line, (size_t)n) < 0)
		sys(SYS_log_write, CURFEW_HANDLE_SYSTEM, line, n);
}

/* Waits for a test's process; kills it when it takes too long. */
static int check_await(pid_t pid, bool *hung)
{
	uint64_t limit = now_ns() + CHECK_SECONDS * 1000000000ull;
	int status = -1;

	for (;;) {
		long r = sys(SYS_wait, pid, &status, CURFEW_WNOHANG, 0);

		if (r == pid)
			return status;
		if (r < 0)
			return -1;
		if (now_ns() > limit && !*hung) {
			*hung = true;
			sys(SYS_kill, pid, 9);
		}
		sys(SYS_sleep_until, now_ns() + 500000);
	}
}

/*
 * What a test may not change.  `pages`: the kernel's free ones, and those that init, the servers and the shell have mapped: they may
 * take some and keep them.  `slabs`: pages of the kernel's small objects.  What the kernel keeps for a server is not told from what a
 * test made it lose: so if there are more objects than before their pages are missing.  If there are no more, then they only lie
 * elsewhere, and more pages are partly full.
 */
struct check_memory {
	long long pages, slabs, objects;
};

/* Whether nobody but the test can have changed anything: then all is compared to the page and to the object. */
static bool check_is_exact(void)
{
	return check_settle || sys(SYS_getpid) == 1;
}

static long long check_pages_of_servers(void)
{
	static const char *const names[] = { "init", "console", "files", "pipe", "sh" };
	long long pages = 0, table = check_counter("window.park.preempt", 0) < 0 ? 1 : 5; /* BUILD=check keeps a model of each: 4 pages */
	struct curfew_procinfo info;

	if (check_settle) /* How deep init's stack was depends on where SIGCHLD found it; the others begin anew. */
		return sys(SYS_procinfo, 1, &info) == 1 ? (long long)info.resident : -1;
	for (long pid = 0; (pid = sys(SYS_procinfo, pid, &info)) > 0; pid++) {
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			if (info.ppid <= 1 && pid != sys(SYS_getpid) && strncmp(info.name, names[i], CURFEW_NAME_MAX) == 0)
				pages += (long long)info.resident + table * (long long)info.tables;
		}
	}
	return pages;
}

static struct check_memory check_memory(void)
{
	struct check_memory memory;

	if (check_settle)
		check_settle();
	memory.pages = check_counter("page.free", CURFEW_KSTAT_TRIM) + check_pages_of_servers();
	memory.slabs = check_counter("slab.page", 0);
	memory.objects = check_counter("slab.object", 0);
	return memory;
}

static bool check_is_lost(const struct check_memory *before, const struct check_memory *after)
{
	bool elsewhere = after->objects <= before->objects && after->pages + after->slabs >= before->pages + before->slabs;

	return check_is_exact() ? after->pages + after->slabs != before->pages + before->slabs : after->pages < before->pages && !elsewhere;
}

/* The same after a test: a server learns only by and by that its clients are gone. */
static struct check_memory check_memory_settled(const struct check_memory *before)
{
	uint64_t limit = now_ns() + CHECK_SETTLE_MS * 1000000ull;
	struct check_memory memory;

	while (memory = check_memory(), check_is_lost(before, &memory) && now_ns() < limit && !check_settle)
		sleep_ms(1);
	return memory;
}

static void check_run(const struct check_test *test)
{
	struct check_memory before, after;
	bool hung = false;
	pid_t pid;
	int status;

	memset(check_shared, 0, sizeof(*check_shared));
	before = check_memory();
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		test->run();
		_exit(0);
	}
	if (pid < 0) {
		check_report("not ok %s: fork: errno %d\n", test->name, errno);
		return;
	}
	status = check_await(pid, &hung);
	/* What the test left behind goes, and init, which may be we, waits for it. */
	for (uint64_t limit = now_ns() + CHECK_SECONDS * 1000000000ull; sys(SYS_kill, -pid, 9) == 0 && now_ns() < limit;) {
		if (sys(SYS_getpid) == 1)
			sys(SYS_wait, -1, NULL, CURFEW_WNOHANG, NULL);
		sys(SYS_yield);
	}
	after = check_memory_settled(&before);
	if (__atomic_load_n(&check_shared->failed, __ATOMIC_ACQUIRE))
		check_report("not ok %s: %s\n", test->name, check_shared->text);
	else if (hung)
		check_report("not ok %s: no end within %d seconds\n", test->name, CHECK_SECONDS);
	else if (status != 0)
		check_report("not ok %s: %s %d\n", test->name, status & 0xff ? "ended by signal" : "exit status",
			status & 0xff ? status & 0xff : status >> 8);
	else if (check_is_exact() && before.objects != after.objects)
		check_report("not ok %s: %lld objects of the kernel before, %lld after\n", test->name, before.objects, after.objects);
	else if (check_is_lost(&before, &after))
		check_report("not ok %s: %lld pages before, %lld after (of objects: %lld, %lld)\n", test->name, before.pages,
			after.pages, before.slabs, after.slabs);
	else
		check_report("ok %s\n", test->name);
}

/* The first process's arguments: the words behind ` -- ` of the boot arguments. */
static int check_boot_words(char *words[], int room)
{
	char *line = getenv("BOOTARGS"), *word, *rest;
	int count = 0;

	line = line ? strstr(line, " -- ") : NULL;
	for (word = line ? strtok_r(line + 4, " ", &rest) : NULL; word && count < room - 1; word = strtok_r(NULL, " ", &rest))
		words[count++] = word;
	words[count] = NULL;
	return count;
}

static int check_main(int argc, char **argv);

int main(int argc, char **argv)
{
	char *words[16];

	if (sys(SYS_getpid) != 1)
		return check_main(argc, argv);
	argc = check_boot_words(words, 16);
	sys(SYS_system_ctl, CURFEW_HANDLE_SYSTEM, CURFEW_SYSTEM_POWEROFF, check_main(argc, words));
	check_report("not ok %s: no power off\n", words[0]);
	for (;;)
		sys(SYS_sleep_until, CURFEW_FOREVER);
}

static int check_main(int argc, char **argv)
{
	const struct check_test *tests[256];
	size_t count = (size_t)(__stop_check_tests - __start_check_tests), run = 0;
	const char *only = NULL;
	uint64_t seed = 0;

	if (argc > 1 && argv[1][0] == '@')
		return other_main(argc - 1, argv + 1);
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--only") == 0)
			only = argv[i + 1];
		else if (strcmp(argv[i], "--seed") == 0)
			check_seed = seed = strtoull(argv[i + 1], NULL, 10);
	}
	/* All that the parent will touch is touched now, or it would seem lost by the first test. */
	check_shared = mmap(NULL, sizeof(*check_shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (check_shared == MAP_FAILED) {
		check_report("not ok %s: no shared page\n", argv[0]);
		return 1;
	}
	check_fail(__FILE__, __LINE__, "%s %lld", "warm", 1ll);
	check_memory();
	CHILD();

	for (size_t i = 0; i < count; i++)
		tests[i] = __start_check_tests[i];
	for (size_t i = count; seed && i > 1; i--) {
		const struct check_test *last = tests[i - 1];
		size_t other;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		other = (seed >> 33) % i;
		tests[i - 1] = tests[other];
		tests[other] = last;
	}
	for (size_t i = 0; i < count; i++) {
		if (only && strcmp(only, tests[i]->name))
			continue;
		check_run(tests[i]);
		run++;
	}
	check_report("done %zu\n", run);
	return 0;
}

#endif
