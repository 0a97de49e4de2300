/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What signals interrupt: calls, threads, children, new programs; alarms; and storms of all that against exec and exit.
 */
#include "signal_check.h"

#include <semaphore.h>
#include <spawn.h>
#include <sys/time.h>
#include <termios.h>

/* --- interrupted calls --- */

static void nothing(int number)
{
	(void)number;
}

TEST(eintr_everywhere)
{
	struct timespec hour = { .tv_sec = 3600 }, left = { 0 };
	uint32_t word = 0;
	uint64_t begin;
	sem_t semaphore;
	struct termios modes, raw;
	int status, p[2];
	pid_t pid, child;
	long r;

	NEED(pipe(p) == 0);
	set(SIGUSR1, nothing, 0);
	pid = send_when_asleep(SIGUSR1);
	CHECK_EQ(sys(SYS_sleep_until, CURFEW_FOREVER), -EINTR);
	CHECK_EQ(reap(pid), 0);

	pid = send_when_asleep(SIGUSR1);
	CHECK_EQ(sys(SYS_futex_wait, &word, 0, CURFEW_FOREVER), -EINTR);
	CHECK_EQ(reap(pid), 0);

	child = fork();
	if (child == 0)
		for (;;)
			sys(SYS_sleep_until, CURFEW_FOREVER);
	pid = send_when_asleep(SIGUSR1);
	CHECK_EQ(sys(SYS_wait, child, &status, 0, 0), -EINTR);
	CHECK_EQ(reap(pid), 0);
	pid = send_when_asleep(SIGUSR1);
	CHECK_ERRNO(waitpid(child, &status, 0), EINTR);
	CHECK_EQ(reap(pid), 0);
	kill(child, SIGKILL);
	CHECK_EQ(reap(child), SIGKILL);

	pid = send_when_asleep(SIGUSR1);
	begin = now_ns();
	r = nanosleep(&hour, &left);
	CHECK(r == -1 && errno == EINTR);
	CHECK(left.tv_sec >= 3600 - (long)((now_ns() - begin) / SECOND) - 1 && left.tv_sec < 3600);
	CHECK_EQ(reap(pid), 0);

	pid = send_when_asleep(SIGUSR1);
	CHECK(sleep(1000) > 900);
	CHECK_EQ(reap(pid), 0);

	sem_init(&semaphore, 0, 0);
	pid = send_when_asleep(SIGUSR1);
	CHECK_ERRNO(sem_wait(&semaphore), EINTR);
	CHECK_EQ(reap(pid), 0);
	CHECK_EQ(sem_destroy(&semaphore), 0);

	for (int i = 0; i < 20; i++) {
		pid = send_when_asleep(SIGUSR1);
		CHECK_ERRNO(read(p[0], &status, 1), EINTR);
		CHECK_EQ(reap(pid), 0);
	}
	/* On the terminal an end of file may wait, which is one byte here. */
	NEED(tcgetattr(STDIN_FILENO, &modes) == 0);
	raw = modes;
	raw.c_lflag &= ~(tcflag_t)ICANON;
	raw.c_cc[VMIN] = 4;
	raw.c_cc[VTIME] = 0;
	NEED(tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0);
	for (int i = 0; i < 20; i++) {
		pid = send_when_asleep(SIGUSR1);
		CHECK_ERRNO(read(STDIN_FILENO, &status, 4), EINTR);
		CHECK_EQ(reap(pid), 0);
	}
	CHECK_EQ(tcsetattr(STDIN_FILENO, TCSANOW, &modes), 0);
	pid = send_when_asleep(SIGUSR1);
	CHECK_EQ(sys(SYS_signal_suspend, 0), -EINTR);
	CHECK_EQ(reap(pid), 0);
	pid = send_when_asleep(SIGUSR1);
	CHECK_EQ(sys(SYS_signal_wait, BIT(SIGUSR2), CURFEW_FOREVER), -EINTR);
	CHECK_EQ(reap(pid), 0);
}

