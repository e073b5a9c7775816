"""Logs inside logs: what a shipper wrapped into a JSON field is read as if it had come bare, places included."""

import json

import pytest

from agents.events import Format, parse

SSHD = "<34>Oct 11 22:14:15 web-01 sshd[123]: Accepted password for bob from 198.51.100.9 port 22 ssh2"
CEF = 'CEF:0|Example|Fw|1|100|Login failed|5|src=10.0.0.1 suser=bob msg=said "no" é'
AUDIT = 'type=SYSCALL msg=audit(1700000000.123:2): arch=c000003e syscall=59 success=yes comm="ls" exe="/bin/ls"'
CLOUDTRAIL = '{"eventVersion":"1.08","eventName":"CreateUser","userIdentity":{"type":"IAMUser"}}'


def inner_fields(event, carrier):
    prefix = carrier + "."
    return {f.path.removeprefix(prefix): f.value for f in event.fields if f.path.startswith(prefix)}


@pytest.mark.parametrize("carrier", ["log", "message", "_raw", "event.original", "textPayload", "@message"])
@pytest.mark.parametrize("inner", [SSHD, CEF, AUDIT, CLOUDTRAIL])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_wrapped_log_has_the_fields_and_text_of_the_bare_one(carrier, inner, ascii_only):
    document = inner
    for key in reversed(carrier.split(".")):
        document = {key: document}
    raw = json.dumps({**document, "stream": "stdout"}, ensure_ascii=ascii_only)
    bare, wrapped = parse(inner), parse(raw)
    assert wrapped.formats == (Format.JSON, *bare.formats)
    assert inner_fields(wrapped, carrier) == {f.path: f.value for f in bare.fields}
    assert wrapped.message == bare.message
    for field in wrapped.fields:
        if field.span is not None:
            written = raw[slice(*field.span)]
            assert json.loads(f'"{written}"') == field.value


def test_wraps_of_wraps_are_opened():
    raw = json.dumps({"message": json.dumps({"log": SSHD})})
    event = parse(raw)
    assert event.formats == (Format.JSON, Format.JSON, Format.SYSLOG)
    assert event.message.startswith("Accepted password for bob")


def test_a_wrap_without_end_stays_readable():
    text = SSHD
    for _ in range(12):
        text = json.dumps({"message": text})
    assert parse(text).fields


def test_text_in_no_format_is_the_message_where_it_is_most_of_the_log():
    event = parse('{"log":"session opened for user root by (uid=0)","stream":"stderr"}')
    assert event.message == "session opened for user root by (uid=0)"
    assert [f.path for f in event.fields] == ["log", "stream"]


POD = {
    "pod_name": "checkout-5d9c7b6f4-x2x9k", "namespace_name": "shop", "host": "node-3.example.net",
    "container_image": "registry.example.net/shop/checkout:4.12.1", "pod_id": "0b6f3c52-7a0e-4c55-9b61-0f2ab87f1f0a",
    "labels": {"app": "checkout", "message": "team=payments tier=gold stage=live"},
}  # fmt: skip
PAIRS = "level=info method=GET path=/cart status=200 duration=12ms"
SHIPPED = [
    ("log", {"stream": "stdout", "kubernetes": POD}),
    ("message", {"agent": {"type": "filebeat", "version": "9.2.1"}, "log": {"file": {"path": "/var/log/x" * 20}}}),
    ("message", {"source_type": "file", "timestamp": "2026-01-01T00:00:00Z", "file": "/srv/logs/" * 20}),
    ("value", {"topic": "logs." * 30, "partition": 3, "offset": 881244, "key": None}),
    ("log", {"container_id": "9f" * 32, "container_name": "/shop", "source": "stdout"}),
]


@pytest.mark.parametrize(("carrier", "around"), SHIPPED)
def test_a_short_log_in_a_shippers_long_document_is_read(carrier, around):
    raw = json.dumps({**around, carrier: PAIRS})
    assert 2 * len(PAIRS) < len(raw)
    event = parse(raw)
    assert event.formats == (Format.JSON, Format.KV)
    assert inner_fields(event, carrier)["status"] == "200"
    sentence = "The cart of a visitor was emptied after a while"
    event = parse(json.dumps({**around, carrier: sentence}))
    assert (event.formats, event.message) == ((Format.JSON,), sentence)


def test_a_line_that_was_pushed_to_loki_is_read_behind_its_time():
    stream = {"stream": {"job": "varlog", "host": "web-01"}, "values": [["1700000000123456789", SSHD]]}
    event = parse(json.dumps({"streams": [stream]}))
    assert event.formats == (Format.JSON, Format.SYSLOG)
    assert event.message == parse(SSHD).message


def test_a_label_that_a_shipper_adds_is_no_log():
    event = parse(json.dumps({"kubernetes": POD, "log": "The cart of a visitor was emptied after a while"}))
    assert event.formats == (Format.JSON,)
    assert "kubernetes.labels.message" in {field.path for field in event.fields}


def test_a_sentence_with_an_equals_sign_in_a_rich_event_stays_a_field():
    rich = {"eventName": "Update", "actor": "bob", "time": "2026-01-01T00:00:00Z", "message": "set mode=on level=3"}
    event = parse(json.dumps(rich))
    assert event.formats == (Format.JSON,)
    assert {f.path for f in event.fields} == set(rich)


def test_json_in_strings_is_read_wherever_it_stands():
    details = {"type": "ekm", "size": 3, "note": 'a "b"'}
    raw = json.dumps({"event_type": "DOWNLOAD", "additional_details": json.dumps(details), "x": "{not json}"})
    event = parse(raw)
    assert event.formats == (Format.JSON,)
    assert {f.path: f.value for f in event.fields} == {
        "event_type": "DOWNLOAD",
        "additional_details.type": "ekm",
        "additional_details.size": "3",
        "additional_details.note": 'a "b"',
        "x": "{not json}",
    }


def test_a_short_audit_record_is_read_in_a_long_envelope():
    raw = json.dumps(
        {
            "message": 'type=EXECVE msg=audit(1700000000.123:2): argc=1 a0="ls"',
            "log": {"file": {"path": "/var/log/audit/audit.log"}},
            "agent": {"type": "filebeat", "version": "8.0.0", "name": "web-01.example.com"},
        }
    )
    assert inner_fields(parse(raw), "message")["type"] == "EXECVE"
