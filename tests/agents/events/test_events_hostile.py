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
    "addresses between bars": lambda n: "a://x|" * n,
    "blank lines": lambda n: "x" + "\n" * n + "x",
    "headers": lambda n: "2024-05-04 10:11:12 INFO " * n,
    "dashes": lambda n: "01/02/2024:15:04:05 GMT h 0-PPE-0 : default A B_C 1 0 : " + "User x - " * n,
    "dashes without names": lambda n: "01/02/2024:15:04:05 GMT h 0-PPE-0 : default A B_C 1 0 : " + "x - " * n,
    "counted": lambda n: "Oracle Audit[1]: " + "A:[1] '1' " * n,
    "named cells": lambda n: "Ab: x," * n,
    "keys on lines": lambda n: "Subject:\n" + "\tKey:\tx\n" * n,
    "open brackets": lambda n: "[" * n,
    "quoted shape": lambda n: '[2024-05-04T10:11:12Z] "' + 'x" "' * n,
    "exchange rows": lambda n: "#Fields: a,b,c\n" + '"x,y",z\n' * n,
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


def test_behind_a_bound_more_text_is_no_more_work():
    """Nesting, elements, lines and words behind the first twenty thousand are the message, and hardly masked."""
    for raw in (
        lambda n: '{"a":' + "[" * n,
        lambda n: "<a>" * n,
        lambda n: "EventCode=1\nLogName=x\nMessage=" + "A:\t\n" * n,
        lambda n: "some words and 17 numbers " * n,
        lambda n: " ".join(f"key{i}={i}" for i in range(n)),
    ):
        work(raw(40_000))  # what is remembered of words and names is not the text's fault
        small, large = work(raw(40_000)), work(raw(80_000))
        assert large <= small + 500


def test_what_stands_behind_the_bound_still_discriminates():
    long = "some words " * 4000
    first, second, third = (make_template(parse(long + end)) for end in ("job 17 done", "job 18 done", "job 17 failed"))
    assert first.template_id == second.template_id
    assert first.template_id != third.template_id


def test_elements_and_levels_behind_the_bound_leave_the_fields_before_them():
    xml = parse("<e><name>x</name>" + "<a>" * 50_000)
    assert xml.fields[0].value == "x"
    assert xml.message
    deep = parse('{"name":"x","a":' + "[" * 50_000)
    assert deep.fields[0].value == "x"
    assert deep.message
