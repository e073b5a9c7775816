"""Reads what search and statistics are asked for: the query, its span of time, lists of names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.routes.search_schemas import FoundQuery, SpanQuery
from app.search.times import parse_time
from app.storage.search import SqlFilter, compile_query

if TYPE_CHECKING:
    from app.services import Services

_NAMES = 50


def found_events(
    services: Services, query: FoundQuery, until: datetime | None = None
) -> tuple[SqlFilter, tuple[datetime, datetime]]:
    """The filter of a query within its span, and the span itself. ``until`` is the end where the query names none.

    Raises:
        QuerySyntaxError, BadTimeError: (400).
    """
    now = datetime.now(UTC)
    since, end = span(services, query, now)
    bounds = {
        "since": since if query.since else None,
        "until": end if query.until else until,
    }
    return compile_query(query.q, now, taxonomy=services.taxonomy, **bounds), (since, end)


def span(services: Services, query: SpanQuery, now: datetime) -> tuple[datetime, datetime]:
    """From when and until when: without a start from the first event, without an end until now.

    Raises:
        BadTimeError: (400).
    """
    until = parse_time(query.until, now) if query.until else None
    if query.since:
        return parse_time(query.since, now), until or now
    bounds = services.store.search.bounds()
    first = bounds[0] if bounds else now - timedelta(hours=1)
    return min(first, until or now), until or now


def name_list(text: str) -> list[str]:
    """Names with commas between them, without empty and repeated ones."""
    return list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))[:_NAMES]
