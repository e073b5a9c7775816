"""Events in files: a line each, unless a file as a whole is one document."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from lxml import etree

_WHOLE_BYTES = 16 * 2**20
"""Files up to this size are looked at as one document; larger ones are lines."""


def read_events(paths: Iterable[Path]) -> Iterator[str]:
    """The raw events of files in order (``-`` is standard input); bytes that are not UTF-8 as lone surrogates.

    A JSON or XML document that spans lines is one event; a JSON list, or an ``<Events>`` element as the Windows
    event viewer exports it, one event per item. Everything else is an event per line that is not blank.
    """
    for path in paths:
        if str(path) == "-":
            yield from _events(sys.stdin.buffer)
        else:
            with path.open("rb") as file:
                yield from _events(file)


def _events(file: IO[bytes]) -> Iterator[str]:
    head = file.read(_WHOLE_BYTES + 1)
    if len(head) <= _WHOLE_BYTES:
        documents = _documents(head)
        yield from _lines(head.split(b"\n")) if documents is None else documents
        return
    *whole, rest = head.split(b"\n")
    yield from _lines([*whole, rest + file.readline()])
    yield from _lines(file)


def _lines(lines: Iterable[bytes]) -> Iterator[str]:
    return filter(str.strip, map(_text, lines))


def _text(line: bytes) -> str:
    return line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")


def _documents(content: bytes) -> list[str] | None:
    """The events of a content that is one document over several lines, ``None`` where it is lines."""
    stripped = content.removeprefix(b"\xef\xbb\xbf").strip()
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
