/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ASIDs and generations: mm/asid.c.  Two numbers can be given, 1 and 2.
 *
 * A pmap's asid is (generation, number).  All that the code asks of the generation is whether it is the present one, or
 * the one before; so a rollover ages all asids by one, and older than that is all the same.
 *
 * Data that asid_lock guards is changed in one step with taking the lock: nobody else looks at it in between.
 */
#define OLDER 0
#define PREVIOUS 1
#define CURRENT 2
#define ALL_USED 7 /* of map: 0 (the zero table's), 1, 2 */

byte number[NSPACES];
byte age[NSPACES] = OLDER;
byte map = 1;
bit asid_lock;

#define asid_number(s) number[s]
#define present(s) (age[s] == CURRENT)

/* find(): whatever the cursor, it is a number that is free. */
inline give(s, n, got)
{
	printf("      ASID %d is for space %d\n", n, s);
	number[s] = n;
	age[s] = CURRENT;
	map = map | bit(n);
	got = n
}

inline older(s)
{
	if
	:: age[s] == CURRENT -> age[s] = PREVIOUS
	:: else -> age[s] = OLDER
	fi
}

/* keep() */
inline keep(s)
{
	if
	:: s != NONE && age[s] == PREVIOUS ->
		RULE(I1, number[s] != 0);
		map = map | bit(number[s]);
		age[s] = CURRENT
	:: else
	fi
}

/* Both looks of rollover() at a CPU, incoming first. */
inline look_at(i)
{
#ifdef ACTIVE_FIRST
	now_active = active_pmap[i];
	d_step {
		now_incoming = incoming_pmap[i];
#else
	now_incoming = incoming_pmap[i];
	d_step {
		now_active = active_pmap[i];
#endif
		keep(now_incoming);
#ifndef ROLLOVER_DROPS_LIVE
		keep(now_active);
#endif
		now_incoming = NONE;
		now_active = NONE
	}
}

/*
 * Not in the code: the number of a space that was not kept.  A flush by it would be wasted, if not on another space's
 * entries; and fewer entries break no rule.  That holds where rollover() is right; variants of it forget nothing.
 */
inline forget(s)
{
	if
	:: STALE_STAYS || present(s) || any_reach(OF(s))
	:: else -> age[s] = OLDER; number[s] = 0
	fi
}

/* rollover(): the lock is held, the generation written, with its DMB. */
inline rollover(c)
{
	look_at(0);
	look_at(1);
	look_at(2);
#ifndef REUSE_UNFLUSHED
	tlbi(c, 0, 7);
#endif
	d_step {
		dsb_done(c);
		forget(0);
		forget(1);
		forget(2)
	}
}

/*
 * asid_get() and asid_allocate().  The loads of p->asid and of the generation in asid_get() are one step; were there a
 * rollover between, the compare would fail.
 */
inline asid_get(c, s, n)
{
	do
	:: d_step { present(s) -> n = number[s] }; break
	:: d_step { !asid_lock && !present(s) && !(map & bit(1)) -> give(s, 1, n) }; break
	:: d_step { !asid_lock && !present(s) && !(map & bit(2)) -> give(s, 2, n) }; break
	:: d_step {
		!asid_lock && !present(s) && map == ALL_USED ->
		printf("CPU %d: rollover\n", c);
		asid_lock = 1;
		older(0);
		older(1);
		older(2);
		map = 1
	   };
		rollover(c);
		if
		:: d_step { !(map & bit(1)) -> give(s, 1, n); asid_lock = 0 }; break
		:: d_step { !(map & bit(2)) -> give(s, 2, n); asid_lock = 0 }; break
		:: d_step { map == ALL_USED -> asid_lock = 0 } /* cpu_relax() */
		fi
	od
}

/* asid_free() */
inline asid_free(s)
{
	if
	:: present(s) ->
		RULE(I7, number[s] != 0 && map & bit(number[s]));
		map = map & ~bit(number[s])
	:: else
	fi;
	number[s] = 0;
	age[s] = OLDER
}
