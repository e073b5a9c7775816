"""Service tokens: made, checked, taken back. Only hashes are stored."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock
from time import monotonic
from typing import Any

import structlog
import uuid_utils

from app.storage.clickhouse import ClickHouse
from app.storage.errors import StorageUnavailableError
from app.storage.events import id_or_none, stored_time

PREFIX = "lat_"
REFRESH_S = 5.0
"""How long a token taken back by another process may still pass here."""

TOKEN_COLUMNS = {
    "token_id": "UUID",
    "revision": "UInt32",
    "name": "String",
    "sha256": "String",
    "scopes": "Array(LowCardinality(String))",
    "created_at": "DateTime64(3, 'UTC')",
    "expires_at": "Nullable(DateTime64(3, 'UTC'))",
    "revoked_at": "Nullable(DateTime64(3, 'UTC'))",
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Token:
    """A service token without its secret; ``sha256`` is the hex digest of it."""

    token_id: str
    name: str
    sha256: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    revision: int = 1

    def valid(self, now: datetime) -> bool:
        """Whether the token passes at ``now`` (aware)."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class TokenRepository:
    """The table of tokens, with a copy in memory so that checking one costs no query.

    The copy is read again after ``REFRESH_S`` by whichever request comes next, the others going on with what
    there is; while the store is away the last copy holds, so that requests are still let in.
    """

    def __init__(self, clickhouse: ClickHouse, clock: Callable[[], float] = monotonic) -> None:
        """``clock`` gives seconds, for the age of the copy."""
        self._clickhouse = clickhouse
        self._clock = clock
        self._lock = Lock()
        self._known: dict[str, Token] | None = None
        self._read_at = 0.0

    def create(self, name: str, scopes: Iterable[str], expires_at: datetime | None = None) -> tuple[str, str]:
        """A new token: its id, and its secret, which cannot be shown again (``lat_`` and 43 URL-safe characters).

        Raises:
            StorageError, StorageUnavailableError
        """
        secret = PREFIX + secrets.token_urlsafe(32)
        token = Token(
            token_id=str(uuid_utils.uuid7()),
            name=name,
            sha256=_digest(secret),
            scopes=tuple(scopes),
            created_at=stored_time(datetime.now(UTC)),
            expires_at=expires_at and stored_time(expires_at),
        )
        self._write(token)
        return token.token_id, secret

    def verify(self, secret: str) -> Token | None:
        """The valid token with this secret, ``None`` where there is none.

        Raises:
            StorageError, StorageUnavailableError: the tokens were never read yet and cannot be.
        """
        if not secret.startswith(PREFIX):
            return None
        digest = _digest(secret)
        now = datetime.now(UTC)
        found = None
        # Every token is compared, so that the time taken says nothing about which one came close.
        for token in self._tokens().values():
            if hmac.compare_digest(token.sha256, digest) and token.valid(now):
                found = token
        return found

    def revoke(self, token_id: str) -> bool:
        """Take a token back, at once in this process; False where there is no such token or it is taken back already.

        Raises:
            StorageError, StorageUnavailableError
        """
        token = {token.token_id: token for token in self.list_all()}.get(id_or_none(token_id) or "")
        if token is None or token.revoked_at is not None:
            return False
        self._write(replace(token, revoked_at=stored_time(datetime.now(UTC)), revision=token.revision + 1))
        return True

    def list_all(self) -> list[Token]:
        """All tokens, also those that no longer pass, oldest first.

        Raises:
            StorageError, StorageUnavailableError
        """
        rows = self._clickhouse.rows("SELECT * FROM tokens FINAL ORDER BY created_at, token_id")
        return [_read(row) for row in rows]

    def _write(self, token: Token) -> None:
        row = (
            token.token_id, token.revision, token.name, token.sha256, token.scopes, token.created_at,
            token.expires_at, token.revoked_at,
        )  # fmt: skip
        self._clickhouse.insert("tokens", TOKEN_COLUMNS, [row])
        with self._lock:
            if self._known is not None:
                self._known = {**self._known, token.token_id: token}

    def _tokens(self) -> dict[str, Token]:
        known = self._known
        fresh = self._clock() - self._read_at < REFRESH_S
        if known is not None and (fresh or not self._lock.acquire(blocking=False)):
            return known
        if known is None:
            self._lock.acquire()
        try:
            if self._known is None or self._clock() - self._read_at >= REFRESH_S:
                self._refresh()
            return self._known or {}
        finally:
            self._lock.release()

    def _refresh(self) -> None:
        try:
            self._known = {token.token_id: token for token in self.list_all()}
        except StorageUnavailableError as error:
            if self._known is None:
                raise
            log.warning("tokens_not_refreshed", reason=error.message)
        self._read_at = self._clock()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _read(row: dict[str, Any]) -> Token:
    return Token(
        token_id=str(row["token_id"]),
        name=row["name"],
        sha256=row["sha256"],
        scopes=tuple(row["scopes"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        revision=row["revision"],
    )
