"""How found events are spread: over time, over the values of their columns and fields, and what may be typed next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from app.storage.bound import Bound, ascii_lower
from app.storage.clickhouse import ClickHouse
from app.storage.search import SqlFilter, run

NONE = "none"
"""The value of a column that only decided events have, for one that is not decided."""
FACETS: Mapping[str, str] = MappingProxyType({
    "status": f"if(version = 0, '{NONE}', status)",
    "class_uid": f"if(version = 0, '{NONE}', toString(class_uid))",
    "category_uid": f"if(version = 0, '{NONE}', toString(category_uid))",
    "activity_id": f"if(version = 0, '{NONE}', toString(activity_id))",
    "decided_by": f"if(version = 0, '{NONE}', decided_by)",
    "vendor": "vendor",
    "product": "product",
    "sourcetype": "sourcetype",
    "host": "host",
    "format": "format",
    "template_id": "template_id",
    "reviewer": "reviewer",
})  # fmt: skip
"""What can be counted by value, with its expression; other names are fields of the events."""
_RECENT = 50_000
_COMPLETE_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Bucket:
    """Events of one step of time, which starts ``at_s`` seconds after 1970, by status (empty: not decided)."""

    at_s: int
    status: str
    count: int


@dataclass(frozen=True, slots=True)
class FacetValue:
    """How many of the found events have one value."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """The most frequent values of a field, and how many of the found events have others."""

    field: str
    values: tuple[FacetValue, ...]
    other: int


class DistributionRepository:
    """Counts over ``events_decided``; the errors are those of ``SearchRepository``."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    def histogram(self, found: SqlFilter, step_s: int) -> list[Bucket]:
        """Counts by step and status, in order of time; steps without events are left out."""
        sql = (
            f"SELECT intDiv(toUnixTimestamp(received_at), {step_s:d}) * {step_s:d} AS at, status, count() AS n "
            f"{found.source()} GROUP BY at, status ORDER BY at, status"
        )
        rows = run(self._clickhouse, sql, found.parameters)
        return [Bucket(int(row["at"]), row["status"], int(row["n"])) for row in rows]

    def facets(self, found: SqlFilter, names: Sequence[str], limit: int) -> list[Facet]:
        """The ``limit`` most frequent values of each name, in the order of ``names``."""
        columns = [name for name in names if name in FACETS]
        counted = self._columns(found, columns, limit)
        for name in names:
            if name not in FACETS:
                counted[name] = self._degraded(found, limit) if name == "degraded" else self._field(found, name, limit)
        return [counted[name] for name in names]

    def _columns(self, found: SqlFilter, names: Sequence[str], limit: int) -> dict[str, Facet]:
        """All columns in one pass: a set of groups for each, and one of everything for the total."""
        if not names:
            return {}
        chosen = ", ".join(f"{FACETS[name]} AS f{n}" for n, name in enumerate(names))
        keys = [f"f{n}" for n in range(len(names))]
        sets = ", ".join(f"({key})" for key in keys)
        sql = (
            f"SELECT {', '.join(f'toString({key}) AS v{key}' for key in keys)}, "  # noqa: S608
            f"grouping({', '.join(keys)}) AS which, count() AS n FROM (SELECT {chosen} {found.source()}) "
            f"GROUP BY GROUPING SETS ({sets}, ()) ORDER BY which, n DESC, {', '.join(f'v{key}' for key in keys)} "
            f"LIMIT {limit + 1:d} BY which"
        )
        rows = run(self._clickhouse, sql, found.parameters)
        everything = (1 << len(names)) - 1
        total = next((int(row["n"]) for row in rows if row["which"] == everything), 0)
        facets = {}
        for n, name in enumerate(names):
            # Bit i from the right of `grouping` is set where the i-th key from the right is not grouped by.
            which = everything ^ (1 << (len(names) - 1 - n))
            values = [FacetValue(row[f"vf{n}"], int(row["n"])) for row in rows if row["which"] == which][:limit]
            facets[name] = Facet(name, tuple(values), total - sum(value.count for value in values))
        return facets

    def _degraded(self, found: SqlFilter, limit: int) -> Facet:
        sql = (
            f"SELECT part AS value, count() AS n FROM (SELECT arrayJoin(degraded) AS part {found.source()}) "  # noqa: S608
            f"GROUP BY value ORDER BY n DESC, value LIMIT {limit:d}"
        )
        rows = run(self._clickhouse, sql, found.parameters)
        return Facet("degraded", tuple(FacetValue(row["value"], int(row["n"])) for row in rows), 0)

    def _field(self, found: SqlFilter, name: str, limit: int) -> Facet:
        bound = Bound("f")
        path = ascii_lower(name.removeprefix("fields."))
        key = bound.text(path.rpartition(".")[2])
        here = f"lower(path) = {bound.text(path)} OR endsWith(lower(path), {bound.text('.' + path)})"
        values = f"arrayDistinct(arrayFilter((value, path) -> {here}, mapValues(fields), mapKeys(fields)))"
        sql = (
            f"SELECT substring(value, 1, 500) AS value, count() AS n, sum(count()) OVER () AS total FROM "  # noqa: S608
            f"(SELECT arrayJoin({values}) AS value {found.source(f'has(field_keys, sipHash64({key}))')}) "
            f"GROUP BY value ORDER BY n DESC, value LIMIT {limit:d}"
        )
        rows = run(self._clickhouse, sql, {**found.parameters, **bound.values})
        shown = tuple(FacetValue(row["value"], int(row["n"])) for row in rows)
        total = int(rows[0]["total"]) if rows else 0
        return Facet(name, shown, total - sum(value.count for value in shown))

    # -- completion: of recent events, which is what an analyst has on the screen

    def paths(self, limit: int) -> list[FacetValue]:
        """The most frequent field paths of recent events."""
        sql = (
            "SELECT path AS value, count() AS n FROM (SELECT arrayJoin(mapKeys(fields)) AS path FROM "  # noqa: S608
            f"(SELECT fields FROM events_decided ORDER BY received_at DESC LIMIT {_RECENT // 5:d})) "
            f"GROUP BY value ORDER BY n DESC, value LIMIT {limit:d}"
        )
        rows = run(self._clickhouse, sql, {}, _COMPLETE_TIMEOUT_S)
        return [FacetValue(row["value"], int(row["n"])) for row in rows]

    def values(self, name: str, prefix: str, limit: int) -> list[FacetValue]:
        """The most frequent values, among recent events, of a name of ``FACETS`` or a field, that start so."""
        bound = Bound("c")
        start = f"startsWith(lower(value), {bound.text(ascii_lower(prefix))})"
        recent = f"FROM events_decided ORDER BY received_at DESC LIMIT {_RECENT:d}"
        if name in FACETS:
            inner = f"SELECT toString({FACETS[name]}) AS value {recent}"
        else:
            path = ascii_lower(name.removeprefix("fields."))
            here = f"lower(path) = {bound.text(path)} OR endsWith(lower(path), {bound.text('.' + path)})"
            inner = (
                "SELECT arrayJoin(arrayDistinct(arrayFilter("  # noqa: S608
                f"(value, path) -> {here}, mapValues(fields), mapKeys(fields)))) AS value "
                f"FROM (SELECT fields FROM events_decided ORDER BY received_at DESC LIMIT {_RECENT // 5:d})"
            )
        sql = (
            f"SELECT value, count() AS n FROM ({inner}) WHERE value != '' AND length(value) < 200 AND {start} "  # noqa: S608
            f"GROUP BY value ORDER BY n DESC, value LIMIT {limit:d}"
        )
        rows = run(self._clickhouse, sql, bound.values, _COMPLETE_TIMEOUT_S)
        return [FacetValue(row["value"], int(row["n"])) for row in rows]
