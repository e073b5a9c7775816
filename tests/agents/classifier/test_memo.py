"""The memo survives what happens to files, and counts."""

import sqlite3

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
