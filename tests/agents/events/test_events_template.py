"""Templates: what they merge, what they keep apart, and what they call telling."""

from __future__ import annotations

from collections import Counter, defaultdict
from importlib.resources import files
from pathlib import Path

import orjson
import pytest
import yaml

from agents.events import TEMPLATE_VERSION, Source, make_template, parse
from agents.events.masks import kept_value, masked_text
from agents.events.names import role_of

USERADD = "May  4 10:11:12 web01 useradd[2211]: "
SSHD = "May  4 10:11:12 web01 sshd[2211]: "


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            SSHD + "Accepted password for bob from 10.0.0.1 port 22 ssh2",
            SSHD + "Accepted password for root from ::1 port 9 ssh2",
        ),
        (SSHD + "Invalid user oracle from 10.0.0.1 port 4", SSHD + "Invalid user a b from 10.9.9.9 port 5"),
        ("su[1]: Successful su for root by alice", "su[22]: Successful su for bob by mallory"),
        (
            "pam_unix(sshd:session): session opened for user root by (uid=0)",
            "pam_unix(sshd:session): session opened for user x by (uid=7)",
        ),
        ("May  4 10:11:12 h CRON[1]: (root) CMD (/usr/bin/a)", "May  4 10:11:12 h CRON[2]: (bob) CMD (/usr/bin/b)"),
        (
            '%ASA-6-605005: Login permitted from 10.0.0.1/1 to in:10.0.0.2/ssh for user "bob"',
            '%ASA-6-605005: Login permitted from 10.0.0.3/2 to in:10.0.0.4/ssh for user "eve"',
        ),
        (
            "%ASA-4-113019: Group = g1, Username = bob, IP = 10.0.0.1, Session disconnected.",
            "%ASA-4-113019: Group = g2, Username = eve, IP = 10.0.0.2, Session disconnected.",
        ),
        (
            "client @0x7f1 10.0.0.1#5353 (a.example.com): query: a.example.com IN A + (10.0.0.2)",
            "client @0x8a2 10.0.0.9#53 (b.example.net): query: b.example.net IN A + (10.0.0.3)",
        ),
        ("job done at Mon Jan  2 10:00:00 2006 for user 'bob'", "job done at Tue Mar 14 23:59:59 2024 for user 'eve'"),
        ("backup of /var/a/1 took 12 ms", "backup of /srv/b took 90000 ms"),
        ('{"items":[{"id":1,"type":"a"}]}', '{"items":[{"id":1,"type":"a"},{"id":2,"type":"a"}]}'),
        (
            '{"message":"x happened.\\n\\nSubject:\\n\\tAccount Name:\\t\\tbob\\n"}',
            '{"message":"x happened.\\n\\nSubject:\\n\\tAccount Name:\\t\\teve\\n"}',
        ),
        ('{"map":{"3f2504e0-4f89-11d3-9a0c-0305e82c3301":1}}', '{"map":{"9c858901-8a57-4791-81fe-4c455b099bc9":2}}'),
    ],
)
def test_variable_parts_do_not_split(template_id, first, second):
    assert template_id(first) == template_id(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            SSHD + "Accepted password for bob from 10.0.0.1 port 22 ssh2",
            SSHD + "Failed password for bob from 10.0.0.1 port 22 ssh2",
        ),
        ("user authentication failed", "user authorization failed"),
        ("request ended with status 200", "request ended with status 500"),
        ("process exited with error code 0x5", "process exited with error code 0x6"),
        ("Event ID 4624", "Event ID 4625"),
        ("event user.session.start done", "event user.session.end done"),
        ("%ASA-6-302013: Built", "%ASA-6-302014: Built"),
        ('{"EventID":1073748860}', '{"EventID":1073748864}'),
        ('{"keywords":"0x8020000000000000"}', '{"keywords":"0x8010000000000000"}'),
        ('{"eventSource":"iam.amazonaws.com"}', '{"eventSource":"s3.amazonaws.com"}'),
        ('{"a":"x","b":"y"}', '{"a":"y","b":"x"}'),
        ('{"a=b":"c"}', '{"a":"b=c"}'),
        ('{"a":"x\\nb=y"}', '{"a":"x","b":"y"}'),
        ('{"_path":"dns"}', '{"_path":"http"}'),
        ('{"reason":"' + "word " * 600 + 'one"}', '{"reason":"' + "word " * 600 + 'two"}'),
        ("x " * 3000 + "login", "x " * 3000 + "logout"),
        ("a" * 50 + ",b,c,d,login," + "z" * 300, "a" * 50 + ",b,c,d,logout," + "z" * 300),
        ('{"mfa":true}', '{"mfa":false}'),
    ],
)
def test_telling_parts_split(template_id, first, second):
    assert template_id(first) != template_id(second)


