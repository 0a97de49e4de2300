/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What only the first process has: the log, the initrd with all rights, the UART's interrupt.  Runs with init=bin/first.
 */
#include <curfew/sys.h>
#include "check.h"

#define SYSTEM CURFEW_HANDLE_SYSTEM
#define IRQ CURFEW_HANDLE_IRQ
#define RO CURFEW_PROT_READ
#define RW (CURFEW_PROT_READ | CURFEW_PROT_WRITE)

/* --- the log --- */

/* Where in the log a text begins, from a position on; -1: nowhere. */
static long in_log(const char *text, uint64_t from)
{
	static char log[65536];
	long n = sys(SYS_log_read, log, sizeof(log) - 1, from);
	char *at;

	NEED(n >= 0);
	log[n] = '\0';
	at = strstr(log, text);
	return at ? at - log : -1;
}

TEST(log_write)
{
	static char text[1000];
	long first, second;

	memset(text, '=', sizeof(text));
	snprintf(text, sizeof(text), "a line of this test, %u, at %llu\n", (unsigned)getpid(), (unsigned long long)now_ns());
	CHECK_EQ(in_log(text, 0), -1);
	CHECK_EQ(sys(SYS_log_write, SYSTEM, text, strlen(text)), strlen(text));
	first = in_log(text, 0);
	CHECK(first > 0);
	text[0] = 'b';
	CHECK_EQ(sys(SYS_log_write, SYSTEM, text, strlen(text)), strlen(text));
	second = in_log(text, 0);
	CHECK_EQ(second, first + (long)strlen(text));
	/* More than the kernel takes at a time; and nothing. */
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = (char)('a' + i % 26);
	text[sizeof(text) - 2] = '\n';
	text[sizeof(text) - 1] = '\0';
	CHECK_EQ(sys(SYS_log_write, SYSTEM, text, sizeof(text) - 1), sizeof(text) - 1);
	CHECK(in_log(text, 0) > second);
	CHECK_EQ(sys(SYS_log_write, SYSTEM, text, 0), 0);
	CHECK_EQ(sys(SYS_log_write, SYSTEM, NULL, 0), 0);
}

TEST(log_write_refuses)
{
	char *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long vmo = sys(SYS_vmo_create, PAGE, 0);

	NEED(page != MAP_FAILED && munmap(page + PAGE, PAGE) == 0);
	memset(page, '.', PAGE);
	CHECK_EQ(sys(SYS_log_write, SYSTEM, NULL, 1), -EFAULT);
	CHECK_EQ(sys(SYS_log_write, SYSTEM, page + PAGE, 1), -EFAULT);
	CHECK_EQ(sys(SYS_log_write, SYSTEM, 0xffff000000000000ul, 64), -EFAULT);
	CHECK_EQ(sys(SYS_log_write, SYSTEM, page + PAGE - 8, 64), -EFAULT);
	page[PAGE - 257] = '\n';
	CHECK_EQ(sys(SYS_log_write, SYSTEM, page + PAGE - 512, 600), 512); /* as far as it could be read, in parts */
	CHECK_EQ(sys(SYS_log_write, 99, page, 1), -EBADF);
	CHECK_EQ(sys(SYS_log_write, -1, page, 1), -EBADF);
	CHECK_EQ(sys(SYS_log_write, vmo, page, 1), -EPERM);
	CHECK_EQ(sys(SYS_log_write, IRQ, page, 1), -EPERM);
}

/* --- the system --- */

TEST(system_ctl_refuses)
{
	CHECK_EQ(sys(SYS_system_ctl, SYSTEM, 3, 0), -EINVAL);
	CHECK_EQ(sys(SYS_system_ctl, SYSTEM, -1, 0), -EINVAL);
	CHECK_EQ(sys(SYS_system_ctl, SYSTEM, CURFEW_SYSTEM_POWEROFF, 256), -EINVAL);
	CHECK_EQ(sys(SYS_system_ctl, SYSTEM, CURFEW_SYSTEM_POWEROFF, -1), -EINVAL);
	/* It cannot be sent away. */
	CHECK_EQ(sys(SYS_handle_info, SYSTEM),
		(long)CURFEW_KIND_SYSTEM << 32 | CURFEW_RIGHT_MANAGE | CURFEW_RIGHT_WRITE | CURFEW_RIGHT_DUPLICATE);
	CHECK_EQ(sys(SYS_handle_dup, SYSTEM, CURFEW_RIGHT_TRANSFER), -EPERM);
}

