"""What every format reader hands back, and the bounds they share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from agents.events.event import Field, Format, Source

MAX_FIELDS = 2000
"""Most fields of one event; the text after them becomes the message, so that nothing is lost."""

MAX_DEPTH = 24
"""Deepest nesting that still lengthens a path; deeper values keep the path of this depth."""

MAX_STEPS = 20_000
"""Most lines, elements or levels that are looked at for fields; what stands behind them is the message."""

MAX_KEY = 200
"""Longest key in characters; a longer run of key characters is not taken for a key."""

ESCAPED_BY_BACKSLASH = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found in a stretch of text: the layers, the fields, and the free text that is left."""

    formats: tuple[Format, ...]
    fields: list[Field]
    message: str = ""


class Reader(Protocol):
    """Reads ``text[start:end]`` as one format; ``None`` when it is not that format. Never raises.

    ``text`` is the whole event (encodable, same length as ``Event.raw``), so that spans are offsets in it.
    """

    def __call__(self, text: str, start: int, end: int, source: Source) -> Reading | None:
        """The reading, or ``None``."""
        ...


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The range ``start:end`` without surrounding white space."""
    piece = text[start:end]
    core = piece.strip()
    if len(core) == len(piece):
        return start, end
    left = start + len(piece) - len(piece.lstrip()) if core else start
    return left, left + len(core)


def sliced(path: str, text: str, start: int, end: int) -> Field:
    """The field whose value is exactly ``text[start:end]``."""
    return Field(path, text[start:end], (start, end))
