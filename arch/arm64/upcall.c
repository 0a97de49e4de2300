/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Upcalls: a thread's registers go on its user stack, and it goes on in a function of the program's instead; later they come
 * back.  What and when is signal.c's.
 *
 *   [old SP]      rounded down to 16; there is no red zone (AAPCS64 6.4.5.1)
 *   frame         struct curfew_signal_frame
 *   [new SP = x1]
 *
 * Nothing that comes back is trusted: of PSTATE the flags alone, which EL0 may set by itself; PC and SP are what EL0 may make of
 * them, and fault there if they are no good; FPCR and FPSR are EL0's own registers.
 */
#include <sys/errno.h>
#include <curfew/abi.h>
#include "arch/arm64/trap.h"
#include "kernel/preempt.h"
#include "kernel/string.h"
#include "kernel/thread.h"

/* SPSR_EL1 (C5.2.18) */
#define SPSR_NZCV  0xf0000000ull
#define SPSR_SS    (1ull << 21)
#define SPSR_IL    (1ull << 20)
#define SPSR_BTYPE (3ull << 10)

_Static_assert(sizeof(struct curfew_signal_frame) % 16 == 0, "the frame keeps SP aligned");
_Static_assert(sizeof(((struct curfew_signal_frame *)0)->v) == sizeof(((struct fpstate *)0)->v), "V0-V31");

/* Where the frame goes; wraps below 0 for an SP that is no good, which the copy finds out. */
static uint64_t place(const struct trapframe *f, const struct upcall *u)
{
	uint64_t top = f->sp;

	if (u->stack_size && !(top > u->stack_base && top - u->stack_base <= u->stack_size))
		top = u->stack_base + u->stack_size;
	return (top - sizeof(struct curfew_signal_frame)) & -16ull;
}

static void save_fp(struct curfew_signal_frame *to)
{
	struct thread *t = current();

	preempt_disable();
	fp_save(&t->fp);
	memcpy(to->v, t->fp.v, sizeof(to->v));
	to->fpcr = t->fp.fpcr;
	to->fpsr = t->fp.fpsr;
	preempt_enable();
}

/* The state goes where a switch would save it, and from there to the registers, before a switch could save them over it. */
static void load_fp(const struct curfew_signal_frame *from)
{
	struct thread *t = current();

	preempt_disable();
	memcpy(t->fp.v, from->v, sizeof(from->v));
	t->fp.fpcr = from->fpcr;
	t->fp.fpsr = from->fpsr;
	fp_restore(&t->fp);
	preempt_enable();
}

int upcall_push(struct trapframe *f, const struct upcall *u)
{
	struct thread *t = current();
	uint64_t at = place(f, u);
	struct curfew_signal_frame frame = {
		.sp = f->sp, .pc = f->pc, .pstate = f->pstate,
		.mask = u->mask, .blocked = u->blocked, .signal = u->signal, .code = u->code,
		.address = u->address, .syndrome = u->syndrome,
	};

	memcpy(frame.x, f->x, sizeof(frame.x));
	save_fp(&frame);
	/* It has not moved since a call returned that: the call can be made again. */
	if (u->code == CURFEW_SIGNAL_SENT && t->interrupted_pc == f->pc && f->x[0] == (uint64_t)-EINTR) {
		frame.interrupted = 1;
		frame.x0 = t->interrupted_x0;
	}
	t->interrupted_pc = 0;
	if (copy_to_user(at, &frame, sizeof(frame)))
		return -EFAULT;
	f->x[0] = u->signal;
	f->x[1] = at;
	f->sp = at;
	f->pc = u->entry;
	f->pstate &= ~(SPSR_SS | SPSR_IL | SPSR_BTYPE);
	return 0;
}

int upcall_return(struct trapframe *f, uint64_t at, uint64_t *mask)
{
	struct curfew_signal_frame frame;
	int error = copy_from_user(&frame, at, sizeof(frame));

	if (error)
		return error;
	memcpy(f->x, frame.x, sizeof(f->x));
	f->sp = frame.sp;
	f->pc = frame.pc;
	f->pstate = (f->pstate & ~SPSR_NZCV) | (frame.pstate & SPSR_NZCV);
	load_fp(&frame);
	current()->interrupted_pc = 0; /* whatever it goes back to has returned already */
	*mask = frame.mask;
	return 0;
}
