# SPDX-License-Identifier: BSD-2-Clause
"""Storms of forks and exits in short, and what they may cost: counters and instructions.

`make stress` runs the long forms.
"""
import os
import re

import harness
from harness import Job, runs

STORMS = [
    *[Job("forkstress -n 100 -j 8 -t 3", SMP=smp) for smp in (1, 2, 4, 8)],
    Job("forkstress -n 100 -j 8 -t 3", SMP=4, GIC=2),
    *[Job("forkstress -n 40 -j 8 -t 3 -x", SMP=smp, ASID_BITS=bits)
      for smp, bits in ((1, 4), (2, 16), (4, 3), (4, 4), (4, 8), (8, 4))],
    Job("forkstress -n 50 -j 4 -t 1 -m 256", SMP=4),
    *[Job("exitstorm -n 100", SMP=smp) for smp in (1, 2, 4, 8)],
    Job("exitstorm -n 100", SMP=4, ASID_BITS=4),
    Job("forkstress -n 50 -j 8 -t 3; exitstorm -n 50", SMP=4, BUILD="debug"),
    Job("forkstress -n 50 -j 8 -t 3 -x; exitstorm -n 50", SMP=2, ASID_BITS=4, BUILD="debug"),
    Job("forkstress -n 50 -j 8 -t 3 -x; exitstorm -n 50", SMP=4, VA_BITS=48),
    *[Job("threads", SMP=smp) for smp in (1, 4)],
    *[Job("mapstorm", SMP=smp, CPU=cpu) for smp in (1, 4) for cpu in ("cortex-a72", "max")],
    Job("mapstorm -t 7 -n 10", SMP=8, MEM="128M"),
    *[Job("forkstress -n 20 -j 4 -t 2; exitstorm -n 20", SEED=seed, SMP=4) for seed in (1, 2)],
]


@runs(*STORMS)
def test_storm(result):
    assert result.status == 0, result


def difference(result):
    """By how much each counter grew between the two kstats of a run."""
    readings = {}
    for name, value in re.findall(r"^(\S+) (\d+)$", result.out, re.MULTILINE):
        readings.setdefault(name, []).append(int(value))
    return {name: values[-1] - values[0] for name, values in readings.items() if len(values) == 2}


@runs(*[Job("kstat; forkstress -n 1000 -j 1 -t 0; kstat", SMP=smp) for smp in (1, 4)])
def test_exit_counters(result):
    """The worker and its children stay on a CPU each: next to no broadcast; no exit flushes by address."""
    assert result.status == 0, result
    grew = difference(result)
    forks = grew["proc.fork"]
    assert forks >= 1000, result
    # Some are the kernel's own, when it gives cached kernel stacks back: they do not grow with the forks.
    assert grew["tlbi.broadcast"] <= forks // 40, grew
    assert grew["tlbi.wasted"] == 0, grew
    assert grew["purge.calls"] >= forks, grew
    # By address come only the copies of pages that were shared; a fork takes write permissions away by one flush.
    assert grew["tlbi.va"] <= grew["fault.cow"] + grew["pmap.bbm"] + grew["fault.spurious"], grew


@runs(Job("kstat; pinned 1000; kstat", programs=["pinned"], SMP=4))
def test_stays_on_one_cpu(result):
    """A child that ran on one CPU only goes without any broadcast."""
    assert result.status == 0, result
    grew = difference(result)
    assert grew["proc.fork"] >= 1000, grew
    assert grew["tlbi.broadcast"] <= 20, grew


def bench(result):
    return {name: int(value) for name, value in re.findall(r"^\s*(\w+)\s+(\d+)\b", result.out, re.MULTILINE)}


@runs(Job("bench null fork", SMP=1, SEED=1))
def test_instructions(result):
    """One instruction is one nanosecond: fork, exit and wait take at most 40,000."""
    assert result.status == 0, result
    numbers = bench(result)
    assert 0 < numbers["fork"] <= 40000, result
    assert 0 < numbers["null"] <= 400, result


OWN = {"words": 16, "bytes": 16, "event": 3, "irq": 3}  # instructions of user/bin/bench/message.c itself


@runs(Job("bench words; bench bytes; bench event; bench irq", SMP=1, SEED=1))
def test_instructions_of_messages(result):
    """From the vector to the ERET, the goals of docs/performance.md."""
    assert result.status == 0, result
    numbers = {name: value - OWN[name] for name, value in bench(result).items()}
    assert 0 < numbers["words"] <= 510, result
    assert numbers["words"] < numbers["bytes"] <= numbers["words"] + 2500, result
    assert 0 < numbers["event"] <= 400, result
    assert 0 < numbers["irq"] <= 390, result


def page():
    """name: what docs/performance.md says that bench prints."""
    with open(os.path.join(harness.ROOT, "docs", "performance.md")) as f:
        rows = re.findall(r"^\| `(\w+)` \| [^|]* \| ([\d,]+)", f.read(), re.MULTILINE)
    return {name: int(number.replace(",", "")) for name, number in rows}


@runs(*[Job(cmd, SMP=1, SEED=1) for cmd in (
    "bench null; bench fork; bench cow256; bench thread", "bench fork4; bench map64; bench vforkexec; bench exec",
    "bench words; bench bytes; bench bytes64k; bench event; bench irq", "bench pipe read4k stat open")])
def test_page_is_true(result):
    """The page's numbers are within 3 % of what its commands print: where the linker puts things is in them, too."""
    shown, printed = page(), bench(result)
    assert len(printed) == len(re.sub(r"\bbench\b|;", "", result.job.cmd).split()), result
    for name, value in printed.items():
        assert abs(shown[name] - value) <= value * 0.03, "%s: the page says %d, bench %d" % (name, shown[name], value)


COPY = 603  # instructions of a copy of 4 KiB: memcpy() in `scripts/profile --call message_fast_send --skip 1600 'bench read4k'`


@runs(Job("bench pipe read4k stat open", SMP=1, SEED=1))
def test_instructions_of_servers(result):
    """The library, the kernel and the servers together, the goals of docs/performance.md."""
    assert result.status == 0, result
    numbers = bench(result)
    assert 0 < numbers["pipe"] <= 6000, result
    assert COPY < numbers["read4k"] <= COPY + 1500, result
    assert 0 < numbers["stat"] <= 2500, result
    assert 0 < numbers["open"] <= 7000, result
