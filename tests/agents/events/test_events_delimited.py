"""Delimited events: documented layouts, header lines, plain columns; W3C and Zeek directives; access logs."""

from __future__ import annotations

import pytest
from event_samples import assert_spans_are_exact, value

from agents.events import Format, Source, parse
from agents.events.parsing.delimited import layouts
from agents.events.parsing.reading import MAX_FIELDS

PAN = "1,2024/05/04 10:11:12,012345678901,{},{},2561,2024/05/04 10:11:12,"
TRAFFIC = PAN.format("TRAFFIC", "end") + (
    "10.0.0.1,8.8.8.8,1.2.3.4,8.8.8.8,allow out,corp\\bob,,dns,vsys1,trust,untrust,ethernet1/1,ethernet1/2,log,"
    "2024/05/04 10:11:12,77,1,50000,53,50001,53,0x19,udp,allow,150,70,80,2,2024/05/04 10:11:00,5,any,0,99,0x0,"
    "10.0.0.0-10.255.255.255,US,0,1,1,aged-out"
)
GLOBALPROTECT = PAN.format("GLOBALPROTECT", "0") + (
    "vsys1,gateway-auth,login,LDAP,,bob,DE,laptop,203.0.113.9,0.0.0.0,0.0.0.0,0.0.0.0,aa-bb,SN1,6.1,Windows,"
    '"Microsoft Windows 11",1,,,"",failure,,0,user-logon,-1,portal1,99,0x0'
)
SYSTEM = (
    PAN.format("SYSTEM", "auth") + ',auth-fail,,0,0,general,medium,"failed authentication for user ""bob"".",99,0x0'
)
CONFIG = PAN.format("CONFIG", "0") + "10.0.0.9,,set,admin,Web,Succeeded,deviceconfig system,99,0x0"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            "2 123456789012 eni-0a1b2c3d 10.0.0.1 10.0.0.2 443 49152 6 10 840 1714800000 1714800060 ACCEPT OK",
            {
                "account-id": "123456789012",
                "srcaddr": "10.0.0.1",
                "protocol": "6",
                "action": "ACCEPT",
                "log-status": "OK",
            },
        ),
        (
            TRAFFIC,
            {
                "type": "TRAFFIC",
                "subtype": "end",
                "rule": "allow out",
                "app": "dns",
                "action": "allow",
                "dport": "53",
                "session_end_reason": "aged-out",
                "col1": None,
            },
        ),
        (
            GLOBALPROTECT,
            {"eventid": "gateway-auth", "stage": "login", "status": "failure", "client_os_ver": "Microsoft Windows 11"},
        ),
        (SYSTEM, {"eventid": "auth-fail", "opaque": 'failed authentication for user "bob".', "severity": "medium"}),
        (CONFIG, {"cmd": "set", "admin": "admin", "result": "Succeeded"}),
        (PAN.format("IPTAG", "0") + "a,b,c", {"type": "IPTAG", "subtype": "0", "col8": "a"}),
        (
            (
                '"2024-05-04 10:11:12","bob","bob,HQ","10.0.0.1","203.0.113.9","Blocked","1 (A)","NOERROR",'
                '"bad.example.","Malware"'
            ),
            {"Action": "Blocked", "QueryType": "1 (A)", "Domain": "bad.example.", "Identities": "bob,HQ"},
        ),
        (
            (
                "https 2024-05-04T10:11:12.186641Z app/lb/50dc6c495c0c9188 10.0.0.1:2817 10.0.0.2:80 0.086 0.048 "
                '0.037 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1" "curl/7.46.0" ECDHE TLSv1.2'
            ),
            {
                "elb_status_code": "200",
                "request": "GET https://www.example.com:443/ HTTP/1.1",
                "user_agent": "curl/7.46.0",
            },
        ),
        (
            "2024-05-04 10:11:12 10.0.0.2 GET /default.htm - 80 - 10.0.0.1 Mozilla/5.0 - 200 0 0 15",
            {"cs-method": "GET", "sc-status": "200", "time-taken": "15"},
        ),
    ],
)
def test_documented_layouts(raw, expected):
    event = parse(raw)
    assert {path: value(event, path) for path in expected} == expected
    assert event.format in {Format.CSV, Format.W3C}
    assert_spans_are_exact(event)


def test_every_layout_says_where_its_columns_are_documented():
    for layout in (layout for group in layouts().values() for layout in group):
        assert layout.reference.startswith("https://"), layout.name
        assert layout.least > max(layout.where), layout.name


def test_pan_os_behind_a_syslog_header():
    event = parse(f"<14>May  4 10:11:12 fw01 {TRAFFIC}")
    assert event.formats == (Format.SYSLOG, Format.CSV)
    assert value(event, "syslog.host") == "fw01"
    assert value(event, "action") == "allow"


@pytest.mark.parametrize("delimiter", [",", "\t", ";", " "])
def test_a_header_line_names_the_columns(delimiter):
    raw = "\n".join(delimiter.join(cells) for cells in (["version", "src-addr", "action"], ["5", "10.0.0.1", "ACCEPT"]))
    event = parse(raw)
    assert event.formats == (Format.CSV,)
    assert [(f.path, f.value) for f in event.fields] == [
        ("version", "5"),
        ("src-addr", "10.0.0.1"),
        ("action", "ACCEPT"),
    ]
    assert_spans_are_exact(event)


