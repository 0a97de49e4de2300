/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user/server/console: readers and writers of the terminal, who is served when, what dies with whom; and messages that lie.
 */
#include "support.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include "consoleplay.h"

/* --------------------------------------------------------------- readers */

static void first_come_first_served(void **state)
{
	char a[10], b[10], c[3];
	struct world_call *first = reads(FIRST, a, 10), *second = reads(SECOND, b, 10), *third;

	type("one");
	assert_false(first->answered);
	type("\r");
	got(first, "one\n");
	assert_false(second->answered);
	type("two\rthree\r");
	got(second, "two\n");
	third = reads(FIRST, c, 3); /* the rest stays for the next */
	got(third, "thr");
	third = reads(FIRST, a, 10);
	got(third, "ee\n");
	third = reads(FIRST, a, 10);
	type("\x04");
	got(third, "");
	assert_int_equal(reads(FIRST, a, 0)->result, 0);
}

static void a_dead_reader_loses_nothing(void **state)
{
	char a[10], b[10], c[10];
	struct world_call *first = reads(FIRST, a, 10), *second = reads(SECOND, b, 10), *third = reads(FIRST, c, 10);

	first->gone = true; /* and nobody has noticed */
	type("one\r");
	got(second, "one\n");
	third->gone = true;
	first = reads(SECOND, b, 10);
	console_closed(FIRST); /* no concern of the other session's */
	type("one and a half\r");
	got(first, "one and a ");
	got(reads(SECOND, b, 10), "half\n");
	reads(FIRST, c, 10)->gone = true;
	type("two\r");
	got(reads(FIRST, a, 10), "two\n");
	/* One whose client is gone when it asks. */
	type("three\r");
	{
		struct curfew_received m = { .word = { CURFEW_FILE_READ, 10, CURFEW_FILE_HERE } };

		world_call(&m, FIRST, NULL, 0, a, 10)->gone = true;
		turn(&m, NULL);
	}
	got(reads(FIRST, a, 10), "three\n");
	/* With a notice. */
	first = reads(FIRST, a, 10);
	second = reads(FIRST, b, 10);
	third = reads(SECOND, c, 10);
	second->signal = true;
	console_cancelled(FIRST, 0);
	run();
	assert_int_equal(second->result, -EINTR);
	assert_true(second->answered && !first->answered);
	first->gone = true;
	console_cancelled(FIRST, 0);
	type("x\r");
	got(third, "x\n");
}

static void nonblocking_readers(void **state)
{
	char a[10], b[10];
	struct world_call *first;

	nonblock(FIRST, true);
	assert_int_equal(call(FIRST, CURFEW_FILE_GET_FLAGS, 0, NULL, 0, NULL, 0)->result, O_RDWR | O_NONBLOCK);
	assert_int_equal(call(SECOND, CURFEW_FILE_GET_FLAGS, 0, NULL, 0, NULL, 0)->result, O_RDWR);
	assert_int_equal(reads(FIRST, a, 10)->result, -EAGAIN);
	type("on");
	assert_int_equal(reads(FIRST, a, 10)->result, -EAGAIN);
	type("e\r");
	got(reads(FIRST, a, 10), "one\n");
	first = reads(SECOND, b, 10); /* this session waits */
	assert_true(first->waits);
	assert_int_equal(reads(FIRST, a, 10)->result, -EAGAIN);
	raw(5, 0);
	type("ab");
	assert_true(first->waits);
	type("cde");
	got(first, "abcde");
	type("xy");
	first = reads(SECOND, b, 10);
	assert_int_equal(reads(FIRST, a, 2)->result, -EAGAIN); /* they are the other's, who came first */
	type("zab");
	got(first, "xyzab");
	type("xy");
	got(reads(FIRST, a, 10), "xy"); /* fewer than VMIN, but no wait */
	assert_int_equal(reads(FIRST, a, 10)->result, -EAGAIN);
	/* What a session had is gone with it. */
	console_closed(FIRST);
	assert_int_equal(call(FIRST, CURFEW_FILE_GET_FLAGS, 0, NULL, 0, NULL, 0)->result, O_RDWR);
}

