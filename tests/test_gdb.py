# SPDX-License-Identifier: BSD-2-Clause
"""`make gdb`: symbols from the first instruction on, one thread a CPU, backtraces through a trap into user space."""
import os
import re
import subprocess

import harness


def gdb(tmp_path, script, **variables):
    """Runs gdb in batch mode with these lines; returns what it printed."""
    path = tmp_path / "script"
    path.write_text(script)
    with harness.place("scripts/gdb -batch -x %s" % path):
        done = subprocess.run([os.path.join("scripts", "gdb"), "-batch", "-x", str(path)], cwd=harness.ROOT,
                              env=harness.environment(variables), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=harness.LIMIT)
    text = done.stdout.decode(errors="replace")
    assert "Python Exception" not in text and "Traceback" not in text, text
    return text


def test_from_the_first_instruction(tmp_path):
    """Before the MMU is on the kernel runs at physical addresses; symbols are there too."""
    text = gdb(tmp_path, """
info threads
break primary_start
continue
echo at the start:\\n
bt 1
delete
break kmain
continue
echo in kmain:\\n
bt
info threads
""", CMD="true", SMP=4)
    start = text.split("at the start:")[1]
    assert re.search(r"#0 .*primary_start", start), text
    assert re.search(r"#0 +(0x\w+ in )?kmain \(", start.split("in kmain:")[1]), text
    assert len(re.findall(r"Thread 1\.\d ", text.split("in kmain:")[1])) == 4, text


def test_system_call_backtrace(tmp_path):
    """Both halves of a trap: the kernel's frames, and those of the program that made the call."""
    text = gdb(tmp_path, """
curfew user /bin/true
curfew user /bin/sleep
break kmain
continue
delete
break syscall_dispatch if f->x[8] == 24
continue
echo at the call:\\n
bt
curfew ps
curfew threads
curfew cpus
""", CMD="sleep 1", SMP=1)
    trace = text.split("at the call:")[1]
    assert re.search(r"#\d+ .*syscall_dispatch", trace), text
    assert re.search(r"#\d+ .*\bmain \(", trace), text
    assert re.search(r"^ +1 +0 +\d+ +1 .*init", trace, re.MULTILINE), text
    assert re.search(r"^CPU 0: percpu", trace, re.MULTILINE), text


def test_backtrace_of_a_thread_ends(tmp_path):
    """The program's second thread: nothing called its first function, and gdb knows."""
    text = gdb(tmp_path, """
curfew user /bin/forkstress
break kmain
continue
delete
break sys_thread_exit
continue
bt
""", CMD="forkstress -n 2 -j 1 -t 2", SMP=1)
    assert re.search(r"^#\d+ .* in run \(", text, re.MULTILINE) and "corrupt stack" not in text, text


def test_memory_of_a_process(tmp_path):
    text = gdb(tmp_path, """
break kmain
continue
delete
break syscall_dispatch if f->x[8] == 24
continue
curfew regions 1
""", CMD="sleep 1", SMP=1)
    assert re.search(r"^0x0*200000-0x\w+ r-- \(at most rwx\) vmo", text, re.MULTILINE), text
