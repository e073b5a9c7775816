"""The pins in force, in memory for the classifier and durable in the event store."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

import structlog

from agents.classifier import Pin, Status
from agents.errors import LogatlasError
from app.storage.pins import PinRepository, StoredPin

log = structlog.get_logger(__name__)

REFRESH_S = 5.0
"""How long a pin that another process set may go unseen here."""
_OVERLAP_US = 60_000_000
"""Revisions are times in microseconds; the clocks of two machines may differ by this much."""


class Pins:
    """The pin of each template. Safe to share by threads; reading takes no lock."""

    def __init__(self, repository: PinRepository, *, shared: bool) -> None:
        """Read the pins in force.

        ``shared`` says that other processes set pins too (a ClickHouse server), so that ``follow`` looks for them.

        Raises:
            StorageError, StorageUnavailableError
        """
        self._repository = repository
        self._shared = shared
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="pins", daemon=True)
        self._revision = 0
        self._active: dict[str, StoredPin] = {}
        self.refresh()

    def start(self) -> None:
        """Begin to look for pins of other processes, where there are any; returns at once."""
        if self._shared:
            self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def get(self, template_id: str) -> Pin | None:
        """The class that holds for a template, as the classifier asks for it."""
        pin = self._active.get(template_id)
        return None if pin is None else Pin(pin.class_uid, pin.activity_id, Status(pin.status))

    def of(self, template_id: str) -> StoredPin | None:
        """The pin of a template with the review that set it."""
        return self._active.get(template_id)

    def set(self, pins: Sequence[StoredPin]) -> None:
        """Make pins effective together, or take back those that are not ``active``; durable before this returns.

        Raises:
            StorageRejectedError, StorageError, StorageUnavailableError: none of them is effective.
        """
        with self._lock:
            first = max(self._revision + 1, time.time_ns() // 1000)
            numbered = [replace(pin, revision=first + n) for n, pin in enumerate(pins)]
            self._repository.insert(numbered)
            self._take(numbered)

    def refresh(self) -> None:
        """Take over what other processes have set.

        Raises:
            StorageError, StorageUnavailableError
        """
        with self._lock:
            self._take(self._repository.since(max(0, self._revision - _OVERLAP_US)))

    def _take(self, pins: Iterable[StoredPin]) -> None:
        # A copy that replaces the old one in a single step: no event sees some pins of a review and not the others.
        active = dict(self._active)
        for pin in pins:
            self._revision = max(self._revision, pin.revision)
            known = active.get(pin.template_id)
            if known is not None and known.revision > pin.revision:
                continue
            if pin.active:
                active[pin.template_id] = pin
            else:
                active.pop(pin.template_id, None)
        self._active = active

    def _follow(self) -> None:
        while not self._closing.wait(REFRESH_S):
            try:
                self.refresh()
            except LogatlasError as error:
                log.warning("pins not refreshed", reason=error.message)
