/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user/server/pipe: random operations against a model that moves single bytes, and messages that lie in every word.
 */
#include "pipeplay.h"

/* ------------------------------------------------------------- the model */

#define WAITERS 40

struct pending {
	struct world_call *call;
	uint8_t *bytes; /* a reader's room, and what it should get */
	size_t length, done;
	bool gone;      /* its client died, and nobody has noticed */
};
static struct {
	uint8_t bytes[PIPE_CAPACITY];
	size_t count;
	struct pending reader[WAITERS], writer[WAITERS];
	size_t readers, writers;
	size_t compared; /* answers that were */
} model;

static void expect(const struct pending *p, int64_t result)
{
	if (p->gone)
		return;
	if (!p->call->answered || p->call->result != result)
		fail_msg("answered %d with %ld, not %ld", p->call->answered, (long)p->call->result, (long)result);
	model.compared++;
}

static void remove_first(struct pending *list, size_t *n)
{
	memmove(list, list + 1, --*n * sizeof(*list));
}

/* Bytes that a write can move on now. */
static size_t movable(const struct pending *w)
{
	size_t room = PIPE_CAPACITY - model.count, left = w->length - w->done;

	if (w->length <= PIPE_ATOMIC)
		return room >= w->length ? w->length : 0;
	return left < room ? left : room;
}

static void move(struct pending *w, size_t n)
{
	memcpy(model.bytes + model.count, w->call->out + w->done, n);
	model.count += n;
	w->done += n;
}

static void model_read(struct pending *r)
{
	size_t n = r->length < model.count ? r->length : model.count;

	if (r->gone)
		return;
	expect(r, (int64_t)n);
	assert_int_equal(r->call->in_length, n);
	assert_memory_equal(r->bytes, model.bytes, n);
	memmove(model.bytes, model.bytes + n, model.count -= n);
}

static void model_settle(void)
{
	for (bool again = true; again;) {
		again = false;
		while (model.writers && movable(&model.writer[0])) {
			if (!model.writer[0].gone)
				move(&model.writer[0], movable(&model.writer[0]));
			if (!model.writer[0].gone && model.writer[0].done < model.writer[0].length)
				break;
			expect(&model.writer[0], (int64_t)model.writer[0].length);
			remove_first(model.writer, &model.writers);
		}
		while (model.readers && model.count) {
			model_read(&model.reader[0]);
			free(model.reader[0].bytes);
			remove_first(model.reader, &model.readers);
			again = true;
		}
	}
}

/* Whoever the model thinks waits does. */
static void model_check(const struct both *b)
{
	struct curfew_stat s;
	struct curfew_received m = { .word = { CURFEW_FILE_STAT } };
	unsigned in = ready(b, READING), out = ready(b, WRITING);

	for (size_t i = 0; i < model.readers; i++)
		assert_true(model.reader[i].call->waits && !model.reader[i].call->answered);
	for (size_t i = 0; i < model.writers; i++)
		assert_true(model.writer[i].call->waits && !model.writer[i].call->answered);
	world_call(&m, b->label[READING], NULL, 0, &s, sizeof(s));
	turn(&m, NULL);
	assert_int_equal(s.size, model.count);
	assert_int_equal(!!(in & POLLIN), model.count > 0);
	assert_int_equal(!!(out & POLLOUT), PIPE_CAPACITY - model.count >= PIPE_ATOMIC);
	assert_int_equal(in & POLLHUP, 0);
	assert_int_equal(out & POLLERR, 0);
}

static size_t some_length(uint64_t *random)
{
	switch (host_random(random) % 8) {
	case 0:
		return 1;
	case 1:
		return PIPE_ATOMIC - 1 + host_random(random) % 3;
	case 2:
		return PIPE_CAPACITY - 1 + host_random(random) % 3;
	case 3:
		return 1 + host_random(random) % LONGEST;
	default:
		return 1 + host_random(random) % 6000;
	}
}

