# SPDX-License-Identifier: BSD-2-Clause
"""The models of the exit protocol (tests/model): each holds, each variant breaks its rule, comments name what is there."""
import glob
import importlib.machinery
import importlib.util
import os
import re
import shlex
import subprocess

import pytest

import harness

SCRIPT = os.path.join(harness.ROOT, "scripts", "model")
FILES = sorted(glob.glob(os.path.join(harness.ROOT, "tests", "model", "*")))


def script():
    """scripts/model as a module of its own, so that a test may change it."""
    loader = importlib.machinery.SourceFileLoader("model_script", SCRIPT)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("model_script", loader))
    loader.exec_module(module)
    return module


def call(*words):
    done = subprocess.run([SCRIPT, *words], cwd=harness.ROOT, env=harness.environment({}), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=900)
    return done.returncode, done.stdout.decode(errors="replace")


def run(*words):
    with harness.place(shlex.join(["scripts/model", *words])):
        return call(*words)


MODEL = script()


@harness.runs(*[harness.Task(name, "scripts/model " + name, call, name) for name in map(MODEL.name_of, MODEL.ROWS)])
def test_model(result):
    status, text = result
    assert status == 0 and "WRONG" not in text, text


def test_every_ordering_mistake_has_a_variant():
    variants = {variant for model, variant in MODEL.ROWS if variant}
    assert variants >= {
        "reuse-unflushed", "flush-before-park", "count-before-park", "park-keeps-asid", "lazy-idle",
        "free-before-flush", "local-for-broadcast", "no-dsb-after", "dsb-elsewhere", "no-isb",
        "rollover-drops-live", "touch-after-purge", "stack-freed-live"}


@pytest.mark.parametrize("limit", ["depth", "memory"])
def test_an_incomplete_search_does_not_hold(limit, tmp_path):
    model = script()
    model.BUILD = str(tmp_path)
    if limit == "depth":
        model.MODELS["exit"] = (20, {})
    else:
        model.MEMORY = 180 # as much as the table of states, and little more
    with harness.place("scripts/model exit"):
        found, states, seconds = model.check(("exit", None))
    assert found.startswith("incomplete"), found


def test_a_step_never_done_does_not_hold():
    text = "Full statespace search for:\nState-vector 8 byte, depth reached 3, errors: 0\n"
    assert MODEL.verdict(text, True) == "holds"
    assert MODEL.verdict(text, False) == "incomplete"
    assert MODEL.verdict(text.replace("Full", "Bit"), True) == "incomplete"
    assert MODEL.verdict(text + '\tx.pml:60, state 37, "-end-"\n', True) == "holds"
    assert MODEL.verdict(text + '\tx.pml:60, state 37, "a = 1"\n', True).startswith("never done")


def test_a_variant_must_break_its_own_rule(tmp_path):
    model = script()
    model.BUILD = str(tmp_path)
    with harness.place("scripts/model exit/no-isb"):
        assert model.check(("exit", "no-isb"))[0] == "I3"
        model.defines = lambda row: []
        model.MODELS["exit"] = (10000, {"no-isb": "I3"})
        assert model.check(("exit", "no-isb"))[0] == "holds" # the mistake, and nothing else, broke it


# ------------------------------------------------------------- comments

def comments(path):
    with open(path) as f:
        return " ".join(re.findall(r"/\*.*?\*/", f.read(), re.DOTALL))


def kernel_functions():
    """The names that the kernel's sources define as functions: in C, in assembly, as system calls."""
    found = set()
    for folder in ("arch", "boot", "kernel", "mm"):
        for path in glob.glob(os.path.join(harness.ROOT, folder, "**", "*.[chS]"), recursive=True):
            with open(path) as f:
                text = f.read()
            if path.endswith(".S"):
                found |= set(re.findall(r"^ENTRY\((\w+)\)", text, re.MULTILINE))
            else:
                found |= set(re.findall(r"^(?:[a-z_]\w*[ *]+)+(\w+)\([^;{}]*\)\s*\{", text, re.MULTILINE))
                found |= set(re.findall(r"^SYSCALL\((\w+)\)", text, re.MULTILINE))
    return found


def test_functions_in_comments_exist():
    """What the models say they do is done by functions that exist, and those of the protocol are all there."""
    named = {name for path in FILES for name in re.findall(r"\b([a-z]\w+)\(\)", comments(path))}
    defined = kernel_functions()
    assert len(defined) > 300 and "context_switch" in defined
    assert named <= defined, sorted(named - defined)
    assert named >= {"user_duties", "begin_leaving", "give_up_vmspace", "vmspace_leave", "vmspace_destroy", "pmap_kill",
                     "pmap_purge", "thread_exit", "exit_finish", "thread_free", "make_zombie", "process_kill",
                     "become_alone", "exec_commit", "vmspace_fork", "pmap_flush_asid", "pmap_switch", "pmap_park",
                     "rollover", "asid_allocate", "asid_free", "schedule", "context_switch", "finish_switch"}


def test_files_in_comments_exist():
    place = re.compile(r"\b(?:arch|kernel|mm|scripts|docs)/[\w/.]*\w")
    named = {name for path in FILES for name in place.findall(comments(path))}
    missing = [name for name in named if not os.path.exists(os.path.join(harness.ROOT, name))]
    assert named and not missing


# ----------------------------------------------------------------- page

def page_commands():
    with open(os.path.join(harness.ROOT, "docs", "model.md")) as f:
        blocks = re.findall(r"^```sh\n(.*?)^```", f.read(), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("scripts/model")]


@pytest.mark.parametrize("line", page_commands())
def test_commands_of_the_page(line):
    status, text = run(*shlex.split(line, comments=True)[1:])
    assert status == 0, text


def test_trail_is_readable():
    status, text = run("--trail", "exit/count-before-park")
    assert status == 0, text
    assert re.search(r"^T\d CPU \d: E4, flush of space 0", text, re.MULTILINE), text
    assert re.search(r"^I3 broken, asserted at tests/model/pmap.h:\d+$", text, re.MULTILINE), text


@pytest.mark.parametrize("words", [["nosuch"], ["-j", "0"], ["--steps", "-1", "exit"]])
def test_bad_usage(words):
    status, text = run(*words)
    assert status == 2 and "error:" in text, text
