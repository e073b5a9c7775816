"""``/healthz``, ``/readyz`` and ``/metrics``."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Response, current_app
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from prometheus_client import CONTENT_TYPE_LATEST

from app.routes import schemas
from app.wire import json_response

if TYPE_CHECKING:
    from app.services import Services

bp = APIBlueprint("health", __name__, abp_tags=[Tag(name="health", description="Is it up, and what of it.")])


@bp.get("/healthz", summary="Liveness", responses=schemas.answers(None))
def healthz() -> Response:
    """200 as long as the process answers; says nothing about its parts."""
    return json_response({"status": "ok"})


@bp.get("/readyz", summary="Readiness", responses={**schemas.answers(schemas.ReadyOut), "503": schemas.ReadyOut})
def readyz() -> Response:
    """Each part by name.

    503 while something is still starting, or when events cannot be stored. 200 otherwise, even when the model or
    the knowledge base is away (`degraded`): events are then decided by what is left.
    """
    services: Services = current_app.extensions["logatlas"]
    report = services.readiness.report()
    status = HTTPStatus.OK if report.ready else HTTPStatus.SERVICE_UNAVAILABLE
    return json_response(report.to_dict(), status)


@bp.get("/metrics", summary="Prometheus metrics", responses=schemas.answers(None, 401, 403))
def metrics() -> Response:
    """Counters and timings in the Prometheus text format."""
    services: Services = current_app.extensions["logatlas"]
    return Response(services.telemetry.exposition(), content_type=CONTENT_TYPE_LATEST)


def register(app: OpenAPI) -> None:
    """Add the routes to ``app``."""
    app.register_api(bp)
