"""Who may do what: service tokens and their scopes."""

from app.auth.tokens import Authenticator, Principal, Scope, needs, open_to_all

__all__ = ["Authenticator", "Principal", "Scope", "needs", "open_to_all"]
