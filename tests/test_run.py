# SPDX-License-Identifier: BSD-2-Clause
"""The contract of `make run`: exit status, standard output, variables, the shell with CMD and without."""
import os
import re
import subprocess
import time

import pexpect
import pytest

import harness
from harness import Job, make, runs
from terminal import Shell

# ------------------------------------------------------- through make itself


@pytest.mark.parametrize("status", [0, 1, 2, 42, 255])
def test_exit_status(status):
    done = make("run", "CMD=exit %d" % status)
    assert done.returncode == status, done.stderr
    assert done.stdout == ""


def test_output_is_only_the_guests():
    done = make("run", "CMD=echo one; echo two")
    assert (done.returncode, done.stdout) == (0, "one\ntwo\n"), done.stderr


def test_output_when_something_is_built():
    """What a build prints goes to standard error, and so do the commands with V=1."""
    os.utime(os.path.join(harness.ROOT, "linker.ld"))
    done = make("run", "V=1", "CMD=echo hi")
    assert (done.returncode, done.stdout) == (0, "hi\n"), done.stderr
    assert "ld" in done.stderr


def test_command_from_the_environment():
    done = make("run", extra_environment={"CMD": "echo '$$' \"a  b\"; exit 3"})
    assert (done.returncode, done.stdout) == (3, "$$ a  b\n"), done.stderr


def test_quoting():
    """Every character reaches the guest's shell as it was typed, after make's own $$."""
    done = make("run", """CMD=echo 'a  b' "c'd" e\\ f '#;&|<>()*?[]{}~!%^`=' '$$HOME' "(" , é""")
    assert (done.returncode, done.stdout) == (0, "a  b c'd e f #;&|<>()*?[]{}~!%^`= $HOME ( , é\n"), done.stderr


def test_parallel_make():
    done = make("-j4", "run", "CMD=exit 7")
    assert done.returncode == 7, done.stderr


def test_hang_is_101():
    begin = time.monotonic()
    done = make("run", "CMD=sleep 1000", "TIMEOUT=3")
    assert done.returncode == 101, done.stderr
    assert time.monotonic() - begin < harness.LIMIT
    assert re.search(r"^curfew: .*3 seconds", done.stderr, re.MULTILINE), done.stderr


def test_panic_is_100():
    done = make("run", "CMD=true", "BOOTARGS=panic=test")
    assert done.returncode == 100, done.stderr
    assert "panic" in done.stdout.lower(), done.stdout


def test_qemu_does_not_start():
    job = Job("true", options=["--initrd", "/nowhere/initrd"])
    result = job.run()
    assert result.status == 102, result
    assert "/nowhere/initrd" in result.err


BAD = [
    ("SMP=0", "SMP"), ("SMP=33", "SMP"), ("SMP=two", "SMP"), ("SMP=9 GIC=2", "SMP"), ("SMP=-1", "SMP"), ("SMP=", "SMP"),
    ("GIC=4", "GIC"), ("EL=3", "EL"), ("BUILD=foo", "BUILD"), ("CPU=cortex-m3", "CPU"), ("CPU=x86", "CPU"),
    ("MEM=lots", "MEM"), ("MEM=64", "MEM"),
    ("ASID_BITS=2", "ASID_BITS"), ("ASID_BITS=17", "ASID_BITS"), ("TEARDOWN=never", "TEARDOWN"), ("SEED=x", "SEED"),
    ("BUG=nonsense", "BUG"), ("BUG=lazy-idle BUILD=release", "BUG"),
    ("SEEDS=abc", "SEEDS"), ("SEEDS=9..1", "SEEDS"), ("SEEDS=1,,2", "SEEDS"), ("SEEDS=1'", "SEEDS"),
    ("SEEDS=", "SEEDS"), ("CMDD=true", "CMDD"), ("SMPP=4", "SMPP"), ("ADD=/tmp", "ADD"),
    ("TIMEOUT=0", "TIMEOUT"), ("ADD=/nowhere/prog", "ADD"), ("CMD=a\nb", "CMD"), ("VA_BITS=42", "VA_BITS"),
]


@pytest.mark.parametrize("words, name", BAD, ids=[repr(words)[1:-1] for words, name in BAD])
def test_bad_variables(words, name):
    """One clear line, status 2, nothing built."""
    done = make("run", *(words.split(" ") if name in ("SMP", "BUG") else [words]))
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and name in done.stderr, done.stderr


