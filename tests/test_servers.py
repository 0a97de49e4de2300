# SPDX-License-Identifier: BSD-2-Clause
"""The whole system: servers that are killed under load, clients that lie, memory that runs out, init under attack.

KILLS=200 in the environment: so many deaths of each server instead of 40.
"""
import os
import re
import subprocess

import pytest

import harness
import terminal
from harness import Job

KILLS = int(os.environ.get("KILLS", "40"))
LIMIT = harness.LIMIT + KILLS * 4


def kill_job(**variables):
    return Job("KILLS=%d serverkill" % KILLS, programs=["serverkill"], TIMEOUT=LIMIT, **variables,
               name="-".join(["serverkill", *harness.assignments(variables)]))


def lie_job(order, **variables):
    return Job("LIE=%d serverlie" % order, programs=["serverlie"], **variables,
               name="-".join(["serverlie", str(order), *harness.assignments(variables)]))


JOBS = [
    *[("serverkill", kill_job(**variables)) for variables in ({}, {"BUILD": "check", "SMP": 4}, {"SEED": 1}, {"SMP": 1})],
    ("serverlie", lie_job(1)), ("serverlie", lie_job(2, SEED=2)),
    ("serverinit", Job("serverinit", programs=["serverinit"])),
    ("serverfull", Job("serverfull", programs=["serverfull"], MEM="64M")),
    *[("serverspare", Job("serverspare", programs=["serverspare"], MEM="64M", **variables,
                          name="-".join(["serverspare", *harness.assignments(variables)])))
      for variables in ({}, {"SMP": 1}, {"BUILD": "check"})],
]

test_guest, test_whole = harness.guest_checks(JOBS)


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


def test_a_server_that_is_not_there(tmp_path):
    """init says in the log which program it did not find; the rest of the system works."""
    user, initrd = os.path.join(harness.ROOT, "build", "user"), str(tmp_path / "initrd.cpio")
    files = {folder + "/" + name for folder in ("bin", "server") for name in os.listdir(os.path.join(user, folder))}
    entries = ["%s=%s" % (name, os.path.join(user, name)) for name in sorted(files - {"server/pipe"})
               if os.path.isfile(os.path.join(user, name))]
    subprocess.run([os.path.join(harness.ROOT, "scripts", "mkinitrd"), initrd, *entries], check=True)
    result = Job("until dmesg > /tmp/log; grep server/pipe /tmp/log; do true; done", options=["--initrd", initrd]).run()
    assert result.status == 0, result
    assert "init: server/pipe: No such file or directory\n" in result.out, result


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

    def kill(self, server, when, line=""):
        """Types a line, and before it a command for the background: when that succeeds the server is killed."""
        self.line("when() { until eval \"$2\"; do :; done; kill -9 $(services $1); }", "\n")
        self.child.send("when %s \"%s\" & %s\r" % (server, when, line))
        self.child.expect(r"\n\[1\] \d+\r\n")

    def leave(self):
        self.child.send("exit 6\r")
        self.end(6)


@pytest.mark.parametrize("name", ["console", "files", "pipe"])
def test_server_dies_at_the_prompt(name):
    """The shell waits for a line.  A dead console is found by its prompt coming again; what is typed then is not lost.

    With one CPU a shell that sleeps while another program runs waits for a line: what servers do for it is done at once.
    """
    with Shell(SMP="1") as shell:
        shell.kill(name, "ps | grep -q '^ *$$ .* sleep '")
        shell.child.expect_exact("$ ")
        if name == "console":
            shell.child.expect_exact("$ ")
        shell.line("wait; echo again", "\nagain\r\n")
        shell.works()
        shell.leave()


def test_console_dies_while_cat_reads():
    with Shell() as shell:
        shell.kill("console", "ps | grep -q ' sleep .* cat$'", "cat")
        shell.child.expect_exact("$ ")
        shell.line("echo back", "\nback\r\n")
        shell.works()
        shell.leave()


def test_console_dies_while_a_program_writes():
    """An empty line that is typed after the first output says when."""
    with Shell() as shell:
        shell.kill("console", "read line < /dev/tty", "yes much")
        shell.child.expect_exact("much\r\n")
        shell.child.send("\r")
        shell.child.expect_exact("$ ")
        shell.line("echo back", "\nback\r\n")
        shell.works()
        shell.leave()


def test_pipe_server_dies_amid_a_pipeline():
    with Shell() as shell:
        shell.kill("pipe", "test -s /tmp/f", "yes | { head -n 1 > /tmp/f; cat > /dev/null; }; echo ended")
        shell.child.expect_exact("\nended\r\n")
        shell.child.expect_exact("$ ")
        shell.works()
        shell.leave()