/* One that nobody handles ends no sleep. */
TEST(no_eintr_for_nothing)
{
	uint64_t end = now_ns() + 20000000;
	pid_t pid;

	signal(SIGUSR1, SIG_IGN);
	pid = send_when_asleep(SIGUSR1);
	CHECK_EQ(sys(SYS_sleep_until, end), 0);
	CHECK(now_ns() >= end);
	CHECK_EQ(reap(pid), 0);
	end = now_ns() + 20000000;
	pid = send_when_asleep(SIGCHLD);
	CHECK_EQ(sys(SYS_sleep_until, end), 0); /* its own SIGCHLD, too */
	CHECK_EQ(reap(pid), 0);
	set(SIGUSR2, counts, 0);
	block(SIGUSR2);
	end = now_ns() + 20000000;
	pid = send_when_asleep(SIGUSR2);
	CHECK_EQ(sys(SYS_sleep_until, end), 0);
	CHECK_EQ(reap(pid), 0);
	CHECK_EQ(count, 0);
}

static void wakes_child(int number)
{
	(void)number;
	count++;
	store(&words[0], 1);
}

TEST(restart)
{
	struct timespec hour = { .tv_sec = 3600 };
	sem_t *semaphore = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid, child;
	int status;

	NEED(semaphore != MAP_FAILED);
	words = check_shared->words;
	set(SIGUSR1, wakes_child, SA_RESTART);
	child = fork();
	if (child == 0) {
		until(&words[0], 1);
		_exit(5);
	}
	pid = send_when_asleep(SIGUSR1);
	CHECK_EQ(waitpid(child, &status, 0), child); /* the same call goes on */
	CHECK_EQ(status, 5 << 8);
	CHECK_EQ(count, 1);
	CHECK_EQ(reap(pid), 0);

	sem_init(semaphore, 1, 0);
	store(&words[0], 0);
	child = fork();
	if (child == 0) {
		until(&words[0], 1);
		sem_post(semaphore);
		_exit(0);
	}
	pid = send_when_asleep(SIGUSR1);
	CHECK_EQ(sem_wait(semaphore), 0);
	CHECK_EQ(reap(child), 0);
	CHECK_EQ(reap(pid), 0);
	CHECK_EQ(count, 2);

	pid = send_when_asleep(SIGUSR1);
	CHECK_ERRNO(nanosleep(&hour, NULL), EINTR); /* never made again */
	CHECK_EQ(reap(pid), 0);
}

static void *sleeps_long(void *seconds)
{
	struct timespec time = { .tv_sec = (long)seconds }, left = { 0 };

	store(&words[1], (uint32_t)sys(SYS_gettid));
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &left), EINTR);
	CHECK(left.tv_sec > 0);
	return NULL;
}

TEST(pthread_kill_interrupts_sleep)
{
	pthread_t thread;

	words = check_shared->words;
	set(SIGUSR1, wakes_child, SA_RESTART);
	NEED(pthread_create(&thread, NULL, sleeps_long, (void *)3600) == 0);
	while (!load(&words[1]))
		sys(SYS_yield);
	/* It may not sleep yet: then its sleep has not begun, and the next one ends it. */
	while (pthread_kill(thread, SIGUSR1) == 0 && pthread_tryjoin_np(thread, NULL) == EBUSY)
		sys(SYS_sleep_until, now_ns() + 200000);
	CHECK(count > 0);
	CHECK_EQ(words[0], 1);
}

/* --- threads --- */

static volatile pthread_t ran_on;

static void notes_thread(int number)
{
	(void)number;
	ran_on = pthread_self();
	__atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
}

static void *waits_for_end(void *open)
{
	sigset_t mask = BIT(SIGUSR1);

	if (open)
		pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
	__atomic_fetch_add(&words[1], 1, __ATOMIC_ACQ_REL);
	until(&words[0], 1);
	return NULL;
}

/* A signal to the process goes to a thread that does not block it; one to a thread, to that. */
TEST(goes_to_who_takes_it)
{
	pthread_t a, b;

	words = check_shared->words;
	set(SIGUSR1, notes_thread, 0);
	block(SIGUSR1);
	NEED(pthread_create(&a, NULL, waits_for_end, NULL) == 0); /* inherits the mask */
	NEED(pthread_create(&b, NULL, waits_for_end, (void *)1) == 0);
	while (load(&words[1]) < 2)
		sys(SYS_yield);
	for (int i = 1; i <= 50; i++) {
		kill(getpid(), SIGUSR1);
		while (count < i)
			sys(SYS_yield);
		CHECK(pthread_equal(ran_on, b));
	}
	pthread_kill(a, SIGUSR1); /* blocked there: stays */
	sleep_ms(2);
	CHECK_EQ(count, 50);
	store(&words[0], 1);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	CHECK_EQ(count, 50); /* went with the thread */
	kill(getpid(), SIGUSR1);
	CHECK_EQ(count, 50);
	unblock(SIGUSR1);
	CHECK_EQ(count, 51);
	CHECK(pthread_equal(ran_on, pthread_self()));
}

