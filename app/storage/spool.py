"""The durable hand-over to the event store: records lie in segment files until they are stored.

A segment is a text file with one record a line: the CRC-32 of the rest of the line in hexadecimal, the keys by
which the record is found while it waits, and its body (JSON, so without line breaks). Records are appended to the
active segment; the drain seals it, stores its records and removes the file. So a segment that exists is one whose
records are not known to be stored, and after a crash all that are left are stored (again).

What survives: the end of the process, however sudden, always. The end of the machine (power, kernel) too, because
``append`` returns after ``fdatasync``, which appenders that come together share; with ``fsync=False`` up to the
last half minute may be lost then, as the operating system pleases.
"""

from __future__ import annotations

import os
import re
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Lock

import structlog

from app.storage.errors import StorageRejectedError, StorageUnavailableError
from app.storage.lock import FolderLock

SEGMENT_BYTES = 16 * 2**20
"""A segment is sealed at this size; what a crash leaves half stored is stored again, so it bounds that work."""
MAX_BYTES = 2**30
"""Most bytes that may wait on disk; then ``append`` refuses. About 200,000 decisions, and 150 MB of index."""

QUARANTINE = "quarantine.log"
_OFFSET_BITS = 40
_SEGMENT_NAME = re.compile(r"(\d{12})\.log")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Record:
    """What is spooled: a JSON body without line breaks, and the keys (no spaces, commas) that find it."""

    keys: tuple[str, ...]
    body: bytes