def test_source_hints_split():
    raw = "service started"
    ids = {make_template(parse(raw, Source(vendor))).template_id for vendor in ("", "acme", "Acme ", "other")}
    assert len(ids) == 3


def test_a_template_reads_as_the_event_without_its_variable_parts():
    template = make_template(parse(SSHD + "Failed password for invalid user bob from 10.0.0.1 port 4711 ssh2"))
    assert template.text.splitlines()[-1] == "Failed password for invalid user <user> from <addr> port <num> ssh2"
    assert "syslog.app=sshd" in template.text.splitlines()
    assert "syslog.host=<addr>" in template.text.splitlines()
    assert len(template.template_id) == 16
    assert int(template.template_id, 16) >= 0
    assert TEMPLATE_VERSION >= 1


def test_telling_fields_come_most_telling_first_with_their_spans():
    raw = '{"clientIp":"10.0.0.1","errorCode":"AccessDenied","eventSource":"iam.example.com","eventName":"CreateUser"}'
    telling = make_template(parse(raw)).telling
    assert [(f.name, f.value) for f in telling] == [
        ("eventName", "CreateUser"), ("eventSource", "iam.example.com"), ("errorCode", "AccessDenied")
    ]  # fmt: skip
    assert raw[slice(*telling[0].span)] == "CreateUser"


def test_absent_values_and_ids_are_not_telling():
    raw = '{"event_id":"9c858901-8a57-4791-81fe-4c455b099bc9","action":"-","status":null,"type":"event"}'
    assert [f.path for f in make_template(parse(raw)).telling] == ["type"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("System.EventID", "telling"),
        ("userIdentity.type", "telling"),
        ("event.action", "telling"),
        ("EventData.TargetUserName", "user"),
        ("user.name", "user"),
        ("New Logon.Account Name", "user"),
        ("sourceIPAddress", "addr"),
        ("peerHTTPAddress", "addr"),
        ("id.orig_h", "addr"),
        ("srcip", "addr"),
        ("s-ip", "addr"),
        ("host.name", "addr"),
        ("bytes_in", "count"),
        ("eventTime", "time"),
        ("requestID", "id"),
        ("cs(User-Agent)", "agent"),
        ("EventData.CommandLine", "command"),
        ("Image", "path"),
        ("message", "text"),
        ("cef.name", "title"),
        ("transport", "telling"),
        ("membership", "default"),
        ("whatever", "default"),
        ("", "default"),
        ("...", "default"),
    ],
)
def test_names_say_what_a_value_is(path, kind):
    assert role_of(path).kind == kind


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("4624", "4624"),
        ("0xC000006D", "0xC000006D"),
        ("user.session.start", "user.session.start"),
        ("9c858901-8a57-4791-81fe-4c455b099bc9", "<id>"),
        ("<1.2@example.com>", "<id>"),
        ("12345678901", "<num>"),
        ("allowed by 10.0.0.1", "allowed by <id>"),
        ("  two   words ", "two words"),
        ("", "-"),
        ("N/A", "-"),
    ],
)
def test_kept_values(value, expected):
    assert kept_value(value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("connect to 10.0.0.1:80, then", "connect to <addr>, then"),
        ("mac 00:11:22:33:44:55 or 0011.2233.4455 or fe80::1%eth0", "mac <addr> or <addr> or <addr>"),
        ("at 2024-05-04T10:11:12Z in 15 ms", "at <time> in <num> ms"),
        ("mail bob@example.com via mx.example.com", "mail <user> via <addr>"),
        ("open C:\\Temp\\x.exe and /etc/passwd", "open <path> and <path>"),
        ("get https://example.com/a?b=c now", "get <url> now"),
        ("by CORP\\bob with S-1-5-21-1-2-3-500", "by <user> with <id>"),
        ("sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", "sha#:<id>"),
        ("Account Name: deadbeef01 is in", "Account Name: <user> is in"),
        ("uid=1000 user=bob action=drop", "uid=<user> user=<user> action=drop"),
        ("ssh2 over eth0 with TLSv1", "ssh2 over eth0 with TLSv1"),
    ],
)
def test_free_text(text, expected):
    assert masked_text(text) == expected


