/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Races and rules that were broken once: handles that go while they are looked at, futexes of objects that are gone,
 * threads that are moved while they are born, groups that are killed while they fork, CPUs and memory kept by a hog.
 *
 * A race is tried for a bounded time; with one CPU most cannot be lost, and the tests then check only the rule. Waiting
 * for another is waiting for what it does (a word, a counter, a state), however long a busy host takes for it; the limit is the test's
 * own, less what it takes to say which wait it was.
 */
#include "check.h"

#define RW (PROT_READ | PROT_WRITE)
#define ANON (CURFEW_MAP_PRIVATE | CURFEW_MAP_ANONYMOUS)
#define STACK (16 * 1024)
#define LIMIT_NS ((CHECK_SECONDS - 10) * 1000000000ull) /* until what must happen counts as lost */
#define TRY_NS   300000000ull                          /* for which a race is tried */

/* True as long as `e` is false and time is left; yields meanwhile. */
#define AWAIT(e) \
	({ \
		uint64_t await_limit = now_ns() + LIMIT_NS; \
		bool await_done; \
		while (!(await_done = (e)) && now_ns() < await_limit) \
			sys(SYS_yield); \
		await_done; \
	})

static uint32_t load(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void store(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static void add(uint32_t *word)
{
	__atomic_fetch_add(word, 1, __ATOMIC_ACQ_REL);
}

/* A thread with no C library behind it. */
static long spawn(void (*entry)(uint64_t), uint64_t arg, char *stack, size_t size, uint32_t *tid)
{
	struct curfew_thread thread = {
		.entry = (uintptr_t)entry, .arg = arg, .stack = (uintptr_t)stack + size, .tid_addr = (uintptr_t)tid,
	};

	return sys(SYS_thread_create, &thread);
}

static char stacks[4][STACK] __attribute__((aligned(16)));

/* The CPUs there are, as masks of one: online is their number. */
static uint64_t cpus[64];
static unsigned online;

static void find_cpus(void)
{
	uint64_t all = (uint64_t)sys(SYS_get_affinity, 0);

	online = 0;
	for (uint64_t mask = 1; mask; mask <<= 1) {
		if (all & mask)
			cpus[online++] = mask;
	}
}

static _Noreturn void spin(uint32_t *word)
{
	for (;;)
		add(word);
}

/* --- handles --- */

static int victim = -1;

static void closer(uint64_t arg)
{
	for (;;) {
		int handle = __atomic_load_n(&victim, __ATOMIC_ACQUIRE);

		if (handle >= 0)
			sys(SYS_handle_close, handle);
	}
}

/* What a handle allows is decided by the handle that was found, not by what its number is a moment later. */
TEST(handle_closed_during_mmap)
{
	uint64_t end = now_ns() + TRY_NS;
	long vmo = sys(SYS_vmo_create, PAGE, 0);

	NEED(vmo > 0);
	NEED(spawn(closer, 0, stacks[0], STACK, NULL) > 0);
	while (now_ns() < end) {
		long handle = sys(SYS_handle_dup, vmo, CURFEW_RIGHT_READ | CURFEW_RIGHT_MAP), r;

		NEED(handle >= 0);
		__atomic_store_n(&victim, (int)handle, __ATOMIC_RELEASE);
		r = sys(SYS_mmap, 0, PAGE, RW, CURFEW_MAP_SHARED, handle, 0);
		__atomic_store_n(&victim, -1, __ATOMIC_RELEASE);
		NEED(r == -EACCES || r == -EBADF);
		sys(SYS_handle_close, handle);
	}
}

TEST(handle_without_read)
{
	long vmo = sys(SYS_vmo_create, PAGE), writer, p;

	NEED(vmo > 0);
	writer = sys(SYS_handle_dup, vmo, CURFEW_RIGHT_WRITE | CURFEW_RIGHT_MAP);
	NEED(writer > 0);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, PROT_READ, CURFEW_MAP_SHARED, writer, 0), -EACCES);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, PROT_WRITE, CURFEW_MAP_SHARED, writer, 0), -EACCES);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, PROT_WRITE, CURFEW_MAP_PRIVATE, writer, 0), -EACCES);
	p = sys(SYS_mmap, 0, PAGE, PROT_NONE, CURFEW_MAP_SHARED, writer, 0);
	NEED(p > 0);
	CHECK_EQ(sys(SYS_mprotect, p, PAGE, PROT_READ), -EACCES);
	CHECK_EQ(sys(SYS_mprotect, p, PAGE, PROT_WRITE), -EACCES);
}

