"""Who did what, from where, and how it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from app.storage.clickhouse import ClickHouse
from app.storage.codec import dump, load, to_text
from app.storage.events import id_or_none, stored_time

Outcome = Literal["ok", "refused", "failed"]
"""How an action went: done, not allowed, or allowed but not done."""

AUDIT_COLUMNS = {
    "entry_id": "UUID",
    "at": "DateTime64(3, 'UTC')",
    "actor": "String",
    "role": "LowCardinality(String)",
    "action": "LowCardinality(String)",
    "target": "String",
    "outcome": "LowCardinality(String)",
    "address": "String",
    "detail": "String",
}


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One action. ``actor`` is an account, a token or the name somebody tried; ``detail`` is JSON without secrets."""

    entry_id: str
    at: datetime
    actor: str
    role: str
    action: str
    target: str
    outcome: Outcome
    address: str
    detail: Mapping[str, Any] = field(default_factory=dict)


class AuditRepository:
    """The table of the audit, which only grows."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    def add(self, entries: list[AuditEntry]) -> None:
        """Write entries; on return they are found.

        Raises:
            StorageRejectedError, StorageError, StorageUnavailableError
        """
        rows = [
            (
                e.entry_id, stored_time(e.at), e.actor, e.role, e.action, e.target, e.outcome, e.address,
                to_text(dump(dict(e.detail))),
            )
            for e in entries
        ]  # fmt: skip
        self._clickhouse.insert("audit", AUDIT_COLUMNS, rows)

    def page(
        self, *, actor: str = "", action: str = "", before: tuple[datetime, str] | None = None, limit: int = 50
    ) -> list[AuditEntry]:
        """At most ``limit`` entries, newest first, of one actor or action where given.

        ``action`` may be the first word of one (``session``); ``before`` is time and id of the last entry of the page
        before.

        Raises:
            StorageError, StorageUnavailableError
        """
        at, entry_id = before or (None, "")
        # As text: the library cuts the fraction of a bound time.
        moment = "" if at is None else stored_time(at).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        conditions = ["actor = {actor:String}"] if actor else []
        if action:
            conditions.append("(action = {action:String} OR startsWith(action, concat({action:String}, '.')))")
        if at is not None and id_or_none(entry_id):
            conditions.append("(at, entry_id) < ({at:DateTime64(3, 'UTC')}, {entry_id:UUID})")
        where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
        rows = self._clickhouse.rows(
            f"SELECT * FROM audit {where}ORDER BY at DESC, entry_id DESC LIMIT {{limit:UInt32}}",  # noqa: S608
            {"actor": actor, "action": action, "at": moment, "entry_id": entry_id, "limit": limit},
        )
        return [
            AuditEntry(
                entry_id=str(row["entry_id"]),
                at=row["at"],
                actor=row["actor"],
                role=row["role"],
                action=row["action"],
                target=row["target"],
                outcome=cast(Outcome, row["outcome"]),
                address=row["address"],
                detail=load(row["detail"]),
            )
            for row in rows
        ]