@dataclass(slots=True, eq=False)
class Segment:
    """One file of the spool. ``first_at`` is when its oldest record came, in seconds since the epoch."""

    number: int
    path: Path
    size: int = 0
    first_at: float = 0.0
    keys: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many records it holds."""
        return len(self.keys)


class Spool:
    """A folder of records that wait to be stored. Threads may share it, processes may not.

    Any number of threads append and find; one thread seals and removes.
    """

    def __init__(
        self,
        folder: Path,
        *,
        fsync: bool = True,
        max_bytes: int = MAX_BYTES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Open ``folder`` and take over what an earlier process left in it.

        Args:
            folder: made where missing.
            fsync: whether a record must be on the disk, not only with the operating system, when append returns.
            max_bytes: most bytes that may wait.
            clock: gives seconds since the epoch.

        Raises:
            StorageBusyError: another process has the folder.
            StorageUnavailableError: the folder cannot be used.
        """
        self.folder = folder
        self._fsync = fsync
        self._max_bytes = max_bytes
        self._clock = clock
        self._lock = Lock()
        self._sync_lock = Lock()
        self._arrived = Condition(self._lock)
        self._index: dict[str, tuple[int, ...]] = {}
        self._sealed: deque[Segment] = deque()
        self._active: Segment | None = None
        self._fd = -1
        self._last_number = 0
        self._bytes = 0
        # Appends are numbered; those up to _synced are on the disk, those up to _unsure may never get there.
        self._written = 0
        self._synced = 0
        self._unsure = 0
        self._quarantined = 0
        self._closed = False
        self._owner = FolderLock(folder / "lock", f"The spool in {folder}")
        try:
            self._recover()
        except OSError as error:
            self._owner.release()
            raise StorageUnavailableError(f"The spool in {folder} cannot be read: {error.strerror}") from error

    # -- writing

    def append(self, records: Sequence[Record]) -> None:
        """Write records as one; on return they are durable, and ``find`` knows them.

        Raises:
            StorageRejectedError: a record is not one line, or a key is malformed.
            StorageUnavailableError: the disk or the spool is full, or it is closed. Nothing counts as written.
        """
        if not records:
            return
        lines = [_line(record) for record in records]
        with self._lock:
            ticket = self._write(records, lines)
            self._arrived.notify_all()
        if self._fsync:
            self._sync(ticket)

    def _write(self, records: Sequence[Record], lines: Sequence[bytes]) -> int:
        data = b"".join(lines)
        if self._closed:
            raise StorageUnavailableError("The spool is closed")
        if self._bytes + len(data) > self._max_bytes:
            raise StorageUnavailableError(f"The spool is full: {self._bytes} bytes wait for the event store")
        segment = self._open_segment()
        try:
            _write_all(self._fd, data)
        except OSError as error:
            # What was written of it must not be read as a record, nor torn by the next one.
            with suppress(OSError):
                os.ftruncate(self._fd, segment.size)
            self._seal()
            raise StorageUnavailableError(f"The spool cannot be written: {error.strerror}") from error
        segment.first_at = segment.first_at or self._clock()
        for record, line in zip(records, lines, strict=True):
            self._note(segment, record.keys, segment.size)
            segment.size += len(line)
        self._bytes += len(data)
        self._written += 1
        if segment.size >= SEGMENT_BYTES:
            self._seal()
        return self._written

    def _open_segment(self) -> Segment:
        if self._active is None:
            number = self._sealed[-1].number + 1 if self._sealed else self._last_number + 1
            self._last_number = number
            segment = Segment(number, self.folder / f"{number:012d}.log")
            try:
                self._fd = os.open(
                    segment.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600
                )
                if self._fsync:
                    _sync_folder(self.folder)
            except OSError as error:
                raise StorageUnavailableError(f"The spool cannot be written: {error.strerror}") from error
            self._active = segment
        return self._active

    def _sync(self, ticket: int) -> None:
        """Wait until what ``ticket`` stands for is on the disk: whoever comes first syncs for all who wait."""
        with self._sync_lock:
            if self._synced < ticket:
                with self._lock:
                    written, fd = self._written, os.dup(self._fd) if self._active is not None else -1
                # Without an active segment the record lies in one that was sealed, which synced it.
                if fd >= 0:
                    self._sync_file(fd, written)
                self._synced = written
            if ticket <= self._unsure:
                raise StorageUnavailableError("The spool cannot be written: the disk did not confirm it")

    def _sync_file(self, fd: int, written: int) -> None:
        try:
            os.fdatasync(fd)
        except OSError:
            # The kernel may pass these pages for clean from now on, so a second try would prove nothing.
            self._unsure = written
            with self._lock:
                self._seal()
        finally:
            os.close(fd)

    # -- reading

    def find(self, key: str) -> list[bytes]:
        """The bodies of the waiting records with this key, oldest first."""
        with self._lock:
            positions = self._index.get(key, ())
        bodies = []
        for position in positions:
            path = self._path(position >> _OFFSET_BITS)
            # A file that is gone has been stored since, where the caller looks next.
            with suppress(FileNotFoundError), path.open("rb") as file:
                file.seek(position & (1 << _OFFSET_BITS) - 1)
                if record := _read_line(file.readline()):
                    bodies.append(record.body)
        return bodies

    @property
    def pending(self) -> int:
        """How many records wait."""
        with self._lock:
            return sum(segment.count for segment in self._segments())

    @property
    def pending_bytes(self) -> int:
        """How many bytes wait."""
        return self._bytes

    @property
    def oldest_age_s(self) -> float:
        """For how many seconds the oldest waiting record has waited; 0 when none does."""
        with self._lock:
            first = next((segment.first_at for segment in self._segments() if segment.count), None)
        return 0.0 if first is None else max(0.0, self._clock() - first)

    @property
    def quarantined(self) -> int:
        """How many records this process has set aside because they could not be read or stored."""
        return self._quarantined

    # -- draining

    def wait(self, timeout: float) -> bool:
        """Whether records wait, after waiting up to ``timeout`` seconds for the first."""
        with self._lock:
            return self._arrived.wait_for(lambda: bool(self._segments()) or self._closed, timeout) and not self._closed

    def seal(self) -> Segment | None:
        """The oldest segment, closed to appends; None when nothing waits."""
        with self._lock:
            if not self._sealed:
                self._seal()
            return self._sealed[0] if self._sealed else None

    def read(self, segment: Segment) -> Iterator[Record]:
        """The records of a sealed segment, oldest first; damaged ones are set aside with a warning.

        Raises:
            StorageUnavailableError: the file cannot be read.
        """
        try:
            for line, record in _lines(segment.path):
                if record is not None:
                    yield record
                elif line.endswith(b"\n"):
                    self.quarantine(line, "damaged")
        except FileNotFoundError:
            log.exception("spool_segment_missing", file=str(segment.path), records=segment.count)
        except OSError as error:
            raise StorageUnavailableError(f"The spool cannot be read: {error.strerror}") from error

    def remove(self, segment: Segment) -> None:
        """Forget a sealed segment whose records are stored."""
        with self._lock:
            if segment not in self._sealed:
                return
            segment.path.unlink(missing_ok=True)
            self._sealed.remove(segment)
            self._bytes -= segment.size
            for keys in segment.keys:
                for key in keys:
                    left = tuple(p for p in self._index.get(key, ()) if p >> _OFFSET_BITS != segment.number)
                    if left:
                        self._index[key] = left
                    else:
                        self._index.pop(key, None)

    def quarantine(self, line: bytes, reason: str) -> None:
        """Set a record aside in ``quarantine.log``, where a person can look at it.

        Raises:
            StorageUnavailableError: that file cannot be written.
        """
        try:
            # Damaged or not, it may hold an event.
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            with os.fdopen(os.open(self.folder / QUARANTINE, flags, 0o600), "ab") as file:
                file.write(line.rstrip(b"\n") + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StorageUnavailableError(f"The spool cannot be written: {error.strerror}") from error
        self._quarantined += 1
        log.warning("spool_record_quarantined", reason=reason, bytes=len(line), file=str(self.folder / QUARANTINE))

    def close(self) -> None:
        """Stop taking records; those that wait stay on the disk for the next process."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._seal()
            self._arrived.notify_all()
        self._owner.release()

    # -- inside

    def _segments(self) -> Iterable[Segment]:
        return (*self._sealed, self._active) if self._active is not None else tuple(self._sealed)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:012d}.log"

    def _note(self, segment: Segment, keys: tuple[str, ...], offset: int) -> None:
        segment.keys.append(keys)
        position = segment.number << _OFFSET_BITS | offset
        for key in keys:
            self._index[key] = (*self._index.get(key, ()), position)

    def _seal(self) -> None:
        """Close the active segment. Holds ``_lock``."""
        if self._active is None:
            return
        segment, self._active = self._active, None
        fd, self._fd = self._fd, -1
        try:
            if self._fsync and self._unsure < self._written:
                os.fdatasync(fd)
        except OSError:
            self._unsure = self._written
        finally:
            os.close(fd)
        if segment.count:
            self._sealed.append(segment)
        else:
            segment.path.unlink(missing_ok=True)

    def _recover(self) -> None:
        numbered = sorted(
            (int(m[1]), path) for path in self.folder.iterdir() if (m := _SEGMENT_NAME.fullmatch(path.name))
        )
        for number, path in numbered:
            segment = Segment(number, path, first_at=path.stat().st_mtime)
            for line, record in _lines(path):
                if record is not None:
                    self._note(segment, record.keys, segment.size)
                segment.size += len(line)
            if segment.size:
                self._sealed.append(segment)
                self._bytes += segment.size
            else:
                path.unlink()
        self._last_number = numbered[-1][0] if numbered else 0
        if self._sealed:
            log.info("spool_recovered", records=sum(s.count for s in self._sealed), bytes=self._bytes)


def _line(record: Record) -> bytes:
    keys = ",".join(record.keys)
    if not re.fullmatch(r"[\w:.,-]+", keys, re.ASCII) or b"\n" in record.body:
        raise StorageRejectedError("a record cannot be spooled: its keys or body break the format")
    rest = b"%b %b" % (keys.encode("ascii"), record.body)
    return b"%08x %b\n" % (zlib.crc32(rest), rest)


def _read_line(line: bytes) -> Record | None:
    """The record of a line, None where the line is torn or damaged."""
    if not line.endswith(b"\n") or line[8:9] != b" ":
        return None
    rest = line[9:-1]
    if line[:8] != b"%08x" % zlib.crc32(rest):
        return None
    keys, _, body = rest.partition(b" ")
    return Record(tuple(keys.decode("ascii").split(",")), body)


def _lines(path: Path) -> Iterator[tuple[bytes, Record | None]]:
    with path.open("rb") as file:
        for line in file:
            yield line, _read_line(line)


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
