from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event

import pytest

from app.storage import StorageRejectedError, StorageUnavailableError
from app.storage import drain as module
from app.storage.drain import Drain
from app.storage.spool import QUARANTINE, Record, Spool


def record(number: int) -> Record:
    return Record((f"n:{number}",), b'{"n":%d}' % number)


class Table:
    """A store that keeps what it is given, and fails as it is told."""

    def __init__(self) -> None:
        self.batches: list[list[Record]] = []
        self.fail: Callable[[Sequence[Record]], Exception | None] = lambda batch: None
        self.tried = Event()

    def __call__(self, batch: Sequence[Record]) -> None:
        self.tried.set()
        if error := self.fail(batch):
            raise error
        self.batches.append(list(batch))

    @property
    def rows(self) -> list[Record]:
        return [row for batch in self.batches for row in batch]


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path)
    yield spool
    spool.close()


@pytest.fixture
def drain(spool: Spool, table: Table) -> Iterator[Drain]:
    drain = Drain(spool, table)
    yield drain
    drain.close(0)


def test_records_are_moved_in_order(drain: Drain, spool: Spool, table: Table) -> None:
    for number in range(100):
        spool.append([record(number)])
    assert drain.flush(10)
    assert table.rows == [record(number) for number in range(100)]
    assert drain.stored == 100
    assert drain.flush(10)


def test_batches_are_bounded(drain: Drain, spool: Spool, table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_ROWS", 7)
    spool.append([record(number) for number in range(20)])
    assert drain.flush(10)
    assert [len(batch) for batch in table.batches] == [7, 7, 6]


def test_records_are_moved_without_being_asked(drain: Drain, spool: Spool, table: Table) -> None:
    spool.append([record(1)])
    assert table.tried.wait(10)


@pytest.mark.parametrize("error", [StorageUnavailableError("away"), RuntimeError("a fault")])
def test_records_wait_until_the_store_is_back(drain: Drain, spool: Spool, table: Table, error: Exception) -> None:
    table.fail = lambda batch: error
    spool.append([record(1)])
    assert table.tried.wait(10)
    assert not drain.flush(0.05)
    spool.append([record(2)])
    assert spool.pending == 2
    assert drain.last_error == str(error)
    table.fail = lambda batch: None
    assert drain.flush(10)
    assert table.rows == [record(1), record(2)]
    assert drain.close(10)
    assert drain.last_error == ""


def test_a_record_that_cannot_be_stored_is_set_aside(drain: Drain, spool: Spool, table: Table) -> None:
    table.fail = lambda batch: StorageRejectedError("does not fit") if record(5) in batch else None
    spool.append([record(number) for number in range(11)])
    assert drain.flush(10)
    assert table.rows == [record(number) for number in range(11) if number != 5]
    assert (spool.folder / QUARANTINE).read_bytes() == record(5).body + b"\n"


def test_closing_leaves_what_cannot_be_stored_for_the_next_start(spool: Spool, table: Table) -> None:
    table.fail = lambda batch: StorageUnavailableError("away")
    drain = Drain(spool, table)
    spool.append([record(1)])
    assert not drain.close(0.05)
    assert spool.pending == 1
