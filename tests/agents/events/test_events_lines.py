"""Lines of documented shape: databases, proxies, name servers, appliances, and what logging libraries write."""

from __future__ import annotations

import pytest
from event_samples import assert_spans_are_exact, value

from agents.events import Format, make_template, parse
from agents.events.parsing.lines import _shapes

LINES = [
    (
        (
            "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be bucket1 [06/Feb/2019:00:00:38 +0000] "
            '192.0.2.3 arn:aws:iam::1:user/x 3E57 REST.GET.OBJECT a/b.txt "GET /bucket1/a/b.txt HTTP/1.1" 200 '
            '- 113 113 7 6 "-" "S3Console/0.4" - hostid= SigV4 ECDHE AuthHeader b.s3.amazonaws.com TLSV1.2 - -'
        ),
        {"operation": "REST.GET.OBJECT", "http_status": "200", "remote_ip": "192.0.2.3", "tls_version": "TLSV1.2"},
    ),
    (
        (
            "2015-05-13T23:39:43.945958Z my-lb 192.168.131.39:2817 10.0.0.1:80 0.000086 0.001048 0.001337 200 201 0 57 "
            '"GET https://www.example.com:443/ HTTP/1.1" "curl/7.38.0" DHE-RSA-AES128-SHA TLSv1.2'
        ),
        {"elb": "my-lb", "elb_status_code": "200", "backend_status_code": "201", "user_agent": "curl/7.38.0"},
    ),
    (
        (
            "tls 2.0 2018-12-20T02:59:40 net/lb/c6e7 g3d4 72.21.218.154:51341 172.100.100.185:443 5 2 "
            "98 246 - arn:aws:acm:us-east-2:1:certificate/2 - ECDHE-RSA-AES128-SHA tlsv12 - my.example.com - - -"
        ),
        {"type": "tls", "tls_protocol_version": "tlsv12", "domain_name": "my.example.com", "received_bytes": "98"},
    ),
    (
        "2.0 123456789012 aaa-bbb 10.0.0.1 52001 1.2.3.4 443 10.0.0.2 80 TCP IPV4 6 20 1614866493 1614866552 ACCEPT OK",
        {"client_ip": "10.0.0.1", "endpoint_port": "80", "action": "ACCEPT"},
    ),
    (
        "1.0 2017-12-13T08:16:02.130Z Z123412341234 example.com AAAA NXDOMAIN UDP FRA6 192.168.1.1 -",
        {"query_name": "example.com", "query_type": "AAAA", "response_code": "NXDOMAIN", "protocol": "UDP"},
    ),
    (
        "1704207845.678    123 10.0.0.5 TCP_DENIED/403 1234 CONNECT a.example:443 bob HIER_NONE/- text/html",
        {"result_code": "TCP_DENIED", "status": "403", "method": "CONNECT", "url": "a.example:443", "user": "bob"},
    ),
    (
        (
            "10.0.1.2:33317 [06/Feb/2009:12:14:14.655] web static/srv1 1/0/3/6/9 200 2750 - - ---- 1/1/1/1/0 0/0 "
            '{1wt.eu} {} "GET /index.html HTTP/1.1"'
        ),
        {"client_ip": "10.0.1.2", "backend_name": "static", "status": "200", "method": "GET", "url": "/index.html"},
    ),
    (
        "10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0",
        {"frontend_name": "fnt", "server_name": "srv1", "bytes_read": "212", "termination_state": "--"},
    ),
    (
        '[2016-04-15T20:17:00.310Z] "POST /api HTTP/2" 204 - 154 0 226 100 "10.0.3.8" "ua" "c1" "l" "10.0.2.1:80"',
        {"method": "POST", "path": "/api", "response_code": "204", "upstream_host": "10.0.2.1:80"},
    ),
    (
        "2024-01-02 03:04:05 DROP TCP 10.0.0.5 10.0.0.6 53422 445 60 S 12345 0 64240 - - - RECEIVE",
        {"action": "DROP", "src-ip": "10.0.0.5", "dst-port": "445", "path": "RECEIVE"},
    ),
    (
        "Tue Jan  2 15:04:05 2024 1 10.0.0.5 1234 /home/bob/x.txt b _ i r bob ftp 0 * c",
        {"filename": "/home/bob/x.txt", "direction": "i", "user": "bob", "completion_status": "c"},
    ),
    (
        'Tue Jan  2 15:04:05 2024 [pid 3] [bob] FAIL LOGIN: Client "10.0.0.5"',
        {"user": "bob", "result": "FAIL", "action": "LOGIN", "client_ip": "10.0.0.5"},
    ),
    (
        (
            "02-Jan-2024 15:04:05.678 queries: info: client 10.0.0.5#5342 (a.example): query: a.example IN A +E(0) "
            "(10.0.0.1)"
        ),
        {"category": "queries", "client_ip": "10.0.0.5", "query_name": "a.example", "query_type": "A"},
    ),
    (
        "[1704207845] unbound[123:0] info: 10.0.0.5 www.example.com. A IN NOERROR 0.000000 1 45",
        {"client_ip": "10.0.0.5", "query_name": "www.example.com.", "response_code": "NOERROR"},
    ),
    (
        (
            "20240102 15:04:05 0E74 PACKET  000001F4B7C0A0B0 UDP Snd 10.0.0.5    1f2a R Q [8385 A DR NXDOMAIN] PTR    "
            "(1)5(7)in-addr(4)arpa(0)"
        ),
        {"direction": "Snd", "response": "R", "flags": "A DR", "response_code": "NXDOMAIN", "query_type": "PTR"},
    ),
    (
        "240102 15:04:05\t   12 Connect\tbob@10.0.0.5 on db",
        {"time": "240102 15:04:05", "thread": "12", "command": "Connect"},
    ),
    (
        (
            "# User@Host: root[bob] @ host [10.0.0.5]  Id:    12\n# Query_time: 10.18  Lock_time: 0.000 Rows_sent: 1  "
            "Rows_examined: 0\nSELECT SLEEP(10);"
        ),
        {"user": "bob", "client_ip": "10.0.0.5", "query_time": "10.18", "rows_examined": "0"},
    ),
    (
        "2024-01-02 15:04:05.67 Logon       Error: 18456, Severity: 14, State: 8.",
        {"source": "Logon", "error_number": "18456", "severity": "14", "state": "8"},
    ),
    (
        "2014-11-03T18:28:32.450-0500 I ACCESS   [conn12] Successfully authenticated as principal bob on admin",
        {"severity": "I", "component": "ACCESS", "context": "conn12"},
    ),
    ("1234:M 02 Jan 2024 15:04:05.678 * Ready to accept connections", {"pid": "1234", "role": "M", "level": "*"}),
    (
        "Tue Jan  2 15:04:05 2024 +00:00\nLENGTH : '160'\nACTION :[7] 'CONNECT'\nDATABASE USER:[1] '/'\nSTATUS:[1] '0'",
        {"ACTION": "CONNECT", "DATABASE USER": "/", "STATUS": "0", "length": "160"},
    ),
    (
        'Oracle Audit[123]: SESSIONID: "1" USERID: "SCOTT" ACTION: "100" RETURNCODE: "1017" OS$USERID: "o"',
        {"ACTION": "100", "RETURNCODE": "1017", "OS$USERID": "o", "pid": "123"},
    ),
    (
        "2024-01-02 15:04:05.678 INFO  [kea-dhcp4.leases/123.140] DHCP4_LEASE_ALLOC [hwtype=1 aa:bb], cid=[no info]: x",
        {"logger": "kea-dhcp4.leases", "pid": "123", "message_id": "DHCP4_LEASE_ALLOC", "hwtype": None},
    ),
    (
        "FILE_Open       root     OK          Tue Jan 02 15:04:05 2024 ksh         Global",
        {"event": "FILE_Open", "user": "root", "status": "OK", "command": "ksh"},
    ),
    (
        '80BF0123 firewall: msg_id="3000-0148" Deny 1-Trusted 0-External 52 tcp 20 127 10.0.0.5 1.2.3.4 5342 443 (x)',
        {"msg_id": "3000-0148", "disposition": "Deny", "src_ip": "10.0.0.5", "dst_port": "443"},
    ),
    (
        "RT_FLOW_SESSION_CREATE: session created 10.0.0.5/53422->1.2.3.4/443 junos-https",
        {"action": "created", "source-address": "10.0.0.5", "destination-port": "443"},
    ),
    (
        '2024:01:02-15:04:05 utm ulogd[1234]: id="2001" sys="SecureNet" action="drop" srcip="10.0.0.5"',
        {"syslog.host": "utm", "syslog.app": "ulogd", "id": "2001", "action": "drop"},
    ),
    (
        "[2024-01-02T15:04:05,678] [n1] [rest] [authentication_failed] origin_address=[10.0.0.5], principal=[bob]",
        {"event.action": "authentication_failed", "principal": "[bob]"},
    ),
]


