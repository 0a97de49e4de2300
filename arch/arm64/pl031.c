/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PL031 real-time clock (Arm DDI 0224): one register counts seconds since 1970.  Read once at boot for the
 * base of CLOCK_REALTIME; nothing sets it.
 */
#include "arch/arm64/devices.h"
#include "arch/arm64/mmio.h"
#include "boot/platform.h"
#include "mm/kmap.h"

#define RTCDR 0x000

uint64_t rtc_read_ns(const struct platform *p)
{
	char *regs = p->rtc.size ? kmap_device(p->rtc.base, 0x1000) : NULL;

	return regs ? mmio_read32(regs + RTCDR) * 1000000000ull : 0;
}
