/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user/server/pipe by hand, and pipes of the host's kernel as an oracle where the two can be compared.
 */
#include "pipeplay.h"

/* ---------------------------------------------------------------- by hand */

static void a_byte_goes_through(void **state)
{
	struct both b = make(0);
	uint8_t got[8] = { 0 };
	struct world_call *r = read_call(&b, got, 8, false), *w;

	assert_true(r->waits);
	w = write_call(&b, (const uint8_t *)"x", 1, false);
	assert_true(r->answered && w->answered);
	assert_int_equal(r->result, 1);
	assert_int_equal(r->in_length, 1);
	assert_int_equal(got[0], 'x');
	assert_int_equal(w->result, 1);
	close_end(&b, WRITING);
	r = read_call(&b, got, 8, false);
	assert_true(r->answered);
	assert_int_equal(r->result, 0);
	close_end(&b, READING);
	assert_int_equal(world_handles(), 0);
}

static void ends_of_the_other_side(void **state)
{
	struct both b = make(0);
	uint8_t got[8];
	struct world_call *r = read_call(&b, got, 8, false), *w;

	close_end(&b, WRITING);
	assert_true(r->answered);
	assert_int_equal(r->result, 0);
	assert_int_equal(ready(&b, READING), POLLHUP);
	close_end(&b, READING);

	b = make(0);
	w = write_call(&b, pattern, PIPE_CAPACITY + 5, false); /* the buffer's worth is in */
	assert_true(w->waits);
	r = write_call(&b, pattern, 10, false);
	assert_true(r->waits);
	assert_int_equal(ready(&b, WRITING), 0);
	close_end(&b, READING);
	assert_int_equal(w->result, PIPE_CAPACITY);
	assert_int_equal(r->result, -EPIPE);
	assert_int_equal(write_call(&b, pattern, 1, false)->result, -EPIPE);
	assert_int_equal(write_call(&b, pattern, 0, false)->result, 0);
	assert_true(ready(&b, WRITING) & POLLERR);
	close_end(&b, WRITING);
}

static void errors(void **state)
{
	struct both b = make(O_NONBLOCK);
	uint8_t got[8];
	struct curfew_received m;
	struct world_call *c;

	assert_int_equal(read_call(&b, got, 8, false)->result, -EAGAIN);
	assert_int_equal(operation(b.label[READING], CURFEW_FILE_WRITE, 0, CURFEW_FILE_HERE)->result, -EBADF);
	assert_int_equal(operation(b.label[WRITING], CURFEW_FILE_READ, 0, CURFEW_FILE_HERE)->result, -EBADF);
	assert_int_equal(operation(b.label[READING], CURFEW_FILE_READ, 0, 0)->result, -ESPIPE);
	assert_int_equal(operation(b.label[WRITING], CURFEW_FILE_WRITE, 0, 12)->result, -ESPIPE);
	assert_int_equal(operation(b.label[READING], CURFEW_FILE_READ, 1, CURFEW_FILE_HERE)->result, -EINVAL); /* no room */
	assert_int_equal(operation(b.label[WRITING], CURFEW_FILE_WRITE, 1, CURFEW_FILE_HERE)->result, -EINVAL); /* no bytes */
	assert_int_equal(operation(b.label[READING], CURFEW_FILE_SEEK, 0, 0)->result, -ESPIPE);
	assert_int_equal(operation(b.label[READING], CURFEW_FILE_STAT, 0, 0)->result, -EINVAL);
	assert_int_equal(operation(b.label[READING], CURFEW_FILE_TRUNCATE, 0, 0)->result, -EINVAL);
	assert_int_equal(operation(b.label[READING], CURFEW_FILE_SYNC, 0, 0)->result, -EINVAL);
	assert_int_equal(operation(b.label[READING], CURFEW_FILE_MAP, 0, 0)->result, -ENODEV);
	assert_int_equal(operation(b.label[READING], CURFEW_FILE_READDIR, 0, 0)->result, -ENOTDIR);
	assert_int_equal(operation(b.label[READING], CURFEW_FILE_OPEN, 0, 0)->result, -ENOTDIR);
	assert_int_equal(operation(b.label[READING], CURFEW_TERM_GET, 0, 0)->result, -ENOTTY);
	assert_int_equal(operation(b.label[READING], CURFEW_PIPE_CREATE, 0, 0)->result, -ENOTSUP);
	assert_int_equal(operation(SUPERVISED, CURFEW_FILE_READ, 0, 0)->result, -ENOTSUP);
	assert_int_equal(operation(SUPERVISED, CURFEW_PIPE_CREATE, 1, 0)->result, -EINVAL);
	assert_int_equal(operation(99999, CURFEW_FILE_READ, 0, 0)->result, -EBADF);
	assert_int_equal(operation(b.label[READING], CURFEW_FILE_GET_FLAGS, 0, 0)->result, O_RDONLY | O_NONBLOCK);
	assert_int_equal(operation(b.label[WRITING], CURFEW_FILE_GET_FLAGS, 0, 0)->result, O_WRONLY | O_NONBLOCK);
	nonblock(&b, WRITING, false);
	assert_int_equal(operation(b.label[WRITING], CURFEW_FILE_GET_FLAGS, 0, 0)->result, O_WRONLY);
	assert_int_equal(operation(b.label[READING], CURFEW_FILE_GET_FLAGS, 0, 0)->result, O_RDONLY | O_NONBLOCK);

	/* Handles that nobody asked for are closed. */
	m = (struct curfew_received){ .word = { CURFEW_FILE_GET_FLAGS } };
	c = world_call(&m, b.label[READING], NULL, 0, NULL, 0);
	m.came = 2;
	m.handle[0].handle = (uint32_t)world_event();
	m.handle[1].handle = (uint32_t)world_event();
	turn(&m, NULL);
	assert_true(c->answered);
	assert_int_equal(world_handles(), 2);
	close_end(&b, READING);
	close_end(&b, WRITING);
}

