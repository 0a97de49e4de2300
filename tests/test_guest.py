# SPDX-License-Identifier: BSD-2-Clause
"""The test programs of tests/guest, each run once, each of its tests a test here.

Their order within a program is drawn from a seed, which differs from one day's
run to the next: TEST_SEED=n repeats one.
"""
import datetime
import os

import harness
from harness import Job

SEED = os.environ.get("TEST_SEED") or datetime.date.today().strftime("%Y%m%d")

MESSAGES = ("message", "message_end", "message_data", "message_storm", "message_short", "message_turns", "message_order",
            "events", "fp", "rights")
POOR = {"MEM": "64M"}  # what is to be used up
# Program: variables of its run.
PROGRAMS = {
    "process": {}, "fork": {}, "thread": {}, "memory": {}, "handle": {}, "pointer": {}, "files": {}, "libc": {},
    "pthread": {}, "signals": {}, "interrupts": {}, "restart": {}, "bsd": {}, "pipe": {}, "pipes": {}, "fileserver": {},
    "badelf": {}, "races": {}, "pmap": {}, "block": {}, "teardown": {}, "flushes": {},
    "vmo": {}, "windows": {}, "device": {}, "first": {},
    **{program: {} for program in MESSAGES},
    "oom": POOR, "message_errors": POOR,
}
# Some once more where other code runs: one CPU, few ASIDs, every assertion, large addresses.
AGAIN = [
    ("process", {"SMP": 1}),
    ("thread", {"SMP": 1, "GIC": 2}),
    ("thread", {"SMP": 8, "ASID_BITS": 4}),
    ("fork", {"SMP": 8, "ASID_BITS": 4}),
    ("pthread", {"SMP": 8, "CPU": "max"}),
    *[("signals", variables) for variables in ({"SMP": 1, "SEED": 1}, {"BUILD": "debug"}, {"CPU": "max", "VA_BITS": 48})],
    ("restart", {"SMP": 1}),
    *[("interrupts", variables) for variables in ({"SMP": 8, "ASID_BITS": 4}, {"BUILD": "debug"},
                                                  {"BUILD": "check", "SMP": 2},
                                                  *[{"SMP": smp, "SEED": seed}
                                                    for smp in (1, 2) for seed in (1, 2, 3)])],
    *[(program, {"BUILD": "debug"}) for program in ("process", "fork", "thread", "memory", "handle", "pthread")],
    ("oom", {"BUILD": "debug", "MEM": "64M"}),
    *[("races", {"SMP": smp}) for smp in (1, 2)],
    ("races", {"SMP": 8, "ASID_BITS": 4}),
    ("races", {"BUILD": "debug"}),
    ("races", {"BUILD": "debug", "SMP": 2, "MEM": "64M"}),
    *[("pmap", variables) for variables in ({"SMP": 1}, {"CPU": "max"}, {"CPU": "max", "SMP": 1}, {"VA_BITS": 48},
                                            {"BUILD": "debug"}, {"BUILD": "debug", "CPU": "max", "ASID_BITS": 4})],
    *[("teardown", {"TEARDOWN": policy}) for policy in ("deferred", "perpage", "onalloc")],
    ("teardown", {"BUILD": "debug", "SMP": 1}),
    *[("block", variables) for variables in ({"SMP": 1}, {"CPU": "max"}, {"VA_BITS": 48, "CPU": "max"}, {"MEM": "64M"},
                                             {"BUILD": "debug"}, {"BUILD": "debug", "CPU": "max", "SMP": 1})],
    *[("flushes", {"BUILD": "check", "CPU": cpu}) for cpu in ("cortex-a72", "max")],
    *[(program, {"BUILD": "check", "ASID_BITS": 3}) for program in ("flushes", "races", "pmap")],
    *[("vmo", variables) for variables in ({"SMP": 1}, {"MEM": "64M"}, {"VA_BITS": 48, "CPU": "max"}, {"BUILD": "debug"})],
    *[("vmo", {"BUILD": "check", **more}) for more in ({}, {"SEED": 1}, {"SEED": 2}, {"SMP": 8, "ASID_BITS": 4})],
    ("windows", {"BUILD": "check"}),
    *[("message_errors", {**POOR, **more}) for more in ({"SMP": 1}, {"BUILD": "debug"}, {"BUILD": "check"})],
    *[("device", variables) for variables in ({"VA_BITS": 48, "CPU": "max"}, {"BUILD": "debug"}, {"BUILD": "check"})],
    *[("first", variables) for variables in ({"SMP": 1}, {"GIC": 2}, {"BUILD": "debug"}, {"BUILD": "check"})],
    *[("device", {"TEARDOWN": policy}) for policy in ("deferred", "perpage", "onalloc")],
    *[(program, variables) for program in MESSAGES
      for variables in ({"SMP": 1}, {"SMP": 8}, {"BUILD": "debug"}, {"BUILD": "check"})],
    *[(program, variables) for program in ("pipe", "pipes") for variables in ({"SMP": 1}, {"BUILD": "debug"}, {"BUILD": "check"})],
    ("fileserver", {"SMP": 1}),
    ("memory", {"VA_BITS": 48}),
    ("badelf", {"VA_BITS": 48}),
]


# These are the first process, which has handles that no other program gets.
FIRST = ("device", "first", "rights")


def job(program, variables):
    first = {"BOOTARGS": "init=bin/" + program} if program in FIRST else {}
    return Job("%s --seed %s" % (program, SEED), programs=[program],
               name="-".join([program, *harness.assignments(variables)]), **variables, **first)


JOBS = [(program, job(program, variables)) for program, variables in list(PROGRAMS.items()) + AGAIN]

test_guest, test_whole = harness.guest_checks(JOBS)
