"""The events of templates and the decisions that hold for them: what a review touches, and what is left to touch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.storage.clickhouse import ClickHouse
from app.storage.codec import load
from app.storage.decisions import StoredDecision

FIRST_ID = "00000000-0000-0000-0000-000000000000"
"""Before every event."""

# The template of an event is the same in all versions, so that PREWHERE may choose by it before they are merged.
_SUMMARY = """
SELECT template_id, count() AS events,
       argMax((event_id, decision_id, class_uid, activity_id), (UUIDv7ToDateTime(event_id, 'UTC'), event_id)) AS newest
FROM decisions_latest FINAL PREWHERE template_id IN {templates:Array(String)} AND template_id != ''
GROUP BY template_id ORDER BY template_id
"""
_BY_CLASS = """
SELECT class_uid, any(class_name) AS name, count() AS events
FROM decisions_latest FINAL PREWHERE template_id IN {templates:Array(String)}
  AND UUIDv7ToDateTime(event_id, 'UTC') <= {until:DateTime64(3)}
GROUP BY class_uid ORDER BY events DESC, class_uid
"""
_OUT_OF_LINE = """
SELECT version, document FROM decisions WHERE (event_id, version, decision_id) IN
(
    SELECT d.event_id, d.version, d.decision_id
    FROM (SELECT * FROM decisions_latest FINAL PREWHERE event_id > {after:UUID} AND template_id IN
          (SELECT template_id FROM pins FINAL WHERE review_id = {id:UUID} AND active)) AS d
    INNER JOIN (SELECT * FROM pins FINAL WHERE review_id = {id:UUID} AND active) AS p ON p.template_id = d.template_id
    WHERE d.class_uid != p.class_uid OR d.activity_id != p.activity_id OR d.status != p.status
       OR d.decided_by NOT IN ('pin', 'analyst')
    ORDER BY d.event_id LIMIT {limit:UInt32}
)
ORDER BY event_id LIMIT 1 BY event_id
"""
# Events that came while the review's pin or its example spoke have no earlier version to go back to.
_DECIDED_SINCE = """
SELECT l.event_id AS event_id FROM (SELECT * FROM decisions_latest FINAL WHERE version = 1
    AND event_id > {after:UUID} AND template_id IN {templates:Array(String)}
    AND decided_at >= {since:DateTime64(3)}) AS l
WHERE l.event_id NOT IN (SELECT event_id FROM review_changes WHERE review_id = {id:UUID})
ORDER BY event_id LIMIT {limit:UInt32}
"""
_UNREVIEWED = """
SELECT event_id FROM decisions_latest FINAL PREWHERE template_id = {template:String} AND event_id > {after:UUID}
WHERE status IN ('auto', 'needs_review')
  AND (class_uid != {class_uid:UInt32} OR activity_id != {activity_id:UInt32} OR status != {status:String})
