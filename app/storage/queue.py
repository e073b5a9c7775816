"""What waits for review, least certain first, in pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from app.storage.clickhouse import ClickHouse
from app.storage.errors import StorageRejectedError

Order = Literal["uncertain", "newest", "oldest"]
EXCERPT = 2000
"""Characters of a raw log that a row shows."""

# The order, and the condition for what comes after a place in it. UUIDs break ties, in the engine's own order.
_ORDERS: Mapping[Order, tuple[str, str]] = {
    "uncertain": (
        "margin, confidence, event_id",
        "(margin, confidence, event_id) > ({a:Float64}, {b:Float64}, {id:UUID})",
    ),
    "newest": ("received_at DESC, event_id DESC", "(received_at, event_id) < ({at:DateTime64(3)}, {id:UUID})"),
    "oldest": ("received_at, event_id", "(received_at, event_id) > ({at:DateTime64(3)}, {id:UUID})"),
}
_SETTINGS = "SETTINGS do_not_merge_across_partitions_select_final = 1"
_REVIEWED_BY = """
(
    SELECT event_id, version, received_at, confidence AS margin, confidence, class_uid, template_id, decision_id,
           activity_id, status, [(class_uid, confidence)] AS candidates
    FROM events_decided FINAL WHERE reviewer = {reviewer:String} AND decided_by = 'analyst'
)
"""
_NARROW = """
    event_id, version, received_at, margin, confidence, class_uid, template_id, decision_id, activity_id, candidates
"""
# In two steps: the order is found in narrow columns, and what a row shows of its event is read for one page only.
_SHOWN = """
SELECT event_id, event_at, excerpt, characters, vendor, product, sourcetype, host, format
FROM queue WHERE event_id IN {ids:Array(UUID)} AND characters > 0 ORDER BY event_id, version DESC LIMIT 1 BY event_id
"""
_EVENTS = """
SELECT event_id, received_at AS event_at, substringUTF8(raw, 1, {excerpt:UInt32}) AS excerpt,
       lengthUTF8(raw) AS characters, vendor, product, sourcetype, host, format
FROM events WHERE event_id IN {ids:Array(UUID)} LIMIT 1 BY event_id
"""
# The template is the same in every version of a decision, so that it may be asked for before versions are merged.
_COUNTS = """
SELECT template_id, uniqExact(event_id) AS n FROM decisions_latest WHERE template_id IN {templates:Array(String)}
GROUP BY template_id
"""
_NEWEST = "SELECT event_id, max(version) AS version FROM queue WHERE event_id IN {ids:Array(UUID)} GROUP BY event_id"
_READ_AHEAD = 4
"""How many times a page is read before versions are compared, which is far cheaper than to merge the whole table."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: margin and confidence, or the time received, and the event."""

    event_id: str
    margin: float
    confidence: float
    received_at: datetime


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which part of the queue is wanted; empty values do not filter.

    ``source`` is a vendor, product or sourcetype. ``reviewer`` asks for the events that this person has reviewed
    instead of those that wait. ``before`` keeps what was received until then.
    """

    source: str = ""
    class_uid: int | None = None
    template_id: str = ""
    reviewer: str = ""
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One event that waits: what was decided, (class, probability) of each candidate, and the beginning of its log.

    ``template_count`` is how many events the template has.
    """

    place: Place
    template_id: str
    template_count: int
    decision_id: str
    class_uid: int
    activity_id: int
    status: str
    candidates: tuple[tuple[int, float], ...]
    raw: str
    raw_truncated: bool
    received_at: datetime
    vendor: str
    product: str
    sourcetype: str
    host: str
    format: str


