"""Events as they were received: the row, and the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from agents.events.event import Source
from app.storage.clickhouse import ClickHouse
from app.storage.errors import StorageRejectedError

EVENT_COLUMNS = {
    "event_id": "UUID",
    "received_at": "DateTime64(3, 'UTC')",
    "vendor": "LowCardinality(String)",
    "product": "LowCardinality(String)",
    "sourcetype": "LowCardinality(String)",
    "host": "LowCardinality(String)",
    "format": "LowCardinality(String)",
    "template_id": "LowCardinality(String)",
    "fields": "Map(LowCardinality(String), String)",
    "raw": "String",
}


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event as received, with what parsing found.

    ``event_id`` is a UUIDv7 in its canonical text form. ``received_at`` is aware; it is kept in UTC with
    milliseconds. ``raw`` holds bytes that are not UTF-8 as ``surrogateescape``, and comes back byte for byte.
    """

    event_id: str
    received_at: datetime
    raw: str
    source: Source = field(default_factory=Source)
    host: str = ""
    format: str = ""
    template_id: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Bring id and time to the form in which they come back from the store.

        Raises:
            StorageRejectedError: the id is not a UUID, or the time has no zone.
        """
        object.__setattr__(self, "event_id", canonical_id(self.event_id))
        object.__setattr__(self, "received_at", stored_time(self.received_at))

    def to_json(self) -> dict[str, Any]:
        """The event as JSON values; ``from_json`` reads it."""
        return {
            "event_id": self.event_id,
            "received_at": self.received_at.isoformat(),
            "raw": self.raw,
            "source": [self.source.vendor, self.source.product, self.source.sourcetype],
            "host": self.host,
            "format": str(self.format),
            "template_id": self.template_id,
            "fields": dict(self.fields),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> StoredEvent:
        """The event that ``to_json`` wrote."""
        return cls(**{
            **data,
            "received_at": datetime.fromisoformat(data["received_at"]),
            "source": Source(*data["source"]),
        })  # fmt: skip

    def row(self) -> tuple[object, ...]:
        """The values of ``EVENT_COLUMNS``."""
        source = self.source
        return (
            self.event_id, self.received_at, source.vendor, source.product, source.sourcetype, self.host,
            str(self.format), self.template_id, dict(self.fields), self.raw,
        )  # fmt: skip


class EventRepository:
    """The table of events. An event inserted twice is one event to every reader here."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    def insert(self, events: Sequence[StoredEvent]) -> None:
        """Write events; on return they are found.

        Raises:
            StorageRejectedError, StorageError, StorageUnavailableError
        """
        self._clickhouse.insert("events", EVENT_COLUMNS, [event.row() for event in events])

    def get(self, event_id: str) -> StoredEvent | None:
        """The event with this id, ``None`` where there is none or the text is not an id."""
        if (wanted := id_or_none(event_id)) is None:
            return None
        rows = self._clickhouse.rows("SELECT * FROM events WHERE event_id = {id:UUID} LIMIT 1", {"id": wanted})
        return _read(rows[0]) if rows else None

    def count(self) -> int:
        """How many different events are stored."""
        return int(self._clickhouse.rows("SELECT count() AS n FROM events FINAL")[0]["n"])


def canonical_id(text: str) -> str:
    """``text`` as a lower-case UUID with dashes.

    Raises:
        StorageRejectedError: it is not a UUID.
    """
    if (found := id_or_none(text)) is None:
        raise StorageRejectedError("an id is not a UUID")
    return found


def id_or_none(text: str) -> str | None:
    """``text`` as a lower-case UUID with dashes, ``None`` where it is not one (ids also come from URLs)."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


def stored_time(moment: datetime) -> datetime:
    """``moment`` in UTC, cut to the milliseconds that are stored.

    Raises:
        StorageRejectedError: it has no zone.
    """
    if moment.tzinfo is None:
        raise StorageRejectedError("a time has no zone")
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _read(row: Mapping[str, Any]) -> StoredEvent:
    return StoredEvent(
        event_id=str(row["event_id"]),
        received_at=row["received_at"],
        raw=row["raw"],
        source=Source(row["vendor"], row["product"], row["sourcetype"]),
        host=row["host"],
        format=row["format"],
        template_id=row["template_id"],
        fields=row["fields"],
    )
