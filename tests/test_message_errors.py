# SPDX-License-Identifier: BSD-2-Clause
"""The errors of messages, events, interrupts and handles: the table of docs/abi.md is what message_errors.c provokes, and no
text of the headers or of abi.md names an error that is not in it."""
import os
import re

import pytest

import harness

ERROR = r"\b(E[A-Z]{3,})\b"
HEADERS = ("message.h", "sys.h")


def text(*path):
    with open(os.path.join(harness.ROOT, *path)) as f:
        return f.read()


ABI = text("docs", "abi.md")
TABLE = {call: set(re.findall(ERROR, errors)) for call, errors in
         re.findall(r"^\| `(\w+)` \| ((?:`E[A-Z]+` ?)+)\|$", ABI[ABI.index("### Errors of these calls"):], re.MULTILINE)}


def provoked():
    rows = re.findall(r'^\t\{ "(\w+)", (E\w+), \w+ \},$', text("tests", "guest", "message_errors.c"), re.MULTILINE)
    assert len(rows) == len(set(rows))
    return {call: {error for name, error in rows if name == call} for call, _ in rows}


def docstrings():
    """(call, errors in the comment right before its C function)"""
    for header in HEADERS:
        for comment, name in re.findall(r"/\*((?:[^*]|\*(?!/))*)\*/\n(?:static inline )?\w+ curfew_(\w+)\(",
                                        text("user", "include", "curfew", header)):
            yield name, set(re.findall(ERROR, comment)) - {"EL0"}


def sections():
    """(calls, errors) of each section of abi.md that is about calls"""
    for head, body in re.findall(r"^### (\d+ .*)\n((?:(?!##).*\n)*)", ABI, re.MULTILINE):
        yield re.findall(r"`(\w+)", head), set(re.findall("`%s`" % ERROR[2:-2], body))


def test_table_is_what_is_provoked():
    assert len(TABLE) == 20
    assert TABLE == provoked()


def test_every_call_of_messages_and_handles_is_there():
    calls = re.findall(r"^#define SYS_(\w+)\s+\d+", text("user", "include", "curfew", "abi.h"), re.MULTILINE)
    first, last = calls.index("send"), calls.index("handle_info")
    assert set(TABLE) == {*calls[first:last + 1], "handle_close", "handle_dup"}


def test_headers_name_no_other():
    named = {name: errors for name, errors in docstrings() if name in TABLE}
    assert {"send", "receive", "reply", "message_read", "event_wait", "handle_dup"} <= {n for n, errors in named.items() if errors}
    assert {name: errors - TABLE[name] for name, errors in named.items() if errors - TABLE[name]} == {}


@pytest.mark.parametrize("calls, errors", [pytest.param(calls, errors, id="-".join(calls)) for calls, errors in sections()
                                           if set(calls) & set(TABLE)])
def test_sections_name_the_same(calls, errors):
    """A section tells of several calls: together they have these errors; each of them is named."""
    assert set(calls) <= set(TABLE)
    assert errors == set().union(*[TABLE[call] for call in calls])
