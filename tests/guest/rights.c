/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which right each system call needs of its handle: with every right but that one it is EPERM and nothing is done; with that one
 * alone it works.  docs/rights.md has the same table, and test_rights.py compares the two.  Runs with init=bin/rights: only the
 * first process has handles of every kind.
 */
#include "message_util.h"

#define READ    CURFEW_RIGHT_READ
#define WRITE   CURFEW_RIGHT_WRITE
#define EXECUTE CURFEW_RIGHT_EXECUTE
#define DUPLICATE CURFEW_RIGHT_DUPLICATE
#define MAP     CURFEW_RIGHT_MAP
#define MANAGE  CURFEW_RIGHT_MANAGE
#define SEND    CURFEW_RIGHT_SEND
#define RECEIVE CURFEW_RIGHT_RECEIVE
#define TRANSFER CURFEW_RIGHT_TRANSFER
#define NONE    0

static long other_event, channel_all, session_all, last;

static long eight(long n, long a, const void *transfer)
{
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = transfer != NULL;
	register long x2 __asm__("x2") = 0, x3 __asm__("x3") = 0, x4 __asm__("x4") = 0, x5 __asm__("x5") = 0, x6 __asm__("x6") = 0;
	register long x7 __asm__("x7") = n == SYS_send ? (long)transfer : 0;
	register long x9 __asm__("x9") = (long)transfer;

	__asm__ volatile("svc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6), "+r"(x7)
			 : "r"(x8), "r"(x9)
			 : "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory", "cc");
	return x0;
}

/* Each: the call with handle h.  Its result is `works` where the right is there. */
static char byte[64];
static char *const no_words[] = { NULL };
static long try_exec(long h) { return sys(SYS_exec, h, 0, PAGE, no_words, no_words, "x"); }
static long try_mmap(long h)
{
	long at = sys(SYS_mmap, 0, PAGE, 0, CURFEW_MAP_PRIVATE, h, 0);

	return at > 0 ? sys(SYS_munmap, at, PAGE) : at;
}
static long try_handle_close(long h) { return sys(SYS_handle_close, h); }
static long made(long h) { return h >= 0 ? sys(SYS_handle_close, h) : h; }
static long try_handle_dup(long h) { return made(sys(SYS_handle_dup, h, 0)); }
static long try_handle_place(long h) { return made(sys(SYS_handle_place, h, 0, 500, 0)); }
static long try_handle_flags(long h) { return sys(SYS_handle_flags, h, -1); }
static long try_handle_info(long h) { return sys(SYS_handle_info, h) >> 32; }
static long try_vmo_read(long h) { return sys(SYS_vmo_read, h, 0, byte, 1); }
static long try_vmo_write(long h) { return sys(SYS_vmo_write, h, 0, byte, 1); }
static long try_vmo_size(long h) { return sys(SYS_vmo_size, h); }
static long try_vmo_window(long h) { return made(sys(SYS_vmo_window, h, 0, PAGE, 0)); }
static long try_vmo_discard(long h) { return sys(SYS_vmo_discard, h, 0, PAGE); }
static long try_vmo_pages(long h) { return sys(SYS_vmo_pages, h); }
static long try_vmo_windows(long h) { return sys(SYS_vmo_windows, h, 0, PAGE); }
static long try_log_write(long h) { return sys(SYS_log_write, h, "rights\n", 7); }
static long try_system_ctl(long h) { return sys(SYS_system_ctl, h, 99, 0); }
static long try_spare(long h) { return sys(SYS_system_ctl, h, CURFEW_SYSTEM_SPARE, 1); }
static long try_send(long h) { return eight(SYS_send, h, NULL); }
static long try_receive(long h) { return eight(SYS_receive, h, NULL); }
static long try_reply(long h) { return eight(SYS_reply, h, NULL); }
static long try_reply_receive(long h) { return eight(SYS_reply_receive, h, NULL); }
static long try_message_read(long h) { return sys(SYS_message_read, h, 0, 0, byte, 1); }
static long try_message_write(long h) { return sys(SYS_message_write, h, 0, 0, byte, 1); }
static long try_message_status(long h) { return sys(SYS_message_status, h, 0); }
static long try_session_create(long h) { return made(sys(SYS_session_create, h, 1)); }
static long try_event_signal(long h) { return sys(SYS_event_signal, h, 1); }
static long try_event_wait(long h) { return sys(SYS_event_wait, h, 1ul << 31, 0); }
static long try_event_bind(long h) { return sys(SYS_event_bind, h, -1, 0); }
static long try_bind_to(long h) { return sys(SYS_event_bind, other_event, h, 0); }
static long try_irq_bind(long h) { return sys(SYS_irq_bind, h, other_event, 1); }
static long try_irq_ack(long h) { return sys(SYS_irq_ack, h); }
static long try_transfer(long h)
{
	struct curfew_transfer pass = { (uint32_t)h, 0 };

	return eight(SYS_send, session_all, &pass);
}

