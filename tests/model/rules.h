/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules of docs/protocol.md that the models assert.  A failed assertion prints its expression, and with it the
 * rule's name: that is what scripts/model reads.
 */
byte I1, I2, I3, I4, I5, I6, I7, I8, I10, I16, E3, E7, E8; /* never set: each is only a name */

#define RULE(name, holds) assert((holds) || name)

#define NCPU 3
#define NONE 3 /* no thread (idle), no space, no CPU */
