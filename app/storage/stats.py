"""Figures for dashboards, over ``events_decided`` and, for what people did, over ``decisions``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from app.storage.bound import Bound
from app.storage.clickhouse import ClickHouse
from app.storage.search import SqlFilter, run

GROUPS: Mapping[str, str] = MappingProxyType({
    "status": "status",
    "class": "toString(class_uid)",
    "category": "toString(category_uid)",
    "source": "concat(vendor, '\\0', product)",
    "decided_by": "decided_by",
    "degraded": "arrayJoin(degraded)",
})  # fmt: skip
"""What a time series may be split by, with its expression. A source is vendor and product with NUL between them."""
_REVIEWED = "('confirmed', 'overridden')"


@dataclass(frozen=True, slots=True)
class Summary:
    """Totals of a span of time; rates are ``None`` where there is nothing to take them of."""

    events: int
    needs_review: int
    decided_auto: int
    reviewed: int
    memo_hit_rate: float | None
    override_rate: float | None
    oldest_waiting: datetime | None
    degraded: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """One source's events and decisions."""

    vendor: str
    product: str
    events: int
    needs_review: int
    overridden: int
    confirmed: int
    mean_confidence: float


@dataclass(frozen=True, slots=True)
class StageFigures:
    """How long a stage took, in milliseconds, over ``count`` decisions."""

    stage: str
    p50_ms: float
    p95_ms: float
    p99_ms: float
    count: int


@dataclass(frozen=True, slots=True)
class ConfidenceBin:
    """Decisions with a confidence of at least ``number / bins``; the last bin includes 1."""

    number: int
    count: int
    needs_review: int


@dataclass(frozen=True, slots=True)
class Overrides:
    """Reviews of one source in one step of time, and how many of them changed the class."""

    vendor: str
    product: str
    at_s: int
    reviews: int
    overrides: int


