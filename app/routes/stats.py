"""``GET /api/stats/*``: figures for the dashboard; each carries the query that finds its events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Response, current_app
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from agents.events import printable
from agents.ocsf import Taxonomy
from app.routes import schemas
from app.routes import search_schemas as shapes
from app.routes.search_requests import found_events
from app.search import term
from app.search.spans import cut, moment
from app.search.times import iso
from app.storage.search import compile_query
from app.wire import json_response

if TYPE_CHECKING:
    from app.services import Services

bp = APIBlueprint("stats", __name__, url_prefix="/api/stats", abp_tags=[Tag(name="stats", description="Figures.")])

CONFIDENCE_BINS = 20
SOURCES = 200
_AGES = (
    ("all", 0), ("over 1 hour", 3600), ("over 8 hours", 8 * 3600), ("over 1 day", 86_400), ("over 3 days", 3 * 86_400),
    ("over 7 days", 7 * 86_400), ("over 30 days", 30 * 86_400),
)  # fmt: skip
_WAITING = "status:needs_review"
_REVIEWED = "decided_by:analyst"
_ANSWERS = (401, 403, 422, 503)


@bp.get("/summary", summary="Totals", responses=schemas.answers(shapes.SummaryOut, *_ANSWERS))
def get_summary(query: shapes.FoundQuery) -> Response:
    """Totals of a span of time."""
    services: Services = current_app.extensions["logatlas"]
    now = datetime.now(UTC)
    found, (since, until) = found_events(services, query)
    summary = services.store.stats.summary(found)
    oldest = summary.oldest_waiting
    return json_response(
        {
            "events": summary.events,
            "per_second": round(summary.events / max(1.0, (until - since).total_seconds()), 4),
            "needs_review": summary.needs_review,
            "decided_auto": summary.decided_auto,
            "reviewed": summary.reviewed,
            "memo_hit_rate": summary.memo_hit_rate,
            "override_rate": summary.override_rate,
            "oldest_waiting_s": None if oldest is None else max(0.0, round((now - oldest).total_seconds(), 1)),
            "degraded": dict(summary.degraded),
            "q": {
                "events": query.q,
                "needs_review": _within(query.q, _WAITING),
                "decided_auto": _within(query.q, "status:auto"),
                "reviewed": _within(query.q, _REVIEWED),
                "memo_hit_rate": _within(query.q, "decided_by:memo"),
                "override_rate": _within(query.q, f"{_REVIEWED} status:overridden"),
                "oldest_waiting_s": _within(query.q, _WAITING),
                "degraded": _within(query.q, "degraded:*"),
            },
        }
    )


@bp.get("/timeseries", summary="Over time", responses=schemas.answers(shapes.TimeSeriesOut, *_ANSWERS))
def get_timeseries(query: shapes.SeriesQuery) -> Response:
    """Decided events over time, split by one property; by source, undecided ones as well."""
    services: Services = current_app.extensions["logatlas"]
    found, (since, until) = found_events(services, query)
    steps = cut(since, until, query.buckets)
    series = []
    for key, counts in services.store.stats.series(found, query.by, steps.step_s, query.limit).items():
        label, q = _group(query.by, key, services.taxonomy)
        points = [(iso(moment(at)), counts.get(at, 0)) for at in steps.times()]
        series.append({"key": label if query.by == "source" else key, "label": label, "q": _within(query.q, q),
                       "points": points})  # fmt: skip
    return json_response({"step_s": steps.step_s, "from": iso(since), "to": iso(until), "series": series})


@bp.get("/sources", summary="By source", responses=schemas.answers(shapes.SourcesOut, *_ANSWERS))
def get_sources(query: shapes.FoundQuery) -> Response:
    """Events and decisions by vendor and product."""
    services: Services = current_app.extensions["logatlas"]
    found, _ = found_events(services, query)
    sources = [
        {
            "vendor": printable(source.vendor),
            "product": printable(source.product),
            "events": source.events,
            "needs_review": source.needs_review,
            "overridden": source.overridden,
            "confirmed": source.confirmed,
            "mean_confidence": round(source.mean_confidence, 4),
            "q": _within(query.q, _source_term(source.vendor, source.product)),
        }
        for source in services.store.stats.sources(found, SOURCES)
    ]
    return json_response({"sources": sources})


@bp.get("/confidence", summary="Confidence", responses=schemas.answers(shapes.ConfidenceOut, *_ANSWERS))
def get_confidence(query: shapes.FoundQuery) -> Response:
    """How confident decisions are."""
    services: Services = current_app.extensions["logatlas"]
    found, _ = found_events(services, query)
    bins = []
    for counted in services.store.stats.confidence(found, CONFIDENCE_BINS):
        low, high = (round(edge / CONFIDENCE_BINS, 4) for edge in (counted.number, counted.number + 1))
        above = "" if counted.number + 1 == CONFIDENCE_BINS else f" confidence:<{high:g}"
        bins.append({
            "from": low, "to": high, "count": counted.count, "needs_review": counted.needs_review,
            "q": _within(query.q, f"confidence:>={low:g}{above}"),
        })  # fmt: skip
    return json_response({"bins": bins})


@bp.get("/latency", summary="Latency", responses=schemas.answers(shapes.LatencyOut, *_ANSWERS))
def get_latency(query: shapes.FoundQuery) -> Response:
    """How long decisions took, by stage and in all; what people decided is not among them."""
    services: Services = current_app.extensions["logatlas"]
    found, _ = found_events(services, query)
    figures = sorted(services.store.stats.latency(found), key=lambda stage: stage.stage == "total")
    slow = next((f"latency:>{stage.p95_ms:.3f}" for stage in figures if stage.stage == "total"), "latency:>0")
    stages = [
        {
            "stage": stage.stage,
            "p50_ms": round(stage.p50_ms, 3),
            "p95_ms": round(stage.p95_ms, 3),
            "p99_ms": round(stage.p99_ms, 3),
            "count": stage.count,
            "q": _within(query.q, slow),
        }
        for stage in figures
    ]
    return json_response({"stages": stages})


@bp.get("/backlog", summary="Backlog", responses=schemas.answers(shapes.BacklogOut, *_ANSWERS))
def get_backlog(query: shapes.SeriesSpanQuery) -> Response:
    """What waits for review now, however old, and how many waited at the end of each step of the span."""
    services: Services = current_app.extensions["logatlas"]
    now = datetime.now(UTC)
    _, (since, until) = found_events(services, query)
    everything = compile_query("", now, taxonomy=services.taxonomy)
    counts = services.store.stats.backlog_ages(everything, now, tuple(age for _, age in _AGES))
    ages = [
        {"label": label, "older_than_s": age, "count": count, "q": _older(age)}
        for (label, age), count in zip(_AGES, counts, strict=True)
    ]
    steps = cut(since, until, query.buckets)
    changes = dict(services.store.stats.backlog_changes(since, until, steps.step_s))
    waiting, series = 0, []
    for at in steps.times():
        waiting += changes.get(at, 0)
        series.append((iso(moment(at)), waiting))
    return json_response({"total": counts[0], "ages": ages, "series": series})


@bp.get("/overrides", summary="Overrides", responses=schemas.answers(shapes.OverridesOut, *_ANSWERS))
def get_overrides(query: shapes.SeriesSpanQuery) -> Response:
    """How often people changed the class, by source and time of the review: where the classifier drifts.

    The events are those that came in within the span; a review that was undone does not count.
    """
    services: Services = current_app.extensions["logatlas"]
    found, (since, until) = found_events(services, query)
    steps = cut(since, until, query.buckets)
    counted: dict[tuple[str, str], dict[int, tuple[int, int]]] = {}
    for row in services.store.stats.overrides(found, steps.step_s, 12):
        counted.setdefault((row.vendor, row.product), {})[row.at_s] = (row.overrides, row.reviews)
    series = []
    for (vendor, product), rows in sorted(counted.items()):
        points = []
        for at in steps.times():
            overrides, reviews = rows.get(at, (0, 0))
            points.append((iso(moment(at)), round(overrides / reviews, 4) if reviews else None, reviews))
        q = f"{_source_term(vendor, product)} {_REVIEWED}"
        series.append({"source": _source_label(vendor, product), "points": points, "q": _within(query.q, q)})
    return json_response({"step_s": steps.step_s, "series": series})


def register(app: OpenAPI) -> None:
    """Add the routes to ``app``."""
    app.register_api(bp)


def _within(q: str, more: str) -> str:
    """The query that finds what ``more`` finds among what ``q`` does."""
    if not q.strip():
        return more
    return f"({q}) {more}" if more else q


def _older(age_s: int) -> str:
    return f"{_WAITING} received:<=now-{age_s}s" if age_s else _WAITING


def _group(by: str, key: str, taxonomy: Taxonomy) -> tuple[str, str]:
    """Label and query of one group of a time series."""
    if by == "class":
        uid = int(key)
        return (taxonomy[uid].caption if uid in taxonomy else key), term("class", key)
    if by == "category":
        name = next((c.category_name for c in taxonomy.classes.values() if c.category_uid == int(key)), key)
        return name, term("category", key)
    if by == "source":
        vendor, _, product = key.partition("\0")
        return _source_label(vendor, product), _source_term(vendor, product)
    return printable(key), term(by, printable(key))


def _source_label(vendor: str, product: str) -> str:
    return printable(" ".join(part for part in (vendor, product) if part)) or "no source named"


def _source_term(vendor: str, product: str) -> str:
    named = {"vendor": printable(vendor), "product": printable(product)}
    return " ".join(term(name, value) if value else f"-{name}:*" for name, value in named.items())