static void *comes_and_goes(void *arg)
{
	return arg;
}

/* Threads that begin and end meanwhile lose none: each signal is handled before the next is sent. */
TEST(none_lost_to_ending_threads)
{
	pid_t self = getpid(), pid;

	words = check_shared->words;
	set(SIGUSR1, wakes_child, SA_RESTART);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 200; i++) {
			store(&words[0], 0);
			CHECK_EQ(sys(SYS_kill, self, SIGUSR1), 0);
			until(&words[0], 1);
		}
		store(&words[2], 1);
		_exit(0);
	}
	block(SIGUSR1);
	while (!load(&words[2])) {
		pthread_t threads[4];
		sigset_t none = 0, one = BIT(SIGUSR1);

		pthread_sigmask(SIG_SETMASK, &none, NULL);
		for (int i = 0; i < 4; i++)
			NEED(pthread_create(&threads[i], NULL, comes_and_goes, NULL) == 0);
		pthread_sigmask(SIG_SETMASK, &one, NULL);
		for (int i = 0; i < 4; i++)
			pthread_join(threads[i], NULL);
	}
	unblock(SIGUSR1);
	CHECK_EQ(reap(pid), 0);
	CHECK_EQ(count, 200);
}

/* --- alarms --- */

TEST(alarm_comes)
{
	struct itimerval timer = { .it_value = { .tv_usec = 3000 }, .it_interval = { .tv_usec = 1000 } }, old;
	uint64_t begin = now_ns();

	set(SIGALRM, counts, 0);
	CHECK_EQ(alarm(100), 0);
	CHECK_EQ(alarm(50), 100);
	CHECK_EQ(getitimer(ITIMER_REAL, &old), 0);
	CHECK(old.it_value.tv_sec >= 48 && old.it_value.tv_sec <= 50);
	CHECK_EQ(CHILD(CHECK_EQ(alarm(0), 0)), 0); /* fork does not copy it */
	CHECK_EQ(alarm(0), 50);
	CHECK_EQ(alarm(0), 0);
	CHECK_EQ(ualarm(5000, 0), 0);
	CHECK_ERRNO(pause(), EINTR);
	CHECK_EQ(count, 1);
	CHECK(now_ns() >= begin + 5000000);
	CHECK_EQ(alarm(0), 0);
	CHECK_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
	while (count < 6)
		pause();
	timer.it_value.tv_usec = 0;
	CHECK_EQ(setitimer(ITIMER_REAL, &timer, &old), 0);
	CHECK_EQ(old.it_interval.tv_usec, 1000);
	timer.it_value.tv_usec = 1000000;
	CHECK_ERRNO(setitimer(ITIMER_REAL, &timer, NULL), EINVAL);
	timer.it_value.tv_usec = 1;
	CHECK_ERRNO(setitimer(ITIMER_VIRTUAL, &timer, NULL), EINVAL);
	CHECK_ERRNO(getitimer(ITIMER_PROF, &timer), EINVAL);
	/* By default it ends the process, which need not sleep. */
	CHECK_EQ(CHILD(signal(SIGALRM, SIG_DFL); ualarm(1000, 0); for (;;) __asm__ volatile("")), SIGALRM);
	CHECK_EQ(CHILD(signal(SIGALRM, SIG_DFL); ualarm(1000, 0); for (;;) sys(SYS_sleep_until, CURFEW_FOREVER)), SIGALRM);
}