/* A copy that may write to the log only. */
TEST(log_write_alone)
{
	long writer = sys(SYS_handle_dup, SYSTEM, CURFEW_RIGHT_WRITE), manager = sys(SYS_handle_dup, SYSTEM, CURFEW_RIGHT_MANAGE);

	NEED(writer >= 0 && manager >= 0);
	CHECK_EQ(sys(SYS_log_write, writer, "log_write_alone\n", 16), 16);
	CHECK(in_log("log_write_alone\n", 0) > 0);
	CHECK_EQ(sys(SYS_system_ctl, writer, CURFEW_SYSTEM_POWEROFF, 0), -EPERM);
	CHECK_EQ(sys(SYS_log_write, manager, "not this line\n", 14), -EPERM);
	CHECK_EQ(in_log("not this line\n", 0), -1);
}

/* --- the initrd, a run of frames --- */

TEST(windows_of_the_initrd)
{
	long size = sys(SYS_vmo_size, CURFEW_HANDLE_INITRD), w = sys(SYS_vmo_window, CURFEW_HANDLE_INITRD, 0, PAGE, CURFEW_RIGHT_READ);
	char bytes[6];

	NEED(w >= 0);
	CHECK_EQ(sys(SYS_vmo_read, w, 0, bytes, 6), 6);
	CHECK_EQ(memcmp(bytes, "070701", 6), 0);
	CHECK_EQ(sys(SYS_vmo_read, w, PAGE, bytes, 6), 0);
	CHECK_EQ(sys(SYS_vmo_pages, w), 1);
	CHECK_EQ(sys(SYS_mmap, 0, PAGE, RO, CURFEW_MAP_SHARED, w, 0), -EPERM);
	CHECK_EQ(sys(SYS_vmo_window, CURFEW_HANDLE_INITRD, 0, PAGE, CURFEW_RIGHT_WRITE), -EPERM);
	CHECK_EQ(sys(SYS_vmo_window, CURFEW_HANDLE_INITRD, 0, size + 1, CURFEW_RIGHT_READ), -EINVAL);
	CHECK_EQ(sys(SYS_vmo_discard, CURFEW_HANDLE_INITRD, 0, PAGE), -EPERM);
}

/* --- the UART's interrupt --- */

enum { DR = 0x000 / 4, FR = 0x018 / 4, IMSC = 0x038 / 4, RIS = 0x03c / 4, MIS = 0x040 / 4, ICR = 0x044 / 4 };
#define TX (1u << 5)    /* the transmit FIFO is empty enough */
#define TXFF (1u << 5)  /* FR: it is full */

static volatile uint32_t *uart;

/* An interrupt keeps its event until the next is bound: here there is always one, so none of the tests leaves one more. */
static __attribute__((constructor)) void bind_nothing(void)
{
	int event = curfew_event_create();

	curfew_irq_bind(IRQ, event, 1);
	curfew_handle_close(event);
}

/* Its registers, with no interrupt wanted, and a byte sent: TX is raised only by a FIFO that was filled and gets empty. */
static void open_uart(void)
{
	long p = sys(SYS_mmap, 0, PAGE, RW, CURFEW_MAP_SHARED, CURFEW_HANDLE_DEVICE, 0);

	NEED(p > 0);
	uart = (volatile uint32_t *)p;
	uart[IMSC] = 0;
	uart[ICR] = 0x7ff;
	while (uart[FR] & TXFF)
		sys(SYS_yield);
	uart[DR] = '\n';
	while (!(uart[RIS] & TX))
		sys(SYS_yield);
}

static uint64_t in_ms(unsigned ms)
{
	return now_ns() + ms * 1000000ull;
}

/* As a driver does it: bind, unmask; the interrupt sets bits, once, until it is acknowledged. */
TEST(interrupt)
{
	int event = curfew_event_create();
	uint32_t bits = 0;

	NEED(event >= 0);
	open_uart();
	CHECK_EQ(curfew_irq_bind(IRQ, event, 0x12), 0);
	CHECK_EQ(curfew_irq_ack(IRQ), 0);
	CHECK_ERRNO(curfew_event_wait(event, ~0u, in_ms(10), &bits), ETIMEDOUT);
	for (int i = 0; i < 100; i++) {
		uart[IMSC] = TX;
		CHECK_EQ(curfew_event_wait(event, ~0u, in_ms(5000), &bits), 0);
		CHECK_EQ(bits, 0x12);
		/* It still asks, and is masked. */
		CHECK_EQ(uart[MIS] & TX, TX);
		if (i % 20 == 0)
			CHECK_ERRNO(curfew_event_wait(event, ~0u, in_ms(5), &bits), ETIMEDOUT);
		/* So it comes again when it is unmasked. */
		CHECK_EQ(curfew_irq_ack(IRQ), 0);
		CHECK_EQ(curfew_event_wait(event, ~0u, in_ms(5000), &bits), 0);
		uart[IMSC] = 0;
		CHECK_EQ(curfew_irq_ack(IRQ), 0);
	}
	CHECK_ERRNO(curfew_event_wait(event, ~0u, in_ms(10), &bits), ETIMEDOUT);
}

