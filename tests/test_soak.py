# SPDX-License-Identifier: BSD-2-Clause
"""`make soak`: seeds, failures and the commands that replay them, windows that no run entered."""
import os
import re
import runpy
import subprocess
import sys

import pytest

import harness
from harness import Job, runs

SCRIPTS = os.path.join(harness.ROOT, "scripts")
sys.path.insert(0, SCRIPTS)
import batch  # noqa: E402
import variables  # noqa: E402


@pytest.mark.parametrize("text, seeds", [("7", [7]), ("1..4", [1, 2, 3, 4]), ("1,5,9", [1, 5, 9]), ("3..4,0", [3, 4, 0])])
def test_seeds(text, seeds):
    assert variables.parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "abc", "1..", "..3", "4..1", "1,,2", "-1", "1.5", "1234567890", "1 2"])
def test_bad_seeds(text):
    with pytest.raises(ValueError):
        variables.parse_seeds(text)


def test_rules_are_recognised():
    assert batch.rule_of("x\nrule I10: page freed while an unclean entry points to it\n") == "I10"
    assert batch.rule_of("panic: E3 broken: current()->vmspace != vs (mm/vmspace.c:1)\n") == "E3"
    assert batch.rule_of("panic: assertion failed: 1 == 2\n") is None
    assert batch.rule_of("half a line of a program: rule T6: no DSB\nrule I8: second\n") == "T6"


def test_soak():
    """A short one: no run fails, and each reports its windows."""
    done = harness.make("soak", "SEEDS=1..6", timeout=600)
    assert "FAILED  seed" not in done.stdout, done.stdout
    table = dict(re.findall(r"^(\w+\.\w+) +(\d+)", done.stdout, re.MULTILINE))
    assert int(table["kill.sleeping"]) > 0 and int(table["kill.running"]) > 0, done.stdout
    entered = sum(1 for n in table.values() if int(n))
    assert re.search(r"^6 runs, %d windows: " % len(table), done.stdout, re.MULTILINE), done.stdout
    assert re.search(r"^%d passed, \d+ failed$" % (6 + entered), done.stdout, re.MULTILINE), done.stdout


def test_failure_is_replayed():
    """A run that fails is printed with its output and a command that fails in the same way."""
    done = harness.make("soak", "SEEDS=3,4", "SMP=2", "ASID_BITS=8", "CMD=echo it is me; false")
    assert done.returncode != 0
    assert done.stdout.count("FAILED  seed") == 2 and "| it is me" in done.stdout, done.stdout
    line = re.search(r"again: (make run .*)", done.stdout).group(1)
    for word in ("BUILD=check", "SEED=3", "SMP=2", "ASID_BITS=8", "CMD='echo it is me; false'"):
        assert word in line, line
    with harness.place(line):
        again = subprocess.run(line, shell=True, cwd=harness.ROOT, env=harness.environment({}),
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=harness.LIMIT)
    assert (again.returncode, again.stdout) == (1, b"it is me\n"), again


def test_unentered_window_fails(monkeypatch, capsys):
    for name in ("CMD", "SMP", "ASID_BITS"):
        monkeypatch.delenv(name, raising=False)
    soak = runpy.run_path(os.path.join(SCRIPTS, "soak"))
    few, many = [{"ASID_BITS": 3}], [{"ASID_BITS": 16}]
    windows = {"exit.sibling": 0, "exit.rollover": 0, "kill.sleeping": 5}
    assert soak["print_windows"](windows, few) == ["exit.sibling", "exit.rollover"]
    assert soak["print_windows"](windows, many) == ["exit.sibling"]
    assert capsys.readouterr().out.count("NEVER") == 3
    monkeypatch.setenv("SMP", "1")
    assert soak["print_windows"](windows, few) == ["exit.rollover"]
    monkeypatch.setenv("CMD", "true")
    assert soak["print_windows"](windows, few) == []


def test_windows_of_a_report():
    soak = runpy.run_path(os.path.join(SCRIPTS, "soak"))
    assert soak["windows_of"]("ok a\nwindow a.b 3\nwindow c.d 0\ninstructions 5\n") == {"a.b": 3, "c.d": 0}


@runs(Job("forkstress -n 5 -j 4 -t 2; kstat", BUILD="check", SEED=1))
def test_windows_are_counters(result):
    """kstat shows what the kernel reports at its end."""
    assert result.status == 0, result
    shown = {name: int(n) for name, n in re.findall(r"^window\.(\S+) (\d+)$", result.out, re.MULTILINE)}
    reported = {name[len("window "):]: n for name, n in result.facts.items() if name.startswith("window ")}
    assert shown.keys() == reported.keys() and len(shown) > 10, result
    assert all(reported[name] >= n for name, n in shown.items())
