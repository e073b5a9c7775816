"""``GET /api/audit``: who did what, from where, and how it went. Admins only."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Response, current_app
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from app.errors import ApiError
from app.routes import access_schemas as shapes
from app.routes import schemas
from app.storage.events import id_or_none
from app.wire import decode_cursor, encode_cursor, json_response

if TYPE_CHECKING:
    from app.services import Services

bp = APIBlueprint(
    "audit", __name__, url_prefix="/api/audit", abp_tags=[Tag(name="audit", description="Who did what.")]
)  # fmt: skip


@bp.get("", summary="Read the audit", responses=schemas.answers(shapes.AuditOut, 400, 401, 403, 503))
def get_audit(query: shapes.AuditQuery) -> Response:
    """Entries, newest first: sign-ins, changes of any kind, exports, and what was refused."""
    services: Services = current_app.extensions["logatlas"]
    found = services.access.entries.page(
        actor=query.actor, action=query.action, before=_place(query.cursor), limit=query.limit + 1
    )
    page = found[: query.limit]
    following = f"{page[-1].at.isoformat()} {page[-1].entry_id}" if len(found) > query.limit else None
    items = [
        {
            "at": entry.at,
            "actor": entry.actor,
            "role": entry.role,
            "action": entry.action,
            "target": entry.target,
            "outcome": entry.outcome,
            "address": entry.address,
            "detail": dict(entry.detail),
        }
        for entry in page
    ]
    return json_response({"items": items, "next_cursor": encode_cursor(following)})


def register(app: OpenAPI) -> None:
    """Add the routes to ``app``."""
    app.register_api(bp)


def _place(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    try:
        at, _, entry_id = decode_cursor(cursor).partition(" ")
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment, entry_id = None, ""
    if moment is None or moment.tzinfo is None or id_or_none(entry_id) is None:
        raise ApiError("invalid_parameters", "the cursor is not one that this list gave")
    return moment, entry_id
