/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page maps: which one a CPU has loaded, and the end of one.  mm/pmap.c, mm/purge.c, mm/vmspace.c.
 *
 * One d_step is one access to memory that other CPUs look at.  What is merged says why.
 */
#define LIVE 0
#define DEAD 1   /* E4 is done */
#define EMPTY 2  /* its pages are free, maybe somebody else's by now */
#define GONE 3   /* its tables and its ASID too */

byte active_pmap[NCPU] = NONE;
byte incoming_pmap[NCPU] = NONE;
byte live[NSPACES];         /* vmspace->live */
byte ran[NSPACES];          /* pmap->ran */
byte state[NSPACES] = GONE;
byte mine[4] = NONE;        /* by thread: the space of which it was the last out */
bit flushed[NSPACES];       /* pmap->flushed */

#define own_only(c, s) ((ran[s] & ~bit(c)) == 0)                 /* only_here() */

/* tlb_flush_asid(), up to the TLBI. */
inline flush_asid(c, s)
{
	if
	:: LOCAL || own_only(c, s) -> tlbi(c, asid_number(s), bit(c))
	:: else -> tlbi(c, asid_number(s), 7)
	fi
}

inline load_zero_table(c)
{
	printf("CPU %d: TTBR0 = zero table\n", c);
#ifdef PARK_KEEPS_ASID
	ttbr0_write_zero(c, asid_number(active_pmap[c]))
#else
	ttbr0_write_zero(c, 0)
#endif
}

/* pmap_park(), for thread t, which may be preempted again with its last store. */
inline pmap_park(c, t)
{
	d_step { load_zero_table(c) };
	d_step {
		active_pmap[c] = NONE;
		nopreempt[t] = 0
	}
}

/*
 * pmap_switch(): its caller has interrupts masked, so c stays this CPU.  Its first store, of TTBR0 or incoming_pmap, is
 * one step with what came before it, the choice of the thread, after which nobody else takes that thread.
 */
inline begin_pmap_switch(c, s)
{
	if
	:: active_pmap[c] == s || (LAZY && s == NONE)
	:: else ->
		if
		:: s == NONE -> load_zero_table(c)
		:: s != NONE ->
			RULE(I2, state[s] == LIVE);
#ifndef NO_DMB
			incoming_pmap[c] = s /* and its DMB: later loads come after */
#endif
		fi
	fi
}

/* `asid` is its variable, and its caller's. */
inline pmap_switch(c, s)
{
	if
	:: active_pmap[c] == s || s == NONE
	:: else ->
		asid_get(c, s, asid);
#ifdef NO_DMB
		incoming_pmap[c] = s; /* may be seen as late as this */
#endif
#ifdef RAN_LATE
		asid = asid_number(s);
#else
		set_ran(c, s, asid);
#endif
		atomic {
			printf("CPU %d: TTBR0 = space %d, ASID %d\n", c, s, asid);
			ttbr0_write(c, s, asid)
		};
#ifdef RAN_LATE
		set_ran(c, s, asid);
#endif
		d_step {
			active_pmap[c] = s;
			asid = 0
		}
	fi
}

/*
 * The last store, of active_pmap or incoming_pmap, is one step with what comes next, which lets others take the thread
 * before, or this one be preempted: they need not.
 */
inline switched(c, s)
{
	if
	:: LAZY && s == NONE
	:: else ->
		active_pmap[c] = s;
		incoming_pmap[c] = NONE
	fi
}

/*
 * pmap_kill(): E4.  t runs it with preemption off, so the CPU stays the same (not in dsb-elsewhere).  Its looks at
 * active_pmap, incoming_pmap and ran are one step with the TLBI: once I3 holds none of these can change any more.
 */
inline pmap_kill(t, s)
{
	d_step {
		printf("T%d CPU %d: E4, flush of space %d, ran %d\n", t, at[t], s, ran[s]);
		RULE(I5, state[s] == LIVE);
		RULE(I3, active_pmap[0] != s && active_pmap[1] != s && active_pmap[2] != s);       /* assert_parked() */
		RULE(I3, incoming_pmap[0] != s && incoming_pmap[1] != s && incoming_pmap[2] != s);
		RULE(I3, !any_reach(OF(s)));
		RULE(I3, space[0] != s && space[1] != s && space[2] != s);
#ifndef DSB_ELSEWHERE
		nopreempt[t] = 1;
#endif
		if
		:: !FLUSH_AT_KILL || !ran[s] || !asid_number(s)
		:: else -> flush_asid(at[t], s)
		fi
	};
	d_step {
#ifndef NO_DSB_AFTER
		dsb_done(at[t]);
#endif
		printf("T%d CPU %d: space %d is dead\n", t, at[t], s);
		RULE(I8, !FLUSH_AT_KILL || !any_tlb(OF(s)));
		flushed[s] = 1;
		state[s] = DEAD;
		nopreempt[t] = 0
	}
}

/* pmap_purge(), purge_table(), pmap_table_free(): E5; asid_free(): E6.  Preemptible between its two steps. */
inline pmap_purge(t, s)
{
	d_step {
		printf("T%d CPU %d: E5, pages of space %d are free\n", t, at[t], s);
		RULE(I4, flushed[s]);
		RULE(I4, !any_tlb(OF(s)));
		state[s] = EMPTY
	};
	d_step {
		printf("T%d CPU %d: E6, tables and ASID of space %d are free\n", t, at[t], s);
		RULE(I10, !any_reach(OF(s)) && !any_tlb(OF(s)));
		asid_free(s);
		state[s] = GONE;
		mine[t] = NONE;
		ran[s] = 0;
		flushed[s] = 0
	}
}

/* vmspace_destroy(): of one that was left, or that never ran. */
inline vmspace_destroy(t, s)
{
#ifdef FREE_BEFORE_FLUSH
	pmap_purge(t, s);
#endif
	if
	:: state[s] == LIVE -> pmap_kill(t, s)
	:: else
	fi;
#ifndef FREE_BEFORE_FLUSH
	pmap_purge(t, s)
#endif
}

/* vmspace_leave(): the decrement is one atomic operation.  All parked happens before it, by its release and acquire. */
inline vmspace_leave(t, s)
{
	d_step {
		RULE(E3, space[t] != s);
		printf("T%d CPU %d: out of space %d, %d left\n", t, at[t], s, live[s] - 1);
		live[s]--;
		mine[t] = (live[s] == 0 -> s : NONE)
	};
	if
	:: mine[t] != NONE -> vmspace_destroy(t, s)
	:: else
	fi
}