def script(name, *words, **variables):
    with harness.place("scripts/%s %s" % (name, " ".join(words))):
        return subprocess.run([os.path.join("scripts", name), *words], cwd=harness.ROOT, env=harness.environment(variables),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)


@pytest.mark.parametrize("name", ["run", "gdb", "soak", "museum", "stress"])
@pytest.mark.parametrize("variables", [dict(SMP="x"), dict(SMP=40), dict(ASID_BITS=99), dict(BUG="no-isb", BUILD="debug")],
                         ids=str)
def test_scripts_check_variables_too(name, variables):
    done = script(name, **variables)
    assert (done.returncode, done.stdout) == (2, ""), done
    assert len(done.stderr.splitlines()) == 1 and next(iter(variables)) in done.stderr, done


@pytest.mark.parametrize("name", ["run", "soak", "museum", "stress", "model", "protocol-links", "profile", "deps", "doctor"])
def test_scripts_refuse_arguments(name):
    """Unknown ones start nothing; --help tells."""
    assert script(name, "--no-such-option").returncode == 2
    helped = script(name, "--help")
    assert helped.returncode == 0 and helped.stdout, helped


def test_cc_without_arguments():
    done = script("cc")
    assert done.returncode == 2 and done.stderr.startswith("usage: "), done


def test_bug_implies_the_checker():
    """Not only by way of make: and what is not built says how to build it."""
    done = script("run", "--print", BUG="no-such", CMD="true")
    assert done.returncode == 2 and "BUG=no-such" in done.stderr, done
    done = script("run", BUILD="", BUG="no-isb", VA_BITS=48, CMD="true")
    assert done.returncode == 102, done
    assert "build/check-va48-no-isb/curfew.img is not built; type: make BUG=no-isb VA_BITS=48\n" in done.stderr, done


@pytest.mark.parametrize("goal", ["test", "museum", "stress", "model"])
def test_nothing_has_that_name(goal):
    done = make(goal, "T=no-such-thing")
    assert done.returncode == 2 and "T=no-such-thing" in done.stderr, done.stderr
    assert "  CC " not in done.stderr and "usage" not in done.stderr, done.stderr


def test_names_are_known():
    """And a name that is there is none that is refused."""
    done = subprocess.run([os.path.join(harness.ROOT, "scripts", "test"), "--named"], capture_output=True, text=True,
                          env=dict(os.environ, T="test_names_are_known"))
    assert done.returncode == 0, done.stderr


def test_dry_run():
    done = make("-n", "run", "CMD=exit 3")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("goal", ["help", "doctor"])
def test_helpful_goals(goal):
    done = make(goal)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) > 5


def test_add_and_cc(tmp_path):
    """A student's whole loop: a program anywhere on the disk."""
    source = tmp_path / "prog.c"
    source.write_text('#include <math.h>\n#include <stdio.h>\n#include <stdlib.h>\n'
                      'int main(int c, char **v)\n{\n'
                      '\tprintf("%d %s %.3f\\n", c, v[1], sqrt(atof(v[2]) * FACTOR));\n\treturn 5;\n}\n')
    subprocess.run([os.path.join(harness.ROOT, "scripts", "cc"), "-O2", "-Wall", "-Werror", "-DFACTOR=2", "-I.", "prog.c",
                    "-o", "prog", "-lm", "-pthread"], cwd=tmp_path, check=True)
    done = make("run", "ADD=%s" % (tmp_path / "prog"), "CMD=prog 'x y' 8")
    assert (done.returncode, done.stdout) == (5, "3 x y 4.000\n"), done.stderr


def test_two_at_once():
    """Two runs at the same time do not collide."""
    jobs = [Job("sleep 1; echo %d; exit %d" % (i, i)) for i in (3, 4)]
    with harness.place("scripts/run twice at once"):
        script = os.path.join(harness.ROOT, "scripts", "run")
        children = [subprocess.Popen([script], env=harness.environment({"CMD": job.cmd}), stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE) for job in jobs]
        outputs = [child.communicate(timeout=harness.LIMIT)[0] for child in children]
    assert [child.returncode for child in children] == [3, 4]
    assert outputs == [b"3\n", b"4\n"]


