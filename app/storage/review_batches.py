"""Reviews as they were given, of one event or of many: how far their work is, and which events they changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, cast

from app.storage.clickhouse import ClickHouse
from app.storage.codec import dump, load, to_text
from app.storage.decisions import StoredDecision
from app.storage.events import id_or_none, stored_time
from app.storage.reviews import Action

State = Literal["running", "done", "failed"]
Cause = Literal["template", "memo"]
"""Why an event was re-decided: its template was reviewed, or resembles one that was."""

BATCH_COLUMNS = {
    "review_id": "UUID",
    "revision": "UInt32",
    "created_at": "DateTime64(3, 'UTC')",
    "reviewer": "LowCardinality(String)",
    "action": "LowCardinality(String)",
    "class_uid": "UInt32",
    "activity_id": "UInt32",
    "comment": "String",
    "target": "String",
    "template_ids": "Array(String)",
    "before_class": "Nullable(UInt32)",
    "state": "LowCardinality(String)",
    "phase": "LowCardinality(String)",
    "cursor": "String",
    "done": "UInt64",
    "total": "UInt64",
    "undone_at": "Nullable(DateTime64(3, 'UTC'))",
    "undone_by": "LowCardinality(String)",
    "redecided": "UInt64",
    "agreed_before": "UInt64",
    "agreed_after": "UInt64",
    "memo_looked_at": "UInt64",
    "degraded": "Array(LowCardinality(String))",
    "settle_at": "Nullable(DateTime64(3, 'UTC'))",
}
CHANGE_COLUMNS = {
    "review_id": "UUID",
    "event_id": "UUID",
    "before_version": "UInt32",
    "after_version": "UInt32",
    "from_class_uid": "UInt32",
    "to_class_uid": "UInt32",
    "cause": "LowCardinality(String)",
}
_PAGE = """
SELECT * FROM review_batches FINAL
WHERE phase != 'start' AND ({reviewer:String} = '' OR reviewer = {reviewer:String})
  AND created_at >= {from:DateTime64(3)} AND created_at < {to:DateTime64(3)}
  AND (created_at, review_id) < ({at:DateTime64(3)}, {id:UUID})
ORDER BY created_at DESC, review_id DESC LIMIT {limit:UInt32}
"""
_EFFECT = """
SELECT count() AS reviews, sum(redecided) AS redecided, sum(agreed_before) AS before, sum(agreed_after) AS after,
       sum(length(template_ids)) AS templates
FROM review_batches FINAL
WHERE created_at >= {since:DateTime64(3)} AND ({reviewer:String} = '' OR reviewer = {reviewer:String})
  AND phase != 'start' AND state != 'failed' AND undone_at IS NULL