/* POSIX XBD 11.1.7, the four cases. */
static void min_and_time(void **state)
{
	char a[10], b[10];
	struct world_call *c, *d;

	raw(3, 0);
	c = reads(FIRST, a, 10);
	type("ab");
	assert_false(c->answered);
	assert_int_equal(console_deadline(true), CURFEW_FOREVER);
	type("c");
	got(c, "abc");
	c = reads(FIRST, a, 2); /* fewer than VMIN are asked for */
	type("de");
	got(c, "de");

	raw(3, 2); /* between bytes */
	c = reads(FIRST, a, 10);
	assert_int_equal(console_deadline(true), CURFEW_FOREVER);
	type("a");
	assert_int_equal(console_deadline(true), world_time + 200 * MS);
	world_time += 150 * MS;
	type("b");
	assert_int_equal(console_deadline(true), world_time + 200 * MS);
	world_time += 199 * MS;
	run();
	assert_false(c->answered);
	world_time += MS;
	run();
	got(c, "ab");
	type("x"); /* there before the read: the timer runs at once */
	c = reads(FIRST, a, 10);
	assert_int_equal(console_deadline(true), world_time + 200 * MS);
	type("yz");
	got(c, "xyz");

	raw(0, 3); /* from the read on */
	c = reads(FIRST, a, 10);
	world_time += 100 * MS;
	d = reads(SECOND, b, 10);
	assert_int_equal(console_deadline(true), world_time + 200 * MS);
	type("k");
	got(c, "k");
	assert_int_equal(console_deadline(true), world_time + 300 * MS);
	world_time += 300 * MS;
	run();
	got(d, "");
	assert_int_equal(console_deadline(true), CURFEW_FOREVER);

	raw(0, 0);
	got(reads(FIRST, a, 10), "");
	type("now");
	got(reads(FIRST, a, 10), "now");

	/* Flushed: it waits for a first byte again. */
	raw(3, 1);
	c = reads(FIRST, a, 10);
	type("a");
	assert_int_equal(call(FIRST, CURFEW_TERM_FLUSH, TCIFLUSH, NULL, 0, NULL, 0)->result, 0);
	world_time += 500 * MS;
	run();
	assert_false(c->answered);
	assert_int_equal(console_deadline(true), CURFEW_FOREVER);
	type("b");
	world_time += 100 * MS;
	run();
	got(c, "b");
}

/* --------------------------------------------------------------- writers */

static void writers_wait_their_turn(void **state)
{
	static char many[20000], other[10] = "0123456789";
	struct world_call *first, *second, *third;

	memset(many, 'm', sizeof(many));
	wire = false;
	first = writes(FIRST, many, sizeof(many));
	assert_false(first->answered);
	second = writes(SECOND, other, 10);
	assert_false(second->answered);
	nonblock(SECOND, true);
	assert_int_equal(writes(SECOND, other, 10)->result, -EAGAIN);
	third = call(FIRST, CURFEW_TERM_DRAIN, 0, NULL, 0, NULL, 0);
	wire = true;
	sent = false;
	run();
	assert_int_equal(first->result, sizeof(many));
	assert_int_equal(second->result, 10);
	assert_int_equal(shown_n, sizeof(many) + 10);
	assert_memory_equal(shown, many, CONSOLE_TURN);
	assert_memory_equal(shown + CONSOLE_TURN, other, 10);
	assert_memory_equal(shown + CONSOLE_TURN + 10, many, sizeof(many) - CONSOLE_TURN);
	assert_false(third->answered); /* the last bytes are on the wire */
	assert_in_range(console_deadline(false), world_time, world_time + 10 * MS);
	sent = true;
	run();
	assert_true(third->answered);
	assert_int_equal(third->result, 0);
	assert_int_equal(console_deadline(true), CURFEW_FOREVER);
}

static void who_drains_is_not_overtaken(void **state)
{
	struct world_call *drain, *write;

	type("\x13");
	assert_int_equal(writes(FIRST, "before", 6)->result, 6);
	drain = call(FIRST, CURFEW_TERM_DRAIN, 0, NULL, 0, NULL, 0);
	write = writes(SECOND, "after", 5);
	assert_false(drain->answered || write->answered);
	sent = false;
	type("\x11");
	assert_string_equal(shown, "before");
	assert_false(drain->answered);
	sent = true;
	run();
	assert_true(drain->answered && write->answered);
	assert_string_equal(shown, "beforeafter");
}