/* The architecture has no page that can be written and not read. */
TEST(write_is_also_read)
{
	long r = sys(SYS_mmap, 0, 3 * PAGE, PROT_WRITE, ANON, -1, 0);
	volatile char *p = (volatile char *)r;

	NEED(r > 0);
	CHECK_EQ(CHILD(CHECK_EQ(p[0], 0)), 0);
	CHECK_EQ(CHILD(p[PAGE] = 1; CHECK_EQ(p[PAGE], 1)), 0);
	CHECK_EQ(sys(SYS_mprotect, p, PAGE, PROT_NONE), 0);
	CHECK_EQ(sys(SYS_mprotect, p, PAGE, PROT_WRITE), 0);
	CHECK_EQ(CHILD(CHECK_EQ(p[0], 0); p[0] = 1; CHECK_EQ(p[0], 1)), 0);
}

TEST(growsdown_is_private_memory)
{
	long vmo = sys(SYS_vmo_create, PAGE);

	NEED(vmo > 0);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RW, CURFEW_MAP_PRIVATE | CURFEW_MAP_GROWSDOWN, vmo, 0), -EINVAL);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RW, CURFEW_MAP_SHARED | CURFEW_MAP_GROWSDOWN, vmo, 0), -EINVAL);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RW, CURFEW_MAP_SHARED | CURFEW_MAP_ANONYMOUS | CURFEW_MAP_GROWSDOWN, -1, 0), -EINVAL);
}

/* --- futexes --- */

static uint32_t *futex_at[2];
static uint32_t woken[2];

static void waiter(uint64_t i)
{
	sys(SYS_futex_wait, futex_at[i], 0, CURFEW_FOREVER);
	store(&woken[i], 1);
	sys(SYS_thread_exit);
}

/* Starts a waiter and returns when it waits: the count is made under the lock that a waker takes. */
static void wait_in_thread(unsigned i)
{
	long long before = check_counter("futex.wait", 0);

	NEED(before >= 0);
	NEED(spawn(waiter, i, stacks[i], STACK, NULL) > 0);
	NEED(AWAIT(check_counter("futex.wait", 0) > before));
}

/* Mapped, and kept by the mapping alone. */
static uint32_t *shared_object(void)
{
	long vmo = sys(SYS_vmo_create, PAGE), p;

	NEED(vmo > 0);
	p = sys(SYS_mmap, 0, PAGE, RW, CURFEW_MAP_SHARED, vmo, 0);
	NEED(p > 0);
	sys(SYS_handle_close, vmo);
	*(uint32_t *)p = 0;
	return (uint32_t *)p;
}

/* Who waits in an object that was unmapped is not taken for one who waits in a new object that lies where it lay. */
TEST(futex_outlives_its_object)
{
	find_cpus();
	NEED(sys(SYS_set_affinity, 0, cpus[0]) == 0); /* what one CPU frees it allocates next */
	futex_at[0] = shared_object();
	wait_in_thread(0);
	NEED(sys(SYS_munmap, futex_at[0], PAGE) == 0);
	for (int i = 0; i < 8; i++) {
		futex_at[1] = shared_object();
		woken[1] = 0;
		wait_in_thread(1);
		CHECK_EQ(sys(SYS_futex_wake, futex_at[1], 1), 1);
		NEED(AWAIT(load(&woken[1])));
		CHECK_EQ(sys(SYS_futex_wake, futex_at[1], 1), 0);
	}
	CHECK_EQ(load(&woken[0]), 0);
}

/* --- CPUs --- */

TEST(affinity_of_oneself)
{
	struct curfew_procinfo info;
	pid_t self = (pid_t)sys(SYS_getpid);

	find_cpus();
	for (unsigned i = 0; i < 400; i++) {
		uint64_t mask = cpus[i % online];

		NEED(sys(SYS_set_affinity, 0, mask) == 0);
		NEED(sys(SYS_procinfo, self, &info) == self);
		NEED(1ull << info.cpu == mask);
	}
}

static uint32_t runs[3];

static void spin_thread(uint64_t i)
{
	spin(&runs[i]);
}

/* On a CPU with a hog: one of lower priority is queued, then one of the hog's, which must get its turns. */
TEST(equal_behind_a_lower)
{
	find_cpus();
	if (online < 2)
		return;
	NEED(sys(SYS_set_affinity, 0, cpus[0]) == 0);
	for (uint64_t i = 0; i < 3; i++) {
		long tid = spawn(spin_thread, i, stacks[i], STACK, NULL);
		uint32_t before;

		NEED(tid > 0);
		if (i == 1)
			CHECK_EQ(sys(SYS_set_priority, tid, 10), 16);
		NEED(sys(SYS_set_affinity, tid, cpus[1]) == 0);
		before = load(&runs[i]); /* it is not on this CPU, and no longer in its queue */
		if (i != 1)
			NEED(AWAIT(load(&runs[i]) != before));
		before = load(&runs[0]);
		NEED(AWAIT(load(&runs[0]) - before > 1000000)); /* that CPU has seen what it was sent */
	}
}

