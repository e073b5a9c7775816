"""Input that is meant to hurt: it costs work in proportion to its length, and nothing raises."""

from __future__ import annotations

import sys

import pytest

from agents.events import make_template, parse

HOSTILE = {
    "nested objects": lambda n: '{"a":' * n,
    "nested lists": lambda n: '{"a":' + "[" * n + "]" * n + "}",
    "nested elements": lambda n: "<a>" * n,
    "open quote": lambda n: 'a=1 b="' + 'x" y="' * n,
    "equals": lambda n: "=" * n,
    "pairs": lambda n: "k=v " * n,
    "one long word": lambda n: "a" * n,
    "one long key": lambda n: '{"a":"b","' + "k" * n,
    "backslashes": lambda n: '{"a":"' + "\\" * n,
    "commas": lambda n: "," * n,
    "quoted cells": lambda n: '"",' * n,
    "spaces": lambda n: "a" + " " * n + "b",
    "bars": lambda n: "CEF:0|" + "a\\|" * n,
    "cef keys": lambda n: "CEF:0|a|b|c|d|e|f|" + "a=" * n,
    "leef": lambda n: "LEEF:2.0|a|b|c|d|^|" + "a=b^" * n,
    "colons": lambda n: "<13>" + "a:" * n,
    "colon pairs": lambda n: "Ab: x, " * n,
    "hex": lambda n: "x " + "0a:" * n,
    "dots": lambda n: "x " + "1." * n,
    "slashes": lambda n: "x " + "a/" * n,
    "users": lambda n: "for invalid user " * n,
    "dates": lambda n: "Jan 1 " * n,
    "lines": lambda n: "EventCode=1\nLogName=x\nMessage=" + "A:\t\n" * n,
    "structured data": lambda n: "<13>1 - h a p m " + '[a b="c"]' * n,
    "attributes": lambda n: "<a " + 'b="c" ' * n,
    "digits": lambda n: '{"a":' + "9" * n + "}",
    "surrogates": lambda n: "\udcff \udc80=" * n,
    "nul": lambda n: "\x00 " * n,
    "astral": lambda n: '{"a":"' + "😀" * n + '"}',
    "csv header": lambda n: ",".join(f"c{i}" for i in range(n)) + "\n" + "1," * n,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_long_hostile_event_is_an_event(name):
    raw = HOSTILE[name](20_000)
    template = make_template(parse(raw))
    assert len(template.template_id) == 16


def work(raw: str) -> int:
    """Calls and lines that Python executes for one event."""
    count = 0

    def step(*_: object):
        nonlocal count
        count += 1
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        make_template(parse(raw))
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("name", HOSTILE)
def test_twice_the_text_is_at_most_about_twice_the_work(name):
    work(HOSTILE[name](10))  # what is loaded and cached once is not the text's fault
    small, large = (work(HOSTILE[name](n)) for n in (400, 800))
    assert large <= 2.5 * small + 500


def test_nesting_of_a_hundred_thousand_levels_keeps_the_fields_before_it():
    event = parse('{"eventName":"x","deep":' + '{"a":' * 100_000 + "1" + "}" * 100_001)
    assert event.fields[0].value == "x"
    assert all(len(field.path) < 200 for field in event.fields)


def test_a_megabyte_of_prose_is_text():
    assert make_template(parse("some words and 17 numbers " * 40_000)).template_id
