"""The people who may sign in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from time import monotonic
from typing import Any

from app.storage.clickhouse import ClickHouse
from app.storage.events import stored_time
from app.storage.mirror import Mirror

ACCOUNT_COLUMNS = {
    "name": "String",
    "revision": "UInt32",
    "display_name": "String",
    "role": "LowCardinality(String)",
    "method": "LowCardinality(String)",
    "password_hash": "String",
    "subject": "String",
    "must_set": "Bool",
    "created_at": "DateTime64(3, 'UTC')",
    "last_sign_in_at": "Nullable(DateTime64(3, 'UTC'))",
    "disabled": "Bool",
    "removed": "Bool",
}


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """One account. ``method`` is ``password`` or ``oidc``; ``password_hash`` is empty while there is no password.

    ``subject`` is the issuer and subject of an OpenID provider, with a space between. ``must_set``: nothing but
    setting a password is allowed until that is done.
    """

    name: str
    display_name: str
    role: str
    method: str
    created_at: datetime
    password_hash: str = ""
    subject: str = ""
    must_set: bool = False
    last_sign_in_at: datetime | None = None
    disabled: bool = False
    removed: bool = False
    revision: int = 1

    def __repr__(self) -> str:
        """Without the hash, so that no log shows it."""
        return f"StoredAccount({self.name!r}, role={self.role!r}, revision={self.revision})"


class AccountRepository:
    """The table of accounts, with a copy in memory; see ``Mirror`` for how fresh that is."""

    def __init__(self, clickhouse: ClickHouse, clock: Callable[[], float] = monotonic) -> None:
        """``clock`` gives seconds, for the age of the copy."""
        self._clickhouse = clickhouse
        self._mirror = Mirror(self._read_all, clock)

    def get(self, name: str) -> StoredAccount | None:
        """The account with this name, ``None`` where there is none (any more).

        Raises:
            StorageError, StorageUnavailableError: as every function here.
        """
        found = self._mirror.all().get(name)
        return None if found is None or found.removed else found

    def by_subject(self, subject: str) -> StoredAccount | None:
        """The account of a subject of an OpenID provider."""
        return next((account for account in self.all() if account.subject == subject), None)

    def all(self) -> list[StoredAccount]:
        """All accounts by name, without removed ones."""
        return [account for _, account in sorted(self._mirror.all().items()) if not account.removed]

    def save(self, account: StoredAccount) -> StoredAccount:
        """Write ``account`` as its next revision; on return it holds."""

        def write() -> tuple[str, StoredAccount]:
            # Asked of the store: another process may have written since the copy was read.
            found = self._clickhouse.rows(
                "SELECT max(revision) AS revision FROM accounts WHERE name = {name:String}", {"name": account.name}
            )
            row = replace(account, revision=found[0]["revision"] + 1)
            self._clickhouse.insert("accounts", ACCOUNT_COLUMNS, [_row(row)])
            return row.name, row

        return self._mirror.change(write)

    def _read_all(self) -> dict[str, StoredAccount]:
        rows = self._clickhouse.rows("SELECT * FROM accounts FINAL")
        return {row["name"]: _read(row) for row in rows}


def _row(account: StoredAccount) -> list[object]:
    values: list[object] = [getattr(account, column) for column in ACCOUNT_COLUMNS]
    return [stored_time(value) if isinstance(value, datetime) else value for value in values]


def _read(row: Mapping[str, Any]) -> StoredAccount:
    return StoredAccount(**{field.name: row[field.name] for field in fields(StoredAccount)})
