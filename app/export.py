"""Found events as a file, written while they are read: JSON lines, CSV or Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from app.wire import write_json

Row = dict[str, Any]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_INTEGERS = frozenset({"class_uid", "activity_id"})


def as_jsonl(pages: Iterator[list[Row]], columns: Sequence[str]) -> Iterator[bytes]:
    """One JSON object a line, with the keys in the order of ``columns``."""
    for page in pages:
        yield b"".join(write_json({name: row[name] for name in columns}) + b"\n" for row in page)


def as_csv(pages: Iterator[list[Row]], columns: Sequence[str]) -> Iterator[bytes]:
    """CSV (RFC 4180) with a header, in UTF-8.

    Text that a spreadsheet would read as a formula (it starts with ``=``, ``+``, ``-``, ``@``, a tab or a carriage
    return) gets an apostrophe in front (OWASP, CSV Injection).
    """
    yield _csv_lines([[guarded(name) for name in columns]])
    for page in pages:
        yield _csv_lines([[guarded(row[name]) for name in columns] for row in page])


def as_parquet(pages: Iterator[list[Row]], columns: Sequence[str]) -> Iterator[bytes]:
    """Parquet, a row group a page; times as timestamps, numbers as numbers, the rest as text."""
    schema = pa.schema([(name, _kind(name)) for name in columns])
    sink = io.BytesIO()
    with pq.ParquetWriter(_Forgetting(sink), schema, compression="zstd") as writer:
        for page in pages:
            data = {name: [row[name] for row in page] for name in columns}
            writer.write_table(pa.Table.from_pydict(data, schema=schema))
            yield _taken(sink)
    yield _taken(sink)


FORMATS: dict[str, tuple[Callable[[Iterator[list[Row]], Sequence[str]], Iterator[bytes]], str]] = {
    "jsonl": (as_jsonl, "application/x-ndjson"),
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "parquet": (as_parquet, "application/vnd.apache.parquet"),
}
"""How each format is written, and its media type."""


def guarded(value: object) -> object:
    """A CSV cell that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value


class _Forgetting(io.RawIOBase):
    """A file that only goes forward; what was written so far can be taken out of ``sink``."""

    def __init__(self, sink: io.BytesIO) -> None:
        self._sink = sink
        self._position = 0

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: Any) -> int:
        """See ``RawIOBase``."""
        written = self._sink.write(data)
        self._position += written
        return written

    def tell(self) -> int:
        """How much was written in all: Parquet's footer holds such places."""
        return self._position


def _taken(sink: io.BytesIO) -> bytes:
    content = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return content


def _csv_lines(rows: list[list[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _kind(name: str) -> pa.DataType:
    if name == "received_at":
        return pa.timestamp("ms", tz="UTC")
    if name == "confidence":
        return pa.float64()
    return pa.int64() if name in _INTEGERS else pa.string()
