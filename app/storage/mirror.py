"""A small table's copy in memory, so that looking something up on every request costs no query."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import RLock
from time import monotonic
from typing import Generic, TypeVar

import structlog

from app.storage.errors import StorageUnavailableError

REFRESH_S = 5.0
"""How long a change made by another process may go unseen here."""

T = TypeVar("T")
log = structlog.get_logger(__name__)


class Mirror(Generic[T]):
    """Rows by key, read again after ``REFRESH_S`` by whichever caller comes next.

    The other callers go on with what is there meanwhile. What this process writes is seen at once. While the store is
    away the last copy holds.
    """

    def __init__(self, read: Callable[[], Mapping[str, T]], clock: Callable[[], float] = monotonic) -> None:
        """``read`` gives all rows from the store; ``clock`` gives seconds."""
        self._read = read
        self._clock = clock
        self._lock = RLock()
        self._known: dict[str, T] | None = None
        self._read_at = 0.0

    def all(self) -> Mapping[str, T]:
        """All rows by key.

        Raises:
            StorageError, StorageUnavailableError: they were never read yet and cannot be.
        """
        known = self._known
        if known is not None and (self._fresh() or not self._lock.acquire(blocking=False)):
            return known
        if known is None:
            self._lock.acquire()
        try:
            if self._known is None or not self._fresh():
                self._refresh()
            return self._known or {}
        finally:
            self._lock.release()

    def change(self, write: Callable[[], tuple[str, T]]) -> T:
        """Run ``write``, which stores one row and returns its key and the row; no refresh comes in between."""
        with self._lock:
            key, row = write()
            if self._known is not None:
                self._known = {**self._known, key: row}
            return row

    def _fresh(self) -> bool:
        return self._clock() - self._read_at < REFRESH_S

    def _refresh(self) -> None:
        try:
            self._known = dict(self._read())
        except StorageUnavailableError as error:
            if self._known is None:
                raise
            log.warning("copy_not_refreshed", reason=error.message)
        self._read_at = self._clock()
