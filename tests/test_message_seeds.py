# SPDX-License-Identifier: BSD-2-Clause
"""Messages with many seeds: the storm, the ways to end and the data, on four CPUs whose turns end where the seed says.

Each seed is one run, repeatable to the instruction: other kills, deadlines and signals, at other points of the kernel.
TEST_SEEDS=1..200 tries more.
"""
import os
import sys

import harness
from harness import Job, runs

sys.path.insert(0, os.path.join(harness.ROOT, "scripts"))
import variables  # noqa: E402

PROGRAMS = ("message_storm", "message_end", "message_data")


def job(seed):
    return Job("; ".join("%s --seed %d" % (program, seed) for program in PROGRAMS), programs=PROGRAMS,
               name="SEED=%d" % seed, SEED=seed, SMP=4)


@runs(*[job(seed) for seed in variables.parse_seeds(variables.variable("TEST_SEEDS"))])
def test_messages(result):
    assert result.status == 0, result
    expected = [name for program in PROGRAMS for name in harness.guest_tests(program)]
    lines = result.report.splitlines()
    assert [line for line in lines if line.startswith("not ok")] == [], result
    assert sorted(line[3:] for line in lines if line.startswith("ok ")) == sorted(expected), result
    assert sum(line.startswith("done ") for line in lines) == len(PROGRAMS), result
