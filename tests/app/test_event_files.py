"""What the command line takes for an event."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import pytest

from app.commands import event_files
from app.commands.event_files import read_batches, read_events

EVENT = b'<Event xmlns="urn:event">\n <System><EventID>4624</EventID></System>\n</Event>'


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"one\n\n  \r\ntwo\r\nthree", ["one", "two", "three"]),
        (b'{"a": 1}\n{"a": 2}\n', ['{"a": 1}', '{"a": 2}']),
        (b'{\n "a": 1\n}\n', ['{\n "a": 1\n}']),
        (b'[{"a": 1},\n {"a": "\xc3\xa9"}, "x"]', ['{"a":1}', '{"a":"é"}', "x"]),
        (b'[{"a": 1}, {"a": 2}]', ['{"a":1}', '{"a":2}']),
        (b"[2026-01-01] one\n[2026-01-02] two", ["[2026-01-01] one", "[2026-01-02] two"]),
        (b"[2026-01-01] one", ["[2026-01-01] one"]),
        (b"<134>one\n<134>two", ["<134>one", "<134>two"]),
        (EVENT, [EVENT.decode()]),
        (b"\xef\xbb\xbf" + EVENT, [EVENT.decode()]),
        (b"<Event><a/></Event>\n<Event><b/></Event>", ["<Event><a/></Event>", "<Event><b/></Event>"]),
        (b"<Events><Event><a/></Event>\n<Event><b/></Event></Events>", ["<Event><a/></Event>", "<Event><b/></Event>"]),
        (b'\n \n{\n "a": 1\n}\n', ['{\n "a": 1\n}']),
        (b'[\n{"a": 1},\n{"a": 2}\n]\n', ['{"a":1}', '{"a":2}']),
        (b'<?xml version="1.0"?>\n<Event>\n</Event>', ['<?xml version="1.0"?>\n<Event>\n</Event>']),
        (b'{"a": 1,\nno JSON after all', ['{"a": 1,', "no JSON after all"]),
        (b"caf\xe9", ["caf\udce9"]),
        (b"", []),
    ],
)
def test_lines_and_documents(tmp_path, content, expected):
    path = tmp_path / "log"
    path.write_bytes(content)
    assert list(read_events([path])) == expected


def test_entities_are_not_expanded(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b'<!DOCTYPE e [<!ENTITY a "' + b"x" * 100 + b'">]>\n<Event>&a;&a;</Event>')
    assert all("x" * 200 not in event for event in read_events([path]))


@pytest.mark.parametrize("begin", ["one", "{", "[", "<a>", "x" * 100])
def test_large_files_are_lines_none_lost(tmp_path, monkeypatch, begin):
    monkeypatch.setattr(event_files, "_WHOLE_BYTES", 50)
    monkeypatch.setattr(event_files, "_CHUNK", 7)
    path = tmp_path / "log"
    lines = [begin, *(f"line number {n}" for n in range(100))]
    path.write_text("\n".join(lines))
    assert list(read_events([path])) == lines


def test_standard_input(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"one\ntwo")))
    assert list(read_events([event_files.Path("-")])) == ["one", "two"]


@pytest.mark.parametrize(
    "line", ["one", "<134>one", "[2026-01-01] one", "[ERROR] one", '{"a": 1}', "<Event><a/></Event>"]
)
def test_lines_from_a_pipe_are_there_before_its_end(monkeypatch, line):
    reader, writer = os.pipe()
    # Whoever waits for the end gets it after a while, and too late.
    too_late = threading.Timer(20, os.close, [writer])
    too_late.start()
    with os.fdopen(reader, "rb") as pipe:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(pipe))
        batches = read_batches([Path("-")], 200, 2**20)
        os.write(writer, f"{line}\n{line}\nha".encode())
        assert next(batches) == [line, line]
        os.write(writer, b"lf\n")
        assert next(batches) == ["half"]
        assert too_late.is_alive()
        too_late.cancel()
        os.write(writer, b"end")
        os.close(writer)
        assert list(batches) == [["end"]]


def test_batches_are_bounded(tmp_path):
    path = tmp_path / "log"
    path.write_text("\n".join("x" * 10 for _ in range(10)))
    assert [len(batch) for batch in read_batches([path], 4, 1000)] == [4, 4, 2]
    assert [len(batch) for batch in read_batches([path], 100, 25)] == [3, 3, 3, 1]
