/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user/server/console/ldisc.c: what is typed against what is shown and read, by a table and by the host's own terminals
 * (a pty with the same modes gets the same bytes), and random bytes in random modes.
 */
#include "support.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include "user/server/console/ldisc.h"

static struct ldisc l;
static char shown[65536];
static size_t shown_n;

static void show(void)
{
	for (int c; (c = ldisc_next(&l)) >= 0;) {
		assert_true(shown_n < sizeof(shown) - 1);
		shown[shown_n++] = (char)c;
	}
	shown[shown_n] = 0;
}

/* Returns the last signal. */
static int type(const char *bytes, size_t n)
{
	int last = 0, sig;

	for (size_t i = 0; i < n; i++) {
		sig = ldisc_input(&l, (uint8_t)bytes[i]);
		last = sig ? sig : last;
		show();
	}
	return last;
}

static bool readable(void)
{
	return l.modes.c_lflag & ICANON ? ldisc_line(&l) : ldisc_raw_count(&l) > 0;
}

static size_t take(char *buffer, size_t n)
{
	uint32_t used;
	size_t got = ldisc_peek(&l, (uint8_t *)buffer, n, &used);

	ldisc_consume(&l, used);
	return got;
}

/* ---------------------------------------------------------------- a table */

#define TAB8 "\b\b\b\b\b\b\b\b"
static const struct {
	const char *what, *typed, *shown, *read; /* reads are divided by | */
	tcflag_t off, on;                        /* of c_lflag */
	int sig;
} table[] = {
	{ "a line", "hello\r", "hello\n", "hello\n|", 0, 0, 0 },
	{ "newline", "hello\n", "hello\n", "hello\n|", 0, 0, 0 },
	{ "no line", "hello", "hello", "", 0, 0, 0 },
	{ "two lines", "a\rb\r", "a\nb\n", "a\n|b\n|", 0, 0, 0 },
	{ "erase", "abx\x7f" "c\r", "abx\b \bc\n", "abc\n|", 0, 0, 0 },
	{ "the other erase", "abx\bc\r", "abx\b \bc\n", "abc\n|", 0, 0, 0 },
	{ "erase of nothing", "\x7f\x7f" "a\r", "a\n", "a\n|", 0, 0, 0 },
	{ "erase, no ECHOE", "ab\x7f\r", "ab^?\n", "a\n|", ECHOE, 0, 0 },
	{ "erase of a control character", "a\x01\x7f\r", "a^A\b \b\b \b\n", "a\n|", 0, 0, 0 },
	{ "the same, no ECHOCTL", "a\x01\x7f\r", "a\x01\n", "a\n|", ECHOCTL, 0, 0 },
	{ "erase of a tab", "ab\t\x7f\r", "ab\t\b\b\b\b\b\b\n", "ab\n|", 0, 0, 0 },
	{ "erase of the second tab", "\t\t\x7f\r", "\t\t" TAB8 "\n", "\t\n|", 0, 0, 0 },
	{ "erase of UTF-8", "a\xe2\x82\xac\x7f\r", "a\xe2\x82\xac\b \b\n", "a\n|", 0, 0, 0 },
	{ "kill", "abc\x15" "d\r", "abc\b \b\b \b\b \bd\n", "d\n|", 0, 0, 0 },
	{ "kill, no ECHOKE", "abc\x15" "d\r", "abc^U\nd\n", "d\n|", ECHOKE, 0, 0 },
	{ "kill, no ECHOK", "abc\x15" "d\r", "abc^Ud\n", "d\n|", ECHOK, 0, 0 },
	{ "kill spares the lines before", "a\rbc\x15\r", "a\nbc\b \b\b \b\n", "a\n|\n|", 0, 0, 0 },
	{ "word erase", "one two  \x17\r", "one two  \b \b\b \b\b \b\b \b\b \b\n", "one \n|", 0, 0, 0 },
	{ "word erase without IEXTEN", "a\x17\r", "a^W\n", "a\x17\n|", IEXTEN, 0, 0 },
	{ "end of file", "\x04", "", "|", 0, 0, 0 },
	{ "^D in a line", "abc\x04", "abc", "abc|", 0, 0, 0 },
	{ "^D twice", "abc\x04\x04", "abc", "abc||", 0, 0, 0 },
	{ "literal", "a\x16\x03" "b\x16\x7f\r", "a^\b^Cb^\b^?\n", "a\x03" "b\x7f\n|", 0, 0, 0 },
	{ "literal newline", "a\x16\nb\r", "a^\b^Jb\n", "a\nb\n|", 0, 0, 0 },
	{ "no echo", "secret\r", "", "secret\n|", ECHO, 0, 0 },
	{ "ECHONL", "secret\r", "\n", "secret\n|", ECHO, ECHONL, 0 },
	{ "^C", "abc\x03", "abc^C\n", "", 0, 0, SIGINT },
	{ "^C takes the lines before, too", "a\rb\x03" "c\r", "a\nb^C\nc\n", "c\n|", 0, 0, SIGINT },
	{ "^C with NOFLSH", "a\rb\x03" "c\r", "a\nb^C\nc\n", "a\n|bc\n|", 0, NOFLSH, SIGINT },
	{ "^\\", "abc\x1c", "abc^\\\n", "", 0, 0, SIGQUIT },
	{ "^Z is ignored", "ab\x1a" "c\r", "abc\n", "abc\n|", 0, 0, 0 },
	{ "no ISIG", "a\x03\x1c\x1a\r", "a^C^\\^Z\n", "a\x03\x1c\x1a\n|", ISIG, 0, 0 },
	{ "stop and start", "a\x13" "b\x11" "c\r", "abc\n", "abc\n|", 0, 0, 0 },
	{ "^C starts output", "\x13" "abc\x03", "^C\n", "", 0, 0, SIGINT },
	{ "raw", "a\x7f\x04\x15\x16", "", "a\x7f\x04\x15\x16|", ICANON | ECHO, 0, 0 },
	{ "raw with echo", "a\x01\r", "a^A\n", "a\x01\n|", ICANON, 0, 0 },
	{ "raw and ISIG", "a\x03" "b", "", "b|", ICANON | ECHO, 0, SIGINT },
};