/* A turn each; who waits for output before it is passed by none of them. */
static void long_writes_take_turns(void **state)
{
	static char a[2 * CONSOLE_TURN + 5], b[3 * CONSOLE_TURN];
	static const char *expected = "a4096 b4096 a4096 b4096 a5 b4096 c3 ";
	struct world_call *first, *second, *drain, *last;
	char got[200] = "";

	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	wire = false;
	first = writes(FIRST, a, sizeof(a));
	second = writes(SECOND, b, sizeof(b));
	drain = call(FIRST, CURFEW_TERM_DRAIN, 0, NULL, 0, NULL, 0);
	last = writes(SECOND, "ccc", 3);
	sent = false;
	wire = true;
	run();
	assert_true(first->answered && second->answered && !drain->answered && !last->answered);
	assert_int_equal(second->result, sizeof(b));
	sent = true;
	run();
	assert_true(drain->answered && last->answered);
	for (size_t from = 0, to; from < shown_n; from = to) {
		for (to = from; to < shown_n && shown[to] == shown[from]; to++)
			;
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%c%zu ", shown[from], to - from);
	}
	assert_string_equal(got, expected);
}

/* With ONOCR these make no output, and so find room for ever. */
static void returns_that_vanish(void **state)
{
	static char returns[8 * CONSOLE_TURN];
	struct world_call *write;
	struct termios m;

	memset(returns, '\r', sizeof(returns));
	get_modes(&m);
	m.c_oflag |= OPOST | ONOCR;
	m.c_oflag &= ~(tcflag_t)OCRNL;
	assert_int_equal(set_modes(TCSANOW, &m)->result, 0);
	rounds = 0;
	write = writes(FIRST, returns, sizeof(returns));
	assert_int_equal(write->result, sizeof(returns));
	assert_true(rounds >= 7);
	assert_int_equal(shown_n, 0);
}

static void writers_are_interrupted(void **state)
{
	static char many[20000];
	struct world_call *first, *second, *third;

	memset(many, 'm', sizeof(many));
	wire = false;
	nonblock(SECOND, true);
	first = writes(SECOND, many, sizeof(many)); /* what fits */
	assert_true(first->answered && first->result > 1000 && first->result < (int64_t)sizeof(many));
	first = writes(FIRST, many, sizeof(many));
	second = writes(FIRST, many, 20);
	third = writes(FIRST, many, 30);
	second->signal = true;
	first->gone = true;
	console_cancelled(FIRST, 0);
	run();
	assert_int_equal(second->result, -EINTR);
	assert_false(third->answered);
	wire = true;
	run();
	assert_int_equal(third->result, 30);
	/* One of which a part was taken: that is its result. */
	type("\x13");
	first = writes(FIRST, many, sizeof(many));
	assert_false(first->answered);
	first->signal = true;
	console_cancelled(FIRST, 0);
	assert_true(first->answered && first->result > 1000);
	type("\x11");
}

static void modes_after_output(void **state)
{
	static char many[10000];
	struct termios m;
	struct world_call *first, *second;
	char a[20];

	memset(many, 'm', sizeof(many));
	get_modes(&m);
	assert_true(m.c_lflag & ICANON && m.c_lflag & ECHO && m.c_iflag & ICRNL);
	wire = false;
	first = writes(FIRST, many, sizeof(many));
	m.c_lflag &= ~(tcflag_t)ICANON;
	second = set_modes(TCSADRAIN, &m);
	type("lost?\r");
	assert_false(first->answered || second->answered);
	wire = true;
	run();
	assert_true(first->answered && second->answered);
	get_modes(&m);
	assert_false(m.c_lflag & ICANON);
	got(reads(FIRST, a, 20), "lost?\n");
	type("flushed");
	m.c_lflag |= ICANON;
	assert_int_equal(set_modes(TCSAFLUSH, &m)->result, 0);
	type("kept\r");
	got(reads(FIRST, a, 20), "kept\n");
	assert_int_equal(set_modes(3, &m)->result, -EINVAL);
	assert_int_equal(call(FIRST, CURFEW_TERM_SET, TCSANOW, &m, sizeof(m) - 1, NULL, 0)->result, -EINVAL);
	assert_int_equal(call(FIRST, CURFEW_TERM_GET, 0, NULL, 0, &m, sizeof(m) - 1)->result, -EINVAL);
	/* A dead one's wish is not fulfilled. */
	wire = false;
	writes(FIRST, "x", 1);
	m.c_lflag &= ~(tcflag_t)ICANON;
	set_modes(TCSADRAIN, &m)->gone = true;
	wire = true;
	run();
	get_modes(&m);
	assert_true(m.c_lflag & ICANON);
}

