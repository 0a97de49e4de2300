/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pthread.h and semaphore.h.
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

#include "check.h"

#define THREADS 6

static pthread_t threads[THREADS];
static pthread_mutex_t mutex;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static volatile long shared_count;
static volatile int flag;

static void start_all(void *(*body)(void *))
{
	for (long i = 0; i < THREADS; i++)
		NEED(pthread_create(&threads[i], NULL, body, (void *)i) == 0);
}

static void join_all(void)
{
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

/* The time on a clock, so many milliseconds from now. */
static struct timespec after_ms(clockid_t clock, long ms)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_nsec += ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void *body_square(void *arg)
{
	return (void *)((long)arg * (long)arg);
}

TEST(create_join)
{
	void *result;

	start_all(body_square);
	for (long i = 0; i < THREADS; i++) {
		CHECK_EQ(pthread_join(threads[i], &result), 0);
		CHECK_EQ((long)result, i * i);
	}
	CHECK_EQ(pthread_join(pthread_self(), NULL), EDEADLK);
	CHECK(pthread_equal(pthread_self(), pthread_self()));
}

static void *body_exit(void *arg)
{
	pthread_exit((void *)((long)arg + 1));
}

TEST(exit_value)
{
	void *result;

	start_all(body_exit);
	for (long i = 0; i < THREADS; i++) {
		CHECK_EQ(pthread_join(threads[i], &result), 0);
		CHECK_EQ((long)result, i + 1);
	}
}

static void *body_flag(void *arg)
{
	__atomic_fetch_add(&shared_count, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

TEST(detached)
{
	pthread_attr_t attr;
	pthread_t thread;
	int state;

	CHECK_EQ(pthread_attr_init(&attr), 0);
	CHECK_EQ(pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED), 0);
	CHECK_EQ(pthread_attr_getdetachstate(&attr, &state), 0);
	CHECK_EQ(state, PTHREAD_CREATE_DETACHED);
	for (int i = 0; i < 50; i++)
		CHECK_EQ(pthread_create(&thread, &attr, body_flag, NULL), 0);
	CHECK_EQ(pthread_create(&thread, NULL, body_flag, NULL), 0);
	CHECK_EQ(pthread_detach(thread), 0);
	while (__atomic_load_n(&shared_count, __ATOMIC_SEQ_CST) < 51)
		sched_yield();
	CHECK_EQ(pthread_attr_destroy(&attr), 0);
}

static void *body_stack(void *arg)
{
	volatile char frame[200000];

	for (size_t i = 0; i < sizeof(frame); i += 4096)
		frame[i] = 1;
	return (void *)(long)frame[4096];
}

TEST(attributes)
{
	pthread_attr_t attr;
	pthread_t thread;
	void *result;
	size_t size;

	CHECK_EQ(pthread_attr_init(&attr), 0);
	CHECK_EQ(pthread_attr_setstacksize(&attr, 256 * 1024), 0);
	CHECK_EQ(pthread_attr_getstacksize(&attr, &size), 0);
	CHECK_EQ(size, 256 * 1024);
	CHECK_EQ(pthread_attr_setstacksize(&attr, 1), EINVAL);
	CHECK_EQ(pthread_create(&thread, &attr, body_stack, NULL), 0);
	CHECK_EQ(pthread_join(thread, &result), 0);
	CHECK_EQ((long)result, 1);
}

static void *body_overflow(void *arg)
{
	volatile char frame[60000];

	frame[0] = 1;
	if (arg) /* always */
		return (void *)((long)body_overflow((void *)((long)arg + frame[0])) + frame[0]);
	return NULL;
}

/* Below each stack is a guard. */
TEST(stack_overflow_is_caught)
{
	CHECK_EQ(CHILD({
		pthread_t thread;

		pthread_create(&thread, NULL, body_overflow, (void *)1);
		pthread_join(thread, NULL);
	}), SIGSEGV);
}

/* The end of main's thread by pthread_exit leaves the others; the process ends with the last, with status 0. */
TEST(main_exits_first)
{
	CHECK_EQ(CHILD({
		pthread_t thread;

		pthread_create(&thread, NULL, body_flag, NULL);
		pthread_exit(NULL);
	}), 0);
}

static void *body_count(void *arg)
{
	for (int i = 0; i < 5000; i++) {
		CHECK_EQ(pthread_mutex_lock(&mutex), 0);
		shared_count = shared_count + 1;
		CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	}
	return NULL;
}

TEST(mutex_excludes)
{
	CHECK_EQ(pthread_mutex_init(&mutex, NULL), 0);
	start_all(body_count);
	join_all();
	CHECK_EQ(shared_count, THREADS * 5000);
	CHECK_EQ(pthread_mutex_trylock(&mutex), 0);
	CHECK_EQ(pthread_mutex_trylock(&mutex), EBUSY);
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	CHECK_EQ(pthread_mutex_destroy(&mutex), 0);
}

static void *body_unlock(void *arg)
{
	return (void *)(long)pthread_mutex_unlock(&mutex);
}

static void *body_trylock(void *arg)
{
	return (void *)(long)pthread_mutex_trylock(&mutex);
}

TEST(mutex_kinds)
{
	pthread_mutexattr_t attr;
	pthread_t thread;
	void *result;
	int type;

	CHECK_EQ(pthread_mutexattr_init(&attr), 0);
	CHECK_EQ(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE), 0);
	CHECK_EQ(pthread_mutexattr_gettype(&attr, &type), 0);
	CHECK_EQ(type, PTHREAD_MUTEX_RECURSIVE);
	CHECK_EQ(pthread_mutexattr_settype(&attr, 77), EINVAL);
	CHECK_EQ(pthread_mutex_init(&mutex, &attr), 0);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(pthread_mutex_lock(&mutex), 0);
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	CHECK_EQ(pthread_create(&thread, NULL, body_trylock, NULL), 0);
	CHECK_EQ(pthread_join(thread, &result), 0);
	CHECK_EQ((long)result, EBUSY); /* still held once */
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	CHECK_EQ(pthread_mutex_unlock(&mutex), EPERM);
	CHECK_EQ(pthread_mutex_destroy(&mutex), 0);

	CHECK_EQ(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK), 0);
	CHECK_EQ(pthread_mutex_init(&mutex, &attr), 0);
	CHECK_EQ(pthread_mutex_unlock(&mutex), EPERM);
	CHECK_EQ(pthread_mutex_lock(&mutex), 0);
	CHECK_EQ(pthread_mutex_lock(&mutex), EDEADLK);
	CHECK_EQ(pthread_create(&thread, NULL, body_unlock, NULL), 0);
	CHECK_EQ(pthread_join(thread, &result), 0);
	CHECK_EQ((long)result, EPERM); /* not the owner */
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	CHECK_EQ(pthread_mutex_destroy(&mutex), 0);
	CHECK_EQ(pthread_mutexattr_destroy(&attr), 0);
}

