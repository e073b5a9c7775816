"""Whoever sent a request, and what that one may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from app.auth.permissions import Permission, Role, Scope

Method = Literal["password", "oidc", "link", "token"]
"""How somebody proved who they are."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A person (with a ``role``) or a service token (with ``scopes``).

    ``must_set``: a person who may do nothing but set a password.
    """

    name: str
    scopes: frozenset[str] = frozenset()
    role: Role | None = None
    method: Method = "token"
    session_id: str = ""
    must_set: bool = field(default=False)

    @property
    def actor(self) -> str:
        """The name in the audit, where a token is never taken for a person of the same name."""
        return self.name if self.role is not None else f"token:{self.name}"

    def may(self, permission: Permission) -> bool:
        """Whether what ``permission`` guards is allowed."""
        return self.refusal(permission) == ""

    def refusal(self, permission: Permission) -> str:
        """Why ``permission`` is refused, in words for the person; empty when it is not."""
        if permission.role is None:
            return ""
        if self.role is None:
            if permission.scope is None:
                return "only for people who signed in, not for tokens"
            allowed = permission.scope in self.scopes or Scope.ADMIN in self.scopes
            return "" if allowed else f"needs a token with scope {permission.scope}"
        if self.must_set and permission.name != "own":
            return "set a password first"
        if self.role.includes(permission.role):
            return ""
        return f"needs role {permission.role}; you are {self.role}"