/* To a channel, like a server's; a bound one that ended before leaves it to the next. */
TEST(interrupt_to_a_channel)
{
	open_uart();
	for (uint32_t i = 1; i <= 10; i++) {
		CHECK_EQ(CHILD({
			int channel = curfew_channel_create();
			int event = curfew_event_create();
			struct curfew_received received;

			NEED(channel >= 0 && event >= 0 && curfew_event_bind(event, channel, 7) == 0);
			CHECK_EQ(curfew_irq_bind(IRQ, event, i), 0);
			uart[IMSC] = TX;
			CHECK_EQ(curfew_irq_ack(IRQ), 0);
			CHECK_EQ(curfew_receive(channel, &received, NULL, 0, 0, in_ms(5000)), CURFEW_RECEIVED_EVENT);
			CHECK_EQ(received.label, 7);
			CHECK_EQ(received.word[0], i);
			if (i % 2)
				uart[IMSC] = 0; /* else it ends while the line asks */
		}), 0);
	}
	uart[IMSC] = 0;
	bind_nothing(); /* nor that channel */
}

TEST(interrupt_refuses)
{
	int event = curfew_event_create(), weak;

	NEED(event >= 0);
	CHECK_EQ(sys(SYS_irq_bind, IRQ, IRQ, 1), -EPERM);
	CHECK_EQ(sys(SYS_irq_bind, event, event, 1), -EPERM);
	CHECK_EQ(sys(SYS_irq_bind, IRQ, 99, 1), -EBADF);
	CHECK_EQ(sys(SYS_irq_bind, 99, event, 1), -EBADF);
	CHECK_EQ(sys(SYS_irq_ack, event), -EPERM);
	weak = curfew_handle_dup(event, CURFEW_RIGHT_ALL & ~CURFEW_RIGHT_SEND, CURFEW_HANDLE_FIRST, 0);
	NEED(weak >= 0);
	CHECK_EQ(sys(SYS_irq_bind, IRQ, weak, 1), -EPERM);
	CHECK_EQ(sys(SYS_handle_dup, IRQ, CURFEW_RIGHT_SEND), -EPERM);
}

/* Set by init alone, seen by every process; pid 1 runs this. */
TEST(time_of_day)
{
	static const uint64_t times[] = { 1000000000, 1600000000, 5 };
	struct timespec now;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		CHECK_EQ(sys(SYS_system_ctl, SYSTEM, CURFEW_SYSTEM_REALTIME, times[i] * 1000000000), 0);
		CHECK_EQ(clock_gettime(CLOCK_REALTIME, &now), 0);
		CHECK(now.tv_sec >= (time_t)times[i] && now.tv_sec < (time_t)times[i] + 5);
		CHECK_EQ(CHILD(CHECK(time(NULL) >= (time_t)times[i])), 0);
	}
	CHECK_EQ(sys(SYS_system_ctl, SYSTEM, 99, 0), -EINVAL);
}

/* --- who is spared when memory is gone --- */

TEST(spare_refuses)
{
	long writer = sys(SYS_handle_dup, SYSTEM, CURFEW_RIGHT_WRITE), vmo = sys(SYS_vmo_create, PAGE, 0);
	pid_t child = fork();

	if (child == 0)
		sys(SYS_sleep_until, CURFEW_FOREVER);
	NEED(child > 0 && writer >= 0 && vmo >= 0);
	CHECK_EQ(sys(SYS_system_ctl, 99, CURFEW_SYSTEM_SPARE, child), -EBADF);
	CHECK_EQ(sys(SYS_system_ctl, writer, CURFEW_SYSTEM_SPARE, child), -EPERM);
	CHECK_EQ(sys(SYS_system_ctl, vmo, CURFEW_SYSTEM_SPARE, child), -EPERM);
	CHECK_EQ(sys(SYS_system_ctl, SYSTEM, CURFEW_SYSTEM_SPARE, 0), -EINVAL);
	CHECK_EQ(sys(SYS_system_ctl, SYSTEM, CURFEW_SYSTEM_SPARE, -child), -EINVAL);
	CHECK_EQ(sys(SYS_system_ctl, SYSTEM, CURFEW_SYSTEM_SPARE, 1l << 32 | child), -EINVAL);
	CHECK_EQ(sys(SYS_system_ctl, SYSTEM, CURFEW_SYSTEM_SPARE, 0x7fffffff), -ESRCH);
	CHECK_EQ(sys(SYS_system_ctl, SYSTEM, CURFEW_SYSTEM_SPARE, child), 0);
	CHECK_EQ(sys(SYS_system_ctl, SYSTEM, CURFEW_SYSTEM_SPARE, child), 0);
	/* It can be killed like any other. */
	CHECK_EQ(sys(SYS_kill, child, SIGKILL), 0);
	CHECK_EQ(check_wait(child), SIGKILL);
	CHECK_EQ(sys(SYS_system_ctl, SYSTEM, CURFEW_SYSTEM_SPARE, child), -ESRCH);
}

