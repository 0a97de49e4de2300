/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What three CPUs do to translation tables: TTBR0, ISB, TLB, TLBI, DSB.
 *
 * A pair is (ASID, space), one bit.  A model says first how many spaces there are, and what bit a pair is:
 *
 *   PAIR(n, s)  the bit of space s under ASID n          UNDER(n)  the bits of all spaces under ASID n
 *   OF(s)       the bits of space s under every ASID
 *
 * TLBs are eager: what a CPU may have walked, it has, and keeps until a TLBI (T2).  That loses nothing: no step of a
 * model waits for an entry to be there or not, and every rule is broken by one that is there, never by one that is not.
 *
 * A TLBI takes effect on each CPU that it reaches at any time after it was issued; only a DSB of the CPU that issued it
 * waits for them all (T6).
 */
short loaded[NCPU];   /* TTBR0: a pair, or 0: (zero table, ASID 0) */
short reach[NCPU];    /* pairs whose tables may be walked: the loaded one, until the ISB also the one before (T5) */
short tlb[NCPU];      /* pairs of which there may be entries */
byte pending[NCPU];   /* by issuer: CPUs on which its TLBI has not taken effect */
byte operand[NCPU];   /* by issuer: the ASID; 0: everything */

#define bit(c) (1 << (c))

#ifndef WALK
#define WALK(c)    /* what more a model keeps of a walk */
#define DROP(c, n) /* and what a TLBI of ASID n drops of that */
#endif

/* A walk of every table that is reachable.  It must not find another space's entries under its ASID (I7). */
#define fill(c) tlb[c] = tlb[c] | reach[c]; WALK(c)

#ifdef NO_ISB
#define isb(c) skip
#else
#define isb(c) reach[c] = loaded[c]
#endif

/*
 * ttbr0_write(): MSR and ISB in one step.  Between the two a CPU walks both roots; it walks one of them before, and the
 * other after, so a look from another CPU finds nothing in between that it would not find then.
 */
inline ttbr0_write(c, s, n)
{
	RULE(I1, n != 0);
	RULE(I7, !(tlb[c] & UNDER(n) & ~PAIR(n, s)));
	reach[c] = loaded[c] | PAIR(n, s);
	loaded[c] = PAIR(n, s);
	fill(c);
	isb(c)
}

/* The same with the zero table. */
inline ttbr0_write_zero(c, n)
{
	RULE(I1, n == 0);
	reach[c] = loaded[c];
	loaded[c] = 0;
	fill(c);
	isb(c)
}

/* tlb_asid_local(), tlb_asid_broadcast(), tlb_all_broadcast() up to their TLBI: n is an ASID, 0 for everything. */
inline tlbi(c, n, targets)
{
	operand[c] = n;
	pending[c] = targets
}

/* The DSB at their end; DSB ISH and NSH wait alike here, for the TLBI before it reached what it reached. */
#define dsb_done(c) (pending[c] == 0)

inline take_effect(i, c)
{
	if
	:: operand[i] == 0 -> tlb[c] = 0
	:: else -> tlb[c] = tlb[c] & ~UNDER(operand[i])
	fi;
	DROP(c, operand[i]);
	fill(c); /* the tables that are still loaded are walked again at once */
	pending[i] = pending[i] & ~bit(c);
	if
	:: pending[i] == 0 -> operand[i] = 0
	:: else
	fi
}

proctype hardware()
{
	byte i, c;
end:	do
	:: atomic {
		pending[0] || pending[1] || pending[2] ->
		if
		:: pending[0] -> i = 0
		:: pending[1] -> i = 1
		:: pending[2] -> i = 2
		fi;
		if
		:: pending[i] & 1 -> c = 0
		:: pending[i] & 2 -> c = 1
		:: pending[i] & 4 -> c = 2
		fi;
		d_step {
			printf("      hardware: TLBI of CPU %d takes effect on CPU %d\n", i, c);
			take_effect(i, c);
			i = 0; c = 0
		}
	   }
	od
}

#define any_reach(pairs)  ((reach[0] | reach[1] | reach[2]) & (pairs))
#define any_tlb(pairs)    ((tlb[0] | tlb[1] | tlb[2]) & (pairs))
