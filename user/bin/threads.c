/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * threads [-t THREADS] [-n ROUNDS]: every kind of pthread synchronisation, with results that are checked.
 *
 * Each check is one function that starts THREADS threads, lets them work on
 * something whose answer is known, or is computed once more by one thread
 * alone, and compares.  Together they are a program that sleeps, wakes,
 * contends and is preempted in all ways a program can be.
 *
 * All of it runs in a child process.  When that has ended, free pages,
 * threads and ASIDs must be what they were before (account.h).
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>

#include "account.h"

#define MAX_THREADS 64

static long threads = 4, rounds = 10000;

/* Starts the threads, each with its number, and joins them.  Ends the process if it cannot. */
static void run(void *(*body)(void *))
{
	pthread_t list[MAX_THREADS];

	for (long i = 0; i < threads; i++) {
		int error = pthread_create(&list[i], NULL, body, (void *)(intptr_t)i);

		if (error != 0) {
			fprintf(stderr, "threads: pthread_create: %s\n", strerror(error));
			exit(1);
		}
	}
	for (long i = 0; i < threads; i++) {
		void *result;

		if (pthread_join(list[i], &result) != 0 || (intptr_t)result != i) {
			fprintf(stderr, "threads: thread %ld was not joined with its result\n", i);
			exit(1);
		}
	}
}

/* ------------------------------------------------ mutex: no increment is lost */

static pthread_mutex_t count_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long counted;

static void *count_body(void *number)
{
	for (long i = 0; i < rounds; i++) {
		pthread_mutex_lock(&count_lock);
		counted++;
		if (i % 64 == 0)
			sched_yield();
		pthread_mutex_unlock(&count_lock);
	}
	return number;
}

static bool check_mutex(void)
{
	run(count_body);
	return counted == (unsigned long)(threads * rounds);
}

/* ------------------------- queue: condition variables; all that went in comes out */

#define QUEUE_SIZE 8

static struct {
	pthread_mutex_t lock;
	pthread_cond_t not_full, not_empty;
	unsigned long items[QUEUE_SIZE], first, count;
	unsigned long taken, sum;
} queue = {
	.lock = PTHREAD_MUTEX_INITIALIZER, .not_full = PTHREAD_COND_INITIALIZER, .not_empty = PTHREAD_COND_INITIALIZER
};

static void queue_put(unsigned long item)
{
	pthread_mutex_lock(&queue.lock);
	while (queue.count == QUEUE_SIZE)
		pthread_cond_wait(&queue.not_full, &queue.lock);
	queue.items[(queue.first + queue.count++) % QUEUE_SIZE] = item;
	pthread_cond_signal(&queue.not_empty);
	pthread_mutex_unlock(&queue.lock);
}

static void queue_take(void)
{
	pthread_mutex_lock(&queue.lock);
	while (queue.count == 0)
		pthread_cond_wait(&queue.not_empty, &queue.lock);
	queue.sum += queue.items[queue.first];
	queue.first = (queue.first + 1) % QUEUE_SIZE;
	queue.count--;
	queue.taken++;
	pthread_cond_signal(&queue.not_full);
	pthread_mutex_unlock(&queue.lock);
}

/* Even threads produce, odd ones consume as much; the last of an odd number of threads does both. */
static void *queue_body(void *number)
{
	long self = (intptr_t)number;
	bool alone = self % 2 == 0 && self == threads - 1;

	for (long i = 0; i < rounds; i++) {
		if (self % 2 == 0)
			queue_put((unsigned long)(self * rounds + i));
		if (self % 2 == 1 || alone)
			queue_take();
	}
	return number;
}

static bool check_queue(void)
{
	unsigned long items = 0, sum = 0;

	run(queue_body);
	for (long self = 0; self < threads; self += 2) {
		for (long i = 0; i < rounds; i++, items++)
			sum += (unsigned long)(self * rounds + i);
	}
	return queue.taken == items && queue.sum == sum && queue.count == 0;
}

/* ------------------------------- rwlock: readers never see half of a write */

static pthread_rwlock_t pair_lock = PTHREAD_RWLOCK_INITIALIZER;
static volatile unsigned long pair[2];
static unsigned long torn;