static void by_table(void **state)
{
	char got[4096];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t n = 0;
		int sig;

		ldisc_init(&l, true);
		l.modes.c_lflag = (l.modes.c_lflag & ~table[i].off) | table[i].on;
		shown_n = 0;
		sig = type(table[i].typed, strlen(table[i].typed));
		show();
		while (readable()) {
			n += take(got + n, sizeof(got) - n);
			got[n++] = '|';
		}
		got[n] = 0;
		if (strcmp(shown, table[i].shown) || strcmp(got, table[i].read) || sig != table[i].sig)
			fail_msg("%s: shows \"%s\", reads \"%s\", signal %d", table[i].what, shown, got, sig);
	}
}

static void types(const char *bytes)
{
	type(bytes, strlen(bytes));
}

static void reads(size_t n, const char *bytes)
{
	char got[8192];

	assert_true(readable());
	assert_int_equal(take(got, n), strlen(bytes));
	assert_memory_equal(got, bytes, strlen(bytes));
}

static void lines_are_read_in_parts(void **state)
{
	char got[8];
	uint32_t used;

	ldisc_init(&l, true);
	types("hello\rxy\x04z\r");
	/* Looked at, not taken: it is still in front. */
	assert_int_equal(ldisc_peek(&l, (uint8_t *)got, 3, &used), 3);
	reads(3, "hel");
	reads(100, "lo\n");
	reads(2, "xy"); /* the ^D behind it goes along */
	reads(1, "z");
	reads(100, "\n");
	assert_false(readable());
}

static void wrapped_modes(tcflag_t lflag)
{
	struct termios m = l.modes;

	m.c_lflag = lflag;
	ldisc_set_modes(&l, &m);
}

static void modes_lose_nothing(void **state)
{
	tcflag_t cooked;

	ldisc_init(&l, true);
	cooked = l.modes.c_lflag;
	types("one\rtw\x04\x04half");
	wrapped_modes(cooked & ~ICANON);
	assert_int_equal(ldisc_raw_count(&l), 10);
	wrapped_modes(cooked);
	reads(100, "one\n");
	reads(100, "twhalf"); /* what has no end of its own ends there */
	assert_false(readable());
	types("next\r");
	reads(100, "next\n");
	wrapped_modes(cooked & ~ICANON);
	types("raw");
	wrapped_modes(cooked);
	types("x\r");
	reads(100, "raw");
	reads(100, "x\n");
	/* Not stopped for good. */
	types("\x13");
	l.modes.c_iflag &= ~(tcflag_t)IXON;
	wrapped_modes(cooked);
	assert_false(l.stopped);
}

