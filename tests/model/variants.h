/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mistakes, one at a time by -D, most of which shipped in real systems; each must break a rule (scripts/model has which).
 * Where the mistake is a step left out or moved, it stands at that step; the rest are here.
 */
#ifdef LOCAL_FOR_BROADCAST  /* E4 flushes this CPU only, whoever else has run the space */
#define LOCAL 1
#else
#define LOCAL 0
#endif

#ifdef LAZY_IDLE            /* an idle CPU stays on the space of the thread before */
#define LAZY 1
#else
#define LAZY 0
#endif

#if defined(FLUSH_BEFORE_PARK) || defined(REUSE_UNFLUSHED)
#define FLUSH_AT_KILL 0     /* it was done before, or is left to nobody */
#else
#define FLUSH_AT_KILL 1
#endif

#if defined(ROLLOVER_DROPS_LIVE) || defined(ACTIVE_FIRST) || defined(NO_DMB)
#define STALE_STAYS 1       /* see forget in asid.h */
#else
#define STALE_STAYS 0
#endif
