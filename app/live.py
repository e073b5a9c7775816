"""What happens, told to open pages as it happens: one feed in this process, any number of readers up to a limit."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog

from agents.errors import LogatlasError
from app.errors import ApiError
from app.storage.decisions import StoredDecision
from app.wire import write_json

log = structlog.get_logger(__name__)

KEPT = 1024
"""Messages that a reader may be behind, or find again after it was away."""
HEARTBEAT_S = 15.0
"""Seconds of silence after which a comment is sent, so that proxies and readers see that the connection lives."""
LONGEST_S = 600.0
"""Seconds after which a connection is ended; the reader comes back by itself, and its session is checked again."""
_TICK_S = 1.0
_PARTS_EVERY = 5
_RETRY_MS = 2000


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that happened: its number in the feed, its name, and its JSON."""

    seq: int
    name: str
    data: bytes

    def encoded(self) -> bytes:
        """The message as it goes over the wire (text/event-stream)."""
        return b"id: %d\nevent: %b\ndata: %b\n\n" % (self.seq, self.name.encode(), self.data)


class LiveFeed:
    """Numbers what happens, keeps the last ``KEPT`` messages, and lets readers follow. Safe to share by threads.

    Decisions and the size of the queue are gathered and told once per second at most. Numbers start at the time of
    the start in milliseconds, so that a reader of an earlier process is seen to be one.
    """

    def __init__(
        self,
        *,
        connections: int,
        queue_total: Callable[[], int],
        degraded: Callable[[], list[str]],
        start_at: int | None = None,
    ) -> None:
        """Begin with nothing told.

        Args:
            connections: most readers at a time.
            queue_total: counts what waits for review.
            degraded: names the parts that do not work fully.
            start_at: the number before the first message; by default the time.
        """
        self._most = connections
        self._queue_total = queue_total
        self._degraded = degraded
        self._seq = int(time.time() * 1000) if start_at is None else start_at
        self._ring: deque[Message] = deque(maxlen=KEPT)
        self._changed = threading.Condition()
        self._readers = 0
        self._decided = self._waiting = 0
        self._queue_stale = False
        self._parts: list[str] | None = None
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)
        self.ending: Callable[[], bool] = lambda: False
        """Asked every second: whether the server is stopping, so that open pages must not hold it up."""

    def start(self) -> None:
        """Begin to gather; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """End every connection."""
        self._end()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    @property
    def readers(self) -> int:
        """How many connections are open."""
        return self._readers

    # -- telling

    def tell(self, name: str, data: Mapping[str, Any]) -> None:
        """Tell every reader; never waits for one."""
        encoded = write_json(dict(data))
        with self._changed:
            self._seq += 1
            self._ring.append(Message(self._seq, name, encoded))
            self._changed.notify_all()

    def decided(self, count: int, needs_review: int) -> None:
        """Count new decisions, to be told with others of the same second."""
        with self._changed:
            self._decided += count
            self._waiting += needs_review

    def stored(self, decisions: Sequence[StoredDecision]) -> None:
        """As ``decided``, of these."""
        if decisions:
            self.decided(len(decisions), sum(decision.status == "needs_review" for decision in decisions))

    def queue_changed(self) -> None:
        """Have the size of the queue counted and told within a second."""
        self._queue_stale = True

    # -- following

    def follow(self, last_seen: int | None = None, allowed: Callable[[], bool] = lambda: True) -> Iterator[bytes]:
        """The feed as a stream of bytes: a greeting, what came after ``last_seen`` where that is known, then the rest.

        The greeting's ``resumed`` says whether nothing was missed; where it is False a page loads afresh. The stream
        ends after ``LONGEST_S`` seconds, when the feed is closed, when the reader is further behind than what is kept,
        and when ``allowed``, asked every ``HEARTBEAT_S`` seconds, says that its session has ended.

        Raises:
            ApiError: ``too_many`` (503): as many readers as allowed are there.
        """
        with self._changed:
            if self._readers >= self._most:
                raise ApiError(
                    "too_many", "too many pages follow live; poll instead", HTTPStatus.SERVICE_UNAVAILABLE,
                    limit=self._most,
                )  # fmt: skip
            self._readers += 1
            # Whoever comes new knows nothing of the parts yet: they are told again.
            self._parts = None
        return _Following(self, self._messages(last_seen, allowed))

    def left(self) -> None:
        """Note that a reader is gone."""
        with self._changed:
            self._readers -= 1

    def _messages(self, last_seen: int | None, allowed: Callable[[], bool]) -> Iterator[bytes]:
        now = time.monotonic()
        ends_at, asked_at = now + LONGEST_S, now
        with self._changed:
            resumed = last_seen is not None and self._kept(last_seen)
            place = last_seen if resumed and last_seen is not None else self._seq
        greeting = write_json({"seq": place, "resumed": resumed})
        yield b"retry: %d\nid: %d\nevent: hello\ndata: %b\n\n" % (_RETRY_MS, place, greeting)
        while not self._closed.is_set() and (now := time.monotonic()) < ends_at:
            if now - asked_at >= HEARTBEAT_S - 1:
                asked_at = now
                if not allowed():
                    return
            with self._changed:
                if self._seq == place:
                    self._changed.wait(timeout=HEARTBEAT_S)
                if not self._kept(place):
                    log.info("live reader dropped", behind=self._seq - place)
                    return
                news = [message for message in self._ring if message.seq > place]
            if news:
                place = news[-1].seq
                yield b"".join(message.encoded() for message in news)
            elif not self._closed.is_set():
                yield b": still here\n\n"

    def _kept(self, seq: int) -> bool:
        """Whether everything after ``seq`` is still there."""
        first = self._ring[0].seq if self._ring else self._seq + 1
        return first - 1 <= seq <= self._seq

    # -- gathering

    def _end(self) -> None:
        self._closed.set()
        with self._changed:
            self._changed.notify_all()

    def _run(self) -> None:
        ticks = 0
        while not self._closed.wait(_TICK_S):
            if self.ending():
                self._end()
                return
            self.gather(parts=ticks % _PARTS_EVERY == 0)
            ticks += 1

    def gather(self, *, parts: bool = True) -> None:
        """Tell what was counted since the last time; with ``parts`` also whether a part stopped or began to work."""
        with self._changed:
            decided, waiting = self._decided, self._waiting
            self._decided = self._waiting = 0
            reading = self._readers > 0
        if decided:
            self.tell("decisions", {"count": decided, "needs_review": waiting})
        if (waiting or self._queue_stale) and reading:
            self._queue_stale = False
            # Counting failed: the next change counts again, and pages poll anyway.
            with suppress(LogatlasError):
                self.tell("queue", {"total": self._queue_total()})
        if parts and reading:
            self._tell_parts()

    def _tell_parts(self) -> None:
        try:
            degraded = sorted(self._degraded())
        except LogatlasError as error:
            log.warning("parts not asked", reason=error.message)
            return
        if degraded != self._parts:
            self._parts = degraded
            self.tell("parts", {"degraded": degraded})


class _Following:
    """A stream that gives its place back when the server closes it, also one that was never read."""

    def __init__(self, feed: LiveFeed, messages: Iterator[bytes]) -> None:
        self._feed = feed
        self._messages = messages
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._messages)
        except StopIteration:
            self.close()
            raise

    def close(self) -> None:
        """End the stream."""
        if self._open:
            self._open = False
            self._feed.left()
