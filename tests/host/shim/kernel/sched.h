/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H
/* On the host: no scheduler (and <sched.h> has a sched_yield() of its own); struct percpu wants the type. */
struct runqueue {
	unsigned count;
};
#endif
