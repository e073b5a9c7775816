"""What goes into the audit, and how it gets there even while the store is away."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING

import structlog
import uuid_utils
from cachetools import TTLCache
from flask import g

from agents.errors import LogatlasError
from app.storage.audit import AuditEntry, Outcome

if TYPE_CHECKING:
    from app.storage.audit import AuditRepository

log = structlog.get_logger(__name__)

_MOST_WAITING = 10_000
_REPEAT_S = 60.0
_TEXT_LIMIT = 500

ACTIONS = {
    "session.post_session": "session.sign_in",
    "session.delete_session": "session.sign_out",
    "session.post_password": "session.change_password",
    "sessions.delete_session": "session.end",
    "oidc.get_callback": "session.sign_in",
    "accounts.post_account": "account.create",
    "accounts.patch_account": "account.change",
    "accounts.delete_account": "account.remove",
    "accounts.post_password": "account.set_password",
    "tokens.post_token": "token.create",
    "tokens.delete_token": "token.revoke",
    "reviews.post_review": "review.create",
    "reviews.post_preview": "review.preview",
    "reviews.post_undo": "review.undo",
    "knowledge.post_example": "knowledge.add",
    "knowledge.post_chunk": "knowledge.add",
    "knowledge.post_check": "knowledge.check",
    "knowledge.post_try": "knowledge.try",
    "knowledge.delete_example": "knowledge.remove",
    "knowledge.delete_chunk": "knowledge.remove",
    "search.get_export": "events.export",
    "chats.patch_chat": "chat.change",
    "chats.delete_chat": "chat.delete",
    "chats.get_export": "chat.export",
}
"""View -> what the audit calls it; others go by their own name."""


def action_of(endpoint: str) -> str:
    """What the audit calls a call of ``endpoint``."""
    return ACTIONS.get(endpoint, endpoint)


def audited(target: str = "", *, actor: str = "", **detail: object) -> None:
    """Say more of the request under way for the audit: what it is about, and details that are JSON and no secrets.

    ``actor`` is for requests whose sender is known only later: sign-ins.
    """
    if target:
        g.audit_target = target
    if actor:
        g.audit_actor = actor
    g.audit_detail = {**(g.get("audit_detail") or {}), **detail}


class Audit:
    """Writes entries. What cannot be written now is logged, kept, and written with a later one.

    The same refusal again within a minute is left out, so that a misconfigured program does not fill the table.
    """

    def __init__(self, repository: AuditRepository, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """``now`` gives the time (aware)."""
        self._repository = repository
        self._now = now
        self._lock = Lock()
        self._waiting: deque[AuditEntry] = deque(maxlen=_MOST_WAITING)
        self._repeats: TTLCache[tuple[str, ...], bool] = TTLCache(10_000, _REPEAT_S)

    def record(
        self,
        *,
        actor: str,
        role: str,
        action: str,
        target: str,
        outcome: Outcome,
        address: str,
        detail: Mapping[str, object] | None = None,
    ) -> None:
        """Record one action; never fails, because what it records has happened."""
        key = (actor, action, target, address)
        with self._lock:
            if outcome == "refused":
                if key in self._repeats:
                    return
                self._repeats[key] = True
            entry = AuditEntry(
                entry_id=str(uuid_utils.uuid7()),
                at=self._now(),
                actor=actor[:_TEXT_LIMIT],
                role=str(role),
                action=action,
                target=target[:_TEXT_LIMIT],
                outcome=outcome,
                address=address,
                detail=detail or {},
            )
            entries = [*self._waiting, entry]
            self._waiting.clear()
        try:
            self._repository.add(entries)
        except LogatlasError as error:
            log.warning("audit_waits", reason=error.message, actor=entry.actor, action=action, outcome=outcome)
            with self._lock:
                self._waiting.extendleft(reversed(entries))
