/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONSOLE_OUTPUT_H
#define CONSOLE_OUTPUT_H
/*
 * What the halves of the line discipline use of each other.
 */
#include "ldisc.h"

/* A byte of echo, processed as output is.  It is lost when the queue is full. */
void output_put(struct ldisc *l, uint8_t c);

/* ICANON may have changed. */
void ldisc_modes_changed(struct ldisc *l, bool was_canonical);

#endif
