/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What messages, events and interrupts take: the server is a process of its own.
 *
 *   words    a call and its reply of eight words: send, and reply_receive at the server, which waits
 *   bytes    the same with 4 KiB that are copied to the server, and 4 KiB back
 *   bytes64k the same with 64 KiB: more than goes the short way
 *   event    from a signal to the server of higher priority that waits for it in receive
 *   irq      from an interrupt to its driver, of higher priority, that waits for it in receive
 *
 * The first three are whole rounds.  Their loops are written out, so that what is not the kernel's is known: 7 and 9
 * instructions a round.  The other two are from one look at the counter to one at the other side: 3 instructions are not
 * the kernel's.  The counter goes up once in several nanoseconds, 16 with QEMU, so rounds begin at all distances from that,
 * and the mean is exact.
 *
 * The interrupt is that of the real-time clock, an Arm PL031 (DDI 0224), that nothing else uses: it is raised by
 * unmasking it there.
 */
#include <curfew/message.h>
#include <curfew/sys.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "util.h"

#define PAGE 4096
#define LARGE (16 * PAGE)
#define HIGHER 20 /* priority: 16 is usual */
#define BIT_WORK 1u
#define BIT_END  2u

/* What the two processes of an event share. */
static struct shared {
	volatile uint64_t began; /* counter */
	volatile uint64_t ticks; /* sum of the rounds */
} *shared;

static inline uint64_t counter(void)
{
	uint64_t ticks;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
	return ticks;
}

static void *pages(size_t size, int how)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, how | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

/* --- calls --- */

#define CLOBBERED "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory", "cc"

/* `count` calls with n bytes each way, those that come behind those that go.  0, or -errno. */
static long call(long session, long count, char *bytes, uint64_t n)
{
	register uint64_t x0 __asm__("x0"), x1 __asm__("x1"), x2 __asm__("x2");
	register uint64_t x3 __asm__("x3") = n, x4 __asm__("x4") = (uint64_t)bytes + n, x5 __asm__("x5") = n;
	register uint64_t x6 __asm__("x6") = CURFEW_FOREVER, x7 __asm__("x7") = 0, x8 __asm__("x8") = SYS_send;

	__asm__ volatile(
		"1:	mov x0, %[session]\n"
		"	mov x1, #0\n"
		"	mov x2, %[bytes]\n"
		"	svc #0\n"
		"	cbnz x0, 2f\n"
		"	subs %[count], %[count], #1\n"
		"	b.ne 1b\n"
		"2:\n"
		: [count] "+r"(count), "=&r"(x0), "=&r"(x1), "=&r"(x2)
		: [session] "r"(session), [bytes] "r"(bytes), "r"(x3), "r"(x4), "r"(x5), "r"(x6), "r"(x7), "r"(x8)
		: CLOBBERED);
	return (long)x0;
}

/* Answers calls with n bytes.  What ended that: CURFEW_RECEIVED_*, or -errno. */
static long serve(long channel, uint64_t token, char *buffer, uint64_t n)
{
	register uint64_t x0 __asm__("x0"), x1 __asm__("x1"), x2 __asm__("x2") = token, x3 __asm__("x3"), x4 __asm__("x4");
	register uint64_t x5 __asm__("x5"), x6 __asm__("x6"), x7 __asm__("x7"), x8 __asm__("x8") = SYS_reply_receive;
	register uint64_t x9 __asm__("x9") = 0;

	__asm__ volatile(
		"1:	mov x0, %[channel]\n"
		"	mov x1, #0\n"
		"	mov x3, %[buffer]\n"
		"	mov x4, %[n]\n"
		"	mov x5, %[buffer]\n"
		"	mov x6, %[n]\n"
		"	mov x7, #-1\n" /* CURFEW_FOREVER */
		"	svc #0\n"
		"	cbz x0, 1b\n"
		: "=&r"(x0), "=&r"(x1), "+&r"(x2), "=&r"(x3), "=&r"(x4), "=&r"(x5), "=&r"(x6), "=&r"(x7)
		: [channel] "r"(channel), [buffer] "r"(buffer), [n] "r"(n), "r"(x8), "r"(x9)
		: CLOBBERED);
	return (long)x0;
}

static void try_calls(int session, long count, char *bytes, uint64_t n)
{
	if (curfew_result(call(session, count, bytes, n)) < 0)
		die("send");
}

/* The end of a server: with the same error as the call that failed, in errno. */
static _Noreturn void leave(const char *what)
{
	_exit(fail("bench", what));
}

static uint64_t time_calls(long count, uint64_t n)
{
	int channel = curfew_channel_create(), session = curfew_session_create(channel, 1);
	struct curfew_received received;
	uint64_t cpus = stay_on_one_cpu(), start, ns;
	char *bytes = pages(2 * LARGE, MAP_PRIVATE);
	pid_t pid;

	if (session < 0)
		die("session");
	pid = fork();
	if (pid == 0) {
		curfew_handle_close(session);
		if (curfew_receive(channel, &received, bytes, n, 0, CURFEW_FOREVER))
			leave("receive");
		if (serve(channel, received.token, bytes, n) != CURFEW_RECEIVED_CLOSED)
			leave("reply");
		_exit(0);
	}
	curfew_handle_close(channel);
	try_calls(session, 8, bytes, n); /* pages are there, FP registers are left alone */
	start = curfew_now();
	try_calls(session, count, bytes, n);
	ns = curfew_now() - start;
	curfew_handle_close(session);
	reap(pid);
	munmap(bytes, 2 * LARGE);
	curfew_set_affinity(0, cpus);
	return ns;
}

uint64_t time_words(long count)
{
	return time_calls(count, 0);
}

uint64_t time_bytes(long count)
{
	return time_calls(count, PAGE);
}

