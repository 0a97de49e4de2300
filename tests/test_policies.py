# SPDX-License-Identifier: BSD-2-Clause
"""Teardown policies: storms under each, what each promises of TLBIs (docs/policies.md), and its choice at boot.

A new policy is found by its file, mm/teardown_NAME.c: it must be in the
kernel's list, in the page, and have its promises in PROMISES below.
"""
import glob
import os
import re

import pytest

import harness
from harness import Job, runs
from test_stress import difference

FILES = glob.glob(os.path.join(harness.ROOT, "mm", "teardown_*.c"))
POLICIES = sorted((re.search(r"teardown_(\w+)\.c$", path).group(1) for path in FILES), key=lambda name: (name != "once", name))
PAGE = os.path.join(harness.ROOT, "docs", "policies.md")

# ------------------------------------------------------------------- storms

STORM = "forkstress -n 15 -j 8 -t 3 -x; exitstorm -n 20"


@runs(*[Job(STORM, TEARDOWN=policy, SMP=smp, ASID_BITS=bits)
        for policy in POLICIES for smp in (1, 4) for bits in (3, 8, 16)],
      *[Job(STORM, TEARDOWN=policy, SMP=4, ASID_BITS=3, BUILD=build)
        for policy in POLICIES for build in ("debug", "check")],
      *[Job(STORM, TEARDOWN=policy, SMP=8, ASID_BITS=8, BUILD="check") for policy in POLICIES])
def test_policy_storm(result):
    assert result.status == 0, result


# ----------------------------------------------------------------- promises

COLUMNS = ("rounds", "pages", "tables", "local", "broadcast", "va", "asid", "all", "reused", "rollover")


def costs(text):
    """{case: {column: number}} of what exitcost prints."""
    return {words[0]: dict(zip(COLUMNS, map(int, words[1:]))) for words in map(str.split, text.splitlines())
            if len(words) == len(COLUMNS) + 1 and words[1].isdigit()}


def broadcasts(case, smp):
    """Whether other CPUs may hold entries of a child of that case (T8)."""
    return case != "one" and smp > 1


def promise_once(case, row, smp):
    """One flush by ASID, reaching whom it must; none by address; the number comes back clean."""
    n = row["rounds"]
    reach = {"local": 0, "broadcast": n} if broadcasts(case, smp) else {"local": n, "broadcast": 0}
    return {**reach, "va": 0, "asid": n, "all": 0, "reused": 0, "rollover": 0}


def promise_deferred(case, row, smp):
    """No TLBI at an end.  With 63 numbers to give, 100 ends make one rollover or two."""
    assert 1 <= row["rollover"] <= 2, row
    return {"local": 0, "broadcast": 0, "va": 0, "asid": 0, "all": 0, "reused": 0}


def promise_perpage(case, row, smp):
    """One TLBI by address for each page and for each table but the root."""
    n = row["pages"] + row["tables"] - row["rounds"]
    reach = {"local": 0, "broadcast": n} if broadcasts(case, smp) else {"local": n, "broadcast": 0}
    return {**reach, "va": n, "asid": 0, "all": 0, "reused": 0, "rollover": 0}


def promise_onalloc(case, row, smp):
    """No TLBI at an end.  One flush at most for each birth, none before the numbers were all used once."""
    assert (0 < row["reused"] < row["rounds"]) if case == "one" else row["reused"] == row["rounds"], row
    return {"local": 0, "broadcast": 0, "va": 0, "asid": 0, "all": 0, "rollover": 0}


PROMISES = {"once": promise_once, "deferred": promise_deferred, "perpage": promise_perpage, "onalloc": promise_onalloc}


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_has_promises(policy):
    assert policy in PROMISES


COSTS = {(policy, smp): Job("exitcost", TEARDOWN=policy, SMP=smp, ASID_BITS=6) for policy in POLICIES for smp in (1, 4)}


@runs(*COSTS.values())
def test_what_an_end_costs(result):
    """To the instruction: what exitcost counts between a kill and the end of wait is what the policy promises."""
    assert result.status == 0, result
    policy, smp = result.job.variables["TEARDOWN"], result.job.variables["SMP"]
    rows = costs(result.out)
    assert list(rows) == (["one", "threads"] if smp == 1 else ["one", "moved", "threads"]), result
    for case, row in rows.items():
        assert row["rounds"] == 100 and row["pages"] >= 64 * row["rounds"] and row["tables"] >= 2 * row["rounds"], result
        promised = PROMISES[policy](case, row, smp)
        assert {name: row[name] for name in promised} == promised, (case, result)


@runs(*[Job("kstat; forkstress -n 50 -j 4 -t 2 -x; kstat", TEARDOWN=policy, SMP=4, ASID_BITS=bits)
        for policy in POLICIES for bits in (4, 16)])
