"""Moves records from the spool to the event store, in batches, for as long as it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event, Thread
from time import monotonic

import structlog

from app.storage.errors import StorageRejectedError
from app.storage.spool import Record, Segment, Spool

BATCH_ROWS = 5_000
BATCH_WAIT_S = 0.2
"""How long a record may wait for company before it is stored."""
FIRST_RETRY_S = 0.1
LAST_RETRY_S = 30.0

log = structlog.get_logger(__name__)


class Drain:
    """A thread that hands every record of a spool to ``store``, which returns once they are stored.

    While the store is away it tries again, waiting twice as long each time, up to ``LAST_RETRY_S``. A record that
    the store can never take (StorageRejectedError) is set aside in the spool's quarantine; the rest goes on.
    """

    def __init__(self, spool: Spool, store: Callable[[Sequence[Record]], None]) -> None:
        self._spool = spool
        self._store = store
        self._stop = Event()
        self._hurry = Event()
        self._stored = 0
        self._last_error = ""
        self._thread = Thread(target=self._run, name="drain", daemon=True)
        self._thread.start()

    @property
    def stored(self) -> int:
        """How many records this drain has moved."""
        return self._stored

    @property
    def last_error(self) -> str:
        """Why the last attempt failed; empty once one has succeeded."""
        return self._last_error

    def flush(self, timeout: float) -> bool:
        """Store what waits now without delay; whether nothing is left after ``timeout`` seconds at most."""
        end = monotonic() + timeout
        self._hurry.set()
        while self._spool.pending and monotonic() < end:
            self._hurry.set()
            self._stop.wait(0.005)
        return self._spool.pending == 0

    def close(self, timeout: float) -> bool:
        """Flush, then end the thread; whether nothing is left. What is left stays in the spool."""
        empty = self.flush(timeout)
        self._stop.set()
        self._hurry.set()
        # A write that hangs ends with the store's own timeout; it is not worth holding up the shutdown for.
        self._thread.join(max(1.0, timeout))
        return empty

    def _run(self) -> None:
        delay = FIRST_RETRY_S
        while not self._stop.is_set():
            if not self._spool.wait(timeout=0.5):
                continue
            self._hurry.wait(max(0.0, BATCH_WAIT_S - self._spool.oldest_age_s))
            try:
                segment = self._spool.seal()
                if segment is not None:
                    self._move(segment)
            except Exception as error:  # noqa: BLE001 - the thread must outlive any fault, the records are safe
                self._last_error = str(error) or type(error).__name__
                log.warning("drain_failed", reason=self._last_error, retry_s=delay, pending=self._spool.pending)
                self._stop.wait(delay)
                delay = min(2 * delay, LAST_RETRY_S)
            else:
                self._last_error = ""
                delay = FIRST_RETRY_S
            if not self._spool.pending:
                self._hurry.clear()

    def _move(self, segment: Segment) -> None:
        batch: list[Record] = []
        for record in self._spool.read(segment):
            batch.append(record)
            if len(batch) == BATCH_ROWS:
                self._store_or_quarantine(batch)
                batch = []
        self._store_or_quarantine(batch)
        self._spool.remove(segment)
        self._stored += segment.count

    def _store_or_quarantine(self, batch: Sequence[Record]) -> None:
        """Store a batch; where it holds a record that cannot be stored, find that one by halves."""
        if not batch:
            return
        try:
            self._store(batch)
        except StorageRejectedError as error:
            if len(batch) == 1:
                self._spool.quarantine(batch[0].body, error.message)
                return
            middle = len(batch) // 2
            self._store_or_quarantine(batch[:middle])
            self._store_or_quarantine(batch[middle:])
