/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_OOM_H
#define KERNEL_OOM_H
/*
 * No memory for a page that is touched: who goes.
 *
 *   who touches it   dies of SIGKILL, whoever used the memory up; but
 *   a spared process the largest of the others dies, and the fault is tried again as long as there is one
 *
 * Spared are init, and whom it marks (CURFEW_SYSTEM_SPARE): the servers, on which everybody's files and pipes hang.  It is a
 * process's own mark: exec keeps it, a child has to be given one.
 */
#include <stdbool.h>
#include <stdint.h>

struct process;

/* Marks a process.  0, or -ESRCH. */
int oom_spare(int32_t pid);

/*
 * A page of the current process's could not be had.  True: it is spared, and another process leaves, or has left since `since`
 * (ticks of CNTVCT, before the try that failed): it is worth another try.  False: there is nobody to go.  Never sleeps; no
 * spinlock held, interrupts on.
 */
bool oom_make_room(uint64_t since);
/* For a spared process: sleeps a moment, if somebody is leaving.  0, or -EINTR: this thread shall leave.  What it holds must be
 * nothing that the leaving one waits for: no lock, and no client that is `busy` (kernel/channel.h). */
int oom_await_room(void);

/* A process is a zombie now: its memory is free (E7).  process_lock held. */
void oom_process_gone(const struct process *p);

#endif
