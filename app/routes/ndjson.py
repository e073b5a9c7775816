"""NDJSON both ways: lines in as they arrive, answers out in the same order, neither side held in memory."""

from __future__ import annotations

import contextvars
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import IO, Protocol

import structlog

from agents.errors import LogatlasError
from app.errors import error_body, internal_error
from app.wire import write_json

log = structlog.get_logger(__name__)

_CHUNK = 64 * 1024
_IN_MEMORY = 4 * 2**20
"""Bytes of unread answers held in memory; more goes to a temporary file."""


class LineTooLongError(LogatlasError):
    """A line went over the limit; its content was skipped."""

    code = "event_too_large"


class Readable(Protocol):
    """The body of a request, as WSGI gives it."""

    def readline(self, size: int = -1, /) -> bytes:
        """The next line, or its next ``size`` bytes."""
        ...


def read_lines(body: Readable, limit: int) -> Iterator[tuple[int, bytes | LineTooLongError]]:
    """(line number from 1, line without its end) for each line that is not blank, as soon as it has arrived.

    A line over ``limit`` bytes is skipped without being kept and comes as an error in its place.
    """
    number, line, skipping = 1, bytearray(), False
    for piece in _pieces(body):
        start = 0
        while start < len(piece):
            end = piece.find(b"\n", start)
            stop = len(piece) if end < 0 else end
            if not skipping:
                line += piece[start:stop]
                skipping = len(line) > limit
            start = stop + 1
            if end >= 0:
                yield from _finished(number, line, limit, skipping=skipping)
                number, line, skipping = number + 1, bytearray(), False
            elif skipping:
                line.clear()
    yield from _finished(number, line, limit, skipping=skipping)


def _finished(
    number: int, line: bytearray, limit: int, *, skipping: bool
) -> Iterator[tuple[int, bytes | LineTooLongError]]:
    if skipping:
        yield number, LineTooLongError(f"a line may have at most {limit} bytes", limit=limit)
    elif content := bytes(line.strip()):
        yield number, content


def _pieces(body: Readable) -> Iterator[bytes]:
    # read1 returns what has arrived; without it, a line is the smallest thing one can wait for.
    read1: Callable[[int], bytes] | None = getattr(body, "read1", None)
    while piece := read1(_CHUNK) if read1 else body.readline(_CHUNK):
        yield piece