/* Which handle, kind, rights, and what it is with them. */
static const struct row {
	const char *call, *kind;
	uint32_t rights;
	long (*call_it)(long handle);
	long works;
} rows[] = {
	{ "exec", "vmo", EXECUTE, try_exec, -ENOEXEC },
	{ "mmap", "vmo", MAP, try_mmap, 0 },
	{ "handle_close", "any", NONE, try_handle_close, 0 },
	{ "handle_dup", "any", DUPLICATE, try_handle_dup, 0 },
	{ "vmo_read", "vmo", READ, try_vmo_read, 1 },
	{ "vmo_write", "vmo", WRITE, try_vmo_write, 1 },
	{ "vmo_size", "vmo", NONE, try_vmo_size, 4096 },
	{ "vmo_window", "vmo", DUPLICATE, try_vmo_window, 0 },
	{ "vmo_discard", "vmo", MANAGE, try_vmo_discard, 0 },
	{ "vmo_pages", "vmo", NONE, try_vmo_pages, 0 },
	{ "vmo_windows", "vmo", MANAGE, try_vmo_windows, 0 },
	{ "log_write", "system", WRITE, try_log_write, 7 },
	{ "system_ctl", "system", MANAGE, try_system_ctl, -EINVAL },
	{ "system_ctl, to spare", "system", MANAGE, try_spare, 0 },
	{ "send", "session", SEND, try_send, -ETIMEDOUT },
	{ "send, to pass", "any", TRANSFER, try_transfer, -ETIMEDOUT },
	{ "receive", "channel", RECEIVE, try_receive, -ETIMEDOUT },
	{ "reply", "channel", RECEIVE, try_reply, -ESRCH },
	{ "reply_receive", "channel", RECEIVE, try_reply_receive, -ESRCH },
	{ "message_read", "channel", RECEIVE, try_message_read, -ESRCH },
	{ "message_write", "channel", RECEIVE, try_message_write, -ESRCH },
	{ "message_status", "channel", RECEIVE, try_message_status, -ESRCH },
	{ "session_create", "channel", MANAGE, try_session_create, 0 },
	{ "event_signal", "event", SEND, try_event_signal, 0 },
	{ "event_wait", "event", RECEIVE, try_event_wait, -ETIMEDOUT },
	{ "event_bind", "event", RECEIVE, try_event_bind, 0 },
	{ "event_bind, to", "channel", RECEIVE, try_bind_to, 0 },
	{ "irq_bind", "irq", RECEIVE, try_irq_bind, 0 },
	{ "irq_ack", "irq", RECEIVE, try_irq_ack, 0 },
	{ "handle_place", "any", DUPLICATE, try_handle_place, 0 },
	{ "handle_flags", "any", NONE, try_handle_flags, 0 },
	{ "handle_info", "any", NONE, try_handle_info, CURFEW_KIND_VMO },
};

/* A handle of that kind with these rights. */
static long give(const char *kind, uint32_t rights)
{
	long h, copy;

	if (strcmp(kind, "system") == 0)
		return sys(SYS_handle_dup, CURFEW_HANDLE_SYSTEM, rights);
	if (strcmp(kind, "irq") == 0)
		return sys(SYS_handle_dup, CURFEW_HANDLE_IRQ, rights);
	h = strcmp(kind, "session") == 0 ? curfew_session_create((int)channel_all, 1) :
	    strcmp(kind, "channel") == 0 ? curfew_channel_create() :
	    strcmp(kind, "event") == 0 ? curfew_event_create() : curfew_vmo_create(PAGE, 0);
	copy = sys(SYS_handle_dup, h, rights);
	last = h; /* kept: a channel lives by it */
	return copy;
}

/* The kernel's own handles are narrower than all. */
static uint32_t all_of(const struct row *row)
{
	if (strcmp(row->kind, "system") == 0)
		return (uint32_t)sys(SYS_handle_info, CURFEW_HANDLE_SYSTEM);
	if (strcmp(row->kind, "irq") == 0)
		return (uint32_t)sys(SYS_handle_info, CURFEW_HANDLE_IRQ);
	return CURFEW_RIGHT_ALL;
}

static void try_row(const struct row *row)
{
	long h, r;

	h = give(row->kind, row->rights);
	r = h < 0 ? h : row->call_it(h);
	if (r != row->works)
		check_fail(__FILE__, __LINE__, "%s with just the right: %ld, not %ld", row->call, r, row->works);
	if (row->rights) {
		h = give(row->kind, all_of(row) & ~row->rights);
		r = h < 0 ? h : row->call_it(h);
		if (r != -EPERM)
			check_fail(__FILE__, __LINE__, "%s without the right: %ld", row->call, r);
	}
	if (strcmp(row->kind, "any")) {
		h = give(strcmp(row->kind, "vmo") ? "vmo" : "event", CURFEW_RIGHT_ALL);
		r = row->call_it(h);
		if (r != -EPERM)
			check_fail(__FILE__, __LINE__, "%s of another kind: %ld", row->call, r);
	}
	r = row->call_it(1000);
	if (r != -EBADF && row->call_it != try_handle_info)
		check_fail(__FILE__, __LINE__, "%s of no handle: %ld", row->call, r);
}

/* The interrupt keeps its event until the next is bound. */
static __attribute__((constructor)) void bind_nothing(void)
{
	long event = curfew_event_create();

	curfew_irq_bind(CURFEW_HANDLE_IRQ, (int)event, 1);
	curfew_handle_close((int)event);
}

TEST(rights)
{
	int channel, session;

	make(&channel, &session, 1);
	channel_all = channel;
	session_all = session;
	other_event = curfew_event_create();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		try_row(&rows[i]);
	bind_nothing();
	(void)last;
}