static void stat_tells(void **state)
{
	struct both b = make(0);
	struct curfew_stat s, before;
	struct curfew_received m = { .word = { CURFEW_FILE_STAT } };

	world_call(&m, b.label[READING], NULL, 0, &before, sizeof(before));
	turn(&m, NULL);
	world_time += 5000;
	write_call(&b, pattern, 100, false);
	m.word[0] = CURFEW_FILE_STAT;
	world_call(&m, b.label[WRITING], NULL, 0, &s, sizeof(s));
	turn(&m, NULL);
	assert_int_equal(s.mode & S_IFMT, S_IFIFO);
	assert_int_equal(s.size, 100);
	assert_int_equal(s.inode, before.inode);
	assert_int_equal(s.atime, before.atime);
	assert_int_equal(s.mtime, before.mtime + 5000);
	close_end(&b, READING);
	close_end(&b, WRITING);
}

static uint64_t poll_key;

static int poll_with_event(uint64_t label, unsigned wanted, pid_t pid, struct world_call **call)
{
	struct curfew_received m = { .word = { CURFEW_FILE_POLL, wanted, 0x10 }, .pid = pid };
	int event = world_event();

	m.word[3] = poll_key;
	*call = world_call(&m, label, NULL, 0, NULL, 0);
	m.came = 1;
	m.handle[0].handle = (uint32_t)event;
	turn(&m, NULL);
	assert_true((*call)->answered);
	return event;
}

