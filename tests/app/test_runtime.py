"""How commands find the running server."""

from __future__ import annotations

import os
import stat

import pytest

from app.runtime import Runtime, announce, find_server, lock_data_dir, withdraw
from app.storage.errors import StorageBusyError

RUNTIME = Runtime(os.getpid(), "http://127.0.0.1:8000", "s3cret")


def test_a_running_server_is_found_and_only_its_owner_can_read_the_token(tmp_path):
    lock = lock_data_dir(tmp_path)
    announce(tmp_path, RUNTIME)
    assert find_server(tmp_path) == RUNTIME
    assert stat.S_IMODE((tmp_path / "runtime.json").stat().st_mode) == 0o600
    withdraw(tmp_path)
    assert find_server(tmp_path) is None
    lock.release()


def test_what_a_killed_server_left_behind_is_no_server(tmp_path):
    lock = lock_data_dir(tmp_path)
    announce(tmp_path, RUNTIME)
    lock.release()
    assert find_server(tmp_path) is None


def test_two_processes_do_not_share_a_data_folder(tmp_path):
    lock = lock_data_dir(tmp_path)
    with pytest.raises(StorageBusyError, match=str(os.getpid())):
        lock_data_dir(tmp_path)
    lock.release()
    lock_data_dir(tmp_path).release()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": 1}'])
def test_a_file_that_says_nothing_is_no_server(tmp_path, content):
    lock = lock_data_dir(tmp_path)
    (tmp_path / "runtime.json").write_bytes(content)
    assert find_server(tmp_path) is None
    lock.release()


def test_no_folder_is_no_server(tmp_path):
    assert find_server(tmp_path / "missing") is None
