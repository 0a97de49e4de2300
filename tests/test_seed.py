# SPDX-License-Identifier: BSD-2-Clause
"""The same run twice: SEED=n repeats a run to the instruction, also on four CPUs; another seed is another run."""
import pytest

from harness import Job

STORM = "forkstress -n 10 -j 6 -t 3; exitstorm -n 10; kstat"


def storm(build, seed, smp=4):
    result = Job(STORM, BUILD=build, SEED=seed, SMP=smp, TIMEOUT=300).run()
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
    runs = [Job("forkstress -n 10 -j 6 -t 3; kstat sched.switch sched.preempt sched.steal", BUILD=build, SEED=seed, SMP=4,
                TIMEOUT=300).run() for seed in (1, 2, 3)]
    assert [run.status for run in runs] == [0, 0, 0], runs
    assert len({run.facts["instructions"] for run in runs}) == 3
    assert len({tuple(run.out.splitlines()[1:]) for run in runs}) > 1, runs


def test_one_cpu_is_left_alone():
    """Instructions are counted with SEED and one CPU: there a seed changes nothing in a release kernel."""
    outputs = {Job("bench null fork", BUILD="release", SEED=seed, SMP=1, TIMEOUT=120).run().out for seed in (1, 2)}
    assert len(outputs) == 1, outputs


def test_without_a_seed_nothing_is_counted():
    result = Job("true", BUILD="release", SMP=2).run()
    assert result.status == 0 and result.facts == {}, result
