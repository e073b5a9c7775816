"""``GET /api/events`` and what belongs to it: histogram, facets, completion and export."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, stream_with_context
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from agents.events import printable
from app.completion import Completer
from app.errors import ApiError
from app.export import FORMATS
from app.routes import schemas
from app.routes import search_schemas as shapes
from app.routes.search_requests import found_events, name_list
from app.search import term
from app.search.spans import cut, moment
from app.search.times import iso
from app.storage.errors import StorageRejectedError
from app.storage.events import canonical_id
from app.storage.search import FoundEvent, Place, pick_fields
from app.wire import decode_cursor, encode_cursor, json_response

if TYPE_CHECKING:
    from app.services import Services

bp = APIBlueprint("search", __name__, url_prefix="/api", abp_tags=[Tag(name="search", description="Find events.")])

EXPORT_PAGE = 2000
EXPORT_COLUMNS = (
    "received_at", "event_id", "vendor", "product", "host", "status", "class_uid", "class_name", "activity_name",
    "confidence", "raw",
)  # fmt: skip
"""What an export holds when no columns are chosen."""
_FACET_TERMS = {"class_uid": "class", "category_uid": "category", "activity_id": "activity", "template_id": "template"}


@bp.get("/events", summary="Search events", responses=schemas.answers(shapes.EventPageOut, 401, 403, 422, 503))
def get_events(query: shapes.EventsQuery) -> Response:
    """Events that a query finds, by the time they came in; each with the decision that holds.

    `columns` names parsed fields to answer in `fields`. docs/search.md describes the query.
    """
    started = time.perf_counter()
    services: Services = current_app.extensions["logatlas"]
    place, until, known = _read_cursor(query.cursor)
    found, _ = found_events(services, query, until)
    columns = name_list(query.columns)
    events = services.store.search.page(found, query.limit, query.order, place, fields=bool(columns))
    total, exact = known or services.store.search.count(found)
    following = None
    if len(events) == query.limit:
        last = events[-1].place
        end = found.until.isoformat() if found.until else ""
        following = encode_cursor(f"{last.at_ms} {last.event_id} {total} {int(exact)} {end}")
    return json_response(
        {
            "items": [_event_row(services, event, columns) for event in events],
            "next_cursor": following,
            "total": total,
            "total_is_exact": exact,
            "took_ms": round((time.perf_counter() - started) * 1000, 1),
        }
    )


@bp.get("/events/histogram", summary="Over time", responses=schemas.answers(shapes.HistogramOut, 401, 403, 422, 503))
def get_histogram(query: shapes.HistogramQuery) -> Response:
    """How many events came in when, by status."""
    services: Services = current_app.extensions["logatlas"]
    found, (since, until) = found_events(services, query)
    steps = cut(since, until, query.buckets)
    counted: dict[int, dict[str, int]] = {}
    for bucket in services.store.distribution.histogram(found, steps.step_s):
        counted.setdefault(bucket.at_s, {})[bucket.status] = bucket.count
    buckets = []
    for at in steps.times():
        by_status = counted.get(at, {})
        buckets.append(
            {
                "at": iso(moment(at)),
                "count": sum(by_status.values()),
                "by_status": {status: count for status, count in by_status.items() if status},
            }
        )
    return json_response({"from": iso(since), "to": iso(until), "step_s": steps.step_s, "buckets": buckets})


@bp.get("/events/facets", summary="By value", responses=schemas.answers(shapes.FacetsOut, 401, 403, 422, 503))
def get_facets(query: shapes.FacetsQuery) -> Response:
    """The most frequent values of fields among the found events; any parsed field may be named."""
    services: Services = current_app.extensions["logatlas"]
    found, _ = found_events(services, query)
    names = name_list(query.fields)[:20]
    answer = []
    for facet in services.store.distribution.facets(found, names, query.limit):
        values = [
            {
                "value": value.value,
                "label": _label(services, facet.field, value.value),
                "count": value.count,
                "q": _facet_term(facet.field, value.value),
            }
            for value in facet.values
        ]
        answer.append({"field": facet.field, "values": values, "other": facet.other})
    return json_response({"facets": answer})


@bp.get("/events/complete", summary="Completion", responses=schemas.answers(shapes.CompletionOut, 401, 403, 503))
def get_completion(query: shapes.CompletionQuery) -> Response:
    """What may be typed next, for the term that the cursor stands in."""
    completer = _completer()
    at = len(query.q) if query.at is None else min(query.at, len(query.q))
    suggestions, (start, end) = completer.complete(query.q, at)
    answer = [{"text": s.text, "kind": s.kind, "about": s.about, "count": s.count} for s in suggestions]
    return json_response({"suggestions": answer, "replace": [start, end]})


@bp.get("/events/export", summary="Export", responses=schemas.answers(None, 401, 403, 422, 503))
def get_export(query: shapes.ExportQuery) -> Response:
    """All found events as a file, in the order and with the columns that are shown; raws are whole.

    A column is a name of an event row or the path of a parsed field. The file ends early, without its end mark, when
    the store goes away while it is being written.
    """
    services: Services = current_app.extensions["logatlas"]
    found, (_, until) = found_events(services, query, datetime.now(UTC))
    columns = list(dict.fromkeys(name_list(query.columns))) or list(EXPORT_COLUMNS)
    search = services.store.search

    def pages() -> Iterator[list[dict[str, Any]]]:
        place: Place | None = None
        while True:
            events = search.page(found, EXPORT_PAGE, query.order, place, fields=True, whole=True)
            if events:
                yield [_export_row(services, event, columns) for event in events]
                place = events[-1].place
            if len(events) < EXPORT_PAGE:
                return

    write, media_type = FORMATS[query.format]
    chunks = write(pages(), columns)
    # The first page now: what is wrong with the query is an answer of its own, not half a file.
    first = next(chunks, b"")

    def body() -> Iterator[bytes]:
        with closing(chunks):  # type: ignore[type-var]
            yield first
            yield from chunks

    name = f"logatlas-{until.strftime('%Y%m%dT%H%M%SZ')}.{query.format}"
    return Response(
        stream_with_context(body()), content_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


def register(app: OpenAPI) -> None:
    """Add the routes to ``app``."""
    app.register_api(bp)


def short_row(event: FoundEvent) -> dict[str, Any]:
    """What a list beside an event shows of another."""
    return {
        "event_id": event.event_id,
        "received_at": iso(event.received_at),
        "raw": printable(event.raw),
        "class_name": event.class_name,
        "status": event.status,
    }


def _completer() -> Completer:
    """The one of this application, which remembers the field paths it has read."""
    services: Services = current_app.extensions["logatlas"]
    known = current_app.extensions.get("logatlas.completer")
    if known is None:
        made = Completer(services.store.distribution, services.taxonomy)
        known = current_app.extensions.setdefault("logatlas.completer", made)
    assert isinstance(known, Completer)
    return known


def _event_row(services: Services, event: FoundEvent, columns: list[str]) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "received_at": iso(event.received_at),
        "raw": printable(event.raw),
        "raw_truncated": event.raw_truncated,
        "vendor": event.vendor,
        "product": event.product,
        "sourcetype": event.sourcetype,
        "host": event.host,
        "format": event.format,
        "template_id": event.template_id,
        "class_uid": event.class_uid,
        "class_name": event.class_name,
        "activity_id": event.activity_id,
        "activity_name": _activity_name(services, event),
        "confidence": event.confidence,
        "status": event.status,
        "decided_by": event.decided_by,
        "fields": pick_fields(event.fields, columns),
    }


def _export_row(services: Services, event: FoundEvent, columns: list[str]) -> dict[str, Any]:
    row = _event_row(services, event, columns)
    fields = row.pop("fields")
    row["received_at"] = event.received_at
    return {name: row[name] if name in row else _text_or_none(fields.get(name)) for name in columns}


def _text_or_none(value: str | None) -> str | None:
    return None if value is None else printable(value)


def _activity_name(services: Services, event: FoundEvent) -> str:
    if event.class_uid is None or event.activity_id is None or event.class_uid not in services.taxonomy:
        return ""
    activity = services.taxonomy[event.class_uid].activity(event.activity_id)
    return activity.caption if activity else ""


def _label(services: Services, field: str, value: str) -> str:
    if field == "class_uid" and value.isdecimal() and int(value) in services.taxonomy:
        return services.taxonomy[int(value)].caption
    if field == "category_uid" and value.isdecimal():
        found = (c.category_name for c in services.taxonomy.classes.values() if c.category_uid == int(value))
        return next(found, value)
    return printable(value)


def _facet_term(field: str, value: str) -> str:
    name = _FACET_TERMS.get(field, field)
    # An empty value cannot be typed: it is what no event with a value has.
    return term(name, printable(value)) if value else f"-{name}:*"


def _read_cursor(cursor: str | None) -> tuple[Place | None, datetime | None, tuple[int, bool] | None]:
    """Where the page begins, the end of time of the first page, and its total."""
    if cursor is None:
        return None, None, None
    try:
        at, event_id, total, exact, end = decode_cursor(cursor).split(" ")
        until = datetime.fromisoformat(end) if end else None
        return Place(int(at), canonical_id(event_id)), until, (int(total), exact == "1")
    except (ValueError, StorageRejectedError):
        raise ApiError("invalid_parameters", "the cursor is not one that this list gave") from None