TEST(alarm_extremes)
{
	struct curfew_alarm alarm = { .deadline = 1, .interval = 1 }, old;

	set(SIGALRM, counts, 0);
	CHECK_EQ(sys(SYS_alarm, &alarm, 0), 0); /* past, and then at the shortest */
	while (count < 20)
		sys(SYS_yield);
	CHECK_EQ(sys(SYS_alarm, 0, &old), 0);
	CHECK_EQ(old.interval, CURFEW_ALARM_LEAST);
	alarm = (struct curfew_alarm){ .deadline = now_ns(), .interval = ~0ul };
	CHECK_EQ(sys(SYS_alarm, &alarm, &old), 0);
	alarm = (struct curfew_alarm){ .deadline = ~0ul, .interval = ~0ul };
	CHECK_EQ(sys(SYS_alarm, &alarm, 0), 0);
	CHECK_EQ(sys(SYS_alarm, 0, &old), 0);
	CHECK_EQ(old.deadline, 0);
	/* Many at once, of processes that end before, or are killed by theirs. */
	for (int i = 0; i < 40; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			signal(SIGALRM, SIG_DFL);
			alarm = (struct curfew_alarm){ .deadline = now_ns() + 100000 * (i % 7), .interval = 1000 };
			sys(SYS_alarm, &alarm, 0);
			if (i % 3 == 0)
				_exit(0);
			for (;;)
				sys(SYS_sleep_until, CURFEW_FOREVER);
		}
	}
	for (int i = 0; i < 40; i++) {
		int status;

		CHECK(sys(SYS_wait, -1, &status, 0, 0) > 0 && (status == SIGALRM || status == 0));
	}
}

/* The interrupt that sends it comes before, while and after the thread goes to sleep. */
TEST(alarm_against_sleep)
{
	sigset_t none = 0;

	set(SIGALRM, counts, 0);
	block(SIGALRM);
	for (int i = 0; i < 4000; i++) {
		struct curfew_alarm alarm = { .deadline = now_ns() + (uint64_t)(i * 37 % 16000) };

		CHECK_EQ(sys(SYS_alarm, &alarm, 0), 0);
		sigsuspend(&none);
	}
	CHECK_EQ(count, 4000);
}

/* --- children --- */

TEST(sigchld)
{
	sigset_t mask = 0;
	uint64_t begin;
	int status;
	pid_t pid;

	set(SIGCHLD, counts, SA_NOCLDSTOP);
	block(SIGCHLD);
	for (int i = 1; i <= 10; i++) {
		pid = fork();
		if (pid == 0)
			_exit(i);
		CHECK_ERRNO(sigsuspend(&mask), EINTR);
		CHECK_EQ(count, i);
		CHECK_EQ(waitpid(pid, &status, WNOHANG), pid); /* it was there when the signal came */
		CHECK_EQ(status, i << 8);
	}
	unblock(SIGCHLD);
	/* Ignored, or with SA_NOCLDWAIT: nobody need wait, and wait() sleeps until all are gone. */
	for (int i = 0; i < 2; i++) {
		set(SIGCHLD, i ? counts : SIG_IGN, i ? SA_NOCLDWAIT | SA_RESTART : 0);
		begin = now_ns();
		for (int n = 0; n < 5; n++) {
			pid = fork();
			if (pid == 0) {
				sleep_ms(3);
				_exit(0);
			}
		}
		CHECK_ERRNO(waitpid(-1, &status, 0), ECHILD);
		CHECK(now_ns() >= begin + 3000000);
		CHECK_ERRNO(waitpid(-1, &status, WNOHANG), ECHILD);
	}
	CHECK(count > 10);
	/* And what becomes of them then is as before. */
	set(SIGCHLD, SIG_DFL, 0);
	CHECK_EQ(CHILD(_exit(9)), 9 << 8);
}