static void random_write(const struct both *b, uint64_t *random, bool nonblocking)
{
	size_t n = some_length(random);
	bool dead = n <= PIPE_ATOMIC && host_random(random) % 16 == 0;
	struct pending w = { .length = n, .gone = dead };

	if (model.writers == WAITERS && !nonblocking)
		return;
	nonblock(b, WRITING, nonblocking);
	w.call = write_call(b, pattern + host_random(random) % 1000, n, dead);
	if (nonblocking) {
		/* It overtakes those who wait. */
		for (bool again = true; again;) {
			size_t before = w.done;

			if (w.done < n && movable(&w))
				move(&w, movable(&w));
			again = w.done > before;
			if (again)
				model_settle();
		}
		expect(&w, w.done ? (int64_t)w.done : -EAGAIN);
		return;
	}
	/* The bytes of a short write are with the message: they arrive even if its client does not live to see it. */
	if (dead && model.writers == 0 && movable(&w)) {
		move(&w, n);
		model_settle();
		return;
	}
	model.writer[model.writers++] = w;
	model_settle();
}

static void random_read(const struct both *b, uint64_t *random, bool nonblocking)
{
	size_t n = some_length(random);
	struct pending r = { .length = n, .bytes = malloc(n), .gone = host_random(random) % 16 == 0 };

	if (model.readers == WAITERS && !nonblocking) {
		free(r.bytes);
		return;
	}
	nonblock(b, READING, nonblocking);
	r.call = read_call(b, r.bytes, n, r.gone);
	if (model.count) {
		model_read(&r);
		free(r.bytes);
	} else if (nonblocking) {
		expect(&r, -EAGAIN);
		free(r.bytes);
	} else {
		model.reader[model.readers++] = r;
	}
	model_settle();
}

/* One that waits gets a signal, or its client dies; with the notice or without. */
static void random_cancel(const struct both *b, uint64_t *random)
{
	bool reading = host_random(random) % 2, notice = host_random(random) % 4, kill = host_random(random) % 2;
	struct pending *list = reading ? model.reader : model.writer;
	size_t *n = reading ? &model.readers : &model.writers;

	if (*n == 0)
		return;
	{
		struct pending *victim = &list[host_random(random) % *n];

		if (kill)
			victim->gone = victim->call->gone = true;
		else if (notice)
			victim->call->signal = true;
	}
	if (!notice)
		return;
	pipes_cancelled(b->label[reading ? READING : WRITING], 0);
	for (size_t i = 0; i < *n;) {
		struct pending *p = &list[i];

		if (p->call->signal)
			expect(p, p->done ? (int64_t)p->done : -EINTR);
		if (p->call->signal || p->gone) {
			free(p->bytes);
			memmove(p, p + 1, (--*n - i) * sizeof(*p));
		} else {
			i++;
		}
	}
	model_settle();
}

static void drain_model(struct both *b)
{
	int first = model.readers ? WRITING : READING;

	/* Whoever still waits loses the other side, or is dead. */
	close_end(b, first);
	for (size_t i = 0; i < model.writers; i++)
		expect(&model.writer[i], model.writer[i].done ? (int64_t)model.writer[i].done : -EPIPE);
	for (size_t i = 0; i < model.readers; i++) {
		expect(&model.reader[i], 0);
		free(model.reader[i].bytes);
	}
	close_end(b, !first);
	assert_int_equal(world_handles(), 0);
}

static void random_operations(void **state)
{
	for (uint64_t seed = 1; seed <= 60; seed++) {
		uint64_t random = seed * 0x9e3779b97f4a7c15ull;
		unsigned reads = 20 + host_random(&random) % 50; /* of 100 */
		struct both b;

		world_reset();
		model.count = model.readers = model.writers = 0;
		b = make(0);
		for (int step = 0; step < 600; step++) {
			unsigned what = host_random(&random) % 100;

			if (what < reads)
				random_read(&b, &random, host_random(&random) % 8 == 0);
			else if (what < 90)
				random_write(&b, &random, host_random(&random) % 8 == 0);
			else
				random_cancel(&b, &random);
			model_check(&b);
		}
		drain_model(&b);
	}
	assert_true(model.compared > 10000);
}

