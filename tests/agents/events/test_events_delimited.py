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


ZEEK = "1714817472.118441\tCHhAvVGS1DHFjwGM9\t10.0.0.1\t50123\t10.0.0.2\t{}\t"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            ZEEK.format(88) + "AS\tbob/CORP\tkrbtgt/CORP\tF\tKDC_ERR_PREAUTH_FAILED" + "\t-" * 3 + "\tT\tT" + "\t-" * 4,
            {
                "id.orig_h": "10.0.0.1",
                "request_type": "AS",
                "client": "bob/CORP",
                "error_msg": "KDC_ERR_PREAUTH_FAILED",
            },
        ),
        (
            ZEEK.format(445) + "FuID9\tSMB::FILE_RENAME\t\\\\fs\\hr\tb.doc\t12\ta.doc\t1.0\t2.0\t3.0\t4.0",
            {"action": "SMB::FILE_RENAME", "name": "b.doc", "prev_name": "a.doc"},
        ),
        (
            "1714817472.118441\t10.0.0.9\t22\tSSH::SERVER\tOpenSSH\t9\t6\t-\t-\tp1\tOpenSSH_9.6p1",
            {"software_type": "SSH::SERVER", "version.major": "9", "unparsed_version": "OpenSSH_9.6p1"},
        ),
        (
            "1714817472.118441" + "\t-" * 5 + "\t-\t-\t-\t-\tCaptureLoss::Too_Much_Loss\tlost\t-\t-\t-\t-\t-\t-\t"
            "Notice::ACTION_LOG\t-\t3600.0\t-\t-\t-\t-\t-",
            {"note": "CaptureLoss::Too_Much_Loss", "msg": "lost", "actions": "Notice::ACTION_LOG"},
        ),
    ],
)
def test_rows_of_zeek_s_logs_have_the_names_of_their_columns(row, expected):
    event = parse(row)
    assert {name: value(event, name) for name in expected} == expected
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


@pytest.mark.parametrize(
    ("request_line", "expected"),
    [
        ("REVOKE_BADGE badge=4411 door=7", {"request": "REVOKE_BADGE badge=4411 door=7"}),
        ("REVOKE_BADGE /badges/4411", {"request": "REVOKE_BADGE /badges/4411"}),
        (
            "REVOKE_BADGE /badges/4411 HTTP/1.1",
            {"method": "REVOKE_BADGE", "url": "/badges/4411", "protocol": "HTTP/1.1"},
        ),
        ("PROPFIND /files", {"method": "PROPFIND", "url": "/files"}),
    ],
)
def test_a_request_is_one_of_http_by_its_method_or_its_protocol(request_line, expected):
    """Other programs write their commands in the form of a web server."""
    event = parse(f'192.0.2.7 - alice [14/Jun/2026:09:12:44 +0000] "{request_line}" 200 12')
    found = {f.path: f.value for f in event.fields if f.path in {"request", "method", "url", "protocol"}}
    assert (event.format, found) == (Format.ACCESS, expected)


def test_a_command_that_is_none_of_http_has_no_browser():
    event = parse('192.0.2.7 - eve [14/Jun/2026:09:12:44 +0000] "HALT unit=7 now" 200 - "rig-2" "panelctl/1.3"')
    assert [f.path for f in event.fields][-4:] == ["status", "bytes", "col9", "col10"]
    garbled = parse('192.0.2.7 - - [14/Jun/2026:09:12:44 +0000] "\\x16\\x03\\x01" 400 150 "-" "-"')
    assert [f.path for f in garbled.fields][-2:] == ["referer", "user_agent"]


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


@pytest.mark.parametrize(
    ("tail", "expected", "message"),
    [
        (' 123 "router@docker" "http://10.0.0.2:80" 5ms', {"router_name": "router@docker", "duration": "5"}, ""),
        (' "203.0.113.9, 10.0.0.2"', {"x_forwarded_for": "203.0.113.9, 10.0.0.2"}, ""),
        (' "203.0.113.9" "0.003"', {"x_forwarded_for": None}, '"203.0.113.9" "0.003"'),
    ],
)
def test_what_known_servers_add_to_an_access_log(tail, expected, message):
    event = parse('10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 1 "-" "curl"' + tail)
    assert {path: value(event, path) for path in expected} == expected
    assert event.message == message
    assert_spans_are_exact(event)


def test_cups_says_what_was_asked_and_how_it_went():
    event = parse(
        'host - root [10/Oct/2000:13:55:36 -0700] "POST /printers/lp HTTP/1.1" 200 12 Print-Job successful-ok'
    )
    assert (value(event, "ipp_operation"), value(event, "ipp_status")) == ("Print-Job", "successful-ok")