def test_interrupt_ends_the_run():
    """Ctrl-C from the terminal with CMD: the run ends, QEMU too."""
    with harness.place("make run CMD='sleep 1000', and Ctrl-C"):
        child = pexpect.spawn("make", ["run", "CMD=echo ready; sleep 1000"], cwd=harness.ROOT,
                              env=harness.environment({}), timeout=60)
        child.expect("ready")
        child.sendintr()
        child.expect(pexpect.EOF)
        child.close()
    assert child.exitstatus in (130, 2) or child.signalstatus == 2, (child.exitstatus, child.signalstatus)


# --------------------------------------------------------- the shell with CMD

SHELL = [
    ("echo one two", 0, "one two\n"),
    ("true", 0, ""),
    ("false", 1, ""),
    ("true; false", 1, ""),
    ("false; true", 0, ""),
    ("true && echo yes", 0, "yes\n"),
    ("false && echo no", 1, ""),
    ("false || echo no", 0, "no\n"),
    ("true || echo no", 0, ""),
    ("false && echo a || echo b", 0, "b\n"),
    ("echo 'a  b'  \"c  d\"", 0, "a  b c  d\n"),
    ("false; echo $?", 0, "1\n"),
    ("exit 9; echo no", 9, ""),
    ("nothing-of-that-name", 127, None),
    ("/bin/echo path", 0, "path\n"),
    ("/bin", 126, None),
    ("cat /bin/echo | true", None, None),
    ("sleep 0.1 & echo first", 0, "first\n"),
    ("time true", 0, None),
    ("hexdump /bin/true", 0, None),
    ("ls /bin", 0, None),
    ("ls /nowhere", None, None),
    ("cat /nowhere", None, None),
    ("ps", 0, None),
    ("uptime", 0, None),
    ("kstat", 0, None),
]


@runs(*[Job(cmd) for cmd, status, output in SHELL if status is not None])
def test_shell(result):
    cmd, status, output = next(row for row in SHELL if row[0] == result.job.cmd)
    assert result.status == status, result
    if output is not None:
        assert result.out == output, result


@runs(Job("ls /nowhere"), Job("cat /nowhere"))
def test_errors_of_programs(result):
    assert 0 < result.status < 100, result
    assert "No such file" in result.out, result


PRINTING = ["/bin/echo x", "/bin/pwd", "ls /", "ls -l /bin/ls", "ps", "uptime", "kstat", "kstat irq.count", "kstat -d true", "dmesg",
            "services", "services files", "hexdump /bin/true", "/bin/kill -l", "df", "cat /bin/true", "time ls", "bench null",
            "threads -t 2 -n 1", "mapstorm -t 2 -n 1", "forkstress -n 1 -j 1", "exitstorm -n 1 -j 1", "exitcost -n 1"]


@runs(Job("for c in %s; do $c 1< /dev/null; echo $?; done" % " ".join("'%s'" % command for command in PRINTING), name="cannot-write",
          TIMEOUT=120))
def test_lost_output_is_told(result):
    """What a program could not write is a line on standard error, and a status."""
    lines = result.out.splitlines()
    assert len(lines) >= 2 * len(PRINTING), result
    told = [line for line in lines if line.endswith(": standard output: Bad file number")]
    assert [line.split(":")[0] for line in told] == [command.replace("time ", "").split()[0].replace("/bin/", "") for command in PRINTING], \
        result
    assert not any(line == "0" for line in lines), result


@runs(Job("ls /bin"))
def test_ls(result):
    names = result.out.split()
    for name in ("ls", "cat", "echo", "ps", "kill", "kstat", "uptime", "sleep", "true", "false", "time", "hexdump",
                 "forkstress", "exitstorm", "threads", "sh"):
        assert name in names, result


@runs(Job("sleep 100 & kill $!; ps"), Job("sleep 100 & ps"))
def test_background(result):
    assert result.status == 0, result


@runs(Job("yes xxxxxxxxxxxxxxx | head -n 16384 > /tmp/x; (dd if=/tmp/x bs=256k status=none; echo > /tmp/over) & "
          "while ! test -e /tmp/over; do echo mark; done; wait", SMP=2, SEED=1, name="long-write"))