class QueueRepository:
    """The table of what waits for review."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    def page(
        self, wanted: QueueFilter, order: Order, place: Place | None, limit: int
    ) -> tuple[list[QueueRow], Place | None]:
        """One page in ``order``, the part after ``place``, and where it ended (``None`` on the last page).

        Raises:
            StorageError, StorageUnavailableError
        """
        where, values = _conditions(wanted)
        by, after = _ORDERS[order]
        if place is not None:
            where.append(after)
            values |= {
                "a": place.margin, "b": place.confidence, "id": place.event_id, "at": place.received_at,
            }  # fmt: skip
        sql = (
            f"SELECT {_NARROW}{', status' if wanted.reviewer else ''} FROM {_table(wanted)} "  # noqa: S608
            f"WHERE {' AND '.join(where)} ORDER BY {by} LIMIT {{limit:UInt32}}"
        )
        found = self._clickhouse.rows(sql, {**values, "limit": _READ_AHEAD * limit + 1})
        exhausted = len(found) <= _READ_AHEAD * limit
        standing = found if wanted.reviewer else self._standing(found)
        if len(standing) <= limit and not exhausted:
            # Most of what is first has just been reviewed, and is not merged away yet.
            final = sql.replace("FROM queue ", "FROM queue FINAL ", 1) + f" {_SETTINGS}"
            standing = self._clickhouse.rows(final, {**values, "limit": limit + 1})
        shown = standing[:limit]
        following = _row_place(shown[-1]) if len(standing) > limit else None
        return self._filled(shown), following

    def count(self, wanted: QueueFilter | None = None) -> int:
        """How many events wait, of those that are wanted."""
        where, values = _conditions(wanted or QueueFilter())
        sql = (
            f"SELECT count() AS n FROM {_table(wanted or QueueFilter(), final=True)} "  # noqa: S608 - constant text
            f"WHERE {' AND '.join(where)} {_SETTINGS}"
        )
        return int(self._clickhouse.rows(sql, values)[0]["n"])

    def _standing(self, found: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """One row for each event whose version is the one that holds, by looking at these events only."""
        ids = sorted({str(row["event_id"]) for row in found})
        newest = {str(row["event_id"]): row["version"] for row in self._clickhouse.rows(_NEWEST, {"ids": ids}) if ids}
        # One row for an event: a version may be written twice, and an undo gives an event the order it had before.
        held = {str(row["event_id"]): row for row in found if row["version"] == newest[str(row["event_id"])]}
        return list(held.values())

    def _events(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """What rows show of these events, by id: from the queue, for those that were never in it from the events."""
        found: dict[str, Mapping[str, Any]] = {
            str(row["event_id"]): row for row in self._clickhouse.rows(_SHOWN, {"ids": ids})
        }
        others = [event_id for event_id in ids if event_id not in found]
        if others:
            rows = self._clickhouse.rows(_EVENTS, {"ids": others, "excerpt": EXCERPT})
            found |= {str(row["event_id"]): row for row in rows}
        return found

    def _filled(self, found: Sequence[Mapping[str, Any]]) -> list[QueueRow]:
        """The rows with their logs and counts; one whose event is gone is left out."""
        if not found:
            return []
        ids = [str(row["event_id"]) for row in found]
        templates = sorted({row["template_id"] for row in found})
        events = self._events(ids)
        counts = {row["template_id"]: int(row["n"]) for row in self._clickhouse.rows(_COUNTS, {"templates": templates})}
        return [
            QueueRow(
                place=_row_place(row),
                template_id=row["template_id"],
                template_count=counts.get(row["template_id"], 1),
                decision_id=str(row["decision_id"]),
                class_uid=row["class_uid"],
                activity_id=row["activity_id"],
                status=row.get("status", "needs_review"),
                candidates=tuple(_candidate(found) for found in row["candidates"]),
                raw=event["excerpt"],
                raw_truncated=event["characters"] > EXCERPT,
                received_at=event["event_at"],
                vendor=event["vendor"],
                product=event["product"],
                sourcetype=event["sourcetype"],
                host=event["host"],
                format=event["format"],
            )
            for row in found
            if (event := events.get(str(row["event_id"]))) is not None
        ]


def write_place(place: Place, order: Order) -> str:
    """A place as text for a cursor."""
    at = int(place.received_at.timestamp() * 1000 + 0.5)
    return f"{order} {place.margin!r} {place.confidence!r} {at} {place.event_id}"


def read_place(text: str, order: Order) -> Place:
    """The place that ``write_place`` wrote.

    Raises:
        StorageRejectedError: it is none, or of another order.
    """
    try:
        named, margin, confidence, at, event_id = text.split(" ")
        if named != order:
            margin = ""  # what is not a number is refused below
        return Place(event_id, float(margin), float(confidence), datetime.fromtimestamp(int(at) / 1000, UTC))
    except (ValueError, OverflowError, OSError):
        raise StorageRejectedError("not a place in this list") from None


def _row_place(row: Mapping[str, Any]) -> Place:
    return Place(str(row["event_id"]), row["margin"], row["confidence"], row["received_at"])


def _candidate(found: Mapping[str, Any] | Sequence[Any]) -> tuple[int, float]:
    """A named tuple comes back as a mapping, one without names as a sequence."""
    class_uid, probability = found.values() if isinstance(found, Mapping) else found
    return class_uid, probability


def _table(wanted: QueueFilter, *, final: bool = False) -> str:
    if wanted.reviewer:
        return _REVIEWED_BY
    return "queue FINAL" if final else "queue"


def _conditions(wanted: QueueFilter) -> tuple[list[str], dict[str, object]]:
    where, values = ["1"], dict[str, object]()
    if wanted.reviewer:
        values["reviewer"] = wanted.reviewer
    else:
        where.append("reviewed = 0")
    if wanted.source:
        named = "(vendor = {source:String} OR product = {source:String} OR sourcetype = {source:String})"
        of_event = f"event_id IN (SELECT event_id FROM events WHERE {named})"  # noqa: S608 - constant text
        where.append(of_event if wanted.reviewer else named)
        values["source"] = wanted.source
    if wanted.class_uid is not None:
        where.append("class_uid = {class_uid:UInt32}")
        values["class_uid"] = wanted.class_uid
    if wanted.template_id:
        where.append("template_id = {template:String}")
        values["template"] = wanted.template_id
    if wanted.before is not None:
        where.append("received_at <= {before:DateTime64(3)}")
        values["before"] = wanted.before
    return where, values
