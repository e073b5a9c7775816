"""Checks every request before a view sees it: who asks, from our own pages or not, and whether the table allows it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, g, request

from app.auth.audit import action_of
from app.auth.cookies import session_cookie, set_session_cookie
from app.auth.permissions import VIEWS, Permission, check_views
from app.auth.principal import Principal
from app.errors import ApiError

if TYPE_CHECKING:
    from app.auth.access import Access
    from app.auth.tokens import Authenticator
    from app.storage.audit import Outcome

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def register(app: Flask, authenticator: Authenticator) -> None:
    """Check every request of ``app`` against the table of permissions, WebSockets too, and record what was done.

    Raises:
        TypeError: a view has no row in the table.
    """
    check_views(app.view_functions)
    access = authenticator.access

    @app.before_request
    def authorise() -> None:
        permission = None if request.endpoint is None else VIEWS[request.endpoint]
        if permission is None or (permission.open and not permission.identify):
            return
        if permission.open:
            g.principal = _identified(authenticator)
            return
        principal = g.principal = _authenticated(authenticator)
        structlog.contextvars.bind_contextvars(**{"user" if principal.role else "token": principal.name})
        if reason := principal.refusal(permission):
            raise _forbidden(principal, permission, reason)

    if access is None:
        return

    @app.after_request
    def finish(response: Response) -> Response:
        if cookie := g.pop("renewed_cookie", None):
            set_session_cookie(response, access.settings, cookie)
        _record(access, response)
        return response


def require_same_origin() -> None:
    """Return when the request comes from a page of ours, or from no page at all.

    Browsers say so in Sec-Fetch-Site and Origin, which no page can set; programs send neither.

    Raises:
        ApiError: another site sent it (403 ``csrf``).
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    foreign = site not in (None, "same-origin", "none")
    if origin is not None and urlsplit(origin).netloc.lower() not in _our_hosts():
        foreign = True
    if foreign:
        raise ApiError("csrf", "the request comes from a page of another site", HTTPStatus.FORBIDDEN)


def _our_hosts() -> set[str]:
    """The hosts that pages of ours come from: the one asked, and the public one, which a proxy may not pass on."""
    services = current_app.extensions.get("logatlas")
    public = services.settings.public_url if services is not None else None
    return {request.host.lower(), *([urlsplit(public).netloc.lower()] if public else [])}


def _identified(authenticator: Authenticator) -> Principal | None:
    if not request.headers.get("Authorization") and not session_cookie():
        return None
    try:
        return _authenticated(authenticator)
    except ApiError as error:
        if error.status != HTTPStatus.UNAUTHORIZED:
            raise
        return None


def _authenticated(authenticator: Authenticator) -> Principal:
    if "Authorization" not in request.headers and authenticator.access is not None:
        return _signed_in(authenticator.access)
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise _unauthenticated("send a token as 'Authorization: Bearer <token>'")
    principal = authenticator.principal(secret.strip())
    if principal is None:
        raise _unauthenticated("the token is unknown, expired or revoked")
    return principal


def _signed_in(access: Access) -> Principal:
    cookie = session_cookie()
    if not cookie:
        raise _unauthenticated("sign in, or send a token as 'Authorization: Bearer <token>'")
    found = access.sessions.read(cookie)
    if found is None:
        raise _unauthenticated("the session has ended; sign in again")
    session, principal = found
    # A page of another site can open a WebSocket with our cookie, and reads what comes: as bad as a write.
    websocket = request.environ.get("HTTP_UPGRADE", "").lower() == "websocket"
    if request.method not in _SAFE_METHODS or websocket:
        require_same_origin()
    if websocket and "Origin" not in request.headers:
        raise ApiError("csrf", "a WebSocket of a signed-in browser says its Origin", HTTPStatus.FORBIDDEN)
    if request.method not in _SAFE_METHODS and not access.sessions.csrf_matches(
        session.session_id, request.headers.get("X-CSRF-Token", "")
    ):
        raise ApiError(
            "csrf", "send the csrf_token of GET /api/session as X-CSRF-Token", HTTPStatus.FORBIDDEN
        )  # fmt: skip
    g.renewed_cookie = access.sessions.renew(session)
    return principal


def _record(access: Access, response: Response) -> None:
    permission = VIEWS.get(request.endpoint or "")
    if permission is None:
        return
    principal: Principal | None = g.get("principal")
    if principal is None and not g.get("audit_actor"):
        return
    status = response.status_code
    refused = status in (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
    changes = request.method not in _SAFE_METHODS or permission.audited
    if not refused and not (changes and permission.recorded):
        return
    outcome: Outcome = "refused" if refused else "ok" if status < HTTPStatus.BAD_REQUEST else "failed"
    detail = dict(g.get("audit_detail") or {})
    if outcome != "ok":
        detail.setdefault("status", status)
    access.audit.record(
        actor=g.get("audit_actor") or (principal.actor if principal else ""),
        role=(principal.role or "token") if principal else "",
        action=action_of(request.endpoint or ""),
        target=g.get("audit_target") or "/".join(str(value) for value in (request.view_args or {}).values()),
        outcome=outcome,
        address=request.remote_addr or "",
        detail=detail,
    )


def _forbidden(principal: Principal, permission: Permission, reason: str) -> ApiError:
    if principal.role is None:
        return ApiError(
            "forbidden", reason, HTTPStatus.FORBIDDEN,
            permission=permission.name, needs=permission.scope, token=principal.name, scopes=sorted(principal.scopes),
        )  # fmt: skip
    return ApiError(
        "password_needed" if principal.must_set else "forbidden", reason, HTTPStatus.FORBIDDEN,
        permission=permission.name, needs=permission.role, role=principal.role,
    )  # fmt: skip


def _unauthenticated(message: str) -> ApiError:
    return ApiError("unauthenticated", message, HTTPStatus.UNAUTHORIZED)