@pytest.mark.corpus
def test_no_template_holds_two_classes():
    corpus = Path(__file__).parents[4] / "shared" / "corpora" / "dev.jsonl"
    if not corpus.exists():
        pytest.skip(f"no labelled events at {corpus}")
    classes = defaultdict(set)
    for line in corpus.read_bytes().splitlines():
        row = orjson.loads(line)
        classes[make_template(parse(row["raw"])).template_id].add(row["class_uid"])
    assert [found for found in classes.values() if len(found) > 1] == []


def test_the_vocabulary_lists_each_name_once():
    data = yaml.safe_load(files("agents.events").joinpath("names.yaml").read_text(encoding="utf-8"))
    groups = [
        *data["telling"],
        data["long_codes"],
        *data["partly"].values(),
        data["titles"],
        data["texts"],
        *data["variable"].values(),
    ]
    names = [name for group in groups for name in group]
    assert [name for name, times in Counter(names).items() if times > 1 or not name.isalnum()] == []


@pytest.mark.parametrize(
    "text",
    [
        "new user: name={0}, UID=1000, GID=1000, home=/home/{0}, shell=/bin/sh, from=/dev/pts/0",
        "new user: name={0}, UID=1000, GID=1000, home=/home/{0}",
        "new group: name={0}, GID=1000",
        "new group: name={0}",
        "group added to /etc/group: name={0}, GID=1000",
        "group added to /etc/gshadow: name={0}",
        "group changed in /etc/group (group {0}/1001)",
        "add '{0}' to shadow group '{0}'",
        "delete '{0}' from group 'adm'",
        "delete user '{0}'",
        "removed group '{0}' owned by '{0}'",
        "group '{0}' removed from /etc/group",
        "change user '{0}' password",
        "change user name '{0}' to '{0}2'",
        "lock user '{0}' password",
        "password for '{0}' changed by '{0}'",
        "changed password expiry for {0}",
        "user {0} added by root to group {0}",
        "failed adding user '{0}', exit code: 9",
    ],
)
def test_account_tools_of_linux_are_read_without_the_names_of_accounts(template_id, text):
    bare = (f"useradd[1]: {text}".format(name) for name in ("bob", "svc-backup"))
    assert len(set(map(template_id, bare))) == 1
    assert template_id(USERADD + text.format("bob")) == template_id(USERADD + text.format("mallory"))
    journald = '{{"SYSLOG_IDENTIFIER":"useradd","MESSAGE":"{}"}}'
    first, second = (journald.format(text.format(name)) for name in ("bob", "eve"))
    assert template_id(first) == template_id(second)


@pytest.mark.parametrize(
    "text",
    [
        "name={} result=ok host=a",
        "name={} GID=5 action=x",
        '{{"name":"{}","GID":"5"}}',
        '{{"name":"{}"}}',
    ],
)
def test_the_name_of_anything_else_is_kept(template_id, text):
    assert template_id(text.format("ConsoleLogin")) != template_id(text.format("ConsoleLogout"))


