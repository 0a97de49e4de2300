# SPDX-License-Identifier: BSD-2-Clause
"""docs/protocol.md: each rule's code, assertion, test, event and bugs exist; and a link that leads nowhere is seen."""
import os
import runpy
import subprocess

import pytest

import harness

SCRIPT = os.path.join(harness.ROOT, "scripts", "protocol-links")


def test_links():
    done = subprocess.run([SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout.decode()


@pytest.fixture(scope="module")
def links():
    module = runpy.run_path(SCRIPT)
    with open(os.path.join(harness.ROOT, "docs", "protocol.md")) as f:
        return module, f.read(), module["Sources"]()


# What is changed in the page, and what must be said of it.
SPOILED = [
    ("### E3 ", "### E9 ", "E3: has 0 sections"),
    ("### E3 ", "### E9 ", "E9: there is no such rule"),
    ("`give_up_vmspace`", "`give_up_nothing`", "E3: Code: `give_up_nothing`"),
    ("- Bugs: `lazy-idle`", "- Bugs: `lazy-odd`", "I3: Bugs: the museum has no `lazy-odd`"),
    ("- Bugs: `lazy-idle`", "- Bugs: `user-global`", "I3: Bugs: the museum does not say that I3 catches `user-global`"),
    ("- Bugs: `lazy-idle`, ", "- Bugs: ", "I3: the museum's `lazy-idle` is missing under Bugs"),
    ("`fork.cow_of_many`", "`fork.cow_of_none`", "I9: Test: there is no `fork.cow_of_none`"),
    ("- Event: `stack`", "- Event: `heap`", "E8: Event: the checker has no event `heap`"),
    ("- Asserted: `thread_free`, all builds. `check_stack_free`: check", "- Asserted: none: nobody cares",
     "E8: Asserted says none, but the sources assert E8"),
    ("- Asserted: `thread_free`, all builds. `check_stack_free`: check", "- Asserted: none", "E8: Asserted is missing"),
    ("- Asserted: `thread_free`, all builds. `check_stack_free`: check\n", "", "E8: Asserted is missing"),
]


@pytest.mark.parametrize("old, new, problem", SPOILED)
def test_broken_link_is_seen(links, old, new, problem):
    module, text, sources = links
    assert old in text
    problems = list(module["check_page"](text.replace(old, new, 1), sources))
    assert any(line.startswith(problem) for line in problems), problems


def test_unasserted_rule_is_seen(links):
    module, text, sources = links
    sources.asserted.discard("E8")
    problems = list(module["check_page"](text, sources))
    sources.asserted.add("E8")
    assert problems == ["E8: Asserted: nothing in the sources asserts E8"]


def test_museum_page_is_compared(links):
    module, text, sources = links
    with open(os.path.join(harness.ROOT, "docs", "museum.md")) as f:
        page = f.read()
    assert not list(module["check_museum_page"](page, sources))
    assert len(list(module["check_museum_page"](page.replace("seL4 #1750", "seL5"), sources))) == 2
