/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exitcost [-n ROUNDS] [-m PAGES]: what the end of a process costs in TLB maintenance, under the teardown policy that is booted.
 *
 * Each round makes a child with PAGES pages of its own, lets it fall asleep,
 * reads the counters, kills it, waits for it, and reads them again: what grew
 * belongs to its end and to nothing else.  The cases:
 *
 *   one      it has run on one CPU only
 *   moved    it has run on two CPUs, one after the other
 *   threads  three more threads, on as many CPUs as there are
 *
 * A line for each: sums over all rounds.  `pages` and `tables` are what was
 * freed, tables with the root.  TLBIs at the end, by reach (local, broadcast)
 * and by kind (va, asid, all); then what the births of the round's children
 * cost because of others that had ended: flushes of a single ASID (reused),
 * and rollovers.
 *
 * The child does not run again before its end, and this program has touched
 * all that it touches in between since its last fork: no fault gets into the
 * books.  It needs a quiet machine.  With one CPU there is no case `moved`.
 */
#include <curfew/sys.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

#define PAGE     4096
#define COUNTERS 128
#define THREADS  3

enum { LOCAL, BROADCAST, VA, ASID, ALL, FREED_PAGES, FREED_TABLES, FLUSHES, ROLLOVERS, COLUMNS };

static const char *const names[COLUMNS] = {
	"tlbi.local", "tlbi.broadcast", "tlbi.va", "tlbi.asid", "tlbi.all", "purge.pages", "purge.tables", "asid.flush",
	"asid.rollover",
};

struct reading {
	uint64_t value[COLUMNS];
};

/* What processes share, never copied on write. */
static struct {
	struct curfew_kstat counters[COUNTERS];
	struct reading before, asleep, after;
	uint32_t ready; /* threads of the child that are about to sleep */
} *board;

static long pages = 64;
static sem_t never;

static void read_counters(struct reading *reading)
{
	int count = curfew_kstat(board->counters, COUNTERS, 0);

	for (int i = 0; i < COLUMNS; i++) {
		int k = 0;

		while (k < count && strcmp(board->counters[k].name, names[i]) != 0)
			k++;
		if (count > COUNTERS || k >= count) {
			fprintf(stderr, "exitcost: the kernel has no counter %s\n", names[i]);
			exit(1);
		}
		reading->value[i] = board->counters[k].value;
	}
}

/* ---------------------------------------------------------------- children */

/* Runs on that CPU from here on. */
static void move_to(unsigned cpu)
{
	if (curfew_set_affinity(0, 1ull << cpu) != 0)
		_exit(1);
}

static _Noreturn void sleep_for_good(void)
{
	__atomic_fetch_add(&board->ready, 1, __ATOMIC_RELEASE);
	for (;;)
		sem_wait(&never);
}

static void *thread_main(void *cpu)
{
	move_to((unsigned)(uintptr_t)cpu);
	sleep_for_good();
}

static void touch(void)
{
	char *memory = mmap(NULL, (size_t)pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		_exit(1);
	for (long i = 0; i < pages; i++)
		memory[i * PAGE] = 1;
}

static void child_one(void)
{
	touch();
}

static void child_moved(void)
{
	touch();
	move_to(1);
}

static void child_threads(void)
{
	touch();
	for (unsigned i = 1; i <= THREADS; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, thread_main, (void *)(uintptr_t)(i % curfew_shared()->cpus)) != 0)
			_exit(1);
	}
}

static const struct {
	const char *name;
	void (*child)(void);
	unsigned threads, cpus;
} cases[] = {
	{ "one", child_one, 1, 1 },
	{ "moved", child_moved, 1, 2 },
	{ "threads", child_threads, 1 + THREADS, 1 },
};

/* ------------------------------------------------------------------ rounds */

/* All threads of the child sleep, in the kernel. */
static int wait_until_asleep(pid_t pid, unsigned threads)
{
	struct curfew_procinfo info;

	for (;;) {
		if (curfew_procinfo(pid, &info) != pid || info.threads == 0) {
			fprintf(stderr, "exitcost: the child is gone\n");
			return -1;
		}
		if (__atomic_load_n(&board->ready, __ATOMIC_ACQUIRE) == threads && info.state == CURFEW_STATE_SLEEPING)
			return 0;
		sched_yield();
	}
}

/* One child from birth to end, added to the sums.  0, or -1 after a complaint. */
static int round_of(unsigned c, struct reading *sum)
{
	int status;
	pid_t pid;

	board->ready = 0;
	read_counters(&board->before);
	pid = fork();
	if (pid == 0) {
		cases[c].child();
		sleep_for_good();
	}
	if (pid < 0)
		return -fail("exitcost", "fork");
	if (wait_until_asleep(pid, cases[c].threads) < 0)
		return -1;
	/* What the rest touches, touched. */
	kill(pid, 0);
	waitpid(pid, &status, WNOHANG);
	read_counters(&board->asleep);

	read_counters(&board->asleep);
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status)) {
		fprintf(stderr, "exitcost: the child was not killed\n");
		return -1;
	}
	read_counters(&board->after);
	for (int i = 0; i < COLUMNS; i++)
		sum->value[i] += board->after.value[i] - board->asleep.value[i];
	/* Flushes of E4 are among the TLBIs already. */
	sum->value[FLUSHES] -= board->after.value[FLUSHES] - board->asleep.value[FLUSHES];
	for (int i = FLUSHES; i <= ROLLOVERS; i++)
		sum->value[i] += board->asleep.value[i] - board->before.value[i];
	return 0;
}

static int run_case(unsigned c, long rounds)
{
	struct reading sum = { { 0 } };

	for (long i = 0; i < rounds; i++)
		if (round_of(c, &sum) < 0)
			return -1;
	printf("%-8s %6ld %6llu %6llu  %6llu %9llu %6llu %6llu %6llu  %6llu %8llu\n", cases[c].name, rounds,
		(unsigned long long)sum.value[FREED_PAGES], (unsigned long long)sum.value[FREED_TABLES],
		(unsigned long long)sum.value[LOCAL], (unsigned long long)sum.value[BROADCAST],
		(unsigned long long)sum.value[VA], (unsigned long long)sum.value[ASID], (unsigned long long)sum.value[ALL],
		(unsigned long long)sum.value[FLUSHES], (unsigned long long)sum.value[ROLLOVERS]);
	return 0;
}

int main(int argc, char **argv)
{
	long rounds = 100;
	bool good = true;
	int option;

	opterr = 0;
	while (good && (option = getopt(argc, argv, "n:m:")) != -1) {
		if (option == 'n')
			good = parse_number(optarg, 1, 1000000, &rounds);
		else if (option == 'm')
			good = parse_number(optarg, 0, 1 << 20, &pages);
		else
			good = false;
	}
	if (!good || optind < argc)
		return usage("exitcost [-n ROUNDS] [-m PAGES]");
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED)
		return fail("exitcost", "mmap");
	if (curfew_set_affinity(0, 1) != 0)
		return fail("exitcost", "affinity");
	sem_init(&never, 0, 0);
	printf("case     rounds  pages tables   local broadcast     va   asid    all  reused rollover\n");
	fflush(stdout);
	for (unsigned c = 0; c < sizeof(cases) / sizeof(cases[0]); c++)
		if (cases[c].cpus <= curfew_shared()->cpus && run_case(c, rounds) < 0)
			return finish("exitcost", 1);
	return finish("exitcost", 0);
}
