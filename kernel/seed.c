/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pseudo-random decisions from the boot argument seed=: see seed.h.  One generator a CPU (xorshift64, Marsaglia
 * 2003), so that what one draws does not depend on the others.
 */
#include "arch/arm64/devices.h"
#include "boot/platform.h"
#include "kernel/percpu.h"
#include "kernel/seed.h"

#define TURN_MIN_NS  20000
#define TURN_SPAN_NS 180000
#define PREEMPT_ONE_IN 4

static bool given;                         /* constant after boot */
static uint64_t state[PLATFORM_MAX_CPUS];  /* own CPU's; 0: draws nothing */
static uint64_t turn_end[PLATFORM_MAX_CPUS]; /* own CPU's */

void seed_init(void)
{
	char text[16];
	uint64_t seed = 0;

	given = bootarg("seed", text, sizeof(text));
	if (!given && !CURFEW_CHECK)
		return;
	if (!given)
		seed = read_sysreg(cntvct_el0);
	else
		for (const char *s = text; *s >= '0' && *s <= '9'; s++)
			seed = seed * 10 + (*s - '0');
	for (unsigned i = 0; i < PLATFORM_MAX_CPUS; i++)
		state[i] = (seed + 1) * 0x9e3779b97f4a7c15ull + i * 0xbf58476d1ce4e5b9ull + 1;
}

void seed_init_cpu(void)
{
	if (given)
		pmu_start();
}

bool seed_given(void)
{
	return given;
}

uint64_t seed_draw(void)
{
	uint64_t *s = &state[this_cpu()->id];

	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

/* One CPU has nobody to give turns to: only a checking build wants to be interrupted then. */
static bool takes_turns(void)
{
	return given && (CURFEW_CHECK || cpus_online > 1);
}

/* A turn lasts though threads change in it: drawn anew at each switch it would never end among threads that yield. */
uint64_t seed_turn_end(uint64_t now)
{
	uint64_t *end = &turn_end[this_cpu()->id];

	if (!takes_turns())
		return UINT64_MAX;
	if (*end <= now)
		*end = now + TURN_MIN_NS + seed_draw() % TURN_SPAN_NS;
	return *end;
}

bool seed_preempt(void)
{
	return takes_turns() && seed_draw() % PREEMPT_ONE_IN == 0;
}

unsigned seed_below(unsigned n)
{
	return given ? seed_draw() % n : 0;
}
