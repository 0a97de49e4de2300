/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A storm of messages: clients and servers in processes of their own, of two threads each, with bytes, handles, deadlines, signals,
 * kills, closes and bad buffers drawn from a seed; what comes back is what was sent, turned over, or an error that may be, and a
 * handle that was moved names what it did or nothing.
 */
#include "message_util.h"

#define ROUNDS  40
#define LONGEST (6 * PAGE)

static uint32_t draw(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static int channel, session;

static void *serve(void *argument)
{
	uint32_t seed = (uint32_t)(uintptr_t)argument;
	unsigned char *buffer = anonymous(LONGEST);
	struct curfew_received received;
	int kind;

	for (;;) {
		bool bad = draw(&seed) % 8 == 0;
		struct curfew_answer answer;

		errno = 0;
		kind = curfew_receive(channel, &received, bad ? (void *)8 : buffer, LONGEST, 0, CURFEW_FOREVER);
		if (kind == CURFEW_RECEIVED_CLOSED || (kind == -1 && errno == EBADF))
			break;
		if (kind == -1)
			CHECK(bad && errno == EFAULT);
		if (kind != CURFEW_RECEIVED_CALL)
			continue;
		answer = words_answer(received.token, received.word[0] + 1);
		CHECK_EQ(received.copied, received.out_length);
		for (size_t i = 0; i < received.copied; i++)
			buffer[i] = (unsigned char)~buffer[i];
		if (draw(&seed) % 3 == 0)
			sys(SYS_yield);
		answer.out = buffer;
		answer.out_length = received.copied;
		for (uint32_t i = 0; i < received.came; i++) /* they are here, whatever became of who sent them */
			CHECK(sys(SYS_handle_info, received.handle[i].handle) > 0);
		if (curfew_reply(channel, &answer) != 0)
			CHECK_EQ(errno, ESRCH);
		for (uint32_t i = 0; i < received.came; i++)
			curfew_handle_close((int)received.handle[i].handle);
	}
	return NULL;
}

static void *use(void *argument)
{
	uint32_t seed = (uint32_t)(uintptr_t)argument;
	unsigned char *out = anonymous(LONGEST), *in = anonymous(LONGEST);

	for (int round = 0; round < ROUNDS; round++) {
		struct curfew_call call = words_call(seed);
		uint64_t first = seed;
		int vmo = -1;
		bool failed;
		size_t shift = draw(&seed) % 100, n = draw(&seed) % 3 ? draw(&seed) % (LONGEST - 100) : 0;

		memset(out + shift, (int)draw(&seed), n);
		call.out = out + shift;
		call.in = in + shift / 2;
		call.out_length = call.in_size = n;
		if (draw(&seed) % 4 == 0)
			call.deadline = curfew_now() + draw(&seed) % 300000;
		if (draw(&seed) % 4 == 0)
			call.handle[call.pass++] = (struct curfew_transfer){ (uint32_t)session, CURFEW_RIGHT_SEND };
		if (draw(&seed) % 4 == 0) {
			vmo = curfew_vmo_create(PAGE, 0);
			call.handle[call.pass++] = (struct curfew_transfer){ (uint32_t)vmo, CURFEW_RIGHT_READ | CURFEW_PASS_MOVE };
		}
		failed = curfew_send(session, &call) != 0;
		if (failed)
			CHECK(errno == ETIMEDOUT || errno == ECONNRESET || errno == EINTR);
		/* Its number may be the other thread's by now, and then it is no business of ours. */
		if (vmo >= 0 && failed && errno == EINTR)
			CHECK_EQ(sys(SYS_handle_close, vmo), 0);
		if (failed)
			continue;
		CHECK(words_are(call.word, first + 1));
		CHECK_EQ(call.in_length, n);
		for (size_t i = 0; i < n; i++)
			if (in[shift / 2 + i] != (unsigned char)~out[shift + i]) {
				CHECK_EQ(in[shift / 2 + i], (unsigned char)~out[shift + i]);
				break;
			}
	}
	return NULL;
}

static void on_signal(int number)
{
	(void)number;
}

static pid_t process_of(void *(*body)(void *), uint32_t seed)
{
	pid_t pid = fork();
	pthread_t other;

	if (pid)
		return pid;
	if (body == use)
		curfew_handle_close(channel);
	else
		curfew_handle_close(session);
	NEED(pthread_create(&other, NULL, body, (void *)(uintptr_t)(seed ^ 0x5555)) == 0);
	body((void *)(uintptr_t)seed);
	if (body == use)
		pthread_join(other, NULL);
	_exit(0);
}

static void storm(uint32_t seed)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &action, NULL);
	for (int turn = 0; turn < 4; turn++) {
		pid_t server[2], client[3];

		make(&channel, &session, 1);
		for (int i = 0; i < 2; i++)
			server[i] = process_of(serve, draw(&seed));
		for (int i = 0; i < 3; i++)
			client[i] = process_of(use, draw(&seed));
		curfew_handle_close(channel);
		curfew_handle_close(session);
		for (uint32_t n = draw(&seed) % 16; n; n--) {
			sys(SYS_sleep_until, now_ns() + draw(&seed) % 400000);
			kill(client[draw(&seed) % 3], SIGUSR1);
		}
		sys(SYS_sleep_until, now_ns() + draw(&seed) % 4000000);
		kill(client[draw(&seed) % 3], SIGKILL);
		sys(SYS_sleep_until, now_ns() + draw(&seed) % 4000000);
		for (int i = 0; i < 3 && turn % 2; i++) /* each other turn they get to their end */
			waitpid(client[i], NULL, 0);
		for (int i = 0; i < 2; i++) /* what the first had taken is nobody's: reset when the second goes */
			kill(server[i], SIGKILL);
		for (int i = 0; i < 3; i++)
			waitpid(client[i], NULL, 0);
		for (int i = 0; i < 2; i++)
			waitpid(server[i], NULL, 0);
	}
}

TEST(storm_1) { storm(1); }
TEST(storm_2) { storm(2); }
TEST(storm_3) { storm(3); }
TEST(storm_of_the_run) { storm((uint32_t)check_seed ^ 0x2545); }