/* Who is killed leaves, though it has the least priority and another keeps its CPU. */
TEST(killed_behind_a_hog)
{
	uint32_t *words = check_shared->words;
	pid_t low, hog;
	int status = 0;

	find_cpus();
	NEED(sys(SYS_set_affinity, 0, cpus[0]) == 0);
	low = fork();
	if (low == 0) {
		NEED(sys(SYS_set_affinity, 0, cpus[online - 1]) == 0);
		sys(SYS_set_priority, 0, 0);
		store(&words[0], 1);
		sys(SYS_futex_wake, &words[0], 1);
		spin(&words[1]);
	}
	while (!load(&words[0])) /* not by yielding: with one CPU it would never run */
		sys(SYS_futex_wait, &words[0], 0, CURFEW_FOREVER);
	hog = fork();
	if (hog == 0) {
		NEED(sys(SYS_set_affinity, 0, cpus[online - 1]) == 0);
		spin(&words[2]);
	}
	NEED(AWAIT(load(&words[2])));
	CHECK_EQ(sys(SYS_kill, low, SIGKILL), 0);
	CHECK(AWAIT(sys(SYS_wait, low, &status, CURFEW_WNOHANG, 0) == low));
	CHECK_EQ(status, SIGKILL);
	sys(SYS_kill, hog, SIGKILL);
	CHECK_EQ(check_wait(hog), SIGKILL);
}

#define BIRTHS 64
static char small_stacks[BIRTHS][2048] __attribute__((aligned(16)));
static uint32_t newborn, born;

static void child_thread(uint64_t arg)
{
	add(&born);
	sys(SYS_thread_exit);
}

static void mover(uint64_t i)
{
	sys(SYS_set_affinity, 0, cpus[(i + 1) % online]);
	for (uint64_t k = i;; k++) {
		uint32_t tid = load(&newborn);

		if (!tid)
			continue;
		sys(SYS_set_affinity, tid, cpus[k % online]);
		sys(SYS_set_priority, tid, 17 + k % 4);
	}
}

/* A thread can be found by its number before it was started, and is then moved and started at once. */
TEST(moved_while_born)
{
	uint64_t end = now_ns() + 2 * TRY_NS;
	uint32_t n = 0;

	find_cpus();
	NEED(sys(SYS_set_affinity, 0, cpus[0]) == 0);
	for (unsigned i = 0; i < 3 && i + 1 < online; i++)
		NEED(spawn(mover, i, stacks[i], STACK, NULL) > 0);
	while (now_ns() < end) {
		store(&newborn, 0);
		if (spawn(child_thread, 0, small_stacks[n % BIRTHS], sizeof(small_stacks[0]), &newborn) < 0)
			continue;
		n++;
		NEED(AWAIT(load(&born) == n));
	}
	CHECK(n > 10);
}

/* --- processes --- */

static _Noreturn void fork_chain(uint32_t *links)
{
	setpgid(0, 0);
	for (;;) {
		add(links);
		if (fork() > 0)
			_exit(0);
	}
}

/* One kill of a group takes also what is being born in it. */
TEST(group_killed_while_it_forks)
{
	uint32_t *links = check_shared->words;
	uint64_t end = now_ns() + TRY_NS;

	for (uint32_t i = 0; now_ns() < end; i++) {
		pid_t first;
		bool gone;

		store(links, 0);
		first = fork();
		if (first == 0)
			fork_chain(links);
		NEED(first > 0);
		NEED(AWAIT(load(links) > 2 + i % 7));
		CHECK_EQ(sys(SYS_kill, -first, SIGKILL), 0);
		check_wait(first);
		gone = AWAIT(sys(SYS_kill, -first, 0) == -ESRCH);
		CHECK(gone);
		if (!gone) { /* they are in no group that would be killed after the test */
			AWAIT(sys(SYS_kill, -first, SIGKILL) == -ESRCH);
			return;
		}
	}
}

/* More processes than a small ASID space has, all in and out of the kernel: see the run with ASID_BITS=4. */
TEST(rollover_under_calls)
{
	pid_t pids[14];
	uint64_t end;

	for (int i = 0; i < 14; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			for (;;) {
				for (int k = 0; k < 200; k++)
					CHECK(sys(SYS_getpid) != 1);
				sys(SYS_yield);
			}
		}
		NEED(pids[i] > 0);
	}
	for (end = now_ns() + TRY_NS; now_ns() < end;)
		sys(SYS_yield);
	for (int i = 0; i < 14; i++) {
		sys(SYS_kill, pids[i], SIGKILL);
		CHECK_EQ(check_wait(pids[i]), SIGKILL);
	}
}

