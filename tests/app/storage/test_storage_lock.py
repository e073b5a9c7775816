import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.storage.errors import StorageBusyError, StorageUnavailableError
from app.storage.lock import FolderLock


def test_the_second_owner_is_told_who_the_first_is(tmp_path: Path) -> None:
    first = FolderLock(tmp_path / "lock", "The folder")
    with pytest.raises(StorageBusyError, match=rf"^The folder is in use by process {os.getpid()}$") as caught:
        FolderLock(tmp_path / "lock", "The folder")
    assert caught.value.details == {"pid": os.getpid()}
    first.release()
    FolderLock(tmp_path / "lock", "The folder").release()


def test_a_dead_owner_owns_nothing(tmp_path: Path) -> None:
    code = "import sys,os; from pathlib import Path; from app.storage.lock import FolderLock\n"
    code += "FolderLock(Path(sys.argv[1]), 'x'); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "lock")], check=False)
    assert (tmp_path / "lock").exists()
    FolderLock(tmp_path / "lock", "The folder").release()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageUnavailableError, match=r"^The folder cannot be opened"):
        FolderLock(tmp_path / "file" / "lock", "The folder")