static void pollers_are_told_once(void **state)
{
	struct both b = make(0);
	struct world_call *c;
	int first, second, other;

	first = poll_with_event(b.label[READING], POLLIN, 1, &c);
	assert_int_equal(c->result, 0);
	assert_true(world_handle_open(first));
	second = poll_with_event(b.label[READING], POLLIN, 1, &c); /* in its place */
	assert_false(world_handle_open(first));
	other = poll_with_event(b.label[READING], POLLIN, 2, &c);
	assert_int_equal(world_event_bits(second), 0);
	write_call(&b, pattern, 1, false);
	assert_int_equal(world_event_bits(second), 0x10);
	assert_int_equal(world_event_bits(other), 0x10);
	assert_int_equal(world_handles(), 2);
	/* Ready at once: the event is not kept. */
	poll_with_event(b.label[READING], POLLIN, 1, &c);
	assert_int_equal(c->result, POLLIN);
	poll_with_event(b.label[WRITING], POLLOUT, 1, &c);
	assert_int_equal(c->result, POLLOUT);
	assert_int_equal(world_handles(), 2);
	/* Full, then room. */
	nonblock(&b, WRITING, true);
	assert_int_equal(write_call(&b, pattern, LONGEST, false)->result, PIPE_CAPACITY - 1);
	first = poll_with_event(b.label[WRITING], POLLOUT, 1, &c);
	assert_int_equal(c->result, 0);
	{
		static uint8_t got[PIPE_ATOMIC];

		read_call(&b, got, PIPE_ATOMIC - 1, false);
		assert_int_equal(world_event_bits(first), 0);
		read_call(&b, got, 1, false);
		assert_int_equal(world_event_bits(first), 0x10);
	}
	write_call(&b, pattern, LONGEST, false);
	first = poll_with_event(b.label[WRITING], 0, 1, &c);
	close_end(&b, READING); /* POLLERR comes unasked */
	assert_int_equal(world_event_bits(first), 0x10);
	close_end(&b, WRITING);
}

/* Two polls of a process, or two descriptors of a session in one. */
static void pollers_have_keys(void **state)
{
	struct both b = make(0);
	struct world_call *c;
	int first, second, third;

	poll_key = 7;
	first = poll_with_event(b.label[READING], POLLIN, 1, &c);
	poll_key = 8;
	second = poll_with_event(b.label[READING], POLLIN, 1, &c);
	assert_true(world_handle_open(first));
	third = poll_with_event(b.label[READING], POLLIN, 1, &c);
	assert_true(world_handle_open(first));
	assert_false(world_handle_open(second));
	poll_key = 0;
	write_call(&b, pattern, 1, false);
	assert_int_equal(world_event_bits(first), 0x10);
	assert_int_equal(world_event_bits(third), 0x10);
	close_end(&b, WRITING);
	close_end(&b, READING);
	assert_int_equal(world_handles(), 0);
}

/* Events of those who died do not pile up: the oldest of all pipes goes. */
static void pollers_run_out(void **state)
{
	struct both b[3] = { make(0), make(0), make(0) };
	int event[POLLERS_MAX + 10];
	struct world_call *c;

	for (int i = 0; i < POLLERS_MAX + 10; i++) {
		event[i] = poll_with_event(b[i % 3].label[READING], POLLIN, 1000 + i, &c);
		assert_int_equal(world_handles(), 6 + (i < POLLERS_MAX ? i + 1 : POLLERS_MAX));
		if (i >= POLLERS_MAX)
			assert_int_equal(world_event_bits(event[i - POLLERS_MAX]), 0x10);
	}
	/* Those that are left are told of their own pipe only. */
	write_call(&b[0], pattern, 1, false);
	assert_int_equal(world_event_bits(event[12]), 0x10);
	assert_int_equal(world_event_bits(event[13]), 0);
	for (int i = 0; i < 3; i++) {
		close_end(&b[i], WRITING);
		close_end(&b[i], READING);
	}
	assert_int_equal(world_handles(), 0);
}

