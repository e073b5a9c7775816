"""JSON events."""

from __future__ import annotations

import pytest
from event_samples import assert_spans_are_exact, value

from agents.events import Format, parse
from agents.events.parsing.reading import MAX_FIELDS


def pairs(raw: str) -> list[tuple[str, str]]:
    return [(f.path, f.value) for f in parse(raw).fields]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ('{"a":{"b":{"c":"x"}}}', [("a.b.c", "x")]),
        ('{"a":[{"b":1},{"b":2}]}', [("a.b", "1"), ("a.b", "2")]),
        ('[{"a":"one"}]', [("a", "one")]),
        (
            '{"n":1.0,"e":1e5,"big":123456789012345678901234567890}',
            [("n", "1.0"), ("e", "1e5"), ("big", "123456789012345678901234567890")],
        ),
        ('{"t":true,"f":false,"z":null}', [("t", "true"), ("f", "false"), ("z", "null")]),
        ('{"a":{},"b":[]}', [("a", "{}"), ("b", "[]")]),
        ('{"id.orig_h":"10.0.0.1"}', [("id.orig_h", "10.0.0.1")]),
        ('{"a":1,"a":2}', [("a", "1"), ("a", "2")]),
        (' \n\ufeff{"a":"b"}\n', [("a", "b")]),
    ],
)
def test_documents_become_paths_and_values(raw, expected):
    assert pairs(raw) == expected
    assert parse(raw).format is Format.JSON


def test_the_span_of_a_string_holds_its_escaped_spelling():
    raw = '{"path":"C:\\\\Windows\\\\x.exe","name":"caf\\u00e9"}'
    first, second = parse(raw).fields
    assert first.value == "C:\\Windows\\x.exe"
    assert raw[slice(*first.span)] == "C:\\\\Windows\\\\x.exe"
    assert second.value == "café"
    assert raw[slice(*second.span)] == "caf\\u00e9"


def test_spans_count_characters_where_text_is_not_ascii():
    raw = '{"name":"Zoë 😀","ip":"10.0.0.1"}'
    event = parse(raw)
    assert value(event, "name") == "Zoë 😀"
    assert_spans_are_exact(event)


def test_a_lone_surrogate_escape_becomes_the_replacement_character():
    assert pairs(r'{"a":"x\ud800y"}') == [("a", "x\ufffdy")]


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        ('{"eventName":"GetUser","userAgent":"Mozilla', "GetUser"),
        ('{"eventName":"GetUser","userIdentity":{"type":', "GetUser"),
        ('{"eventName":"GetUser","userId', "GetUser"),
        ('{"eventName":"GetUser",', "GetUser"),
        ('{"eventName":"GetUser"', "GetUser"),
    ],
)
def test_a_record_that_a_transport_cut_off_keeps_its_first_fields(cut, expected):
    event = parse(cut)
    assert event.format is Format.JSON
    assert value(event, "eventName") == expected


@pytest.mark.parametrize(
    "raw", ["[INFO] started", "{not json}", "[1,2,3]", "{", "[", '{"a"', "{'a': 'b'}", '{"a" "b"}', "{}x"]
)
def test_what_only_starts_like_json_is_not_json(raw):
    assert parse(raw).format is not Format.JSON


def test_text_behind_a_document_is_the_message():
    event = parse('{"a":1} and more')
    assert event.message == "and more"


def test_embedded_json_is_read_and_what_only_looks_like_it_stays_text():
    assert pairs('{"outer":"{\\"inner\\":1}"}') == [("outer.inner", "1")]
    assert pairs('{"outer":"{\\"inner\\":1} x"}') == [("outer", '{"inner":1} x')]


def test_fields_beyond_the_bound_stay_in_the_message():
    raw = "{" + ",".join(f'"k{n}":{n}' for n in range(MAX_FIELDS + 5)) + ',"eventName":"Last"}'
    event = parse(raw)
    assert len(event.fields) == MAX_FIELDS
    assert '"eventName":"Last"' in event.message


@pytest.mark.parametrize("raw", ['{"a":"x"},', '{"a":"x"}]', '  {"a":"x"} ,\n'])
def test_what_parts_the_items_of_an_array_is_no_message(raw):
    event = parse(raw)
    assert event.message == ""
    assert [(f.path, f.value) for f in event.fields] == [("a", "x")]
