# SPDX-License-Identifier: BSD-2-Clause
"""The museum: every known bug, compiled in, is caught by a rule that it breaks; without it the same runs are silent."""
import os
import runpy
import sys

import harness

sys.path.insert(0, os.path.join(harness.ROOT, "scripts"))
import variables  # noqa: E402

museum = runpy.run_path(os.path.join(harness.ROOT, "scripts", "museum"))
BUGS = museum["read_table"]()
examine = museum["examine"]


def test_table_is_complete():
    """What the sources can compile in is what the table has."""
    assert variables.bugs() == {bug.name for bug in BUGS}


@harness.runs(*[harness.Task(bug.name, "make museum T=%s" % bug.name, examine, bug) for bug in BUGS])
def test_bug_is_caught(result):
    assert result.good, result.line()
    assert result.rule in result.bug.rules


def test_a_lie_is_not_caught():
    """The museum does not pass what no rule catches: a bug that is none, and one that breaks another rule."""
    lazy = next(bug for bug in BUGS if bug.name == "lazy-idle")
    with harness.place("scripts/museum"):
        silent = examine(lazy._replace(cmd="true", seeds=2, variables={"SMP": "1"}))
        other = examine(lazy._replace(rules=["I15"]))
        missing = examine(lazy._replace(name="no-such-bug"))
    assert not silent.good and "not caught with 2 seeds" in silent.trouble, silent.line()
    assert not other.good and "not by I15" in other.trouble, other.line()
    assert not missing.good and "does not build" in missing.trouble, missing.line()
