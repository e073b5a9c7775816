"""``/auth/oidc``: signing in with the OpenID provider."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Response, current_app, redirect, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from markupsafe import escape
from pydantic import BaseModel, Field
from werkzeug.wrappers import Response as AnyResponse

from agents.errors import LogatlasError
from app.auth.cookies import behind_tls
from app.auth.oidc import FLOW_S, Provider, local_page
from app.errors import ApiError
from app.routes import schemas
from app.routes.session import sign_in

if TYPE_CHECKING:
    from app.auth.access import Access
    from app.services import Services

bp = APIBlueprint(
    "oidc", __name__, url_prefix="/auth/oidc", abp_tags=[Tag(name="session", description="Signing in and out.")]
)
_COOKIE = "logatlas_oidc"
_PATH = "/auth/oidc"


class StartQuery(BaseModel):
    """Where to go on after the sign-in."""

    next: str = Field("/", max_length=2000, description="A page of ours (`/queue`).")


@bp.get("/start", summary="Sign in with the OpenID provider", responses=schemas.answers(None, 404, 503))
def get_start(query: StartQuery) -> AnyResponse:
    """Send the browser to the provider."""
    access, provider = _provider()
    try:
        url, flow = provider.start(_redirect_uri(access), local_page(query.next))
    except LogatlasError as error:
        return _back(error)
    answer = redirect(url, HTTPStatus.SEE_OTHER)
    # Lax, unlike the session: the provider's redirect comes from another site and has to bring it.
    answer.set_cookie(
        _COOKIE, flow, max_age=FLOW_S, path=_PATH, secure=behind_tls(access.settings), httponly=True, samesite="Lax"
    )
    return answer


@bp.get("/callback", summary="Return from the OpenID provider", responses=schemas.answers(None, 400, 403, 404, 503))
def get_callback() -> AnyResponse:
    """Sign in whoever the provider sends back, and go on with the page they wanted."""
    access, provider = _provider()
    try:
        who = provider.finish(_redirect_uri(access), request.args, request.cookies.get(_COOKIE, ""))
        account = access.accounts.of_provider(who.subject, who.name, who.display_name, who.role)
        if account is None:
            raise ApiError("oidc_refused", "this account is disabled", HTTPStatus.FORBIDDEN, name=who.name)
    except LogatlasError as error:
        _audit_failure(access, error)
        return _back(error)
    signed_in = sign_in(access, account, "oidc")
    # A page, not a redirect: the browser holds a redirect to come from the provider's site, and would keep the
    # session, which is for our own pages only (SameSite=Strict), to itself.
    page = Response(
        f'<!doctype html><meta charset="utf-8"><title>Signed in</title>'
        f'<meta http-equiv="refresh" content="0;url={escape(quote(who.next, safe="/?&=%:+,;@~!*()[].#-"))}">'
        f'<p>Signed in. <a href="{escape(who.next)}">Go on</a></p>',
        content_type="text/html; charset=utf-8",
    )
    for cookie in signed_in.headers.getlist("Set-Cookie"):
        page.headers.add("Set-Cookie", cookie)
    page.delete_cookie(_COOKIE, path=_PATH)
    access.audit.record(
        actor=account.name, role=account.role, action="session.sign_in", target="", outcome="ok",
        address=request.remote_addr or "", detail={"method": "oidc", "subject": who.subject},
    )  # fmt: skip
    return page


def register(app: OpenAPI) -> None:
    """Add the routes to ``app``."""
    app.register_api(bp)


def _provider() -> tuple[Access, Provider]:
    services: Services = current_app.extensions["logatlas"]
    provider = services.access.provider
    if provider is None:
        raise ApiError("not_found", "no OpenID provider is configured", HTTPStatus.NOT_FOUND)
    return services.access, provider


def _redirect_uri(access: Access) -> str:
    base = (access.settings.public_url or request.host_url).rstrip("/")
    return f"{base}{_PATH}/callback"


def _audit_failure(access: Access, error: LogatlasError) -> None:
    access.audit.record(
        actor=str(error.details.get("name", "")), role="", action="session.sign_in", target="",
        outcome="refused" if error.code == "oidc_refused" else "failed",
        address=request.remote_addr or "", detail={"method": "oidc", "reason": error.message},
    )  # fmt: skip


def _back(error: LogatlasError) -> AnyResponse:
    """Back to the sign-in page, which says what went wrong; only a code travels in the address."""
    answer = redirect(f"/signin?error={quote(error.code)}", HTTPStatus.SEE_OTHER)
    answer.delete_cookie(_COOKIE, path=_PATH)
    return answer