static void a_long_line_is_refused_with_a_bell(void **state)
{
	char got[LDISC_LINE + 1];

	ldisc_init(&l, true);
	shown_n = 0;
	for (unsigned i = 0; i < LDISC_LINE - 1; i++)
		types("x");
	assert_null(memchr(shown, '\a', shown_n));
	types("y");
	assert_int_equal(shown[shown_n - 1], '\a');
	types("\r");
	assert_int_equal(take(got, sizeof(got)), LDISC_LINE);
	assert_int_equal(got[LDISC_LINE - 2], 'x');
	assert_int_equal(got[LDISC_LINE - 1], '\n');
}

static void typing_ahead_is_bounded(void **state)
{
	char line[33] = "0123456789abcdef0123456789abcde\n";
	unsigned n = 0;

	/* Echoed: a bell, and ^C is still heard. */
	ldisc_init(&l, true);
	for (unsigned i = 0; i < 200; i++) {
		shown_n = 0;
		types(line);
		assert_false(ldisc_full(&l));
	}
	assert_int_equal(shown[shown_n - 1], '\a');
	assert_int_equal(type("\x03", 1), SIGINT);
	assert_false(readable());
	types("ok\n");
	reads(100, "ok\n");
	/* Not echoed: the wire is left alone, so nothing is lost. */
	ldisc_init(&l, false);
	for (unsigned i = 0; i < 200; i++)
		for (unsigned k = 0; k < 32; k++) {
			while (ldisc_full(&l)) {
				reads(100, line);
				n++;
			}
			type(&line[k], 1);
		}
	for (; n < 200; n++)
		reads(100, line);
	assert_false(readable());
}

static void output_is_bounded(void **state)
{
	static uint8_t many[2 * LDISC_OUTPUT];
	size_t n;

	ldisc_init(&l, true);
	l.modes.c_oflag |= ONLCR;
	memset(many, '\n', sizeof(many));
	n = ldisc_write(&l, many, sizeof(many));
	assert_in_range(2 * n, LDISC_OUTPUT - LDISC_ECHO - 2, LDISC_OUTPUT);
	assert_false(ldisc_room(&l));
	shown_n = 0;
	show();
	assert_int_equal(shown_n, 2 * n);
	assert_true(ldisc_drained(&l));
	/* Echo is lost in the end, never mixed into what it has no room for. */
	types("\x13");
	for (unsigned i = 0; i < 40; i++) {
		for (unsigned k = 0; k < 200; k++)
			types("e");
		types("\r");
	}
	shown_n = 0;
	types("\x11");
	assert_in_range(shown_n, LDISC_OUTPUT - 2, LDISC_OUTPUT);
}

/* ------------------------------------------------------------ the oracle */

#define END "@@END"

static int master, slave;

