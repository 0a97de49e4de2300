/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A CPU: schedule() again and again.  kernel/sched.c, arch/arm64/switch.S
 *
 * SWITCH_IS_ONE_STEP: for models in which only pmap_kill() looks at what other CPUs have loaded.  It may not come while
 * a switch to or from the space is on its way, and it would be seen: the thread that is switched has the right still,
 * before and after, and pmap_kill() asserts that none has.  So nothing is lost if the whole switch is one step.
 */
#ifdef DSB_ELSEWHERE
#define context_switch_dsb(c) 1
#else
#define context_switch_dsb(c) dsb_done(c)
#endif

#ifdef SWITCH_IS_ONE_STEP
#define LAST_WAIT(c) true
#define may_take(c) may_switch(c) && context_switch_dsb(c)
#define begin_step(c, t) switch_to(c, t)
#define rest(c)
#else
#define LAST_WAIT(c) context_switch_dsb(c)
#define may_take(c) may_switch(c)
#define begin_step(c, t) take(c, t)
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
	STEP {
		LAST_WAIT(c);
		printf("CPU %d: thread %d -> %d\n", c, cur[c], t);
		RULE(I16, dsb_done(c));
		RULE(I2, LAZY || is_loaded(c, space[t]));
		prev = cur[c];
		cur[c] = t;
		next = NONE;
		scheduling[prev] = 0;
		if
		:: dead[prev] -> at[t] = BETWEEN
		:: else ->
			at[prev] = (sleeping[prev] -> ASLEEP : READY);
			at[t] = c;
			prev = NONE
		fi;
		at[NONE] = OFF
	}
}

proctype cpu(byte c)
{
	byte next = NONE, prev = NONE;

end:	do
	:: d_step { scheduling[cur[c]] && !sleeping[cur[c]] && !dead[cur[c]] -> scheduling[cur[c]] = 0 } /* next == prev */
	:: if
	   :: d_step { may_take(c) && at[0] == READY -> begin_step(c, 0) }
	   :: d_step { may_take(c) && at[1] == READY -> begin_step(c, 1) }
	   :: d_step { may_take(c) && at[2] == READY -> begin_step(c, 2) }
	   :: d_step { may_take(c) && cur[c] != NONE -> begin_step(c, NONE) }
	   fi;
		rest(c);
		if
		:: prev != NONE -> exit_finish(c, prev) /* next's first act, with preemption off */
		:: else
		fi
	od
}
