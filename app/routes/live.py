"""``GET /api/live``: what happens, as server-sent events."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Response, current_app, g, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from agents.errors import LogatlasError
from app.auth.cookies import session_cookie
from app.routes import review_schemas, schemas

if TYPE_CHECKING:
    from app.services import Services

bp = APIBlueprint(
    "live", __name__, url_prefix="/api/live", abp_tags=[Tag(name="live", description="News as it comes.")]
)
_SEND_TIMEOUT_S = 10


@bp.get(
    "",
    summary="Follow live",
    responses={
        **schemas.answers(None, 401, 403, 503),
        "200": {"description": "Server-sent events", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
    },
)
def get_live(header: review_schemas.LiveHeader, query: review_schemas.LiveQuery) -> Response:
    """Server-sent events until the page closes.

    `hello` {seq, resumed}, `decisions` {count, needs_review}, `review`, `review_progress`, `queue` {total}, `parts`
    {degraded}. `Last-Event-ID`, or `last_event_id`, resumes; where `resumed` is false something may have been missed:
    load afresh. 503 `too_many` when all connections are taken: poll instead.
    """
    services: Services = current_app.extensions["logatlas"]
    given = header.last_event_id or query.last_event_id or ""
    last_seen = int(given) if given.isascii() and given.isdecimal() else None
    stream = services.live.follow(last_seen, _still_signed_in(services))
    _limit_sending(request.environ.get("gunicorn.socket"))
    response = Response(stream, content_type="text/event-stream; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache, no-transform"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def register(app: OpenAPI) -> None:
    """Add the route to ``app``."""
    app.register_api(bp)


def _still_signed_in(services: Services) -> Callable[[], bool]:
    cookie = session_cookie()
    if not g.principal.session_id or not cookie:
        return lambda: True
    sessions = services.access.sessions

    def asked() -> bool:
        try:
            return sessions.read(cookie) is not None
        except LogatlasError:
            # The store is away: nobody can have ended the session.
            return True

    return asked


def _limit_sending(connection: object) -> None:
    """Let sending to a reader that takes nothing fail after a while, instead of holding its thread for ever."""
    if isinstance(connection, socket.socket):
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", _SEND_TIMEOUT_S, 0))
