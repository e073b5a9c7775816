"""Service tokens in the ``Authorization: Bearer`` header."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.auth.permissions import Scope
from app.auth.principal import Principal

if TYPE_CHECKING:
    from app.auth.access import Access
    from app.storage.tokens import TokenRepository

__all__ = ["Authenticator", "Scope"]


class Authenticator:
    """Knows the tokens in the store and ``fixed`` ones, which live in memory only (name -> secret, all scopes).

    ``access`` knows the people who sign in; without it there are only tokens.
    """

    def __init__(self, tokens: TokenRepository, fixed: Mapping[str, str], access: Access | None = None) -> None:
        self._tokens = tokens
        self._fixed = {name: _digest(secret) for name, secret in fixed.items()}
        self.access = access

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


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
