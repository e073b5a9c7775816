"""``GET /api/decisions/{id}`` and ``GET /api/events/{id}``."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Response, current_app
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from agents.events import parse, printable
from app.errors import ApiError
from app.routes import schemas
from app.routes.search import short_row
from app.wire import json_response

if TYPE_CHECKING:
    from app.services import Services
    from app.storage.decisions import StoredDecision
    from app.storage.events import StoredEvent

SURROUNDING = 10
"""Events shown before and after one."""

bp = APIBlueprint(
    "decisions", __name__, url_prefix="/api", abp_tags=[Tag(name="decisions", description="What was decided, and why.")]
)


@bp.get("/decisions/<id>", summary="One decision", responses=schemas.answers(schemas.DecisionOut, 401, 403, 404, 503))
def get_decision(path: schemas.IdPath) -> Response:
    """One decision with its candidates and evidence."""
    services: Services = current_app.extensions["logatlas"]
    decision = services.store.decision(path.id)
    if decision is None:
        raise _not_found("decision", path.id)
    return json_response(decision.document)


@bp.get("/events/<id>", summary="One event", responses=schemas.answers(schemas.EventOut, 401, 403, 404, 503))
def get_event(path: schemas.IdPath) -> Response:
    """One event with its fields, every decision on it (oldest first) and the reviews of its template.

    `surrounding` has ten events before and ten after it, of the same host, or of the same source where it names none.

    Bytes that are not UTF-8 stand as U+FFFD in `raw`; `raw_base64` then has the log as it was received.
    """
    services: Services = current_app.extensions["logatlas"]
    event = services.store.event(path.id)
    if event is None:
        raise _not_found("event", path.id)
    search = services.store.search
    source = (event.source.vendor, event.source.product)
    around = search.around(event.event_id, event.received_at, event.host, source, SURROUNDING)
    return json_response(
        {
            **_event_out(event, services.store.decisions_of(event.event_id)),
            "host": printable(event.host),
            # The event itself may still wait to be stored.
            "template_count": max(1, search.count_of_template(event.template_id)),
            "reviews": services.reviews.loop.of_template(event.template_id),
            "surrounding": [short_row(found) for found in around],
        }
    )


def register(app: OpenAPI) -> None:
    """Add the routes to ``app``."""
    app.register_api(bp)


def _event_out(event: StoredEvent, decisions: list[StoredDecision]) -> dict[str, Any]:
    raw = printable(event.raw)
    lossy = raw != event.raw
    source = event.source
    # Read again rather than from the store: the stored fields have no spans, and a value per path only.
    fields = parse(event.raw, source).fields
    return {
        "event_id": event.event_id,
        "received_at": event.received_at,
        "raw": raw,
        **({"raw_base64": base64.b64encode(event.raw.encode("utf-8", "surrogateescape")).decode()} if lossy else {}),
        "source": {"vendor": source.vendor, "product": source.product, "sourcetype": source.sourcetype},
        "format": event.format,
        "template_id": event.template_id,
        "fields": [{"path": f.path, "value": f.value, "span": f.span} for f in fields],
        "decisions": [_decision_out(decision) for decision in decisions],
    }


def _decision_out(decision: StoredDecision) -> dict[str, Any]:
    """The decision with its version, and with the paths of its evidence under the name that the workbench reads."""
    evidence = [{**item, "paths": item.get("fields", [])} for item in decision.document.get("evidence", ())]
    return {**decision.document, "version": decision.version, "evidence": evidence}


def _not_found(what: str, name: str) -> ApiError:
    return ApiError("not_found", f"there is no {what} with this id", HTTPStatus.NOT_FOUND, id=name)
