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


@pytest.mark.parametrize(
    "raw",
    [
        "%ASA-session-6-302013: Built inbound TCP",
        "<166>Jan 01 10:00:00 UTC: %ASA-session-6-302013: Built inbound TCP",
        "<166>:Jan 01 10:00:00 UTC: %ASA-session-6-302013: Built inbound TCP",
        "<166>:Jan 01 10:00:00 UTC: %ASA-6-302013: Built inbound TCP",
    ],
)
def test_cisco_message_ids_with_a_class_and_in_emblem_format(raw):
    event = parse(raw)
    assert value(event, "cisco.facility") == "ASA"
    assert value(event, "cisco.class") == ("session" if "session" in raw else None)
    assert value(event, "cisco.severity") == "6"
    assert value(event, "cisco.mnemonic") == "302013"
    assert value(event, "syslog.time") == ("Jan 01 10:00:00 UTC" if "Jan" in raw else None)
    assert event.message == "Built inbound TCP"
    assert_spans_are_exact(event)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            HEADER + "%FTD-1-430003: AccessControlRuleAction: Allow, SrcIP: 10.0.0.1",
            {"AccessControlRuleAction": "Allow", "SrcIP": "10.0.0.1"},
        ),
        (
            (
                "<113>2024-05-04T10:11:12Z fw SFIMS: %FTD-1-430001: Protocol: tcp, SrcIP: 10.0.0.1, SID: 77, "
                'Message: "SERVER-WEBAPP x, y: z", Prefilter Policy: Unknown, URL: http://x/?a=1&b=2&c=3'
            ),
            {
                "SID": "77",
                "Message": "SERVER-WEBAPP x, y: z",
                "Prefilter Policy": "Unknown",
                "URL": "http://x/?a=1&b=2&c=3",
            },
        ),
        ("%FTD-5-430005: FileName: a=b c=d.exe", {"FileName": "a=b c=d.exe"}),
    ],
)
def test_firepower_security_events_are_fields(raw, expected):
    event = parse(raw)
    assert event.formats == (Format.SYSLOG, Format.KV)
    assert value(event, "cisco.facility") == "FTD"
    assert {path: value(event, path) for path in expected} == expected
    assert event.message == ""
    assert_spans_are_exact(event)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            (
                "audit[1]: SERVICE_START pid=1 uid=0 auid=4294967295 ses=4294967295 subj=unconfined "
                'msg=\'unit=x comm="systemd" exe="/usr/lib/systemd/systemd" hostname=? addr=? terminal=? res=success\''
            ),
            {"type": "SERVICE_START", "unit": "x", "comm": "systemd", "res": "success", "syslog.pid": "1"},
        ),
        (HEADER + "audit[1]: SERVICE_STOP pid=1 uid=0", {"type": "SERVICE_STOP", "pid": "1", "syslog.app": "audit"}),
        (
            HEADER + "kernel: audit: type=1400 audit(1364481363.243:24287): apparmor=DENIED operation=open",
            {"type": "1400", "msg": "audit(1364481363.243:24287)", "operation": "open", "syslog.app": "kernel"},
        ),
        (
            HEADER + "kernel: [  12.5] audit: type=1130 audit(1364481363.243:24287): pid=1 uid=0",
            {"type": "1130", "kernel.time": "12.5", "pid": "1"},
        ),
        (
            "audit: type=1400 audit(1364481363.243:24287): apparmor=DENIED operation=open",
            {"type": "1400", "apparmor": "DENIED", "syslog.app": "audit"},
        ),
        ("<5>audit: type=1404 audit(1364481363.243:2): enforcing=1 old_enforcing=0", {"type": "1404"}),
    ],
)
def test_audit_records_of_journald_and_the_kernel_have_a_type(raw, expected):
    event = parse(raw)
    assert event.formats == (Format.SYSLOG, Format.KV)
    assert {path: value(event, path) for path in expected} == expected
    assert event.message == ""
    assert_spans_are_exact(event)


def test_only_the_audit_system_has_a_type_before_its_pairs():
    event = parse(HEADER + "app[1]: STARTED pid=1 uid=0")
    assert value(event, "type") is None
    assert event.message == "STARTED"


@pytest.mark.parametrize(
    "body",
    [
        "pam_unix(su:session): session opened for user root(uid=0) by bob(uid=1000)",
        "Accepted the request of a client that had id=7 and was sent to the backend with port=80 for now",
    ],
)
def test_a_sentence_with_pairs_in_it_stays_whole(body):
    event = parse(HEADER + "app[1]: " + body)
    assert event.formats == (Format.SYSLOG,)
    assert event.message == body
    assert not [f for f in event.fields if not f.path.startswith("syslog.")]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            "2024 Jan  2 15:04:05 n9k %ETHPORT-5-IF_UP: Interface Ethernet1/1 is up",
            {"syslog.time": "2024 Jan  2 15:04:05", "syslog.host": "n9k", "cisco.mnemonic": "IF_UP"},
        ),
        ("<189>: 2024 Jan  2 15:04:05 UTC: %AUTHPRIV-3-SYSTEM_MSG: x", {"syslog.time": "2024 Jan  2 15:04:05 UTC"}),
        (
            "<189>123: sw1: 000456: Jan  2 15:04:05.678 CET: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up",
            {"syslog.time": "Jan  2 15:04:05.678 CET", "cisco.mnemonic": "UPDOWN"},
        ),
        ("fw01 CEF:0|A|B|1|2|n|5|src=10.0.0.5", {"syslog.host": "fw01", "src": "10.0.0.5"}),
    ],
)
def test_times_with_a_year_sequence_numbers_and_a_host_alone(raw, expected):
    event = parse(raw)
    assert {path: value(event, path) for path in expected} == expected
    assert_spans_are_exact(event)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ('2026-01-02T15:04:05.123+01:00 fw01 {"type":"alert","a":1}', {"syslog.host": "fw01", "type": "alert"}),
        ("2026-01-02T15:04:05Z fw01 CEF:0|A|B|1|2|n|5|src=10.0.0.5", {"syslog.host": "fw01", "src": "10.0.0.5"}),
        ('2026-01-02T15:04:05Z INFO {"type":"alert"}', {"syslog.host": None, "type": "alert"}),
        ("<5>1 2026-01-02T15:04:05Z vault CEF:0|A|B|1|2|n|5|act=Log on", {"syslog.host": "vault", "act": "Log on"}),
        ("<14>2026-01-02 15:04:05,118 edr - CEF:0|A|B|1|2|n|5|act=Log on", {"syslog.host": "edr", "act": "Log on"}),
        (
            "<14>Jan  2 15:04:05 edr - LEEF:1.0|A|B|1|2|act=Log on\tsrc=10.0.0.5",
            {"syslog.host": "edr", "act": "Log on"},
        ),
        ('<14>1 2026-01-02T15:04:05Z fw01 {"name":"a b c - d"}', {"syslog.host": "fw01", "name": "a b c - d"}),
    ],
)
def test_a_host_and_behind_it_an_event_that_says_what_it_is(raw, expected):
    event = parse(raw)
    assert {path: value(event, path) for path in expected} == expected
    assert_spans_are_exact(event)


def test_an_iso_time_and_a_word_do_not_make_a_syslog_line():
    assert Format.SYSLOG not in parse("2026-01-02T15:04:05Z started the worker with 3 threads").formats
