/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time: the generic timer's virtual counter, and each CPU's virtual timer for the next deadline (Arm ARM D11).
 *
 *   ns    = ((CNTVCT - base) * mult) >> SHIFT          mult = 10^9 * 2^48 / frequency
 *   ticks = (ns * inverse) >> INVERSE_SHIFT, + 1       inverse = frequency * 2^60 / 10^9
 *
 * with 128-bit products, so nothing overflows in 500 years; at up to 1 GHz, rounding mult costs at most 2^-48 of the
 * time, 0.1 us in a year.  The +1 rounds up: when the interrupt comes, timer_now() has reached the deadline.
 *
 * The timer's interrupt is a level: it lasts while the timer is enabled and CVAL is past, so handling it begins with
 * turning the timer off, and no deadline means off.  No locks: everything is constant after timer_init() or
 * belongs to the CPU.
 */
#include "arch/arm64/cpu.h"
#include "arch/arm64/devices.h"
#include "boot/platform.h"
#include "kernel/log.h"

#define NS_PER_S      1000000000ull
#define SHIFT         48
#define INVERSE_SHIFT 60

#define CNTV_CTL_ENABLE 1
#define CNTKCTL_EL0VCTEN (1 << 1)

static uint64_t frequency, base, mult, inverse;
static uint32_t intid;

/* ISB: the counter must not be read before what precedes it in program order (D11.1.2). */
static inline uint64_t counter(void)
{
	isb();
	return read_sysreg(cntvct_el0);
}

/* value * 2^bits / divisor for quotients that fit, bit by bit: there is no 128-bit division without a library. */
static uint64_t scaled_divide(uint64_t value, unsigned bits, uint64_t divisor)
{
	uint64_t quotient = value / divisor, rest = value % divisor;

	while (bits--) {
		rest <<= 1;
		quotient = quotient << 1 | (rest >= divisor);
		rest -= rest >= divisor ? divisor : 0;
	}
	return quotient;
}

void timer_init(const struct platform *p)
{
	frequency = read_sysreg(cntfrq_el0) & 0xffffffff;
	if (frequency < 1000000)
		panic("the generic timer's frequency is %lu Hz: firmware has not set CNTFRQ_EL0", frequency);
	mult = scaled_divide(NS_PER_S, SHIFT, frequency);
	inverse = scaled_divide(frequency, INVERSE_SHIFT, NS_PER_S);
	base = counter();
	intid = p->timer_intid;
}

uint64_t timer_now(void)
{
	return (uint64_t)((unsigned __int128)(counter() - base) * mult >> SHIFT);
}

uint64_t timer_ticks_to_ns(uint64_t ticks)
{
	return (uint64_t)((unsigned __int128)ticks * mult >> SHIFT);
}

void timer_conversion(uint64_t *base_, uint64_t *mult_, uint32_t *shift, uint64_t *freq)
{
	*base_ = base;
	*mult_ = mult;
	*shift = SHIFT;
	*freq = frequency;
}

void timer_program(uint64_t deadline_ns)
{
	uint64_t ticks;

	if (deadline_ns >> 63) { /* 292 years are for ever */
		write_sysreg(0, cntv_ctl_el0);
	} else {
		ticks = (uint64_t)((unsigned __int128)deadline_ns * inverse >> INVERSE_SHIFT) + 1;
		write_sysreg(base + ticks, cntv_cval_el0);
		write_sysreg(CNTV_CTL_ENABLE, cntv_ctl_el0);
	}
	isb(); /* now, not some time later */
}

static void timer_interrupt(uint32_t id, void *arg)
{
	write_sysreg(0, cntv_ctl_el0);
	isb(); /* the level is down before the interrupt is ended */
	timer_fired();
}

/* The interrupt is named once, by the boot CPU; the others enable their own bank of it. */
void timer_init_cpu(void)
{
	static bool registered;

	write_sysreg(0, cntv_ctl_el0);
	write_sysreg(CNTKCTL_EL0VCTEN, cntkctl_el1);
	isb();
	if (registered) {
		irq_enable_private(intid);
	} else {
		irq_register(intid, timer_interrupt, NULL);
		registered = true;
	}
}