static void flushing(void **state)
{
	char a[20];

	type("gone\r");
	wire = false;
	writes(FIRST, "gone", 4);
	shown_n = 0;
	assert_int_equal(call(FIRST, CURFEW_TERM_FLUSH, TCIFLUSH, NULL, 0, NULL, 0)->result, 0);
	assert_int_equal(call(FIRST, CURFEW_TERM_FLUSH, TCOFLUSH, NULL, 0, NULL, 0)->result, 0);
	assert_int_equal(call(FIRST, CURFEW_TERM_FLUSH, 9, NULL, 0, NULL, 0)->result, -EINVAL);
	wire = true;
	type("here\r");
	got(reads(FIRST, a, 20), "here\n");
	assert_string_equal(shown, "here\n");
}

/* ---------------------------------------------------------- the rest */

static void signals(void **state)
{
	type("\x03"); /* nobody to tell */
	assert_int_equal(last_sig, 0);
	assert_int_equal(call(FIRST, CURFEW_TERM_GET_GROUP, 0, NULL, 0, NULL, 0)->result, 0);
	assert_int_equal(call(FIRST, CURFEW_TERM_SET_GROUP, 42, NULL, 0, NULL, 0)->result, 0);
	assert_int_equal(call(SECOND, CURFEW_TERM_GET_GROUP, 0, NULL, 0, NULL, 0)->result, 42);
	assert_int_equal(call(FIRST, CURFEW_TERM_SET_GROUP, 0, NULL, 0, NULL, 0)->result, -EINVAL);
	assert_int_equal(call(FIRST, CURFEW_TERM_SET_GROUP, 1, NULL, 0, NULL, 0)->result, -EINVAL);
	assert_int_equal(call(FIRST, CURFEW_TERM_SET_GROUP, 1ull << 31, NULL, 0, NULL, 0)->result, -EINVAL);
	type("\x03");
	assert_int_equal(last_group, 42);
	assert_int_equal(last_sig, SIGINT);
	type("\x1c");
	assert_int_equal(last_sig, SIGQUIT);
}

static int poll_with_event(uint64_t label, unsigned wanted, pid_t pid, int64_t *result)
{
	struct curfew_received m = { .word = { CURFEW_FILE_POLL, wanted, 4 }, .pid = pid };
	int event = world_event();
	struct world_call *c = world_call(&m, label, NULL, 0, NULL, 0);

	m.came = 1;
	m.handle[0].handle = (uint32_t)event;
	turn(&m, NULL);
	assert_true(c->answered);
	*result = c->result;
	return event;
}

static void pollers(void **state)
{
	static char many[10000];
	int64_t result;
	int event, other;
	char a[20];

	event = poll_with_event(FIRST, POLLIN, 1, &result);
	assert_int_equal(result, 0);
	other = poll_with_event(SECOND, POLLIN, 1, &result);
	type("half");
	assert_int_equal(world_event_bits(event), 0);
	type("\r");
	assert_int_equal(world_event_bits(event), 4);
	assert_int_equal(world_event_bits(other), 4);
	assert_int_equal(world_handles(), 0);
	poll_with_event(FIRST, POLLIN | POLLOUT, 1, &result);
	assert_int_equal(result, POLLIN | POLLOUT);
	reads(FIRST, a, 20);
	wire = false;
	writes(FIRST, many, sizeof(many));
	event = poll_with_event(FIRST, POLLOUT, 1, &result);
	assert_int_equal(result, 0);
	wire = true;
	run();
	assert_int_equal(world_event_bits(event), 4);
	raw(3, 0); /* as many as a read waits for */
	event = poll_with_event(FIRST, POLLIN, 1, &result);
	type("ab");
	assert_int_equal(world_event_bits(event), 0);
	type("c");
	assert_int_equal(world_event_bits(event), 4);
	/* With the session its pollers go. */
	reads(FIRST, a, 20);
	poll_with_event(FIRST, POLLIN, 1, &result);
	assert_int_equal(world_handles(), 1);
	console_closed(FIRST);
	assert_int_equal(world_handles(), 0);
}

