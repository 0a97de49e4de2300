/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONSOLE_UART_H
#define CONSOLE_UART_H
/*
 * The PL011 (Arm DDI 0183), as far as a terminal needs it.
 *
 * The kernel has set it up (rate, format, FIFOs) and writes its log to the same
 * one by polling: this driver never turns it off, and touches the data, the flags, and which interrupts come and when.
 */
#include <stdbool.h>
#include <stdint.h>

/* Registers from here on: a device's memory.  No interrupt is on until uart_interrupts(). */
void uart_init(volatile void *registers);

/* The next byte that came, or -1. */
int uart_get(void);

/* The transmit FIFO takes a byte; only then is it given one. */
bool uart_room(void);
void uart_put(uint8_t byte);

/* Nothing is on its way out. */
bool uart_idle(void);

/* Which interrupts are wanted from now on: that bytes came, that the transmit FIFO is nearly empty. */
void uart_interrupts(bool receive, bool transmit);

/* Before looking at what an interrupt was for: what happens from here on raises it anew. */
void uart_clear(void);

#endif