def test_a_long_write_takes_turns(result):
    """Others' lines come between its pieces, none is cut, and nothing is lost."""
    pieces = result.out.split("mark\n")
    assert result.out.count("xxxxxxxxxxxxxxx\n") == 16384, result
    assert all(len(piece) % 4096 == 0 for piece in pieces), result
    assert sum(len(piece) > 0 for piece in pieces) > 10, result


@runs(Job("kstat"))
def test_kstat(result):
    lines = [line.split() for line in result.out.splitlines()]
    assert all(len(words) == 2 and words[1].isdigit() for words in lines), result
    values = {name: int(value) for name, value in lines}
    assert 0 < values["page.free"] < values["page.total"] <= 65536
    assert values["tlbi.wasted"] == 0


def test_input_is_the_keyboard():
    """A pipe is the guest's keyboard, its end is ^D; nothing is echoed."""
    done = make("run", "CMD=cat; exit 6", stdin=b"hello guest\nno end of line")
    assert (done.returncode, done.stdout) == (6, "hello guest\nno end of line"), done.stderr


def test_no_input():
    done = make("run", "CMD=cat; exit 6")
    assert (done.returncode, done.stdout) == (6, ""), done.stderr


# ------------------------------------------------------------------- SEED


@pytest.mark.parametrize("smp", [1, 4])
def test_seed_repeats(smp):
    """The same run twice: the same output, to the nanosecond, which is the instruction."""
    job = Job("forkstress -n 5 -j 3 -t 2; kstat; clock", programs=["clock"], SEED=7, SMP=smp)
    first, second = job.run(), job.run()
    assert first.status == 0, first
    assert re.search(r"^ns \d{6,}$", first.out, re.MULTILINE), first
    assert first.out == second.out


@runs(Job("clock", programs=["clock"], SEED=1, SMP=1), Job("clock", programs=["clock"], SEED=2, SMP=4))
def test_seed_runs(result):
    assert result.status == 0, result


# ----------------------------------------------------------- interactively


def test_interactive_exit_status():
    with Shell() as shell:
        shell.line("echo begin", "begin\r\n")
        shell.child.send("exit 3\r")
        shell.end(3)


def test_interactive_editing():
    with Shell() as shell:
        shell.line("echo abd\x7fc", "abc\r\n")               # erase
        shell.line("echo wrong\x15echo right", "\nright\r\n")  # kill the line
        shell.line("echo bd\x1b[D\x1b[Dx", "xbd\r\n")          # left, insert
        shell.line("cho home\x01\x01e", "\nhome\r\n")          # Ctrl-A, which QEMU wants twice
        shell.line("\x1b[A", "\nhome\r\n")                     # history
        shell.line("\x1b[A\x1b[A\x1b[A", "right\r\n")
        shell.child.send("exit\r")
        shell.end(0)


def test_interactive_control_c():
    """Ctrl-C ends the foreground job; the shell goes on."""
    with Shell() as shell:
        # A job that says when it is in the foreground: an earlier Ctrl-C would be the shell's.
        shell.child.send("sh -c 'echo started; sleep 100'\r")
        shell.child.expect_exact("\nstarted\r\n")
        shell.child.send("\x03")
        shell.child.expect_exact("$ ")
        shell.line("echo status $?", "status 130\r\n")
        shell.child.send("half a line\x03")
        shell.child.expect_exact("$ ")
        shell.line("echo still here", "\nstill here\r\n")
        shell.child.send("exit 4\r")
        shell.end(4)


def test_interactive_end_of_file():
    with Shell() as shell:
        shell.child.send("\x04")
        shell.end(0)


def test_interactive_leave():
    """Ctrl-A X leaves QEMU."""
    with Shell() as shell:
        shell.child.send("\x01x")
        shell.child.expect(pexpect.EOF)
        shell.child.close()
        assert shell.child.exitstatus == 0


def test_terminal_is_restored(tmp_path):
    """After a run that hung and was killed, the terminal's modes are as before."""
    with harness.place("make run CMD='sleep 1000' TIMEOUT=2, on a terminal"):
        script = ("stty -a >before; make -C '%s' run CMD='sleep 1000' TIMEOUT=2; echo status $?; "
                  "stty -a >after; cmp before after && echo same" % harness.ROOT)
        child = pexpect.spawn("sh", ["-c", script], cwd=tmp_path, env=harness.environment({}), timeout=60)
        child.expect("status 101")
        child.expect("same")
        child.expect(pexpect.EOF)
