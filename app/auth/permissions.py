"""Who may call what: the one table of views, and what each of them asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person may do; each role includes the ones before it."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    ENGINEER = "engineer"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """The place in the order of roles, from 0."""
        return list(Role).index(self)

    def includes(self, other: Role) -> bool:
        """Whether who has this role may do what ``other`` may."""
        return self.rank >= other.rank


class Scope(StrEnum):
    """What a service token allows; ``admin`` allows everything that is not a person's own."""

    CLASSIFY = "classify"
    INGEST = "ingest"
    READ = "read"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Permission:
    """What a view asks for: at least ``role`` of a person, ``scope`` of a service token.

    Without a role anybody may; without a scope no token may. ``identify``: an open view that wants to know who
    asks, if anybody. ``audited``: calls that only read are recorded too, not just those that change something.
    ``recorded``: False for what pipelines do thousands of times a second.
    """

    name: str
    role: Role | None
    scope: Scope | None
    identify: bool = False
    audited: bool = False
    recorded: bool = True

    @property
    def open(self) -> bool:
        """Whether it needs nobody."""
        return self.role is None


OPEN = Permission("open", None, None)
SESSION = Permission("session", None, None, identify=True)
OWN = Permission("own", Role.VIEWER, None)
READ = Permission("events.read", Role.VIEWER, Scope.READ)
METRICS = Permission("metrics.read", Role.VIEWER, Scope.READ)
EVALS = Permission("evals.read", Role.VIEWER, Scope.READ)
EXPORT = Permission("export", Role.ANALYST, Scope.READ, audited=True)
CLASSIFY = Permission("classify", Role.ANALYST, Scope.CLASSIFY, recorded=False)
INGEST = Permission("ingest", Role.ANALYST, Scope.INGEST, recorded=False)
REVIEW = Permission("reviews.write", Role.ANALYST, Scope.ADMIN)
TEACH = Permission("knowledge.write", Role.ENGINEER, Scope.ADMIN)
CHAT_READ = Permission("chat.read", Role.VIEWER, Scope.READ)
CHAT_ASK = Permission("chat.ask", Role.ANALYST, Scope.ADMIN)
CHAT_OWN = Permission("chat.own", Role.VIEWER, Scope.ADMIN)
CHAT_EXPORT = Permission("chat.read", Role.VIEWER, Scope.READ, audited=True)
ACCOUNTS = Permission("accounts.manage", Role.ADMIN, Scope.ADMIN)
TOKENS = Permission("tokens.manage", Role.ADMIN, Scope.ADMIN)
AUDIT = Permission("audit.read", Role.ADMIN, Scope.ADMIN)

GRANTED: tuple[Permission, ...] = (
    READ, CLASSIFY, INGEST, REVIEW, TEACH, EVALS, METRICS, ACCOUNTS, TOKENS, AUDIT, EXPORT, CHAT_READ, CHAT_ASK,
)  # fmt: skip
"""The permissions that ``GET /api/session`` tells of."""

VIEWS: dict[str, Permission] = {
    # -- open to all
    "docs.openapi_json": OPEN,
    "docs.page": OPEN,
    "docs.start": OPEN,
    "docs.asset": OPEN,
    "health.healthz": OPEN,
    "health.readyz": OPEN,
    "ui.get_index": OPEN,
    "ui.get_asset": OPEN,
    "oidc.get_start": OPEN,
    "oidc.get_callback": OPEN,
    "session.post_session": OPEN,
    "session.get_session": SESSION,
    "session.delete_session": SESSION,
    # -- a person's own
    "session.post_password": OWN,
    "sessions.get_sessions": OWN,
    "sessions.delete_session": OWN,
    # -- events and decisions
    "classify.post_classify": CLASSIFY,
    "ingest.post_ingest": INGEST,
    "decisions.get_decision": READ,
    "decisions.get_event": READ,
    "search.get_events": READ,
    "search.get_histogram": READ,
    "search.get_facets": READ,
    "search.get_completion": READ,
    "search.get_export": EXPORT,
    "taxonomy.get_taxonomy": READ,
    # -- reviews
    "reviews.post_review": REVIEW,
    "reviews.post_preview": REVIEW,
    "reviews.post_undo": REVIEW,
    "reviews.get_review": READ,
    "reviews.get_reviews": READ,
    "reviews.get_effect": READ,
    "queue.get_queue": READ,
    "live.get_live": READ,
    # -- the analyst chat
    "chat_socket.ws_chat": CHAT_READ,
    "chats.get_chats": CHAT_READ,
    "chats.get_counts": ACCOUNTS,
    "chats.get_chat": CHAT_READ,
    "chats.patch_chat": CHAT_OWN,
    "chats.delete_chat": CHAT_OWN,
    "chats.get_export": CHAT_EXPORT,
    # -- figures
    "stats.get_summary": READ,
    "stats.get_timeseries": READ,
    "stats.get_sources": READ,
    "stats.get_confidence": READ,
    "stats.get_latency": READ,
    "stats.get_backlog": READ,
    "stats.get_overrides": READ,
    "evals.get_runs": EVALS,
    "evals.get_run": EVALS,
    "evals.get_predictions": EVALS,
    "evals.get_comparison": EVALS,
    "parts.get_parts": READ,
    "health.metrics": METRICS,
    # -- knowledge
    "knowledge.get_chunks": READ,
    "knowledge.get_chunk": READ,
    "knowledge.post_example": TEACH,
    "knowledge.post_chunk": TEACH,
    "knowledge.post_check": TEACH,
    "knowledge.post_try": TEACH,
    "knowledge.delete_example": TEACH,
    "knowledge.delete_chunk": TEACH,
    # -- administration
    "accounts.get_accounts": ACCOUNTS,
    "accounts.post_account": ACCOUNTS,
    "accounts.patch_account": ACCOUNTS,
    "accounts.delete_account": ACCOUNTS,
    "accounts.post_password": ACCOUNTS,
    "tokens.get_tokens": TOKENS,
    "tokens.post_token": TOKENS,
    "tokens.delete_token": TOKENS,
    "audit.get_audit": AUDIT,
}
"""View (``<blueprint>.<function>``) -> what it asks for. A view without a row does not start."""


def check_views(endpoints: Iterable[str]) -> None:
    """Return when every endpoint has a row.

    Raises:
        TypeError: some have none; all of them are named.
    """
    missing = sorted(set(endpoints) - set(VIEWS))
    if missing:
        raise TypeError(f"views without a row in app/auth/permissions.py: {', '.join(missing)}")
