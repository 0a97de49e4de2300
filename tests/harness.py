# SPDX-License-Identifier: BSD-2-Clause
"""Runs of Curfew for tests.

A test that looks at a run says which one: @runs(Job("ls", SMP=2)), and gets
its result.  All such runs are known when the tests are collected; a pool runs
them, two at a time, while the tests, in order, wait for theirs.  Jobs that are
equal run once.  A Task is another thing that takes long and depends on no other.
What a test runs by itself (make, an interactive shell) takes a place of the
pool too, so there are never more QEMUs than places.
"""
import collections
import concurrent.futures
import contextlib
import dataclasses
import functools
import os
import re
import shlex
import subprocess
import tempfile
import threading

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PLACES = int(os.environ.get("TEST_JOBS", "2"))
LIMIT = 300  # seconds, for a run that says no other TIMEOUT: only what hangs takes so long, however busy the host is
VARIABLES = ["SMP", "CPU", "GIC", "MEM", "EL", "BUILD", "BUG", "VA_BITS", "ASID_BITS", "TEARDOWN", "SEED", "TIMEOUT", "ADD",
             "CMD", "BOOTARGS", "SEEDS", "MINUTES", "T", "V", "WERROR", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"]
# `make test BUILD=debug` tests that kernel.
VARIANT = {name: os.environ[name] for name in ("BUILD", "VA_BITS") if os.environ.get(name)}


class Places:
    """A semaphore that is fair: who has waited longest is next.  Else the pool, which asks again at once, would have all places to
    the end, and what tests run by themselves would come only then, one after the other."""

    def __init__(self, number):
        self.free, self.lock, self.waiting = number, threading.Lock(), collections.deque()

    def __enter__(self):
        with self.lock:
            if self.free:
                self.free -= 1
                return
            turn = threading.Event()
            self.waiting.append(turn)
        turn.wait()

    def __exit__(self, *_):
        with self.lock:
            if self.waiting:
                self.waiting.popleft().set()
            else:
                self.free += 1


places = Places(PLACES)


def environment(variables):
    """Ours without Makefile's variables, and with these."""
    plain = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return {**plain, **VARIANT, **{name: str(value) for name, value in variables.items()}}


def make_line(cmd, variables):
    """What a person types for the same run."""
    words = ["%s=%s" % (name, shlex.quote(str(value))) for name, value in {**VARIANT, **variables}.items()]
    if cmd:
        words.append("CMD=" + shlex.quote(cmd.replace("$", "$$")))
    return " ".join(["make run"] + words)


def assignments(variables):
    """As the name of a test has them: TIMEOUT says nothing about what is tested."""
    return ["%s=%s" % item for item in variables.items() if item[0] != "TIMEOUT"]


class Job:
    """One run: a command line for the shell, and variables of the Makefile."""

    def __init__(self, cmd, *, name=None, programs=(), options=(), stdin=b"", **variables):
        self.cmd = cmd
        self.programs = tuple(programs)  # of build/tests, put into the initrd
        self.options = tuple(options)    # of scripts/run
        self.stdin = stdin
        self.variables = variables
        self.name = name or re.sub(r"[^A-Za-z0-9=_.+-]+", "_", " ".join([*assignments(variables), cmd]))[:80]
        self.key = (cmd, self.programs, self.options, stdin, tuple(sorted(variables.items())))

    @property
    def added(self):
        return " ".join(os.path.join("build", "tests", name) for name in self.programs)

    @property
    def replay(self):
        """The command that repeats this run."""
        variables = dict(self.variables, ADD=self.added) if self.programs else self.variables
        return make_line(self.cmd, {"TIMEOUT": LIMIT, **variables})

    def run(self):
        """Runs it in this thread, in one of the places."""
        variables = {"TIMEOUT": LIMIT, **self.variables, "CMD": self.cmd, "ADD": self.added}
        with places, tempfile.TemporaryDirectory(prefix="curfew-test-") as folder:
            report = os.path.join(folder, "report")
            limit = float(variables["TIMEOUT"]) + 60
            done = subprocess.run(
                [os.path.join(ROOT, "scripts", "run"), "--report", report, *self.options], cwd=ROOT, input=self.stdin,
                env=environment(variables), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=limit)
            text = ""
            if os.path.exists(report):
                with open(report, errors="replace") as f:
                    text = f.read()
        return Result(self, done.returncode, done.stdout.decode(errors="replace"),
                      done.stderr.decode(errors="replace"), FACT.sub("", text),
                      {name: int(value) for name, value in FACT.findall(text)})


# What the kernel itself reports when it powers off: the length of a run with SEED, the windows that a checking kernel counts.
FACT = re.compile(r"^(instructions|nanoseconds|window \S+) (\d+)\n", re.MULTILINE)


@dataclasses.dataclass(repr=False)
class Result:
    job: Job
    status: int
    out: str
    err: str
    report: str  # of the programs
    facts: dict  # of the kernel

    def __repr__(self):
        return "status %d\nstdout:\n%s\nstderr:\n%s\nreport:\n%s\nagain: %s" % (
            self.status, self.out[-4000:], self.err[-2000:], self.report[-2000:], self.job.replay)


class Task:
    """A function to be called in one of the places: what it returns is the result.  `replay`: what a person types for the same."""

    def __init__(self, name, replay, function, *arguments):
        self.name, self.replay, self.key = name, replay, (name, replay)
        self.call = functools.partial(function, *arguments)

    def run(self):
        with places:
            return self.call()


class Pool:
    """Runs jobs and tasks in the background, each once."""

    def __init__(self):
        self.executor = concurrent.futures.ThreadPoolExecutor(PLACES)
        self.futures = {}

    def submit(self, job):
        if job.key not in self.futures:
            self.futures[job.key] = self.executor.submit(job.run)

    def result(self, job):
        self.submit(job)
        return self.futures[job.key].result()

    def stop(self):
        self.executor.shutdown(wait=True, cancel_futures=True)


pool = Pool()


def runs(*jobs):
    """Decorator: the test is called once for each job, with its `result`."""
    return pytest.mark.parametrize("result", jobs, indirect=True, ids=[job.name for job in jobs])


# ------------------------------------------------------- guest programs

def guest_tests(program):
    """The names of the tests in tests/guest/PROGRAM.c."""
    with open(os.path.join(ROOT, "tests", "guest", program + ".c")) as f:
        return re.findall(r"^TEST\((\w+)\)", f.read(), re.MULTILINE)


def guest_outcome(result, name):
    """None if the test of that name passed in that run, otherwise what is wrong with it."""
    lines = [line for line in result.report.splitlines() if re.match(r"(ok|not ok) %s(:|$)" % re.escape(name), line)]
    if len(lines) > 1:
        return "reported twice: " + "; ".join(lines)
    if not lines:
        return "no result: the program ended before it\n%s" % result
    return None if lines[0] == "ok " + name else lines[0]


def guest_whole(result, names):
    """None if a run of a guest program reported each of its tests once and ended well, otherwise what is wrong."""
    lines = result.report.splitlines()
    reported = [re.match(r"(?:ok|not ok) (\w+)", line) for line in lines if not line.startswith("done ")]
    if None in reported:
        return "a line that means nothing in the report\n%s" % result
    if sorted(match.group(1) for match in reported) != sorted(names):
        return "the report does not have each test once\n%s" % result
    if lines[-1:] != ["done %d" % len(names)]:
        return "the report does not end with `done %d`\n%s" % (len(names), result)
    if result.status != 0:
        return "exit status %d\n%s" % (result.status, result)
    return None


def guest_checks(jobs):
    """The two tests of a module that runs guest programs, for it to name test_guest and test_whole.  jobs: (program, Job)."""
    each = [pytest.param(job, program, name, id="%s-%s" % (job.name, name))
            for program, job in jobs for name in guest_tests(program)]
    whole = [pytest.param(job, program, id=job.name) for program, job in jobs]

    @pytest.mark.parametrize("result, program, name", each, indirect=["result"])
    def test_guest(result, program, name, request):
        request.node.replay = make_line("%s --only %s" % (result.job.cmd, name),
                                        {"TIMEOUT": LIMIT, **result.job.variables, "ADD": result.job.added})
        problem = guest_outcome(result, name)
        assert not problem, problem

    @pytest.mark.parametrize("result, program", whole, indirect=["result"])
    def test_whole(result, program):
        """Every test reported once, and the program ended well."""
        problem = guest_whole(result, guest_tests(program))
        assert not problem, problem

    return test_guest, test_whole


# --------------------------------------------------------- own commands

def output(*command):
    """What a tool prints."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode()


replays = []  # of the test that runs now


@contextlib.contextmanager
def place(replay):
    """A place of the pool for a QEMU that the test starts itself."""
    replays.append(replay)
    with places:
        yield


def make(*words, stdin=b"", timeout=LIMIT, extra_environment=None, cwd=ROOT):
    """Runs make with these words; the result has returncode, stdout, stderr as text."""
    with place(shlex.join(["make", *words])):
        done = subprocess.run(["make", *words], cwd=cwd, env={**environment({}), **(extra_environment or {})},
                              input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
    done.stdout, done.stderr = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    return done
