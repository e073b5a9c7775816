"""Brings the knowledge base in step with taxonomy and catalog when the service starts, in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

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
_AWAY_PAUSE_S = 5.0
"""The same while it is not known what the knowledge base holds, because it does not answer: asking costs little."""

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
        self._counted = False
        self._under_way = False
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
            report = self._sync(progress)
        except Exception:
            # What a failed attempt left behind counts by its size; the reason goes to the caller.
            with suppress(LogatlasError):
                self._measure()
            raise
        finally:
            self._settled.set()
        self._filling = False
        return report

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
        """Whether the knowledge base holds too little so far, so that what it finds is not the whole.

        So it is from the start until a synchronisation succeeds or most chunks are counted, however many attempts
        fail in between: an attempt may break off after half of the chunks.
        """
        return self._filling

    def health(self) -> PartHealth:
        """How the knowledge base is, seen together with the synchronisation."""
        if self._filling and not self._problem:
            # Without asking the knowledge base, which may be busy writing.
            done, total = self._progress
            return PartHealth(State.STARTING, f"first start: {done} of {total} chunks written" if total else "opening")
        if not (self._filling and self._under_way):
            self._knowledge.check()
        if self._problem:
            return PartHealth(State.DEGRADED, self._problem)
        if self._settled.is_set() and not self._knowledge.count(Kind.CLASS):
            return PartHealth(State.DEGRADED, "the knowledge base is empty: run `logatlas knowledge sync`")
        return PartHealth(State.OK)

    def _run(self) -> None:
        while not self._closing.is_set() and not self._attempt():
            self._closing.wait(_PAUSE_S if self._counted else _AWAY_PAUSE_S)

    def _attempt(self) -> bool:
        self._under_way = True
        try:
            self._measure()
            report = self._sync(self._note)
            self._filling = False
        except Exception as error:  # noqa: BLE001 - _fail logs it with its trace
            self._fail(error)
            return False
        finally:
            self._under_way = False
            self._settled.set()
        missing = len(report.missing)
        self._problem = f"{missing} chunks were sent but are not there" if missing else ""
        log.info(
            "knowledge is up to date", added=report.added, updated=report.updated, removed=report.removed,
            unchanged=report.unchanged, missing=missing,
        )  # fmt: skip
        return True

    def _measure(self) -> None:
        """Set ``filling`` by what there is; where the knowledge base does not answer, it stays as it was."""
        self._counted = False
        present = self._knowledge.count(Kind.CLASS) + self._knowledge.count(Kind.GUIDE)
        self._filling = present < self._expected * _USABLE
        self._counted = True

    def _fail(self, error: Exception) -> None:
        if isinstance(error, LogatlasError):
            problem = f"could not be brought up to date: {error.message}"
            if problem != self._problem:
                log.warning("knowledge sync failed", code=error.code, reason=error.message)
        else:
            problem = "could not be brought up to date: see the log"
            log.error("knowledge sync failed", error=type(error).__name__, exc_info=error)
        self._problem = problem
        try:
            self._measure()
        except Exception as away:  # noqa: BLE001 - the attempt has failed and said so; this only tells how soon to try again
            log.debug("knowledge cannot be counted", error=type(away).__name__)

    def _note(self, done: int, total: int) -> None:
        before, self._progress = self._progress[0], (done, total)
        # One line for each tenth that is done.
        if total and done * 10 // total != before * 10 // total:
            log.info("filling the knowledge base", done=done, total=total)
