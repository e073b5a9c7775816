"""``/api/sessions``: who is signed in where; one's own, or everybody's for admins."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Response, current_app, g
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from app.auth.audit import audited
from app.auth.permissions import ACCOUNTS
from app.auth.principal import Principal
from app.errors import ApiError
from app.routes import access_schemas as shapes
from app.routes import schemas
from app.wire import json_response

if TYPE_CHECKING:
    from app.auth.access import Access
    from app.services import Services
    from app.storage.sessions import StoredSession

bp = APIBlueprint(
    "sessions", __name__, url_prefix="/api/sessions", abp_tags=[Tag(name="session", description="Signing in and out.")]
)


@bp.get("", summary="List sessions", responses=schemas.answers(shapes.SessionsOut, 401, 403, 503))
def get_sessions(query: shapes.SessionsQuery) -> Response:
    """The living sessions of the person, or for admins those of everybody, the last used first."""
    principal: Principal = g.principal
    user = query.user if principal.may(ACCOUNTS) else principal.name
    items = [
        {
            "session_id": session.session_id,
            "user": session.user,
            "created_at": session.created_at,
            "last_seen_at": session.last_seen_at,
            "address": session.address,
            "agent": session.agent,
            "current": session.session_id == principal.session_id,
        }
        for session in _access().sessions.living(user)
    ]
    return json_response({"items": items, "next_cursor": None})


@bp.delete("/<id>", summary="End a session", responses=schemas.answers(None, 401, 403, 404, 503))
def delete_session(path: schemas.IdPath) -> Response:
    """End a session at once; admins may end anybody's."""
    access = _access()
    principal: Principal = g.principal
    found = _mine(access, principal, path.id)
    if found is None:
        raise ApiError("not_found", "there is no session with this id", HTTPStatus.NOT_FOUND, id=path.id)
    audited(target=found.user)
    access.sessions.end(found.session_id)
    if found.session_id == principal.session_id:
        g.pop("renewed_cookie", None)
    return json_response({"session_id": found.session_id, "ended": True})


def register(app: OpenAPI) -> None:
    """Add the routes to ``app``."""
    app.register_api(bp)


def _mine(access: Access, principal: Principal, session_id: str) -> StoredSession | None:
    user = None if principal.may(ACCOUNTS) else principal.name
    return next((s for s in access.sessions.living(user) if s.session_id == session_id), None)


def _access() -> Access:
    services: Services = current_app.extensions["logatlas"]
    return services.access
