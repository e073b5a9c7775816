"""``/api/session``: sign in, who am I and what may I do, sign out, change the password."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, g, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from app.auth.accounts import plain_name
from app.auth.audit import audited
from app.auth.cookies import clear_session_cookie, set_session_cookie
from app.auth.guard import require_same_origin
from app.auth.permissions import GRANTED
from app.auth.principal import Principal
from app.errors import ApiError
from app.routes import access_schemas as shapes
from app.routes import schemas
from app.wire import json_response

if TYPE_CHECKING:
    from app.auth.access import Access
    from app.services import Services
    from app.storage.accounts import StoredAccount

bp = APIBlueprint("session", __name__, abp_tags=[Tag(name="session", description="Signing in and out.")])


@bp.get("/api/session", summary="Who am I, and what may I do", responses=schemas.answers(shapes.SessionOut, 503))
def get_session() -> Response:
    """The person or token that asks, with every permission and the reason where one is refused; open to all.

    `csrf_token` goes back as `X-CSRF-Token` with every change that a signed-in browser makes.
    """
    access = _access()
    principal: Principal | None = g.principal
    answer = json_response(_session_out(access, principal))
    if principal is None and request.cookies:
        clear_session_cookie(answer, access.settings)
    return answer


@bp.post(
    "/api/session",
    summary="Sign in",
    responses=schemas.answers(shapes.SessionOut, 400, 401, 403, 429, 503),
    openapi_extensions=shapes.body(shapes.SignInIn),
)
def post_session() -> Response:
    """Sign in with name and password, or with the one-time link that the first start printed.

    The session is a cookie; the answer is that of `GET /api/session`.
    """
    require_same_origin()
    access = _access()
    wanted = shapes.read(shapes.SignInIn, request.get_data())
    if wanted.link is not None:
        audited(actor="admin", method="link")
        # Somebody who can sign in has been made since: the link has done its work.
        if access.accounts.anyone() or not access.first_link.redeem(wanted.link):
            raise _not_signed_in("the link was used already, or is too old")
        return sign_in(access, access.accounts.first_admin(), "link")
    name, address = plain_name(wanted.name or ""), request.remote_addr or ""
    audited(actor=name, method="password")
    access.throttle.attempt(name, address)
    account = access.accounts.with_password(name, wanted.password or "")
    if account is None:
        raise _not_signed_in("name and password do not fit together")
    access.throttle.succeeded(name, address)
    return sign_in(access, account, "password")


@bp.delete("/api/session", summary="Sign out", responses=schemas.answers(None, 403, 503))
def delete_session() -> Response:
    """End this session at once; signing out twice is no mistake."""
    access = _access()
    if g.principal is not None and g.principal.session_id:
        access.sessions.end(g.principal.session_id)
    g.pop("renewed_cookie", None)
    answer = json_response({"signed_out": True})
    clear_session_cookie(answer, access.settings)
    return answer


@bp.post(
    "/api/session/password",
    summary="Change my password",
    responses=schemas.answers(shapes.SessionOut, 400, 401, 403, 429, 503),
    openapi_extensions=shapes.body(shapes.PasswordChangeIn),
)
def post_password() -> Response:
    """Set a new password. All sessions of the person end, and this browser gets a new one.

    `current_password` may be left out by somebody who came by the one-time link and has none yet.
    """
    access = _access()
    wanted = shapes.read(shapes.PasswordChangeIn, request.get_data())
    principal: Principal = g.principal
    account = access.accounts.get(principal.name)
    if principal.method != "link" or account.password_hash:
        access.throttle.attempt(account.name, request.remote_addr or "")
        if access.accounts.with_password(account.name, wanted.current_password or "") is None:
            raise ApiError("wrong_password", "the current password is another one", HTTPStatus.FORBIDDEN)
        access.throttle.succeeded(account.name, request.remote_addr or "")
    if wanted.new_password == wanted.current_password:
        raise ApiError("weak_password", "the new password is the old one")
    account = access.accounts.set_password(account.name, wanted.new_password)
    access.sessions.end_all(account.name)
    g.pop("renewed_cookie", None)
    return sign_in(access, account, "password")


def register(app: OpenAPI) -> None:
    """Add the routes to ``app``."""
    app.register_api(bp)


def sign_in(access: Access, account: StoredAccount, method: Any) -> Response:
    """The answer that signs ``account`` in: a new session, whatever cookie the browser had before."""
    cookie, session = access.sessions.open(
        account, method, request.remote_addr or "", request.headers.get("User-Agent", "")
    )
    principal = access.sessions.principal(session)
    assert principal is not None
    g.principal = principal
    answer = json_response(_session_out(access, principal))
    set_session_cookie(answer, access.settings, cookie)
    return answer


def _access() -> Access:
    services: Services = current_app.extensions["logatlas"]
    return services.access


def _session_out(access: Access, principal: Principal | None) -> dict[str, Any]:
    refusals = {p.name: principal.refusal(p) if principal else "sign in first" for p in GRANTED}
    provider = access.provider
    return {
        "user": None if principal is None else _user_out(access, principal),
        "csrf_token": access.sessions.csrf_token(principal.session_id) if principal and principal.session_id else None,
        "permissions": {name: reason == "" for name, reason in refusals.items()},
        "refused": {name: reason for name, reason in refusals.items() if reason},
        "expires_at": _expires_at(access, principal),
        "sign_in": {
            "password": True,
            "oidc": None if provider is None else {"name": provider.name, "url": "/auth/oidc/start"},
        },
    }


def _user_out(access: Access, principal: Principal) -> dict[str, Any]:
    if principal.role is None:
        role = "admin" if "admin" in principal.scopes else "viewer"
        return {
            "name": principal.name, "display_name": principal.name, "role": role, "method": "token",
            "must_set_password": False,
        }  # fmt: skip
    return {
        "name": principal.name,
        "display_name": access.accounts.get(principal.name).display_name,
        "role": principal.role,
        "method": principal.method,
        "must_set_password": principal.must_set,
    }


def _expires_at(access: Access, principal: Principal | None) -> Any:
    if principal is None or not principal.session_id:
        return None
    living = {session.session_id: session for session in access.sessions.living(principal.name)}
    session = living.get(principal.session_id)
    return None if session is None else session.expires_at


def _not_signed_in(message: str) -> ApiError:
    return ApiError("not_signed_in", message, HTTPStatus.UNAUTHORIZED)
