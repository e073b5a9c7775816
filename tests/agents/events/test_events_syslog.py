"""Syslog lines and what stands in them."""

from __future__ import annotations

import pytest
from event_samples import assert_spans_are_exact, value

from agents.events import Format, parse


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            "<38>May  4 10:11:12 web01 sshd[2211]: Failed password for root from 10.0.0.9 port 22 ssh2",
            {
                "time": "May  4 10:11:12",
                "host": "web01",
                "app": "sshd",
                "pid": "2211",
                "facility": "4",
                "severity": "6",
            },
        ),
        ("May 14 10:11:12 web01 sudo: hello there", {"host": "web01", "app": "sudo", "facility": None}),
        (
            "2024-05-04T10:11:12.123456+02:00 web01 systemd-logind[9]: New session 4",
            {"host": "web01", "app": "systemd-logind"},
        ),
        ("<30>May 19 2022 11:30:20 10.1.20.42 dhcpd[100]: DHCPACK on 10.1.1.1", {"host": "10.1.20.42", "app": "dhcpd"}),
        ("<13>app: no time at all", {"app": "app", "time": None, "facility": "1", "severity": "5"}),
        (
            "<165>1 2003-10-11T22:14:15.003Z host.example.com evntslog 77 ID47 - An application event",
            {
                "host": "host.example.com",
                "app": "evntslog",
                "pid": "77",
                "msgid": "ID47",
                "time": "2003-10-11T22:14:15.003Z",
            },
        ),
        ("1 2003-10-11T22:14:15.003Z h a - - - text", {"host": "h", "app": "a", "pid": None, "msgid": None}),
        ("<34>1 - - su - - - 'su root' failed", {"app": "su", "host": None, "time": None}),
    ],
)
def test_headers(raw, expected):
    event = parse(raw)
    assert event.format is Format.SYSLOG
    assert {name: value(event, f"syslog.{name}") for name in expected} == expected
    assert_spans_are_exact(event)


def test_structured_data_become_fields():
    event = parse(
        '<165>1 2003-10-11T22:14:15.003Z h app 1 ID [exampleSDID@32473 iut="3" source="Ap\\"p"][m seq="1"] \ufeffDone'
    )
    assert value(event, "exampleSDID@32473.iut") == "3"
    assert value(event, "exampleSDID@32473.source") == 'Ap"p'
    assert value(event, "m.seq") == "1"
    assert event.message == "Done"


@pytest.mark.parametrize(
    ("raw", "mnemonic", "message"),
    [
        ("<166>Jan 04 2024 03:06:30 10.2.2.1 : %ASA-6-302013: Built inbound TCP", "302013", "Built inbound TCP"),
        ("%ASA-4-106023: Deny tcp src", "106023", "Deny tcp src"),
        ("Oct 10 2018 12:34:56 localhost CiscoASA[999]: %ASA-6-305011: Built dynamic", "305011", "Built dynamic"),
        (
            "<189>45: R1: *Mar  1 18:46:11.000: %SYS-5-CONFIG_I: Configured",
            "CONFIG_I",
            "Configured",
        ),
        (
            "<187>Mar 5 10:00:00 sw1 123: %SEC_LOGIN-SW1-5-LOGIN_SUCCESS: Login Success",
            "LOGIN_SUCCESS",
            "Login Success",
        ),
    ],
)
def test_cisco_message_ids(raw, mnemonic, message):
    event = parse(raw)
    assert event.format is Format.SYSLOG
    assert value(event, "cisco.mnemonic") == mnemonic
    assert event.message == message
    assert_spans_are_exact(event)


HEADER = "<13>May  4 10:11:12 web01 "


@pytest.mark.parametrize(
    ("body", "layer", "path", "expected"),
    [
        ('app[1]: {"user":{"name":"bob"}}', Format.JSON, "user.name", "bob"),
        ('app: @cee: {"action":"x"}', Format.JSON, "action", "x"),
        ("CEF:0|V|P|1|100|Name|5|src=10.0.0.1", Format.CEF, "src", "10.0.0.1"),
        ("LEEF:1.0|V|P|1|100|src=10.0.0.1\tdst=10.0.0.2", Format.LEEF, "dst", "10.0.0.2"),
        ('fw: action="deny" src=10.0.0.1', Format.KV, "action", "deny"),
        ("evt: <Event><System><EventID>1</EventID></System></Event>", Format.XML, "System.EventID", "1"),
        (
            'nginx: 10.0.0.1 - - [04/May/2024:10:11:12 +0000] "GET /x HTTP/1.1" 404 12 "-" "curl"',
            Format.ACCESS,
            "status",
            "404",
        ),
    ],
)
def test_bodies_are_read_in_their_own_format(body, layer, path, expected):
    event = parse(HEADER + body)
    assert event.formats == (Format.SYSLOG, layer)
    assert value(event, path) == expected
    assert value(event, "syslog.host") == "web01"
    assert_spans_are_exact(event)


def test_a_new_style_header_with_a_json_body():
    event = parse('<14>1 2024-05-04T10:11:12Z h app - - - {"eventType":"login"}')
    assert event.formats == (Format.SYSLOG, Format.JSON)
    assert value(event, "eventType") == "login"


@pytest.mark.parametrize(
    "raw",
    [
        "2024-05-04 10:11:12,123 INFO started",
        "May be tomorrow",
        "<b>bold</b>",
        "<999>",
        "2024-05-04T10:11:12Z INFO started",
    ],
)
def test_other_text_is_not_syslog(raw):
    assert parse(raw).format is not Format.SYSLOG
