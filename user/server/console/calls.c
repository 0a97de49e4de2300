/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operations of <curfew/file.h> on a terminal.
 *
 * Sessions are the supervisor's: this server learns of one by its messages, and of its end by a
 * notice.  Only what a session has of its own is kept, and most have nothing: flags other than 0.
 */
#include <curfew/file.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include "port.h"
#include "state.h"

#define FLAGS (O_NONBLOCK | O_APPEND)

struct session {
	TAILQ_ENTRY(session) link;
	uint64_t label;
	unsigned flags;
};
TAILQ_HEAD(session_list, session);
static struct session_list sessions = TAILQ_HEAD_INITIALIZER(sessions);
static struct session_list unused = TAILQ_HEAD_INITIALIZER(unused);

static struct session *find(uint64_t label)
{
	struct session *s;

	TAILQ_FOREACH(s, &sessions, link)
		if (s->label == label)
			return s;
	return NULL;
}

static unsigned flags_of(uint64_t label)
{
	struct session *s = find(label);

	return s ? s->flags : 0;
}

static void forget(uint64_t label)
{
	struct session *s = find(label);

	if (!s)
		return;
	TAILQ_REMOVE(&sessions, s, link);
	TAILQ_INSERT_HEAD(&unused, s, link);
}

static int64_t set_flags(uint64_t label, unsigned flags)
{
	struct session *s = find(label);

	if (!flags) {
		forget(label);
		return 0;
	}
	if (!s) {
		s = TAILQ_FIRST(&unused);
		if (s)
			TAILQ_REMOVE(&unused, s, link);
		else
			s = port_memory(sizeof(*s));
		if (!s)
			return -ENOMEM;
		s->label = label;
		TAILQ_INSERT_HEAD(&sessions, s, link);
	}
	s->flags = flags;
	return 0;
}

/* ---------------------------------------------------------- operations */

static int64_t do_read(const struct curfew_received *m)
{
	struct waiting w = { .token = m->token, .label = m->label, .length = m->word[1] };

	if (m->word[2] != CURFEW_FILE_HERE)
		return -ESPIPE;
	if (w.length > m->in_size)
		return -EINVAL;
	return w.length ? console_read(&w, flags_of(m->label) & O_NONBLOCK) : 0;
}

static int64_t do_write(const struct curfew_received *m, const uint8_t *bytes)
{
	struct waiting w = { .token = m->token, .label = m->label, .length = m->word[1], .kind = WRITE };

	if (m->word[2] != CURFEW_FILE_HERE)
		return -ESPIPE;
	if (w.length != m->out_length)
		return -EINVAL;
	return w.length ? console_write(&w, bytes, m->copied, flags_of(m->label) & O_NONBLOCK) : 0;
}

static int64_t do_stat(const struct curfew_received *m, struct curfew_answer *answer)
{
	static struct curfew_stat stat;

	if (m->in_size < sizeof(stat))
		return -EINVAL;
	stat = (struct curfew_stat){ .inode = 1, .mode = S_IFCHR | 0620, .links = 1, .device = CONSOLE_DEVICE };
	stat.atime = stat.mtime = stat.ctime = port_time();
	answer->out = &stat;
	answer->out_length = sizeof(stat);
	return 0;
}

static int64_t do_poll(const struct curfew_received *m, unsigned *kept)
{
	unsigned wanted = (unsigned)m->word[1] | POLLERR | POLLHUP;
	unsigned ready = console_ready() & wanted;
	struct poller poller;

	if (ready || m->came == 0)
		return ready;
	if (!port_is_event((int)m->handle[0].handle))
		return -EINVAL;
	poller = (struct poller){ .label = m->label, .key = m->word[3], .pid = m->pid,
		.event = (int)m->handle[0].handle, .bits = (uint32_t)m->word[2], .wanted = wanted };
	*kept = 1;
	return pollers_add(&console.pollers, &poller) ? 0 : -ENOMEM;
}

/* Waits in line with the writes, for all before it to be out. */
static int64_t after_output(const struct curfew_received *m, unsigned kind)
{
	struct waiting w = { .token = m->token, .label = m->label, .kind = kind };

	return waiting_add(&console.output, &w) ? LATER : -ENOMEM;
}

static int64_t get_modes(const struct curfew_received *m, struct curfew_answer *answer)
{
	if (m->in_size < sizeof(struct termios))
		return -EINVAL;
	answer->out = &console.line.modes;
	answer->out_length = sizeof(struct termios);
	return 0;
}

static int64_t set_modes(const struct curfew_received *m, const void *bytes)
{
	struct termios modes;

	if (m->out_length != sizeof(modes) || m->copied != sizeof(modes))
		return -EINVAL;
	switch (m->word[1]) {
	case TCSANOW:
		memcpy(&modes, bytes, sizeof(modes));
		ldisc_set_modes(&console.line, &modes);
		return 0;
	case TCSADRAIN:
		return after_output(m, SET);
	case TCSAFLUSH:
		return after_output(m, SET_FLUSH);
	}
	return -EINVAL;
}

static int64_t flush(uint64_t queue)
{
	if (queue != TCIFLUSH && queue != TCOFLUSH && queue != TCIOFLUSH)
		return -EINVAL;
	if (queue != TCOFLUSH)
		ldisc_flush_input(&console.line);
	if (queue != TCIFLUSH)
		ldisc_flush_output(&console.line);
	return 0;
}

static int64_t set_group(uint64_t group)
{
	if (group <= 1 || group > INT_MAX) /* kill(-1) is everybody */
		return -EINVAL;
	console.group = (int32_t)group;
	return 0;
}

static int64_t operation(const struct curfew_received *m, const void *bytes, struct curfew_answer *answer, unsigned *kept)
{
	switch (m->word[0]) {
	case CURFEW_FILE_READ:
		return do_read(m);
	case CURFEW_FILE_WRITE:
		return do_write(m, bytes);
	case CURFEW_FILE_STAT:
		return do_stat(m, answer);
	case CURFEW_FILE_GET_FLAGS:
		return O_RDWR | flags_of(m->label);
	case CURFEW_FILE_SET_FLAGS:
		return set_flags(m->label, (unsigned)m->word[1] & FLAGS);
	case CURFEW_FILE_POLL:
		return do_poll(m, kept);
	case CURFEW_TERM_GET:
		return get_modes(m, answer);
	case CURFEW_TERM_SET:
		return set_modes(m, bytes);
	case CURFEW_TERM_GET_GROUP:
		return console.group;
	case CURFEW_TERM_SET_GROUP:
		return set_group(m->word[1]);
	case CURFEW_TERM_FLUSH:
		return flush(m->word[1]);
	case CURFEW_TERM_DRAIN:
		return after_output(m, DRAIN);
	}
	return port_refuse(m->word[0]);
}

bool console_call(const struct curfew_received *m, const void *bytes, struct curfew_answer *answer)
{
	unsigned kept = 0;
	int64_t result;

	answer->token = m->token;
	answer->out_length = 0;
	answer->pass = 0;
	result = operation(m, bytes, answer, &kept);
	for (unsigned i = kept; i < m->came; i++)
		port_close((int)m->handle[i].handle);
	answer->word[0] = (uint64_t)result;
	return result != LATER;
}

void console_closed(uint64_t label)
{
	waiting_closed(&console.readers, label);
	waiting_closed(&console.output, label);
	pollers_closed(&console.pollers, label);
	forget(label);
}