static void errors(void **state)
{
	struct curfew_stat s;
	char a[4];

	assert_int_equal(call(FIRST, CURFEW_FILE_STAT, 0, NULL, 0, &s, sizeof(s))->result, 0);
	assert_int_equal(s.mode & S_IFMT, S_IFCHR);
	assert_int_equal(call(FIRST, CURFEW_FILE_STAT, 0, NULL, 0, &s, sizeof(s) - 1)->result, -EINVAL);
	assert_int_equal(call(FIRST, CURFEW_FILE_READ, 5, NULL, 0, a, 4)->result, -EINVAL);
	assert_int_equal(call(FIRST, CURFEW_FILE_WRITE, 5, a, 4, NULL, 0)->result, -EINVAL);
	assert_int_equal(call(FIRST, CURFEW_FILE_SEEK, 0, NULL, 0, NULL, 0)->result, -ESPIPE);
	assert_int_equal(call(FIRST, CURFEW_FILE_OPEN, 0, NULL, 0, NULL, 0)->result, -ENOTDIR);
	assert_int_equal(call(FIRST, 77777, 0, NULL, 0, NULL, 0)->result, -ENOTSUP);
	{
		struct curfew_received m = { .word = { CURFEW_FILE_READ, 4, 0 } };
		struct world_call *c = world_call(&m, FIRST, NULL, 0, a, 4);

		turn(&m, NULL);
		assert_int_equal(c->result, -ESPIPE);
	}
}

/* Bytes typed and bytes read, with deaths and signals at random: every line once, in order. */
static void lines_survive_all(void **state)
{
	static char room[8][64];
	static struct world_call *waiting[8];
	uint64_t random = 4711;
	unsigned typed = 0, read = 0;
	char line[16];

	for (int step = 0; step < 60000; step++) {
		unsigned i = host_random(&random) % 8;

		world_doom = host_random(&random) % 3 ? 0 : 4;
		switch (host_random(&random) % 4) {
		case 0:
			if (!waiting[i])
				waiting[i] = reads(i % 2 ? FIRST : SECOND, room[i], sizeof(room[i]));
			break;
		case 1:
			if (typed - read < 100) {
				snprintf(line, sizeof(line), "%u\r", typed++);
				type(line);
			}
			break;
		case 2:
			if (waiting[i] && host_random(&random) % 2)
				waiting[i]->signal = true;
			else if (waiting[i])
				waiting[i]->gone = true;
			if (host_random(&random) % 2)
				console_cancelled(i % 2 ? FIRST : SECOND, 0);
			break;
		case 3:
			run();
		}
		world_doom = 0;
		/* In one step several may have been answered, in any order of ours. */
		for (bool again = true; again;) {
			again = false;
			for (i = 0; i < 8; i++) {
				if (!waiting[i])
					continue;
				if (waiting[i]->gone)
					console_cancelled(i % 2 ? FIRST : SECOND, 0);
				snprintf(line, sizeof(line), "%u\n", read);
				if (waiting[i]->answered && waiting[i]->result > 0) {
					room[i][waiting[i]->result] = 0;
					if (strcmp(room[i], line))
						continue; /* another must have that one: it is found, or the next step fails */
					read++;
					again = true;
				}
				if (waiting[i]->answered || waiting[i]->gone) {
					waiting[i]->waits = false;
					waiting[i] = NULL;
				}
			}
		}
		for (i = 0; i < 8; i++)
			if (waiting[i] && waiting[i]->answered)
				fail_msg("step %d: read %s while %u is next", step, room[i], read);
	}
	assert_true(read > 3000);
}