CLOUDTRAIL = '{{"eventSource":"lambda.amazonaws.com","eventName":"{}","awsRegion":"us-east-1"}}'
EVENT_ID = '{{"Event":{{"System":{{"Provider":{{"@Name":"p"}},"EventID":{}}}}}}}'
NAMED = "May  4 10:11:12 ns1 named[12]: client 10.0.0.1#53: "


@pytest.mark.parametrize(
    ("skeleton", "first", "second"),
    [
        (CLOUDTRAIL, "CreateFunction20150331", "DeleteFunction20150331"),
        (CLOUDTRAIL, "AddPermission20150331v2", "UpdateFunctionCode20150331v2"),
        (CLOUDTRAIL, "CreateDistribution2020_05_31", "DeleteDistribution2020_05_31"),
        (EVENT_ID, '{"#text":"4624"}', '{"#text":"4720"}'),
        (EVENT_ID, '{"#attributes":{"Qualifiers":0},"#text":4624}', '{"#attributes":{"Qualifiers":0},"#text":4720}'),
        (EVENT_ID, '{"_":4624}', '{"_":4720}'),
        ('{{"event":"x","eventID":{{"value":{}}}}}', "4624", "4720"),
        ('{{"event":{{"id":{{"value":{}}}}}}}', "4624", "4720"),
        ('{{"eventType":"{}"}}', "user.session.start@v1", "user.session.end@v1"),
        ('{{"what":"{}"}}', "user.session.start@v1", "user.session.end@v1"),
        ('{{"request":"{} /a HTTP/1.1","status":"200"}}', "GET", "DELETE"),
        ('{{"statement":"{} TABLE x"}}', "DROP", "ALTER"),
        ('{{"query":"{} USER x"}}', "DROP", "CREATE"),
        ('{{"cmd":"{}"}}', "login", "drop_db"),
        ('{{"cmd":"{} bob"}}', "useradd", "userdel"),
        ('{{"mode":{}}}', "3", "4"),
        ('{{"process":{{"name":"{}","pid":1}}}}', "sshd", "named"),
        ("exe=/usr/sbin/{} res=ok", "useradd", "userdel"),
        ("type=SYSCALL msg=audit(1.1:1): syscall=101 a0={} a1=7ffd12", "10", "4"),
        ("type=CONFIG_CHANGE msg=audit(1.1:1): op=set audit_enabled={} old=1", "0", "1"),
        ("CEF:0|V|P|1|{}|x|6|act=a", "100123456789", "100123456790"),
        ("CEF:0|V|P|1|x|x|6|externalId={} act=a", "4624", "4720"),
        *(
            ('{{"event":"x","' + name + '":{}}}', "1", "13")
            for name in [
                *("code", "rc", "errno", "http_code", "resp_code", "action_code", "EventNo", "event_number", "evt_id"),
                *("event_type_id", "eventTypeId", "class_uid", "activity_id", "type_uid", "category_uid", "enabled"),
            ]
        ),
        ("MessageID {}", "4624", "4720"),
        ("event_id {}", "4624", "4720"),
        ("event#{}", "4624", "4720"),
        ("event:{} seen", "4624", "4720"),
        ('msg="failed rc={}"', "0", "5"),
        ("Session 12 action {} done", "5", "6"),
        ("{},Security,bob,x,y", "4624", "4720"),
        ('"{}","Security","bob","x","y"', "4624", "4720"),
        ("Information\t11/22/2026\tWindows-Auditing\t{}\tLogon\tAn account", "4624", "4720"),
        ("10.0.0.1,{},Security,bob,x", "4624", "4720"),
        ("User {} from 10.0.0.1", "authenticated", "rejected"),
        ("User {} from 10.0.0.1", "logged-in", "logged-out"),
        ("Unknown user {} from 10.0.0.1", "rejected", "admitted"),
        ("Request for user {} completed", "provisioning", "deprovisioning"),
        ("Approved request for account {}", "termination", "enrollment"),
        (NAMED + "zone {} 'example.com/AXFR/IN' denied", "transfer", "update"),
        ("user: {}", "onboarded", "offboarded"),
        ("session closed for {}", "inactivity", "maintenance-off"),
        ("access denied for {}", "deletion", "creation"),
    ],
)
def test_what_happened_is_never_masked(template_id, skeleton, first, second):
    assert template_id(skeleton.format(first)) != template_id(skeleton.format(second))


