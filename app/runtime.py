"""How commands on the same machine find the running server: a lock and a file in the data folder."""

from __future__ import annotations

import fcntl
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from app.storage.errors import StorageUnavailableError
from app.storage.lock import FolderLock

_FILE = "runtime.json"
_LOCK = "server.lock"


@dataclass(frozen=True, slots=True)
class Runtime:
    """A running server: its process, where it listens, and a token that lives in its memory only."""

    pid: int
    url: str
    token: str


def lock_data_dir(data_dir: Path) -> FolderLock:
    """Become the one process that works on ``data_dir``.

    Raises:
        StorageBusyError: another one does.
        StorageUnavailableError: the folder cannot be made or written.
    """
    return FolderLock(data_dir / _LOCK, f"the data folder {data_dir}")


def announce(data_dir: Path, runtime: Runtime) -> None:
    """Write the file that ``find_server`` reads, readable by this user only.

    Raises:
        StorageUnavailableError: it cannot be written.
    """
    temporary = data_dir / f".{_FILE}.new"
    try:
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(orjson.dumps(asdict(runtime)))
        temporary.replace(data_dir / _FILE)
    except OSError as error:
        raise StorageUnavailableError(f"{data_dir / _FILE} cannot be written: {error.strerror}") from error


def withdraw(data_dir: Path) -> None:
    """Remove the file of ``announce``."""
    (data_dir / _FILE).unlink(missing_ok=True)


def find_server(data_dir: Path) -> Runtime | None:
    """The server that works on ``data_dir``; ``None`` where none does, whatever a killed one left behind."""
    if not _locked(data_dir / _LOCK):
        return None
    try:
        content = orjson.loads((data_dir / _FILE).read_bytes())
        return Runtime(int(content["pid"]), str(content["url"]), str(content["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        # Starting, stopping, or a command at work: there is no server to talk to.
        return None


def _locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
