# SPDX-License-Identifier: BSD-2-Clause
"""The same run twice: SEED=n repeats a run to the instruction, also on four CPUs; another seed is another run."""
import os
import re
import subprocess

import pexpect
import pytest

import harness
from harness import Job

STORM = "forkstress -n 10 -j 6 -t 3; exitstorm -n 10; kstat"


def storm(build, seed, smp=4):
    result = Job(STORM, BUILD=build, SEED=seed, SMP=smp).run()
    assert result.status == 0, result
    return result


@pytest.mark.parametrize("build", ["release", "check"])
def test_same_run_twice(build):
    """Output, virtual time and the number of instructions, on all CPUs together, to the last one."""
    first, second = storm(build, 17), storm(build, 17)
    assert first.out == second.out
    assert first.facts["instructions"] > 1000000
    assert first.facts == second.facts
    assert first.report == second.report


@pytest.mark.parametrize("build", ["release", "check"])
def test_another_seed_is_another_run(build):
    """Preemptions come elsewhere: not only the programs' own random numbers differ."""
    runs = [Job("forkstress -n 10 -j 6 -t 3; kstat sched.switch sched.preempt sched.steal", BUILD=build, SEED=seed,
                SMP=4).run() for seed in (1, 2, 3)]
    assert [run.status for run in runs] == [0, 0, 0], runs
    assert len({run.facts["instructions"] for run in runs}) == 3
    assert len({tuple(run.out.splitlines()[1:]) for run in runs}) > 1, runs


def test_build_id_is_no_difference(tmp_path):
    """The id of a build, of any length, changes neither the image's other bytes nor the run: a seed that fails in a tree
    with changes fails without them, when these are not in the kernel."""
    images, results = [], []
    for name in ("a", "0123456789ab-dirty-and-" + 60 * "x"):
        folder = str(tmp_path / "kernel")  # the same: its name is in the kernel too
        with harness.place("make -f scripts/build.mk kernel"):
            subprocess.run(["flock", "build/.lock", "make", "-j2", "-f", "scripts/build.mk", "kernel", "KDIR=" + folder,
                            "BUILD_ID=" + name, "BUILD=check", "BUG="], cwd=harness.ROOT, env=harness.environment({}),
                           check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(folder, "curfew.img"), "rb") as f:
            images.append(f.read())
        results.append(Job(STORM, options=["--kernel", folder], BUILD="check", SEED=5, SMP=4).run())
    different = [i for i, (x, y) in enumerate(zip(*images)) if x != y]
    assert len(images[0]) == len(images[1]) and 0 < len(different) <= 2 * 40
    first, second = results
    assert first.status == 0, first
    assert first.facts == second.facts and first.out == second.out and first.report == second.report


def test_terminal_is_no_difference():
    """With SEED and CMD the kernel's command line does not depend on where standard input comes from."""
    lines = [
        pexpect.run("scripts/run --print", cwd=harness.ROOT, env=harness.environment({"CMD": "true", "SEED": 1})).decode(),
        Job("true", options=["--print"], SEED=1).run().out]
    assert len({re.search(r"-append '([^']*)'", line).group(1) for line in lines}) == 1, lines


def test_one_cpu_is_left_alone():
    """Instructions are counted with SEED and one CPU: there a seed changes nothing in a release kernel."""
    outputs = {Job("bench null fork", BUILD="release", SEED=seed, SMP=1).run().out for seed in (1, 2)}
    assert len(outputs) == 1, outputs


def test_without_a_seed_nothing_is_counted():
    result = Job("true", BUILD="release", SMP=2).run()
    assert result.status == 0 and result.facts == {}, result
