/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exitstorm [-s SECONDS | -n ROUNDS] [-j WORKERS] [-S SEED]: processes that end at random moments, in all ways.
 *
 * Each worker, in parallel with the others, makes process after process that
 * follows a plan (plan.c): threads exit, the process exits, execs, kills
 * itself, faults or is killed, while siblings run, sleep, fault pages, map,
 * unmap, fork and vfork.  The worker checks that the wait status is one that
 * the plan allows.  At the end free pages, live threads and processes and
 * ASIDs must be what they were before (account.h).
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../account.h"
#include "storm.h"

#define SETTLE_MS 20000 /* orphans may live on for some time */

struct board *board;
const char *self_path = "/bin/exitstorm";

static struct {
	long seconds, rounds, workers, seed;
} options = { .seconds = 10, .rounds = 0, .workers = 4, .seed = 0 };

/* Writes its message without stdio, whose locks a forked child may find taken. */
void broken(const char *what)
{
	char text[128];
	int n = snprintf(text, sizeof(text), "exitstorm: pid %d: %s\n", (int)getpid(), what);

	__atomic_add_fetch(&board->broken, 1, __ATOMIC_RELAXED);
	if (write(STDERR_FILENO, text, (size_t)n) < 0)
		_exit(BROKEN);
	_exit(BROKEN);
}

/* Waits for a process of the storm and compares.  Returns false if it ended as it should not have. */
static bool judge(const struct plan *plan, pid_t pid)
{
	char text[256];
	int status;

	if (waitpid(pid, &status, 0) != pid) {
		fail("exitstorm", "wait");
		return false;
	}
	if (plan_allows(plan, status))
		return true;
	plan_print(plan, text, sizeof(text));
	fprintf(stderr, "exitstorm: pid %d ended with status %#x; plan %#llx: %s\n", (int)pid, (unsigned)status,
		(unsigned long long)plan->seed, text);
	return false;
}

/* One round: a process is made, perhaps killed, and waited for. */
static bool play_round(uint64_t seed)
{
	struct random random = random_stream(seed, ~0ull);
	struct plan plan;
	pid_t pid;

	plan_make(&plan, seed, false);
	pid = fork();
	if (pid == 0)
		process_run(&plan);
	if (pid < 0) {
		fail("exitstorm", "fork");
		return false;
	}
	if (plan.group)
		setpgid(pid, pid);
	if (plan.outside) {
		random_delay(&random);
		kill(plan.group ? -pid : pid, plan.outside);
	}
	return judge(&plan, pid);
}

/* A worker process.  Returns its status. */
static int work(long worker)
{
	uint64_t end = curfew_now() + (uint64_t)options.seconds * 1000000000;

	for (long round = 0; options.rounds > 0 ? round < options.rounds : curfew_now() < end; round++) {
		struct random random =
			random_stream((uint64_t)options.seed, ((uint64_t)worker << 32) + (uint64_t)round);

		if (!play_round(random_next(&random))) {
			fprintf(stderr, "exitstorm: that was -S %ld, worker %ld, round %ld\n", options.seed, worker,
				round);
			return 1;
		}
		__atomic_add_fetch(&board->rounds, 1, __ATOMIC_RELAXED);
	}
	return 0;
}

/* Starts workers, or with `rehearsal` one that does nothing, and waits for all.  Returns how many failed. */
static long run_workers(long workers, bool rehearsal)
{
	long started = 0, failed = 0;

	for (; started < workers; started++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(rehearsal ? 0 : work(started));
		if (pid < 0) {
			fail("exitstorm", "fork of a worker");
			failed++;
			break;
		}
	}
	for (; started > 0; started--) {
		int status;

		if (wait(&status) < 0)
			return failed + started;
		if (WIFSIGNALED(status))
			fprintf(stderr, "exitstorm: a worker ended by signal %d\n", WTERMSIG(status));
		failed += status != 0;
	}
	return failed;
}

/* Reads the command line.  Returns false if it is wrong. */
static bool read_options(int argc, char **argv)
{
	int option;
	bool good = true;

	opterr = 0;
	while (good && (option = getopt(argc, argv, "s:n:j:S:")) != -1) {
		if (option == 's')
			good = parse_number(optarg, 1, 1000000, &options.seconds);
		else if (option == 'n')
			good = parse_number(optarg, 1, 1000000000, &options.rounds);
		else if (option == 'j')
			good = parse_number(optarg, 1, 100, &options.workers);
		else if (option == 'S')
			good = parse_number(optarg, 0, 0x7fffffff, &options.seed);
		else
			good = false;
	}
	return good && optind == argc;
}

int main(int argc, char **argv)
{
	struct account begin;
	long failed;
	int settled;

	if (argc == 3 && strcmp(argv[1], "--exit") == 0)
		_exit(atoi(argv[2]));
	if (!read_options(argc, argv))
		return usage("exitstorm [-s SECONDS | -n ROUNDS] [-j WORKERS] [-S SEED]");
	if (strchr(argv[0], '/'))
		self_path = argv[0];
	if (options.seed == 0)
		options.seed = 1 + (long)(curfew_now() & 0xffffff);
	signal(SIGINT, SIG_DFL); /* a shell may have it ignored in the background, and the plans kill by it */
	signal(SIGQUIT, SIG_DFL);
	account_prepare();
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED)
		return fail("exitstorm", "shared memory");
	board->rounds = 0;
	if (run_workers(1, true) != 0)
		return 1;
	account_take(&begin);
	failed = run_workers(options.workers, false);
	settled = account_close("exitstorm", &begin, SETTLE_MS);
	if (board->broken > 0)
		failed++;
	printf("exitstorm: %llu processes by %ld workers, -S %ld, settled in %d ms: %s\n",
		(unsigned long long)board->rounds, options.workers, options.seed, settled,
		failed == 0 && settled >= 0 ? "ok" : "FAILED");
	return finish("exitstorm", failed == 0 && settled >= 0 ? 0 : 1);
}
