/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork: copy-on-write, and who must be reached by a flush.  Threads 0 and 1 share a space, in which one page matters;
 * each writes to it, and forks, again and again.  Thread 2 has a space of its own.  All wander over three CPUs.
 *
 * mm/pmap.c (ran, incoming_pmap, active_pmap), mm/pmap_range.c, mm/fault.c, mm/vmspace.c.
 */
#define NSPACES 2
#define PAIR(n, s) bit(s)
#define UNDER(n)   bit((n) - 1)
#define OF(s)      bit(s)
#define P 0          /* the space */
#define PAGE 4       /* operand of a TLBI by the page's address under P's ASID: no table entries */

/* The page's entry, in the table and in TLBs. */
#define RO 1
#define RW 2
#define WALK(c)    leaf[c] = leaf[c] | (reach[c] & OF(P) -> pte : 0)
#define DROP(c, n) leaf[c] = (n == P + 1 || n == PAGE -> 0 : leaf[c])

byte pte = RW;
byte leaf[3];        /* by CPU: RO, RW: TLB entries there may be of it */
bit shared_page;     /* another process has it too: page->refs above 1 */
byte vs_lock = 3;    /* vmspace->lock: its owner, or NONE */

#include "rules.h"
#include "variants.h"
#include "hardware.h"
#include "asid_fixed.h"
#include "sched.h"
#include "pmap.h"
#include "switch.h"

/* pte_set(), and walks that see it at once. */
inline pte_set(value)
{
	pte = value;
	WALK(0);
	WALK(1);
	WALK(2)
}

/* T8: whoever may hold entries of the space has its bit. */
#define ran_is_right ((!(tlb[0] & OF(P)) || ran[P] & 1) && (!(tlb[1] & OF(P)) || ran[P] & 2) && \
		      (!(tlb[2] & OF(P)) || ran[P] & 4))

/* reset_ran(), of CPU i: incoming first. */
inline look_again(i)
{
#ifdef ACTIVE_FIRST
	seen = (active_pmap[i] == P);
	d_step {
		if
		:: seen || incoming_pmap[i] == P -> ran[P] = ran[P] | bit(i)
#else
	seen = (incoming_pmap[i] == P);
	d_step {
		if
		:: seen || active_pmap[i] == P -> ran[P] = ran[P] | bit(i)
#endif
		:: else
		fi;
		seen = 0
	}
}

inline reset_ran(c)
{
	ran[P] = (active_pmap[c] == P -> bit(c) : 0);
	look_again(0);
	look_again(1);
	look_again(2)
}

/* pmap_copy_end(), pmap_flush_asid(): preemption is off from the look at ran to the DSB. */
inline pmap_flush_asid(t)
{
	d_step {
		nopreempt[t] = 1;
		local_only = LOCAL || own_only(at[t], P)
	};
	if
	:: local_only -> tlbi(at[t], P + 1, bit(at[t]))
	:: else ->
		reset_ran(at[t]);
		tlbi(at[t], P + 1, 7)
	fi;
	d_step {
		dsb_done(at[t]);
		printf("T%d CPU %d: flushed after the copy\n", t, at[t]);
		RULE(I8, !((leaf[0] | leaf[1] | leaf[2]) & RW));
		RULE(I8, ran_is_right);
		local_only = 0;
		nopreempt[t] = 0
	}
}

/* pmap_flush_range(), of the one page. */
inline pmap_flush_range(t)
{
	d_step {
		nopreempt[t] = 1;
		local_only = LOCAL || own_only(at[t], P)
	};
	d_step {
		if
		:: local_only -> tlbi(at[t], PAGE, bit(at[t]))
		:: else -> tlbi(at[t], PAGE, 7)
		fi;
		local_only = 0
	};
	d_step {
		dsb_done(at[t]);
		nopreempt[t] = 0
	}
}

/* pmap_drop_stale(): this CPU's entry only; others drop theirs when they fault.  One step: nobody else is concerned. */
inline pmap_drop_stale(t)
{
	leaf[at[t]] = 0;
	WALK(at[t])
}

/* vmspace_fork(): pmap_copy(), copy_entries(). */
inline fork(t)
{
	d_step {
		vs_lock == NONE ->
		vs_lock = t
	};
	d_step {
		printf("T%d CPU %d: fork, the page is read-only now\n", t, at[t]);
		pte_set(RO);
		shared_page = 1
	};
	pmap_flush_asid(t);
	vs_lock = NONE
}

/* vm_fault_in(), fault_write(): a write that found no writable entry in this TLB, whether there may be one or not. */
inline write_fault(t)
{
	d_step {
		vs_lock == NONE ->
		vs_lock = t
	};
	if
	:: d_step { pte == RW -> pmap_drop_stale(t) }
	:: d_step { pte == RO && !shared_page -> pte_set(RW) }; /* pmap_upgrade() */
		d_step { pmap_drop_stale(t) }
	:: pte == RO && shared_page -> /* pmap_replace(): break, flush, make */
		d_step {
			printf("T%d CPU %d: a copy, break\n", t, at[t]);
			pte_set(0)
		};
#ifndef FREE_BEFORE_FLUSH
		pmap_flush_range(t);
#endif
		d_step {
			printf("T%d CPU %d: make, and the old page is put\n", t, at[t]);
			RULE(I10, !(leaf[0] | leaf[1] | leaf[2])); /* page_put() of the old one */
			pte_set(RW);
			shared_page = 0
		}
	fi;
	vs_lock = NONE
}

proctype thread(byte t) provided (runs(t))
{
	bit local_only, seen;

end:	do
	:: fork(t)
	:: write_fault(t)
	od
}

/* The other process writes, execs or ends: the page is ours alone. */
proctype child()
{
end:	do
	:: d_step { shared_page && vs_lock == NONE -> shared_page = 0 }
	od
}

proctype cpu(byte c)
{
	byte asid, next = NONE, prev = NONE;

end:	do
	:: if
	   :: d_step { may_take(c) && at[0] == READY -> begin_step(c, 0) }
	   :: d_step { may_take(c) && at[1] == READY -> begin_step(c, 1) }
	   :: d_step { may_take(c) && at[2] == READY -> begin_step(c, 2) }
	   :: d_step { may_take(c) && cur[c] != NONE -> begin_step(c, NONE) }
	   fi;
		switch_to(c, next)
	od
}

init
{
	d_step {
		space[0] = P; space[1] = P; space[2] = 1;
		state[0] = LIVE; state[1] = LIVE;
		ran[1] = 7; tlb[0] = OF(1); tlb[1] = OF(1); tlb[2] = OF(1) /* no flush of this one is looked at */
	};
	atomic {
		run hardware(); run cpu(0); run cpu(1); run cpu(2);
		run thread(0); run thread(1); run child()
	}
}
