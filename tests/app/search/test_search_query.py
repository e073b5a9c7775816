"""What the search box finds, on a real store."""

from __future__ import annotations

import pytest


def names_of(known, ids):
    by_id = {event.event_id: name for name, event in vars(known).items()}
    return {by_id[i] for i in ids}


def find(client, known, q, **more):
    answer = client.get("/api/events", query_string={"q": q, **more})
    assert answer.status_code == 200, answer.json
    found = names_of(known, [item["event_id"] for item in answer.json["items"]])
    assert answer.json["total"] == len(found)
    return found


EVERYTHING = {"failed", "accepted", "unsure", "formula", "firewall", "cloud", "undecided"}


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("", EVERYTHING),
        # words and phrases of raw
        ("failed", {"failed"}),
        ("FAILED password", {"failed"}),
        ("fail", set()),
        ("fail*", {"failed"}),
        ("*sswor*", {"failed"}),
        ('"for root from"', {"failed"}),
        ('"root for"', set()),
        ("203.0.113.9", {"failed"}),
        ("203.0.113.90", set()),
        ('"\\"opened\\""', {"unsure"}),
        ("raw:*word?for*", set()),
        ("raw:*100%_a*", {"unsure"}),
        ("<script>alert", {"formula"}),
        # boolean operators
        ("failed OR accepted", {"failed", "accepted"}),
        ("failed || accepted", {"failed", "accepted"}),
        ("ssh2 -failed", {"accepted"}),
        ("ssh2 AND NOT failed", {"accepted"}),
        ("ssh2 (failed OR accepted) port", {"failed", "accepted"}),
        ("-(failed OR accepted OR status:needs_review)", {"firewall", "cloud", "undecided"}),
        ("failed OR ssh2 user:alice", {"failed", "accepted"}),
        # known names
        ("status:needs_review", {"unsure", "formula"}),
        ("status:(overridden OR none)", {"cloud", "undecided"}),
        ("class:3002", {"failed", "accepted", "unsure", "formula"}),
        ("class:authentication -host:web2", {"failed", "accepted"}),
        ('class:"API Activity"', {"cloud"}),
        ("class:api_activity", {"cloud"}),
        ("class:net*", {"firewall"}),
        ("class:0", set()),
        ("class:none", {"undecided"}),
        ("class:[4000 TO 4999]", {"firewall"}),
        ("class_uid:4001", {"firewall"}),
        ("category:4", {"firewall"}),
        ('category:"Network Activity"', {"firewall"}),
        ("activity:6", {"firewall"}),
        ("activity:traffic", {"firewall"}),
        ('vendor:"palo alto networks"', {"firewall"}),
        ("vendor:palo*", {"firewall"}),
        ("product:openssh host:WEB2", {"unsure", "formula"}),
        ("-host:*", {"cloud", "undecided"}),
        ("format:json", {"cloud"}),
        ("template:bbbbbbbbbbbbbbbb", {"firewall"}),
        ("confidence:<0.4", {"unsure"}),
        ("confidence:>=97%", {"failed", "firewall", "cloud"}),
        ("confidence:[0.4 TO 0.8]", {"accepted", "formula"}),
        ("confidence:0.31", {"unsure"}),
        ("confidence:*", EVERYTHING - {"undecided"}),
        ("decided_by:memo", {"accepted"}),
        ("degraded:model", {"formula"}),
        ("degraded:*", {"formula"}),
        ("reviewer:dana", {"cloud"}),
        ("latency:>5 decided_by:llm", {"firewall"}),
        ("received:2026-11-01", EVERYTHING),
        ("received:>2026-11-01", set()),
        ("received:<2026-11-01T08:10:00Z", {"failed"}),
        ("received:<=2026-11-01T08:10:00Z", {"failed", "accepted"}),
        ("received:[2026-11-01T09:00 TO *]", {"firewall", "cloud", "undecided"}),
        ("received:>now-1m", set()),
        # parsed fields
        ("user:root", {"failed"}),
        ("USER:alice", {"accepted"}),
        ("user:bob", {"unsure"}),
        ("message.user:bob", {"unsure"}),
        ("event.code:4624", {"unsure"}),
        ("code:(4624 OR 4625)", {"failed", "unsure"}),
        ("other.user:bob", set()),
        ("user:*", {"failed", "accepted", "unsure", "formula"}),
        ("-user:*", {"firewall", "cloud", "undecided"}),
        ("user:a*e", {"accepted"}),
        ("note:100%*", {"unsure"}),
        ("note:1_0%*", set()),
        (r"note:100%_a\\b", {"unsure"}),
        ("username:carol", {"cloud"}),
        ("useridentity.username:carol", {"cloud"}),
        ("dst:fe80::1", {"firewall"}),
        ("src_port:>1000", {"failed"}),
        ("src_port:[20 TO 30]", {"accepted"}),
        ("user:>alice", {"failed", "unsure"}),
        ("fields.status:200", {"unsure"}),
        ("nosuch:thing", set()),
    ],
)
def test_a_query_finds(search_client, known, q, expected):
    assert find(search_client, known, q) == expected


@pytest.mark.parametrize(
    "q",
    [
        "x'); DROP TABLE events; --", "{q0:String}", "user:'; DROP TABLE events", 'user:"\\\\\' OR 1=1"', "raw:*%'*",
        "field`name:1", "a\\", "\x00", "user:\x00", "%s %(q0)s", "🎉 user:🎉", "\udc80",
    ],
)  # fmt: skip
def test_what_is_typed_is_never_sql(search_client, known, q):
    answer = search_client.get("/api/events", query_string={"q": q.encode("utf-8", "surrogatepass")})
    assert answer.status_code in (200, 400), answer.json
    assert find(search_client, known, "") == EVERYTHING


@pytest.mark.parametrize(
    ("q", "position", "hint"),
    [
        ('user:"root', 5, "close it"),
        ("failed (a OR", 7, "close it"),
        ("failed)", 6, "remove it"),
        ("failed AND", 10, "what follows AND"),
        ("src_port:[1 TO", 12, "[low TO high]"),
        ("status:open", 0, "needs_review"),
        ("a class:nonsense", 2, "class:authentication"),
        ("confidence:<high", 0, "confidence:<0.5"),
        ("received:>yesterday", 0, "now-1h"),
        ("id:123", 0, "whole"),
        ("status: auto", 7, "status:value"),
        ("status:>auto", 0, "status:value"),
        ("(" * 30 + "a" + ")" * 30, 20, "20 levels"),
        (" ".join(["a"] * 200), 0, "several"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_a_hint(search_client, q, position, hint):
    answer = search_client.get("/api/events", query_string={"q": q})
    assert answer.status_code == 400
    error = answer.json["error"]
    assert error["code"] == "query_syntax"
    assert error["details"]["position"] == position
    assert hint in error["details"]["hint"]


def test_an_event_is_found_by_its_id(search_client, known):
    assert find(search_client, known, f"id:{known.cloud.event_id}") == {"cloud"}


def test_a_span_of_time_bounds_everything(search_client, known):
    span = {"from": "2026-11-01T08:10:00Z", "to": "2026-11-01T08:30:00Z"}
    assert find(search_client, known, "", **span) == {"accepted", "unsure"}
    assert find(search_client, known, "", **{"from": "now-5m"}) == set()
    bad = search_client.get("/api/events?from=soon")
    assert (bad.status_code, bad.json["error"]["code"]) == (400, "bad_time")
