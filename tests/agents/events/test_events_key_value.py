"""key=value events in their dialects."""

from __future__ import annotations

import pytest
from event_samples import assert_spans_are_exact, value

from agents.events import Format, parse


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            'date=2024-05-04 devname="FGT 60F" logid="0000000013" type="traffic" msg="a=b, c=d" srcip=10.0.0.1',
            {"devname": "FGT 60F", "logid": "0000000013", "msg": "a=b, c=d", "srcip": "10.0.0.1"},
        ),
        (
            "type=USER_LOGIN msg=audit(1364481363.243:24287): pid=6 uid=0 msg='op=login acct=\"root\" res=failed'",
            {
                "type": "USER_LOGIN",
                "msg": "audit(1364481363.243:24287)",
                "op": "login",
                "acct": "root",
                "res": "failed",
            },
        ),
        ('ts=2024-05-04T10:11:12Z level=info msg="say \\"hi\\"" took=3ms', {"msg": 'say "hi"', "took": "3ms"}),
        ("user=bob smith\taction=login now\tresult=ok", {"user": "bob smith", "action": "login now", "result": "ok"}),
        ("type=TRAFFIC, subtype=end, rule=Permit all, usr=, app=web", {"rule": "Permit all", "usr": "", "app": "web"}),
        ('a_type="x",name="All, Files",event_type="LOGIN"', {"name": "All, Files", "event_type": "LOGIN"}),
        (
            "ConfigVersionId=210, Device IP Address=10.0.0.9, Device Port=1812, User-Name=eve, Step=1",
            {"ConfigVersionId": "210", "Device IP Address": "10.0.0.9", "Device Port": "1812", "User-Name": "eve"},
        ),
        ("a=1;b=two words;c=3", {"b": "two words", "c": "3"}),
        ("a=1|b=two words|c=3", {"b": "two words", "c": "3"}),
        ('path="C:\\Temp\\" next=1 last=2', {"next": "1", "last": "2"}),
        ("FTD: x", {}),
        (
            "AccessControlRuleAction: Allow, SrcIP: 10.0.0.1, DstIP: 10.0.0.2, Protocol: tcp, URL: http://x/",
            {"AccessControlRuleAction": "Allow", "DstIP": "10.0.0.2", "URL": "http://x/"},
        ),
    ],
)
def test_dialects(raw, expected):
    event = parse(raw)
    assert {path: value(event, path) for path in expected} == expected
    assert not expected or event.formats == (Format.KV,)
    assert_spans_are_exact(event)


def test_sudo_values_run_to_the_next_semicolon():
    event = parse(
        "May  4 10:11:12 web01 sudo:   alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/cat /etc/shadow"
    )
    assert event.formats == (Format.SYSLOG, Format.KV)
    assert value(event, "COMMAND") == "/bin/cat /etc/shadow"
    assert value(event, "USER") == "root"
    assert event.message == "alice :"


def test_words_between_pairs_are_the_message():
    event = parse("authentication failure; logname= uid=0 tty=ssh rhost=10.0.0.1 user=root")
    assert event.message == "authentication failure"
    assert value(event, "rhost") == "10.0.0.1"
    assert value(event, "logname") == ""


@pytest.mark.parametrize("raw", ["one=1", "see http://x/?a=1&b=2&c=3 for more", "a == b and c == d", "= = ="])
def test_prose_is_not_key_value(raw):
    assert parse(raw).format is Format.TEXT


def test_pairs_in_the_middle_of_a_sentence_are_prose():
    """Whoever names the file would otherwise write the fields of another product's record."""
    event = parse("file type=USER_LOGIN msg=audit(1750000000.123:45): pid=1 res=success was created by bob in /srv")
    assert (event.format, event.fields) == (Format.TEXT, ())


@pytest.mark.parametrize(
    "raw",
    [
        "session closed id=4 tty=ssh user=bob ip=192.0.2.1 (reason 3 of 9)",
        "session closed id=4 tty=ssh user=bob ip=192.0.2.1 message: gone for good today",
        "session closed id=4 tty=ssh user=bob ip=192.0.2.1 after 3 min",
    ],
)
def test_what_stands_behind_the_pairs_of_a_record_does_not_make_it_prose(raw):
    assert value(parse(raw), "user") == "bob"


def test_windows_events_as_text():
    raw = (
        "05/04/2024 10:11:12 AM\r\nLogName=Security\r\nEventCode=4624\r\nKeywords=Audit Success\r\n"
        "Message=An account was successfully logged on.\r\n\r\nSubject:\r\n\tSecurity ID:\t\tS-1-5-18\r\n"
        "\tAccount Name:\t\tDC01$\r\n\r\nLogon Type:\t\t\t3\r\n\r\nNew Logon:\r\n\tAccount Name:\t\talice\r\n\r\n"
        "This event is generated when a logon session is created.\r\n"
    )
    event = parse(raw)
    assert event.formats == (Format.KV,)
    assert value(event, "EventCode") == "4624"
    assert value(event, "Subject.Account Name") == "DC01$"
    assert value(event, "New Logon.Account Name") == "alice"
    assert value(event, "Logon Type") == "3"
    assert event.message == (
        "An account was successfully logged on. This event is generated when a logon session is created."
    )
    assert_spans_are_exact(event)


