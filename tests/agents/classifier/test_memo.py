"""The memo survives what happens to files, and counts."""

import sqlite3
import subprocess
import sys
import tracemalloc

import orjson
import pytest

from agents.classifier.memo import Memo, memo_key

VALUE = {"class_uid": 3002, "evidence": [["guide:x", 1.0]], "rationale": "ünï"}


def test_get_after_put_in_memory_and_after_restart(tmp_path):
    memo = Memo(tmp_path)
    assert memo.get("k") is None
    memo.put("k", VALUE)
    assert memo.get("k") == VALUE
    memo.close()
    again = Memo(tmp_path)
    assert again.get("k") == VALUE
    assert (memo.counts().hits, memo.counts().misses, memo.counts().writes) == (1, 1, 1)
    assert again.counts().hits == 1


def test_memory_is_bounded_and_disk_answers_for_it(tmp_path):
    memo = Memo(tmp_path, entries=2)
    for n in range(10):
        memo.put(str(n), {"n": n})
    assert [memo.get(str(n)) for n in range(10)] == [{"n": n} for n in range(10)]


def test_a_corrupt_file_costs_a_warning_not_a_request(tmp_path, caplog):
    Memo(tmp_path).put("k", VALUE)
    for path in tmp_path.glob("cache.db*"):
        path.write_bytes(b"\x00garbage" * 500)
    memo = Memo(tmp_path)
    assert memo.get("k") is None
    memo.put("k", VALUE)
    assert memo.get("k") == VALUE
    assert "memo could not be" in caplog.text
    assert memo.counts().failures >= 1
    memo.close()
    assert Memo(tmp_path).get("k") == VALUE


def test_a_file_locked_by_another_process_costs_a_warning_not_a_request(tmp_path, caplog):
    memo = Memo(tmp_path)
    other = sqlite3.connect(tmp_path / "cache.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        memo.put("k", VALUE)
        assert memo.get("k") == VALUE
        assert memo.get("other") is None
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert "memo could not be written" in caplog.text


def test_a_file_locked_at_start_is_left_alone_and_memory_serves(tmp_path, caplog, monkeypatch):
    Memo(tmp_path).put("k", VALUE)
    # diskcache would wait here for a minute before it gives up.
    monkeypatch.setattr("diskcache.core.time.sleep", lambda _: pytest.fail("waits for the lock by itself"))
    lock = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN EXCLUSIVE')"
    other = subprocess.Popen(
        [sys.executable, "-c", f"{lock}; print('locked', flush=True); input()", str(tmp_path / "cache.db")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert other.stdout.readline() == b"locked\n"
        memo = Memo(tmp_path)
    finally:
        other.communicate(b"\n")
    assert memo.get("k") is None
    memo.put("k2", VALUE)
    assert memo.get("k2") == VALUE
    assert "keeping it in memory only" in caplog.text
    again = Memo(tmp_path)
    assert again.get("k") == VALUE
    assert again.get("k2") is None


def test_a_file_that_may_not_be_opened_is_left_alone(tmp_path, caplog):
    # SQLite says the same of a folder in its place as of a file without permission, whoever asks.
    (tmp_path / "cache.db").mkdir()
    (tmp_path / "cache.db" / "mine").write_text("kept")
    memo = Memo(tmp_path)
    memo.put("k", VALUE)
    assert memo.get("k") == VALUE
    assert "keeping it in memory only" in caplog.text
    assert (tmp_path / "cache.db" / "mine").read_text() == "kept"


def test_a_file_damaged_inside_is_started_anew(tmp_path, caplog):
    memo = Memo(tmp_path)
    memo.put("k", VALUE)
    memo.close()
    path = tmp_path / "cache.db"
    content = bytearray(path.read_bytes())
    content[100:4096] = b"\xff" * 3996
    path.write_bytes(content)
    for side in ("cache.db-wal", "cache.db-shm"):
        (tmp_path / side).unlink(missing_ok=True)
    again = Memo(tmp_path)
    assert "malformed" in caplog.text
    again.put("k", VALUE)
    again.close()
    assert Memo(tmp_path).get("k") == VALUE


def test_what_is_read_belongs_to_the_reader(tmp_path):
    memo = Memo(tmp_path)
    memo.put("k", VALUE)
    memo.get("k")["evidence"].clear()
    assert memo.get("k") == VALUE


def test_an_entry_in_memory_costs_what_its_json_costs(tmp_path):
    value = VALUE | {"candidates": [[n, "Authentication", 0.5, None, ["guide:x"]] for n in range(40)]}
    memo = Memo(tmp_path)
    memo.put("warm", value)
    tracemalloc.start()
    try:
        for n in range(200):
            memo.put(str(n), dict(value, candidates=[list(c) for c in value["candidates"]]))
        held = tracemalloc.get_traced_memory()[0] / 200
    finally:
        tracemalloc.stop()
    assert held < 2 * len(orjson.dumps(value))


def test_what_json_cannot_hold_is_not_kept(tmp_path, caplog):
    memo = Memo(tmp_path)
    memo.put("k", {"rationale": "\udcff"})
    assert memo.get("k") is None
    assert "memo could not be written" in caplog.text


def test_the_folder_is_for_this_user_only(tmp_path):
    Memo(tmp_path / "memo")
    assert (tmp_path / "memo").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_leaves_the_memo_in_memory(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    memo = Memo(tmp_path / "file" / "memo")
    memo.put("k", VALUE)
    assert memo.get("k") == VALUE
    assert "keeping it in memory only" in caplog.text


def test_a_pickled_entry_is_never_loaded(tmp_path):
    import diskcache

    class Bomb:
        def __reduce__(self):
            raise AssertionError("unpickled")

        def __setstate__(self, state):
            raise AssertionError("unpickled")

    with diskcache.Cache(str(tmp_path)) as cache:
        cache.set("k", ("a", "tuple is pickled"))
    memo = Memo(tmp_path)
    assert memo.get("k") is None
    assert memo.counts().failures == 1


@pytest.mark.parametrize("versions", [("m2", "p1"), ("m1", "p2"), ("m1p1", ""), ("", "m1p1")])
def test_every_version_is_part_of_the_key(versions):
    assert memo_key("t", versions) != memo_key("t", ("m1", "p1"))
    assert memo_key("t", ("m1", "p1")) == memo_key("t", ("m1", "p1"))
