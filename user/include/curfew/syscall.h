/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_SYSCALL_H
#define CURFEW_SYSCALL_H
/*
 * The bare system call: curfew_syscall(SYS_number, up to six arguments).
 *
 * The result is the kernel's: a value >= 0, or a negative errno; errno itself
 * is not touched.  curfew_result() turns it into C's way: -1, and errno.
 * All registers but x0 survive a call, so these inline to one SVC.
 */
#include <curfew/abi.h>
#include <errno.h>

static inline long curfew_syscall0(long number)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0");

	__asm__ volatile("svc #0" : "=r"(x0) : "r"(x8) : "memory", "cc");
	return x0;
}

static inline long curfew_syscall1(long number, long a)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8) : "memory", "cc");
	return x0;
}

static inline long curfew_syscall2(long number, long a, long b)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1) : "memory", "cc");
	return x0;
}

static inline long curfew_syscall3(long number, long a, long b, long c)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory", "cc");
	return x0;
}

static inline long curfew_syscall6(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
	return x0;
}

#define CURFEW_SYSCALL_0(n)                curfew_syscall0(n)
#define CURFEW_SYSCALL_1(n, a)             curfew_syscall1(n, (long)(a))
#define CURFEW_SYSCALL_2(n, a, b)          curfew_syscall2(n, (long)(a), (long)(b))
#define CURFEW_SYSCALL_3(n, a, b, c)       curfew_syscall3(n, (long)(a), (long)(b), (long)(c))
#define CURFEW_SYSCALL_4(n, a, b, c, d)    curfew_syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define CURFEW_SYSCALL_5(n, a, b, c, d, e) curfew_syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define CURFEW_SYSCALL_6(n, a, b, c, d, e, f) \
	curfew_syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define CURFEW_SYSCALL_PICK(n, a, b, c, d, e, f, name, ...) name
#define curfew_syscall(...)                                                                                      \
	CURFEW_SYSCALL_PICK(__VA_ARGS__, CURFEW_SYSCALL_6, CURFEW_SYSCALL_5, CURFEW_SYSCALL_4, CURFEW_SYSCALL_3, \
		CURFEW_SYSCALL_2, CURFEW_SYSCALL_1, CURFEW_SYSCALL_0, 0)                                         \
	(__VA_ARGS__)

/* The kernel's result as a C function returns it: value, or -1 with errno set. */
static inline long curfew_result(long result)
{
	if (result >= 0 || result < -4095)
		return result;
	errno = (int)-result;
	return -1;
}

#endif
