"""Events in files: a line each, unless a file as a whole is one document."""

from __future__ import annotations

import json
import select
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from lxml import etree

_WHOLE_BYTES = 16 * 2**20
"""Files up to this size are looked at as one document; larger ones are lines."""
_MARK = b"\xef\xbb\xbf"
"""The byte order mark that Windows puts before UTF-8."""
_CHUNK = 64 * 1024


def read_batches(paths: Iterable[Path], most: int, characters: int) -> Iterator[list[str]]:
    """The events of ``read_events`` in lists of up to ``most``, or of about ``characters`` characters.

    A list also ends where no more input is ready, so that events from a pipe never wait for those after them.
    """
    batch: list[str] = []
    size = 0
    for raw in _read(paths):
        if raw is not None:
            batch.append(raw)
            size += len(raw)
        if batch and (raw is None or len(batch) >= most or size >= characters):
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def read_events(paths: Iterable[Path]) -> Iterator[str]:
    """The raw events of files in order (``-`` is standard input); bytes that are not UTF-8 as lone surrogates.

    A JSON or XML document that spans lines is one event; a JSON list, or an ``<Events>`` element as the Windows
    event viewer exports it, one event per item. Everything else is an event per line that is not blank, and comes
    as soon as its line is complete.
    """
    return (raw for raw in _read(paths) if raw is not None)


def _read(paths: Iterable[Path]) -> Iterator[str | None]:
    # None stands for: nothing more is ready now, and the next step may take long.
    for path in paths:
        if str(path) == "-":
            yield from _events(sys.stdin.buffer)
        else:
            with path.open("rb") as file:
                yield from _events(file)


def _events(file: BinaryIO) -> Iterator[str | None]:
    pieces = _pieces(file)
    head = bytearray()
    first: bytes | None = None
    document = True
    for piece in pieces:
        if piece is None:
            yield None
            continue
        head += piece
        if first is None and b"\n" in piece:
            first = _first_line(head)
            document = first is None or _may_begin_document(first)
        if not document or len(head) > _WHOLE_BYTES:
            break
    else:
        documents = _documents(bytes(head))
        yield from _lines([bytes(head)]) if documents is None else documents
        return
    yield from _lines(chain([bytes(head)], pieces))


def _pieces(file: BinaryIO) -> Iterator[bytes | None]:
    """What ``file`` holds, as it arrives; ``None`` before each wait."""
    while True:
        if not _ready(file):
            yield None
        # Nothing stays in the buffer of the file when more is asked for than it holds, so _ready sees all there is.
        piece = file.read1(_CHUNK)  # type: ignore[attr-defined]
        if not piece:
            return
        yield piece


def _ready(file: BinaryIO) -> bool:
    try:
        return bool(select.select([file], [], [], 0)[0])
    except (OSError, ValueError):
        # Not a file of the system, so there is nothing to wait for.
        return True


def _lines(pieces: Iterable[bytes | None]) -> Iterator[str | None]:
    begun: list[bytes] = []
    for piece in pieces:
        if piece is None:
            yield None
        elif b"\n" not in piece:
            begun.append(piece)
        else:
            *whole, rest = b"".join([*begun, piece]).split(b"\n")
            begun = [rest]
            yield from filter(str.strip, map(_text, whole))
    last = _text(b"".join(begun))
    if last.strip():
        yield last


def _first_line(head: bytes | bytearray) -> bytes | None:
    """The first line that is not blank, ``None`` where it has not arrived as a whole."""
    line, end, _ = bytes(head).removeprefix(_MARK).lstrip().partition(b"\n")
    return line.strip() if end else None


def _may_begin_document(line: bytes) -> bool:
    """Whether a document over several lines may begin with ``line``; if not, it is an event of its own."""
    if line.startswith((b"{", b"[")):
        try:
            json.loads(line)
        except json.JSONDecodeError as error:
            # JSON up to the end of the line, and then more is missing; ``[ERROR] …`` and the like break off before.
            return error.pos >= len(error.doc)
        except (ValueError, RecursionError):
            return False
        return line.startswith(b"[")
    # ``<134>`` is the priority of syslog, which no element name begins like.
    if not line.startswith(b"<") or line[1:2].isdigit():
        return False
    return line.startswith(b"<Events") or _xml_items(line) is None


def _text(line: bytes) -> str:
    return line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")


def _documents(content: bytes) -> list[str] | None:
    """The events of a content that is one document over several lines, ``None`` where it is lines."""
    stripped = content.removeprefix(_MARK).strip()
    if b"\n" not in stripped:
        return None if not stripped.startswith((b"[", b"<Events")) else _json_items(stripped) or _xml_items(stripped)
    if stripped.startswith((b"{", b"[")):
        return _json_items(stripped)
    return _xml_items(stripped) if stripped.startswith(b"<") else None


def _json_items(content: bytes) -> list[str] | None:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if isinstance(document, list):
        return [
            item if isinstance(item, str) else json.dumps(item, ensure_ascii=False, separators=(",", ":"))
            for item in document
        ]
    return [_text(content)]


def _xml_items(content: bytes) -> list[str] | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if etree.QName(root).localname != "Events":
        return [_text(content)]
    return [etree.tostring(child, encoding="unicode", with_tail=False) for child in root.iterchildren("{*}Event")]