static void pipes_run_out(void **state)
{
	static struct both all[PIPE_MAX];
	struct world_call *c;
	uint64_t label;

	world_no_memory = true; /* but for those that earlier tests left */
	for (int i = 0; i < 100; i++) {
		c = operation(SUPERVISED, CURFEW_PIPE_CREATE, 0, 0);
		if (c->result)
			break;
		all[i].handle[0] = (int)answer.handle[0].handle;
		all[i].handle[1] = (int)answer.handle[1].handle;
		all[i].label[0] = world_session(all[i].handle[0]);
		all[i].label[1] = world_session(all[i].handle[1]);
	}
	assert_int_equal(c->result, -ENOMEM);
	for (int i = 0; all[i].handle[0]; i++) {
		close_end(&all[i], 0);
		close_end(&all[i], 1);
	}
	world_no_memory = false;
	for (unsigned i = 0; i < PIPE_MAX; i++)
		all[i] = make(0);
	assert_int_equal(operation(SUPERVISED, CURFEW_PIPE_CREATE, 0, 0)->result, -ENFILE);
	for (unsigned i = 0; i < PIPE_MAX; i++) {
		close_end(&all[i], i % 2);
		close_end(&all[i], 1 - i % 2);
	}
	/* A session that cannot be made, or a client that is gone when they come: nothing is left over. */
	world_no_sessions = true;
	for (int i = 0; i < 100; i++) {
		struct curfew_received m = { .word = { CURFEW_PIPE_CREATE } };

		c = world_call(&m, SUPERVISED, NULL, 0, NULL, 0);
		c->gone = i % 2;
		turn(&m, NULL);
		if (c->answered && c->result == 0)
			for (int end = 0; end < 2; end++) {
				uint64_t its = world_session((int)answer.handle[end].handle);

				world_session_close((int)answer.handle[end].handle);
				pipes_closed(its);
			}
		while (world_closed(&label))
			pipes_closed(label);
	}
	world_no_sessions = false;
	assert_int_equal(world_handles(), 0);
	for (unsigned i = 0; i < PIPE_MAX; i++)
		all[i] = make(0);
	for (unsigned i = 0; i < PIPE_MAX; i++) {
		close_end(&all[i], 0);
		close_end(&all[i], 1);
	}
}

/* ------------------------------------------------------------ the oracle */

static void same(long mine, long host, const char *what)
{
	if (mine != (host < 0 ? -errno : host))
		fail_msg("%s: %ld, the host's %ld (errno %d)", what, mine, host, errno);
}

/*
 * Linux counts pages, not bytes, so the two agree as long as whole pages are written and read.  POLLWRNORM and the
 * like come along with POLLOUT in both.
 */
static void as_the_host(void **state)
{
	static uint8_t got[2][LONGEST];

	for (uint64_t seed = 1; seed <= 20; seed++) {
		uint64_t random = seed * 0x9e3779b97f4a7c15ull;
		struct both b = make(O_NONBLOCK);
		int fd[2];
		int last = host_random(&random) % 2;

		assert_int_equal(pipe2(fd, O_NONBLOCK), 0);
		assert_int_equal(fcntl(fd[0], F_GETPIPE_SZ), PIPE_CAPACITY);
		for (int step = 0; step < 400; step++) {
			size_t n = (host_random(&random) % 20) * PIPE_ATOMIC;
			struct pollfd poll_fd[2] = { { fd[0], POLLIN | POLLRDNORM, 0 }, { fd[1], POLLOUT | POLLWRNORM, 0 } };

			if (step == 350) {
				close_end(&b, last);
				close(fd[last]);
			}
			if ((step < 350 || last == READING) && host_random(&random) % 2) {
				same(write_call(&b, pattern + step, n, false)->result, write(fd[1], pattern + step, n), "write");
			} else if (step < 350 || last == WRITING) {
				struct world_call *r = read_call(&b, got[0], n, false);

				same(r->result, read(fd[0], got[1], n), "read");
				if (r->result > 0)
					assert_memory_equal(got[0], got[1], r->result);
			}
			if (step < 350) {
				assert_true(poll(poll_fd, 2, 0) >= 0);
				assert_int_equal(ready(&b, READING), poll_fd[0].revents);
				assert_int_equal(ready(&b, WRITING), poll_fd[1].revents);
			} else {
				assert_true(poll(&poll_fd[1 - last], 1, 0) >= 0);
				if (last == WRITING)
					assert_int_equal(ready(&b, READING), poll_fd[0].revents);
				else
					assert_int_equal(ready(&b, WRITING) & POLLERR, poll_fd[1].revents & POLLERR);
			}
		}
		close_end(&b, !last);
		close(fd[!last]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_byte_goes_through),
		cmocka_unit_test(ends_of_the_other_side),
		cmocka_unit_test(errors),
		cmocka_unit_test(stat_tells),
		cmocka_unit_test(pollers_are_told_once),
		cmocka_unit_test(pollers_have_keys),
		cmocka_unit_test(pollers_run_out),
		cmocka_unit_test(pipes_run_out),
		cmocka_unit_test(as_the_host),
	};

	return cmocka_run_group_tests_name("pipe", tests, start, NULL);
}
