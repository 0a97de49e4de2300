/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first process: bin/init from the initrd, or what the boot argument init= names, with the handles that everything
 * in user space descends from.
 */
#include <sys/errno.h>
#include <curfew/abi.h>
#include "arch/arm64/devices.h"
#include "boot/boot.h"
#include "boot/initrd.h"
#include "boot/platform.h"
#include "buildid.h"
#include "kernel/event.h"
#include "kernel/exec.h"
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "kernel/process.h"
#include "kernel/string.h"
#include "kernel/system.h"
#include "kernel/thread.h"
#include "mm/page.h"
#include "mm/vmo.h"
#include "mm/vmspace.h"

/* Copied whole: a shorter id would be fewer instructions, and a run with SEED another run. */
static const char build_id[sizeof(((struct curfew_shared_page *)NULL)->build_id)] = BUILD_ID;

static void make_shared_page(void)
{
	struct page *page = page_alloc_zeroed();
	struct curfew_shared_page *s;

	if (!page)
		boot_fail("not enough memory for the shared page");
	s = page_to_va(page);
	timer_conversion(&s->cntvct_base, &s->mult, &s->shift, &s->cntfrq);
	s->cpus = cpus_online;
	s->total_pages = page_total_count();
	memcpy(s->build_id, build_id, sizeof(s->build_id));
	vm_set_shared_page(page);
}

/* Whole pages: the rest of the last one belongs to nobody else. */
static struct vmo *make_uart(void)
{
	uint64_t size = (platform.uart.size + PAGE_SIZE - 1) & -(uint64_t)PAGE_SIZE;
	struct vmo *uart;
	int error = vmo_create_device(platform.uart.base, size, &uart);

	if (error == -EINVAL)
		boot_fail("the UART's registers are no pages of their own outside of memory");
	if (error)
		boot_fail("not enough memory for the UART's object");
	return uart;
}

static void give_handle(struct process *p, int number, struct object *o, uint32_t rights)
{
	object_get(o);
	if (handle_place(&p->handles, (struct handle){ o, rights, 0 }, number) != number)
		boot_fail("not enough memory for init's handles");
}

/* A device that the kernel has no use for: init reads the time from it; whoever else gets it may be its driver. */
static void give_clock(struct process *p)
{
	struct irq_source *irq;
	struct vmo *regs;

	if (platform.rtc_intid < 32 || vmo_create_device(platform.rtc.base, platform.rtc.size, &regs))
		return;
	if (irq_source_create(platform.rtc_intid, &irq))
		boot_fail("not enough memory for the clock's interrupt");
	give_handle(p, CURFEW_HANDLE_CLOCK, &regs->object,
		    CURFEW_RIGHT_READ | CURFEW_RIGHT_WRITE | CURFEW_RIGHT_MAP | CURFEW_RIGHT_DUPLICATE | CURFEW_RIGHT_TRANSFER);
	give_handle(p, CURFEW_HANDLE_CLOCK_IRQ, &irq->object,
		    CURFEW_RIGHT_RECEIVE | CURFEW_RIGHT_DUPLICATE | CURFEW_RIGHT_TRANSFER);
}

/* All that user space has to begin with; what becomes of it is init's decision. */
static void give_handles(struct process *p, struct vmo *initrd)
{
	uint32_t pass = CURFEW_RIGHT_DUPLICATE | CURFEW_RIGHT_TRANSFER;
	struct irq_source *irq;

	/* It can be narrowed, for a child that may write to the log, but no message carries it away. */
	give_handle(p, CURFEW_HANDLE_SYSTEM, &system_object,
		    CURFEW_RIGHT_MANAGE | CURFEW_RIGHT_WRITE | CURFEW_RIGHT_DUPLICATE);
	give_handle(p, CURFEW_HANDLE_INITRD, &initrd->object,
		    CURFEW_RIGHT_READ | CURFEW_RIGHT_EXECUTE | CURFEW_RIGHT_MAP | pass);
	if (!platform.uart.size || !platform.uart_intid)
		return;
	give_handle(p, CURFEW_HANDLE_DEVICE, &make_uart()->object,
		    CURFEW_RIGHT_READ | CURFEW_RIGHT_WRITE | CURFEW_RIGHT_MAP | pass);
	if (irq_source_create(platform.uart_intid, &irq))
		boot_fail("not enough memory for the UART's interrupt");
	give_handle(p, CURFEW_HANDLE_IRQ, &irq->object, CURFEW_RIGHT_RECEIVE | pass);
}

/* The process's vmspace and its thread's first registers. */
static void load_init(struct process *p, struct vmo *initrd, struct trapframe *frame)
{
	static char environment[PLATFORM_BOOTARGS + 16] = "BOOTARGS=", path[64] = "bin/init", error[112];
	struct exec_args args = { .argc = 1, .envc = 1 };
	uint64_t offset, length;

	bootarg("init", path, sizeof(path));
	if (!initrd_find(pa_to_va(platform.initrd.base), platform.initrd.size, path, &offset, &length)) {
		ksnprintf(error, sizeof(error), "no %s in the initrd", path);
		boot_fail(error);
	}
	if (offset % PAGE_SIZE)
		boot_fail("init is not on a page boundary of the initrd (scripts/mkinitrd puts it there)");
	strlcpy(environment + 9, platform.bootargs, PLATFORM_BOOTARGS);
	if (exec_add_string(&args, "init") || exec_add_string(&args, environment) ||
	    exec_load(initrd, offset, length, &args, &p->vmspace, frame))
		boot_fail("init is no program that can be run, or there is not enough memory");
	exec_free_args(&args);
	strlcpy(p->name, "init", sizeof(p->name));
}

void boot_user(void)
{
	struct process *p = process_create(NULL);
	struct trapframe frame;
	struct vmo *initrd;
	struct thread *t;
	uint64_t flags;

	if (!platform.initrd.size)
		boot_fail("no initrd (QEMU: -initrd)");
	if (platform.initrd.base % PAGE_SIZE)
		boot_fail("the initrd does not begin on a page boundary");
	make_shared_page();
	if (!p || vmo_create_ram(platform.initrd.base, platform.initrd.size, &initrd))
		boot_fail("not enough memory for init");
	give_handles(p, initrd); /* the references left over are the kernel's: none of these is ever freed */
	give_clock(p);
	load_init(p, initrd, &frame);
	t = thread_create_user(p, &frame);
	if (!t)
		boot_fail("not enough memory for init's thread");
	init_process = p;
	p->spared = true;
	flags = spin_lock_irq(&process_lock);
	process_link(p);
	process_add_thread(p, t);
	spin_unlock_irq(&process_lock, flags);
	sched_start(t);
}