@pytest.mark.parametrize(("raw", "expected"), LINES)
def test_documented_shapes(raw, expected):
    event = parse(raw)
    assert {path: value(event, path) for path in expected} == expected
    assert_spans_are_exact(event)


@pytest.mark.parametrize(
    ("raw", "expected", "message"),
    [
        (
            "2024-01-02 03:04:05.678 UTC [1234] LOG:  connection received: host=10.0.0.5 port=53422",
            {"pid": "1234", "error_severity": "LOG"},
            "connection received: host=10.0.0.5 port=53422",
        ),
        (
            "2024-01-02 03:04:05 UTC [1]: [1-1] user=app,db=db,app=psql,client=10.0.0.5 LOG:  connection authorized",
            {"user": "app", "database": "db", "client_ip": "10.0.0.5"},
            "connection authorized",
        ),
        (
            "2024-01-02 03:04:05 UTC:10.0.0.5(53422):app@db:[1234]:ERROR:  permission denied for table t",
            {"client_ip": "10.0.0.5", "client_port": "53422", "user": "app", "error_severity": "ERROR"},
            "permission denied for table t",
        ),
        (
            "2024-01-02 03:04:05.678 UTC [1234] app@db FATAL:  password authentication failed",
            {"user": "app", "database": "db"},
            "password authentication failed",
        ),
        (
            "[Tue Jan 02 15:04:05.678 2024] [auth_basic:error] [pid 1:tid 4] [client 10.0.0.5:5342] AH01617: user bob",
            {"module": "auth_basic", "level": "error", "client_ip": "10.0.0.5", "error_code": "AH01617"},
            "user bob",
        ),
        (
            "[Tue Jan 02 15:04:05 2024] [error] [client 2001:db8::1] File does not exist",
            {"level": "error", "client_ip": "2001:db8::1", "client_port": None},
            "File does not exist",
        ),
        (
            '2024/01/02 15:04:05 [error] 12#56: *99 open() "/x" failed (2: No such file), client: 10.0.0.5',
            {"level": "error", "pid": "12", "connection_id": "99"},
            'open() "/x" failed (2: No such file), client: 10.0.0.5',
        ),
    ],
)
def test_a_header_is_fields_and_what_follows_the_message(raw, expected, message):
    event = parse(raw)
    assert {path: value(event, path) for path in expected} == expected
    assert event.message == message
    assert_spans_are_exact(event)


