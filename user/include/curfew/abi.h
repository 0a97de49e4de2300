/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_ABI_H
#define CURFEW_ABI_H
/*
 * The system call ABI: the one header that the kernel and user space share.
 *
 * A call is SVC #0 with the number in x8 and up to six arguments in x0-x5.
 * x0 returns a value >= 0, or a negative errno (newlib's numbers, which
 * <errno.h> has); all other registers keep their value.  Only the low 32 bits
 * of an argument declared here with a 32-bit type are read.
 *
 * A call has two phases: everything is checked and looked up first (this may
 * fail and changes nothing), then it is done.  A bad pointer is -EFAULT, a bad
 * handle -EBADF, a handle of the wrong kind or without the right needed -EPERM,
 * a bad number -ENOSYS, anything else malformed -EINVAL.
 *
 * Times are nanoseconds since boot (CLOCK_MONOTONIC), unsigned 64 bits.
 * Deadlines are absolute; CURFEW_FOREVER never comes.
 */

#ifndef __ASSEMBLER__
#include <stdint.h>
#endif

/* ------------------------------------------------------------- numbers */

/* Processes and threads. */
#define SYS_exit            0  /* (int status): ends the process; no return */
#define SYS_thread_create   1  /* (const struct curfew_thread *): tid */
#define SYS_thread_exit     2  /* (): ends this thread; the last one out ends the process with status 0 */
#define SYS_set_tid_address 3  /* (uint32_t *addr or 0): own tid; like curfew_thread.tid_addr */
#define SYS_getpid          4  /* (): pid */
#define SYS_gettid          5  /* (): tid; the first thread's is the pid */
#define SYS_getppid         6  /* (): pid of the parent, 0 for init */
#define SYS_fork            7  /* (): child's pid, 0 in the child; only this thread is copied */
#define SYS_vfork           8  /* (): as fork, but shares memory; the parent waits for the child's exec or exit.
				*     Call it where the child cannot return from the caller's frame. */
#define SYS_exec            9  /* (handle, offset, length, char *const argv[], char *const envp[], const char *name)
				*     replaces the program by the ELF file at [offset, offset+length) of a vmo;
				*     offset is a multiple of 4096; name (16 bytes used) is what ps shows */
#define SYS_wait           10  /* (pid, int *status, options, struct curfew_rusage *): pid; see CURFEW_W* */
#define SYS_kill           11  /* (pid, sig): sends a signal to a process (> 0), a group (< -1, or 0: own group);
				*     sig 0 only asks whether it is there: ESRCH */
#define SYS_setpgid        12  /* (pid or 0, pgid or 0) */
#define SYS_getpgid        13  /* (pid or 0): group */
#define SYS_getrusage      14  /* (who, struct curfew_rusage *) */
#define SYS_set_affinity   15  /* (tid or 0, uint64_t cpumask): EINVAL if no CPU of it is online */
#define SYS_get_affinity   16  /* (tid or 0): cpumask */
#define SYS_set_priority   17  /* (tid or 0, priority 0..31; 16 is usual, higher runs first): old priority */
#define SYS_procinfo       18  /* (pid, struct curfew_procinfo *): the process with the least pid >= pid; its pid, or ESRCH */

/* Memory.  Addresses, lengths and offsets are rounded as mmap(2) says. */
#define SYS_mmap           19  /* (addr, length, prot, flags, handle, offset): address; see CURFEW_MAP_* */
#define SYS_munmap         20  /* (addr, length) */
#define SYS_mprotect       21  /* (addr, length, prot): EACCES if the object does not allow it, ENOMEM on a hole */

/* Waiting and time. */
#define SYS_futex_wait     22  /* (uint32_t *addr, uint32_t value, uint64_t deadline): 0 when woken,
				*     EAGAIN if *addr != value, ETIMEDOUT; may wake without cause */
#define SYS_futex_wake     23  /* (uint32_t *addr, uint32_t count): how many were woken */
#define SYS_sleep_until    24  /* (uint64_t deadline): 0 */
#define SYS_yield          25  /* (): 0 */

/* Handles and memory objects. */
#define SYS_handle_close   26  /* (handle) */
#define SYS_handle_dup     27  /* (handle, rights, least, flags): a new handle, its rights those asked for; EPERM if not a
				*     subset; the lowest free number from least on, and from CURFEW_HANDLE_FIRST on */
