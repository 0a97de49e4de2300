/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How threads and processes end: kernel/exit.c, kernel/process.c.  What is done under process_lock is one step.
 */
byte proc[4];                 /* thread->process */
bit killed[4];                /* TW_KILL */
bit stack_free[4];
byte n_threads[NPROC];        /* process->n_threads */
byte on_cpu[NPROC];           /* process->on_cpu */
byte execing[NPROC] = NONE;   /* process->execing */
bit dying[NPROC];
bit zombie[NPROC];

/* thread_kill(): process_lock held. */
#define thread_kill(t) killed[t] = 1; if :: sleeping[t] -> sched_wake(t) :: else fi

#define kill_if(t, p) if :: proc[t] == p && at[t] != OFF -> thread_kill(t) :: else fi

/* process_kill(): process_lock held. */
inline process_kill(p)
{
	if
	:: !dying[p] ->
		dying[p] = 1;
		kill_if(0, p);
		kill_if(1, p);
		kill_if(2, p)
	:: else
	fi
}

/* A copy from or to user space, as in vm_fault(). */
inline user_access(t)
{
	RULE(I6, space[t] != NONE && state[space[t]] == LIVE)
}

/* begin_leaving() */
inline begin_leaving(p)
{
	n_threads[p]--;
	if
	:: n_threads[p] == 0 -> dying[p] = 1
	:: else
	fi;
	if
	:: execing[p] != NONE && n_threads[p] == 1 -> sched_wake(execing[p]) /* process_wake() */
	:: else
	fi
}

/* user_duties(): E1. */
inline user_duties(t)
{
	if
	:: !dying[proc[t]] ->
		printf("T%d CPU %d: E1, clear-tid\n", t, at[t]);
		user_access(t)
	:: else
	fi
}

/* give_up_vmspace(): E3.  The right is given up with preemption off, so that only this CPU could tell when. */
inline give_up_vmspace(t, s)
{
#ifdef FLUSH_BEFORE_PARK
	d_step { nopreempt[t] = 1; tlbi(at[t], asid_number(space[t]), 7) };
	dsb_done(at[t]);
#endif
	d_step {
		nopreempt[t] = 1;
		s = space[t];
		space[t] = NONE
	};
#ifdef COUNT_BEFORE_PARK
	vmspace_leave(t, s);
#endif
	pmap_park(at[t], t);
#ifndef COUNT_BEFORE_PARK
	vmspace_leave(t, s);
#endif
	s = NONE
}

/* thread_free(): E8. */
inline thread_free(t)
{
	d_step {
		printf("      stack of T%d is free\n", t);
		RULE(E8, cur[0] != t && cur[1] != t && cur[2] != t);
		stack_free[t] = 1
	}
}

/* thread_exit(), from begin_leaving() to the call of schedule() from which there is no way back. */
inline thread_exit(t)
{
	d_step {
		printf("T%d CPU %d: begins to leave\n", t, at[t]);
		begin_leaving(proc[t])
	};
	give_up_vmspace(t, s);
#ifdef TOUCH_AFTER_PURGE
	d_step {
		printf("T%d CPU %d: clear-tid\n", t, at[t]);
		user_access(t)
	};
#endif
#ifdef STACK_FREED_LIVE
	thread_free(t);
#endif
	d_step {
		printf("T%d CPU %d: DEAD\n", t, at[t]);
		nopreempt[t] = 1;
		dead[t] = 1;
		scheduling[t] = 1
	}
}

/* make_zombie(): E7, process_lock held. */
inline make_zombie(p)
{
	printf("      process %d is a zombie\n", p);
	zombie[p] = 1;
	RULE(E7, ALL_FREE(p))
}

/* exit_finish(): on the next thread's stack; then that thread goes on. */
inline exit_finish(c, t)
{
#ifndef ZOMBIE_EARLY
#ifndef STACK_FREED_LIVE
	thread_free(t);
#endif
#endif
	d_step {
		at[t] = OFF;
		nopreempt[t] = 0;
		killed[t] = 0;
		on_cpu[proc[t]]--;
		if
		:: on_cpu[proc[t]] == 0 -> make_zombie(proc[t])
		:: else
		fi;
		at[cur[c]] = c;
		at[NONE] = OFF;
		t = NONE
	}
}

/* Another process: it may kill, and it waits.  sys_kill(), sys_wait() */
proctype other()
{
	do
	:: d_step { !dying[0] -> printf("      kill\n"); process_kill(0) }
	:: d_step { zombie[0] -> RULE(E7, ALL_FREE(0)) }; break
	od
}
