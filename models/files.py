"""Files that appear whole or not at all: locks between processes, atomic replacement, digests."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Progress = Callable[[int, int], None]
"""Called with (done, total) in bytes while a file is read, written or downloaded."""

_BLOCK = 2**20


@contextmanager
def exclusive(lock: Path) -> Iterator[None]:
    """Hold ``lock`` against other processes and threads; waits for as long as another holds it.

    The lock file stays behind: deleting it would let a third process lock a new file of the same name.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A temporary path beside ``target`` to write to; on success it is flushed to disk and becomes ``target``.

    After an exception ``target`` is as before and the temporary file is gone. Callers hold a lock: the temporary
    name is fixed, so that what a killed process left behind is overwritten and not collected.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.new")
    try:
        yield temporary
        publish(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def publish(written: Path, target: Path) -> None:
    """Rename ``written`` to ``target`` such that a crash leaves the old or the new file, never a part of one."""
    with written.open("rb") as handle:
        os.fsync(handle.fileno())
    written.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def sha256_of(path: Path, progress: Progress | None = None) -> str:
    """The SHA-256 of a file as 64 hex digits."""
    digest = hashlib.sha256()
    total = path.stat().st_size
    done = 0
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK):
            digest.update(block)
            done += len(block)
            if progress:
                progress(done, total)
    return digest.hexdigest()