#define SYS_vmo_create     28  /* (uint64_t size, flags): handle with all rights; pages appear as they are touched;
				*     see CURFEW_VMO_* */
#define SYS_vmo_read       29  /* (handle, offset, void *, length): bytes, less than length only at the end */
#define SYS_vmo_write      30  /* (handle, offset, const void *, length): bytes */
#define SYS_vmo_size       31  /* (handle): bytes */

/* The system. */
#define SYS_log_write      32  /* (handle, const void *, length): bytes to the kernel's log; needs a system handle */
/* 33 and 34 are no calls. */
#define SYS_kstat          35  /* (struct curfew_kstat *, count, flags): number of counters there are;
				*     at most count are stored; see CURFEW_KSTAT_* */
#define SYS_log_read       36  /* (void *, length, uint64_t position): bytes of the kernel's log from position */
#define SYS_system_ctl     37  /* (handle, op, arg): see CURFEW_SYSTEM_*; needs a system handle */
#define SYS_report         38  /* (const void *, length): bytes to the test harness, beside the console;
				*     ENODEV if nobody listens (boot argument `report`) */

/* Messages (<curfew/message.h> has the registers of the first four, and the C calls). */
#define SYS_send           39  /* session: sends a message and sleeps until the reply */
#define SYS_receive        40  /* channel: what comes next: a message, a notice or an event */
#define SYS_reply          41  /* channel: answers a message that was received */
#define SYS_reply_receive  42  /* channel: both, in one call */
#define SYS_message_read   43  /* (channel, token, offset, void *, length): bytes of what the client sends, from offset on */
#define SYS_message_write  44  /* (channel, token, offset, const void *, length): bytes, into the client's buffer */
#define SYS_message_status 45  /* (channel, token): 0 it waits, 1 it should be answered soon (EINTR), ESRCH it is gone */
#define SYS_channel_create 46  /* (): handle, all rights */
#define SYS_session_create 47  /* (channel, uint64_t label): handle of a session, all rights */

/* Events and interrupts. */
#define SYS_event_create   48  /* (): handle, all rights */
#define SYS_event_signal   49  /* (event, uint32_t bits): sets them */
#define SYS_event_wait     50  /* (event, uint32_t mask, deadline): which of them are set; clears those */
#define SYS_event_bind     51  /* (event, channel or -1, uint64_t label): the channel receives it from now on */
#define SYS_irq_bind       52  /* (irq, event or -1: none, uint32_t bits): each interrupt sets them, and is masked until irq_ack */
#define SYS_irq_ack        53  /* (irq): unmasks it, if it is bound */

/* Handles, further. */
#define SYS_handle_place   54  /* (handle, rights, number, flags): as handle_dup, as that number, whatever it was */
#define SYS_handle_flags   55  /* (handle, flags or -1): sets CURFEW_HANDLE_*; the old ones */
#define SYS_handle_info    56  /* (handle): kind (CURFEW_KIND_*) << 32 | rights */

/* Signals. */
#define SYS_signal_actions 57  /* (const struct curfew_signal_actions *new or 0, struct curfew_signal_actions *old or 0) */
#define SYS_signal_mask    58  /* (op, uint64_t mask): see CURFEW_MASK_*; the calling thread's old mask */
#define SYS_signal_return  59  /* (const struct curfew_signal_frame *): goes on with what the frame says; EFAULT */
#define SYS_signal_suspend 60  /* (uint64_t mask): sleeps with this mask until a handler is to run; EINTR */
#define SYS_signal_wait    61  /* (uint64_t set, deadline): takes a signal of the set, its number; EINTR, ETIMEDOUT */
#define SYS_signal_stack   62  /* (base, size): the calling thread's other stack for handlers; size 0: none */
#define SYS_thread_kill    63  /* (tid or 0, sig): as kill, but for that thread of the own process */
#define SYS_alarm          64  /* (const struct curfew_alarm *new or 0, struct curfew_alarm *old or 0): SIGALRM at a time */
/* Memory objects, further. */
#define SYS_vmo_window     65  /* (handle, offset, uint64_t size, rights): handle of an object that shows that part of it;
				*     offset is a multiple of 4096 */
#define SYS_vmo_discard    66  /* (handle, offset, length): the bytes become zeroes, whole pages of them are freed; MANAGE */
#define SYS_vmo_pages      67  /* (handle): how many pages it has now */
#define SYS_vmo_windows    68  /* (handle, offset, length): how many windows show pages of that range, kept by whatever; MANAGE */
#define SYS_COUNT          69

