"""The event store on both backends: chDB in this process, and ClickHouse's HTTP interface in another."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import uuid_utils

from agents.events.event import Source
from app.storage import Store, StoredDecision, StoredEvent, open_store
from app.storage.clickhouse import ClickHouse, open_clickhouse
from app.storage.migrate import migrate

sys.path.insert(0, str(Path(__file__).parents[2]))

from clickhouse_http import ClickHouseServer

_databases = count(1)


@pytest.fixture(scope="session")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseServer]:
    server = ClickHouseServer(tmp_path_factory.mktemp("clickhouse-server"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(running_server: ClickHouseServer) -> Iterator[ClickHouseServer]:
    """The HTTP server, healthy at the start of every test."""
    yield running_server
    running_server.fail("")


@pytest.fixture(params=["embedded", "server"])
def url(request: pytest.FixtureRequest) -> str | None:
    """Where the tables are: None for chDB in process, else a server's URL with a database of the test's own."""
    if request.param == "embedded":
        return None
    server: ClickHouseServer = request.getfixturevalue("server")
    return server.url_of(f"test{next(_databases)}")


@pytest.fixture
def clickhouse(url: str | None, tmp_path: Path) -> Iterator[ClickHouse]:
    """An open, migrated database."""
    clickhouse = open_clickhouse(url, tmp_path / "clickhouse")
    migrate(clickhouse)
    yield clickhouse
    clickhouse.close()


@pytest.fixture
def store(url: str | None, tmp_path: Path) -> Iterator[Store]:
    store = open_store(url, tmp_path)
    yield store
    store.close()


@pytest.fixture
def make_event() -> Callable[..., StoredEvent]:
    def make(**changes: Any) -> StoredEvent:
        values = {
            "event_id": str(uuid_utils.uuid7()),
            "received_at": datetime(2026, 3, 1, 12, 30, 45, 678901, UTC),
            "raw": "<86>Mar  1 12:30:45 web1 sshd[4711]: Failed password for root from 203.0.113.9 port 4022 ssh2",
            "source": Source("OpenBSD", "OpenSSH", "linux_secure"),
            "host": "web1",
            "format": "syslog",
            "template_id": "6f1ed002ab55",
            "fields": {"host": "web1", "message.user": "root"},
        }
        return StoredEvent(**values | changes)

    return make


@pytest.fixture
def make_document() -> Callable[..., dict[str, Any]]:
    def make(event_id: str | None = None, **changes: Any) -> dict[str, Any]:
        return {
            "event_id": event_id or str(uuid_utils.uuid7()),
            "decision_id": str(uuid_utils.uuid7()),
            "decided_at": "2026-03-01T12:30:45.700Z",
            "ocsf_version": "1.8.0",
            "category_uid": 3,
            "category_name": "Identity & Access Management",
            "class_uid": 3002,
            "class_name": "Authentication",
            "activity_id": 1,
            "activity_name": "Logon",
            "type_uid": 300201,
            "confidence": 0.97,
            "status": "auto",
            "decided_by": "ranker",
            "degraded": [],
            "candidates": [{"class_uid": 3002, "class_name": "Authentication", "probability": 0.97, "evidence": []}],
            "evidence": [{"chunk_id": "guide:openssh:failed", "kind": "guide", "score": 0.9, "spans": [[29, 44]]}],
            "rationale": "The message says that a password failed.",
            "template_id": "6f1ed002ab55",
            "versions": {"model": "m", "prompt": "rerank@1", "knowledge": "k", "ranker": "r"},
            "latency_ms": {"parse": 0.1, "retrieve": 9.2, "total": 11.0},
        } | changes

    return make


@pytest.fixture
def make_decision(make_document: Callable[..., dict[str, Any]]) -> Callable[..., StoredDecision]:
    def make(event_id: str | None = None, version: int = 1, **changes: Any) -> StoredDecision:
        return StoredDecision.from_document(make_document(event_id, **changes), version)

    return make
