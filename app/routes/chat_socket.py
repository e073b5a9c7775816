"""``/ws/chat``: the WebSocket of the analyst chat."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Blueprint, current_app, g, request
from flask.typing import ResponseReturnValue
from flask_openapi3.openapi import OpenAPI
from flask_sock import Sock
from simple_websocket import Server
from wsproto.utilities import RemoteProtocolError

from app.auth.guard import require_same_origin
from app.auth.principal import Principal
from app.chat.limits import MAX_MESSAGE_BYTES
from app.chat.socket import ChatSocket
from app.chat.wire import Reader, Wire
from app.errors import ApiError, error_body
from app.wire import json_response

if TYPE_CHECKING:
    from app.services import Services

bp = Blueprint("chat_socket", __name__)
sock = Sock()


@sock.route("/ws/chat", bp=bp)  # type: ignore[untyped-decorator]
def ws_chat(ws: Server) -> None:
    """A conversation over a WebSocket; see docs/chat.md."""
    services: Services = current_app.extensions["logatlas"]
    who: Principal = g.principal
    ChatSocket(ws, g.chat_wire, services.chat, who, _current(services, who)).run()


@bp.before_request
def prepare() -> None:
    """Refuse pages of other sites, and give the connection a socket that two threads may write to.

    Raises:
        ApiError: another site opened it (403 ``csrf``), or it is no WebSocket (400).
    """
    if "Origin" in request.headers:
        require_same_origin()
    connection = request.environ.get("gunicorn.socket")
    if connection is None:
        raise ApiError("bad_request", "this server does not speak WebSocket")
    request.environ["gunicorn.socket"] = g.chat_wire = Wire(connection)


def register(app: OpenAPI) -> None:
    """Add the WebSocket to ``app``."""
    services: Services = app.extensions["logatlas"]
    app.config["SOCK_SERVER_OPTIONS"] = {
        "max_message_size": MAX_MESSAGE_BYTES,
        "ping_interval": services.settings.chat_ping_s,
        "thread_class": Reader,
    }
    app.register_blueprint(bp)
    app.register_error_handler(RemoteProtocolError, _not_websocket)


def _not_websocket(_error: RemoteProtocolError) -> ResponseReturnValue:
    error = ApiError("bad_request", "this is not a well-formed WebSocket handshake")
    return json_response(error_body(error), HTTPStatus.BAD_REQUEST)


def _current(services: Services, who: Principal) -> Callable[[], Principal | None]:
    """Looks again who this is: the account, its role, the session and the token may end or change at any time."""
    if who.session_id:
        session_id, sessions = who.session_id, services.access.sessions
        return lambda: sessions.current(session_id)
    secret = request.headers.get("Authorization", "").partition(" ")[2].strip()
    authenticator = services.authenticator
    return lambda: authenticator.principal(secret)
