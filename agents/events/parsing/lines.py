"""Lines of documented shape that are neither delimited nor pairs: what ``lines.yaml`` describes.

The expressions are RE2's, so each takes time in proportion to the text whatever it holds, and all of them are asked at
once (RE2's ``Set``): a line that has none of the shapes costs one pass over its first characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

import re2
import yaml
from pydantic import BaseModel, ConfigDict

from agents.events.event import Field, Format, Source
from agents.events.parsing.reading import MAX_FIELDS, Reading, sliced, trimmed

_PART = re.compile(r"\{([a-z_]+)\}")
_LONGEST_HEAD: Final = 32_768
"""Characters of a line that a shape may take in; what stands behind is the rest."""

_DASHED = re.compile(r"\s*+([A-Z][\w()/]{0,40}+(?: (?:Time|Rule))?+)(?: ?: ?+| ++|$)")
_DASH = re.compile(r" -(?:->)? ")
_QUOTED = re.compile(r'"([^"]*+)"(?= -(?:->)? | *+$)')
_COUNTED = re.compile(r"""\s*+([A-Z][A-Z0-9_$# ]{0,40}+) ?: ?(?:\[\d{1,6}+\] ?)?(["'])""")

Rest = Callable[[str, int, int, Source], Reading | None]


class Shape(BaseModel):
    """One documented shape of ``lines.yaml``; the file's head explains the keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    reference: str
    format: Format = Format.TEXT
    pattern: str
    columns: tuple[str, ...]
    rest: Literal["text", "body", "whole", "dashed", "counted"] = "text"


@dataclass(frozen=True, slots=True)
class _Shapes:
    shapes: tuple[Shape, ...]
    patterns: tuple[Any, ...]
    all: Any


@cache
def _shapes() -> _Shapes:
    data = yaml.safe_load(files(__package__).joinpath("lines.yaml").read_text(encoding="utf-8"))
    parts: dict[str, str] = {}
    for name, pattern in data["parts"].items():
        parts[name] = _composed(pattern, parts)
    shapes = tuple(Shape.model_validate(item) for item in data["shapes"])
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # one byte a character: see _bytes
    options.max_mem = 64 << 20
    sought = [_composed(shape.pattern, parts).encode() for shape in shapes]
    every = re2.Set.MatchSet(options)
    for pattern in sought:
        every.Add(b"^(?:" + pattern + b")")
    every.Compile()
    return _Shapes(shapes, tuple(re2.compile(pattern, options) for pattern in sought), every)


def _composed(pattern: str, parts: Mapping[str, str]) -> str:
    return _PART.sub(lambda m: f"(?:{parts[m.group(1)]})", pattern)


def read_line(text: str, start: int, end: int, source: Source, rest: Rest) -> Reading | None:
    """One line of a shape in ``lines.yaml``; ``rest`` reads what stands behind it where that may be pairs or JSON.

    A column whose group took no part in the match gives no field.
    """
    known = _shapes()
    head = text[start : min(end, start + _LONGEST_HEAD)].encode("ascii", "replace")
    found = known.all.Match(head)
    if not found:
        return None
    number = min(found)
    match = known.patterns[number].match(head)
    if match is None:
        return None
    shape = known.shapes[number]
    fields = []
    for group, path in enumerate(shape.columns, 1):
        a, b = match.span(group)
        if b > a:
            fields.append(sliced(path, text, start + a, start + b))
    behind = start + match.end()
    match shape.rest:
        case "whole":
            return Reading((shape.format,), fields, text[start:end])
        case "dashed":
            return _joined(shape, fields, read_dashed(text, behind, end))
        case "counted":
            return _joined(shape, fields, read_counted(text, behind, end))
        case "body":
            a, b = trimmed(text, behind, end)
            inner = rest(text, a, b, source) if a < b else None
            if inner is not None:
                formats = inner.formats if shape.format is Format.TEXT else (shape.format, *inner.formats)
                return Reading(formats, fields + inner.fields, inner.message)
    return Reading((shape.format,), fields, text[behind:end].strip())


def _joined(shape: Shape, fields: list[Field], inner: Reading) -> Reading:
    formats = inner.formats if inner.fields and shape.format is Format.TEXT else (shape.format,)
    return Reading(formats, fields + inner.fields, inner.message)


def read_dashed(text: str, start: int, end: int) -> Reading:
    """``Name value - Name : value - …`` as NetScaler writes it: pieces that do not start with a name are the message.

    A dash in quotes parts nothing.
    """
    fields: list[Field] = []
    left: list[str] = []
    position = start
    while position < end and len(fields) + len(left) < MAX_FIELDS:
        name = _DASHED.match(text, position, end)
        quoted = _QUOTED.match(text, name.end(), end) if name else None
        dash = _DASH.search(text, quoted.end() if quoted else position, end)
        a, stop = position, dash.start() if dash else end
        position = dash.end() if dash else end
        if name is None or name.end() > stop:
            left.append(text[a:stop].strip())
            continue
        c, d = quoted.span(1) if quoted else trimmed(text, name.end(), stop)
        if d > c:
            fields.append(sliced(name.group(1), text, c, d))
    if position < end:
        left.append(text[position:end])
    return Reading((Format.KV,), fields, " - ".join(piece for piece in left if piece))


def read_counted(text: str, start: int, end: int) -> Reading:
    """``NAME :[length] 'value'`` as Oracle's audit trail has it, or ``NAME: "value"`` as older releases do."""
    fields: list[Field] = []
    position = start
    while len(fields) < MAX_FIELDS and (name := _COUNTED.match(text, position, end)):
        stop = text.find(name.group(2), name.end(), end)
        if stop < 0:
            break
        if stop > name.end():
            fields.append(sliced(name.group(1).strip(), text, name.end(), stop))
        position = stop + 1
    return Reading((Format.KV,), fields, text[position:end].strip())
