# SPDX-License-Identifier: BSD-2-Clause
"""The whole system: servers that are killed under load, clients that lie, memory that runs out, init under attack.

KILLS=200 in the environment: so many deaths of each server instead of 40.
"""
import os
import re

import pytest

import harness
import terminal
from harness import Job

KILLS = int(os.environ.get("KILLS", "40"))
LIMIT = 60 + KILLS * 4


def kill_job(**variables):
    return Job("KILLS=%d serverkill" % KILLS, programs=["serverkill"], TIMEOUT=LIMIT, **variables,
               name="-".join(["serverkill", *harness.assignments(variables)]))


def lie_job(order, **variables):
    return Job("LIE=%d serverlie" % order, programs=["serverlie"], TIMEOUT=120, **variables,
               name="-".join(["serverlie", str(order), *harness.assignments(variables)]))


JOBS = [
    *[("serverkill", kill_job(**variables)) for variables in ({}, {"BUILD": "check", "SMP": 4}, {"SEED": 1}, {"SMP": 1})],
    ("serverlie", lie_job(1)), ("serverlie", lie_job(2, SEED=2)),
    ("serverinit", Job("serverinit", programs=["serverinit"], TIMEOUT=120)),
    ("serverfull", Job("serverfull", programs=["serverfull"], MEM="64M", TIMEOUT=120)),
    *[("serverspare", Job("serverspare", programs=["serverspare"], MEM="64M", TIMEOUT=120, **variables,
                          name="-".join(["serverspare", *harness.assignments(variables)])))
      for variables in ({}, {"SMP": 1}, {"BUILD": "check"})],
]


@pytest.mark.parametrize("result, program, name", [
    pytest.param(run, program, name, id="%s-%s" % (run.name, name))
    for program, run in JOBS for name in harness.guest_tests(program)], indirect=["result"])
def test_guest(result, program, name):
    problem = harness.guest_outcome(result, name)
    assert not problem, problem


@pytest.mark.parametrize("result, program", [
    pytest.param(run, program, id=run.name) for program, run in JOBS], indirect=["result"])
def test_whole(result, program):
    """Every test reported once, and the program ended well."""
    problem = harness.guest_whole(result, harness.guest_tests(program))
    assert not problem, problem


LINE = re.compile(r"^<(\d) (\d+) ([0-9a-f]{8})>$", re.MULTILINE)


@pytest.mark.parametrize("result", [pytest.param(run, id=run.name) for program, run in JOBS if program == "serverkill"],
                         indirect=True)
def test_console_lines(result):
    """What a killed console server had not written is lost, but nothing wrong, twice or out of order was written."""
    last = {}
    for worker, number, check in LINE.findall(result.out):
        number = int(number)
        assert int(check, 16) == (int(worker) * 31 + number) * 2654435761 % 2 ** 32, result
        assert number > last.get(worker, -1), result
        last[worker] = number
    assert len(last) == 3, result


# ----------------------------------------------------------- interactively


class Shell(terminal.Shell):
    """What init says in the kernel's log does not come between the lines."""

    command = ["scripts/run"]
    variables = {"BOOTARGS": "quiet"}

    def works(self):
        """Commands, pipes, files and Ctrl-C all do."""
        self.line("echo one | tr one two > /tmp/works; cat /tmp/works; rm /tmp/works", "\ntwo\r\n")
        self.child.send("sh -c 'echo started; sleep 100'\r")
        self.child.expect_exact("\nstarted\r\n")
        self.child.send("\x03")
        self.child.expect_exact("$ ")
        self.line("echo status $?", "\nstatus 130\r\n")

    def leave(self):
        self.child.send("exit 6\r")
        self.end(6)


@pytest.mark.parametrize("name", ["console", "files", "pipe"])
def test_server_dies_at_the_prompt(name):
    """The shell waits for a line.  A dead console is found by its prompt coming again; what is typed then is not lost."""
    with Shell() as shell:
        shell.child.send("sh -c 'sleep 0.5; kill -9 $(services %s)' &\r" % name)
        shell.child.expect_exact("$ ")
        if name == "console":
            shell.child.expect_exact("$ ")
        shell.line("wait; echo again", "\nagain\r\n")
        shell.works()
        shell.leave()


def test_console_dies_while_cat_reads():
    with Shell() as shell:
        shell.child.send("sh -c 'sleep 0.5; kill -9 $(services console)' & cat\r")
        shell.child.expect_exact("$ ")
        shell.line("echo back", "\nback\r\n")
        shell.works()
        shell.leave()


def test_console_dies_while_a_program_writes():
    with Shell() as shell:
        shell.child.send("sh -c 'sleep 0.3; kill -9 $(services console)' & yes much\r")
        shell.child.expect_exact("much\r\n")
        shell.child.expect_exact("$ ")
        shell.line("echo back", "\nback\r\n")
        shell.works()
        shell.leave()


def test_pipe_server_dies_amid_a_pipeline():
    with Shell() as shell:
        shell.child.send("sh -c 'sleep 0.3; kill -9 $(services pipe)' & yes | cat | cat > /dev/null; echo ended\r")
        shell.child.expect_exact("\nended\r\n")
        shell.child.expect_exact("$ ")
        shell.works()
        shell.leave()
