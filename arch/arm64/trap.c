/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions, second half: what they mean and whom they go to.
 *
 *   EL0 SVC          -> syscall_dispatch()
 *   EL0 aborts       -> vm_fault(), else SIGSEGV or SIGBUS: to its handler, or the process dies of it
 *   EL0 other        -> SIGILL, SIGTRAP, SIGBUS or SIGFPE, likewise
 *   EL1 data abort   -> in usercopy.S: vm_fault(), else -EFAULT; anywhere else: panic
 *   IRQ              -> irq_dispatch(), then a switch if one is due
 *
 * All run on the thread's kernel stack.  Interrupts are masked on entry; syscalls and faults unmask them.
 */
#include <signal.h>
#include <sys/errno.h>
#include "arch/arm64/cpu.h"
#include "arch/arm64/devices.h"
#include "arch/arm64/mmu.h"
#include "arch/arm64/trap.h"
#include "kernel/counters.h"
#include "kernel/fp.h"
#include "kernel/log.h"
#include "kernel/oom.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "kernel/thread.h"
#include "kernel/wait.h"
#include "mm/kmap.h"
#include "mm/page.h"
#include "mm/vmspace.h"

/* ESR_ELx.EC (D17.2.37) */
#define EC(esr)          ((esr) >> 26 & 0x3f)
#define EC_UNKNOWN       0x00
#define EC_FP            0x07
#define EC_ILLEGAL       0x0e
#define EC_SVC64         0x15
#define EC_SYSREG        0x18
#define EC_IABORT_LOWER  0x20
#define EC_PC_ALIGN      0x22
#define EC_DABORT_LOWER  0x24
#define EC_DABORT_SAME   0x25
#define EC_SP_ALIGN      0x26
#define EC_FP_EXCEPTION  0x2c
#define EC_BREAKPOINT    0x30
#define EC_STEP          0x32
#define EC_WATCHPOINT    0x34
#define EC_BRK           0x3c

#define ISS_WNR          (1u << 6)
#define ISS_CM           (1u << 8)
/* Fault status: translation, access flag and permission faults of any level are 0x04 to 0x0f; what else there is (alignment,
 * external abort, TLB conflict) no page table can mend. */
#define FSC_IS_MMU(esr)  (((esr) & 0x3f) >= 0x04 && ((esr) & 0x3f) <= 0x0f)

#define FSC_IS_CONFLICT(esr) (((esr) & 0x3f) == 0x30)

#define SPSR_I           0x80

extern const char usercopy_begin[], usercopy_end[], usercopy_fault[];

/* A stretch of user time ends, one of system time begins; and the other way round. */
static inline void account_enter(struct thread *t)
{
	uint64_t now = read_sysreg(cntvct_el0);

	t->user_ticks += now - t->stamp;
	t->stamp = now;
}

/* Interrupts masked from here to ERET, so that no work can come in between unseen. */
static inline void leave_to_user(struct thread *t, struct trapframe *f)
{
	uint64_t now;

	irq_disable();
	if (__builtin_expect(__atomic_load_n(&t->head.work, __ATOMIC_RELAXED), 0))
		user_work(f);
	DEBUG_ASSERT_RULE("I2", pmap_is_loaded(&t->vmspace->pmap));
	check_user_return();
	now = read_sysreg(cntvct_el0);
	t->system_ticks += now - t->stamp;
	t->stamp = now;
}

static unsigned abort_access(uint64_t esr)
{
	if (EC(esr) == EC_IABORT_LOWER)
		return MMU_EXECUTE;
	/* Cache maintenance reports itself as a write, but needs only to read (D17.2.37, CM). */
	return (esr & (ISS_WNR | ISS_CM)) == ISS_WNR ? MMU_WRITE : MMU_READ;
}

static void die(struct trapframe *f, uint64_t esr, uint64_t far, int sig)
{
	count(FAULT_KILL);
	kprintf("%s[%d]: signal %d at pc %lx, far %lx, esr %lx\n",
		current()->process->name, current()->tid, sig, f->pc, far, esr);
	process_exit_signal(sig);
}

/* A fault in EL0: the signal that it ends in; 0: none, or try again.  Without memory the process dies; for a spared one another does. */
static int fault_signal(uint64_t far, unsigned access)
{
	uint64_t since = current()->stamp;
	int error = vm_fault(far, access);

	if (error == -ENOMEM && oom_make_room(since)) {
		oom_await_room(); /* if it is killed meanwhile, it does not come back to EL0 */
		return 0;
	}
	return vm_fault_signal(error);
}