def test_counters_of_a_storm(result):
    """The same promises where everything happens at once; faults and forks have TLBIs of their own."""
    assert result.status == 0, result
    grew = difference(result)
    ends = grew["purge.calls"]
    assert ends >= 400, result
    assert grew["tlbi.wasted"] == 0, grew
    policy = result.job.variables["TEARDOWN"]
    by_faults = grew["fault.cow"] + grew["pmap.bbm"] + grew["fault.spurious"]
    if policy == "perpage":
        assert grew["tlbi.va"] >= grew["purge.pages"] > ends, grew
        assert grew["asid.flush"] == 0, grew
    elif policy in PROMISES:
        # A thread's unmapped stack is flushed by address too: less than is purged, by far.
        assert grew["tlbi.va"] - by_faults < grew["purge.pages"] // 2, grew
    if policy == "once":
        assert ends // 2 <= grew["asid.flush"] <= ends, grew
    if policy == "deferred":
        assert grew["asid.flush"] == 0 and (grew["asid.rollover"] > 0) == (result.job.variables["ASID_BITS"] == 4), grew
    if policy == "onalloc":
        assert grew["asid.flush"] <= grew["asid.alloc"], grew


@runs(*[Job("pinned 1000", programs=["pinned"], TEARDOWN=policy, SMP=4) for policy in POLICIES])
def test_one_cpu_no_broadcast(result):
    """Processes that stay on one CPU end without a broadcast."""
    assert result.status == 0, result
    counted = re.fullmatch(r"broadcasts (\d+) purges (\d+)\n", result.out)
    assert counted and int(counted.group(2)) >= 1000 and int(counted.group(1)) == 0, result


# ------------------------------------------------------------------- choice

@runs(Job("true", BOOTARGS="teardown=never"), Job("true", BOOTARGS="teardown="),
      Job("true", BOOTARGS="teardown=onceandforallandever"))
def test_kernel_refuses(result):
    """One line that says which there are, and status 102."""
    lines = [line for line in result.out.splitlines() if line.startswith("curfew: ")]
    assert result.status == 102 and len(lines) == 1, result
    assert sorted(lines[0].split("only: ")[1].split()) == sorted(POLICIES), result


@pytest.mark.parametrize("words, name", [
    (["run", "TEARDOWN=never"], "TEARDOWN"), (["run", "TEARDOWN=once deferred"], "TEARDOWN"), (["run", "ASID_BITS=2"], "ASID_BITS"),
    (["stress", "TEARDOWN=once never"], "TEARDOWN"), (["stress", "SMP=4 0"], "SMP"), (["stress", "MINUTES=0"], "MINUTES"),
    (["stress", "MINUTES=five"], "MINUTES"),
])
def test_make_refuses(words, name):
    done = harness.make(*words)
    assert done.returncode == 2 and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and name in done.stderr, done.stderr


@runs(*[Job("dmesg; kstat asid.bits", SMP=smp, ASID_BITS=3, GIC=3) for smp in (1, 4, 6, 7, 8, 15)])
def test_bits_for_the_cpus(result):
    """Each CPU may have a number loaded, and one must be left to give: with more than 6 CPUs 3 bits become 4, and the log says so."""
    smp = result.job.variables["SMP"]
    bits = 3 if smp <= 6 else 4 if smp <= 14 else 5
    assert result.status == 0 and "asid.bits %d\n" % bits in result.out, result
    assert ("asid_bits=3 cannot be had with %d CPUs: using %d\n" % (smp, bits) in result.out) == (bits != 3), result


# ------------------------------------------------------------- make stress

def test_stress_lists():
    """make stress takes a list of policies and CPUs; a run of its own fails it."""
    words = ["stress", "TEARDOWN=deferred onalloc", "SMP=1 2", "T=ASID_BITS=3"]
    done = harness.make(*words, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[:4] for line in lines[:-1]] == [
        ["ok", "TEARDOWN=" + policy, "SMP=" + smp, "ASID_BITS=3"] for policy in ("deferred", "onalloc") for smp in "12"], done.stdout
    assert lines[-1] == "4 passed, 0 failed"
    done = harness.make(*words, "BOOTARGS=panic=test", timeout=300)
    assert done.returncode == 1 and done.stdout.splitlines()[-1] == "0 passed, 4 failed", done.stdout


# --------------------------------------------------------------------- page

def table():
    """{(policy, case): {column: number}} of the page's measured table."""
    with open(PAGE) as f:
        text = f.read()
    head = re.search(r"^\| policy \| case \|(.*)\|$", text, re.MULTILINE)
    names = [name.strip(" `") for name in head.group(1).split("|")]
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|(.*)\|$", text, re.MULTILINE)
    return {(policy, case): dict(zip(names, [int(n.replace(",", "")) for n in rest.split("|")])) for policy, case, rest in rows}


def test_page_has_every_policy():
    with open(PAGE) as f:
        text = f.read()
    for policy in POLICIES:
        assert re.search(r"^## `%s`" % policy, text, re.MULTILINE), policy
    assert sorted({policy for policy, case in table()}) == sorted(POLICIES)


@runs(*[job for (policy, smp), job in COSTS.items() if smp == 4])
def test_page_is_true(result):
    """The page's numbers are within a tenth of what is measured, 0 where that is 0; a rollover may fall into the next case."""
    rows, shown = costs(result.out), table()
    policy = result.job.variables["TEARDOWN"]
    for case, row in rows.items():
        for name, value in shown[policy, case].items():
            slack = 1 if name == "rollover" and value else row[name] / 10
            assert abs(value - row[name]) <= slack, "%s, %s, %s: the page says %d, measured %d" % (
                policy, case, name, value, row[name])
