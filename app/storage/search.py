"""Searching events with the decisions that hold: pages, counts, and the filter that a query becomes.

Everything reads ``events_decided``, one row per event (see ``migrations/0020_events_decided.sql``). Statements are
put together from constant texts; what was typed reaches them as bound parameters only (``Bound``).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal

from agents.errors import LogatlasError
from agents.ocsf import Taxonomy, load_taxonomy
from app.errors import ApiError
from app.search import And, parse_query
from app.storage.bound import Bound, milliseconds
from app.storage.clickhouse import ClickHouse
from app.storage.conditions import Compiler

Order = Literal["newest", "oldest"]
SEARCHED = "events_decided FINAL"
"""What a ``SqlFilter.where`` is about: ``SELECT … FROM events_decided FINAL WHERE …``."""
RAW_CHARACTERS = 2000
"""Characters of ``raw`` in a list; an event is shown whole on its own."""
TIMEOUT_S = 15
COUNT_TIMEOUT_S = 0.4
"""Counting stops then: a list must not wait for its total."""
_WINDOWS = (20_000, 80_000, 300_000)
_TOO_MUCH = frozenset({158, 159, 160, 241, 307, 396})
_COLUMNS = """
    received_at, event_id, vendor, product, sourcetype, host, format, template_id, version, class_uid, class_name,
    activity_id, confidence, status, decided_by
"""


class QueryTooSlowError(ApiError):
    """A query that reached a limit on time or memory, answered with 422; a narrower one may pass."""

    code = "query_too_slow"

    def __init__(self) -> None:
        super().__init__(
            "query_too_slow", "this search takes too long", HTTPStatus.UNPROCESSABLE_ENTITY,
            hint="choose a shorter time range, or add a field:value", timeout_s=TIMEOUT_S,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SqlFilter:
    """What a query selects of ``SEARCHED``.

    ``where`` is the whole condition, ``parameters`` are its bound values. ``fixed`` repeats those parts of it that no
    decision changes, for ``PREWHERE``; it is empty where there is none. ``rest`` is ``where`` without them.
    ``since`` and ``until`` repeat the bounds that were given beside the query.
    """

    where: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    fixed: str = ""
    rest: str = "1"
    since: datetime | None = None
    until: datetime | None = None

    def source(self, *more: str) -> str:
        """``FROM`` with the conditions; ``more`` are further ones on columns that no decision changes."""
        fixed = [part for part in (self.fixed, *more) if part]
        prewhere = f"PREWHERE {' AND '.join(fixed)} " if fixed else ""
        return f"FROM {SEARCHED} {prewhere}WHERE {self.rest}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: time in milliseconds since 1970, and the event's id."""

    at_ms: int
    event_id: str


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """One event of a list; what a decision says is ``None`` (or empty) where there is none yet.

    ``raw`` holds at most ``RAW_CHARACTERS`` unless the whole was asked for; ``fields`` is empty unless asked for.
    """

    event_id: str
    received_at: datetime
    raw: str
    raw_truncated: bool
    vendor: str
    product: str
    sourcetype: str
    host: str
    format: str
    template_id: str
    class_uid: int | None
    class_name: str
    activity_id: int | None
    confidence: float | None
    status: str | None
    decided_by: str | None
    fields: Mapping[str, str]

    @property
    def place(self) -> Place:
        """Where the next page goes on after this event."""
        return Place(milliseconds(self.received_at), self.event_id)


def compile_query(
    q: str,
    now: datetime,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    taxonomy: Taxonomy | None = None,
) -> SqlFilter:
    """The filter for a query of the search box, of events received from ``since`` to before ``until``.

    ``now`` is what relative times count from. Parameters are named ``q0``, ``q1`` …

    Raises:
        QuerySyntaxError: the query cannot be read (400 with position and hint).
    """
    compiler = Compiler(taxonomy or load_taxonomy(), now)
    node = parse_query(q)
    conditions = [compiler.compile(part) for part in (node.parts if isinstance(node, And) else (node,))]
    fixed = [condition.sql for condition in conditions if condition.fixed]
    rest = [condition.sql for condition in conditions if not condition.fixed]
    if since is not None:
        fixed.append(f"received_at >= {compiler.bound.time(since)}")
    if until is not None:
        fixed.append(f"received_at < {compiler.bound.time(until)}")
    return SqlFilter(
        where=" AND ".join([*fixed, *rest]) or "1",
        parameters=compiler.bound.values,
        fixed=" AND ".join(fixed),
        rest=" AND ".join(rest) or "1",
        since=since,
        until=until,
    )