static void user_fault(struct trapframe *f, uint64_t esr, uint64_t far)
{
	int sig = 0;

	count(EXCEPTIONS);
	switch (EC(esr)) {
	case EC_IABORT_LOWER:
	case EC_DABORT_LOWER:
		if (FSC_IS_MMU(esr))
			sig = fault_signal(far, abort_access(esr));
		else if (FSC_IS_CONFLICT(esr))
			tlb_all_local(); /* see mended(); it comes again if this is another CPU by now */
		else
			sig = SIGBUS;
		break;
	case EC_PC_ALIGN:
	case EC_SP_ALIGN:
		sig = SIGBUS;
		break;
	case EC_BRK:
	case EC_BREAKPOINT:
	case EC_STEP:
	case EC_WATCHPOINT:
		sig = SIGTRAP;
		break;
	case EC_FP_EXCEPTION:
		sig = SIGFPE;
		break;
	default:
		sig = SIGILL;
	}
	if (sig && !signal_fault(f, sig, far, esr))
		die(f, esr, far, sig);
}

void trap_el0_sync(struct trapframe *f, uint64_t esr)
{
	struct thread *t = current();
	uint64_t far;

	if (__builtin_expect(EC(esr) == EC_SVC64, 1)) {
		account_enter(t);
		irq_enable();
		syscall_dispatch(f);
	} else if (EC(esr) == EC_FP) {
		account_enter(t);
		fp_first_use(t);
	} else {
		account_enter(t);
		far = read_sysreg(far_el1);
		irq_enable();
		user_fault(f, esr, far);
	}
	leave_to_user(t, f);
}

void trap_el0_irq(struct trapframe *f)
{
	struct thread *t = current();

	account_enter(t);
	irq_dispatch(f);
	leave_to_user(t, f);
}

/*
 * A data abort of the kernel's that is nobody's fault: after a change of block size without a break (T9, FEAT_BBM level 2) this TLB
 * may hold the block and a page of it.  Uses nothing but the stack, since anything else may be what conflicts.
 */
static bool mended(struct trapframe *f, uint64_t esr, uint64_t far)
{
	if (EC(esr) != EC_DABORT_SAME)
		return false;
	if (FSC_IS_CONFLICT(esr)) {
		tlb_all_local();
		return true;
	}
	if (kmap_is_off(far))
		panic_trap(f, "use after free of frame %lx: far %lx, pc %lx", va_to_pa((void *)far) & -(uint64_t)PAGE_SIZE,
			   far, f->pc);
	return false;
}

/* A fault in a copy: 0, tried again, or an error.  No lock is held here, and no client of a message (message_take_data()). */
static int kernel_fault(uint64_t far, unsigned access)
{
	uint64_t since = read_sysreg(cntvct_el0);
	int error = vm_fault(far, access);

	return error == -ENOMEM && oom_make_room(since) ? oom_await_room() : error;
}

void trap_el1_sync(struct trapframe *f, uint64_t esr)
{
	uint64_t far = read_sysreg(far_el1);
	int error;

	if (EC(esr) != EC_DABORT_SAME ||
	    f->pc < (uint64_t)usercopy_begin || f->pc >= (uint64_t)usercopy_end) {
		if (mended(f, esr, far))
			return;
		panic_trap(f, "unexpected exception in the kernel: esr %lx, far %lx, pc %lx", esr, far, f->pc);
	}

	count(EXCEPTIONS);
	if (f->pstate & SPSR_I || current_head()->preempt_count || far >= USER_TOP || !FSC_IS_MMU(esr)) {
		if (mended(f, esr, far))
			return;
		error = -1; /* under a spinlock the copy just fails: futex_wait() does it again without */
	} else {
		irq_enable();
		error = kernel_fault(far, abort_access(esr));
		irq_disable();
	}
	if (error)
		f->pc = (uint64_t)usercopy_fault;
}

void trap_el1_irq(struct trapframe *f)
{
	struct thread_head *t = current_head();

	irq_dispatch(NULL);
	if (t->work & TW_RESCHED && t->preempt_count == 0)
		sched_preempt();
}

void trap_bad(struct trapframe *f, uint64_t esr, uint64_t which)
{
	panic_trap(f, "exception %lu that must not happen: esr %lx, far %lx", which, esr, read_sysreg(far_el1));
}

void trap_stack_overflow(struct trapframe *f, uint64_t esr)
{
	panic_trap(f, "kernel stack overflow: sp %lx, esr %lx, far %lx", f->sp, esr, read_sysreg(far_el1));
}

void user_work(struct trapframe *f)
{
	struct thread_head *t = current_head();
	uint32_t work;

	while ((work = __atomic_load_n(&t->work, __ATOMIC_ACQUIRE))) {
		if (work & TW_KILL) {
			irq_enable();
			thread_exit();
		}
		if (work & TW_SIGNAL) {
			irq_enable();
			signal_deliver(f);
			irq_disable();
		}
		if (work & TW_MIGRATE)
			sched_migrate();
		if (work & TW_RESCHED)
			sched_preempt();
		irq_disable();
	}
}