ORDER BY event_id LIMIT {limit:UInt32}
"""
_LATEST = """
SELECT version, document FROM decisions WHERE event_id IN {ids:Array(UUID)}
ORDER BY event_id, version DESC, decided_at DESC, decision_id DESC LIMIT 1 BY event_id
"""
_VERSIONS = """
SELECT version, document FROM decisions WHERE (event_id, version) IN {pairs:Array(Tuple(UUID, UInt32))}
ORDER BY event_id, version, decided_at DESC, decision_id DESC LIMIT 1 BY event_id, version
"""


@dataclass(frozen=True, slots=True)
class TemplateSummary:
    """A template: how many events it has, and its newest one with the decision that holds for it."""

    template_id: str
    events: int
    event_id: str
    decision_id: str
    class_uid: int
    activity_id: int


@dataclass(frozen=True, slots=True)
class ClassCount:
    """How many events have a class now."""

    class_uid: int
    class_name: str
    events: int


class TemplateEvents:
    """Reads the tables of decisions by template. Lists go up by event id, from the one after ``after``."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    def matching(
        self, where: str, parameters: Mapping[str, object], since: datetime, until: datetime, limit: int
    ) -> list[str]:
        """The templates of decided events that a compiled query matches, received from ``since`` up to ``until``.

        ``where`` and ``parameters`` are what ``app.storage.search.compile_query`` gives.
        """
        sql = (
            "SELECT DISTINCT template_id FROM events_decided FINAL "  # noqa: S608 - the compiler binds every value
            f"WHERE ({where}) AND template_id != '' AND version > 0 "
            "AND received_at >= {matching_since:DateTime64(3)} AND received_at <= {matching_until:DateTime64(3)} "
            "ORDER BY template_id LIMIT {matching_limit:UInt32}"
        )
        bounds = {"matching_since": since, "matching_until": until, "matching_limit": limit}
        return [row["template_id"] for row in self._clickhouse.rows(sql, {**parameters, **bounds})]

    def summaries(self, template_ids: Sequence[str]) -> list[TemplateSummary]:
        """The templates that have events, by id."""
        rows = self._clickhouse.rows(_SUMMARY, {"templates": list(template_ids)}) if template_ids else []
        return [
            TemplateSummary(
                template_id=row["template_id"],
                events=int(row["events"]),
                event_id=str(row["newest"][0]),
                decision_id=str(row["newest"][1]),
                class_uid=int(row["newest"][2]),
                activity_id=int(row["newest"][3]),
            )
            for row in rows
        ]

    def by_class(self, template_ids: Sequence[str], until: datetime) -> list[ClassCount]:
        """How many events of these templates that were received up to ``until`` have which class, most first."""
        if not template_ids:
            return []
        rows = self._clickhouse.rows(_BY_CLASS, {"templates": list(template_ids), "until": until})
        return [ClassCount(int(row["class_uid"]), row["name"], int(row["events"])) for row in rows]

    def out_of_line(self, review_id: str, after: str, limit: int) -> list[StoredDecision]:
        """The decisions that hold, of templates pinned by a review, and do not say yet what the pin says."""
        return self._read(_OUT_OF_LINE, {"id": review_id, "after": after, "limit": limit})

    def decided_since(
        self, review_id: str, template_ids: Sequence[str], since: datetime, after: str, limit: int
    ) -> list[str]:
        """Events of these templates whose one decision was made since then; none that the review changed."""
        values = {"id": review_id, "templates": list(template_ids), "since": since, "after": after, "limit": limit}
        return [str(row["event_id"]) for row in self._clickhouse.rows(_DECIDED_SINCE, values)]

    def unreviewed(
        self, template_id: str, class_uid: int, activity_id: int, status: str, after: str, limit: int
    ) -> list[str]:
        """Events of a template that no person decided and whose decision differs from what is given."""
        values = {
            "template": template_id, "class_uid": class_uid, "activity_id": activity_id, "status": status,
            "after": after, "limit": limit,
        }  # fmt: skip
        return [str(row["event_id"]) for row in self._clickhouse.rows(_UNREVIEWED, values)]

    def latest(self, event_ids: Sequence[str]) -> dict[str, StoredDecision]:
        """The decisions that hold for these events, by event id."""
        found = self._read(_LATEST, {"ids": list(event_ids)}) if event_ids else []
        return {decision.event_id: decision for decision in found}

    def versions(self, wanted: Sequence[tuple[str, int]]) -> dict[str, StoredDecision]:
        """One version of each of these events, given as (event id, version), by event id."""
        found = self._read(_VERSIONS, {"pairs": list(wanted)}) if wanted else []
        return {decision.event_id: decision for decision in found}

    def _read(self, sql: str, values: Mapping[str, Any]) -> list[StoredDecision]:
        rows = self._clickhouse.rows(sql, values)
        return [StoredDecision.from_document(load(row["document"]), row["version"]) for row in rows]
