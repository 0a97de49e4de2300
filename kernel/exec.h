/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_EXEC_H
#define KERNEL_EXEC_H
/*
 * Replacing a program.  Everything that can fail is done on a new vmspace while the old one is still whole; then the thread
 * makes itself the only one of its process, moves over, and leaves the old space by the exit path (E3 to E6).
 */
#include <stdint.h>
#include "arch/arm64/trap.h"

struct vmo;

/* Arguments and environment as they will lie on the new stack: strings one after another, counted. */
struct exec_args {
	char *buffer;       /* kmalloc'ed */
	uint64_t used, room;
	unsigned argc, envc;
};

/* Copies NULL-terminated arrays of strings from user space (either may be 0: empty).  0, -EFAULT, -E2BIG, -ENOMEM. */
int exec_copy_args(struct exec_args *a, uint64_t argv, uint64_t envp);
/* Appends one string from the kernel: for init. */
int exec_add_string(struct exec_args *a, const char *string);
void exec_free_args(struct exec_args *a);

struct vmspace;
/* A new vmspace with the program at [offset, offset + length) of v loaded and its stack filled, and the registers to enter it with.
 * 0, -ENOEXEC, -ENOMEM, -E2BIG. */
int exec_load(struct vmo *v, uint64_t offset, uint64_t length, const struct exec_args *a, struct vmspace **out,
	      struct trapframe *frame);
/* Moves the current process into vs (taken over, also on failure: then destroyed).  0, or -EINTR: being killed. */
int exec_commit(struct vmspace *vs, const char *name);

#endif
