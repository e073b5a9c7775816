"""What the command line takes for an event."""

from __future__ import annotations

import io

import pytest

from app.commands import event_files
from app.commands.event_files import read_events

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


def test_large_files_are_lines_none_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(event_files, "_WHOLE_BYTES", 50)
    path = tmp_path / "log"
    lines = [f"line number {n}" for n in range(100)]
    path.write_text("\n".join(lines))
    assert list(read_events([path])) == lines


def test_standard_input(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"one\ntwo")))
    assert list(read_events([event_files.Path("-")])) == ["one", "two"]
