/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exec: a process of three threads, of which two may replace the program, also both at once.  The new space is built
 * first; become_alone() has the others leave by E1 to E3; the one left moves over, which is its park from the old
 * space, and leaves that.  Meanwhile threads end, and a kill comes from outside.
 *
 * Threads are alike, so it is thread 0 that succeeds, if one does: thread 1 comes to become_alone() only when thread 0
 * was first or the process is dying, and destroys what it has built.
 */
#define SWITCH_IS_ONE_STEP
#define NSPACES 3   /* 0: the old one; 1 and 2: what threads 0 and 1 have built */
#define NPROC 1
#define PAIR(n, s) bit(s)
#define UNDER(n)   bit((n) - 1)
#define OF(s)      bit(s)
#define ALL_FREE(p) (state[0] == GONE && state[1] == GONE && state[2] == GONE && \
		     stack_free[0] && stack_free[1] && stack_free[2])
#include "rules.h"
#include "variants.h"
#include "hardware.h"
#include "asid_fixed.h"
#include "sched.h"
#include "pmap.h"
#include "switch.h"
#include "exit.h"
#include "cpu.h"

/* wait_sleep() in become_alone(): the wake is that of begin_leaving(), or a kill. */
inline wait_until_alone(t)
{
	do
	:: d_step {
		n_threads[0] > 1 && !killed[t] ->
		sleeping[t] = 1;
		scheduling[t] = 1
	   }
	:: else -> break
	od
}

#define kill_others(self, t) if :: self != t && at[t] != OFF -> thread_kill(t) :: else fi

/* become_alone(): an error is -EINTR. */
inline become_alone(t)
{
	d_step {
		error = dying[0] || execing[0] != NONE;
		if
		:: !error && n_threads[0] > 1 ->
			printf("T%d CPU %d: exec, the others shall leave\n", t, at[t]);
			execing[0] = t;
			kill_others(t, 0);
			kill_others(t, 1);
			kill_others(t, 2)
		:: else
		fi
	};
	if
	:: execing[0] == t ->
		wait_until_alone(t);
		skip;
		d_step {
			execing[0] = NONE;
			error = dying[0]
		}
	:: else
	fi
}

/* exec_commit(), after become_alone(). */
inline move_over(t, new)
{
	d_step {
		printf("T%d CPU %d: moves over to space %d\n", t, at[t], new);
		nopreempt[t] = 1;
		s = space[t];
		space[t] = new;
#ifdef LEAVE_BEFORE_SWITCH
	};
	vmspace_leave(t, s);
	d_step {
#endif
		begin_pmap_switch(at[t], new)
	};
	pmap_switch(at[t], new);
	d_step {
		switched(at[t], new);
		nopreempt[t] = 0
	};
#ifndef LEAVE_BEFORE_SWITCH
	vmspace_leave(t, s);
#endif
	s = NONE
}

/* sys_exec(): exec_load(), exec_commit(). */
inline exec(t, new)
{
	d_step {
		space[t] == 0 && state[new] == GONE && !killed[t] ->
		state[new] = LIVE;
		live[new] = 1
	};
	(t == 0 || dying[0] || execing[0] != NONE); /* thread 1 fails */
	become_alone(t);
	if
	:: error -> vmspace_destroy(t, new); error = 0
	:: else -> move_over(t, new)
	fi
}

proctype thread(byte t) provided (runs(t))
{
	byte asid, s = NONE;
	bit error;

	do
	:: t < 2 && space[t] == 0 && !killed[t] -> exec(t, t + 1)
	:: d_step { user_duties(t) }; break                                             /* sys_thread_exit(), user_work() */
	:: d_step { !killed[t] -> process_kill(proc[t]); user_duties(t) }; break  /* process_exit() */
	od;
	thread_exit(t);
end:	false /* never runs again */
}

init
{
	d_step {
		n_threads[0] = 3; on_cpu[0] = 3; live[0] = 3; state[0] = LIVE;
		space[0] = 0; space[1] = 0; space[2] = 0;
		/* Every CPU has run it: that this may be otherwise is exit.pml's matter. */
		ran[0] = 7; tlb[0] = PAIR(1, 0); tlb[1] = PAIR(1, 0); tlb[2] = PAIR(1, 0)
	};
	atomic {
		run hardware(); run cpu(0); run cpu(1); run cpu(2);
		run thread(0); run thread(1); run thread(2); run other()
	}
}