static void *pair_body(void *number)
{
	for (long i = 0; i < rounds; i++) {
		if (i % 8 == (intptr_t)number % 8) {
			pthread_rwlock_wrlock(&pair_lock);
			pair[0]++;
			if (i % 16 == 0)
				sched_yield();
			pair[1]++;
			pthread_rwlock_unlock(&pair_lock);
		} else {
			pthread_rwlock_rdlock(&pair_lock);
			if (pair[0] != pair[1])
				__atomic_add_fetch(&torn, 1, __ATOMIC_RELAXED);
			pthread_rwlock_unlock(&pair_lock);
		}
	}
	return number;
}

static bool check_rwlock(void)
{
	unsigned long writes = 0;

	run(pair_body);
	for (long self = 0; self < threads; self++) {
		for (long i = 0; i < rounds; i++)
			writes += i % 8 == self % 8;
	}
	return torn == 0 && pair[0] == writes && pair[1] == writes;
}

/* --------------- barrier: a sum over neighbours, step by step, as one thread computes it */

#define CELLS 1024
#define STEPS 100

static unsigned cells[2][CELLS];
static pthread_barrier_t step_barrier;
static unsigned long serial_threads;

static void step_range(int step, long first, long end)
{
	const unsigned *from = cells[step % 2];
	unsigned *to = cells[(step + 1) % 2];

	for (long i = first; i < end; i++)
		to[i] = from[(i + CELLS - 1) % CELLS] * 3 + from[i] + from[(i + 1) % CELLS] * 5;
}

