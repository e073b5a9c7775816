"""The work that reviews set in motion: done in the background, step by step, each step durable, resumed at start."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from agents.errors import LogatlasError, UnavailableError
from app.live import LiveFeed
from app.reviews.steps import SETTLING, Steps
from app.storage import Store
from app.storage.review_batches import ReviewBatch

log = structlog.get_logger(__name__)

_IDLE_S = 1.0
_FIRST_RETRY_S = 1.0
_LAST_RETRY_S = 60.0
_MOST_FAULTS = 5
"""Faults of ours after which a step is given up: a review that cannot be carried out is taken back whole."""


class Work:
    """Carries reviews out, one step of one review at a time, the oldest first in each phase. Safe to share by threads.

    ``lock`` is held while versions of decisions are made, here and by whoever takes a review: no two give one event
    the same version.
    """

    def __init__(self, store: Store, steps: Steps, live: LiveFeed, shown: Callable[[ReviewBatch], dict[str, object]]):
        """``shown`` gives the JSON of a review."""
        self.lock = threading.RLock()
        self._store = store
        self._steps = steps
        self._live = live
        self._shown = shown
        self._pending: dict[str, ReviewBatch] = {}
        self._not_before: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._faults: dict[str, int] = {}
        self._woken = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reviews", daemon=True)
        self._resumed = False

    def start(self) -> None:
        """Begin, with what an earlier process left; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """End after the step under way; the rest is in the tables and goes on at the next start."""
        self._closing.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)

    def wake(self) -> None:
        """Look for work now."""
        self._woken.set()

    def add(self, batch: ReviewBatch) -> None:
        """Take on a review."""
        with self.lock:
            self._pending[batch.review_id] = batch

    def current(self, review_id: str) -> ReviewBatch | None:
        """The newest revision of a review that is not finished; ``None`` for any other."""
        return self._pending.get(review_id)

    def undo(self, batch: ReviewBatch, by: str, now: datetime) -> ReviewBatch:
        """Begin to take a review back, also one that is still being carried out; on return its pins do not hold.

        Raises:
            StorageError, StorageUnavailableError
        """
        batch = batch.next(
            undone_at=now, undone_by=by, state="running", phase="undo", cursor="", done=0, degraded=(), settle_at=None,
            total=max(batch.total, batch.redecided),
        )  # fmt: skip
        self._store.review_batches.save(batch)
        self._pending[batch.review_id] = batch
        self._not_before.pop(batch.review_id, None)
        batch = replace(self._steps.undo_pins(batch), revision=batch.revision + 1)
        self._store.review_batches.save(batch)
        self._pending[batch.review_id] = batch
        return batch

    def drain(self, timeout: float) -> bool:
        """Do what can be done now, in the calling thread, without waiting for late events; whether nothing failed."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            batch = self._next(settling=False)
            if batch is None:
                return not self._failures
            self._advance(batch)
        return False

    # -- inside

    def _run(self) -> None:
        while not self._closing.is_set():
            if not self._resumed:
                self._resume()
            batch = self._next()
            if batch is not None:
                self._advance(batch)
                continue
            self._woken.wait(_IDLE_S)
            self._woken.clear()

    def _resume(self) -> None:
        """Take up what is in the tables. A review that was never acknowledged is taken back."""
        try:
            left = self._store.review_batches.unfinished()
        except LogatlasError as error:
            log.warning("reviews not resumed", reason=error.message)
            self._closing.wait(_FIRST_RETRY_S)
            return
        self._resumed = True
        with self.lock:
            for batch in left:
                fresh = replace(batch, phase="abandon") if batch.phase == "start" else batch
                self._pending.setdefault(batch.review_id, fresh)
        if left:
            log.info("reviews resumed", count=len(left))

    def _next(self, *, settling: bool = True) -> ReviewBatch | None:
        """What is to be done next: phases in their order, so that examples of one do not hold up pins of another."""
        now, moment = time.monotonic(), datetime.now(UTC)
        with self.lock:
            ready = [
                batch
                for batch in self._pending.values()
                if self._not_before.get(batch.review_id, 0.0) <= now
                and (batch.settle_at is None or batch.settle_at <= moment or not _settles(batch))
                and (settling or not _settles(batch))
            ]
        return min(ready, key=lambda b: (self._steps.rank(b.phase), b.created_at, b.review_id), default=None)

    def _advance(self, batch: ReviewBatch) -> None:
        try:
            after = self._steps.step(batch, self.lock, lambda: self._pending.get(batch.review_id) == batch)
        except UnavailableError as error:
            self._retry(batch, error)
        except Exception as error:
            log.exception("review step failed", review_id=batch.review_id, phase=batch.phase)
            self._fault(batch, error)
        else:
            if after is not None:
                self._save(batch, after)

    def _save(self, before: ReviewBatch, after: ReviewBatch) -> None:
        with self.lock:
            if self._pending.get(before.review_id) != before:
                # Undone in between: what this step did is among the changes that are taken back.
                return
            after = replace(after, revision=before.revision + 1)
            try:
                self._store.review_batches.save(after)
            except LogatlasError as error:
                self._retry(before, error)
                return
            for waiting in (self._not_before, self._failures, self._faults):
                waiting.pop(before.review_id, None)
            if after.phase == "finished":
                del self._pending[before.review_id]
            else:
                self._pending[before.review_id] = after
        self._tell(before, after)

    def _retry(self, batch: ReviewBatch, error: LogatlasError) -> None:
        failures = self._failures.get(batch.review_id, 0)
        self._failures[batch.review_id] = failures + 1
        delay = min(_LAST_RETRY_S, _FIRST_RETRY_S * 2**failures)
        self._not_before[batch.review_id] = time.monotonic() + delay
        log.warning("review waits", review_id=batch.review_id, phase=batch.phase, reason=error.message, retry_s=delay)
        part = self._steps.part_of(batch.phase)
        if part in batch.degraded:
            return
        with self.lock:
            if self._pending.get(batch.review_id) == batch:
                self._pending[batch.review_id] = replace(batch, degraded=(*batch.degraded, part))
        self._live.tell("review", self._shown(replace(batch, degraded=(*batch.degraded, part))))

    def _fault(self, batch: ReviewBatch, error: Exception) -> None:
        faults = self._faults.get(batch.review_id, 0) + 1
        self._faults[batch.review_id] = faults
        self._not_before[batch.review_id] = time.monotonic() + _FIRST_RETRY_S * 2**faults
        if faults < _MOST_FAULTS:
            return
        given_up = self._steps.give_up(batch)
        log.error("review step given up", review_id=batch.review_id, phase=batch.phase, error=type(error).__name__)
        self._save(batch, given_up)

    def _tell(self, before: ReviewBatch, after: ReviewBatch) -> None:
        moved = (before.done, before.total, before.state) != (after.done, after.total, after.state)
        if moved:
            progress = {"review_id": after.review_id, "done": after.done, "total": after.total, "state": after.state}
            self._live.tell("review_progress", progress)
            self._live.queue_changed()
        done = before.state == "running" and after.state != "running"
        if done or before.degraded != after.degraded or after.phase == "finished":
            self._live.tell("review", self._shown(after))


def _settles(batch: ReviewBatch) -> bool:
    return batch.phase in SETTLING
