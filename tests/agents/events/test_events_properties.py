"""What holds for any text and any event."""

from __future__ import annotations

import json
import string
from datetime import datetime

import orjson
import pytest
from event_samples import SKELETONS, assert_spans_are_exact, filled, slots
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from agents.events import Event, Format, Source, make_template, parse, printable
from agents.events.masks import masked_text
from agents.events.names import role_of

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SOME = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])

ANY_CHARACTER = st.characters(exclude_categories=())  # lone surrogates and NUL included
NAME = st.from_regex(r"[a-z]{2,9}(?:[._-][a-z]{2,6})?[0-9]{0,3}", fullmatch=True)
WORDS = ["login", "logout", "create", "delete", "update", "attach", "detach", "start", "stop", "grant", "revoke"]


def number(low: int, high: int) -> st.SearchStrategy[str]:
    return st.integers(low, high).map(str)


HOST_NAME = r"[a-z][a-z0-9]{1,8}(?:-[a-z0-9]{1,4})?(?:\.(?:corp|example)\.(?:com|net|local))?"
NOT_NAMES = {"user", "is", "in", "to", "on", "at", "or", "by", "an", "id", "was", "has", "from"}
IPV4 = st.ip_addresses(v=4).map(str)
VARIABLE: dict[str, st.SearchStrategy[str]] = {
    "ip": st.one_of(IPV4, st.ip_addresses(v=6).map(str)),
    "ipv4": IPV4,
    "port": number(1, 65535),
    "host": st.from_regex(HOST_NAME, fullmatch=True),
    "user": NAME.filter(lambda x: x not in NOT_NAMES),
    "account": number(100_000_000_000, 999_999_999_999),
    "alnum": st.text(string.ascii_uppercase + string.digits, min_size=16, max_size=16),
    "uuid": st.uuids().map(str),
    "sid": st.builds("S-1-5-21-{}-{}-{}-{}".format, *(st.integers(1000, 2**31) for _ in range(4))),
    "hex": st.integers(0, 2**40).map(hex),
    "count": number(0, 10**9),
    "epoch": number(10**9, 2 * 10**9),
    "iso": st.datetimes(min_value=datetime(2000, 1, 1)).map(
        lambda d: d.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if d.microsecond % 2 else d.strftime("%Y-%m-%dT%H:%M:%SZ")
    ),
}  # fmt: skip
_DATES = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2040, 1, 1))
for _name, _format in {
    "bsd": "%b %d %H:%M:%S", "date": "%Y-%m-%d", "clock": "%H:%M:%S", "pandate": "%Y/%m/%d %H:%M:%S",
    "ctime": "%a %b %d %H:%M:%S %Y", "clf": "%d/%b/%Y:%H:%M:%S +0000", "usdate": "%m/%d/%Y %I:%M:%S %p",
}.items():  # fmt: skip
    VARIABLE[_name] = _DATES.map(lambda d, f=_format: d.strftime(f))

TELLING: dict[str, list[str]] = {
    "action": WORDS,
    "type": ["traffic", "event", "AwsApiCall", "AwsServiceEvent", "utm", "system"],
    "code": ["4624", "4625", "4720", "4726", "1102", "7045", "13"],
    "digit": ["1", "2", "3", "6", "10", "17"],
    "status": ["0x0", "0xc000006d", "0xC0000064", "0xc0000234"],
    "result": ["Success", "Failure", "Denied", "Timeout", "failed"],
    "RESULT": ["SUCCESS", "FAILURE", "DENY", "ALLOW"],
    "sshd": ["Accepted password", "Failed password", "Accepted publickey", "Failed publickey"],
    "method": ["password", "publickey", "none"],
    "state": ["opened", "closed"],
    "words": ["Login failed", "File blocked", "Malware found", "Policy changed"],
    "UPPER": ["USER_LOGIN", "USER_LOGOUT", "ADD_USER", "A", "AAAA"],
    "http": ["200", "301", "401", "404", "500"],
    "HTTP": ["GET", "POST", "PUT", "DELETE"],
    "Built": ["Built", "Teardown", "Denied"],
    "accept": ["ACCEPT", "REJECT"],
    "proto": ["tcp", "udp", "icmp"],
    "service": ["dns", "http", "ssl", "ssh"],
    "conn": ["SF", "S0", "REJ", "RSTO"],
    "stage": ["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"],
    "resource": ["pods", "secrets", "configmaps", "roles"],
    "added": ["added", "removed", "new"],
    "command": ["/bin/ls", "list", "/usr/bin/passwd"],
    "pam": ["su", "su-l", "sudo"],
    "Invalid": ["Invalid", "Illegal"],
    "Disconnected": ["Disconnected from", "Connection closed by authenticating", "Disconnecting authenticating"],
    "ftd": ["Allow", "Block", "Trust"],
    "audited": ["Success Audit", "Failure Audit"],
}


@st.composite
def values_of(draw, skeleton: str, mark: str):
    """Values for the slots of a skeleton, by name."""
    found: dict[str, list[str]] = {}
    for name in slots(skeleton, mark):
        strategy = VARIABLE[name] if mark == "@" else st.sampled_from(TELLING[name])
        found.setdefault(name, []).append(draw(strategy))
    return found