class Outbox:
    """Answers waiting for a caller who reads slowly, or only after having sent everything.

    Without it such a caller and the server would wait for each other for ever: the server to write an answer, the
    caller to send its next line. Holds ``_IN_MEMORY`` bytes, further answers lie in an unnamed temporary file.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._memory: deque[bytes] = deque()
        self._bytes = 0
        self._file: IO[bytes] | None = None
        self._written = self._read = 0
        self._closed = False

    def put(self, answer: bytes) -> None:
        """Add an answer; waits for the reader only when the disk is full. Ignored once closed."""
        with self._changed:
            if not self._closed and not self._fits(answer) and not self._spill(answer):
                self._changed.wait_for(lambda: self._closed or self._fits(answer))
            if not self._closed and self._fits(answer):
                self._memory.append(answer)
                self._bytes += len(answer)
            self._changed.notify_all()

    def close(self) -> None:
        """No more answers: the iterator ends after those that are there."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def discard(self) -> None:
        """Nobody reads any more: drop what is there and release the file."""
        with self._changed:
            self._closed = True
            self._memory.clear()
            if self._file is not None:
                self._file.close()
            self._file, self._written, self._read = None, 0, 0
            self._changed.notify_all()

    def __iter__(self) -> Iterator[bytes]:
        """Everything that is ready, joined, as soon as there is something."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._memory or self._on_disk or self._closed)
                ready = self._take()
            if not ready:
                return
            yield ready

    @property
    def _on_disk(self) -> int:
        return self._written - self._read

    def _fits(self, answer: bytes) -> bool:
        # Once the file holds something, later answers must queue behind it.
        return not self._on_disk and (not self._memory or self._bytes + len(answer) <= _IN_MEMORY)

    def _spill(self, answer: bytes) -> bool:
        """Whether the file took the answer."""
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by discard, on every path
            self._file.seek(self._written)
            self._file.write(answer)
            self._file.flush()
        except OSError as error:
            log.warning("no room for unread answers, waiting for the caller", reason=error.strerror)
            return False
        self._written += len(answer)
        return True

    def _take(self) -> bytes:
        if self._memory:
            ready = b"".join(self._memory)
            self._memory.clear()
            self._bytes = 0
        elif self._file is not None and self._on_disk:
            self._file.seek(self._read)
            ready = self._file.read(min(_CHUNK, self._on_disk))
            self._read += len(ready)
            if not self._on_disk:
                self._file.seek(0)
                self._file.truncate()
                self._written = self._read = 0
        else:
            return b""
        self._changed.notify_all()
        return ready


class Conversation:
    """One NDJSON request: reads lines in a thread of its own, answers them through ``executor``, keeps the order.

    ``answer`` turns a line into the JSON object of its answer and raises ``LogatlasError`` for a bad one. At most
    ``window`` lines are under way at a time.
    """

    def __init__(
        self,
        lines: Iterator[tuple[int, bytes | LineTooLongError]],
        answer: Callable[[bytes], object],
        refused: Callable[[LogatlasError], None],
        executor: Executor,
        window: int,
    ) -> None:
        self._lines = lines
        self._answer = answer
        self._refused = refused
        self._executor = executor
        self._room = threading.Semaphore(window)
        self._under_way: deque[Future[bytes]] = deque()
        self._order = threading.Lock()
        self._outbox = Outbox()
        self._stopped = threading.Event()
        # Log lines of the executor's threads carry the request id of this request.
        self._context = contextvars.copy_context()

    def __iter__(self) -> Iterator[bytes]:
        """The answers, one line each, several lines joined where they are ready together."""
        reader = threading.Thread(target=self._read, name="ndjson-reader", daemon=True)
        reader.start()
        try:
            yield from self._outbox
        finally:
            # On a broken connection the reader sees its end as well; otherwise it is through already.
            self._stopped.set()
            self._outbox.discard()
            reader.join(timeout=5)

    def _read(self) -> None:
        number = 0
        try:
            for number, line in self._lines:
                self._room.acquire()
                if self._stopped.is_set():
                    return
                future = self._executor.submit(self._context.copy().run, self._one, number, line)
                with self._order:
                    self._under_way.append(future)
                future.add_done_callback(self._deliver)
        except Exception as error:  # noqa: BLE001 - the server's body readers raise their own kinds; the caller must hear of it
            log.warning("request body broke off", reason=type(error).__name__, after_line=number)
            message = "the request body could not be read to its end; the lines answered so far are stored"
            self._room.acquire()
            last: Future[bytes] = Future()
            last.set_result(self._error(LogatlasError(message), number + 1, code="incomplete_body"))
            with self._order:
                self._under_way.append(last)
        finally:
            self._finish()

    def _finish(self) -> None:
        with self._order:
            left = list(self._under_way)
        for future in left:
            future.exception()
        self._deliver()
        self._outbox.close()

    def _deliver(self, _: Future[bytes] | None = None) -> None:
        with self._order:
            while self._under_way and self._under_way[0].done():
                self._outbox.put(self._under_way.popleft().result())
                self._room.release()

    def _one(self, number: int, line: bytes | LineTooLongError) -> bytes:
        try:
            if isinstance(line, LineTooLongError):
                return self._error(line, number)
            return write_json(self._answer(line)) + b"\n"
        except LogatlasError as error:
            return self._error(error, number)
        except Exception:
            log.exception("unhandled exception", line=number)
            return self._error(internal_error(), number)

    def _error(self, error: LogatlasError, number: int, code: str | None = None) -> bytes:
        self._refused(error)
        body = error_body(error)
        body["error"]["code"] = code or error.code
        return write_json(body | {"line": number}) + b"\n"