AUDIT = "type=USER_LOGIN msg=audit(1364481363.243:24287): pid=1 uid=0 auid=4294967295 ses=4294967295 "


@pytest.mark.parametrize(
    ("nested", "acct"),
    [
        ('msg=\'op=login acct="root" exe="/usr/sbin/sshd" hostname=? addr=10.0.0.1 terminal=ssh res=failed\'', "root"),
        ('msg=\'op=login acct="root" exe="/usr/sbin/sshd" hostname=? addr=10.0.0.1 terminal=ssh res=failed', "root"),
        ('msg=\'op=login acct="o\'neil" exe="/usr/sbin/sshd" addr=10.0.0.1 terminal=ssh res=failed\'', "o'neil"),
    ],
)
def test_every_pair_in_quotes_is_a_field_even_where_the_quotes_do_not_match(nested, acct):
    event = parse(AUDIT + nested)
    assert value(event, "op") == "login"
    assert value(event, "acct") == acct
    assert value(event, "res") == "failed"
    assert [f.value for f in event.fields if f.path == "msg"] == ["audit(1364481363.243:24287)"]
    assert event.message == ""
    assert_spans_are_exact(event)


def test_brackets_around_pairs_are_not_part_of_their_values():
    event = parse("denied (uid=0, gid=5) f=g(1) [pid=7 tty=x]")
    assert [(f.path, f.value) for f in event.fields][:3] == [("uid", "0"), ("gid", "5"), ("f", "g(1)")]
    assert_spans_are_exact(event)


@pytest.mark.parametrize("header", ["", "<134>1 2026-01-02T03:04:05Z gw CheckPoint 1234 - "])
def test_pairs_in_brackets_of_a_log_exporter(header):
    raw = header + r'[action:"Accept"; ifdir:"inbound"; rule_name:"say \"hi\"; all"; src:"192.0.2.1"; dst:""]'
    event = parse(raw)
    found = {f.path: f.value for f in event.fields if not f.path.startswith("syslog.")}
    assert found == {
        "action": "Accept", "ifdir": "inbound", "rule_name": r"say \"hi\"; all", "src": "192.0.2.1", "dst": "",
    }  # fmt: skip
    assert all(raw[slice(*f.span)] == f.value for f in event.fields if f.span)
    assert event.message == ""


LOGON = {
    "Subject.Account Name": "DC01$",
    "Subject.Account Domain": None,
    "New Logon.Account Name": "bob smith",
    "New Logon.Logon ID": "0x3E7",
}


@pytest.mark.parametrize(
    "message",
    [
        (
            "An account was successfully logged on.\r\n\r\nSubject:\r\n\tAccount Name:\t\tDC01$\r\n\tAccount Domain:"
            "\t\t\r\n\r\nNew Logon:\r\n\tAccount Name:\t\tbob smith\r\n\tLogon ID:\t\t0x3E7\r\n"
        ),
        (
            "An account was successfully logged on.    Subject:   Account Name:  DC01$   Account Domain:     New "
            "Logon:   Account Name:  bob smith   Logon ID:  0x3E7    This event is generated when x."
        ),
    ],
)
@pytest.mark.parametrize("head", ["AgentDevice=WindowsLog\tComputer=dc01\tEventID=4624\tMessage="])
def test_a_rendered_message_in_one_value_is_read_as_well(head, message):
    event = parse("<13>Jan 02 15:04:05 dc01 " + head + message)
    assert {path: value(event, path) for path in LOGON} == LOGON
    assert value(event, "EventID") == "4624"
    assert value(event, "Message").startswith("An account was")
    assert_spans_are_exact(event)


def test_a_rendered_message_that_lost_its_header():
    event = parse(
        "An account failed to log on.\n\nSubject:\n\tSecurity ID:\tS-1-0\n\tAccount Name:\t\t-\n\nLogon Type:\t\t\t3"
        "\n\nAccount For Which Logon Failed:\n\tAccount Name:\t\tbob\n"
    )
    assert event.message == "An account failed to log on."
    assert value(event, "Account For Which Logon Failed.Account Name") == "bob"
    assert value(event, "Logon Type") == "3"
    assert_spans_are_exact(event)


@pytest.mark.parametrize("key", ["id=firewall", 'device="SFW"'])
def test_the_first_pair_right_behind_a_priority_is_a_pair(key):
    event = parse(f"<134>{key} sn=18B169 src=10.0.0.5 m=98")
    assert event.fields[2].path == key.partition("=")[0]
    assert event.message == ""
    assert_spans_are_exact(event)
