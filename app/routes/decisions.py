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
from app.auth import Scope, needs
from app.errors import ApiError
from app.routes import schemas
from app.wire import json_response

if TYPE_CHECKING:
    from app.services import Services
    from app.storage.decisions import StoredDecision
    from app.storage.events import StoredEvent

bp = APIBlueprint(
    "decisions", __name__, url_prefix="/api", abp_tags=[Tag(name="decisions", description="What was decided, and why.")]
)


@bp.get("/decisions/<id>", summary="One decision", responses=schemas.answers(schemas.DecisionOut, 401, 403, 404, 503))
@needs(Scope.READ)
def get_decision(path: schemas.IdPath) -> Response:
    """One decision with its candidates and evidence."""
    services: Services = current_app.extensions["logatlas"]
    decision = services.store.decision(path.id)
    if decision is None:
        raise _not_found("decision", path.id)
    return json_response(decision.document)


@bp.get("/events/<id>", summary="One event", responses=schemas.answers(schemas.EventOut, 401, 403, 404, 503))
@needs(Scope.READ)
def get_event(path: schemas.IdPath) -> Response:
    """One event with its fields and every decision on it, oldest first.

    Bytes that are not UTF-8 stand as U+FFFD in `raw`; `raw_base64` then has the log as it was received.
    """
    services: Services = current_app.extensions["logatlas"]
    event = services.store.event(path.id)
    if event is None:
        raise _not_found("event", path.id)
    return json_response(_event_out(event, services.store.decisions_of(event.event_id)))


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
        "decisions": [decision.document for decision in decisions],
    }


def _not_found(what: str, name: str) -> ApiError:
    return ApiError("not_found", f"there is no {what} with this id", HTTPStatus.NOT_FOUND, id=name)
