/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process of the storm: threads at mischief, and the ways to end them all.
 *
 * Threads that are no enders do mischief, or sleep, until the process is gone.
 * If nobody shall end the process, each does a few things and ends, and the
 * last one out ends the process.  What should have been ended long ago calls
 * itself broken, so a lost kill is found by name and not only as a hang.
 */
#include "storm.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define STACK_SIZE    (64 * 1024)
#define PAGE          4096
#define LIFE_SECONDS  60
#define KERNEL_MEMORY 0xffffff8000000000ull

static const struct plan *the_plan;
static const uint32_t not_code = 0;
static uint32_t data_word = 0xd65f03c0; /* RET, where nothing may be executed */
static volatile uintptr_t low_address = 8;
static volatile int sink;

/* ------------------------------------------------------------------ faults */

/* Calls an address as a function. */
static void jump_to(uintptr_t address)
{
	void (*function)(void) = (void (*)(void))address;

	function();
}

/* Runs out of stack, a KiB at a time. */
static __attribute__((noinline)) int overflow(int depth)
{
	volatile char frame[1024];

	frame[0] = (char)depth;
	sink = frame[0];
	return depth < 0 ? 0 : overflow(depth + 1) + frame[0];
}

/* Writes to a page that was just taken away: made read-only, or inaccessible.  (An unmapped one could come back
 * by a sibling's mmap.) */
static void use_lost_page(int protection)
{
	volatile char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page != MAP_FAILED) {
		page[0] = 1;
		mprotect((void *)page, PAGE, protection);
	}
	page[0] = 2;
}

int fault_signal(unsigned fault)
{
	static const int signals[FAULTS] = { SIGSEGV, SIGSEGV, SIGSEGV, SIGSEGV, SIGSEGV, SIGSEGV, SIGILL, SIGTRAP };

	return signals[fault];
}

static void do_fault(unsigned fault)
{
	switch (fault) {
	case 0:
		sink = *(volatile int *)low_address;
		break;
	case 1:
		*(volatile uint32_t *)(uintptr_t)&not_code = 1;
		break;
	case 2:
		jump_to((uintptr_t)&data_word);
		break;
	case 3:
		sink = *(volatile int *)(uintptr_t)KERNEL_MEMORY;
		break;
	case 4:
		use_lost_page(the_plan->seed % 2 ? PROT_READ : PROT_NONE);
		break;
	case 5:
		sink = overflow(0);
		break;
	case 6:
		__asm__ volatile(".long 0"); /* UDF #0 */
		break;
	default:
		__builtin_trap(); /* BRK */
	}
}

/* -------------------------------------------------------------------- ends */

/* Execs this program in the mode in which it only exits. */
static void exec_exit(int code)
{
	char text[12];
	char *argv[] = { "exitstorm", "--exit", text, NULL };

	snprintf(text, sizeof(text), "%d", code);
	execv(self_path, argv);
	broken("exec failed");
}

static _Noreturn void end_process(const struct ender *ender)
{
	switch (ender->action) {
	case ACTION_EXIT:
		_exit(ender->value);
	case ACTION_EXIT_LIB:
		exit(ender->value);
	case ACTION_EXEC:
		exec_exit(ender->value);
		break;
	case ACTION_KILL:
		kill(getpid(), ender->value);
		break;
	case ACTION_ABORT:
		abort();
	default:
		do_fault((unsigned)ender->value);
	}
	broken("outlived its end");
}

/* ----------------------------------------------------------------- threads */

/* Does mischief until somebody ends the process. */
static _Noreturn void live(struct culprit *culprit)
{
	struct timespec start, now;

	if (culprit->who != MAIN_THREAD && random_one_in(&culprit->random, 4))
		mischief_sleep(culprit);
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		mischief(culprit);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - start.tv_sec < LIFE_SECONDS);
	broken("nobody ended it");
}

/* The life of a thread after the plan.  Returns when the thread shall end. */
static void follow_plan(unsigned who)
{
	struct culprit culprit = { random_stream(the_plan->seed, 1 + who), who };

	for (unsigned i = 0; i < the_plan->enders; i++) {
		if (the_plan->ender[i].who != who)
			continue;
		for (unsigned steps = random_below(&culprit.random, 3); steps > 0; steps--)
			mischief(&culprit);
		random_delay(&culprit.random);
		end_process(&the_plan->ender[i]);
	}
	if (the_plan->enders > 0 || the_plan->outside != 0)
		live(&culprit);
	for (unsigned steps = random_below(&culprit.random, 8); steps > 0; steps--)
		mischief(&culprit);
}

static void *thread_main(void *who)
{
	follow_plan((unsigned)(uintptr_t)who);
	return NULL;
}

/* Starts the threads; what one of them should have done is done by the first thread if it cannot be made. */
static void start_threads(void)
{
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	for (unsigned who = 1; who <= the_plan->threads; who++) {
		pthread_t thread;

		if (pthread_create(&thread, &attributes, thread_main, (void *)(uintptr_t)who) != 0)
			follow_plan(who);
	}
}

/* Forks the processes that nobody will wait for. */
static void start_orphans(void)
{
	for (unsigned i = 0; i < the_plan->orphans; i++) {
		struct plan plan;

		if (fork() != 0)
			continue;
		plan_make(&plan, the_plan->seed + i + 1, true);
		process_run(&plan);
	}
}

void process_run(const struct plan *plan)
{
	the_plan = plan;
	if (plan->group)
		setpgid(0, 0);
	start_orphans();
	start_threads();
	if (!plan->main_leaves)
		follow_plan(MAIN_THREAD);
	pthread_exit(NULL);
}
