/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Panic: the kernel found itself wrong.  The first CPU that comes stops the others and says what it knows; then QEMU ends with
 * status 100 if a test harness listens (boot argument `report`), else everything stands still, so that a person can read.
 *
 * It works in any context, because it asks for little: the log is entered without its lock (log_panic()), stacks are walked with checks
 * (backtrace.c), the message is printed before anything is read that may be broken.  A panic inside a panic prints its
 * message and ends; one inside that ends.
 */
#include "kernel/panic.h"
#include "arch/arm64/backtrace.h"
#include "arch/arm64/cpu.h"
#include "arch/arm64/devices.h"
#include "arch/arm64/layout.h"
#include "boot/platform.h"
#include "kernel/percpu.h"
#include "kernel/process.h"
#include "kernel/system.h"
#include "kernel/thread.h"
#include "buildid.h"

#define PANIC_STATUS 100
#define MAX_FRAMES   24

#define PSTATE_EL_MASK 0xcu /* SPSR_EL1.M[3:2]: exception level */

bool panicking;

static struct thread *panic_owner; /* (a) set once: the thread that prints */
static unsigned panic_depth;       /* the owner's: panics inside the panic */

void panic_stop(void)
{
	irq_disable();
	for (;;)
		cpu_wfi();
}

/* Takes the console for this CPU; stays here if another one has it. */
void panic_begin(void)
{
	struct thread *nobody = NULL;

	irq_disable();
	if (!__atomic_compare_exchange_n(&panic_owner, &nobody, current(), false, __ATOMIC_RELAXED, __ATOMIC_RELAXED) &&
	    nobody != current())
		panic_stop();
	if (panic_depth++)
		return;
	__atomic_store_n(&panicking, true, __ATOMIC_RELAXED);
	if (cpus_online > 1)
		ipi_send_others(IPI_STOP);
	log_panic();
}

_Noreturn void panic_end(void)
{
	char value[8];

	if (bootarg("report", value, sizeof(value)))
		semihost_exit(PANIC_STATUS);
	for (;;)
		cpu_wfi();
}

static void print_message(const char *fmt, va_list ap)
{
	char message[256];

	kvsnprintf(message, sizeof(message), fmt, ap);
	kprintf("%s: %s\n", panic_depth > 1 ? "panic inside the panic" : "panic", message);
}

static void print_where(void)
{
	const struct thread *t = current();
	const struct process *p = t->process;

	kprintf("cpu %u, thread %d at %p", this_cpu()->id, t->tid, (const void *)t);
	if (p)
		kprintf(", process %d (%.*s)\n", p->pid, (int)sizeof(p->name), p->name);
	else
		kprintf(", kernel thread\n");
}

static void print_registers(const struct trapframe *f)
{
	for (unsigned i = 0; i < 31; i += 3) {
		for (unsigned j = i; j < i + 3 && j < 31; j++)
			kprintf("%s%u %016lx ", j < 10 ? " x" : "x", j, f->x[j]);
		kprintf("\n");
	}
	kprintf(" sp %016lx  pc %016lx  pstate %lx\n", f->sp, f->pc, f->pstate);
}

/* The chain from `fp` on, `pc` first unless it is 0, and a line that turns it into names. */
static void print_backtrace(uint64_t pc, uint64_t fp)
{
	uint64_t address[MAX_FRAMES];
	unsigned n = 0;

	if (pc)
		address[n++] = pc;
	n += backtrace_walk(fp, address + n, MAX_FRAMES - n);
	panic_addresses(address, n);
}

/* For scripts/run, which knows the names. */
static void report_addresses(const uint64_t *address, unsigned n)
{
	char line[MAX_FRAMES * 17 + 16];
	size_t at = 0;

	if (!system_reports() || !n)
		return;
	at = ksnprintf(line, sizeof(line), "addresses");
	for (unsigned i = 0; i < n && i < MAX_FRAMES; i++)
		at += ksnprintf(line + at, sizeof(line) - at, " %lx", address[i]);
	at += ksnprintf(line + at, sizeof(line) - at, "\n");
	semihost_write(line, at);
}

void panic_addresses(const uint64_t *address, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		kprintf("  #%u %016lx\n", i, address[i]);
	kprintf("addr2line -fipe %s/curfew.elf", BUILD_FOLDER);
	for (unsigned i = 0; i < n; i++)
		kprintf(" %lx", address[i]);
	kprintf("\n");
	report_addresses(address, n);
}

static void print_user_frame(void)
{
	struct thread *t = current();
	const struct trapframe *f;

	if (!t->process)
		return;
	f = thread_user_frame(t);
	kprintf("last left user code at pc %016lx, sp %016lx, x30 %016lx, x8 %lx\n", f->pc, f->sp, f->x[30], f->x[8]);
}

void panic_where(void)
{
	print_where();
	print_backtrace(0, (uint64_t)__builtin_frame_address(0));
	print_user_frame();
}

void panic(const char *fmt, ...)
{
	va_list ap;

	panic_begin();
	va_start(ap, fmt);
	if (panic_depth <= 2)
		print_message(fmt, ap);
	va_end(ap);
	if (panic_depth == 1) {
		print_where();
		print_backtrace(0, (uint64_t)__builtin_frame_address(0));
		print_user_frame();
	}
	panic_end();
}

void panic_trap(const struct trapframe *f, const char *fmt, ...)
{
	va_list ap;

	panic_begin();
	va_start(ap, fmt);
	if (panic_depth <= 2)
		print_message(fmt, ap);
	va_end(ap);
	if (panic_depth == 1) {
		print_where();
		print_registers(f);
		print_backtrace(f->pc, f->pstate & PSTATE_EL_MASK ? f->x[29] : 0);
		print_user_frame();
	}
	panic_end();
}