/* Every state of a waiting call, and its end by signal or death: the bytes are where they belong. */
static void cancel_everywhere(void **state)
{
	static uint8_t got[PIPE_CAPACITY * 2];

	for (int kill = 0; kill < 2; kill++) {
		for (size_t taken = 0; taken <= PIPE_CAPACITY; taken += PIPE_CAPACITY / 16) {
			/* A long write of which `taken` bytes are in, behind others that fill the rest. */
			struct both b = make(0);
			size_t before = PIPE_CAPACITY - taken;
			struct world_call *w, *behind, *r;

			if (before)
				write_call(&b, pattern, before, false);
			w = write_call(&b, pattern + before, LONGEST / 2, false);
			behind = write_call(&b, pattern, 1, false);
			assert_true(w->waits && behind->waits);
			w->signal = !kill;
			w->gone = kill;
			pipes_cancelled(b.label[WRITING], kill ? (uint64_t)(w - world_calls) : 0);
			if (!kill)
				assert_int_equal(w->result, taken ? (int64_t)taken : -EINTR);
			assert_int_equal(w->answered, !kill);
			assert_true(behind->waits);
			r = read_call(&b, got, 1, false);
			assert_int_equal(r->result, 1);
			assert_true(behind->answered);
			r = read_call(&b, got + 1, sizeof(got) - 1, false);
			assert_int_equal(r->result, PIPE_CAPACITY);
			assert_memory_equal(got, pattern, PIPE_CAPACITY);
			assert_int_equal(got[PIPE_CAPACITY], pattern[0]);
			/* Readers: the first, the middle and the last of three. */
			for (int which = 0; which < 3; which++) {
				uint8_t byte[3] = { 0 };
				struct world_call *three[3];

				for (int i = 0; i < 3; i++)
					three[i] = read_call(&b, &byte[i], 1, false);
				three[which]->signal = !kill;
				three[which]->gone = kill;
				pipes_cancelled(b.label[READING], (uint64_t)(behind - world_calls)); /* another's: of these none */
				assert_true(three[which]->waits && !three[which]->answered);
				pipes_cancelled(b.label[READING], kill ? 0 : (uint64_t)(three[which] - world_calls));
				assert_int_equal(three[which]->answered, !kill);
				write_call(&b, (const uint8_t *)"ab", 2, false);
				for (int i = 0, next = 'a'; i < 3; i++)
					if (i != which) {
						assert_int_equal(three[i]->result, 1);
						assert_int_equal(byte[i], next++);
					}
			}
			close_end(&b, READING);
			close_end(&b, WRITING);
		}
	}
}

/* ------------------------------------------------------------------ lies */

static uint64_t lie(uint64_t *random)
{
	static const uint64_t words[] = { 0, 1, 2, 4095, 4096, 4097, 65535, 65536, 65537, LONGEST, INT32_MAX, UINT32_MAX,
		INT64_MAX, UINT64_MAX, UINT64_MAX - 1, 1ull << 63, CURFEW_FILE_HERE, O_NONBLOCK };

	return host_random(random) % 3 ? words[host_random(random) % (sizeof(words) / sizeof(words[0]))] :
		host_random(random) >> host_random(random) % 64;
}

static uint64_t some_operation(uint64_t *random)
{
	static const uint64_t often[] = { CURFEW_FILE_READ, CURFEW_FILE_WRITE, CURFEW_FILE_POLL, CURFEW_FILE_STAT,
		CURFEW_FILE_SET_FLAGS, CURFEW_PIPE_CREATE };

	return host_random(random) % 4 ? often[host_random(random) % 6] : host_random(random) % 140;
}

