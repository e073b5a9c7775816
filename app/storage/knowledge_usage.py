"""Where chunks are used: the decisions whose evidence names them, and the latest events to try a guide on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agents.events.event import Source
from app.storage.clickhouse import ClickHouse

_USAGE = """
SELECT uniqExact(decision_id) AS decisions, max(decided_at) AS last_used_at
FROM decisions WHERE has(evidence_ids, {chunk_id:String})
"""
# The versions of one event lie together, so what an event was decided last is found without sorting all of them.
_RECENT_USES = """
SELECT event_id, max(decided_at) AS decided_at, argMax(class_name, version) AS class_name
FROM decisions WHERE has(evidence_ids, {chunk_id:String})
GROUP BY event_id ORDER BY decided_at DESC, event_id DESC LIMIT {limit:UInt32}
"""
_EVENTS = """
SELECT event_id, received_at, substringUTF8(raw, 1, {characters:UInt32}) AS raw
FROM events WHERE event_id IN {ids:Array(UUID)} LIMIT 1 BY event_id
"""
_LATEST = """
SELECT event_id, vendor, product, sourcetype, raw FROM events
WHERE (received_at, event_id) IN
(
    SELECT received_at, event_id FROM events ORDER BY received_at DESC, event_id DESC
    LIMIT 1 BY event_id LIMIT {limit:UInt32}
)
ORDER BY received_at DESC, event_id DESC LIMIT 1 BY event_id
"""
_EXCERPT = 2000


@dataclass(frozen=True, slots=True)
class Use:
    """An event that was decided with a chunk as evidence; ``raw`` has its first 2,000 characters."""

    event_id: str
    received_at: datetime
    raw: str
    class_name: str


@dataclass(frozen=True, slots=True)
class Usage:
    """How many decisions (every version counts) name a chunk, when the last was made, and on which events."""

    decisions: int
    last_used_at: datetime | None
    recent: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class RecentEvent:
    """A stored event, whole."""

    event_id: str
    raw: str
    source: Source


class KnowledgeUsageRepository:
    """Reads the tables of events and decisions; see ``app/storage/migrations/0024_decisions_evidence.sql``."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    def usage(self, chunk_id: str, recent: int = 5) -> Usage:
        """Where a chunk is used.

        Raises:
            StorageError, StorageUnavailableError
        """
        counted = self._clickhouse.rows(_USAGE, {"chunk_id": chunk_id})[0]
        if not counted["decisions"]:
            return Usage(0, None, ())
        uses = self._clickhouse.rows(_RECENT_USES, {"chunk_id": chunk_id, "limit": recent})
        ids = [str(use["event_id"]) for use in uses]
        events = {row["event_id"]: row for row in self._clickhouse.rows(_EVENTS, {"ids": ids, "characters": _EXCERPT})}
        return Usage(
            decisions=int(counted["decisions"]),
            last_used_at=counted["last_used_at"],
            recent=tuple(
                Use(str(use["event_id"]), event["received_at"], event["raw"], use["class_name"])
                for use in uses
                if (event := events.get(use["event_id"])) is not None
            ),
        )

    def latest_events(self, limit: int) -> list[RecentEvent]:
        """The events that were received last, newest first, at most ``limit``.

        Raises:
            StorageError, StorageUnavailableError
        """
        rows = self._clickhouse.rows(_LATEST, {"limit": limit})
        return [
            RecentEvent(str(row["event_id"]), row["raw"], Source(row["vendor"], row["product"], row["sourcetype"]))
            for row in rows
        ]
