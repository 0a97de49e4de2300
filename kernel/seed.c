/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pseudo-random turns from the boot argument seed=: see seed.h.  One generator a CPU (xorshift64, Marsaglia 2003), so that what
 * one draws does not depend on the others.
 */
#include "boot/platform.h"
#include "kernel/percpu.h"
#include "kernel/seed.h"

#define TURN_MIN_NS  20000
#define TURN_SPAN_NS 180000

static uint64_t state[PLATFORM_MAX_CPUS]; /* own CPU's; all 0: no seed */

void seed_init(void)
{
	char text[16];
	uint64_t seed = 0;

	if (!bootarg("seed", text, sizeof(text)))
		return;
	for (const char *s = text; *s >= '0' && *s <= '9'; s++)
		seed = seed * 10 + (*s - '0');
	for (unsigned i = 0; i < PLATFORM_MAX_CPUS; i++)
		state[i] = (seed + 1) * 0x9e3779b97f4a7c15ull + i * 0xbf58476d1ce4e5b9ull + 1;
}

uint64_t seed_turn(void)
{
	uint64_t *s = &state[this_cpu()->id];

	if (*s == 0 || cpus_online == 1)
		return UINT64_MAX;
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return TURN_MIN_NS + *s % TURN_SPAN_NS;
}