TEST(mutex_timed)
{
	struct timespec soon = after_ms(CLOCK_REALTIME, 5);

	mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	CHECK_EQ(pthread_mutex_lock(&mutex), 0);
	CHECK_EQ(pthread_mutex_timedlock(&mutex, &soon), ETIMEDOUT);
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	CHECK_EQ(pthread_mutex_timedlock(&mutex, &soon), 0); /* free: the time does not matter */
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
}

static void *body_cond(void *arg)
{
	pthread_mutex_lock(&mutex);
	while (!flag)
		CHECK_EQ(pthread_cond_wait(&cond, &mutex), 0);
	shared_count = shared_count + 1;
	pthread_mutex_unlock(&mutex);
	return NULL;
}

TEST(cond_broadcast)
{
	mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	flag = 0;
	start_all(body_cond);
	sleep_ms(2);
	pthread_mutex_lock(&mutex);
	flag = 1;
	CHECK_EQ(pthread_cond_broadcast(&cond), 0);
	pthread_mutex_unlock(&mutex);
	join_all();
	CHECK_EQ(shared_count, THREADS);
}

static volatile int turn;

static void *body_turns(void *arg)
{
	for (int i = 0; i < 200; i++) {
		pthread_mutex_lock(&mutex);
		while (turn != (int)(long)arg)
			pthread_cond_wait(&cond, &mutex);
		turn = (turn + 1) % 2;
		shared_count = shared_count + 1;
		CHECK_EQ(pthread_cond_signal(&cond), 0);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

TEST(cond_ping_pong)
{
	pthread_t other;

	mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	CHECK_EQ(pthread_create(&other, NULL, body_turns, (void *)1), 0);
	body_turns((void *)0);
	CHECK_EQ(pthread_join(other, NULL), 0);
	CHECK_EQ(shared_count, 400);
}

TEST(cond_timed)
{
	pthread_condattr_t attr;
	pthread_cond_t monotonic;
	struct timespec soon;
	uint64_t begin = now_ns();

	mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&mutex);
	soon = after_ms(CLOCK_REALTIME, 5);
	CHECK_EQ(pthread_cond_timedwait(&cond, &mutex, &soon), ETIMEDOUT);
	CHECK(now_ns() >= begin + 5000000);
	CHECK_EQ(pthread_condattr_init(&attr), 0);
	CHECK_EQ(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC), 0);
	CHECK_EQ(pthread_cond_init(&monotonic, &attr), 0);
	soon = after_ms(CLOCK_MONOTONIC, 5);
	CHECK_EQ(pthread_cond_timedwait(&monotonic, &mutex, &soon), ETIMEDOUT);
	CHECK_EQ(pthread_mutex_trylock(&mutex), EBUSY); /* held again */
	pthread_mutex_unlock(&mutex);
	CHECK_EQ(pthread_cond_destroy(&monotonic), 0);
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static long pair[2];

static void *body_readwrite(void *arg)
{
	for (int i = 0; i < 500; i++) {
		if (((long)arg + i) % 4 == 0) {
			CHECK_EQ(pthread_rwlock_wrlock(&rwlock), 0);
			pair[0]++;
			if (i % 16 == 0)
				sched_yield();
			pair[1]++;
		} else {
			CHECK_EQ(pthread_rwlock_rdlock(&rwlock), 0);
			CHECK_EQ(pair[0], pair[1]);
		}
		CHECK_EQ(pthread_rwlock_unlock(&rwlock), 0);
	}
	return NULL;
}

TEST(rwlock_excludes)
{
	start_all(body_readwrite);
	join_all();
	CHECK_EQ(pair[0], THREADS * 500 / 4);
	CHECK_EQ(pair[1], pair[0]);
}

TEST(rwlock_tries)
{
	struct timespec soon = after_ms(CLOCK_REALTIME, 3);

	CHECK_EQ(pthread_rwlock_rdlock(&rwlock), 0);
	CHECK_EQ(pthread_rwlock_tryrdlock(&rwlock), 0);
	CHECK_EQ(pthread_rwlock_trywrlock(&rwlock), EBUSY);
	CHECK_EQ(pthread_rwlock_timedwrlock(&rwlock, &soon), ETIMEDOUT);
	CHECK_EQ(pthread_rwlock_unlock(&rwlock), 0);
	CHECK_EQ(pthread_rwlock_unlock(&rwlock), 0);
	CHECK_EQ(pthread_rwlock_trywrlock(&rwlock), 0);
	CHECK_EQ(pthread_rwlock_tryrdlock(&rwlock), EBUSY);
	CHECK_EQ(pthread_rwlock_unlock(&rwlock), 0);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_once(void)
{
	sched_yield();
	shared_count = shared_count + 1;
}

static void *body_once(void *arg)
{
	CHECK_EQ(pthread_once(&once, init_once), 0);
	CHECK_EQ(shared_count, 1); /* done when the call returns, in whichever thread it ran */
	return NULL;
}

TEST(once_only)
{
	start_all(body_once);
	join_all();
	CHECK_EQ(shared_count, 1);
}

static pthread_key_t key, other_key;

static void destroy(void *value)
{
	__atomic_fetch_add(&shared_count, (long)value, __ATOMIC_SEQ_CST);
	if ((long)value == 100) /* a destructor that sets a value is called once more */
		pthread_setspecific(key, (void *)1);
}

static void *body_key(void *arg)
{
	CHECK(pthread_getspecific(key) == NULL);
	CHECK_EQ(pthread_setspecific(key, (void *)((long)arg + 1)), 0);
	CHECK_EQ(pthread_setspecific(other_key, arg), 0);
	sched_yield();
	CHECK_EQ((long)pthread_getspecific(key), (long)arg + 1);
	CHECK_EQ((long)pthread_getspecific(other_key), (long)arg);
	if ((long)arg == 0)
		pthread_setspecific(key, (void *)100);
	return NULL;
}

TEST(keys)
{
	CHECK_EQ(pthread_key_create(&key, destroy), 0);
	CHECK_EQ(pthread_key_create(&other_key, NULL), 0);
	start_all(body_key);
	join_all();
	CHECK_EQ(shared_count, 100 + 1 + 2 + 3 + 4 + 5 + 6);
	CHECK_EQ(pthread_key_delete(key), 0);
	CHECK_EQ(pthread_key_delete(key), EINVAL);
	CHECK_EQ(pthread_setspecific(key, (void *)1), EINVAL);
	CHECK_EQ(pthread_key_delete(other_key), 0);
}

static pthread_barrier_t barrier;
static long serials;

static void *body_barrier(void *arg)
{
	for (long round = 1; round <= 50; round++) {
		int r;

		__atomic_fetch_add(&shared_count, 1, __ATOMIC_SEQ_CST);
		r = pthread_barrier_wait(&barrier);
		CHECK(r == 0 || r == PTHREAD_BARRIER_SERIAL_THREAD);
		if (r == PTHREAD_BARRIER_SERIAL_THREAD)
			__atomic_fetch_add(&serials, 1, __ATOMIC_SEQ_CST);
		CHECK_EQ(shared_count, round * THREADS);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

TEST(barriers)
{
	CHECK_EQ(pthread_barrier_init(&barrier, NULL, 0), EINVAL);
	CHECK_EQ(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	start_all(body_barrier);
	join_all();
	CHECK_EQ(serials, 50);
	CHECK_EQ(pthread_barrier_destroy(&barrier), 0);
}

static pthread_spinlock_t spin;

static void *body_spin(void *arg)
{
	for (int i = 0; i < 500; i++) {
		CHECK_EQ(pthread_spin_lock(&spin), 0);
		shared_count = shared_count + 1;
		CHECK_EQ(pthread_spin_unlock(&spin), 0);
	}
	return NULL;
}

TEST(spinlocks)
{
	CHECK_EQ(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE), 0);
	start_all(body_spin);
	join_all();
	CHECK_EQ(shared_count, THREADS * 500);
	CHECK_EQ(pthread_spin_trylock(&spin), 0);
	CHECK_EQ(pthread_spin_trylock(&spin), EBUSY);
	CHECK_EQ(pthread_spin_unlock(&spin), 0);
}

static void cleanup(void *arg)
{
	shared_count = shared_count * 10 + (long)arg;
}

static void *body_cleanup(void *arg)
{
	pthread_cleanup_push(cleanup, (void *)1);
	pthread_cleanup_push(cleanup, (void *)2);
	pthread_cleanup_push(cleanup, (void *)3);
	pthread_cleanup_pop(0);
	pthread_exit(NULL);
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return NULL;
}

TEST(cleanup_handlers)
{
	pthread_t thread;

	CHECK_EQ(pthread_create(&thread, NULL, body_cleanup, NULL), 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(shared_count, 21);
}

static void prepare(void)
{
	shared_count = shared_count * 10 + 1;
}

static void in_parent(void)
{
	shared_count = shared_count * 10 + 2;
}

static void in_child(void)
{
	shared_count = shared_count * 10 + 3;
}

TEST(atfork)
{
	CHECK_EQ(pthread_atfork(prepare, in_parent, in_child), 0);
	CHECK_EQ(CHILD(CHECK_EQ(shared_count, 13)), 0);
	CHECK_EQ(shared_count, 12);
}

static void *body_errno(void *arg)
{
	for (int i = 0; i < 200; i++) {
		errno = (int)(long)arg + i;
		sched_yield();
		CHECK_EQ(errno, (long)arg + i);
	}
	return NULL;
}

TEST(errno_is_per_thread)
{
	start_all(body_errno);
	join_all();
}

static __thread long local = 5;

static void *body_local(void *arg)
{
	CHECK_EQ(local, 5);
	local = (long)arg;
	sched_yield();
	CHECK_EQ(local, (long)arg);
	return &local;
}

TEST(thread_local_variables)
{
	start_all(body_local);
	join_all();
	CHECK_EQ(local, 5);
}

/* stdio and malloc from many threads: newlib's locks. */
static void *body_library(void *arg)
{
	char text[40];

	for (int i = 0; i < 200; i++) {
		char *p = malloc((size_t)(i * 37 % 3000 + 1));

		NEED(p != NULL);
		p[0] = (char)i;
		snprintf(text, sizeof(text), "%ld %d %g", (long)arg, i, i / 8.0);
		p = realloc(p, (size_t)(i * 91 % 5000 + 1));
		NEED(p != NULL);
		CHECK_EQ(p[0], (char)i);
		free(p);
		CHECK_EQ(strtol(text, NULL, 10), (long)arg);
	}
	return NULL;
}

TEST(library_from_threads)
{
	start_all(body_library);
	join_all();
}

static sem_t semaphore;

static void *body_semaphore(void *arg)
{
	for (int i = 0; i < 300; i++) {
		CHECK_EQ(sem_wait(&semaphore), 0);
		CHECK(__atomic_add_fetch(&flag, 1, __ATOMIC_SEQ_CST) <= 2);
		__atomic_fetch_add(&shared_count, 1, __ATOMIC_SEQ_CST);
		__atomic_fetch_sub(&flag, 1, __ATOMIC_SEQ_CST);
		CHECK_EQ(sem_post(&semaphore), 0);
	}
	return NULL;
}

TEST(semaphores)
{
	struct timespec soon = after_ms(CLOCK_REALTIME, 4);
	int value;

	flag = 0;
	CHECK_EQ(sem_init(&semaphore, 0, 2), 0);
	start_all(body_semaphore);
	join_all();
	CHECK_EQ(shared_count, THREADS * 300);
	CHECK_EQ(sem_getvalue(&semaphore, &value), 0);
	CHECK_EQ(value, 2);
	CHECK_EQ(sem_trywait(&semaphore), 0);
	CHECK_EQ(sem_wait(&semaphore), 0);
	CHECK_ERRNO(sem_trywait(&semaphore), EAGAIN);
	CHECK_ERRNO(sem_timedwait(&semaphore, &soon), ETIMEDOUT);
	CHECK_EQ(sem_destroy(&semaphore), 0);
}

/* In memory that processes share. */
TEST(semaphore_between_processes)
{
	sem_t *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	NEED(shared != MAP_FAILED);
	CHECK_EQ(sem_init(&shared[0], 1, 0), 0);
	CHECK_EQ(sem_init(&shared[1], 1, 0), 0);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 200; i++) {
			sem_wait(&shared[0]);
			sem_post(&shared[1]);
		}
		_exit(0);
	}
	for (int i = 0; i < 200; i++) {
		CHECK_EQ(sem_post(&shared[0]), 0);
		CHECK_EQ(sem_wait(&shared[1]), 0);
	}
	CHECK_EQ(check_wait(pid), 0);
}

TEST(mutex_between_processes)
{
	struct {
		pthread_mutex_t mutex;
		long count;
	} *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t attr;
	pid_t pids[3];

	CHECK_EQ(pthread_mutexattr_init(&attr), 0);
	CHECK_EQ(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED), 0);
	CHECK_EQ(pthread_mutex_init(&shared->mutex, &attr), 0);
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			for (int j = 0; j < 2000; j++) {
				pthread_mutex_lock(&shared->mutex);
				shared->count++;
				pthread_mutex_unlock(&shared->mutex);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < 3; i++)
		CHECK_EQ(check_wait(pids[i]), 0);
	CHECK_EQ(shared->count, 6000);
}

static void *body_forever(void *arg)
{
	for (;;)
		sys(SYS_sleep_until, CURFEW_FOREVER);
	return NULL;
}

/* exit() with threads in all states, from a thread that is not the first. */
static void *body_exit_process(void *arg)
{
	exit(12);
}

TEST(exit_from_a_thread)
{
	CHECK_EQ(CHILD({
		pthread_t thread;

		for (int i = 0; i < 5; i++)
			pthread_create(&thread, NULL, body_forever, NULL);
		pthread_create(&thread, NULL, body_exit_process, NULL);
		pthread_join(thread, NULL);
	}), 12 << 8);
}