/* `program @KIND`: what a new program is given. */
int other_main(int argc, char **argv)
{
	struct curfew_signal_actions actions;
	struct curfew_alarm alarm;
	sigset_t pending;
	stack_t stack;

	(void)argc;
	sys(SYS_signal_actions, 0, &actions);
	sys(SYS_alarm, 0, &alarm);
	sigpending(&pending);
	sigaltstack(NULL, &stack);
	if (strcmp(argv[0], "@exec") == 0) {
		struct sigaction action;

		if (actions.handled || actions.entry || actions.on_stack || actions.flags)
			return 10;
		if (actions.ignored != (BIT(SIGUSR2) | BIT(SIGPIPE)))
			return 11;
		if (blocked() != (BIT(SIGUSR1) | BIT(SIGHUP)))
			return 12;
		if (pending != BIT(SIGHUP))
			return 13;
		if (alarm.deadline == 0 || alarm.interval != SECOND)
			return 14;
		if (sigaction(SIGUSR2, NULL, &action) || action.sa_handler != SIG_IGN)
			return 15;
		if (signal(SIGPIPE, SIG_DFL) != SIG_IGN || signal(SIGUSR1, SIG_DFL) != SIG_DFL)
			return 16;
		return stack.ss_flags == SS_DISABLE ? 7 : 17;
	}
	if (strcmp(argv[0], "@spawn") == 0) {
		if (actions.ignored != BIT(SIGPIPE))
			return 10;
		return blocked() == BIT(SIGTERM) ? 7 : 11;
	}
	return 99;
}

static char other_stack[64 * 1024];

static void exec_self(char *kind)
{
	char *argv[] = { "interrupts", kind, NULL };

	execv("/bin/interrupts", argv);
	_exit(98);
}

TEST(exec_inherits)
{
	stack_t stack = { .ss_sp = other_stack, .ss_size = sizeof(other_stack) };
	struct itimerval timer = { .it_value = { .tv_sec = 1000 }, .it_interval = { .tv_sec = 1 } };

	CHECK_EQ(CHILD(set(SIGUSR1, counts, SA_ONSTACK); set(SIGCHLD, counts, SA_NOCLDWAIT); signal(SIGUSR2, SIG_IGN);
		signal(SIGPIPE, SIG_IGN); sigaltstack(&stack, NULL); block(SIGUSR1); block(SIGHUP); raise(SIGHUP);
		setitimer(ITIMER_REAL, &timer, NULL); exec_self("@exec")), 7 << 8);
	/* Pending with a handler, unblocked by nobody, is default now. */
	CHECK_EQ(CHILD(set(SIGUSR1, counts, 0); block(SIGUSR1); raise(SIGUSR1); exec_self("@exec")), 11 << 8);
}

TEST(spawn_attributes)
{
	char *argv[] = { "interrupts", "@spawn", NULL };
	sigset_t term = BIT(SIGTERM), usr2 = BIT(SIGUSR2), old;
	posix_spawnattr_t attr;
	pid_t pid;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	set(SIGUSR1, counts, 0);
	block(SIGHUP);
	posix_spawnattr_init(&attr);
	CHECK_EQ(posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK), 0);
	posix_spawnattr_setsigdefault(&attr, &usr2);
	posix_spawnattr_setsigmask(&attr, &term);
	posix_spawnattr_getsigmask(&attr, &old);
	CHECK_EQ(old, term);
	CHECK_EQ(posix_spawn(&pid, "/bin/interrupts", NULL, &attr, argv, environ), 0);
	CHECK_EQ(reap(pid), 7 << 8);
	CHECK_EQ(posix_spawn(&pid, "/bin/nothing", NULL, &attr, argv, environ), ENOENT);
	posix_spawnattr_destroy(&attr);
	CHECK_EQ(blocked(), BIT(SIGHUP));
	raise(SIGUSR1);
	CHECK_EQ(count, 1);
	CHECK_EQ(system("exit 3"), 3 << 8);
	CHECK_EQ(system("kill -INT $$"), SIGINT);
	CHECK_EQ(blocked(), BIT(SIGHUP));
}

TEST(fork_inherits)
{
	sigset_t pending;

	set(SIGUSR1, counts, 0);
	block(SIGUSR1);
	block(SIGUSR2);
	raise(SIGUSR1);
	kill(getpid(), SIGUSR2);
	CHECK_EQ(CHILD(sigpending(&pending); CHECK_EQ(pending, 0); CHECK_EQ(blocked(), BIT(SIGUSR1) | BIT(SIGUSR2));
		unblock(SIGUSR1); CHECK_EQ(count, 0); raise(SIGUSR1); CHECK_EQ(count, 1)), 0);
	CHECK_EQ(count, 0);
	unblock(SIGUSR1);
	CHECK_EQ(count, 1);
}

/* --- storms --- */

