"""Who may do what: people with roles, service tokens with scopes, and the one table that asks for them."""

from app.auth.audit import audited
from app.auth.permissions import Permission, Role, Scope
from app.auth.principal import Principal
from app.auth.tokens import Authenticator

__all__ = ["Authenticator", "Permission", "Principal", "Role", "Scope", "audited"]