/* -------------------------------------------------------------- handles */

#define CURFEW_RIGHT_READ      0x01u
#define CURFEW_RIGHT_WRITE     0x02u
#define CURFEW_RIGHT_EXECUTE   0x04u
#define CURFEW_RIGHT_DUPLICATE 0x08u
#define CURFEW_RIGHT_MAP       0x10u
#define CURFEW_RIGHT_MANAGE    0x20u
#define CURFEW_RIGHT_SEND      0x40u  /* session: send; event: signal */
#define CURFEW_RIGHT_RECEIVE   0x80u  /* channel: receive, reply; event: wait, bind; irq: bind, acknowledge */
#define CURFEW_RIGHT_TRANSFER  0x100u /* pass it on in a message */
#define CURFEW_RIGHT_ALL       0x1ffu

/* Flags of a handle.  exec closes those with CLOEXEC. */
#define CURFEW_HANDLE_CLOEXEC  1u
#define CURFEW_HANDLE_FIRST    16 /* the kernel gives out the lowest free number from here on; those below are on demand */
#define CURFEW_HANDLES_MAX     1024

/* What a handle names: SYS_handle_info. */
#define CURFEW_KIND_VMO        1
#define CURFEW_KIND_SYSTEM     2
#define CURFEW_KIND_CHANNEL    3
#define CURFEW_KIND_SESSION    4
#define CURFEW_KIND_EVENT      5
#define CURFEW_KIND_IRQ        6

/* Handles below CURFEW_HANDLE_FIRST are agreed on, not given out.  fork copies the table, exec closes what has CURFEW_HANDLE_CLOEXEC.
 * The kernel gives init SYSTEM, INITRD, DEVICE, IRQ and the CLOCK's; all else is init's to give. */
#define CURFEW_HANDLE_NAMES    0 /* session to the supervisor: CURFEW_NAMES_* of <curfew/file.h> */
#define CURFEW_HANDLE_ROOT     1 /* session to the root directory; the C library replaces it when the server died */
#define CURFEW_HANDLE_SYSTEM   2 /* system: manage, write, duplicate: init keeps it to itself */
#define CURFEW_HANDLE_INITRD   3 /* vmo: read, execute, map, duplicate, transfer: init's and the file server's */
#define CURFEW_HANDLE_PIPES    4 /* session to the pipe server, once the C library needed one */
#define CURFEW_HANDLE_CHANNEL  6 /* a server's: the channel that it receives from */
#define CURFEW_HANDLE_STATE    7 /* a server's: the memory object that outlives it */
#define CURFEW_HANDLE_DEVICE   8 /* a driver's: vmo of its registers */
#define CURFEW_HANDLE_IRQ      9 /* a driver's: its interrupt.  At init these two are the UART's */
#define CURFEW_HANDLE_CLOCK     14 /* vmo of the registers of the real-time clock, an Arm PL031, if there is one and it is given */
#define CURFEW_HANDLE_CLOCK_IRQ 15 /* its interrupt */
#define CURFEW_HANDLE_FD0      CURFEW_HANDLE_FIRST /* descriptor n of C programs is handle CURFEW_HANDLE_FD0 + n */

/* ------------------------------------------------------------- processes */

/* wait: status is code << 8 after exit, or the signal's number after kill or fault. */
#define CURFEW_WNOHANG   1
/* pid: > 0 that child, -1 any child, 0 any of the own group, < -1 any of group -pid. */

#define CURFEW_RUSAGE_SELF      0
#define CURFEW_RUSAGE_CHILDREN (-1)

#ifndef __ASSEMBLER__

/* SYS_thread_create.  The thread starts at entry(arg) with SP = stack (16-byte aligned) and TPIDR_EL0 = tls.
 * If tid_addr is not 0, the tid is stored there before the thread runs, and when the thread ends 0 is stored
 * there and all who wait on it as a futex are woken (E1); nothing touches it if the whole process ends. */
struct curfew_thread {
	uint64_t entry;
	uint64_t arg;
	uint64_t stack;
	uint64_t tls;
	uint64_t tid_addr;
};

