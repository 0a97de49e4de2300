# SPDX-License-Identifier: BSD-2-Clause
"""The shell: scripts of tests/shell with their stored output, on this machine and inside Curfew; soup for its parser; its
keys and jobs on a terminal."""
import glob
import os
import random
import re
import shutil

import pexpect
import pytest

import harness
import programs
from harness import Job, runs

FOLDER = os.path.join(harness.ROOT, "tests", "shell")
SCRIPTS = sorted(os.path.basename(path) for path in glob.glob(os.path.join(FOLDER, "*.sh")))
DASH = shutil.which("dash")


def stored(script):
    with open(os.path.join(FOLDER, script[:-3] + ".out"), "rb") as f:
        return f.read()


def output(script, shell, folder):
    """What a script prints, and its status."""
    work = folder / "work"
    work.mkdir()
    env = programs.environment(str(folder), shell)
    status, out, err = programs.run(["sh", os.path.join(FOLDER, script)], work, env=env)
    assert b"Sanitizer" not in err and b"runtime error" not in err, err.decode(errors="replace")
    return out + b"exit %d\n" % status


@pytest.mark.parametrize("script", SCRIPTS)
def test_script(script, tmp_path):
    assert output(script, os.path.join(programs.build(), "sh"), tmp_path).decode() == stored(script).decode()


def dash_differs(script):
    with open(os.path.join(FOLDER, script)) as f:
        return "dash:" in f.readline()


@pytest.mark.skipif(DASH is None, reason="no dash to compare with")
@pytest.mark.parametrize("script", [script for script in SCRIPTS if not dash_differs(script)])
def test_stored_output_is_dashs(script, tmp_path):
    assert output(script, DASH, tmp_path).decode() == stored(script).decode()


@runs(*[Job("mkdir /tmp/t && cd /tmp/t && sh /bin/%s 2>/dev/null; echo exit $?" % script, name=script,
            programs=[os.path.relpath(os.path.join(FOLDER, script), os.path.join(harness.ROOT, "build", "tests"))])
        for script in SCRIPTS])
def test_script_inside(result):
    assert result.out == stored(result.job.name).decode(), result


# ------------------------------------------------------------------- soup


def test_parser_takes_soup(tmp_path):
    """Token soup, parsed and expanded: the sanitizers find nothing."""
    status, out, err = programs.run([os.path.join(programs.build(), "fuzz_sh"), "1", "20000"], tmp_path,
                                    env=programs.environment(str(tmp_path), "/none"))
    assert status == 0, err.decode(errors="replace")[-4000:]
    match = re.match(rb"20000 texts, (\d+) good", out)
    assert match and int(match.group(1)) > 500, out


WORDS = ["a", "b=1", "$b", "${b:-x}", "${#b}", "$((b + 1))", "'q q'", "\"$@\"", "*", "echo", "echo", "true", "false", ":", "!", "(", ")", "{",
         "}", ";", ";", "\n", "\n", "&&", "||", "|", "if", "then", "else", "fi", "case", "in", "x)", ";;", "esac", "for", "do", "done", "f()",
         "f", "return", "break", "set --", "shift", "eval", "test", "[", "]", "=", ">o", "<o", "2>&1", ">&-", "<<E\nt $b\nE\n", "$(echo s)",
         "`:`", "export", "local", "unset b", "read r", "trap : EXIT", "wait", "&", "cd .", "printf %s", "readonly", "getopts", "exec"]


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_shell_runs_soup(first, tmp_path):
    """Soup that is run: any status but the sanitizers', and an end."""
    shell = os.path.join(programs.build(), "sh")
    env = dict(programs.environment(str(tmp_path), shell), PATH="")
    for seed in range(first, first + 50):
        chosen = random.Random(seed)
        text = " ".join(chosen.choice(WORDS) for _ in range(chosen.randrange(1, 30)))
        status, _, err = programs.run([shell, "-c", text], tmp_path, env=env, timeout=60)
        assert status not in (99, -6, -11), "seed %d: %r\n%s" % (seed, text, err.decode(errors="replace")[-3000:])


