/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PL011 UART (Arm DDI 0183): polled output for the log and panic.  A program
 * that has its registers may drive it beside this: interrupts and input are that one's, and what both write mixes.
 *
 * The baud rate stays as firmware set it.  Before uart_init(), or on a machine without a UART, output
 * is thrown away.  No locks: kernel/log.c serialises.
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
#define UARTIMSC  0x038

#define FR_RXFE      (1u << 4)
#define FR_TXFF      (1u << 5)
#define LCR_H_8N1_FIFO 0x70
#define CR_ENABLE    0x301 /* UARTEN, TXE, RXE */
#define CR_UARTEN    0x001

static char *regs; /* NULL: no UART */

void uart_init(const struct platform *p)
{
	if (p->uart.size == 0)
		return;
	regs = kmap_device(p->uart.base, 0x1000);
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