struct curfew_rusage {
	uint64_t user_ns;      /* time at EL0 */
	uint64_t system_ns;    /* time at EL1, the purge of the address space included */
	uint64_t max_resident; /* greatest number of resident pages */
	uint64_t minor_faults;
	uint64_t major_faults; /* always 0: nothing is paged in from a device */
	uint64_t voluntary;    /* context switches: it waited */
	uint64_t involuntary;  /* context switches: it was preempted */
	uint64_t reserved;
};

#define CURFEW_NAME_MAX 16

struct curfew_procinfo {
	int32_t pid, ppid, pgid;
	uint32_t threads;  /* 0: a zombie */
	uint64_t resident; /* pages */
	uint64_t tables;   /* page-table pages, the root included */
	uint64_t user_ns, system_ns;
	uint32_t state;    /* CURFEW_STATE_*: of its most active thread */
	uint32_t cpu;      /* where that one ran last */
	uint32_t handles;  /* in its table now */
	uint32_t ending;   /* 1: it was killed, or exits: its threads leave, or have left */
	char name[CURFEW_NAME_MAX];
};
#define CURFEW_STATE_RUNNING  0
#define CURFEW_STATE_READY    1
#define CURFEW_STATE_SLEEPING 2
#define CURFEW_STATE_ZOMBIE   3

/* ------------------------------------------------------------- signals */

/* A signal is a number from 1 to 31 (newlib's); in a mask signal n is bit n.  For each a process has one of three
 * actions: a handler, to ignore it, or the default: to end the process, which its status then tells, but for
 * CURFEW_SIGNALS_NOTHING, whose default is to do nothing.  CURFEW_SIGNALS_STOP would stop it, and cannot be sent (EINVAL).  SIGKILL (9) and SIGSTOP (17) are neither handled, ignored nor blocked. */
#define CURFEW_SIGNALS_ALL     0xfffffffeull
#define CURFEW_SIGNALS_NOTHING (1ull << 16 | 1ull << 19 | 1ull << 20 | 1ull << 28) /* URG, CONT, CHLD, WINCH */
#define CURFEW_SIGNALS_STOP    (1ull << 17 | 1ull << 18 | 1ull << 21 | 1ull << 22) /* STOP, TSTP, TTIN, TTOU */

/* A process's actions.  fork copies them; exec makes the handled ones default, and keeps those ignored.  No signal is in
 * both `handled` and `ignored`. */
struct curfew_signal_actions {
	uint64_t entry;    /* where a thread goes that has a signal to handle: x0 = number, x1 = SP = its frame */
	uint64_t handled;
	uint64_t ignored;
	uint64_t on_stack; /* those handled on the thread's other stack, if it has one and is not on it already */
	uint64_t flags;    /* CURFEW_ACTIONS_* */
};
#define CURFEW_ACTIONS_NO_ZOMBIES 1u /* children that end are not waited for; wait sleeps until there are none, ECHILD */

/* SYS_signal_mask.  SIGKILL and SIGSTOP are left out without an error. */
#define CURFEW_MASK_SET     0
#define CURFEW_MASK_BLOCK   1
#define CURFEW_MASK_UNBLOCK 2
#define CURFEW_MASK_PENDING 3 /* changes nothing: which signals are pending for the thread or its process */

/* What the kernel puts on the stack, at a multiple of 16, when it interrupts a thread to run a handler.  Every signal is
 * blocked then.  SYS_signal_return takes it: x, sp, pc, the flags NZCV of pstate, v, fpcr, fpsr and mask become the
 * thread's; the rest is not read. */
struct curfew_signal_frame {
	uint64_t x[31];
	uint64_t sp;
	uint64_t pc;
	uint64_t pstate;
	uint64_t v[32][2];
	uint32_t fpcr;
	uint32_t fpsr;
	uint64_t mask;      /* blocked again afterwards */
	uint64_t blocked;   /* what was blocked until now: mask, but for one that came in SYS_signal_suspend */
	uint32_t signal;
	uint32_t code;      /* CURFEW_SIGNAL_* */
	uint64_t address;   /* of a fault: FAR_EL1 */
	uint64_t syndrome;  /* of a fault: ESR_EL1 */
	uint64_t x0;        /* of an interrupted call: its first argument.  To make it again: x[0] = x0, pc -= 4 */
	uint32_t interrupted; /* 1: it interrupted a system call, which returned EINTR to x[0] and pc */
	uint32_t reserved;
};
#define CURFEW_SIGNAL_SENT  0
#define CURFEW_SIGNAL_FAULT 1 /* by an exception of this thread's: address and syndrome are set */