static void open_terminal(const struct termios *modes)
{
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(tcsetattr(slave, TCSANOW, modes), 0);
	assert_int_equal(fcntl(slave, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(fcntl(master, F_SETFL, O_NONBLOCK), 0);
}

/* What the host's terminal shows, up to a mark that is written after all is processed. */
static size_t host_shows(char *buffer, size_t size)
{
	struct pollfd fd = { master, POLLIN, 0 };
	size_t n = 0;

	assert_int_equal(write(slave, "##", 2), 2);
	while (n < 2 || memcmp(buffer + n - 2, "##", 2)) {
		ssize_t got;

		if (poll(&fd, 1, 20000) != 1)
			fail_msg("the host's terminal is silent");
		got = read(master, buffer + n, size - n);
		assert_true(got > 0);
		n += (size_t)got;
	}
	return n - 2;
}

static void dump(const char *what, const char *bytes, size_t n)
{
	fprintf(stderr, "%s: ", what);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, (uint8_t)bytes[i] >= ' ' && (uint8_t)bytes[i] < 0x7f ? "%c" : "\\x%02x", (uint8_t)bytes[i]);
	fprintf(stderr, "\n");
}

static void compare(const char *what, uint64_t seed, const char *typed, size_t typed_n, const char *mine, size_t mine_n,
	const char *host, size_t host_n)
{
	if (mine_n == host_n && !memcmp(mine, host, mine_n))
		return;
	dump("typed", typed, typed_n);
	dump("mine", mine, mine_n);
	dump("host", host, host_n);
	fail_msg("seed %lu: %s differs; iflag %x oflag %x lflag %x", (unsigned long)seed, what, l.modes.c_iflag, l.modes.c_oflag,
		l.modes.c_lflag);
}

static tcflag_t some(uint64_t *random, tcflag_t flags)
{
	return flags & (tcflag_t)(host_random(random) >> 13);
}

static void random_modes(struct termios *m, uint64_t *random, bool canonical)
{
	ldisc_init(&l, true);
	*m = l.modes;
	m->c_iflag = some(random, ICRNL | INLCR | IGNCR | IXANY) | (host_random(random) % 4 ? ICRNL : 0) | IUTF8 | IXON;
	m->c_oflag = OPOST | ONLCR;
	m->c_lflag = some(random, ECHO | ECHOE | ECHOK | ECHOKE | ECHOCTL | ECHONL | IEXTEN);
	if (host_random(random) % 2)
		m->c_lflag |= ECHO | ECHOE | ECHOK | ECHOKE | ECHOCTL | IEXTEN;
	if (canonical)
		m->c_lflag |= ICANON;
	if (host_random(random) % 4 == 0)
		m->c_cc[VEOL] = 'q';
}

/* No ^H: here it erases as DEL does. */
static size_t random_typing(char *typed, uint64_t *random, bool tabs)
{
	static const char *const keys[] = { "\x7f", "\x7f", "\x7f\x7f", "\x15", "\x17", "\x17", "\r", "\n", "\r\n", "\x04",
		"\x16\x7f", "\x16\n", "\x16x", "\x01", "\x1b[A", "\x03", "\x1a", "\x1c", " ", "  ", "_", "foo bar", "q", "\xc3\xa9",
		"\xe2\x82\xac", "\x13", "\x11", "-", "\t", "\t\t" };
	size_t n = 0, keys_n = sizeof(keys) / sizeof(keys[0]) - (tabs ? 0 : 2), steps = 1 + host_random(random) % 60;

	while (steps-- > 0) {
		if (host_random(random) % 2) {
			typed[n++] = (char)('a' + host_random(random) % 26);
		} else {
			const char *key = keys[host_random(random) % keys_n];

			memcpy(typed + n, key, strlen(key));
			n += strlen(key);
		}
	}
	memcpy(typed + n, "\x11", 1);
	return n + 1;
}

static void feed_host(const char *typed, size_t n)
{
	assert_int_equal(write(master, typed, n), n);
}

static void as_a_terminal_in_lines(void **state)
{
	static char typed[4096], host[65536], mine[65536];

	for (uint64_t seed = 1; seed <= 1500; seed++) {
		uint64_t random = seed * 0x9e3779b97f4a7c15ull;
		struct pollfd fd;
		struct termios m;
		size_t n, host_n, done = 0;

		random_modes(&m, &random, true);
		ldisc_set_modes(&l, &m);
		shown_n = 0;
		n = random_typing(typed, &random, true);
		memcpy(typed + n, "\x04" END "\x04", sizeof(END) + 1);
		n += sizeof(END) + 1;
		type(typed, n);
		show();
		open_terminal(&m);
		feed_host(typed, n);
		fd = (struct pollfd){ slave, POLLIN, 0 };
		/* Reads of all sizes, one after the other, each the same. */
		while (readable() || done < strlen(END) || memcmp(mine + done - strlen(END), END, strlen(END))) {
			size_t size = 1 + host_random(&random) % 2 * (host_random(&random) % 300);
			ssize_t got;

			if (poll(&fd, 1, 20000) != 1)
				fail_msg("seed %lu: the host has no line", (unsigned long)seed);
			got = read(slave, host, size);
			assert_true(readable());
			host_n = take(mine + done, size);
			compare("a line", seed, typed, n, mine + done, host_n, host, (size_t)got);
			done += host_n;
		}
		host_n = host_shows(host, sizeof(host));
		compare("the screen", seed, typed, n, shown, shown_n, host, host_n);
		close(master);
		close(slave);
	}
}

static void as_a_terminal_in_bytes(void **state)
{
	static char typed[4096], host[65536], mine[65536];

	for (uint64_t seed = 1; seed <= 500; seed++) {
		uint64_t random = seed * 0x9e3779b97f4a7c15ull;
		struct termios m;
		size_t n, host_n = 0, mine_n = 0;

		random_modes(&m, &random, false);
		m.c_oflag = some(&random, OPOST | ONLCR);
		ldisc_set_modes(&l, &m);
		shown_n = 0;
		n = random_typing(typed, &random, true);
		/* Linux echoes a typed NL as ^J here, and one that a CR became as NL. */
		for (size_t i = 0; i < n; i++)
			typed[i] = typed[i] == '\n' ? 'n' : typed[i];
		memcpy(typed + n, END, sizeof(END) - 1);
		n += sizeof(END) - 1;
		type(typed, n);
		show();
		open_terminal(&m);
		feed_host(typed, n);
		while (host_n < strlen(END) || memcmp(host + host_n - strlen(END), END, strlen(END))) {
			struct pollfd fd = { slave, POLLIN, 0 };
			ssize_t got;

			assert_int_equal(poll(&fd, 1, 20000), 1);
			got = read(slave, host + host_n, 1 + host_random(&random) % 50);
			assert_true(got > 0);
			host_n += (size_t)got;
		}
		while (readable())
			mine_n += take(mine + mine_n, 1 + host_random(&random) % 50);
		compare("input", seed, typed, n, mine, mine_n, host, host_n);
		host_n = host_shows(host, sizeof(host));
		compare("the screen", seed, typed, n, shown, shown_n, host, host_n);
		close(master);
		close(slave);
	}
}

/* Output of programs, processed. */
static void as_a_terminal_in_output(void **state)
{
	static char host[8192];
	static const char bytes[] = "ab\ncd\r\n\r\rx\ty\b\bz\x01\xc3\xa9\n\n\r";

	for (unsigned flags = 0; flags < 32; flags++) {
		struct termios m;
		size_t n;

		ldisc_init(&l, true);
		m = l.modes;
		m.c_oflag = (flags & 1 ? OPOST : 0) | (flags & 2 ? ONLCR : 0) | (flags & 4 ? OCRNL : 0) |
			(flags & 8 ? ONLRET : 0) | (flags & 16 ? ONOCR : 0);
		/* With ONOCR it matters what a bare NL does to the column: there the two think differently of their terminals. */
		if (flags & 16 && (flags & 3) != 3)
			continue;
		if ((flags & 20) == 20)
			continue;
		ldisc_set_modes(&l, &m);
		shown_n = 0;
		assert_int_equal(ldisc_write(&l, (const uint8_t *)bytes, sizeof(bytes) - 1), sizeof(bytes) - 1);
		show();
		open_terminal(&m);
		assert_int_equal(write(slave, bytes, sizeof(bytes) - 1), sizeof(bytes) - 1);
		n = host_shows(host, sizeof(host));
		compare("output", flags, bytes, sizeof(bytes) - 1, shown, shown_n, host, n);
		close(master);
		close(slave);
	}
}

/* ------------------------------------------------------------------ noise */

static void noise(void **state)
{
	uint64_t random = 99;
	static char buffer[8192];
	struct termios m;

	ldisc_init(&l, true);
	for (int i = 0; i < 2000000; i++) {
		switch (host_random(&random) % 100) {
		case 0:
			for (size_t k = 0; k < sizeof(m); k++)
				((uint8_t *)&m)[k] = (uint8_t)host_random(&random);
			if (host_random(&random) % 2)
				m = l.modes;
			m.c_lflag ^= some(&random, ICANON | ECHO);
			ldisc_set_modes(&l, &m);
			break;
		case 1:
			while (readable() && host_random(&random) % 8)
				take(buffer, host_random(&random) % LDISC_INPUT);
			break;
		case 2:
			ldisc_write(&l, (const uint8_t *)buffer, host_random(&random) % sizeof(buffer));
			break;
		case 3:
			shown_n = 0;
			show();
			break;
		case 4:
			if (host_random(&random) % 16 == 0)
				ldisc_flush_input(&l);
			else if (host_random(&random) % 16 == 0)
				ldisc_flush_output(&l);
			break;
		default:
			ldisc_input(&l, (uint8_t)host_random(&random));
		}
		assert_true(l.tail - l.head <= LDISC_INPUT);
		assert_true(l.lines - l.head <= l.tail - l.head);
		assert_true(l.output_tail - l.output_head <= LDISC_OUTPUT);
		assert_true(l.modes.c_lflag & ICANON || l.lines == l.tail);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_table),
		cmocka_unit_test(lines_are_read_in_parts),
		cmocka_unit_test(modes_lose_nothing),
		cmocka_unit_test(a_long_line_is_refused_with_a_bell),
		cmocka_unit_test(typing_ahead_is_bounded),
		cmocka_unit_test(output_is_bounded),
		cmocka_unit_test(as_a_terminal_in_lines),
		cmocka_unit_test(as_a_terminal_in_bytes),
		cmocka_unit_test(as_a_terminal_in_output),
		cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests_name("ldisc", tests, NULL, NULL);
}
