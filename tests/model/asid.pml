/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Switches against rollover: three threads, each with a space of its own, three CPUs, two ASIDs that can be given.
 * Threads are taken by any CPU, CPUs go idle, threads end and are born again with a new space.
 *
 * What is not the subject is short: a CPU ends its thread without being preempted, every flush by ASID is a broadcast.
 */
#define NSPACES 3
#define PAIR(n, s) (1 << (((n) - 1) * 3 + (s)))
#define UNDER(n)   (7 << (((n) - 1) * 3))
#define OF(s)      (9 << (s))
#include "rules.h"
#include "variants.h"
#include "hardware.h"
#include "sched.h"
#define set_ran(c, s, n)
#include "asid.h"
#include "pmap.h"
#include "switch.h"

/* A thread's end, as far as ASIDs go: E3, E4. */
inline end_thread(c, x)
{
	d_step { x = cur[c]; space[x] = NONE; load_zero_table(c) };
	active_pmap[c] = NONE;
	pmap_kill(cur[c], x);
	d_step {
		at[x] = OFF;
		cur[c] = NONE;
		x = NONE
	}
}

/* E6, on whatever CPU; fork then makes another of the same number. */
inline release_and_fork(s)
{
	RULE(I4, FLUSH_AT_KILL == 0 || !any_tlb(OF(s)));
	asid_free(s);
	printf("      space %d is released, and a new one made\n", s);
	flushed[s] = 0;
	state[s] = LIVE;
	space[s] = s;
	at[s] = READY
}

proctype cpu(byte c)
{
	byte asid, next = NONE, prev = NONE, x = NONE, now_incoming = NONE, now_active = NONE;

end:	do
	:: if
	   :: d_step { at[0] == READY -> begin_step(c, 0) }
	   :: d_step { at[1] == READY -> begin_step(c, 1) }
	   :: d_step { at[2] == READY -> begin_step(c, 2) }
	   :: d_step { cur[c] != NONE -> begin_step(c, NONE) }
	   fi;
		switch_to(c, next)
	:: cur[c] != NONE -> end_thread(c, x)
	od
}

proctype reaper()
{
end:	do
	:: d_step { state[0] == DEAD && at[0] == OFF && !asid_lock -> release_and_fork(0) }
	:: d_step { state[1] == DEAD && at[1] == OFF && !asid_lock -> release_and_fork(1) }
	:: d_step { state[2] == DEAD && at[2] == OFF && !asid_lock -> release_and_fork(2) }
	od
}

init
{
	d_step {
		space[0] = 0; space[1] = 1; space[2] = 2;
		state[0] = LIVE; state[1] = LIVE; state[2] = LIVE;
		ran[0] = 7; ran[1] = 7; ran[2] = 7
	};
	atomic { run hardware(); run cpu(0); run cpu(1); run cpu(2); run reaper() }
}
