/* SPDX-License-Identifier: BSD-2-Clause */
#include <stddef.h>
#include "uart.h"

#define UARTDR   0x000
#define UARTFR   0x018
#define UARTIFLS 0x034
#define UARTIMSC 0x038
#define UARTICR  0x044

#define DR_FRAMING_PARITY_BREAK 0x700 /* not a byte that somebody typed; an overrun (0x800) comes with a good one */
#define FR_BUSY   (1u << 3)
#define FR_RXFE   (1u << 4)
#define FR_TXFF   (1u << 5)
#define IFLS_EARLY 0 /* receive at 1/8 full, transmit at 1/8 full */
#define INT_RX    (1u << 4)
#define INT_TX    (1u << 5)
#define INT_RT    (1u << 6) /* bytes wait in the FIFO below its level, and no more came */
#define INT_ALL   0x7ff

static volatile uint8_t *regs;
static uint32_t wanted;

static uint32_t get(size_t offset)
{
	return *(volatile uint32_t *)(regs + offset);
}

static void set(size_t offset, uint32_t value)
{
	*(volatile uint32_t *)(regs + offset) = value;
}

void uart_init(volatile void *registers)
{
	regs = registers;
	wanted = 0;
	set(UARTIMSC, 0);
	set(UARTIFLS, IFLS_EARLY);
}

int uart_get(void)
{
	while (!(get(UARTFR) & FR_RXFE)) {
		uint32_t data = get(UARTDR);

		if (!(data & DR_FRAMING_PARITY_BREAK))
			return data & 0xff;
	}
	return -1;
}

bool uart_room(void)
{
	return !(get(UARTFR) & FR_TXFF);
}

void uart_put(uint8_t byte)
{
	set(UARTDR, byte);
}

bool uart_idle(void)
{
	return !(get(UARTFR) & FR_BUSY);
}

void uart_interrupts(bool receive, bool transmit)
{
	uint32_t bits = (receive ? INT_RX | INT_RT : 0) | (transmit ? INT_TX : 0);

	if (bits != wanted)
		set(UARTIMSC, bits);
	wanted = bits;
}

/* INT_RX and INT_TX fall by themselves, as the FIFOs are emptied and filled. */
void uart_clear(void)
{
	set(UARTICR, INT_ALL & ~(INT_RX | INT_TX));
}
