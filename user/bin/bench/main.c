/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench [NAME...]: what the kernel's main operations take, in nanoseconds each.
 *
 * Every operation runs twice, and the second round is printed, when caches
 * and tables are warm.  Under `-icount shift=0` one instruction is one
 * nanosecond of virtual time, so the table is instructions per operation;
 * use one CPU there.  The clock is read from the shared page, without a
 * system call, once before and once after a round.
 *
 * The C library's part is in every number.  The rows are those of the
 * project's table of goals:
 *   null     getppid()
 *   fork     fork, the child's _exit, waitpid
 *   cow256   the same, and the child writes 256 pages that it shares copy-on-write
 *   thread   pthread_create, an empty thread, pthread_join
 *   fork4    fork, the child starts three threads that sleep, and its _exit ends all; waitpid
 *   map64    mmap of 64 pages, a write to each, munmap
 *   vforkexec vfork, exec of /bin/true, its exit, waitpid
 *   exec     exec alone: a program that execs itself, its start-up included
 *   words, bytes, bytes64k, event, irq   see message.c
 *   pipe, read4k, stat, open   see io.c
 */
#include <curfew/sys.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "util.h"

#define PAGE       4096
#define COW_PAGES  256
#define MAP_PAGES  64
#define STACK_SIZE (32 * 1024)

static const char *self = "/bin/bench";
static char *cow_pages;
static pthread_attr_t thread_attributes;
static sem_t never;

void die(const char *what)
{
	exit(fail("bench", what));
}

void reap(pid_t pid)
{
	int status;

	if (pid < 0)
		die("fork");
	if (waitpid(pid, &status, 0) != pid)
		die("wait");
	if (status != 0) {
		fprintf(stderr, "bench: a child ended with status %#x\n", (unsigned)status);
		exit(1);
	}
}

uint64_t stay_on_one_cpu(void)
{
	uint64_t cpus;

	if (curfew_get_affinity(0, &cpus) || curfew_set_affinity(0, 1))
		die("affinity");
	return cpus;
}

static void run_null(long count)
{
	while (count-- > 0)
		getppid();
}

static void run_fork(long count)
{
	while (count-- > 0) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		reap(pid);
	}
}

