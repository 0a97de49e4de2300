/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_EXITSTORM_STORM_H
#define CURFEW_EXITSTORM_STORM_H
/*
 * exitstorm's parts.
 *
 *   main.c      workers: each plans a process, forks it, perhaps kills it, waits, and compares with the plan
 *   plan.c      how a process shall end, made from a seed; and which wait statuses that allows
 *   process.c   a process that follows a plan: its threads, and the ways to end
 *   mischief.c  what threads do meanwhile
 *
 * All chance comes from the seed, so a plan can be made again from the seed
 * that a failure prints.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BROKEN      99 /* exit status of a process whose own checks failed; no plan allows it */
#define MAX_THREADS 6
#define MAX_ENDERS  3
#define MAIN_THREAD 0 /* threads are numbered: the first one, then 1 to MAX_THREADS */

/* ------------------------------------------------------------ chance (xorshift64*) */

struct random {
	uint64_t state;
};

/* A generator for one of many streams of a seed. */
static inline struct random random_stream(uint64_t seed, uint64_t stream)
{
	uint64_t x = seed + (stream + 1) * 0x9e3779b97f4a7c15ull;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	x ^= x >> 31;
	return (struct random){ x ? x : 1 };
}

static inline uint64_t random_next(struct random *random)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return random->state * 0x2545f4914f6cdd1dull;
}

/* A number in [0, limit). */
static inline unsigned random_below(struct random *random, unsigned limit)
{
	return (unsigned)((random_next(random) >> 32) % limit);
}

static inline bool random_one_in(struct random *random, unsigned n)
{
	return random_below(random, n) == 0;
}

/* ------------------------------------------------------------------- plans */

enum action {
	ACTION_EXIT,     /* _exit(value) */
	ACTION_EXIT_LIB, /* exit(value) */
	ACTION_EXEC,     /* a new program, which exits with value */
	ACTION_KILL,     /* kill(getpid(), value) */
	ACTION_ABORT,    /* abort() */
	ACTION_FAULT,    /* fault number value, see process.c */
	ACTION_COUNT
};

/* A thread that ends the process. */
struct ender {
	unsigned who;
	enum action action;
	int value;
};

struct plan {
	uint64_t seed;
	unsigned threads; /* beside the first */
	unsigned enders;  /* 0, and no outside signal: every thread just ends */
	struct ender ender[MAX_ENDERS];
	int outside;      /* a signal that the worker sends, or 0 */
	bool group;       /* ... to the process's own group */
	bool main_leaves; /* the first thread ends as soon as the others run */
	unsigned orphans; /* processes that it forks and does not wait for */
};

/* Makes the plan that belongs to a seed.  An orphan's plan has an end of its own, and no orphans. */
void plan_make(struct plan *plan, uint64_t seed, bool orphan);

/* Whether a process that follows the plan may end with this wait status. */
bool plan_allows(const struct plan *plan, int status);

/* Writes the plan as one line of text. */
void plan_print(const struct plan *plan, char *text, size_t size);

/* --------------------------------------------------------------- processes */

/* In a fresh process: follows the plan to its end. */
_Noreturn void process_run(const struct plan *plan);

#define FAULTS 8
/* The signal that a fault ends in. */
int fault_signal(unsigned fault);

/* ---------------------------------------------------------------- mischief */

/* What a thread's mischief needs to know. */
struct culprit {
	struct random random;
	unsigned who;
};

/* Does one thing, chosen at random; takes microseconds to a few milliseconds. */
void mischief(struct culprit *culprit);

/* Sleeps for good, in one of several ways. */
_Noreturn void mischief_sleep(struct culprit *culprit);

/* Waits for a random moment: not at all, some instructions, or some sleep. */
void random_delay(struct random *random);

/* ------------------------------------------------------------------ common */

/* What all processes of one run share, in shared memory. */
struct board {
	uint32_t broken; /* checks that failed, also in processes nobody waits for */
	uint64_t rounds;
};
extern struct board *board;

/* The path of this program, to exec it. */
extern const char *self_path;

/* A check failed: says so, counts it, and ends the process. */
_Noreturn void broken(const char *what);

#endif
