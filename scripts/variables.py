# SPDX-License-Identifier: BSD-2-Clause
"""Makefile's variables: what each is when it is not given, and what it may be.

The one place that knows.  Makefile calls this as a program before it builds;
the scripts that run QEMU ask it again, since they can be called without make
and take the same variables from the environment, empty meaning not given.

  python3 scripts/variables.py [GOAL]... [-- NAME]...

prints `ok BUILD VA_BITS`, these two with their defaults filled in, or one line
that says what is wrong.  The names are the variables of make's own command
line: each must be one of ours, and what is given there is not empty by accident.
"""
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SEED_MAX = 999999999

# Of a run; scripts/batch.py repeats a run by these names, in this order.
DEFAULTS = {
    "SMP": "4", "CPU": "cortex-a72", "GIC": "3", "MEM": "256M", "EL": "1", "BUILD": "release", "BUG": "", "VA_BITS": "39",
    "ASID_BITS": "", "TEARDOWN": "once", "SEED": "", "TIMEOUT": "60", "ADD": "", "CMD": "", "BOOTARGS": "",
}
OTHERS = {"SEEDS": "1..20", "MINUTES": "", "T": "", "V": "", "WERROR": "", "TEST_JOBS": "", "TEST_SEED": "",
          "TEST_SEEDS": "1..8"}
CHOICES = {
    "GIC": "2 3", "CPU": "cortex-a35 cortex-a53 cortex-a57 cortex-a72 cortex-a76 neoverse-n1 a64fx max", "EL": "1 2",
    "BUILD": "release debug check", "VA_BITS": "39 48",
}
NUMBERS = {"TIMEOUT": (1, 999999), "ASID_BITS": (3, 16), "SEED": (0, SEED_MAX), "MINUTES": (1, 9999)}
FOLDERS = ("boot", "kernel", "mm", "arch")


def variable(name):
    """The value of one of them in our environment."""
    default = "check" if name == "BUILD" and os.environ.get("BUG") else {**DEFAULTS, **OTHERS}[name]
    return os.environ.get(name) or default


def policies():
    """TEARDOWN's: mm/teardown_NAME.c."""
    names = sorted(os.path.basename(path)[len("teardown_"):-2] for path in glob.glob(os.path.join(ROOT, "mm", "teardown_*.c")))
    return sorted(names, key=lambda name: name != "once")


def bugs():
    """BUG's: what the sources mention as BUG_NAME."""
    found = set()
    for top in FOLDERS:
        for folder, _, files in os.walk(os.path.join(ROOT, top)):
            for name in files:
                if name.endswith((".c", ".h", ".S")):
                    with open(os.path.join(folder, name)) as f:
                        found.update(re.findall(r"\bBUG_([A-Z][A-Z0-9_]*)\b", f.read()))
    return {name.lower().replace("_", "-") for name in found}


def parse_seeds(text):
    """The seeds of `1..200`, `7` or `1,5,9..12`, in that order; ValueError for anything else."""
    seeds = []
    for part in text.split(","):
        match = re.fullmatch(r"(\d{1,9})(?:\.\.(\d{1,9}))?", part.strip())
        if not match:
            raise ValueError(part)
        first, last = int(match.group(1)), int(match.group(2) or match.group(1))
        if last < first or last - first >= 1000000:
            raise ValueError(part)
        seeds += range(first, last + 1)
    return seeds


class Wrong(Exception):
    """With the line that says what."""


def need(good, name, value, advice):
    if not good:
        raise Wrong("%s=%s: %s" % (name, value, advice))


def one_of(name, value, choices):
    need(value in choices, name, value, "choose one of " + " ".join(choices))


def number(name, value, least, greatest):
    good = re.fullmatch(r"0|[1-9][0-9]{0,8}", value) and least <= int(value) <= greatest
    need(good, name, value, "give a number from %d to %d" % (least, greatest))


def check_machine(values, lists):
    """lists: SMP and TEARDOWN have any number of words."""
    for name, choices in CHOICES.items():
        one_of(name, values[name], choices.split())
    for name, (least, greatest) in NUMBERS.items():
        if values[name]:
            number(name, values[name], least, greatest)
    for smp in values["SMP"].split() if lists else [values["SMP"]]:
        number("SMP", smp, 1, 8 if values["GIC"] == "2" else 32)
    for policy in values["TEARDOWN"].split() if lists else [values["TEARDOWN"]]:
        one_of("TEARDOWN", policy, policies())
    size = re.fullmatch(r"([1-9][0-9]{0,8})([MG])", values["MEM"])
    need(size, "MEM", values["MEM"], "give a size as 64M or 4G")
    need(64 <= int(size.group(1)) * (1024 if size.group(2) == "G" else 1) <= 4096, "MEM", values["MEM"],
         "give a size from 64M to 4G")


def check_run(values):
    bug = values["BUG"]
    if bug:
        one_of("BUG", bug, sorted(bugs()))
        need(values["BUILD"] == "check", "BUG", bug, "needs BUILD=check, not BUILD=" + values["BUILD"])
    for path in values["ADD"].split():
        need(os.path.exists(path), "ADD", path, "there is no such file")
        need(os.path.isfile(path), "ADD", path, "not a file; a folder's files are named one by one")
    if "\n" in values["CMD"] + values["BOOTARGS"]:
        raise Wrong("CMD and BOOTARGS are one line each: put a `;` between commands")  # Makefile, too: its $(shell) has no newlines
    need("--" not in values["BOOTARGS"].split(), "BOOTARGS", values["BOOTARGS"], "`--` begins the command, which is CMD")


def complaint(goals=(), given=()):
    """What is wrong with the environment's variables, in one line, or None.  given: those that may not be empty by accident."""
    known = {**DEFAULTS, **OTHERS}
    values = {name: os.environ.get(name, "") if name in given else variable(name) for name in known}
    try:
        for name in given:
            if name not in known:
                raise Wrong("%s: there is no such variable; `make help` lists them" % name)
            need(values[name] or not known[name], name, "", "empty; leave it out for its default, " + known[name])
        check_machine(values, "stress" in goals)
        check_run(values)
        for name in ("SEEDS", "TEST_SEEDS"):
            try:
                parse_seeds(values[name])
            except ValueError:
                need(False, name, values[name], "give numbers and ranges from 0 to %d, as 1..200 or 1,5,9" % SEED_MAX)
    except Wrong as wrong:
        return str(wrong)
    return None


def require(*goals):
    """Ends a script that was called with something wrong."""
    wrong = complaint(goals)
    if wrong:
        print("curfew: " + wrong, file=sys.stderr)
        sys.exit(2)


def main(words):
    at = words.index("--") if "--" in words else len(words)
    goals, given = words[:at], words[at + 1:]
    # Where only the checker will do, the environment's choice of another kernel gives way; the command line's is an error.
    if at < len(words) and "BUILD" not in given and (os.environ.get("BUG") or {"museum", "soak"} & set(goals)):
        os.environ["BUILD"] = "check"
    wrong = complaint(goals, given)
    print(wrong or "ok %s %s" % (variable("BUILD"), variable("VA_BITS")))


if __name__ == "__main__":
    main(sys.argv[1:])