PG_CSV = (
    '2024-01-02 03:04:05.678 UTC,"app","db",1234,"10.0.0.5:5432",65937.4d2,3,"authentication",2024-01-02 03:04:05 UTC,'
    '4/12,0,FATAL,28P01,"password authentication failed for user ""app""",,,,,,,,,"psql"'
)
EXCHANGE = (
    "2024-01-02T03:04:05.678Z,10.0.0.5,cl,10.0.0.1,EX01,x,EX01\\Default,SMTP,RECEIVE,123456,<a@b.c>,g,bob@x.y,,1234,1,,,"
    '"Hello, you",alice@x.y,alice@x.y,0cI: ,Incoming,,10.0.0.5,10.0.0.1,S:a=b,Email,g2,15.1'
)
CLOUDFRONT = (
    "2019-12-04 21:02:31 LAX1 392 192.0.2.1 GET d1.cloudfront.net /index.html 200 - Mozilla - - Hit SOX d1 https 2 0.1"
).replace(" ", "\t")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            PG_CSV,
            {
                "error_severity": "FATAL",
                "sql_state_code": "28P01",
                "message": 'password authentication failed for user "app"',
                "application_name": "psql",
            },
        ),
        (
            PG_CSV + ',"client backend",,0',
            {"backend_type": "client backend", "query_id": "0", "leader_pid": None},
        ),
        (PG_CSV.removesuffix(',"psql"'), {"command_tag": "authentication", "application_name": None}),
        (
            EXCHANGE,
            {"source": "SMTP", "event-id": "RECEIVE", "message-subject": "Hello, you", "schema-version": "15.1"},
        ),
        (CLOUDFRONT, {"x-edge-location": "LAX1", "sc-status": "200", "x-edge-result-type": "Hit", "time-taken": "0.1"}),
    ],
)
def test_layouts_of_databases_mail_and_delivery(raw, expected):
    event = parse(raw)
    assert {path: value(event, path) for path in expected} == expected
    assert_spans_are_exact(event)


@pytest.mark.parametrize(
    ("fields", "row"),
    [
        ("date-time,client-ip,subject,event-id", '2024-01-02T03:04:05.678Z,10.0.0.5,"a, b",RECEIVE'),
        ("date-time\tclient-ip\tsubject\tevent-id", "2024-01-02T03:04:05.678Z\t10.0.0.5\ta, b\tRECEIVE"),
    ],
)
def test_w3c_fields_parted_by_commas_and_tabs(fields, row):
    event = parse(f"#Software: Microsoft\n#Fields: {fields}\n{row}\n")
    assert value(event, "subject") == "a, b"
    assert value(event, "event-id") == "RECEIVE"
    assert_spans_are_exact(event)


SEP = "Jan  2 03:04:05 sepm SymantecServer: "


@pytest.mark.parametrize(
    ("raw", "expected", "message"),
    [
        (
            SEP + "PC1,Local Host: 10.0.0.5,Local Port: 137,Remote Host Name: ,Remote Host IP: 10.0.0.255,UDP,Inbound,"
            "Application: ,Rule: Block all,Action: Blocked",
            {"Local Host": "10.0.0.5", "Rule": "Block all", "Action": "Blocked", "Application": None},
            "PC1, UDP, Inbound",
        ),
        (
            SEP + 'PC1,"[SID: 30066] Web Attack, blocked",Local Host IP: 10.0.0.5,Local Port: 80,Intrusion ID: 0',
            {"Local Host IP": "10.0.0.5", "Intrusion ID": "0"},
            "PC1, [SID: 30066] Web Attack, blocked",
        ),
        (
            SEP + "Site: Main,Server: sepm,Domain: Default,Admin: admin,Administrator  log on failed",
            {"Site": "Main", "Admin": "admin"},
            "Administrator  log on failed",
        ),
    ],
)
def test_cells_that_name_themselves(raw, expected, message):
    event = parse(raw)
    assert event.formats == (Format.SYSLOG, Format.KV)
    assert {path: value(event, path) for path in expected} == expected
    assert event.message == message
    assert_spans_are_exact(event)


def test_rows_under_a_header_are_read_as_such_also_where_a_cell_has_pairs():
    raw = 'name,sid,enabled,seen,dn\n"Ng, Ada",S-1-5,True,2026-01-01,"CN=Ada Ng,OU=Staff,DC=example,DC=com"'
    event = parse(raw)
    assert event.formats == (Format.CSV,)
    assert {f.path: f.value for f in event.fields} == {
        "name": "Ng, Ada",
        "sid": "S-1-5",
        "enabled": "True",
        "seen": "2026-01-01",
        "dn": "CN=Ada Ng,OU=Staff,DC=example,DC=com",
    }