HEADERS = [
    ("2024-01-02 15:04:05,678 INFO  [main] com.acme.Auth - ", "INFO", "main", "com.acme.Auth"),
    ("2024-01-02 15:04:05,678 [exec-1] WARN  com.acme.Auth - ", "WARN", "exec-1", "com.acme.Auth"),
    ("15:04:05.678 [main] DEBUG com.acme.Auth - ", "DEBUG", "main", "com.acme.Auth"),
    ("2024-01-02T15:04:05.678+01:00  INFO 1 --- [app] [main] c.a.Auth      : ", "INFO", "main", "c.a.Auth"),
    ("2024-01-02T15:04:05.678Z  INFO 1 --- [main] c.a.Auth : ", "INFO", "main", "c.a.Auth"),
    ("2024-01-02 15:04:05,678 - auth - WARNING - ", "WARNING", None, "auth"),
    ("WARNING:root:", "WARNING", None, "root"),
    ("2024-01-02 15:04:05,678 WARNING auth: ", "WARNING", None, "auth"),
    ("2024-01-02 15:04:05,678 INFO  [org.keycloak.events] (executor-1) ", "INFO", "executor-1", "org.keycloak.events"),
    ("22-Nov-2026 18:20:24.123 INFO [main] org.apache.Startup.start ", "INFO", "main", "org.apache.Startup.start"),
    ("[15:04:05 INF] ", "INF", None, None),
    ("2024-01-02 15:04:05.678 +01:00 [INF] ", "INF", None, None),
    ("2024-01-02T15:04:05.678Z  INFO my_app::auth: ", "INFO", None, "my_app::auth"),
    ("[2024-01-02T15:04:05.678Z] INFO: auth/1234 on host: ", "INFO", None, "auth"),
    ("2024/01/02 15:04:05 INFO ", "INFO", None, None),
    ("3:04PM INF ", "INF", None, None),
    ("INFO[0000] ", "INFO", None, None),
    ("[2024-01-02T15:04:05,678][INFO ][o.e.n.Node               ] [node-1] ", "INFO", None, "o.e.n.Node"),
]  # fmt: skip


