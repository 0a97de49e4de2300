/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine CPUS MIB: is this the machine that was asked for?  Every CPU is online and runs a thread,
 * the clock goes on, memory is what it should be, and can be used.  Status 0 if so.
 */
#include <curfew/sys.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_CPUS 64
#define PAGE 4096

static pthread_barrier_t barrier;

/* One thread on each CPU, all at the same time. */
static void *on_cpu(void *arg)
{
	long cpu = (long)arg;

	if (curfew_set_affinity(0, 1ull << cpu) != 0)
		return (void *)1;
	pthread_barrier_wait(&barrier);
	return NULL;
}

int main(int argc, char **argv)
{
	long cpus = argc > 1 ? atol(argv[1]) : 0, mib = argc > 2 ? atol(argv[2]) : 0;
	long online = sysconf(_SC_NPROCESSORS_ONLN), pages = sysconf(_SC_PHYS_PAGES);
	uint64_t begin = curfew_now();
	static pthread_t threads[MAX_CPUS];
	size_t touch = (size_t)mib * 256 / 8;
	char *p;

	printf("%ld CPUs, %ld pages\n", online, pages);
	if (online != cpus)
		return 2;
	if (pages > mib * 256 || pages < mib * 256 * 17 / 20) /* the kernel and the initrd have the rest */
		return 3;
	pthread_barrier_init(&barrier, NULL, (unsigned)cpus);
	for (long i = 0; i < cpus; i++) {
		if (pthread_create(&threads[i], NULL, on_cpu, (void *)i) != 0)
			return 4;
	}
	for (long i = 0; i < cpus; i++) {
		void *result;

		if (pthread_join(threads[i], &result) != 0 || result)
			return 5;
	}
	p = mmap(NULL, touch * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return 6;
	for (size_t i = 0; i < touch; i++)
		p[i * PAGE] = (char)i;
	for (size_t i = 0; i < touch; i++) {
		if (p[i * PAGE] != (char)i)
			return 7;
	}
	return curfew_now() > begin ? 0 : 8;
}