static void *catches(void *arg)
{
	uint32_t word = 0;

	(void)arg;
	while (!load(&words[0])) {
		sys(SYS_futex_wait, &word, 0, now_ns() + 200000);
		sys(SYS_yield);
	}
	return NULL;
}

static void *blocks_and_unblocks(void *arg)
{
	(void)arg;
	while (!load(&words[0])) {
		sigset_t all = ~0ul, old;

		pthread_sigmask(SIG_SETMASK, &all, &old);
		sys(SYS_yield);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	return NULL;
}

/* A process with threads that handle, block, sleep, begin and end; now and then it is replaced or ends in the midst of all. */
static void target(unsigned seed)
{
	pthread_t threads[3];

	set(SIGUSR1, counts, 0);
	set(SIGUSR2, counts, SA_RESTART | SA_NODEFER);
	set(SIGALRM, counts, 0);
	sys(SYS_set_priority, 0, 16);
	ualarm(300, 300);
	pthread_create(&threads[0], NULL, catches, NULL);
	pthread_create(&threads[1], NULL, blocks_and_unblocks, NULL);
	for (unsigned i = 0; i < 5 + seed % 10; i++) {
		if (pthread_create(&threads[2], NULL, comes_and_goes, NULL) == 0)
			pthread_join(threads[2], NULL);
		raise(SIGUSR2);
		pthread_kill(threads[1], SIGUSR1);
		if (seed % 5 == 4 && i == 3) {
			pid_t pid = fork();

			if (pid == 0)
				_exit(0);
			reap(pid);
		}
	}
	if (seed % 3 == 0)
		exec_self("@none");
	if (seed % 3 == 1)
		pthread_exit(NULL); /* the others go on until they are killed */
	_exit(0);
}

TEST(storm)
{
	enum { TARGETS = 4, ROUNDS = 12 };
	uint64_t limit = now_ns() + 4 * SECOND;
	pid_t pids[TARGETS] = { 0 };
	unsigned rounds = 0, ended = 0;

	words = check_shared->words;
	set(SIGCHLD, counts, SA_RESTART);
	sys(SYS_set_priority, 0, 20); /* or its turns come as seldom as those of twelve threads that never sleep for long */
	while (ended < TARGETS * ROUNDS && now_ns() < limit) {
		for (int i = 0; i < TARGETS; i++) {
			int status;

			if (pids[i] == 0) {
				pids[i] = fork();
				if (pids[i] == 0) {
					signal(SIGCHLD, SIG_DFL);
					target(ended + (unsigned)i);
				}
				continue;
			}
			/* Before its handlers are set, or after exec, they end it. */
			sys(SYS_kill, pids[i], rounds % 2 ? SIGUSR1 : SIGUSR2);
			if (rounds % 64 == 63 && i == (int)(rounds / 64 % TARGETS))
				sys(SYS_kill, pids[i], SIGKILL);
			if (sys(SYS_wait, pids[i], &status, CURFEW_WNOHANG, 0) == pids[i]) {
				CHECK(status == 0 || status == 99 << 8 || status == SIGKILL || status == SIGUSR1 || status == SIGUSR2 ||
					status == SIGALRM);
				pids[i] = 0;
				ended++;
			}
		}
		rounds++;
		sys(SYS_sleep_until, now_ns() + 100000);
	}
	CHECK(ended > 0);
	for (int i = 0; i < TARGETS; i++) {
		if (pids[i]) {
			sys(SYS_kill, pids[i], SIGKILL);
			CHECK(reap(pids[i]) >= 0);
		}
	}
}

/* Two processes that signal one another as each returns from its sleep: a wake that is lost leaves both asleep. */
TEST(ping_pong)
{
	sigset_t none = 0;
	pid_t self = getpid(), pid;

	set(SIGUSR1, counts, 0);
	block(SIGUSR1);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 1000; i++) {
			sigsuspend(&none);
			sys(SYS_kill, self, SIGUSR1);
		}
		_exit(0);
	}
	for (int i = 0; i < 1000; i++) {
		sys(SYS_kill, pid, SIGUSR1);
		sigsuspend(&none);
	}
	CHECK_EQ(count, 1000);
	CHECK_EQ(reap(pid), 0);
}
