"""The cookie that holds a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request

if TYPE_CHECKING:
    from app.settings import Settings

_SECURE_NAME = "__Host-logatlas"
"""The prefix makes browsers refuse the cookie from anywhere but this very host, over TLS."""
_PLAIN_NAME = "logatlas"


def behind_tls(settings: Settings) -> bool:
    """Whether the browser of this request talks TLS, with us or with the proxy before us."""
    return request.is_secure or (settings.public_url or "").startswith("https://")


def session_cookie() -> str:
    """What the browser sent; empty when it sent none."""
    return request.cookies.get(_SECURE_NAME) or request.cookies.get(_PLAIN_NAME) or ""


def set_session_cookie(response: Response, settings: Settings, value: str) -> None:
    """Give the browser ``value`` to keep: not for scripts, not for other sites, not without TLS where there is TLS."""
    secure = behind_tls(settings)
    response.set_cookie(
        _SECURE_NAME if secure else _PLAIN_NAME,
        value,
        max_age=settings.session_idle_s,
        path="/",
        secure=secure,
        httponly=True,
        samesite="Strict",
    )


def clear_session_cookie(response: Response, settings: Settings) -> None:
    """Make the browser forget the session."""
    secure = behind_tls(settings)
    name = _SECURE_NAME if secure else _PLAIN_NAME
    response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="Strict")
