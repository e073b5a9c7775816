"""Service tokens in the ``Authorization: Bearer`` header, checked before a route sees the request."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

import structlog
from flask import Flask, current_app, g, request

from app.errors import ApiError

if TYPE_CHECKING:
    from app.storage.tokens import TokenRepository

_View = TypeVar("_View", bound=Callable[..., object])
_NEEDS = "needs_scope"
_OPEN = "open"


class Scope(StrEnum):
    """What a token allows; ``admin`` allows everything."""

    CLASSIFY = "classify"
    READ = "read"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever sent a request: the name of the token and what it allows."""

    name: str
    scopes: frozenset[str]

    def may(self, scope: Scope) -> bool:
        """Whether ``scope`` is allowed."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


class Authenticator:
    """Knows the tokens in the store and ``fixed`` ones, which live in memory only (name -> secret, all scopes)."""

    def __init__(self, tokens: TokenRepository, fixed: Mapping[str, str]) -> None:
        self._tokens = tokens
        self._fixed = {name: _digest(secret) for name, secret in fixed.items()}

    def principal(self, secret: str) -> Principal | None:
        """Whose token ``secret`` is, ``None`` when nobody's (or revoked, or expired).

        Raises:
            UnavailableError: the store that holds the tokens does not answer.
        """
        digest = _digest(secret)
        for name, known in self._fixed.items():
            if hmac.compare_digest(digest, known):
                return Principal(name, frozenset({Scope.ADMIN.value}))
        token = self._tokens.verify(secret)
        return None if token is None else Principal(token.name, frozenset(token.scopes))


def needs(scope: Scope) -> Callable[[_View], _View]:
    """Mark a view as allowed to tokens with ``scope`` only; goes under the route decorator."""

    def mark(view: _View) -> _View:
        setattr(view, _NEEDS, scope.value)
        return view

    return mark


def open_to_all(view: _View) -> _View:
    """Mark a view as allowed without a token; goes under the route decorator."""
    setattr(view, _NEEDS, _OPEN)
    return view


def register(app: Flask, authenticator: Authenticator) -> None:
    """Check every request of ``app``. A view that says nothing on who may call it is a mistake, found at once.

    Raises:
        TypeError: a view is neither marked with ``needs`` nor with ``open_to_all``.
    """
    unmarked = [name for name, view in app.view_functions.items() if not hasattr(view, _NEEDS)]
    if unmarked:
        raise TypeError(f"views without a scope: {', '.join(sorted(unmarked))}")

    @app.before_request
    def authorise() -> None:
        if request.endpoint is None:
            return
        wanted = getattr(current_app.view_functions[request.endpoint], _NEEDS)
        if wanted == _OPEN:
            return
        g.principal = _authenticated(authenticator)
        structlog.contextvars.bind_contextvars(token=g.principal.name)
        if not g.principal.may(Scope(wanted)):
            raise ApiError(
                "forbidden", f"this token does not have the scope {wanted!r}", HTTPStatus.FORBIDDEN,
                needs=wanted, token=g.principal.name, scopes=sorted(g.principal.scopes),
            )  # fmt: skip


def _authenticated(authenticator: Authenticator) -> Principal:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise _unauthenticated("send a token as 'Authorization: Bearer <token>'")
    principal = authenticator.principal(secret.strip())
    if principal is None:
        raise _unauthenticated("the token is unknown, expired or revoked")
    return principal


def _unauthenticated(message: str) -> ApiError:
    return ApiError("unauthenticated", message, HTTPStatus.UNAUTHORIZED)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
