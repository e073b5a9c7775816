"""The memo: decisions by template, in memory over disk."""

from __future__ import annotations

import hashlib
import logging
import shutil
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diskcache
import orjson
from cachetools import LRUCache

log = logging.getLogger(__name__)

# A memo must never hold up a request: a writer that finds the file locked gives up after this time.
_LOCK_TIMEOUT_S = 0.05
# At start there is a little time, but not the minute that diskcache waits for a file that another process holds.
_OPEN_TIMEOUT_S = 0.5
_FAILURES = (sqlite3.Error, diskcache.Timeout, OSError, ValueError, EOFError)


@dataclass(frozen=True, slots=True)
class MemoCounts:
    """How often the memo answered (``hits``), did not (``misses``), was written, and failed."""

    hits: int
    misses: int
    writes: int
    failures: int


class Memo:
    """Values by key: an LRU of ``entries`` values over a disk cache of ``size_bytes``; safe to share by threads.

    A memo is an optimisation and never a reason to fail: a corrupt or locked cache costs a warning and counts as
    a miss. Values are JSON objects, so a tampered file can yield a wrong answer but not run code. In memory they are
    kept as their JSON, far smaller than the objects; each ``get`` makes an object of its own.
    """

    def __init__(self, folder: Path, *, entries: int = 50_000, size_bytes: int = 512 * 2**20) -> None:
        self._memory: LRUCache[str, bytes] = LRUCache(entries)
        self._lock = threading.Lock()
        self._hits = self._misses = self._writes = self._failures = 0
        self._disk = self._open(folder, size_bytes)

    def get(self, key: str) -> dict[str, Any] | None:
        """The value of a key, ``None`` where there is none (or it cannot be read)."""
        with self._lock:
            data = self._memory.get(key)
        if data is None:
            data = self._read(key)
        value = None if data is None else self._parse(data)
        with self._lock:
            if data is None or value is None:
                self._misses += 1
            else:
                self._hits += 1
                self._memory[key] = data
        return value

    def put(self, key: str, value: dict[str, Any]) -> None:
        """Keep a value, on disk where possible; one that cannot be written as JSON is not kept."""
        try:
            # A copy: what orjson gives holds on to the 8 kB of the buffer that it was written in.
            data = bytes(memoryview(orjson.dumps(value)))
        except TypeError as error:
            self._warn("written", error)
            return
        with self._lock:
            self._memory[key] = data
            self._writes += 1
        if self._disk is None:
            return
        try:
            self._disk.set(key, data, retry=False)
        except _FAILURES as error:
            self._warn("written", error)

    def counts(self) -> MemoCounts:
        """Totals since start."""
        with self._lock:
            return MemoCounts(self._hits, self._misses, self._writes, self._failures)

    def close(self) -> None:
        """Close the file of the calling thread."""
        if self._disk is not None:
            self._disk.close()

    def _read(self, key: str) -> bytes | None:
        if self._disk is None:
            return None
        try:
            data = self._disk.get(key, retry=False)
        except (*_FAILURES, TypeError) as error:
            self._warn("read", error)
            return None
        return data if isinstance(data, bytes) else None

    def _parse(self, data: bytes) -> dict[str, Any] | None:
        try:
            value = orjson.loads(data)
        except ValueError as error:
            self._warn("read", error)
            return None
        return value if isinstance(value, dict) else None

    def _warn(self, what: str, error: Exception) -> None:
        with self._lock:
            self._failures += 1
        log.warning("memo could not be %s: %s: %s", what, type(error).__name__, error)

    def _open(self, folder: Path, size_bytes: int) -> Any:
        try:
            try:
                return _open_disk(folder, size_bytes)
            except sqlite3.DatabaseError as error:
                # An OperationalError is about the file's surroundings: locked, no permission, no space.
                if isinstance(error, sqlite3.OperationalError):
                    raise
                self._warn("opened; starting an empty one", error)
            shutil.rmtree(folder)
            return _open_disk(folder, size_bytes)
        except _FAILURES as error:
            self._warn("opened; keeping it in memory only", error)
            return None


class _PlainDisk(diskcache.Disk):  # type: ignore[misc]
    """Reads and writes plain bytes only: what someone else wrote into the file is never unpickled."""

    def fetch(self, mode: int, filename: str | None, value: Any, read: bool) -> Any:
        if mode == diskcache.core.MODE_PICKLE:
            raise ValueError("entry is not plain bytes")
        return super().fetch(mode, filename, value, read)


def _probe(file: Path) -> None:
    """Return when an existing cache file can be read and written.

    Raises:
        sqlite3.OperationalError: it is locked, or this user may not write it.
        sqlite3.DatabaseError: it is damaged.
    """
    with closing(
        sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=_OPEN_TIMEOUT_S, isolation_level=None)
    ) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("SELECT count(*) FROM sqlite_master")
        connection.execute("ROLLBACK")


def _open_disk(folder: Path, size_bytes: int) -> Any:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / diskcache.core.DBNAME
    if file.exists():
        _probe(file)
    # Least recently stored goes first, so that a read stays a read and never takes the file's write lock.
    return diskcache.Cache(
        str(folder),
        timeout=_LOCK_TIMEOUT_S,
        disk=_PlainDisk,
        size_limit=size_bytes,
        eviction_policy="least-recently-stored",
    )


def memo_key(template_id: str, versions: Sequence[str]) -> str:
    """The key of a template under all versions that could change its decision; 40 hex digits."""
    return hashlib.sha256("\x1f".join([template_id, *versions]).encode()).hexdigest()[:40]
