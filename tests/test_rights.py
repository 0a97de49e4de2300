# SPDX-License-Identifier: BSD-2-Clause
"""The table of docs/rights.md, what tests/guest/rights.c tries, and the calls of abi.h that take a handle: the same."""
import os
import re

import harness


def text(*path):
    with open(os.path.join(harness.ROOT, *path)) as f:
        return f.read()


def documented():
    return {(call, kind, right) for call, kind, right in
            re.findall(r"^\| `([a-z_]+(?:, [a-z ]+)?)` \| (\w+) \| ([A-Z]+|none) \|", text("docs", "rights.md"), re.MULTILINE)}


def tried():
    return {(call, kind, right.replace("NONE", "none")) for call, kind, right in
            re.findall(r'^\t\{ "([^"]+)", "(\w+)", (\w+), try_\w+, ', text("tests", "guest", "rights.c"), re.MULTILINE)}


def with_a_handle():
    """By their arguments, or, where those are in registers of their own, by the kind that the text begins with."""
    calls = re.findall(r"^#define SYS_(\w+)\s+\d+\s+/\* (\([^)]*\)|\w+:)", text("user", "include", "curfew", "abi.h"), re.MULTILINE)
    return {name for name, head in calls
            if re.search(r"\b(handle|channel|session|event|irq)\b", head)}


def test_table_is_what_is_tried():
    assert documented() == tried()


def test_every_call_with_a_handle_is_there():
    assert len(with_a_handle()) > 20
    assert {call.split(",")[0] for call, _, _ in tried()} == with_a_handle()
