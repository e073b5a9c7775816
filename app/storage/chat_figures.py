"""What the chat asks of templates and sources, over ``events_decided``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.storage.clickhouse import ClickHouse
from app.storage.search import run

_MOST_CLASSES = 50
_TEMPLATE = """
SELECT count() AS events, min(received_at) AS first_at, max(received_at) AS last_at
FROM events_decided FINAL PREWHERE template_id = {template:String}
"""
_TEMPLATE_CLASSES = """
SELECT class_name, count() AS n FROM events_decided FINAL PREWHERE template_id = {template:String} WHERE version > 0
GROUP BY class_name ORDER BY n DESC, class_name LIMIT {limit:UInt32}
"""
_WEEKS = """
SELECT received_at >= {middle:DateTime64(3)} AS recent, class_name, count() AS n,
       countIf(status = 'needs_review') AS waiting, countIf(status = 'overridden') AS overridden
FROM events_decided FINAL
PREWHERE vendor = {vendor:String} AND product = {product:String}
  AND received_at >= {since:DateTime64(3)} AND received_at < {until:DateTime64(3)}
GROUP BY recent, class_name ORDER BY n DESC, class_name
"""
# An event that is stored twice does not change when its template was first seen, so FINAL is not needed.
_NEW_TEMPLATES = """
SELECT count() AS n FROM
(
    SELECT template_id FROM events_decided PREWHERE vendor = {vendor:String} AND product = {product:String}
    WHERE template_id != '' GROUP BY template_id
    HAVING min(received_at) >= {middle:DateTime64(3)} AND min(received_at) < {until:DateTime64(3)}
)
"""
_KNOWN_SOURCE = """
SELECT 1 AS one FROM events_decided PREWHERE vendor = {vendor:String} AND product = {product:String} LIMIT 1
"""
_NEIGHBOURS = """
SELECT template_id, argMax(toString(event_id), received_at) AS newest FROM
(
    SELECT template_id, event_id, received_at FROM events_decided
    PREWHERE vendor = {vendor:String} AND product = {product:String}
    WHERE template_id != '' AND template_id != {template:String}
    ORDER BY received_at DESC LIMIT {events:UInt32}
)
GROUP BY template_id ORDER BY max(received_at) DESC LIMIT {limit:UInt32}
"""


@dataclass(frozen=True, slots=True)
class TemplateFigures:
    """How often a template occurred, and the classes that its events have now."""

    events: int
    first_at: datetime
    last_at: datetime
    classes: Mapping[str, int]


@dataclass(slots=True)
class WeekFigures:
    """One week of a source."""

    events: int = 0
    needs_review: int = 0
    overridden: int = 0
    classes: dict[str, int] = field(default_factory=dict)


class ChatFigures:
    """Reads figures; each query has a limit on time, over which ``QueryTooSlowError`` is raised."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    def template(self, template_id: str) -> TemplateFigures | None:
        """The figures of a template, ``None`` where it has no events."""
        values = {"template": template_id, "limit": _MOST_CLASSES}
        row = self._rows(_TEMPLATE, values)[0]
        if not template_id or not row["events"]:
            return None
        classes = {found["class_name"]: int(found["n"]) for found in self._rows(_TEMPLATE_CLASSES, values)}
        return TemplateFigures(int(row["events"]), row["first_at"], row["last_at"], classes)

    def weeks(
        self, source: tuple[str, str], since: datetime, middle: datetime, until: datetime
    ) -> tuple[WeekFigures, WeekFigures, int] | None:
        """The weeks before and after ``middle``, and the templates first seen after it; ``None``: no such source."""
        values = {"vendor": source[0], "product": source[1], "since": since, "middle": middle, "until": until}
        if not self._rows(_KNOWN_SOURCE, values):
            return None
        before, after = WeekFigures(), WeekFigures()
        for row in self._rows(_WEEKS, values):
            week = after if row["recent"] else before
            week.events += int(row["n"])
            week.needs_review += int(row["waiting"])
            week.overridden += int(row["overridden"])
            if row["class_name"]:
                week.classes[row["class_name"]] = week.classes.get(row["class_name"], 0) + int(row["n"])
        return before, after, int(self._rows(_NEW_TEMPLATES, values)[0]["n"])

    def neighbours(self, source: tuple[str, str], template_id: str, events: int, limit: int) -> list[str]:
        """The newest event of each other template among the last ``events`` events of a source, newest first."""
        values = {
            "vendor": source[0], "product": source[1], "template": template_id, "events": events, "limit": limit,
        }  # fmt: skip
        return [row["newest"] for row in self._rows(_NEIGHBOURS, values)]

    def _rows(self, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        return run(self._clickhouse, sql, values)
