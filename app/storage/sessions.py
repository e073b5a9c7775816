"""The sessions of people who signed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from time import monotonic
from typing import Any

from app.storage.clickhouse import ClickHouse
from app.storage.events import id_or_none, stored_time
from app.storage.mirror import Mirror

SESSION_COLUMNS = {
    "session_id": "UUID",
    "revision": "UInt32",
    "user": "String",
    "method": "LowCardinality(String)",
    "created_at": "DateTime64(3, 'UTC')",
    "last_seen_at": "DateTime64(3, 'UTC')",
    "expires_at": "DateTime64(3, 'UTC')",
    "ended_at": "Nullable(DateTime64(3, 'UTC'))",
    "address": "String",
    "agent": "String",
}


@dataclass(frozen=True, slots=True)
class StoredSession:
    """One session; ``expires_at`` is when it ends unless it is used, ``ended_at`` when somebody ended it."""

    session_id: str
    user: str
    method: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str
    agent: str
    ended_at: datetime | None = None
    revision: int = 1

    def live(self, now: datetime) -> bool:
        """Whether it lets its user in at ``now`` (aware)."""
        return self.ended_at is None and now < self.expires_at


class SessionRepository:
    """The table of sessions, with a copy of the living ones in memory; see ``Mirror`` for how fresh that is."""

    def __init__(self, clickhouse: ClickHouse, clock: Callable[[], float] = monotonic) -> None:
        """``clock`` gives seconds, for the age of the copy."""
        self._clickhouse = clickhouse
        self._mirror = Mirror(self._read_living, clock)

    def get(self, session_id: str, now: datetime) -> StoredSession | None:
        """The session with this id if it lives at ``now``.

        Raises:
            StorageError, StorageUnavailableError: as every function here.
        """
        found = self._mirror.all().get(id_or_none(session_id) or "")
        return found if found is not None and found.live(now) else None

    def living(self, now: datetime, user: str | None = None) -> list[StoredSession]:
        """The sessions that live at ``now``, of ``user`` or of everybody, the last used first."""
        found = [s for s in self._mirror.all().values() if s.live(now) and user in (None, s.user)]
        return sorted(found, key=lambda session: (session.last_seen_at, session.session_id), reverse=True)

    def save(self, session: StoredSession) -> StoredSession:
        """Write ``session`` as its next revision; on return it holds. One that was ended stays so."""

        def write() -> tuple[str, StoredSession]:
            # Asked of the store: another process may have ended it since the copy was read.
            found = self._clickhouse.rows(
                "SELECT max(revision) AS revision, min(ended_at) AS ended_at FROM sessions "
                "WHERE session_id = {id:UUID}",
                {"id": session.session_id},
            )
            row = replace(session, revision=found[0]["revision"] + 1, ended_at=found[0]["ended_at"] or session.ended_at)
            self._clickhouse.insert("sessions", SESSION_COLUMNS, [_row(row)])
            return row.session_id, row

        return self._mirror.change(write)

    def _read_living(self) -> dict[str, StoredSession]:
        rows = self._clickhouse.rows("SELECT * FROM sessions FINAL WHERE expires_at > now64(3, 'UTC')")
        return {str(row["session_id"]): _read(row) for row in rows}


def _row(session: StoredSession) -> list[object]:
    values: list[object] = [getattr(session, column) for column in SESSION_COLUMNS]
    return [stored_time(value) if isinstance(value, datetime) else value for value in values]


def _read(row: Mapping[str, Any]) -> StoredSession:
    values = {field.name: row[field.name] for field in fields(StoredSession)}
    return StoredSession(**values | {"session_id": str(row["session_id"])})
