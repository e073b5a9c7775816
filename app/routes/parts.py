"""``GET /api/parts``: how each part of the service is, why, and since when."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import Response, current_app
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from app.readiness import Report, State
from app.routes import schemas
from app.routes import search_schemas as shapes
from app.search.times import iso
from app.wire import json_response

if TYPE_CHECKING:
    from app.services import Services

bp = APIBlueprint("parts", __name__, url_prefix="/api", abp_tags=[Tag(name="parts", description="How the parts are.")])

_KEY = "logatlas.part_times"


@bp.get("/parts", summary="Parts", responses=schemas.answers(shapes.PartsOut, 401, 403))
def get_parts() -> Response:
    """The parts by name; `since` is when a part was first seen in its state by this process."""
    services: Services = current_app.extensions["logatlas"]
    times: PartTimes = current_app.extensions[_KEY]
    return json_response({"parts": times.seen(services.readiness.report())})


def register(app: OpenAPI) -> None:
    """Add the route to ``app``."""
    app.extensions[_KEY] = PartTimes()
    app.register_api(bp)


class PartTimes:
    """Remembers since when each part is as it is. Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[str, tuple[State, datetime]] = {}

    def seen(self, report: Report) -> list[dict[str, Any]]:
        """The parts of a report as JSON-ready values."""
        now = datetime.now(UTC)
        answer = []
        with self._lock:
            for name, part in report.parts.items():
                state, since = self._known.get(name, (part.status, now))
                if state != part.status:
                    since = now
                self._known[name] = (part.status, since)
                shown = "ready" if part.status == State.OK else str(part.status)
                answer.append({"name": name, "state": shown, "detail": part.detail, "since": iso(since)})
        return answer