enum { READY, GO, FULL }; /* in check_shared->words: who touches needs no other page; begin; tries that found no memory */

static uint32_t word(int which)
{
	return __atomic_load_n(&check_shared->words[which], __ATOMIC_ACQUIRE);
}

/* Takes all memory, and what comes back, into an object that nobody maps. */
static void take_memory(void)
{
	static const char one = 1;
	long vmo = sys(SYS_vmo_create, 1ul << 40, CURFEW_VMO_PAGES);

	NEED(vmo >= 0);
	while (!word(GO))
		sys(SYS_yield);
	for (size_t at = 0;;) {
		if (sys(SYS_vmo_write, vmo, at, &one, 1) == 1) {
			at += PAGE;
		} else {
			__atomic_fetch_add(&check_shared->words[FULL], 1, __ATOMIC_RELAXED);
			sys(SYS_yield);
		}
	}
}

/* Touches pages when there is no memory: is it still there? */
static void touch(bool by_call)
{
	char *p = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(p != MAP_FAILED);
	__atomic_store_n(&check_shared->words[READY], 1, __ATOMIC_RELEASE);
	while (word(FULL) < 100)
		sys(SYS_yield);
	if (by_call)
		CHECK_EQ(sys(SYS_log_read, p, 10, 0), 10);
	for (size_t i = 0; i < 64; i++)
		p[i * PAGE] = 1;
	_exit(5);
}

static void touch_pages(void) { touch(false); }
static void touch_by_call(void) { touch(true); }

static pid_t start(void (*run)(void), bool spared)
{
	pid_t pid = fork();

	if (pid == 0) {
		run();
		_exit(0);
	}
	NEED(pid > 0);
	if (spared)
		CHECK_EQ(sys(SYS_system_ctl, SYSTEM, CURFEW_SYSTEM_SPARE, pid), 0);
	return pid;
}

static void go(void)
{
	while (!word(READY))
		sys(SYS_yield);
	__atomic_store_n(&check_shared->words[GO], 1, __ATOMIC_RELEASE);
}

static void end(pid_t pid)
{
	CHECK_EQ(sys(SYS_kill, pid, SIGKILL), 0);
	CHECK_EQ(check_wait(pid), SIGKILL);
}

TEST(spared_outlives_who_has_the_memory)
{
	pid_t taker = start(take_memory, false), spared = start(touch_pages, true);

	go();
	CHECK_EQ(check_wait(spared), 5 << 8);
	CHECK_EQ(check_wait(taker), SIGKILL);
}

/* The kernel's touch for a call waits likewise. */
TEST(spared_has_its_calls_done)
{
	pid_t taker = start(take_memory, false), spared = start(touch_by_call, true);

	go();
	CHECK_EQ(check_wait(spared), 5 << 8);
	CHECK_EQ(check_wait(taker), SIGKILL);
}

TEST(who_is_not_spared_dies_of_its_own_fault)
{
	pid_t taker = start(take_memory, false), other = start(touch_pages, false);

	go();
	CHECK_EQ(check_wait(other), SIGKILL);
	end(taker);
}

static void have_a_child(void)
{
	int status = CHILD(touch_pages());

	_exit(status == SIGKILL ? 6 : 7);
}

TEST(child_of_a_spared_is_not)
{
	pid_t taker = start(take_memory, false), spared;

	spared = fork();
	if (spared == 0) {
		CHECK_EQ(sys(SYS_system_ctl, SYSTEM, CURFEW_SYSTEM_SPARE, getpid()), 0);
		have_a_child();
	}
	go();
	CHECK_EQ(check_wait(spared), 6 << 8);
	end(taker);
}

/* Nobody may go in its place: it does, not init. */
TEST(last_of_the_spared)
{
	pid_t taker = start(take_memory, true), spared = start(touch_pages, true);

	CHECK_EQ(sys(SYS_system_ctl, SYSTEM, CURFEW_SYSTEM_SPARE, getpid()), 0);
	go();
	CHECK_EQ(check_wait(spared), SIGKILL);
	end(taker);
}