# ---------------------------------------------------------------- a terminal


class Terminal:
    """Our sh on a terminal of this machine."""

    def __init__(self, folder):
        env = programs.environment(str(folder), os.path.join(programs.build(), "sh"))
        self.child = pexpect.spawn("sh", [], cwd=str(folder), env=env, timeout=60)
        self.child.delaybeforesend = None
        self.child.expect_exact("curfew$ ")

    def line(self, text, answer, prompt="curfew$ "):
        """Types a line; the answer must come, and the prompt after it."""
        self.child.send(text + "\r")
        self.child.expect_exact(answer)
        self.child.expect_exact(prompt)

    def end(self, status):
        self.child.send("exit %d\r" % status)
        self.child.expect(pexpect.EOF)
        self.child.close()
        assert self.child.exitstatus == status


@pytest.fixture
def terminal(tmp_path):
    shell = Terminal(tmp_path)
    yield shell
    shell.child.close(force=True)


def test_terminal_editing(terminal):
    terminal.line("echo abd\x7fc", "\nabc\r\n")
    terminal.line("echo wrong\x15echo right", "\nright\r\n")
    terminal.line("echo bd\x1b[D\x1b[Dx", "\nxbd\r\n")
    terminal.line("\x1b[A\x1b[A", "\nright\r\n")
    terminal.line("unse\thome; echo $?", "\n0\r\n")
    terminal.end(3)


def test_terminal_goes_on(terminal):
    """What is not whole asks for more."""
    terminal.line("for i in 1 2", "2\r\n", "> ")
    terminal.line("do echo got $i", "\r\n", "> ")
    terminal.line("done", "\r\ngot 1\r\ngot 2\r\n")
    terminal.line("cat <<E", "\r\n", "> ")
    terminal.line("text", "\r\n", "> ")
    terminal.line("E", "\r\ntext\r\n")
    terminal.line("echo 'a", "\r\n", "> ")
    terminal.line("b'", "\r\na\r\nb\r\n")
    terminal.line("if )", "syntax error")
    terminal.line("echo $? still", "\n2 still\r\n")
    terminal.end(0)


def test_terminal_interrupt(terminal):
    """Ctrl-C ends a program, a pipeline, a loop of builtins, an unfinished command; the shell goes on."""
    for job in ("sh -c 'echo started; sleep 100'", "echo started | { cat; sleep 100; }", "echo started; while :; do :; done"):
        terminal.child.send(job + "\r")
        terminal.child.expect_exact("\nstarted\r\n")
        terminal.child.send("\x03")
        terminal.child.expect_exact("curfew$ ")
        terminal.line("echo here", "\nhere\r\n")
    terminal.line("if true", "\r\n", "> ")
    terminal.child.send("\x03")
    terminal.child.expect_exact("curfew$ ")
    terminal.line("echo $?", "\n130\r\n")
    terminal.end(4)


def test_terminal_jobs(terminal):
    terminal.line("sleep 100 | sleep 100 &", "[1] ")
    terminal.line("jobs", "sleep 100 | sleep 100")
    terminal.line("kill %1; wait %1; echo $?", "\n143\r\n")
    terminal.line("false &", "[1] ")
    terminal.line("wait %1; echo $?", "\n1\r\n")
    terminal.line("wait %9", "no such job")
    terminal.line("nosuch; x=${nope?gone}; echo never", "gone\r\n")
    terminal.end(0)


def test_terminal_is_restored(tmp_path):
    """After the shell the terminal is as before."""
    shell = os.path.join(programs.build(), "sh")
    script = "stty -a >before; %s; stty -a >after; cmp before after && echo same" % shell
    child = pexpect.spawn("/bin/sh", ["-c", script], cwd=str(tmp_path), timeout=60)
    child.expect_exact("curfew$ ")
    child.send("true; exit\r")
    child.expect("same\r\n")
    child.expect(pexpect.EOF)
