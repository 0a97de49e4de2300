/* SPDX-License-Identifier: BSD-2-Clause */
/* A CPU: schedule() again and again, from threads that end too. */
proctype cpu(byte c)
{
	byte asid, next = NONE, prev = NONE;

end:	do
	:: d_step { scheduling[cur[c]] && !sleeping[cur[c]] && !dead[cur[c]] -> scheduling[cur[c]] = 0 } /* next == prev */
	:: if
	   :: d_step { may_take(c) && at[0] == READY -> begin_step(c, 0) }
	   :: d_step { may_take(c) && at[1] == READY -> begin_step(c, 1) }
	   :: d_step { may_take(c) && at[2] == READY -> begin_step(c, 2) }
	   :: d_step { may_take(c) && cur[c] != NONE -> begin_step(c, NONE) }
	   fi;
		rest(c);
		if
		:: prev != NONE -> exit_finish(c, prev) /* next's first act, with preemption off */
		:: else
		fi
	od
}
