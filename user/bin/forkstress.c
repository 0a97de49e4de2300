/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * forkstress [-n FORKS] [-j WORKERS] [-t THREADS] [-m PAGES] [-x]: fork, work, exit, many times over.
 *
 * Each of the workers, processes that run in parallel, forks FORKS children
 * one after the other.  A child starts THREADS threads, touches PAGES pages
 * of a new mapping and pages that it shares copy-on-write with its worker,
 * checks what it wrote, and exits with a status derived from its number while
 * some of its threads still run or sleep.  With -x it does all that again in
 * a program that it execs (this one, as --child).  The worker checks each
 * status, and that its own copy of the shared pages is untouched.
 *
 * At the end free pages, live threads and processes and ASIDs must be what
 * they were before the first fork (account.h).  Status 0 if all of this held.
 *
 * A child writes four words a page, not all of it: what is measured with this
 * program is the kernel's work for fork and exit, not its own.
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "account.h"

#define PAGE         4096
#define PAGE_WORDS   (PAGE / sizeof(uint64_t))
#define SHARED_PAGES 2
#define MAX_THREADS  64
#define THREAD_STACK (32 * 1024)
#define BROKEN       255 /* a child's status when its own check failed */

static struct {
	long forks, workers, threads, pages;
	bool exec;
	const char *path;
} options = { .forks = 100, .workers = 1, .threads = 0, .pages = 4 };

/* Written by the worker once; then shared copy-on-write with every child. */
static uint64_t shared[SHARED_PAGES * PAGE_WORDS] __attribute__((aligned(PAGE)));

/* What the threads of a child know. */
static struct {
	uint64_t key;
	uint64_t *pages;
	long count;
	sem_t never;
} child;

/* The word that belongs at a place of a child's pages. */
static uint64_t pattern(uint64_t key, long page, unsigned slot)
{
	return (key + (uint64_t)page * 64 + slot) * 0x9e3779b97f4a7c15ull;
}

/* The words of a page that slot n of MAX_THREADS + 1 owns: four, spread over the page. */
static uint64_t *slot_word(uint64_t *pages, long page, unsigned slot, unsigned i)
{
	return pages + (size_t)page * PAGE_WORDS + i * (PAGE_WORDS / 4) + slot;
}

static void write_slot(unsigned slot)
{
	for (long page = 0; page < child.count; page++) {
		for (unsigned i = 0; i < 4; i++)
			*slot_word(child.pages, page, slot, i) = pattern(child.key, page, slot);
	}
}

static bool check_slot(unsigned slot)
{
	for (long page = 0; page < child.count; page++) {
		for (unsigned i = 0; i < 4; i++) {
			if (*slot_word(child.pages, page, slot, i) != pattern(child.key, page, slot))
				return false;
		}
	}
	return true;
}

/* Ends the whole child, from whichever thread saw it. */
static void broken(const char *what)
{
	fprintf(stderr, "forkstress: pid %d: %s\n", (int)getpid(), what);
	_exit(BROKEN);
}

/* Every third thread ends and is joined, every third sleeps for ever, every third works until the process is gone. */
static void *thread_main(void *argument)
{
	unsigned slot = (unsigned)(uintptr_t)argument;

	write_slot(slot);
	if (!check_slot(slot))
		broken("a thread's pages changed");
	if (slot % 3 == 2)
		return argument;
	if (slot % 3 == 0) {
		for (;;)
			sem_wait(&child.never);
	}
	for (;;) {
		write_slot(slot);
		sched_yield();
		if (!check_slot(slot))
			broken("a running thread's pages changed");
	}
}

/* Starts the child's threads and joins those that end. */
static void run_threads(void)
{
	pthread_t threads[MAX_THREADS + 1];
	pthread_attr_t attributes;

	sem_init(&child.never, 0, 0);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, THREAD_STACK);
	for (long i = 1; i <= options.threads; i++) {
		int error = pthread_create(&threads[i], &attributes, thread_main, (void *)(uintptr_t)i);

		if (error != 0)
			broken(strerror(error));
	}
	for (long i = 2; i <= options.threads; i += 3) {
		void *result;

		if (pthread_join(threads[i], &result) != 0 || result != (void *)(uintptr_t)i)
			broken("join went wrong");
	}
}