uint64_t time_bytes64k(long count)
{
	return time_calls(count, LARGE);
}

/* --- events and interrupts --- */

static uint64_t nanoseconds(uint64_t ticks)
{
	return (uint64_t)((unsigned __int128)ticks * 1000000000u / curfew_shared()->cntfrq);
}

/* 0 to 31 times two instructions, at random. */
static inline void wait_a_little(uint32_t *state)
{
	uint64_t n;

	*state = *state * 1103515245 + 12345;
	n = (*state >> 16 & 31) + 1;
	__asm__ volatile("1: subs %0, %0, #1\n b.ne 1b" : "+r"(n) : : "cc");
}

/* Receives; the counter as soon as it has. */
static inline uint64_t receive_event(long channel, uint64_t *bits)
{
	register uint64_t x0 __asm__("x0") = channel, x1 __asm__("x1") = 0, x2 __asm__("x2"), x3 __asm__("x3"), x4 __asm__("x4");
	register uint64_t x5 __asm__("x5") = 0, x6 __asm__("x6") = 0, x7 __asm__("x7") = CURFEW_FOREVER;
	register uint64_t x8 __asm__("x8") = SYS_receive, x9 __asm__("x9") = 0;
	uint64_t ticks;

	__asm__ volatile("svc #0\n\t mrs %[ticks], cntvct_el0\n\t mov x2, x10"
		: [ticks] "=&r"(ticks), "+r"(x0), "+r"(x1), "=&r"(x2), "=&r"(x3), "=&r"(x4), "+r"(x5), "+r"(x6), "+r"(x7)
		: "r"(x8), "r"(x9) : CLOBBERED);
	if (x0 != CURFEW_RECEIVED_EVENT)
		leave("receive");
	*bits = x2;
	return ticks;
}

/* Waits in receive for `event`, until its last bit; after each, `mask` is cleared, and `irq` acknowledged (-1: none). */
static _Noreturn void wait_for_events(int channel, int event, int ready, volatile uint32_t *mask, int irq)
{
	uint64_t ticks = 0, bits = 0;

	if (curfew_set_priority(0, HIGHER) < 0 || curfew_event_bind(event, channel, 1))
		leave("event");
	if (irq >= 0 && curfew_irq_bind(irq, event, BIT_WORK))
		leave("interrupt");
	curfew_event_signal(ready, 1); /* it is of lower priority: next, this waits */
	for (;;) {
		uint64_t now = receive_event(channel, &bits);

		if (bits & BIT_END)
			break;
		ticks += now - shared->began;
		if (irq >= 0) {
			*mask = 0;
			curfew_irq_ack(irq);
		}
	}
	shared->ticks = ticks;
	_exit(0);
}

/* Each round begins with what raises the event. */
static uint64_t time_events(long count, volatile uint32_t *mask, int irq)
{
	int channel = curfew_channel_create(), event = curfew_event_create(), ready = curfew_event_create();
	uint64_t cpus = stay_on_one_cpu(), ticks;
	uint32_t random = 1, bits;
	pid_t pid;

	shared = pages(PAGE, MAP_SHARED);
	if (channel < 0 || event < 0 || ready < 0)
		die("event");
	pid = fork();
	if (pid == 0)
		wait_for_events(channel, event, ready, mask, irq);
	curfew_handle_close(channel);
	if (curfew_event_wait(ready, 1, CURFEW_FOREVER, &bits))
		die("event");
	for (long i = 0; i < count; i++) {
		register uint64_t x0 __asm__("x0") = (uint64_t)event, x1 __asm__("x1") = BIT_WORK, x8 __asm__("x8") = SYS_event_signal;
		uint64_t now;

		wait_a_little(&random);
		if (irq < 0)
			__asm__ volatile("mrs %[now], cntvct_el0\n\t str %[now], [%[began]]\n\t svc #0"
				: [now] "=&r"(now), "+r"(x0) : "r"(x1), "r"(x8), [began] "r"(&shared->began) : "memory", "cc");
		else
			__asm__ volatile("mrs %[now], cntvct_el0\n\t str %[now], [%[began]]\n\t str %w[one], [%[mask]]"
				: [now] "=&r"(now) : [one] "r"(1), [mask] "r"(mask), [began] "r"(&shared->began) : "memory");
	}
	if (curfew_event_signal(event, BIT_END))
		die("event");
	reap(pid);
	if (irq >= 0)
		curfew_irq_bind(irq, -1, 0);
	ticks = shared->ticks;
	munmap(shared, PAGE);
	curfew_handle_close(event);
	curfew_handle_close(ready);
	curfew_set_affinity(0, cpus);
	return nanoseconds(ticks);
}

uint64_t time_event(long count)
{
	return time_events(count, NULL, -1);
}

/* The clock's registers, in words. */
enum { DATA = 0, MATCH = 1, MASK = 4, RAW = 5, CLEAR = 7 };

uint64_t time_irq(long count)
{
	long at = curfew_syscall(SYS_mmap, 0, PAGE, CURFEW_PROT_READ | CURFEW_PROT_WRITE, CURFEW_MAP_SHARED, CURFEW_HANDLE_CLOCK, 0);
	volatile uint32_t *clock = (volatile uint32_t *)at;
	uint64_t ns;

	if (curfew_result(at) < 0)
		die("irq: the clock's registers");
	clock[MASK] = 0;
	while (!(clock[RAW] & 1))
		clock[MATCH] = clock[DATA]; /* the alarm comes now, or is missed if the second ends */
	ns = time_events(count, &clock[MASK], CURFEW_HANDLE_CLOCK_IRQ);
	clock[CLEAR] = 1;
	munmap((void *)at, PAGE);
	return ns;
}
