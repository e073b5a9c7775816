"""Windows events as text: ``Key=Value`` lines, then ``Message=`` with the rendered message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from agents.events.event import Field, Format, Source
from agents.events.parsing.reading import MAX_FIELDS, Reading, trimmed

_LINE = re.compile(r"([A-Za-z_][\w \-]{0,60}+)=")
_TELLING_KEYS: Final = ("EventCode=", "EventID=", "LogName=", "EventIdentifier=")
_LONGEST_KEY = 82
_BEHIND_COLON = frozenset({"", "\t", " ", "\n", "\r"})


def read_windows_text(text: str, start: int, end: int, source: Source) -> Reading | None:
    """The header lines as they are; ``Section.Key`` for the ``Key:<tab>value`` lines of the message.

    The message is what is left: the sentence that says what happened and the explanation below.
    """
    del source
    if not any(text.find(key, start, start + 2000) >= 0 for key in _TELLING_KEYS):
        return None
    fields: list[Field] = []
    left: list[str] = []
    for a, b in lines(text, start, end):
        match = _LINE.match(text, a, b)
        if match is None:
            left.append(text[a:b])
            if len(left) > 1 and len(fields) < 2:
                return None
            continue
        value = trimmed(text, match.end(), b)
        if match.group(1) == "Message":
            inner, sentences = read_message(text, match.end(), end, MAX_FIELDS - len(fields))
            fields += inner
            left = sentences
            break
        fields.append(Field(match.group(1), text[slice(*value)], value))
        if len(fields) >= MAX_FIELDS:
            left.append(text[b:end])
            break
    if len(fields) < 2 or not any(f"{f.path}=" in _TELLING_KEYS for f in fields):
        return None
    return Reading((Format.KV,), fields, " ".join(" ".join(left).split()))


def read_message(text: str, start: int, end: int, most: int) -> tuple[list[Field], list[str]]:
    """The ``Key:<tab>value`` lines of a rendered message as fields, and the other lines.

    A line ``Subject:`` without a value opens a section, whose keys become ``Subject.Account Name``.
    """
    fields: list[Field] = []
    left: list[str] = []
    section = ""
    for a, b in lines(text, start, end):
        colon = text.find(":", a, min(b, a + _LONGEST_KEY))
        if colon < 0 or text[colon + 1 : colon + 2] not in _BEHIND_COLON:
            left.append(text[a:b].strip())
            continue
        key = text[a:colon].strip()
        if not key[:1].isupper() or "," in key:
            left.append(text[a:b].strip())
            continue
        indented = text[a] in "\t "
        value = trimmed(text, colon + 1, b)
        if value[0] == value[1]:
            section = section if indented else key
        elif len(fields) < most:
            fields.append(Field(f"{section}.{key}" if section and indented else key, text[slice(*value)], value))
        else:
            left.append(text[a:b].strip())
    return fields, left


def lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The ranges of the lines that are not blank."""
    position = start
    while position < end:
        stop = text.find("\n", position, end)
        stop = end if stop < 0 else stop
        if text[position:stop].strip():
            yield position, stop - 1 if text[stop - 1] == "\r" else stop
        position = stop + 1