@pytest.mark.parametrize(("header", "level", "thread", "logger"), HEADERS)
@pytest.mark.parametrize("text", ["User bob could not log in", 'User login user=bob ip="10.0.0.5" ok=no'])
def test_headers_of_logging_libraries(header, level, thread, logger, text):
    event = parse(header + text)
    assert (value(event, "level"), value(event, "thread"), value(event, "logger")) == (level, thread, logger)
    pairs = "=" in text
    assert event.message == ("User login" if pairs else text)
    assert value(event, "ip") == ("10.0.0.5" if pairs else None)
    assert event.format is (Format.KV if pairs else Format.TEXT)
    assert_spans_are_exact(event)


@pytest.mark.parametrize(
    "raw",
    [
        'I0102 15:04:05.000000       1 controller.go:123] "User login" user="bob"',
        '{"log":"I0102 15:04:05.000000       1 controller.go:123] \\"User login\\" user=\\"bob\\"\\n"}',
        '2024-01-02T15:04:05.000Z\tINFO\tserver/main.go:12\tUser login\t{"user": "bob", "ip": "10.0.0.5"}',
    ],
)
def test_structured_messages_give_their_text_and_their_values(raw):
    event = parse(raw)
    assert {value(event, path) for path in ("severity", "log.severity", "level")} & {"I", "INFO"}
    names = {field.name: field.value.strip('\\"') for field in event.fields}
    assert names["msg"] == "User login"
    assert names["user"] == "bob"


@pytest.mark.parametrize(
    "head",
    [
        "<134> 01/02/2024:15:04:05 GMT ns01 0-PPE-0 : default ",
        "Jan  2 15:04:05 <local0.info> 10.0.0.1  01/02/2024:15:04:05 GMT ns01 0-PPE-0 : ",
    ],
)
def test_netscaler_pairs_parted_by_dashes(head):
    event = parse(
        head + "SSLVPN LOGIN 123 0 : Context bob@10.0.0.5 - SessionId: 12 - User bob - Client_ip 10.0.0.5 - "
        'Nat_ip "Mapped Ip" - Vserver 10.0.0.1:443 - End_time "01/02/2024:15:04:05 GMT" - Group(s) "N/A"'
    )
    expected = {
        "module": "SSLVPN",
        "event_name": "LOGIN",
        "SessionId": "12",
        "User": "bob",
        "Nat_ip": "Mapped Ip",
        "End_time": "01/02/2024:15:04:05 GMT",
        "Group(s)": "N/A",
    }
    assert {path: value(event, path) for path in expected} == expected
    assert event.message == ""
    assert_spans_are_exact(event)


def test_a_general_query_log_is_no_syslog_line():
    event = parse("2024-01-02T15:04:05.678901Z\t   12 Query\tSELECT a: b")
    assert event.formats == (Format.TEXT,)
    assert value(event, "command") == "Query"
    assert event.message == "SELECT a: b"


@pytest.mark.parametrize("raw", ["2024-01-02 15:04:05 sshd: hello", "INFO is a word", "error: something", "I am here"])
def test_other_lines_have_no_level(raw):
    assert value(parse(raw), "level") is None


def test_a_header_may_not_repeat_itself_into_the_stack():
    assert parse("2024-01-02 15:04:05 INFO " * 20_000).fields


def test_every_shape_says_where_it_is_documented_and_names_all_its_groups():
    known = _shapes()
    for shape, pattern in zip(known.shapes, known.patterns, strict=True):
        assert shape.reference.startswith(("https://", "http://")), shape.name
        assert pattern.groups == len(shape.columns), shape.name
    assert len({shape.name for shape in known.shapes}) == len(known.shapes)


def test_lines_of_threads_share_a_template():
    first, second = (
        make_template(parse(f"2024-01-02 15:04:05,678 [{thread}] INFO  com.acme.Auth - Ready"))
        for thread in ("conn1", "conn2")
    )
    assert first.template_id == second.template_id
