/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PL011 UART (Arm DDI 0183): polled output for the log and the console, input by interrupt: whoever asked for
 * it is told, and takes the bytes that it has room for.
 *
 * The baud rate stays as firmware set it.  Before uart_init(), or on a machine without a UART, output
 * is thrown away.  No locks: kernel/log.c serialises output; the receive interrupt goes to one CPU.
 */
#include "arch/arm64/cpu.h"
#include "arch/arm64/devices.h"
#include "arch/arm64/mmio.h"
#include "boot/platform.h"
#include "mm/kmap.h"

#define UARTDR    0x000
#define UARTFR    0x018
#define UARTLCR_H 0x02c
#define UARTCR    0x030
#define UARTIFLS  0x034
#define UARTIMSC  0x038
#define UARTICR   0x044

#define DR_FRAMING_PARITY_BREAK 0x700 /* not a byte that somebody typed; an overrun (0x800) comes with a good one */
#define FR_RXFE      (1u << 4)
#define FR_TXFF      (1u << 5)
#define LCR_H_8N1_FIFO 0x70
#define CR_ENABLE    0x301 /* UARTEN, TXE, RXE */
#define CR_UARTEN    0x001
#define INT_RX       (1u << 4)
#define INT_RT       (1u << 6) /* bytes wait in the FIFO below its level, and no more came */
#define INT_ALL      0x7ff

static char *regs; /* NULL: no UART */
static uint32_t intid;
static void (*arrived)(void);

void uart_init(const struct platform *p)
{
	if (p->uart.size == 0)
		return;
	regs = kmap_device(p->uart.base, 0x1000);
	intid = p->uart_intid;
	if (!regs)
		return;
	mmio_write32(regs + UARTIMSC, 0);
	if (mmio_read32(regs + UARTCR) & CR_UARTEN)
		return;
	/* Turning the FIFO on throws away a byte that has come already (QEMU receives while disabled): then do without. */
	if (mmio_read32(regs + UARTFR) & FR_RXFE)
		mmio_write32(regs + UARTLCR_H, LCR_H_8N1_FIFO);
	mmio_write32(regs + UARTCR, CR_ENABLE);
}

int uart_getc(void)
{
	uint32_t data;

	while (!(mmio_read32(regs + UARTFR) & FR_RXFE)) {
		data = mmio_read32(regs + UARTDR);
		if (!(data & DR_FRAMING_PARITY_BREAK))
			return data & 0xff;
	}
	return -1;
}

void uart_interrupt_on(bool on)
{
	mmio_write32(regs + UARTIMSC, on ? INT_RX | INT_RT : 0);
}

/* The FIFO is emptied after the interrupt is cleared: what comes in between raises it anew. */
static void uart_interrupt(uint32_t id, void *arg)
{
	mmio_write32(regs + UARTICR, INT_ALL & ~INT_RX); /* INT_RX falls when the FIFO is empty */
	arrived();
}

void uart_enable_input(void (*fn)(void))
{
	uint64_t flags;

	if (!regs || !intid)
		return;
	arrived = fn;
	flags = irq_save();
	irq_register(intid, uart_interrupt, NULL);
	mmio_write32(regs + UARTIFLS, 0); /* at 1/8 full */
	uart_interrupt_on(true);
	arrived(); /* what was typed before raises no interrupt */
	irq_restore(flags);
}

void uart_putc(int byte)
{
	if (!regs)
		return;
	while (mmio_read32(regs + UARTFR) & FR_TXFF)
		cpu_relax();
	mmio_write32(regs + UARTDR, (uint8_t)byte);
}

void uart_write(const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		uart_putc(bytes[i]);
}
