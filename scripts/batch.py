# SPDX-License-Identifier: BSD-2-Clause
"""Many runs of Curfew, two at a time: for scripts/museum and scripts/soak.

A run is a dict of Makefile's variables; those that it does not name come from
the environment.  Nothing here prints.
"""
import collections
import concurrent.futures
import os
import re
import shlex
import subprocess
import tempfile
import time

import qemu

JOBS = int(os.environ.get("TEST_JOBS", "2"))

# How a broken rule reads: the checker's line, or an assertion's panic.  A program may have left its own line unfinished before it.
RULE = re.compile(r"\brule ([EIT]\d+): |\bpanic: ([EIT]\d+) broken: ")

Outcome = collections.namedtuple("Outcome", "status output report seconds")


def environment(variables):
    """Ours, with these: and with nothing of a make that may have called."""
    plain = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    return {**plain, **{name: str(value) for name, value in variables.items()}}


def run(variables):
    """One run to its end.  Standard output and error together, as a person would see them."""
    with tempfile.TemporaryDirectory(prefix="curfew-batch-") as folder:
        report = os.path.join(folder, "report")
        begin = time.monotonic()
        done = subprocess.run([os.path.join(qemu.ROOT, "scripts", "run"), "--report", report], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(variables))
        seconds = time.monotonic() - begin
        text = ""
        if os.path.exists(report):
            with open(report, errors="replace") as f:
                text = f.read()
    return Outcome(done.returncode, done.stdout.decode(errors="replace"), text, seconds)


def rule_of(output):
    """The first rule that a run's output says was broken, or None."""
    match = RULE.search(output)
    return match and (match.group(1) or match.group(2))


def build(variables):
    """Builds that variant of the kernel; the text of what went wrong, or None.  One make at a time, as in Makefile."""
    done = subprocess.run(["flock", os.path.join("build", ".lock"), "make", "-j2", "-f", "scripts/build.mk", "kernel"],
                          cwd=qemu.ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=environment(variables))
    return None if done.returncode == 0 else done.stdout.decode(errors="replace")


def replay(variables):
    """What a person types for the same run: all that is not the default."""
    words = []
    for name in qemu.DEFAULTS:
        value = str(variables.get(name, os.environ.get(name, "")))
        if not value or name == "TIMEOUT" or (value == qemu.DEFAULTS[name] and name not in variables):
            continue
        words.append("%s=%s" % (name, shlex.quote(value.replace("$", "$$"))))
    return " ".join(["make run"] + words)


def tail(output, lines=40):
    """The end of a run's output, indented."""
    return "".join("        | %s\n" % line for line in output.splitlines()[-lines:])


def each(function, items):
    """function(item) of every item, two at a time; yields (item, result) in the items' order."""
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        futures = [(item, pool.submit(function, item)) for item in items]
        try:
            for item, future in futures:
                yield item, future.result()
        except KeyboardInterrupt: # the runs have got it too
            pool.shutdown(wait=False, cancel_futures=True)
            raise SystemExit(130) from None
