/* SPDX-License-Identifier: BSD-2-Clause */
/* Where ASIDs are not the subject: each space has one of its own from the beginning. */
#define asid_number(s) ((s) + 1)
#define asid_get(c, s, n)
#define asid_free(s) skip
/* One step with pmap_switch()'s own bit in ran, and its DSB. */
#define set_ran(c, s, n) d_step { n = asid_number(s); ran[s] = ran[s] | bit(c) }