"""
_CLASSES_CHANGED = """
SELECT from_class_uid, to_class_uid, count() AS events FROM review_changes FINAL
WHERE from_class_uid != to_class_uid AND review_id IN
(
    SELECT review_id FROM review_batches FINAL
    WHERE created_at >= {since:DateTime64(3)} AND ({reviewer:String} = '' OR reviewer = {reviewer:String})
      AND phase != 'start' AND state != 'failed' AND undone_at IS NULL
)
GROUP BY from_class_uid, to_class_uid ORDER BY events DESC, from_class_uid, to_class_uid LIMIT 50
"""
_CHANGED_EVENTS = """
SELECT event_id, min(before_version) AS before, max(after_version) AS after
FROM review_changes FINAL WHERE review_id = {id:UUID} AND event_id > {after:UUID}
GROUP BY event_id ORDER BY event_id LIMIT {limit:UInt32}
"""


@dataclass(frozen=True, slots=True)
class ReviewBatch:
    """One review: what was said, of what, and how far the work is that it set in motion.

    ``class_uid`` and ``activity_id`` are what holds after it (of a confirm of many, the most frequent ones);
    ``before_class`` is the class of the one event before. ``done`` of ``total`` events are through. ``phase`` names
    the step of the work and ``cursor`` the place in it; ``settle_at`` is when events that were under way are looked
    for. ``degraded`` names the parts that it waits for.
    """

    review_id: str
    created_at: datetime
    reviewer: str
    action: Action
    class_uid: int
    activity_id: int
    comment: str
    target: Mapping[str, str]
    template_ids: tuple[str, ...]
    before_class: int | None = None
    state: State = "running"
    phase: str = "start"
    cursor: str = ""
    done: int = 0
    total: int = 0
    undone_at: datetime | None = None
    undone_by: str = ""
    redecided: int = 0
    agreed_before: int = 0
    agreed_after: int = 0
    memo_looked_at: int = 0
    degraded: tuple[str, ...] = ()
    settle_at: datetime | None = None
    revision: int = 0

    def next(self, **changes: Any) -> ReviewBatch:
        """The revision after this one, with changes."""
        return replace(self, revision=self.revision + 1, **changes)

    def row(self) -> tuple[object, ...]:
        """The values of ``BATCH_COLUMNS``."""
        return (
            self.review_id, self.revision, stored_time(self.created_at), self.reviewer, self.action, self.class_uid,
            self.activity_id, self.comment, to_text(dump(dict(self.target))), list(self.template_ids),
            self.before_class, self.state, self.phase, self.cursor, self.done, self.total,
            self.undone_at and stored_time(self.undone_at), self.undone_by, self.redecided, self.agreed_before,
            self.agreed_after, self.memo_looked_at, list(self.degraded),
            self.settle_at and stored_time(self.settle_at),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReviewChange:
    """An event that a review gave a new version: the versions and classes before and after."""

    review_id: str
    event_id: str
    before_version: int
    after_version: int
    from_class_uid: int
    to_class_uid: int
    cause: Cause = "template"


@dataclass(frozen=True, slots=True)
class Effect:
    """What reviews changed: their number, events re-decided, templates, events that agreed, (from, to, events)."""

    reviews: int
    redecided: int
    templates: int
    agreed_before: int
    agreed_after: int
    changed: tuple[tuple[int, int, int], ...]


class ReviewBatchRepository:
    """The tables of reviews as they were given and of the events that they changed."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    def save(self, batch: ReviewBatch) -> None:
        """Write a revision; on return it is durable and found.

        Raises:
            StorageRejectedError, StorageError, StorageUnavailableError
        """
        self._clickhouse.insert("review_batches", BATCH_COLUMNS, [batch.row()])

    def get(self, review_id: str) -> ReviewBatch | None:
        """The review with this id, ``None`` where there is none or the text is not an id."""
        found = self.get_many([review_id])
        return found[0] if found else None

    def get_many(self, review_ids: Sequence[str]) -> list[ReviewBatch]:
        """The reviews that exist among the ids, oldest first."""
        wanted = [found for text in review_ids if (found := id_or_none(text))]
        sql = "SELECT * FROM review_batches FINAL WHERE review_id IN {ids:Array(UUID)} ORDER BY created_at, review_id"
        return [_read(row) for row in self._clickhouse.rows(sql, {"ids": wanted})] if wanted else []

    def unfinished(self) -> list[ReviewBatch]:
        """Reviews whose work is not over, oldest first."""
        sql = "SELECT * FROM review_batches FINAL WHERE phase != 'finished' ORDER BY created_at, review_id"
        return [_read(row) for row in self._clickhouse.rows(sql)]

    def page(
        self, *, reviewer: str, since: datetime, until: datetime, place: tuple[datetime, str], limit: int
    ) -> list[ReviewBatch]:
        """Reviews given from ``since`` up to ``until`` (exclusive), newest first, those before ``place`` only.

        ``place`` is (time, id) of the last one of the page before; an empty ``reviewer`` is everybody.
        """
        values = {"reviewer": reviewer, "from": since, "to": until, "at": place[0], "id": place[1], "limit": limit}
        return [_read(row) for row in self._clickhouse.rows(_PAGE, values)]

    def effect(self, since: datetime, reviewer: str) -> Effect:
        """What the reviews since a moment changed that were not undone; an empty ``reviewer`` is everybody."""
        values = {"since": since, "reviewer": reviewer}
        row = self._clickhouse.rows(_EFFECT, values)[0]
        changed = self._clickhouse.rows(_CLASSES_CHANGED, values)
        return Effect(
            reviews=int(row["reviews"]),
            redecided=int(row["redecided"]),
            templates=int(row["templates"]),
            agreed_before=int(row["before"]),
            agreed_after=int(row["after"]),
            changed=tuple((int(r["from_class_uid"]), int(r["to_class_uid"]), int(r["events"])) for r in changed),
        )

    def count_since(self, since: datetime) -> int:
        """How many reviews were given since a moment and not undone."""
        sql = (
            "SELECT count() AS n FROM review_batches FINAL WHERE created_at >= {since:DateTime64(3)} "
            "AND undone_at IS NULL AND phase != 'start' AND state != 'failed'"
        )
        return int(self._clickhouse.rows(sql, {"since": since})[0]["n"])

    # -- changes

    def note_changes(self, changes: Sequence[ReviewChange]) -> None:
        """Write which events change, before they do; a change noted twice is one.

        Raises:
            StorageRejectedError, StorageError, StorageUnavailableError
        """
        rows = [
            (c.review_id, c.event_id, c.before_version, c.after_version, c.from_class_uid, c.to_class_uid, c.cause)
            for c in changes
        ]
        self._clickhouse.insert("review_changes", CHANGE_COLUMNS, rows)

    def count_changes(self, review_id: str) -> tuple[int, int]:
        """(events re-decided in all, those of the reviewed templates whose class changed)."""
        sql = (
            "SELECT uniqExact(event_id) AS n, uniqExactIf(event_id, cause = 'template' AND from_class_uid != "
            "to_class_uid) AS changed FROM review_changes FINAL WHERE review_id = {id:UUID}"
        )
        row = self._clickhouse.rows(sql, {"id": review_id})[0]
        return int(row["n"]), int(row["changed"])

    def changed_events(self, review_id: str, after: str, limit: int) -> list[tuple[str, int, int]]:
        """(event id, version before the review, version it made) of changed events, those after the id ``after``."""
        rows = self._clickhouse.rows(_CHANGED_EVENTS, {"id": review_id, "after": after, "limit": limit})
        return [(str(row["event_id"]), row["before"], row["after"]) for row in rows]

    def change_of(self, review_id: str, event_id: str) -> tuple[str, int, int] | None:
        """As ``changed_events``, of one event; ``None`` where the review did not change it."""
        sql = (
            "SELECT min(before_version) AS before, max(after_version) AS after, count() AS n FROM review_changes FINAL "
            "WHERE review_id = {id:UUID} AND event_id = {event:UUID}"
        )
        row = self._clickhouse.rows(sql, {"id": review_id, "event": event_id})[0]
        return (event_id, row["before"], row["after"]) if row["n"] else None

    def note_restored(self, review_id: str, restored: Sequence[tuple[str, int, int]]) -> None:
        """Let the reviews that made earlier versions know those as the ones that repeat them.

        ``restored`` are (event id, earlier version, version that repeats it), by the undoing of ``review_id``.
        """
        again = {(event_id, earlier): version for event_id, earlier, version in restored}
        sql = (
            "SELECT * FROM review_changes FINAL WHERE event_id IN {ids:Array(UUID)} AND review_id != {id:UUID} "
            "AND (event_id, after_version) IN {pairs:Array(Tuple(UUID, UInt32))}"
        )
        values = {"ids": [event_id for event_id, _ in again], "id": review_id, "pairs": list(again)}
        rows = self._clickhouse.rows(sql, values) if again else []
        self.note_changes([
            ReviewChange(
                str(row["review_id"]), str(row["event_id"]), row["before_version"],
                again[str(row["event_id"]), row["after_version"]], row["from_class_uid"], row["to_class_uid"],
                cast(Cause, row["cause"]),
            )
            for row in rows
        ])  # fmt: skip


def changed(review_id: str, before: StoredDecision, after: StoredDecision, cause: Cause = "template") -> ReviewChange:
    """The change from one version of a decision to another."""
    return ReviewChange(
        review_id, after.event_id, before.version, after.version, before.class_uid, after.class_uid, cause
    )


def _read(row: Mapping[str, Any]) -> ReviewBatch:
    return ReviewBatch(
        review_id=str(row["review_id"]),
        created_at=row["created_at"],
        reviewer=row["reviewer"],
        action=cast(Action, row["action"]),
        class_uid=row["class_uid"],
        activity_id=row["activity_id"],
        comment=row["comment"],
        target=load(row["target"]),
        template_ids=tuple(row["template_ids"]),
        before_class=row["before_class"],
        state=cast(State, row["state"]),
        phase=row["phase"],
        cursor=row["cursor"],
        done=row["done"],
        total=row["total"],
        undone_at=row["undone_at"],
        undone_by=row["undone_by"],
        redecided=row["redecided"],
        agreed_before=row["agreed_before"],
        agreed_after=row["agreed_after"],
        memo_looked_at=row["memo_looked_at"],
        degraded=tuple(row["degraded"]),
        settle_at=row["settle_at"],
        revision=row["revision"],
    )
