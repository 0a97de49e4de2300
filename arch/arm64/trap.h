/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H
/*
 * Exceptions.  The vectors save the interrupted registers as a struct trapframe on the kernel stack and call one of
 * the trap_* functions here; what generic code is called back with is declared at the end.
 */
#include <stdbool.h>
#include <stdint.h>

struct trapframe {
	uint64_t x[31];
	uint64_t sp;     /* SP_EL0 from EL0; the kernel's SP before the exception from EL1 */
	uint64_t pc;     /* ELR_EL1 */
	uint64_t pstate; /* SPSR_EL1 */
};

/* What a thread's kernel context keeps over a switch (switch.S): x19-x30 and SP are on its stack. */
struct fpstate {
	__uint128_t v[32];
	uint32_t fpcr, fpsr;
};

struct thread;

/* From vectors.S */
void trap_el0_sync(struct trapframe *f, uint64_t esr);
void trap_el0_irq(struct trapframe *f);
void trap_el1_sync(struct trapframe *f, uint64_t esr);
void trap_el1_irq(struct trapframe *f);
_Noreturn void trap_bad(struct trapframe *f, uint64_t esr, uint64_t which);
_Noreturn void trap_stack_overflow(struct trapframe *f, uint64_t esr);

/* switch.S: saves the callee-saved registers on prev's stack, and goes on where next left off; returns prev there. */
struct thread *context_switch(struct thread *prev, struct thread *next);
/* The same, but prev keeps nothing: its next switch goes on in thread_entry_message with SP at its frame.  prev may be next. */
_Noreturn void context_switch_resume(struct thread *prev, struct thread *next, struct trapframe *frame);
/* First instructions of a new thread: finishes the switch, then thread_start's body or the way to EL0. */
void thread_entry_kernel(void);
void thread_entry_user(void);
void thread_entry_message(void);
void fp_save(struct fpstate *fp);
void fp_restore(const struct fpstate *fp);

/* The end of a direct switch in a system call: prev sleeps, and goes on in thread_entry_message if it is woken the long way; next's
 * frame is complete, and it goes on with that.  Then *lock, the run queue's, is free. */
_Noreturn void message_switch(struct thread *prev, struct thread *next, struct trapframe *next_frame, uint32_t *lock,
			      struct trapframe *prev_frame);
/* The same for a prev that is only interrupted: it goes on in thread_entry_user. */
_Noreturn void preempt_switch(struct thread *prev, struct thread *next, struct trapframe *next_frame, uint32_t *lock,
			      struct trapframe *prev_frame);

/* Defined by the kernel. */
void syscall_dispatch(struct trapframe *f);
/* Looks at TW_* flags until there are none; called with interrupts masked on the way to EL0. */
void user_work(struct trapframe *f);

/* What an upcall shall do (upcall.c): go to `entry` with x0 = signal, x1 = the frame, on the stack given unless it is there already. */
struct upcall {
	uint64_t entry;
	uint64_t stack_base, stack_size; /* size 0: on the stack where it is */
	uint64_t mask, blocked, address, syndrome;
	uint32_t signal, code;           /* these are for the frame alone: see struct curfew_signal_frame */
};
/* Of the current thread, no lock held.  -EFAULT: the frame cannot be written, or read, and nothing was changed. */
int upcall_push(struct trapframe *f, const struct upcall *u);
int upcall_return(struct trapframe *f, uint64_t frame, uint64_t *mask);

/* User memory.  0, or -EFAULT with part of it copied.  May sleep (a page may have to be brought in); no spinlock held. */
int copy_from_user(void *to, uint64_t from, uint64_t n);
int copy_to_user(uint64_t to, const void *from, uint64_t n);
/* Length of a string without its NUL, which is copied too; -EFAULT, -ENAMETOOLONG when it does not end within n. */
int64_t copy_string_from_user(char *to, uint64_t from, uint64_t n);
int load_user_u32(uint64_t from, uint32_t *value);

#endif
