"""Brings the knowledge base in step with taxonomy and catalog when the service starts, in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from agents.errors import LogatlasError
from agents.knowledge.base import Kind, KnowledgeBase, Progress
from agents.knowledge.build import SyncReport
from app.readiness import PartHealth, State

log = structlog.get_logger(__name__)

_USABLE = 0.9
"""The share of the chunks from which on the knowledge base counts as filled."""
_PAUSE_S = 30.0
"""Seconds before a synchronisation that failed is tried again."""

Sync = Callable[[Progress | None], SyncReport]


class KnowledgeSync:
    """Runs ``sync`` until it succeeds once, and knows how far it is. Safe to share by threads."""

    def __init__(self, knowledge: KnowledgeBase, sync: Sync, expected: int) -> None:
        """``expected`` is the number of chunks there should be; with far fewer, decisions are not worth much."""
        self._knowledge = knowledge
        self._expected = expected
        self._sync = sync
        self._thread = threading.Thread(target=self._run, name="knowledge-sync", daemon=True)
        self._closing = threading.Event()
        self._settled = threading.Event()
        self._problem = ""
        self._progress = (0, 0)
        # Until it is known that there is something in it, the knowledge base counts as starting.
        self._filling = True

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def now(self, progress: Progress | None = None) -> SyncReport:
        """Synchronise in the calling thread, for commands that have no service around them.

        Raises:
            LogatlasError: the knowledge base or the embeddings are away.
        """
        try:
            return self._sync(progress)
        finally:
            self._filling = False
            self._settled.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the first attempt is over, well or not; ``False`` when ``timeout`` seconds were not enough."""
        return self._settled.wait(timeout)

    def close(self) -> None:
        """Try no more; an attempt under way ends with the knowledge base."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    @property
    def filling(self) -> bool:
        """Whether the knowledge base is being filled for the first time, so that what it finds is not the whole."""
        return self._filling

    def health(self) -> PartHealth:
        """How the knowledge base is, seen together with the synchronisation."""
        if self._filling:
            # Without asking the knowledge base, which may be busy writing.
            done, total = self._progress
            return PartHealth(State.STARTING, f"first start: {done} of {total} chunks written" if total else "opening")
        self._knowledge.check()
        if self._problem:
            return PartHealth(State.DEGRADED, self._problem)
        if self._settled.is_set() and not self._knowledge.count(Kind.CLASS):
            return PartHealth(State.DEGRADED, "the knowledge base is empty: run `logatlas knowledge sync`")
        return PartHealth(State.OK)

    def _run(self) -> None:
        while not self._closing.is_set() and not self._attempt():
            self._closing.wait(_PAUSE_S)

    def _attempt(self) -> bool:
        try:
            present = self._knowledge.count(Kind.CLASS) + self._knowledge.count(Kind.GUIDE)
            self._filling = present < self._expected * _USABLE
            report = self._sync(self._note)
        except LogatlasError as error:
            self._problem = f"could not be brought up to date: {error.message}"
            log.warning("knowledge sync failed", code=error.code, reason=error.message)
            return False
        except Exception as error:
            self._problem = "could not be brought up to date: see the log"
            log.exception("knowledge sync failed", error=type(error).__name__)
            return False
        finally:
            self._filling = False
            self._settled.set()
        missing = len(report.missing)
        self._problem = f"{missing} chunks were sent but are not there" if missing else ""
        log.info(
            "knowledge is up to date", added=report.added, updated=report.updated, removed=report.removed,
            unchanged=report.unchanged, missing=missing,
        )  # fmt: skip
        return True

    def _note(self, done: int, total: int) -> None:
        before, self._progress = self._progress[0], (done, total)
        # One line for each tenth that is done.
        if total and done * 10 // total != before * 10 // total:
            log.info("filling the knowledge base", done=done, total=total)