static void run_cow256(long count)
{
	cow_pages = mmap(NULL, COW_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (cow_pages == MAP_FAILED)
		die("mmap");
	memset(cow_pages, 1, COW_PAGES * PAGE);
	while (count-- > 0) {
		pid_t pid = fork();

		if (pid == 0) {
			for (size_t i = 0; i < COW_PAGES; i++)
				((volatile char *)cow_pages)[i * PAGE] = 2;
			_exit(0);
		}
		reap(pid);
	}
	munmap(cow_pages, COW_PAGES * PAGE);
}

static void *empty_thread(void *argument)
{
	return argument;
}

static void *sleeping_thread(void *argument)
{
	for (;;)
		sem_wait(&never);
	return argument;
}

static void run_thread(long count)
{
	while (count-- > 0) {
		pthread_t thread;

		if (pthread_create(&thread, &thread_attributes, empty_thread, NULL) != 0)
			die("pthread_create");
		pthread_join(thread, NULL);
	}
}

static void run_fork4(long count)
{
	while (count-- > 0) {
		pid_t pid = fork();

		if (pid == 0) {
			for (int i = 0; i < 3; i++) {
				pthread_t thread;

				if (pthread_create(&thread, &thread_attributes, sleeping_thread, NULL) != 0)
					_exit(1);
			}
			_exit(0);
		}
		reap(pid);
	}
}

static void run_map64(long count)
{
	while (count-- > 0) {
		char *pages = mmap(NULL, MAP_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (pages == MAP_FAILED)
			die("mmap");
		for (size_t i = 0; i < MAP_PAGES; i++)
			((volatile char *)pages)[i * PAGE] = 1;
		munmap(pages, MAP_PAGES * PAGE);
	}
}

static void run_vforkexec(long count)
{
	static char *const argv[] = { "true", NULL };

	while (count-- > 0) {
		pid_t pid = vfork();

		if (pid == 0) {
			execv("/bin/true", argv);
			_exit(127);
		}
		reap(pid);
	}
}

/* Becomes a program that execs itself `count` times.  Returns only if it cannot. */
static void exec_chain(long count)
{
	char text[24];
	char *argv[] = { "bench", "--chain", text, NULL };

	snprintf(text, sizeof(text), "%ld", count);
	execv(self, argv);
}

static void run_exec(long count)
{
	pid_t pid = fork();

	if (pid == 0) {
		exec_chain(count - 1);
		_exit(127);
	}
	reap(pid);
}

static const struct operation {
	const char *name, *what;
	long count;
	void (*run)(long count);      /* or: */
	uint64_t (*time)(long count); /* measures by itself */
} operations[] = {
	{ "null", "null system call (getppid)", 10000, run_null, NULL },
	{ "fork", "fork + exit + wait", 200, run_fork, NULL },
	{ "cow256", "the same, child writes 256 shared pages", 20, run_cow256, NULL },
	{ "thread", "thread create + join", 200, run_thread, NULL },
	{ "fork4", "fork, 3 more threads, exit of all, wait", 100, run_fork4, NULL },
	{ "map64", "map 64 pages, touch each, unmap", 100, run_map64, NULL },
	{ "vforkexec", "vfork + exec + exit + wait", 50, run_vforkexec, NULL },
	{ "exec", "exec, start of the program included", 100, run_exec, NULL },
	{ "words", "call and reply, words alone", 2000, NULL, time_words },
	{ "bytes", "the same with 4 KiB each way", 2000, NULL, time_bytes },
	{ "bytes64k", "the same with 64 KiB each way", 200, NULL, time_bytes64k },
	{ "event", "event: from its signal to the server", 2000, NULL, time_event },
	{ "irq", "interrupt: from there to its driver", 2000, NULL, time_irq },
	{ "pipe", "one byte through two pipes, there and back", 2000, NULL, time_pipe },
	{ "read4k", "read of 4 KiB of a file", 2048, NULL, time_read4k },
	{ "stat", "stat of a file", 2000, NULL, time_stat },
	{ "open", "open + close of a file", 1000, NULL, time_open },
};
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

static uint64_t time_of(const struct operation *operation)
{
	uint64_t start = curfew_now();

	if (operation->time)
		return operation->time(operation->count);
	operation->run(operation->count);
	return curfew_now() - start;
}

/* Runs one operation twice and prints the second round. */
static void measure(const struct operation *operation)
{
	uint64_t ns;

	time_of(operation);
	ns = time_of(operation);
	printf("%-10s %10llu ns  %s\n", operation->name, (unsigned long long)(ns / (uint64_t)operation->count),
		operation->what);
}

static const struct operation *find_operation(const char *name)
{
	for (size_t i = 0; i < OPERATIONS; i++) {
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
	}
	return NULL;
}

static int usage_with_names(void)
{
	usage("bench [NAME...]");
	fputs("names:", stderr);
	for (size_t i = 0; i < OPERATIONS; i++)
		fprintf(stderr, " %s", operations[i].name);
	fputc('\n', stderr);
	return 2;
}

int main(int argc, char **argv)
{
	long chain;

	if (strchr(argv[0], '/'))
		self = argv[0];
	if (argc == 3 && strcmp(argv[1], "--chain") == 0 && parse_number(argv[2], 0, 1000000, &chain)) {
		if (chain == 0)
			return 0;
		exec_chain(chain - 1);
		return 127;
	}
	for (int i = 1; i < argc; i++) {
		if (find_operation(argv[i]) == NULL)
			return usage_with_names();
	}
	pthread_attr_init(&thread_attributes);
	pthread_attr_setstacksize(&thread_attributes, STACK_SIZE);
	sem_init(&never, 0, 0);
	for (int i = 1; i < argc; i++)
		measure(find_operation(argv[i]));
	for (size_t i = 0; argc == 1 && i < OPERATIONS; i++)
		measure(&operations[i]);
	return finish("bench", 0);
}