class SearchRepository:
    """Reads ``events_decided``. Each query has its own limit on time; one over it raises ``QueryTooSlowError``."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    def page(
        self,
        found: SqlFilter,
        limit: int,
        order: Order = "newest",
        after: Place | None = None,
        *,
        fields: bool = False,
        whole: bool = False,
    ) -> list[FoundEvent]:
        """At most ``limit`` events in order of time, those behind ``after``; with their fields, with whole raws.

        Raises:
            QueryTooSlowError, StorageError, StorageUnavailableError
        """
        keys: list[dict[str, Any]] = []
        start: int | None = None
        first = _first_moment(found, order, after)
        for rows in (max(_WINDOWS[0], 2 * limit), *_WINDOWS[1:], None):
            edge = self._edge(order, first if start is None else start, rows)
            keys += self._keys(found, limit - len(keys), order, after, (start, edge))
            if len(keys) >= limit or edge is None:
                break
            start = edge
        return self._read(keys, order, fields=fields, whole=whole) if keys else []

    def count(self, found: SqlFilter) -> tuple[int, bool]:
        """How many events there are, and whether that is exact.

        Counting stops after ``COUNT_TIMEOUT_S``: what was counted until then is the least there are.

        Raises:
            QueryTooSlowError, StorageError, StorageUnavailableError
        """
        sql = f"SELECT count() AS n {found.source()}"
        started = time.perf_counter()
        rows = run(self._clickhouse, sql, found.parameters, COUNT_TIMEOUT_S, timeout_overflow_mode="break")
        # Stopped before it had read anything, it answers no row.
        counted = int(rows[0]["n"]) if rows else 0
        return counted, time.perf_counter() - started < COUNT_TIMEOUT_S

    def exact_count(self, found: SqlFilter, timeout_s: float = TIMEOUT_S) -> int:
        """How many events there are.

        Raises:
            QueryTooSlowError, StorageError, StorageUnavailableError
        """
        return int(run(self._clickhouse, f"SELECT count() AS n {found.source()}", found.parameters, timeout_s)[0]["n"])

    def count_of_template(self, template_id: str) -> int:
        """How many events of a template there are; 0 for the empty id."""
        if not template_id:
            return 0
        return self.exact_count(SqlFilter("", {"template": template_id}, "template_id = {template:String}"))

    def around(
        self, event_id: str, received_at: datetime, host: str, source: tuple[str, str], n: int
    ) -> list[FoundEvent]:
        """``n`` events before and after one, oldest first, of the same host, or vendor and product where there is none.

        The event itself is not among them.
        """
        same = "host = {host:String}" if host else "vendor = {vendor:String} AND product = {product:String}"
        values = {"host": host} if host else {"vendor": source[0], "product": source[1]}
        found = SqlFilter(same, values, same)
        place = Place(milliseconds(received_at), event_id)
        return [*reversed(self.page(found, n, "newest", place)), *self.page(found, n, "oldest", place)]

    def bounds(self) -> tuple[datetime, datetime] | None:
        """Time of the first and the last event, ``None`` where there is none."""
        sql = "SELECT count() AS n, min(received_at) AS first, max(received_at) AS last FROM events_decided"
        row = run(self._clickhouse, sql, {})[0]
        return (row["first"], row["last"]) if row["n"] else None

    # -- inside

    def _edge(self, order: Order, from_ms: int | None, rows: int | None) -> int | None:
        """The time ``rows`` rows further on, ``None`` where there are fewer: a page seldom needs to look further."""
        if rows is None:
            return None
        bound = Bound("e")
        sign, direction = ("<=", "DESC") if order == "newest" else (">=", "ASC")
        where = f"WHERE received_at {sign} {_moment(bound, from_ms)}" if from_ms is not None else ""
        # Without FINAL on purpose: read in order it stops after `rows`, and a place is all that is asked for.
        sql = (
            f"SELECT received_at AS at FROM events_decided {where} "  # noqa: S608
            f"ORDER BY received_at {direction} LIMIT 1 OFFSET {rows:d}"
        )
        found = run(self._clickhouse, sql, bound.values)
        return milliseconds(found[0]["at"]) if found else None

    def _keys(
        self, found: SqlFilter, limit: int, order: Order, after: Place | None, window: tuple[int | None, int | None]
    ) -> list[dict[str, Any]]:
        """Times and ids of events from the first edge (not included) to the second (included)."""
        bound = Bound("w")
        newest = order == "newest"
        start, end = window
        places = []
        if after is not None:
            at, sign = _moment(bound, after.at_ms), "<" if newest else ">"
            event_id = f"toUUID({bound.text(after.event_id)})"
            places.append(f"received_at {sign}= {at} AND (received_at {sign} {at} OR event_id {sign} {event_id})")
        if start is not None:
            places.append(f"received_at {'<' if newest else '>'} {_moment(bound, start)}")
        if end is not None:
            places.append(f"received_at {'>=' if newest else '<='} {_moment(bound, end)}")
        sql = f"SELECT received_at, event_id {found.source(*places)} {_ordered(order)} LIMIT {limit:d}"
        return run(self._clickhouse, sql, {**found.parameters, **bound.values})

    def _read(self, keys: Sequence[Mapping[str, Any]], order: Order, *, fields: bool, whole: bool) -> list[FoundEvent]:
        """The events with these times and ids: long columns are read for what is shown, not for what is searched."""
        bound = Bound("k")
        moments = [row["received_at"] for row in keys]
        raw = "raw" if whole else f"substring(raw, 1, {4 * RAW_CHARACTERS})"
        sql = (
            f"SELECT {_COLUMNS}, {raw} AS shown, length(raw) AS bytes, {'fields' if fields else 'map()'} AS parsed "  # noqa: S608
            f"FROM {SEARCHED} PREWHERE received_at >= {bound.time(min(moments))} "
            f"AND received_at <= {bound.time(max(moments))} AND event_id IN {{ids:Array(UUID)}} {_ordered(order)}"
        )
        rows = run(self._clickhouse, sql, {**bound.values, "ids": [str(row["event_id"]) for row in keys]})
        return [_found_event(row, whole=whole) for row in rows]


def run(
    clickhouse: ClickHouse,
    sql: str,
    parameters: Mapping[str, object],
    timeout_s: float = TIMEOUT_S,
    timeout_overflow_mode: Literal["throw", "break"] = "throw",
) -> list[dict[str, Any]]:
    """The rows of a query that stops after ``timeout_s`` seconds; with ``break`` those of what it had read by then.

    Raises:
        QueryTooSlowError: it reached a limit on time or memory.
        StorageError, StorageUnavailableError
    """
    settings = (
        f"SETTINGS max_execution_time = {timeout_s:f}, timeout_overflow_mode = '{timeout_overflow_mode}', "
        "use_skip_indexes_if_final = 1, "
        "do_not_merge_across_partitions_select_final = 1, optimize_move_to_prewhere_if_final = 0"
    )
    with limits():
        return clickhouse.rows(f"{sql} {settings}", parameters)


@contextmanager
def limits() -> Iterator[None]:
    """Raise ``QueryTooSlowError`` for a query that reached a limit."""
    try:
        yield
    except LogatlasError as error:
        if error.details.get("error_code") in _TOO_MUCH:
            raise QueryTooSlowError from None
        raise


def pick_fields(fields: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """The values of the named fields: by whole path, else the first path that ends so, whatever the case."""
    lowered = {path.lower(): value for path, value in reversed(list(fields.items()))}
    picked = {}
    for name in names:
        wanted = name.lower()
        if name in fields:
            picked[name] = fields[name]
        elif wanted in lowered:
            picked[name] = lowered[wanted]
        elif path := next((path for path in fields if path.lower().endswith(f".{wanted}")), None):
            picked[name] = fields[path]
    return picked


def _first_moment(found: SqlFilter, order: Order, after: Place | None) -> int | None:
    """Where reading starts, in milliseconds since 1970; ``None`` for the very first or last event."""
    if after is not None:
        return after.at_ms
    bound = found.until if order == "newest" else found.since
    return None if bound is None else milliseconds(bound)


def _ordered(order: Order) -> str:
    direction = "DESC" if order == "newest" else "ASC"
    return f"ORDER BY received_at {direction}, event_id {direction}"


def _moment(bound: Bound, at_ms: int) -> str:
    return f"fromUnixTimestamp64Milli({bound.integer(at_ms)}, 'UTC')"


def _found_event(row: Mapping[str, Any], *, whole: bool) -> FoundEvent:
    decided = row["version"] > 0
    raw: str = row["shown"] if whole else row["shown"][:RAW_CHARACTERS]
    return FoundEvent(
        event_id=str(row["event_id"]),
        received_at=row["received_at"],
        raw=raw,
        raw_truncated=not whole and (row["bytes"] > 4 * RAW_CHARACTERS or len(row["shown"]) > RAW_CHARACTERS),
        vendor=row["vendor"],
        product=row["product"],
        sourcetype=row["sourcetype"],
        host=row["host"],
        format=row["format"],
        template_id=row["template_id"],
        class_uid=row["class_uid"] if decided else None,
        class_name=row["class_name"],
        activity_id=row["activity_id"] if decided else None,
        confidence=row["confidence"] if decided else None,
        status=row["status"] if decided else None,
        decided_by=row["decided_by"] if decided else None,
        fields=row["parsed"],
    )
