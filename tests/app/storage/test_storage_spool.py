import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.storage import StorageBusyError, StorageRejectedError, StorageUnavailableError
from app.storage import spool as module
from app.storage.spool import QUARANTINE, Record, Spool


def record(number: int, size: int = 0) -> Record:
    return Record((f"n:{number}", f"even:{number % 2 == 0}"), b'{"n":%d,"pad":"%b"}' % (number, b"x" * size))


def drained(spool: Spool) -> list[Record]:
    """What waits, taken out."""
    found: list[Record] = []
    while segment := spool.seal():
        found += spool.read(segment)
        spool.remove(segment)
    return found


@pytest.fixture(params=[True, False], ids=["fsync", "no-fsync"])
def spool(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path, fsync=request.param)
    yield spool
    spool.close()


def test_records_come_out_in_order_and_once(spool: Spool) -> None:
    records = [record(number) for number in range(10)]
    spool.append(records[:3])
    for one in records[3:]:
        spool.append([one])
    assert spool.pending == 10
    assert drained(spool) == records
    assert spool.pending == spool.pending_bytes == 0
    assert spool.seal() is None
    assert not list(spool.folder.glob("*.log"))


def test_a_waiting_record_is_found_by_each_key(spool: Spool) -> None:
    spool.append([record(0), record(1), record(2)])
    assert spool.find("n:1") == [record(1).body]
    assert spool.find("even:True") == [record(0).body, record(2).body]
    assert spool.find("n:9") == []
    segment = spool.seal()
    assert segment is not None
    spool.append([record(4)])
    assert spool.find("even:True") == [record(0).body, record(2).body, record(4).body]
    spool.remove(segment)
    assert spool.find("n:1") == []
    assert spool.find("even:True") == [record(4).body]


def test_many_threads_append(spool: Spool) -> None:
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: spool.append([record(number)]), range(300)))
    assert sorted(drained(spool), key=lambda r: int(r.keys[0][2:])) == [record(n) for n in range(300)]


def test_a_full_segment_is_followed_by_another(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEGMENT_BYTES", 500)
    records = [record(number, 100) for number in range(20)]
    for one in records:
        spool.append([one])
    assert len(list(spool.folder.glob("*.log"))) > 3
    assert drained(spool) == records


def test_what_was_left_is_taken_over(tmp_path: Path) -> None:
    first = Spool(tmp_path)
    first.append([record(1), record(2)])
    first.close()
    second = Spool(tmp_path)
    second.append([record(3)])
    assert second.pending == 3
    assert second.find("n:2") == [record(2).body]
    assert drained(second) == [record(1), record(2), record(3)]
    second.close()


def test_acknowledged_records_survive_a_kill(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from app.storage.spool import Record, Spool
spool = Spool(Path(sys.argv[1]))
for number in range(100_000):
    spool.append([Record((f"n:{number}",), b"{}")])
    print(number, flush=True)
"""
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    acknowledged = [int(process.stdout.readline()) for _ in range(200)]
    process.kill()
    acknowledged += [int(line) for line in process.stdout]
    process.stdout.close()
    process.wait()
    spool = Spool(tmp_path)
    found = [int(r.keys[0][2:]) for r in drained(spool)]
    spool.close()
    assert found[: len(acknowledged)] == acknowledged
    assert len(found) <= len(acknowledged) + 1


def test_a_torn_last_record_is_dropped_quietly(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append([record(1), record(2)])
    spool.close()
    (file,) = tmp_path.glob("0*.log")
    file.write_bytes(file.read_bytes()[:-7])
    spool = Spool(tmp_path)
    assert spool.pending == 1
    assert drained(spool) == [record(1)]
    assert not (tmp_path / QUARANTINE).exists()
    spool.close()


@pytest.mark.parametrize("damage", [b"X", b"\x00", b"\xff"])
def test_a_damaged_record_is_set_aside_and_the_rest_goes_on(tmp_path: Path, damage: bytes) -> None:
    spool = Spool(tmp_path)
    spool.append([record(number) for number in range(5)])
    spool.close()
    (file,) = tmp_path.glob("0*.log")
    lines = file.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2][:30] + damage + lines[2][31:]
    file.write_bytes(b"".join(lines))
    spool = Spool(tmp_path)
    assert spool.find("n:2") == []
    assert drained(spool) == [record(0), record(1), record(3), record(4)]
    assert spool.quarantined == 1
    assert (tmp_path / QUARANTINE).read_bytes() == lines[2]
    spool.close()


def test_a_full_disk_is_an_error_to_the_caller_and_leaves_nothing(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.append([record(1)])
    write, left = os.write, [20]

    def write_some(fd: int, data: bytes) -> int:
        if not left[0]:
            raise OSError(28, "No space left on device")
        size = write(fd, data[: left[0]])
        left[0] -= size
        return size

    monkeypatch.setattr(os, "write", write_some)
    for _ in range(2):
        with pytest.raises(StorageUnavailableError, match="No space left"):
            spool.append([record(2)])
    monkeypatch.undo()
    spool.append([record(3)])
    assert spool.find("n:2") == []
    assert drained(spool) == [record(1), record(3)]
    assert spool.quarantined == 0


def test_a_disk_that_does_not_confirm_is_an_error_to_every_caller_that_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path)
    spool.append([record(1)])

    def fail(fd: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fail)
    with pytest.raises(StorageUnavailableError, match="did not confirm"):
        spool.append([record(2)])
    monkeypatch.undo()
    spool.append([record(3)])
    assert record(3) in drained(spool)
    spool.close()


def test_the_spool_is_bounded(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=1000)
    spool.append([record(1, 800)])
    with pytest.raises(StorageUnavailableError, match="full"):
        spool.append([record(2, 800)])
    assert drained(spool) == [record(1, 800)]
    spool.append([record(2, 800)])
    spool.close()


def test_its_age_is_that_of_the_oldest_record(tmp_path: Path) -> None:
    now = [1000.0]
    spool = Spool(tmp_path, clock=lambda: now[0])
    assert spool.oldest_age_s == 0
    spool.append([record(1)])
    now[0] += 5
    spool.append([record(2)])
    assert spool.oldest_age_s == 5
    drained(spool)
    assert spool.oldest_age_s == 0
    spool.close()


@pytest.mark.parametrize(
    "bad", [Record(("a b",), b"{}"), Record((), b"{}"), Record(("a\n",), b""), Record(("a",), b"\n")]
)
def test_a_record_that_would_break_the_file_is_refused(spool: Spool, bad: Record) -> None:
    with pytest.raises(StorageRejectedError):
        spool.append([record(1), bad])
    assert spool.pending == 0


def test_one_owner_at_a_time(spool: Spool) -> None:
    with pytest.raises(StorageBusyError, match=f"in use by process {os.getpid()}"):
        Spool(spool.folder)


def test_a_closed_spool_takes_nothing(spool: Spool) -> None:
    spool.close()
    with pytest.raises(StorageUnavailableError, match="closed"):
        spool.append([record(1)])


def test_what_may_hold_an_event_is_for_this_user_only(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append([record(1)])
    spool.quarantine(b"damaged", "damaged")
    spool.close()
    assert (tmp_path / "spool").stat().st_mode & 0o777 == 0o700
    files = list((tmp_path / "spool").iterdir())
    assert QUARANTINE in {file.name for file in files}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
