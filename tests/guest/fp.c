/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FP registers, which the kernel loads when they are used: each thread keeps its own over messages, and begins as it should.
 */
#include "message_util.h"

struct fp {
	unsigned char v[32][16];
	uint64_t fpcr;
};

#define ALL_V "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", \
	"v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31"

/* Loads all, makes a system call with these x0-x7 and x9, stores all: nothing between that the compiler could spoil. */
static __attribute__((noinline)) long call_with(const struct fp *set, struct fp *got, long n, const uint64_t *x)
{
	register long x8 __asm__("x8") = n;
	register const uint64_t *in __asm__("x19") = x;
	register const struct fp *from __asm__("x20") = set;
	register struct fp *to __asm__("x21") = got;
	long result;

	__asm__ volatile(
		"mov x9, %3\n" "ldr x10, [x9, #512]\n" "msr fpcr, x10\n"
		"mov x10, %3\n"
#define L(a, b, o) "ldp q" #a ", q" #b ", [x10, #" #o "]\n"
#define S(a, b, o) "stp q" #a ", q" #b ", [x10, #" #o "]\n"
#define EACH(F) F(0, 1, 0) F(2, 3, 32) F(4, 5, 64) F(6, 7, 96) F(8, 9, 128) F(10, 11, 160) F(12, 13, 192) F(14, 15, 224) \
	F(16, 17, 256) F(18, 19, 288) F(20, 21, 320) F(22, 23, 352) F(24, 25, 384) F(26, 27, 416) F(28, 29, 448) F(30, 31, 480)
		EACH(L)
		"ldp x0, x1, [%2]\n ldp x2, x3, [%2, #16]\n ldp x4, x5, [%2, #32]\n ldp x6, x7, [%2, #48]\n"
		"mov x9, #0\n svc #0\n mov x10, %4\n"
		EACH(S)
		"mrs x11, fpcr\n str x11, [x10, #512]\n msr fpcr, xzr\n mov %0, x0\n"
		: "=&r"(result), "+r"(x8) : "r"(in), "r"(from), "r"(to)
		: ALL_V, "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
		"x16", "x17", "memory", "cc");
	return result;
}

static void fill(struct fp *fp, unsigned seed)
{
	for (size_t i = 0; i < sizeof(fp->v); i++)
		((unsigned char *)fp->v)[i] = (unsigned char)(seed * 37 + i * 11 + i / 16);
	fp->fpcr = (uint64_t)(seed % 4) << 22; /* RMode */
}

static void keeps(unsigned seed, long n, const uint64_t *x)
{
	struct fp set = { .fpcr = 0 }, got;

	fill(&set, seed);
	call_with(&set, &got, n, x);
	CHECK_EQ(memcmp(set.v, got.v, sizeof(set.v)), 0);
	CHECK_EQ(got.fpcr, set.fpcr);
}

/* The kernel copies a page through some of them when it has to write where a child has the page, too. */
TEST(kept_over_a_copied_page)
{
	enum { PAGES = 64 };
	char *pages = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long before;
	pid_t child;

	NEED(pages != MAP_FAILED);
	memset(pages, 0x5a, PAGES * PAGE);
	child = fork();
	if (child == 0)
		for (;;)
			sys(SYS_sleep_until, CURFEW_FOREVER);
	NEED(child > 0);
	before = (long)check_counter("fault.cow", 0);
	for (unsigned i = 0; i < PAGES; i++) {
		uint64_t x[8] = { (uint64_t)getpid(), (uint64_t)(pages + i * PAGE) };

		keeps(i, SYS_procinfo, x);
		CHECK_EQ(pages[i * PAGE + PAGE - 1], 0x5a);
	}
	CHECK((long)check_counter("fault.cow", 0) - before >= PAGES);
	kill(child, SIGKILL);
	CHECK_EQ(waitpid(child, NULL, 0), child);
}

/* Client and server, and a third that computes beside them, on one CPU: all full of patterns. */
TEST(kept_over_messages)
{
	int channel, session;
	pid_t server;

	make(&channel, &session, 1);
	sys(SYS_set_affinity, 0, 1);
	server = fork();
	if (server == 0) {
		curfew_handle_close(session);
		for (unsigned i = 1; i <= 200; i++) {
			uint64_t x[8] = { (uint64_t)channel, 0, i - 1, 0, 0, 0, 0, CURFEW_FOREVER };

			keeps(i, i == 1 ? SYS_receive : SYS_reply_receive, x);
		}
		NEED(answer_words(channel, 200, 1) == 0);
		_exit(0);
	}
	for (unsigned i = 1; i <= 200; i++) {
		uint64_t x[8] = { (uint64_t)session, 0, 0, 0, 0, 0, CURFEW_FOREVER, 0 };

		if (i % 20 > 8) { /* sometimes without FP, so that it is no longer loaded at once */
			struct curfew_call call = words_call(i);

			CHECK_EQ(curfew_send(session, &call), 0);
		} else {
			keeps(1000 + i, SYS_send, x);
		}
	}
	expect_child(server, 0);
}

static void fork_once(void)
{
	struct fp set = { .fpcr = 0 }, got;
	uint64_t x[8] = { 0 };
	long pid;

	fill(&set, 77);
	pid = call_with(&set, &got, SYS_fork, x);
	CHECK_EQ(memcmp(set.v, got.v, sizeof(set.v)), 0);
	CHECK_EQ(got.fpcr, set.fpcr);
	if (pid == 0)
		sys(SYS_exit, 0);
	CHECK_EQ(check_wait((pid_t)pid), 0);
}

/* fork copies them. */
TEST(copied_by_fork)
{
	for (int i = 0; i < 20; i++)
		fork_once();
}

static struct fp seen;

/* The first thing that the thread does: no library code runs before. */
void store_first(void *argument);
__asm__(".text\nstore_first:\nmov x10, x0\n" EACH(S) "mrs x11, fpcr\nstr x11, [x10, #512]\nmov x8, #2\nsvc #0\n");

/* A new thread finds zeroes, whatever its maker has. */
TEST(clear_in_a_new_thread)
{
	static uint64_t stack[512] __attribute__((aligned(16)));
	static uint32_t tid;
	struct curfew_thread thread = { (uint64_t)store_first, (uint64_t)&seen, (uint64_t)(stack + 512), 0, (uint64_t)&tid };
	uint64_t x[8] = { (uint64_t)&thread };
	struct fp set = { .fpcr = 0 }, got, zero;

	memset(&seen, 0xff, sizeof(seen));
	memset(&zero, 0, sizeof(zero));
	fill(&set, 5);
	NEED(call_with(&set, &got, SYS_thread_create, x) > 0);
	while (__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
		sys(SYS_yield);
	CHECK_EQ(memcmp(&seen, &zero, sizeof(zero)), 0);
}