/* SYS_alarm: SIGALRM to the process at `deadline` (0: never), and again every `interval` ns after (0: once; at least
 * CURFEW_ALARM_LEAST).  exec keeps it, fork does not copy it. */
struct curfew_alarm {
	uint64_t deadline;
	uint64_t interval;
};
#define CURFEW_ALARM_LEAST 100000

struct curfew_kstat {
	char name[24];
	uint64_t value;
};
#endif

/* SYS_kstat flags.  TRIM first gives every cached page back (kernel stacks, empty slabs), so that
 * page.free can be compared with an earlier reading to the page. */
#define CURFEW_KSTAT_TRIM 1

/* -------------------------------------------------------------- memory */

#define CURFEW_PAGE_SIZE 4096

#define CURFEW_PROT_NONE  0
#define CURFEW_PROT_READ  1
#define CURFEW_PROT_WRITE 2
#define CURFEW_PROT_EXEC  4 /* with WRITE: EACCES, in mmap and in mprotect */

/* One of SHARED and PRIVATE; ANONYMOUS ignores handle and offset.  FIXED replaces what is there;
 * FIXED_NOREPLACE is EEXIST instead.  GROWSDOWN (private, anonymous) is a stack: a fault below it grows it, up to 8 MiB and never
 * nearer than 16 pages to what lies below it. */
#define CURFEW_MAP_SHARED          0x0001
#define CURFEW_MAP_PRIVATE         0x0002
#define CURFEW_MAP_FIXED           0x0010
#define CURFEW_MAP_ANONYMOUS       0x0020
#define CURFEW_MAP_GROWSDOWN       0x0100
#define CURFEW_MAP_FIXED_NOREPLACE 0x100000

#define CURFEW_VMO_PAGES 1u         /* vmo_create: single pages, never 2 MiB at once: for what is touched here and there */
#define CURFEW_VMO_MAX   (1ull << 40) /* the greatest size */

/* ---------------------------------------------------- start of a program */

/* SP at entry, 16-byte aligned: argc, argv[], 0, envp[], 0, pairs of (AT_*, value), (AT_NULL, 0); strings above.
 * All other registers are 0.  AT_ENTRY, AT_PHDR, AT_PHENT, AT_PHNUM and AT_PAGESZ have their ELF meaning. */
#define CURFEW_AT_NULL   0
#define CURFEW_AT_PHDR   3
#define CURFEW_AT_PHENT  4
#define CURFEW_AT_PHNUM  5
#define CURFEW_AT_PAGESZ 6
#define CURFEW_AT_ENTRY  9
#define CURFEW_AT_SHARED 0x1000 /* address of struct curfew_shared_page */
#define CURFEW_AT_STACK  0x1001 /* the stack's limit: lowest address it may grow to */

#define CURFEW_ARG_MAX (128 * 1024) /* bytes of arguments and environment, pointers included; E2BIG */
/* init's environment has BOOTARGS=..., the kernel's command line; what follows " -- " in it is for the shell. */

#ifndef __ASSEMBLER__
/* One page of the kernel's, mapped read-only into every process.  Everything in it but realtime_base is constant after boot.
 *   ns since boot = ((CNTVCT_EL0 - cntvct_base) * mult) >> shift   (128-bit product)
 *   ns since 1970 = that + realtime_base */
struct curfew_shared_page {
	uint64_t cntvct_base;
	uint64_t mult;
	uint32_t shift;
	uint32_t cpus; /* online */
	uint64_t realtime_base; /* 0 until init has set it */
	uint64_t cntfrq;
	uint64_t total_pages;
	char build_id[64]; /* NUL-terminated */
};
#endif

/* -------------------------------------------------------------- system */

#define CURFEW_SYSTEM_POWEROFF 0 /* (status 0..255): ends QEMU with that status where the boot argument
				  * `report` is given, else PSCI SYSTEM_OFF; no return */

#define CURFEW_SYSTEM_REALTIME 1 /* (ns since 1970): the time is this now, in every process */
#define CURFEW_SYSTEM_SPARE    2 /* (pid): where that process touches a page that there is no memory for, the
				  * largest of those that are not spared is killed instead; for good */

#define CURFEW_FOREVER 0xffffffffffffffffull

#endif
