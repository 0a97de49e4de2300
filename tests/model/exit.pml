/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * E1 to E8: a process of three threads on three CPUs.  Each thread ends at any time, alone or with the whole process;
 * a kill comes from outside at any time; somebody waits.
 */
#define SWITCH_IS_ONE_STEP
#define NSPACES 1
#define NPROC 1
#define PAIR(n, s) bit(s)
#define UNDER(n)   bit((n) - 1)
#define OF(s)      bit(s)
#define ALL_FREE(p) (state[0] == GONE && stack_free[0] && stack_free[1] && stack_free[2])
#include "rules.h"
#include "variants.h"
#include "hardware.h"
#include "asid_fixed.h"
#include "sched.h"
#include "pmap.h"
#include "switch.h"
#include "exit.h"
#include "cpu.h"

proctype thread(byte t) provided (runs(t))
{
	byte s = NONE;

	/* In user space, or in a system call that sleeps; then one of the ways out. */
	do
	:: d_step { !killed[t] && !sleeping[t] -> sleeping[t] = 1; scheduling[t] = 1 } /* wait_sleep(), killable */
	:: d_step { user_duties(t) }; break                                             /* sys_thread_exit(), user_work() */
	:: d_step { !killed[t] -> process_kill(proc[t]); user_duties(t) }; break  /* process_exit() */
	od;
	thread_exit(t);
end:	false
}

init
{
	d_step {
		n_threads[0] = 3; on_cpu[0] = 3; live[0] = 3; state[0] = LIVE;
		space[0] = 0; space[1] = 0; space[2] = 0
	};
	atomic {
		run hardware(); run cpu(0); run cpu(1); run cpu(2);
		run thread(0); run thread(1); run thread(2); run other()
	}
}