static void *step_body(void *number)
{
	long self = (intptr_t)number;

	for (int step = 0; step < STEPS; step++) {
		step_range(step, CELLS * self / threads, CELLS * (self + 1) / threads);
		if (pthread_barrier_wait(&step_barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
			__atomic_add_fetch(&serial_threads, 1, __ATOMIC_RELAXED);
	}
	return number;
}

static void fill_cells(void)
{
	for (unsigned i = 0; i < CELLS; i++)
		cells[0][i] = i * 2654435761u;
}

static bool check_barrier(void)
{
	static unsigned result[CELLS];

	pthread_barrier_init(&step_barrier, NULL, (unsigned)threads);
	fill_cells();
	run(step_body);
	pthread_barrier_destroy(&step_barrier);
	memcpy(result, cells[STEPS % 2], sizeof(result));
	fill_cells();
	for (int step = 0; step < STEPS; step++)
		step_range(step, 0, CELLS);
	return serial_threads == STEPS && memcmp(result, cells[STEPS % 2], sizeof(result)) == 0;
}

/* ------------------------------------- semaphore: never more inside than it allows */

#define SEATS 2

static sem_t seats;
static long inside, most_inside;

static void *seat_body(void *number)
{
	for (long i = 0; i < rounds; i++) {
		long now, most;

		while (sem_wait(&seats) != 0)
			;
		now = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);
		most = __atomic_load_n(&most_inside, __ATOMIC_SEQ_CST);
		while (now > most && !__atomic_compare_exchange_n(
					     &most_inside, &most, now, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			;
		if (i % 32 == 0)
			sched_yield();
		__atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
		sem_post(&seats);
	}
	return number;
}

static bool check_semaphore(void)
{
	int value = -1;

	sem_init(&seats, 0, SEATS);
	run(seat_body);
	sem_getvalue(&seats, &value);
	return inside == 0 && most_inside >= 1 && most_inside <= SEATS && value == SEATS;
}

/* ------------- floating point: many values live in registers, to the last bit as one thread computes them */

static double float_results[MAX_THREADS];

/* Eight sums at once, which stay in registers over preemptions and the yields in between. */
static double float_work(long self)
{
	double a = self + 1, b = a * 1.1, c = a * 1.2, d = a * 1.3, e = a * 1.4, f = a * 1.5, g = a * 1.6, h = a * 1.7;

	for (long i = 1; i <= rounds * 10; i++) {
		double x = 1.0 / (double)i;

		a += x * b;
		b -= x * c;
		c += x * d;
		d -= x * e;
		e += x * f;
		f -= x * g;
		g += x * h;
		h -= x * a;
		if (i % 1024 == 0)
			sched_yield();
	}
	return a + b + c + d + e + f + g + h;
}

static void *float_body(void *number)
{
	float_results[(intptr_t)number] = float_work((intptr_t)number);
	return number;
}

static bool check_float(void)
{
	run(float_body);
	for (long self = 0; self < threads; self++) {
		double alone = float_work(self);

		if (memcmp(&alone, &float_results[self], sizeof(alone)) != 0)
			return false;
	}
	return true;
}

/* -------------------------------------- once and keys: initialised once, destroyed by each thread */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static long initialised, destroyed;

static void destroy_value(void *value)
{
	__atomic_add_fetch(&destroyed, (long)(intptr_t)value, __ATOMIC_RELAXED);
}

static void initialise(void)
{
	initialised++;
	pthread_key_create(&key, destroy_value);
}

static void *key_body(void *number)
{
	pthread_once(&once, initialise);
	pthread_setspecific(key, (void *)((intptr_t)number + 1));
	for (long i = 0; i < rounds / 10; i++) {
		if ((intptr_t)pthread_getspecific(key) != (intptr_t)number + 1)
			return (void *)(intptr_t)-1;
		if (i % 64 == 0)
			sched_yield();
	}
	return number;
}

static bool check_keys(void)
{
	run(key_body);
	pthread_key_delete(key);
	return initialised == 1 && destroyed == threads * (threads + 1) / 2;
}

/* ----------------------------------------------------------- heap: each block stays its owner's */

static void *heap_body(void *number)
{
	enum { BLOCKS = 16 };
	unsigned char *blocks[BLOCKS] = { NULL };
	size_t sizes[BLOCKS] = { 0 };
	unsigned char mark = (unsigned char)((intptr_t)number + 1);

	for (long i = 0; i < rounds / 4; i++) {
		int n = (int)(i * 7 % BLOCKS);

		for (size_t k = 0; k < sizes[n]; k++) {
			if (blocks[n][k] != mark)
				return (void *)(intptr_t)-1;
		}
		free(blocks[n]);
		sizes[n] = (size_t)(i * 37 % 500 + 1);
		blocks[n] = malloc(sizes[n]);
		if (blocks[n] == NULL)
			return (void *)(intptr_t)-1;
		memset(blocks[n], mark, sizes[n]);
	}
	for (int n = 0; n < BLOCKS; n++)
		free(blocks[n]);
	return number;
}

static bool check_heap(void)
{
	run(heap_body);
	return true;
}

static const struct {
	const char *name;
	bool (*check)(void);
} checks[] = {
	{ "mutex", check_mutex },
	{ "queue", check_queue },
	{ "rwlock", check_rwlock },
	{ "barrier", check_barrier },
	{ "semaphore", check_semaphore },
	{ "float", check_float },
	{ "keys", check_keys },
	{ "heap", check_heap },
};

/* Runs all checks.  Returns how many failed. */
static int run_checks(void)
{
	int failed = 0;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		bool good = checks[i].check();

		printf("threads: %s: %s\n", checks[i].name, good ? "ok" : "FAILED");
		failed += !good;
	}
	fflush(stdout);
	return failed;
}

/* Forks a child that runs the checks.  Returns false if it did not end well. */
static bool run_child(bool rehearsal)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(rehearsal ? 0 : run_checks());
	if (pid < 0) {
		fail("threads", "fork");
		return false;
	}
	if (waitpid(pid, &status, 0) != pid) {
		fail("threads", "wait");
		return false;
	}
	if (WIFSIGNALED(status))
		fprintf(stderr, "threads: ended by signal %d\n", WTERMSIG(status));
	return status == 0;
}

int main(int argc, char **argv)
{
	struct account begin;
	int option;
	bool good = true;

	opterr = 0;
	while (good && (option = getopt(argc, argv, "t:n:")) != -1) {
		if (option == 't')
			good = parse_number(optarg, 1, MAX_THREADS, &threads);
		else if (option == 'n')
			good = parse_number(optarg, 1, 100000000, &rounds);
		else
			good = false;
	}
	if (!good || optind != argc)
		return usage("threads [-t THREADS] [-n ROUNDS]");
	account_prepare();
	if (!run_child(true))
		return 1;
	account_take(&begin);
	good = run_child(false);
	if (account_close("threads", &begin, 2000) < 0)
		good = false;
	printf("threads: %ld threads, %ld rounds: %s\n", threads, rounds, good ? "ok" : "FAILED");
	return finish("threads", good ? 0 : 1);
}
