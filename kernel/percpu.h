/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_PERCPU_H
#define KERNEL_PERCPU_H
/*
 * Per-CPU data.  All CPUs' areas lie in one 2 MiB block of the direct map that is never split, merged or
 * unmapped (I13): code that handles a page fault, a TLBI or an interrupt reaches them through no other mapping.
 *
 * Fields marked (o) are touched by their own CPU only, with preemption off; (a) are atomic; others name a lock.
 */
#include <stdbool.h>
#include <stdint.h>
#include "arch/arm64/layout.h"
#include "boot/platform.h"
#include "kernel/counters.h"
#include "kernel/spinlock.h"
#include "kernel/sched.h"
#include "kernel/timeout.h"

struct pmap;
struct page;
struct thread;

#define PERCPU_PAGES 64 /* single pages kept at most on each CPU */

struct percpu {
	uint64_t counters[COUNTER_MAX]; /* (a); first: see counter_add() */
	uint32_t id;                 /* logical number, 0 is the boot CPU */
	uint32_t online;             /* (a) */
	uint64_t mpidr;
	struct thread *idle;         /* constant after boot */
	struct pmap *active_pmap;    /* (a) whose root TTBR0 holds; NULL: parked on the zero table */
	struct pmap *incoming_pmap;  /* (a) whose root it is about to hold, while it switches */
	uint64_t epoch;              /* (a) not 0: in a section of mm/epoch.h, since this epoch */
	struct runqueue rq;
	struct timeouts timeouts;
	void *page_cache;            /* (a) stack of free single pages: arch/arm64/cpustack.h, mm/page.c */
	uint64_t emergency_stack_top;
} __attribute__((aligned(128)));

extern struct percpu *percpu_all[PLATFORM_MAX_CPUS];
extern unsigned cpus_online; /* CPUs 0..cpus_online-1 run; constant after boot */

#define for_each_cpu(i) for (unsigned i = 0; i < cpus_online; i++)

#endif