/* The work of a child: returns the status to exit with, while threads are still at it. */
static int child_work(long worker, long index)
{
	volatile uint64_t local[PAGE_WORDS / 2];

	child.key = ((uint64_t)getpid() << 32) ^ ((uint64_t)worker << 24) ^ (uint64_t)index;
	child.count = options.pages;
	if (options.pages > 0) {
		child.pages = mmap(
			NULL, (size_t)options.pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (child.pages == MAP_FAILED)
			broken(strerror(errno));
		if (child.pages[0] != 0)
			broken("new memory is not zero");
		write_slot(0);
	}
	local[0] = child.key;
	local[PAGE_WORDS / 2 - 1] = ~child.key;
	if (options.threads > 0)
		run_threads();
	if (!check_slot(0))
		broken("its pages changed");
	if (local[0] != child.key || local[PAGE_WORDS / 2 - 1] != ~child.key)
		broken("its stack changed");
	return (int)((index * 7 + worker) % 251);
}

/* In a forked child: checks and changes what it shares with the worker, then works, here or in a new program. */
static void forked_child(long worker, long index)
{
	for (long page = 0; page < SHARED_PAGES; page++) {
		uint64_t *word = &shared[(size_t)page * PAGE_WORDS + (size_t)index % PAGE_WORDS];

		if (*word != pattern((uint64_t)worker, page, 0))
			broken("memory from before the fork changed");
		*word = (uint64_t)index;
	}
	if (options.exec) {
		char text[4][24];
		char *argv[] = { "forkstress", "--child", text[0], text[1], text[2], text[3], NULL };

		snprintf(text[0], sizeof(text[0]), "%ld", worker);
		snprintf(text[1], sizeof(text[1]), "%ld", index);
		snprintf(text[2], sizeof(text[2]), "%ld", options.threads);
		snprintf(text[3], sizeof(text[3]), "%ld", options.pages);
		execv(options.path, argv);
		broken(strerror(errno));
	}
	_exit(child_work(worker, index));
}

static bool shared_is_intact(long worker)
{
	for (long page = 0; page < SHARED_PAGES; page++) {
		for (size_t i = 0; i < PAGE_WORDS; i++) {
			if (shared[(size_t)page * PAGE_WORDS + i] != pattern((uint64_t)worker, page, 0))
				return false;
		}
	}
	return true;
}

/* A worker process.  Returns its status: 0 if all children did what they should. */
static int work(long worker, long forks)
{
	for (size_t i = 0; i < SHARED_PAGES * PAGE_WORDS; i++)
		shared[i] = pattern((uint64_t)worker, (long)(i / PAGE_WORDS), 0);
	for (long index = 0; index < forks; index++) {
		int status, expected = (int)((index * 7 + worker) % 251);
		pid_t pid = fork();

		if (pid == 0)
			forked_child(worker, index);
		if (pid < 0) {
			fprintf(stderr, "forkstress: worker %ld, fork %ld: %s\n", worker, index, strerror(errno));
			return 1;
		}
		if (waitpid(pid, &status, 0) != pid) {
			fprintf(stderr, "forkstress: worker %ld, wait for %d: %s\n", worker, (int)pid, strerror(errno));
			return 1;
		}
		if (!WIFEXITED(status) || WEXITSTATUS(status) != expected) {
			fprintf(stderr, "forkstress: worker %ld, child %ld: status %#x instead of exit %d\n", worker,
				index, (unsigned)status, expected);
			return 1;
		}
	}
	if (!shared_is_intact(worker)) {
		fprintf(stderr, "forkstress: worker %ld: a child's write reached its parent\n", worker);
		return 1;
	}
	return 0;
}

/* Starts `workers` workers and waits for all.  Returns how many failed. */
static long run_workers(long workers, long forks)
{
	long started = 0, failed = 0;

	for (; started < workers; started++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(work(started, forks));
		if (pid < 0) {
			fail("forkstress", "fork of a worker");
			failed++;
			break;
		}
	}
	for (; started > 0; started--) {
		int status;
		pid_t pid = wait(&status);

		if (pid < 0)
			return failed + started;
		if (status == 0)
			continue;
		if (WIFSIGNALED(status))
			fprintf(stderr, "forkstress: worker %d ended by signal %d\n", (int)pid, WTERMSIG(status));
		failed++;
	}
	return failed;
}

/* Reads the command line.  Returns false if it is wrong. */
static bool read_options(int argc, char **argv)
{
	int option;
	bool good = true;

	opterr = 0;
	while (good && (option = getopt(argc, argv, "n:j:t:m:x")) != -1) {
		if (option == 'n')
			good = parse_number(optarg, 1, 1000000000, &options.forks);
		else if (option == 'j')
			good = parse_number(optarg, 1, 1000, &options.workers);
		else if (option == 't')
			good = parse_number(optarg, 0, MAX_THREADS, &options.threads);
		else if (option == 'm')
			good = parse_number(optarg, 0, 1 << 20, &options.pages);
		else if (option == 'x')
			options.exec = true;
		else
			good = false;
	}
	return good && optind == argc;
}

/* The hidden form, for -x: --child WORKER INDEX THREADS PAGES. */
static int exec_child(char **argv)
{
	long worker, index;

	if (!parse_number(argv[0], 0, 1000, &worker) || !parse_number(argv[1], 0, 1000000000, &index) ||
		!parse_number(argv[2], 0, MAX_THREADS, &options.threads) ||
		!parse_number(argv[3], 0, 1 << 20, &options.pages))
		return BROKEN;
	return child_work(worker, index);
}

int main(int argc, char **argv)
{
	struct account begin;
	uint64_t start, ns;
	long forks, failed;
	int settled;

	if (argc == 6 && strcmp(argv[1], "--child") == 0)
		_exit(exec_child(argv + 2));
	if (!read_options(argc, argv))
		return usage("forkstress [-n FORKS] [-j WORKERS] [-t THREADS] [-m PAGES] [-x]");
	options.path = strchr(argv[0], '/') ? argv[0] : "/bin/forkstress";
	forks = options.forks * options.workers;
	account_prepare();
	if (run_workers(1, 1) != 0)
		return 1;
	account_take(&begin);
	start = curfew_now();
	failed = run_workers(options.workers, options.forks);
	ns = curfew_now() - start;
	settled = account_close("forkstress", &begin, 2000);
	printf("forkstress: %ld forks by %ld workers, %ld threads, %ld pages%s: %llu.%03llu s, %llu ns each, "
	       "settled in %d ms: %s\n",
		forks, options.workers, options.threads, options.pages, options.exec ? ", exec" : "",
		(unsigned long long)(ns / 1000000000), (unsigned long long)(ns / 1000000 % 1000),
		(unsigned long long)(ns / (uint64_t)forks), settled, failed == 0 && settled >= 0 ? "ok" : "FAILED");
	return finish("forkstress", failed == 0 && settled >= 0 ? 0 : 1);
}
