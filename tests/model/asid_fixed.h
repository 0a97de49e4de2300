/* SPDX-License-Identifier: BSD-2-Clause */
/* Where ASIDs are not the subject: each space has one of its own from the beginning. */
#define asid_number(s) ((s) + 1)
#define asid_get(c, s, n) n = (s) + 1
#define asid_release(s) skip
#define set_ran(c, s) ran[s] = ran[s] | bit(c)