class StatsRepository:
    """Counts; ``found`` bounds the time (``compile_query("", now, since=…, until=…)``)."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    def summary(self, found: SqlFilter) -> Summary:
        """The totals. The memo's rate is its share of what was decided without a person."""
        sql = (
            "SELECT count() AS events, countIf(status = 'needs_review') AS waiting, countIf(status = 'auto') AS alone, "
            f"countIf(status IN {_REVIEWED} AND decided_by = 'analyst') AS reviewed, "
            "countIf(status = 'overridden' AND decided_by = 'analyst') AS overridden, "
            "countIf(decided_by = 'memo') AS memo, countIf(decided_by IN ('memo', 'ranker', 'llm')) AS machine, "
            "minIf(received_at, status = 'needs_review') AS oldest, "
            "sumMap(mapFromArrays(degraded, arrayMap(part -> 1, degraded))) AS parts "
            f"{found.source()}"
        )
        row = self._rows(sql, found)[0]
        return Summary(
            events=int(row["events"]),
            needs_review=int(row["waiting"]),
            decided_auto=int(row["alone"]),
            reviewed=int(row["reviewed"]),
            memo_hit_rate=_share(row["memo"], row["machine"]),
            override_rate=_share(row["overridden"], row["reviewed"]),
            oldest_waiting=row["oldest"] if row["waiting"] else None,
            degraded={part: int(count) for part, count in row["parts"].items()},
        )

    def series(self, found: SqlFilter, by: str, step_s: int, limit: int) -> dict[str, dict[int, int]]:
        """Counts by time (seconds since 1970) for the ``limit`` most frequent groups of ``by``, frequent first."""
        sql = (
            f"SELECT toString({GROUPS[by]}) AS key, "
            f"intDiv(toUnixTimestamp(received_at), {step_s:d}) * {step_s:d} AS at, "
            f"count() AS n {found.source()}{' AND version > 0' if by != 'source' else ''} GROUP BY key, at ORDER BY at"
        )
        series: dict[str, dict[int, int]] = {}
        for row in self._rows(sql, found):
            series.setdefault(row["key"], {})[int(row["at"])] = int(row["n"])
        frequent = sorted(series, key=lambda key: (-sum(series[key].values()), key))
        return {key: series[key] for key in frequent[:limit]}

    def sources(self, found: SqlFilter, limit: int) -> list[SourceFigures]:
        """Figures by source, the most frequent first."""
        sql = (
            "SELECT vendor, product, count() AS events, countIf(status = 'needs_review') AS waiting, "
            "countIf(status = 'overridden') AS overridden, countIf(status = 'confirmed') AS confirmed, "
            f"ifNotFinite(avgIf(confidence, version > 0), 0) AS confidence {found.source()} "
            f"GROUP BY vendor, product ORDER BY events DESC, vendor, product LIMIT {limit:d}"
        )
        return [
            SourceFigures(
                row["vendor"], row["product"], int(row["events"]), int(row["waiting"]), int(row["overridden"]),
                int(row["confirmed"]), float(row["confidence"]),
            )
            for row in self._rows(sql, found)
        ]  # fmt: skip

    def confidence(self, found: SqlFilter, bins: int) -> list[ConfidenceBin]:
        """All ``bins`` of equal width over [0, 1]."""
        sql = (
            f"SELECT least(toUInt32(floor(confidence * {bins:d} + 1e-9)), {bins - 1:d}) AS bin, count() AS n, "
            f"countIf(status = 'needs_review') AS waiting {found.source()} AND version > 0 GROUP BY bin"
        )
        rows = {int(row["bin"]): row for row in self._rows(sql, found)}
        empty: dict[str, Any] = {"n": 0, "waiting": 0}
        return [
            ConfidenceBin(number, int(rows.get(number, empty)["n"]), int(rows.get(number, empty)["waiting"]))
            for number in range(bins)
        ]

    def latency(self, found: SqlFilter) -> list[StageFigures]:
        """Quantiles by stage (t-digest), and ``total``; reviews and what a pin re-decided have no stages."""
        sql = (
            "SELECT stage, quantilesTDigest(0.5, 0.95, 0.99)(ms) AS q, count() AS n FROM "  # noqa: S608
            "(SELECT arrayJoin(arrayConcat(arrayZip(mapKeys(stage_ms), mapValues(stage_ms)), [('total', latency_ms)])) "
            f"AS pair, toString(pair.1) AS stage, pair.2 AS ms {found.source()} AND notEmpty(stage_ms)) "
            "GROUP BY stage ORDER BY stage"
        )
        figures = []
        for row in self._rows(sql, found):
            p50, p95, p99 = (float(value) for value in row["q"])
            figures.append(StageFigures(row["stage"], p50, p95, p99, int(row["n"])))
        return figures

    def backlog_ages(self, found: SqlFilter, now: datetime, older_than_s: tuple[int, ...]) -> list[int]:
        """How many events wait for review for at least each of these ages."""
        bound = Bound("n")
        moment = bound.time(now)
        ages = ", ".join(
            f"countIf(received_at <= {moment} - toIntervalSecond({age:d})) AS a{n}"
            for n, age in enumerate(older_than_s)
        )
        sql = f"SELECT {ages} {found.source()} AND status = 'needs_review'"
        row = run(self._clickhouse, sql, {**found.parameters, **bound.values})[0]
        return [int(row[f"a{n}"]) for n in range(len(older_than_s))]

    def backlog_changes(self, since: datetime, until: datetime, step_s: int) -> list[tuple[int, int]]:
        """By time (seconds since 1970): by how much the number of events that wait for review changed.

        What happened before ``since`` counts in its step, so that a running sum is the number that waited.
        """
        bound = Bound("n")
        first, last = bound.time(since), bound.time(until)
        step = f"intDiv(toUnixTimestamp(greatest(moment, {first})), {step_s:d}) * {step_s:d}"
        sql = (
            f"SELECT {step} AS at, sum(change) AS change FROM (SELECT event_id, "  # noqa: S608
            "minIf(decided_at, status = 'needs_review') AS came, "
            "minIf(decided_at, version > 1 AND status != 'needs_review') AS went, "
            "argMax(status, (version, decided_at)) != 'needs_review' AS ended "
            "FROM decisions WHERE status = 'needs_review' OR version > 1 GROUP BY event_id "
            "HAVING countIf(status = 'needs_review') > 0) "
            "ARRAY JOIN if(ended, [came, went], [came]) AS moment, if(ended, [1, -1], [1]) AS change "
            f"WHERE moment < {last} GROUP BY at ORDER BY at"
        )
        return [(int(row["at"]), int(row["change"])) for row in run(self._clickhouse, sql, bound.values)]

    def overrides(self, found: SqlFilter, step_s: int, limit: int) -> list[Overrides]:
        """Reviews by source and time of the review, of the ``limit`` most reviewed sources."""
        reviewed = f"{found.source()} AND decided_by = 'analyst' AND status IN {_REVIEWED}"
        sql = (
            f"SELECT vendor, product, intDiv(toUnixTimestamp(decided_at), {step_s:d}) * {step_s:d} AS at, "
            f"count() AS reviews, countIf(status = 'overridden') AS overrides {reviewed} AND (vendor, product) IN "
            f"(SELECT vendor, product {reviewed} GROUP BY vendor, product ORDER BY count() DESC LIMIT {limit:d}) "
            "GROUP BY vendor, product, at ORDER BY vendor, product, at"
        )
        return [
            Overrides(row["vendor"], row["product"], int(row["at"]), int(row["reviews"]), int(row["overrides"]))
            for row in self._rows(sql, found)
        ]

    def _rows(self, sql: str, found: SqlFilter) -> list[dict[str, Any]]:
        return run(self._clickhouse, sql, found.parameters)


def _share(part: object, whole: object) -> float | None:
    return round(float(str(part)) / float(str(whole)), 4) if whole else None
