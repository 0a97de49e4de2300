/* SPDX-License-Identifier: BSD-2-Clause */
/* One switch of threads: kernel/sched.c, arch/arm64/switch.S.  A model's CPUs do it again and again. */
#ifdef DSB_ELSEWHERE
#define context_switch_dsb(c) true
#else
#define context_switch_dsb(c) dsb_done(c)
#endif

/*
 * SWITCH_IS_ONE_STEP: for models in which only pmap_kill() looks at what other CPUs have loaded.  It may not come while
 * a switch to or from the space is on its way, and it would be seen: the thread that is switched has the right still,
 * before and after, and pmap_kill() asserts that none has.  So nothing is lost if the whole switch is one step.
 */
#ifdef SWITCH_IS_ONE_STEP
#define LAST_WAIT(c) true
#define may_take(c) may_switch(c) && context_switch_dsb(c)
#define begin_step(c, t) begin_pmap_switch(c, space[t]); switch_to(c, t)
#define rest(c)
#else
#define LAST_WAIT(c) context_switch_dsb(c)
#define may_take(c) may_switch(c)
#define begin_step(c, t) take(c, t); begin_pmap_switch(c, space[t])
#define rest(c) switch_to(c, next)
#endif

/* pmap_is_loaded() */
#define is_loaded(c, s) ((s) == NONE && !loaded[c] || (s) != NONE && loaded[c] == PAIR(asid_number(s), s))

/* schedule(), under its run queue's lock: t is chosen. */
inline take(c, t)
{
	next = t;
	at[t] = BETWEEN;
	at[cur[c]] = BETWEEN;
	at[NONE] = OFF
}

/*
 * enter(), then context_switch() and finish_switch(): prev's stack is left, then the lock that keeps prev from others
 * is released.  Nobody can tell these two apart: only the next thread on this CPU frees prev's stack (E8).
 */
inline switch_to(c, t)
{
	pmap_switch(c, space[t]);
	d_step {
		LAST_WAIT(c);
		switched(c, space[t]);
		printf("CPU %d: thread %d -> %d\n", c, cur[c], t);
		RULE(I16, dsb_done(c));
		RULE(I2, LAZY || is_loaded(c, space[t]));
		prev = cur[c];
		cur[c] = t;
		scheduling[prev] = 0;
		if
		:: dead[prev] -> at[t] = BETWEEN
		:: else ->
			at[prev] = (sleeping[prev] -> ASLEEP : READY);
			at[t] = c;
			prev = NONE
		fi;
		at[NONE] = OFF;
		next = NONE
	}
}