@pytest.mark.parametrize("name", SKELETONS)
@given(data=st.data())
@SOME
def test_events_that_differ_in_variable_parts_only_share_a_template(name, data):
    skeleton = SKELETONS[name]
    telling = data.draw(values_of(skeleton, "%"))
    raws = [filled(skeleton, telling | data.draw(values_of(skeleton, "@"))) for _ in range(2)]
    first, second = (make_template(parse(raw)) for raw in raws)
    assert first.text == second.text
    assert first.template_id == second.template_id


@pytest.mark.parametrize("name", SKELETONS)
@given(data=st.data())
@SOME
def test_events_that_differ_in_a_telling_part_have_different_templates(name, data):
    skeleton = SKELETONS[name]
    variable = data.draw(values_of(skeleton, "@"))
    telling = data.draw(values_of(skeleton, "%"))
    slot = data.draw(st.sampled_from(sorted(telling)))
    place = data.draw(st.integers(0, len(telling[slot]) - 1))
    other = data.draw(st.sampled_from(TELLING[slot]))
    assume(other != telling[slot][place])
    changed = telling | {slot: [*telling[slot][:place], other, *telling[slot][place + 1 :]]}
    first, second = (make_template(parse(filled(skeleton, variable | t))) for t in (telling, changed))
    assert first.template_id != second.template_id


@pytest.mark.parametrize("name", SKELETONS)
@given(data=st.data())
@SOME
def test_every_skeleton_is_parsed_with_exact_spans(name, data):
    skeleton = SKELETONS[name]
    event = parse(filled(skeleton, data.draw(values_of(skeleton, "@")) | data.draw(values_of(skeleton, "%"))))
    assert event.format is not Format.TEXT
    assert_spans_are_exact(event)


@given(st.text(ANY_CHARACTER, max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_text_is_an_event(raw):
    event = parse(raw)
    template = make_template(event)
    assert event.raw == raw
    assert len(template.template_id) == 16
    template.text.encode()
    event.message.encode()
    for field in event.fields:
        (field.path + field.value).encode()
        assert field.span is None or 0 <= field.span[0] <= field.span[1] <= len(raw)


@given(st.binary(max_size=300))
@FEW
def test_any_bytes_are_an_event(data):
    raw = data.decode("utf-8", "surrogateescape")
    assert parse(raw).raw.encode("utf-8", "surrogateescape") == data


@pytest.mark.parametrize("name", SKELETONS)
@given(data=st.data())
@SOME
def test_mutated_events_never_raise(name, data):
    skeleton = SKELETONS[name]
    raw = filled(skeleton, data.draw(values_of(skeleton, "@")) | data.draw(values_of(skeleton, "%")))
    for _ in range(data.draw(st.integers(1, 4))):
        a, b = sorted((data.draw(st.integers(0, len(raw))), data.draw(st.integers(0, len(raw)))))
        noise = data.draw(st.text(st.one_of(ANY_CHARACTER, st.sampled_from("{}[]<>\"'\\|=,;:% \t\n&#")), max_size=8))
        raw = raw[:a] + noise + raw[data.draw(st.sampled_from((a, min(a + 3, b), b))) :]
    event = parse(raw)
    assert_spans_are_exact(event)
    make_template(event).text.encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=4),
    max_leaves=25,
)


def flat(path: str, node: object) -> list[tuple[str, str]]:
    """The pairs that a document should give, by the definition of paths."""
    if isinstance(node, dict) and node:
        return [pair for key, inner in node.items() for pair in flat(f"{path}.{key}" if path else key, inner)]
    if isinstance(node, list) and node:
        return [pair for inner in node for pair in flat(path, inner)]
    if isinstance(node, dict | list):
        return [(path, "{}" if isinstance(node, dict) else "[]")]
    return [(path, node if isinstance(node, str) else json.dumps(node))]


@given(
    st.dictionaries(st.text(min_size=1, max_size=8), JSON, min_size=1, max_size=4),
    st.sampled_from([None, 2]),
    st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_json_is_read_as_orjson_reads_it(document, indent, ascii_only):
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    event = parse(printable(text))
    assert event.formats == (Format.JSON,)
    assert [(f.path, f.value) for f in event.fields] == flat("", orjson.loads(text))
    for field in event.fields:
        piece = event.raw[slice(*field.span)]
        assert field.value in {piece, json.loads(f'"{piece}"', strict=False) if "\\" in piece else piece}


@given(st.dictionaries(NAME, st.sampled_from(WORDS), min_size=1, max_size=6), st.randoms())
@FEW
def test_the_order_of_json_keys_does_not_matter(document, random):
    keys = list(document)
    random.shuffle(keys)
    first, second = (parse(json.dumps({k: document[k] for k in order})) for order in (list(document), keys))
    assert make_template(first).template_id == make_template(second).template_id


@given(st.text(ANY_CHARACTER, max_size=200))
@FEW
def test_printable_keeps_the_length(text):
    shown = printable(text)
    assert len(shown) == len(text)
    shown.encode()


@given(st.text(string.printable, max_size=300))
@FEW
def test_masking_any_text_gives_one_line(text):
    assert "\n" not in masked_text(text)


@given(st.text(ANY_CHARACTER, max_size=60))
@FEW
def test_any_name_has_a_role(name):
    assert role_of(name).kind


def test_source_hints_are_part_of_the_template_whatever_their_case():
    plain, hinted, shouted = (
        make_template(Event("x", source)) for source in (Source(), Source("acme", "gw"), Source("ACME", " GW "))
    )
    assert plain.template_id != hinted.template_id
    assert hinted.template_id == shouted.template_id
