/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages (<curfew/message.h>): the system calls whose arguments are in more
 * registers than six.
 *
 * The eight words go to and from x10-x17 inside the assembly: as operands they
 * would be more than a statement can have.  Nothing is done between the loads, the
 * SVC and the stores, so a message of words costs the library some forty instructions.
 */
#include <curfew/message.h>

#include "session.h"

#define LOAD_WORDS(from)                    \
	"ldp x10, x11, [%[" from "]]\n\t"       \
	"ldp x12, x13, [%[" from "], #16]\n\t"  \
	"ldp x14, x15, [%[" from "], #32]\n\t"  \
	"ldp x16, x17, [%[" from "], #48]\n\t"
#define STORE_WORDS(to)                     \
	"stp x10, x11, [%[" to "]]\n\t"         \
	"stp x12, x13, [%[" to "], #16]\n\t"    \
	"stp x14, x15, [%[" to "], #32]\n\t"    \
	"stp x16, x17, [%[" to "], #48]\n\t"
#define WORDS "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17"

_Static_assert(CURFEW_MESSAGE_WORDS == 8, "x10-x17");

long __curfew_send(int session, struct curfew_call *call)
{
	register long x0 __asm__("x0") = session;
	register size_t x1 __asm__("x1") = call->pass;
	register uint64_t x2 __asm__("x2") = (uint64_t)call->out;
	register size_t x3 __asm__("x3") = call->out_length;
	register void *x4 __asm__("x4") = call->in;
	register size_t x5 __asm__("x5") = call->in_size;
	register uint64_t x6 __asm__("x6") = call->deadline;
	register struct curfew_transfer *x7 __asm__("x7") = call->handle;
	register long x8 __asm__("x8") = SYS_send;

	__asm__ volatile(LOAD_WORDS("word") "svc #0\n\t" STORE_WORDS("word")
		: "+r"(x0), "+r"(x1), "+r"(x2)
		: "r"(x3), "r"(x4), "r"(x5), "r"(x6), "r"(x7), "r"(x8), [word] "r"(call->word)
		: WORDS, "memory", "cc");
	call->in_length = x1;
	call->came = (uint32_t)x2;
	return x0;
}

int curfew_send(int session, struct curfew_call *call)
{
	return (int)curfew_result(__curfew_send(session, call));
}

/* SYS_receive and SYS_reply_receive.  The words at `words` and `received->handle` are those of the answer, if there is one. */
static inline int receive(long number, int channel, uint32_t counts, const uint64_t *words, uint64_t token, const void *out,
	size_t out_length, struct curfew_received *received, void *buffer, size_t size, uint64_t deadline)
{
	register long x0 __asm__("x0") = channel;
	register uint64_t x1 __asm__("x1") = counts;
	register uint64_t x2 __asm__("x2") = token;
	register uint64_t x3 __asm__("x3") = (uint64_t)out;
	register size_t x4 __asm__("x4") = out_length;
	register uint64_t x5 __asm__("x5") = (uint64_t)buffer;
	register uint64_t x6 __asm__("x6") = size;
	register uint64_t x7 __asm__("x7") = deadline;
	register long x8 __asm__("x8") = number;
	register struct curfew_transfer *x9 __asm__("x9") = received->handle;

	__asm__ volatile(LOAD_WORDS("from") "svc #0\n\t" STORE_WORDS("to")
		: "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6), "+r"(x7)
		: "r"(x8), "r"(x9), [from] "r"(words), [to] "r"(received->word)
		: WORDS, "memory", "cc");
	received->label = x1;
	received->token = x2;
	received->out_length = x3;
	received->in_size = x4;
	received->copied = x5;
	received->came = (uint32_t)x6;
	received->pid = (pid_t)x7;
	return (int)curfew_result(x0);
}

int curfew_receive(int channel, struct curfew_received *received, void *buffer, size_t size, uint32_t take,
	uint64_t deadline)
{
	return receive(SYS_receive, channel, take, received->word, 0, NULL, 0, received, buffer, size, deadline);
}

int curfew_reply_receive(int channel, const struct curfew_answer *answer, struct curfew_received *received,
	void *buffer, size_t size, uint32_t take, uint64_t deadline)
{
	/* One array holds the handles that go, then those that come. */
	if (answer->pass > 0) {
		for (int i = 0; i < CURFEW_MESSAGE_HANDLES; i++)
			received->handle[i] = answer->handle[i];
	}
	return receive(SYS_reply_receive, channel, answer->pass | take, answer->word, answer->token, answer->out,
		answer->out_length, received, buffer, size, deadline);
}

int curfew_reply(int channel, const struct curfew_answer *answer)
{
	register long x0 __asm__("x0") = channel;
	register uint64_t x1 __asm__("x1") = answer->pass;
	register uint64_t x2 __asm__("x2") = answer->token;
	register const void *x3 __asm__("x3") = answer->out;
	register size_t x4 __asm__("x4") = answer->out_length;
	register long x8 __asm__("x8") = SYS_reply;
	register const struct curfew_transfer *x9 __asm__("x9") = answer->handle;

	/* It shares its registers with the other two: what it does not name may come back changed. */
	__asm__ volatile(LOAD_WORDS("word") "svc #0\n\t"
		: "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4)
		: "r"(x8), "r"(x9), [word] "r"(answer->word)
		: "x5", "x6", "x7", WORDS, "memory", "cc");
	return (int)curfew_result(x0);
}

int curfew_event_wait(int event, uint32_t mask, uint64_t deadline, uint32_t *bits)
{
	long result = curfew_syscall(SYS_event_wait, event, mask, deadline);

	if (result < 0)
		return (int)curfew_result(result);
	*bits = (uint32_t)result;
	return 0;
}