@pytest.mark.parametrize(
    ("raw", "source", "expected"),
    [
        ('"a b","c,d","e"', Source(), ["a b", "c,d", "e"]),
        ("a\tb c\t\td\te", Source(), ["a", "b c", "d", "e"]),
        ("x,10.0.0.1,allow,tcp,77", Source(), ["x", "10.0.0.1", "allow", "tcp", "77"]),
        ("x, y", Source(sourcetype="acme:csv"), ["x", " y"]),
    ],
)
def test_columns_without_names(raw, source, expected):
    event = parse(raw, source)
    assert event.formats == (Format.CSV,)
    assert [f.value for f in event.fields] == expected
    assert event.fields[0].path == "col1"


def test_prose_with_commas_is_text():
    assert parse("First, we tried this, then that, then more, and then, at last, it worked").format is Format.TEXT


def test_w3c_fields_directive():
    event = parse(
        "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2024-05-04 10:11:12\n"
        "#Fields: date time cs-method sc-status\n2024-05-04 10:11:12 GET 404\n"
    )
    assert event.formats == (Format.W3C,)
    assert value(event, "cs-method") == "GET"
    assert value(event, "sc-status") == "404"
    assert value(event, "software") == "Microsoft Internet Information Services 10.0"
    assert_spans_are_exact(event)


def test_zeek_fields_directive():
    event = parse(
        "#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\tproto\n#types\ttime\taddr\tenum\n1.5\t10.0.0.1\ttcp"
    )
    assert event.formats == (Format.CSV,)
    assert value(event, "_path") == "conn"
    assert value(event, "id.orig_h") == "10.0.0.1"
    assert_spans_are_exact(event)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            '10.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326',
            {
                "client_ip": "10.0.0.1",
                "user": "frank",
                "method": "GET",
                "url": "/a.gif",
                "protocol": "HTTP/1.0",
                "status": "200",
                "bytes": "2326",
                "user_agent": None,
            },
        ),
        (
            '10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "POST /login HTTP/2.0" 401 - "https://x/" "Agent \\"q\\" 1" 0.1',
            {"status": "401", "bytes": "-", "referer": "https://x/", "user_agent": 'Agent \\"q\\" 1'},
        ),
        (
            'www.example.com:443 ::1 - - [10/Oct/2000:13:55:36 -0700] "-" 408 0',
            {"vhost": "www.example.com:443", "client_ip": "::1", "request": "-", "method": None},
        ),
    ],
)
def test_access_logs(raw, expected):
    event = parse(raw)
    assert event.formats == (Format.ACCESS,)
    assert {path: value(event, path) for path in expected} == expected
    assert_spans_are_exact(event)


def test_what_a_site_adds_to_its_access_log_is_the_message():
    raw = '10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 1 "-" "curl" rt=0.1 backend'
    assert parse(raw).message == "rt=0.1 backend"


SNARE = (
    "MSWinEventLog\t1\tSecurity\t3\tSat May 04 10:11:12 2024\t4624\tMicrosoft-Windows-Security-Auditing\t"
    "CORP\\bob\tN/A\tSuccess Audit\tdc01.corp.local\tLogon\t\tAn account was successfully logged on.    "
    "Subject:   Account Name:  bob\t5"
)


@pytest.mark.parametrize("head", ["", "dc01\t", "<14>May  4 10:11:12 dc01 ", "May  4 10:11:12 dc01 "])
def test_windows_events_from_snare_have_the_names_of_windows_events(head):
    event = parse(head + SNARE)
    expected = {
        "System.Channel": "Security",
        "System.EventID": "4624",
        "System.Provider.Name": "Microsoft-Windows-Security-Auditing",
        "System.Computer": "dc01.corp.local",
        "System.TimeCreated.SystemTime": "Sat May 04 10:11:12 2024",
        "RenderingInfo.Task": "Logon",
        "EventLogType": "Success Audit",
        "UserName": "CORP\\bob",
    }
    assert {path: value(event, path) for path in expected} == expected
    assert value(event, "RenderingInfo.Message").startswith("An account was successfully logged on.")
    assert_spans_are_exact(event)


@pytest.mark.parametrize(
    ("head", "delimiter"), [("#path\tconn\n#fields\ta\tb\tc", "\t"), ("#Fields: a b c", " "), ("a,b,c", ",")]
)
def test_rows_beyond_the_bound_on_fields_are_the_message(head, delimiter):
    rows = [delimiter.join((f"x{n}", "y", "z")) for n in range(MAX_FIELDS)]
    event = parse("\n".join([head, *rows]))
    read = sum(f.path == "a" for f in event.fields)
    assert len(event.fields) <= MAX_FIELDS + 3
    assert event.message == "\n".join(rows[read:])
    assert_spans_are_exact(event)


def test_directives_are_fields():
    zeek = parse("#separator \\x09\n#open\t2024-05-04-10-11-12\n#fields\tts\tproto\n#types\ttime\tenum\n1.5\ttcp")
    assert [(f.path, f.value) for f in zeek.fields] == [
        ("_open", "2024-05-04-10-11-12"), ("ts", "1.5"), ("proto", "tcp")
    ]  # fmt: skip
    w3c = parse("#Version: 1.0\n#Remark: a note\n#Fields: time cs-method\n10:11:12 GET")
    assert value(w3c, "Remark") == "a note"
    assert_spans_are_exact(w3c)


def test_directives_with_tabs_and_colons_after_one_another_are_read():
    raw = "#Fields: time cs-method\n#Remark:\ta:\tb\n#a b:\tc\td \n# x\n10:11:12 GET"
    event = parse(raw)
    assert [(f.path, f.value) for f in event.fields[:3]] == [("Remark", "a:\tb"), ("a", "b:\tc\td"), ("", "x")]
    assert [raw[slice(*f.span)] for f in event.fields] == [f.value for f in event.fields]
