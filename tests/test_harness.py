# SPDX-License-Identifier: BSD-2-Clause
"""The harness itself: what goes wrong in a guest is reported, as what it is.

A suite that cannot fail proves nothing, so here are runs that must.
"""
import re
import os
import shlex
import subprocess
import threading

import harness
from harness import Job, runs

FAILS = harness.guest_tests("selftest_fails")
FAILING = Job("selftest_fails", programs=["selftest_fails"])


@runs(FAILING)
def test_failures_are_reported(result):
    outcomes = {name: harness.guest_outcome(result, name) for name in FAILS}
    assert harness.guest_whole(result, FAILS) is None, result
    assert outcomes.pop("good") is None
    assert all(outcomes.values()), outcomes
    assert "selftest_fails.c:14: 1 + 1 == 3" in outcomes["check_fails"]
    assert "is 42, not 43" in outcomes["numbers_are_shown"]
    assert "in the child" in outcomes["child_fails"]
    assert "false" in outcomes["need_ends_the_test"]
    assert "signal 11" in outcomes["crashes"]
    assert "exit status 5" in outcomes["exits_badly"]


@runs(Job("selftest_leaks", programs=["selftest_leaks"]))
def test_leak_is_reported(result):
    outcome = harness.guest_outcome(result, "leaks")
    assert outcome and re.search(r"\d+ pages before, \d+ after", outcome), result


LIES = {how: Job("selftest_lies " + how, programs=["selftest_lies"]) for how in
        ("well", "early", "crash", "twice", "nonsense", "console", "few", "status")}


@runs(*LIES.values())
def test_lies_are_seen(result):
    problem = harness.guest_whole(result, ["first", "second"])
    if result.job is LIES["well"]:
        assert problem is None
    else:
        assert problem


@runs(LIES["twice"])
def test_second_result_spoils_the_first(result):
    assert "twice" in harness.guest_outcome(result, "first")


@runs(LIES["early"])
def test_missing_result_is_a_failure(result):
    assert "no result" in harness.guest_outcome(result, "second")


@runs(Job("true", BOOTARGS="panic=test"))
def test_panic(result):
    assert result.status == 100, result


@runs(Job("sleep 1000", TIMEOUT=3))
def test_hang(result):
    assert result.status == 101 and "3 seconds" in result.err, result


def test_places_are_fair():
    """Who asks again at once comes after the one that waits."""
    places, order = harness.Places(1), []

    def wait():
        with places:
            order.append("waited")

    thread = threading.Thread(target=wait)
    with places:
        thread.start()
        while not places.waiting:
            pass
    with places:
        order.append("again")
    thread.join()
    assert order == ["waited", "again"]


def test_replay_lines():
    job = Job("echo '$x' \"y\"", programs=["machine"], SMP=2)
    line = job.replay
    assert line.startswith("make run ") and "SMP=2" in line and "ADD=build/tests/machine" in line
    assert subprocess.run(["make", "-n", *shlex.split(line)[1:]], cwd=harness.ROOT, env=harness.environment({}),
                          stdout=subprocess.DEVNULL).returncode == 0


def test_replay_shows_the_results():
    """The line that repeats one test of a guest program, typed as it stands."""
    job = Job("process", programs=["process"])
    name = harness.guest_tests("process")[0]
    line = harness.make_line("%s --only %s" % (job.cmd, name), {"ADD": job.added})
    done = harness.make(*shlex.split(line)[1:])
    assert done.returncode == 0 and done.stderr.endswith("ok %s\ndone 1\n" % name), done.stderr
    assert done.stdout == "", done.stdout


SUITE = '''
import pytest
import harness

def test_good():
    pass

def test_bad():
    harness.replays.append("make run CMD=bad")
    assert False

def test_broken(no_such_fixture):
    pass
'''


def inner(tmp_path, *arguments):
    """pytest in pytest: a suite of its own, with our conftest."""
    (tmp_path / "test_inner.py").write_text(SUITE)
    (tmp_path / "conftest.py").write_text("from outer_conftest import *\n")
    tests = os.path.join(harness.ROOT, "tests")
    (tmp_path / "outer_conftest.py").symlink_to(os.path.join(tests, "conftest.py"))
    (tmp_path / "harness.py").symlink_to(os.path.join(tests, "harness.py"))
    return subprocess.run(["/usr/bin/python3", "-m", "pytest", "-c", os.path.join(tests, "pytest.ini"), "--rootdir", tmp_path,
                           tmp_path, *arguments], cwd=tmp_path, stdout=subprocess.PIPE, env=harness.environment({}))


def test_closing_line(tmp_path):
    done = inner(tmp_path)
    text = done.stdout.decode()
    assert text.splitlines()[-1] == "1 passed, 2 failed", text
    assert "make run CMD=bad" in text
    assert done.returncode != 0


def test_closing_line_when_all_is_well(tmp_path):
    done = inner(tmp_path, "-k", "good")
    assert done.stdout.decode().splitlines()[-1] == "1 passed, 0 failed"
    assert done.returncode == 0


def test_nothing_ran(tmp_path):
    done = inner(tmp_path, "-k", "no_such_test")
    assert done.stdout.decode().splitlines()[-1] == "0 passed, 0 failed"
    assert done.returncode != 0
