# SPDX-License-Identifier: BSD-2-Clause
"""What the documents show is true: the README's session, and the make commands of all pages."""
import glob
import os
import re
import runpy
import shlex
import subprocess

import pexpect
import pytest

import harness
from harness import Job

MUSEUM = runpy.run_path(os.path.join(harness.ROOT, "scripts", "museum"))
PAGES = sorted(glob.glob(os.path.join(harness.ROOT, "*.md")) + glob.glob(os.path.join(harness.ROOT, "docs", "*.md")))


def blocks(path, kind):
    """The fenced blocks of a page that are marked with that word."""
    with open(path) as f:
        return re.findall(r"^```%s\n(.*?)^```" % kind, f.read(), re.MULTILINE | re.DOTALL)


TRANSCRIPTS = [pytest.param(text, id="%s-%d" % (os.path.basename(path), i)) for path in PAGES
               for i, text in enumerate(blocks(path, "transcript"))]


def test_session_begins_as_shown():
    """What a boot to a shell prints before its first prompt, the kernel's log included."""
    with harness.place("make run"):
        child = pexpect.spawn("scripts/run", cwd=harness.ROOT, env=harness.environment({}), timeout=60, encoding="utf-8")
        child.expect_exact("curfew$ ")
        printed = "".join(line.rstrip() + "\n" for line in child.before.splitlines())
        child.close(force=True)
    shown = blocks(os.path.join(harness.ROOT, "README.md"), "transcript")[0].split("curfew$ ")[0]
    assert re.fullmatch(".*".join(re.escape(part) for part in shown.split("…")), printed), printed


def session(text):
    """(command, expected output) of a transcript: lines `curfew$ command`, and what follows each."""
    parts = re.split(r"^curfew\$ (.*)\n", text, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2]))


@pytest.mark.parametrize("text", TRANSCRIPTS)
def test_transcript(text):
    """Each command, in one boot, prints what the page shows; `…` stands for anything."""
    commands = session(text)
    assert commands
    marks = ["--- %d ---" % i for i in range(len(commands) + 1)]
    line = "; ".join("echo '%s'; %s" % (mark, command)
                     for mark, (command, expected) in zip(marks, commands) if command != "exit")
    result = Job(line + "; echo '%s'" % marks[-1]).run()
    pieces = re.split(r"^--- \d+ ---\n", result.out, flags=re.MULTILINE)[1:]
    shown = [(command, expected) for command, expected in commands if command != "exit"]
    for (command, expected), printed in zip(shown, pieces):
        pattern = ".*".join(re.escape(part) for part in expected.split("…"))
        assert re.fullmatch(pattern, printed, re.DOTALL), "%s\nexpected:\n%s\nprinted:\n%s\n%s" % (
            command, expected, printed, result)
    assert len(pieces) == len(shown) + 1, result


COMMANDS = sorted({line.strip() for path in PAGES for text in blocks(path, "sh") for line in text.splitlines()
                   if re.match(r"\s*make\b", line)})


@pytest.mark.parametrize("line", COMMANDS)
def test_make_commands(line):
    """make knows the targets and variables that the pages show."""
    words = shlex.split(line, comments=True)[1:]
    words = [word for word in words if not word.startswith("ADD=")]
    done = subprocess.run(["make", "-n", *words], cwd=harness.ROOT, env=harness.environment({}),
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr.decode()


BUG_LINES = sorted({line.split(" #")[0].strip() for path in PAGES for text in blocks(path, "sh") for line in text.splitlines()
                    if re.match(r"make run .*BUG=", line)})


@pytest.mark.parametrize("line", BUG_LINES)
def test_bug_is_caught_as_shown(line):
    """The README and the museum's page promise a panic that names the rule and both CPUs."""
    bug = re.search(r"BUG=(\S+)", line).group(1)
    rules = next(row.rules for row in MUSEUM["read_table"]() if row.name == bug)
    done = harness.make(*shlex.split(line)[1:], timeout=300)
    assert done.returncode == 100, done.stdout + done.stderr
    other = re.search(r"^rule (?:%s): .* CPU (\d)" % "|".join(rules), done.stdout, re.MULTILINE)
    this = re.search(r"^this side:\ncpu (\d)", done.stdout, re.MULTILINE)
    assert other and this and other.group(1) != this.group(1), done.stdout


def test_there_is_a_transcript():
    assert BUG_LINES
    assert any("README.md" in param.id for param in TRANSCRIPTS)
