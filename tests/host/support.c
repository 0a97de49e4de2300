/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stand-ins for what the kernel's parts find around them; see support.h.
 */
#define _GNU_SOURCE
#include "support.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "mm/page.h"

_Thread_local struct thread *host_current;
_Thread_local uint64_t host_irqs_masked;

struct percpu *percpu_all[PLATFORM_MAX_CPUS];
unsigned cpus_online = HOST_CPUS;

jmp_buf host_panic_jump;
bool host_panic_expected;
char host_panic_message[256];

static struct percpu cpus[HOST_CPUS];
static _Thread_local struct thread_head head;
static struct page *frames_array;
static void *mapped;
static size_t mapped_size;

void host_cpu(unsigned cpu)
{
	percpu_all[cpu] = &cpus[cpu];
	cpus[cpu].id = cpu;
	head = (struct thread_head){ .percpu = &cpus[cpu] };
	host_current = (struct thread *)&head;
}

void host_memory(uint64_t pa, uint64_t frames)
{
	if (mapped)
		munmap(mapped, mapped_size);
	free(frames_array);
	mapped_size = frames * PAGE_SIZE;
	mapped = mmap((void *)(DMAP_BASE + pa), mapped_size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	if (mapped != (void *)(DMAP_BASE + pa)) {
		perror("tests/host/support.c: mmap of the direct map");
		abort();
	}
	frames_array = malloc(frames * sizeof(struct page));
	memset(frames_array, 0xa5, frames * sizeof(struct page));
	memset(cpus, 0, sizeof(cpus));
	host_cpu(0);
	page_init(frames_array, pa >> PAGE_SHIFT, frames);
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(host_panic_message, sizeof(host_panic_message), fmt, ap);
	va_end(ap);
	if (!host_panic_expected) {
		fprintf(stderr, "panic: %s\n", host_panic_message);
		abort();
	}
	host_panic_expected = false;
	longjmp(host_panic_jump, 1);
}

void preempt_reschedule(void)
{
}

void page_zero(void *page)
{
	memset(page, 0, PAGE_SIZE);
}

void page_copy(void *to, const void *from)
{
	memcpy(to, from, PAGE_SIZE);
}
