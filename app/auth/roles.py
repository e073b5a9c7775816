"""Which role the claims of an OpenID provider give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.errors import ConfigurationError
from app.auth.permissions import Role


def parse_role_map(text: str) -> dict[str, Role]:
    """Group -> role, from ``soc-admins=admin,soc=analyst``. Groups with commas in them: put ``;`` between the pairs.

    Raises:
        ConfigurationError: a pair has no role that there is.
    """
    found = {}
    for pair in filter(None, (item.strip() for item in text.split(";" if ";" in text else ","))):
        group, _, role = pair.rpartition("=")
        if not group.strip() or role.strip() not in list(Role):
            raise ConfigurationError(f"LOGATLAS_OIDC_ROLE_MAP: {pair!r} is not group=role")
        found[group.strip()] = Role(role.strip())
    return found


def role_of(claims: Mapping[str, Any], claim: str, roles: Mapping[str, Role], default: Role | None) -> Role | None:
    """The highest role that the groups in ``claim`` give, ``default`` where they give none."""
    given = [roles[group] for group in groups_of(claims, claim) if group in roles]
    return max(given, key=lambda role: role.rank, default=default)


def groups_of(claims: Mapping[str, Any], claim: str) -> list[str]:
    """The texts in a claim: a list, one text, or (``realm_access.roles``) either further inside."""
    value: Any = claims.get(claim)
    if value is None:
        value = claims
        for step in claim.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