@pytest.mark.parametrize("name", ["CreateFunction20150331", "DeleteFunction20150331v2", "CreateDistribution2020_05_31"])
def test_operations_named_with_the_version_of_an_api_are_telling(name):
    assert name in [field.value for field in make_template(parse(CLOUDTRAIL.format(name))).telling]


@pytest.mark.parametrize(
    ("skeleton", "first", "second"),
    [
        (SSHD + "Failed password for invalid user {} from 10.0.0.1 port 22 ssh2", "login", "bob"),
        (SSHD + "Invalid user {} from 10.0.0.1 port 22", "created", "bob"),
        (SSHD + "Starting session: shell on pts/0 for {} from 10.0.0.1 port 4 id 0", "bob", "eve.li"),
        (
            SSHD + "Accepted publickey for bob from 10.0.0.1 port 22 ssh2: ED25519 SHA256:{}",
            "0Zx+abcdefghijklmnopqrstuvwxyzABCDEFGH/IJKL",
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ",
        ),
        (
            "key MD5:{}",
            "16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
            "aa:bb:cc:dd:ee:ff:ab:cd:ef:aa:bb:cc:dd:ee:ff:ab",
        ),
        ("2026/11/22 10:00:00 [error] {}: *1 open() failed", "7#7", "1234#0"),
        ("May  4 10:11:12 h dhcpd[1]: DHCPACK on 10.0.0.2 to 00:11:22:33:44:55 (pc) via {}", "eth0", "br-lan"),
        ("May  4 10:11:12 h dhcpd[1]: DHCPDISCOVER on {} to 255.255.255.255 port 67 interval 5", "eth0", "br-lan"),
        ("login[1]: FAILED LOGIN (1) ON '/dev/tty1' FOR '{}', Authentication failure", "bob", "svc-x"),
        ("login[1]: FAILED LOGIN (1) on '/dev/tty1' FOR '{}', Authentication failure", "bob", "created"),
        ("login[1]: ROOT LOGIN ON tty1 BY {}", "bob", "svc-x"),
        ("May  4 10:11:12 h su[1]: + pts/0 {}:root", "bob", "svc-x"),
        ("May  4 10:11:12 h doas: {} ran command ls as root from /home", "bob", "svc-x"),
        ("Authentication succeeded for user '{}' from 10.0.0.1/0 to 10.0.0.2/0", "bob", "frank.li"),
        (NAMED + "update '{}/IN' denied", "corp.example.org", "example.net"),
        ('{{"exe":"{}/sshd"}}', "/usr/sbin", "/opt/x/bin"),
        ('{{"request":"GET {} HTTP/1.1"}}', "/a", "/b/c?d=e"),
        ('{{"interface_id":"{}"}}', "eni-0123456789abcdef0", "eni-0aaaaaaaaaaaaaaa1"),
        ('{{"verification_code":"{}"}}', "123456", "99"),
        ("10.0.0.1,{},10.0.0.2,80,x", "4711", "9"),
    ],
)
def test_names_and_ids_in_known_sentences_do_not_split(template_id, skeleton, first, second):
    assert template_id(skeleton.format(first)) == template_id(skeleton.format(second))


def test_sentences_are_looked_for_in_the_first_20000_characters_only():
    text = "for user x by user " * 50_000
    masked = masked_text(text)
    assert masked.startswith("for user <user> by user <user> user x")
    assert "<user>" in masked[19_000:20_000]
    assert "<user>" not in masked[40_000:]
    template = make_template(parse(text))
    assert len(template.text) < 2100
    assert template.template_id != make_template(parse(text + "deleted")).template_id
