"""A lock on a folder that one process may open at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from app.storage.errors import StorageBusyError, StorageUnavailableError


class FolderLock:
    """An exclusive lock that the kernel drops when the process ends, however it ends.

    The lock file names the owner's process id, so that whoever comes second can say who has the folder.
    """

    def __init__(self, path: Path, what: str) -> None:
        """Take the lock file ``path``; ``what`` names the folder in messages.

        Raises:
            StorageBusyError: somebody has the lock.
            StorageUnavailableError: the file cannot be made.
        """
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StorageUnavailableError(f"{what} cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, str(os.getpid()).encode(), 0)
        except BlockingIOError:
            owner = os.pread(self._fd, 20, 0).decode("ascii", "replace").strip()
            os.close(self._fd)
            if owner.isdigit():
                raise StorageBusyError(f"{what} is in use by process {owner}", pid=int(owner)) from None
            raise StorageBusyError(f"{what} is in use by another process") from None
        except OSError as error:
            os.close(self._fd)
            raise StorageUnavailableError(f"{what} cannot be locked: {error.strerror}") from error

    def release(self) -> None:
        """Give the folder back; the file stays, so that nobody locks a file that is about to vanish."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
