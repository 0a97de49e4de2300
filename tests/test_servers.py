# SPDX-License-Identifier: BSD-2-Clause
"""The whole system: servers that are killed under load, clients that lie, memory that runs out, init under attack.

KILLS=200 in the environment: so many deaths of each server instead of 40.
"""
import os
import re

import pytest

import harness
from harness import Job

KILLS = int(os.environ.get("KILLS", "40"))
LIMIT = 60 + KILLS * 4


def kill_job(**variables):
    return Job("KILLS=%d serverkill" % KILLS, programs=["serverkill"], TIMEOUT=LIMIT, **variables,
               name="-".join(["serverkill", *harness.assignments(variables)]))


JOBS = [("serverkill", kill_job(**variables)) for variables in ({}, {"BUILD": "check", "SMP": 4}, {"SEED": 1}, {"SMP": 1})]


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
