"""Events and decisions that searches and statistics are tried on, in a real store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import uuid_utils

from agents.events.event import Source
from app.storage import StoredDecision, StoredEvent

START = datetime(2026, 11, 1, 8, 0, 0, tzinfo=UTC)
CLASSES = {3002: ("Authentication", 3), 4001: ("Network Activity", 4), 6003: ("API Activity", 6)}


def event(minute: float, raw: str, **changes) -> StoredEvent:
    values = {
        "event_id": str(uuid_utils.uuid7()),
        "received_at": START + timedelta(minutes=minute),
        "raw": raw,
        "source": Source("OpenBSD", "OpenSSH", "linux_secure"),
        "host": "web1",
        "format": "syslog",
        "template_id": "aaaaaaaaaaaaaaaa",
        "fields": {},
    }
    return StoredEvent(**values | changes)


def decision(of: StoredEvent, version: int = 1, **changes) -> StoredDecision:
    class_uid = changes.get("class_uid", 3002)
    name, category = CLASSES[class_uid]
    document = {
        "event_id": of.event_id,
        "decision_id": str(uuid_utils.uuid7()),
        "decided_at": (of.received_at + timedelta(hours=version - 1)).isoformat(),
        "ocsf_version": "1.8.0",
        "category_uid": category,
        "category_name": "",
        "class_uid": class_uid,
        "class_name": name,
        "activity_id": 1,
        "activity_name": "Logon",
        "type_uid": class_uid * 100 + 1,
        "confidence": 0.97,
        "status": "auto",
        "decided_by": "ranker",
        "degraded": [],
        "candidates": [],
        "prediction_set": [class_uid],
        "evidence": [{"chunk_id": "c", "kind": "guide", "title": "t", "score": 1.0, "fields": ["user"], "spans": []}],
        "rationale": "",
        "template_id": of.template_id,
        "versions": {},
        "latency_ms": {"parse": 0.5, "retrieve": 9.0, "total": 10.0},
    } | changes
    return StoredDecision.from_document(document, version)


def seed(store) -> SimpleNamespace:
    """Seven events: four of sshd, one of a firewall, one of CloudTrail reviewed twice, one that is not decided."""
    failed = event(
        0,
        "Failed password for root from 203.0.113.9 port 4022 ssh2",
        fields={"user": "root", "src_ip": "203.0.113.9", "src_port": "4022", "event.code": "4625"},
    )
    accepted = event(
        10,
        "Accepted publickey for Alice from 198.51.100.7 port 22 ssh2",
        fields={"user": "Alice", "src_ip": "198.51.100.7", "src_port": "22"},
    )
    unsure = event(
        20,
        'session "opened" for bob, code=4624; rate=100%_a\\b',
        host="web2",
        fields={"message.User": "bob", "event.code": "4624", "status": "200", "note": "100%_a\\b"},
    )
    formula = event(30, "=1+1|cmd: \u202eevil \x1b[31m <script>alert(1)</script>", host="web2", fields={"user": "=1+1"})
    firewall = event(
        60,
        "action=deny proto=tcp dst=fe80::1",
        source=Source("Palo Alto Networks", "PAN-OS", "pan"),
        host="fw1",
        format="kv",
        template_id="bbbbbbbbbbbbbbbb",
        fields={"action": "deny", "dst": "fe80::1", "bytes": "900"},
    )
    cloud = event(
        90,
        '{"eventName":"ConsoleLogin"}',
        source=Source("Amazon", "CloudTrail", ""),
        host="",
        format="json",
        template_id="cccccccccccccccc",
        fields={"eventName": "ConsoleLogin", "userIdentity.userName": "carol"},
    )
    undecided = event(100, "nobody looked at this yet", source=Source(), host="", format="text", template_id="")
    store.record_many([
        (failed, decision(failed)),
        (accepted, decision(accepted, decided_by="memo", confidence=0.8)),
        (unsure, decision(unsure, status="needs_review", confidence=0.31)),
        (formula, decision(formula, status="needs_review", confidence=0.42, degraded=["model"])),
        (firewall, decision(firewall, class_uid=4001, decided_by="llm", activity_id=6)),
        (cloud, decision(cloud, class_uid=3002, status="needs_review", confidence=0.2)),
    ])  # fmt: skip
    store.record_decision(
        decision(
            cloud,
            2,
            class_uid=6003,
            status="overridden",
            decided_by="analyst",
            confidence=1.0,
            reviewer="dana",
            latency_ms={},
        )
    )
    assert store.flush(60)
    store.events.insert([undecided])
    return SimpleNamespace(
        failed=failed,
        accepted=accepted,
        unsure=unsure,
        formula=formula,
        firewall=firewall,
        cloud=cloud,
        undecided=undecided,
    )