static uint64_t lie(uint64_t *random)
{
	static const uint64_t words[] = { 0, 1, 2, 3, 16, 60, 255, 4095, 4096, 4097, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX,
		CURFEW_FILE_HERE, O_NONBLOCK };

	return host_random(random) % 3 ? words[host_random(random) % (sizeof(words) / sizeof(words[0]))] :
		host_random(random) >> host_random(random) % 64;
}

static void lies(void **state)
{
	static uint8_t rooms[WORLD_CALLS][64], junk[70000];
	uint64_t random = 777;

	for (size_t i = 0; i < sizeof(junk); i++)
		junk[i] = (uint8_t)host_random(&random);
	for (int step = 0; step < 200000; step++) {
		struct curfew_received m = { 0 };
		struct world_call *c;
		size_t out = host_random(&random) % 4 ? host_random(&random) % 200 : host_random(&random) % sizeof(junk);
		bool fits = host_random(&random) % 2;

		for (int i = 0; i < CURFEW_MESSAGE_WORDS; i++)
			m.word[i] = lie(&random);
		m.word[0] = host_random(&random) % 2 ? host_random(&random) % 10 : host_random(&random) % 4 ?
			64 + host_random(&random) % 6 : lie(&random);
		if (m.word[0] == CURFEW_TERM_SET && fits)
			out = sizeof(struct termios);
		if (host_random(&random) % 2)
			m.word[2] = CURFEW_FILE_HERE;
		if (fits)
			m.word[1] = m.word[0] == CURFEW_FILE_READ ? 64 : m.word[0] == CURFEW_FILE_WRITE ? out : host_random(&random) % 3;
		m.pid = (pid_t)(host_random(&random) % 5);
		world_doom = host_random(&random) % 2 ? 0 : 3;
		wire = host_random(&random) % 4;
		sent = host_random(&random) % 4;
		c = world_call(&m, CURFEW_LABEL_SUPERVISOR | host_random(&random) % 5, junk, out, NULL, 64);
		c->in = rooms[m.token];
		for (unsigned i = host_random(&random) % 5; i > 0; i--)
			m.handle[m.came++].handle = (uint32_t)world_event();
		turn(&m, junk);
		for (unsigned i = host_random(&random) % 8; i > 0 && !console_full(); i--)
			console_input((uint8_t)host_random(&random));
		world_doom = 0;
		world_time += host_random(&random) % (400 * MS);
		run();
		if (step % 16 == 0) {
			uint64_t label = CURFEW_LABEL_SUPERVISOR | host_random(&random) % 5;

			for (uint64_t token = 1; token < WORLD_CALLS; token++)
				if (world_calls[token].waits && host_random(&random) % 2)
					world_calls[token].signal = true;
			console_cancelled(label, 0);
			if (step % 64 == 0) {
				for (uint64_t token = 1; token < WORLD_CALLS; token++)
					if (world_calls[token].label == label)
						world_calls[token].gone = true;
				console_closed(label);
			}
			for (uint64_t i = 0; i < 5; i++)
				console_cancelled(CURFEW_LABEL_SUPERVISOR | i, 0);
			for (uint64_t token = 1; token < WORLD_CALLS; token++)
				if (world_calls[token].gone)
					world_calls[token].waits = false;
		}
	}
	for (uint64_t i = 0; i < 5; i++)
		console_closed(CURFEW_LABEL_SUPERVISOR | i);
	assert_int_equal(world_handles(), 0);
}

#define fresh(f) cmocka_unit_test_setup(f, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh(first_come_first_served),
		fresh(a_dead_reader_loses_nothing),
		fresh(nonblocking_readers),
		fresh(min_and_time),
		fresh(writers_wait_their_turn),
		fresh(long_writes_take_turns),
		fresh(who_drains_is_not_overtaken),
		fresh(returns_that_vanish),
		fresh(writers_are_interrupted),
		fresh(modes_after_output),
		fresh(flushing),
		fresh(signals),
		fresh(pollers),
		fresh(errors),
		fresh(lines_survive_all),
		fresh(lies),
	};

	return cmocka_run_group_tests_name("console", tests, NULL, NULL);
}