/* Whatever comes: no memory error (the sanitizers'), every call is answered or waits, no handle is lost. */
static void lies(void **state)
{
	static uint8_t rooms[WORLD_CALLS][16]; /* clients with little room: bytes beyond it would be seen */
	static struct both pipes[50];
	uint64_t random = 12345;
	unsigned n = 0;
	uint64_t label;

	world_reset();
	for (int step = 0; step < 200000; step++) {
		struct curfew_received m = { 0 };
		struct world_call *c;
		bool known = n && host_random(&random) % 8;
		struct both *some = known ? &pipes[host_random(&random) % n] : NULL;
		size_t out = host_random(&random) % 3 ? host_random(&random) % 5000 : host_random(&random) % LONGEST;
		bool fits = host_random(&random) % 2;

		for (int i = 0; i < CURFEW_MESSAGE_WORDS; i++)
			m.word[i] = lie(&random);
		m.word[0] = some_operation(&random);
		if (host_random(&random) % 2)
			m.word[2] = CURFEW_FILE_HERE;
		if (fits)
			m.word[1] = m.word[0] == CURFEW_FILE_READ ? 16 : out;
		m.pid = (pid_t)(host_random(&random) % 5);
		world_doom = host_random(&random) % 2 ? 0 : 3;
		label = some ? some->label[host_random(&random) % 2] : host_random(&random) % 4 ? SUPERVISED : lie(&random);
		c = world_call(&m, label, pattern, out, NULL, 16);
		c->in = rooms[m.token];
		for (unsigned i = host_random(&random) % 5; i > 0; i--)
			m.handle[m.came++].handle = (uint32_t)world_event();
		turn(&m, pattern);
		if (m.word[0] == CURFEW_PIPE_CREATE && c->answered && c->result == 0) {
			struct both b = { { (int)answer.handle[0].handle, (int)answer.handle[1].handle }, { 0 } };

			b.label[0] = world_session(b.handle[0]);
			b.label[1] = world_session(b.handle[1]);
			if (n < 50) {
				pipes[n++] = b;
			} else {
				close_end(&b, 0);
				close_end(&b, 1);
			}
		}
		world_doom = 0;
		while (world_closed(&label))
			pipes_closed(label);
		if (n && host_random(&random) % 16 == 0) {
			some = &pipes[host_random(&random) % n];
			for (uint64_t token = 1; token < WORLD_CALLS; token++)
				if (world_calls[token].waits && host_random(&random) % 2)
					world_calls[token].signal = true;
			pipes_cancelled(some->label[0], 0);
			pipes_cancelled(some->label[1], 0);
			pipes_cancelled(lie(&random), 0);
		}
		if (n && host_random(&random) % 64 == 0) {
			unsigned which = host_random(&random) % n;

			for (int end = 0; end < 2; end++) {
				for (uint64_t token = 1; token < WORLD_CALLS; token++)
					if (world_calls[token].label == pipes[which].label[end])
						world_calls[token].gone = true;
				close_end(&pipes[which], end);
				for (uint64_t token = 1; token < WORLD_CALLS; token++)
					if (world_calls[token].label == pipes[which].label[end])
						world_calls[token].waits = false;
			}
			pipes[which] = pipes[--n];
		}
		/* Those that died unnoticed. */
		if (step % 64 == 0)
			for (unsigned i = 0; i < n; i++) {
				pipes_cancelled(pipes[i].label[0], 0);
				pipes_cancelled(pipes[i].label[1], 0);
			}
		if (step % 64 == 0)
			for (uint64_t token = 1; token < WORLD_CALLS; token++)
				if (world_calls[token].gone)
					world_calls[token].waits = false;
	}
	while (n-- > 0) {
		close_end(&pipes[n], 0);
		close_end(&pipes[n], 1);
	}
	assert_int_equal(world_handles(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_operations),
		cmocka_unit_test(cancel_everywhere),
		cmocka_unit_test(lies),
	};

	return cmocka_run_group_tests_name("pipemodel", tests, start, NULL);
}
