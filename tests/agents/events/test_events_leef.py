"""LEEF events."""

from __future__ import annotations

import pytest
from event_samples import assert_spans_are_exact, value

from agents.events import Format, parse


@pytest.mark.parametrize(
    "raw",
    [
        "LEEF:1.0|Acme|FW|4.0|Login|src=10.0.0.1\tusrName=bob smith\tcat=auth",
        "LEEF:2.0|Acme|FW|4.0|Login|^|src=10.0.0.1^usrName=bob smith^cat=auth",
        "LEEF:2.0|Acme|FW|4.0|Login|x5E|src=10.0.0.1^usrName=bob smith^cat=auth",
        "LEEF:2.0|Acme|FW|4.0|Login|0x7c|src=10.0.0.1|usrName=bob smith|cat=auth",
        "LEEF:2.0|Acme|FW|4.0|Login|\\t|src=10.0.0.1\tusrName=bob smith\tcat=auth",
        "LEEF:2.0|Acme|FW|4.0|Login||src=10.0.0.1\tusrName=bob smith\tcat=auth",
        "LEEF:2.0|Acme|FW|4.0|Login|src=10.0.0.1\tusrName=bob smith\tcat=auth",
        "LEEF:1.0|Acme|FW|4.0|Login|src=10.0.0.1 usrName=bob smith cat=auth",
        "LEEF:1.0|Acme|FW|4.0|Login|x7C|src=10.0.0.1|usrName=bob smith|cat=auth",
    ],
)
def test_versions_and_delimiters(raw):
    event = parse(raw)
    assert event.formats == (Format.LEEF,)
    assert [value(event, f"leef.{n}") for n in ("vendor", "product", "version", "event_id")] == [
        "Acme",
        "FW",
        "4.0",
        "Login",
    ]
    assert [value(event, n) for n in ("src", "usrName", "cat")] == ["10.0.0.1", "bob smith", "auth"]
    assert_spans_are_exact(event)


def test_attributes_without_a_key_are_the_message():
    assert parse("LEEF:1.0|A|B|1|2|a=b\tloose words\tc=d").message == "loose words"