/* --- what fails changes nothing --- */

/* Two pages, of which the second is a hole; filled with 0x55. */
static char *before_a_hole(void)
{
	char *p = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(p != MAP_FAILED);
	memset(p, 0x55, PAGE);
	NEED(munmap(p + PAGE, PAGE) == 0);
	return p;
}

static bool untouched(const char *p)
{
	for (size_t i = 0; i < PAGE; i++) {
		if (p[i] != 0x55)
			return false;
	}
	return true;
}

TEST(wait_that_fails)
{
	char *page = before_a_hole();
	pid_t pid = fork();

	if (pid == 0)
		_exit(3);
	NEED(pid > 0);
	CHECK_EQ(sys(SYS_wait, pid, page, 0, page + PAGE - 8), -EFAULT); /* usage reaches into the hole */
	CHECK_EQ(sys(SYS_wait, pid, page + PAGE - 2, 0, page), -EFAULT); /* status does */
	CHECK_EQ(sys(SYS_wait, pid, page, 2, page + 64), -EINVAL);
	CHECK(untouched(page));
	CHECK_EQ(check_wait(pid), 3 << 8); /* it is still there */
	CHECK_EQ(sys(SYS_wait, pid, page, 0, page + 64), -ECHILD);
	pid = fork();
	if (pid == 0)
		sys(SYS_sleep_until, CURFEW_FOREVER);
	CHECK_EQ(sys(SYS_wait, pid, page, CURFEW_WNOHANG, page + 64), 0);
	CHECK(untouched(page));
	sys(SYS_kill, pid, SIGKILL);
	CHECK_EQ(check_wait(pid), SIGKILL);
}

/* What was not delivered is there for the next. */
TEST(read_that_fails)
{
	char *page = before_a_hole(), bytes[8];
	int p[2];

	NEED(pipe(p) == 0 && write(p[1], "abcdefgh", 8) == 8);
	CHECK_ERRNO(read(p[0], (void *)8, 4), EFAULT);
	CHECK_ERRNO(read(p[0], page + PAGE, 4), EFAULT);
	CHECK_ERRNO(read(p[0], page + PAGE - 4, 8), EFAULT);
	CHECK_EQ(read(p[0], bytes, 8), 8);
	CHECK_EQ(memcmp(bytes, "abcdefgh", 8), 0);
	for (size_t i = 0; i < PAGE - 4; i++)
		CHECK_EQ(page[i], 0x55);
}

/* --- memory --- */

/* Takes all memory by vmo_write, which puts no page into its own address space, and goes on asking. */
static _Noreturn void hoard(uint32_t *begin, uint32_t *full)
{
	static char bytes[1 << 16];
	uint64_t size = (uint64_t)check_counter("page.total", 0) * PAGE, offset = 0;
	long vmo = sys(SYS_vmo_create, size), r;

	NEED(vmo > 0);
	while (!load(begin))
		sys(SYS_yield);
	while ((r = sys(SYS_vmo_write, vmo, offset, bytes, sizeof(bytes))) > 0)
		offset += (uint64_t)r;
	CHECK_EQ(r, -ENOMEM);
	for (;;) {
		sys(SYS_vmo_write, vmo, offset, bytes, PAGE);
		add(full);
	}
}

static void ask_for_memory(void)
{
	pid_t pid = fork();
	int status;

	CHECK(pid >= 0 || errno == ENOMEM || errno == EAGAIN);
	if (pid == 0) {
		volatile char *p = mmap(NULL, 64 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		for (size_t i = 0; p != MAP_FAILED && i < 64; i++)
			p[i * PAGE] = 1;
		_exit(0);
	}
	status = pid < 0 ? 0 : check_wait(pid);
	CHECK(status == 0 || status == SIGKILL || status == SIGBUS);
}

/* Who asks for memory then gets an error, or is killed; the machine lives, and all comes back. */
TEST(memory_taken_by_vmo_write)
{
	uint32_t *words = check_shared->words;
	int status = CHILD({
		pid_t hoarder = fork();

		if (hoarder == 0)
			hoard(&words[0], &words[1]);
		NEED(hoarder > 0);
		ask_for_memory(); /* what this needs for itself is there from now on */
		store(&words[0], 1);
		NEED(AWAIT(load(&words[1]) > 3));
		for (int i = 0; i < 3; i++)
			ask_for_memory();
		sys(SYS_kill, hoarder, SIGKILL);
		CHECK_EQ(check_wait(hoarder), SIGKILL);
		ask_for_memory();
	});

	CHECK(status == 0 || status == SIGKILL || status == SIGBUS);
	CHECK(load(&words[1]) > 0);
}
