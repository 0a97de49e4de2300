/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_TIMEOUT_H
#define KERNEL_TIMEOUT_H
/* On the host: no timer; struct percpu wants the type. */
struct timeouts {
	unsigned count;
};
#endif
