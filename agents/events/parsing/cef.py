"""ArcSight Common Event Format.

https://www.microfocus.com/documentation/arcsight/arcsight-smartconnectors-8.4/cef-implementation-standard/
"""

from __future__ import annotations

import re
from typing import Final

from agents.events.event import Field, Format, Source
from agents.events.parsing.reading import ESCAPED_BY_BACKSLASH, MAX_FIELDS, Reading, trimmed

HEADER: Final = ("version", "device_vendor", "device_product", "device_version", "signature_id", "name", "severity")
_PART = re.compile(r"([^|\\]*+(?:\\.[^|\\]*+)*+)(\||$)", re.DOTALL)
_KEY = re.compile(r"(?<!\S)([A-Za-z_][\w.\-\[\]]{0,199}+)=")
_FIRST_KEY = re.compile(r"\s*+([A-Za-z_][\w.\-\[\]]{0,199}+)=")
_LABEL = re.compile(r"(c[sn]\d|cfp\d|c6a\d|deviceCustom\w+|flexString\d|flexNumber\d|flexDate\d)Label$")
_LINE_BREAKS: Final = {"n": "\n", "r": "\r", "t": "\t"}


def read_cef(text: str, start: int, end: int, source: Source) -> Reading | None:
    """Header as ``cef.*``, extension keys as they are, and each labelled custom field under its label as well.

    A header that is cut off is read as far as it goes, from the vendor on.
    """
    del source
    if not text.startswith("CEF:", start, end):
        return None
    fields: list[Field] = []
    position = start + 4
    for name in HEADER:
        part = _PART.match(text, position, end)
        if part is None:
            break
        a, b = trimmed(text, *part.span(1))
        fields.append(Field(f"cef.{name}", _plain(text[a:b]), (a, b)))
        position = part.end()
        if part.group(2) != "|":
            break
    if len(fields) < 2 or not fields[0].value.replace(".", "").isdigit():
        return None
    extension, message = read_extension(text, position, end)
    return Reading((Format.CEF,), fields + extension, message)


def read_extension(text: str, start: int, end: int) -> tuple[list[Field], str]:
    """``key=value key=value`` where values run to the next key; the fields and the text before the first key."""
    first = _FIRST_KEY.match(text, start, end)
    keys = [first] if first else []
    for match in _KEY.finditer(text, first.end() if first else start, end):
        keys.append(match)
        if len(keys) >= MAX_FIELDS:
            break
    fields: list[Field] = []
    stops = [key.start() for key in keys[1:]] + [end]
    for key, stop in zip(keys, stops, strict=False):
        a, b = trimmed(text, key.end(), stop)
        value = text[a:b]
        fields.append(Field(key.group(1), _plain(value) if "\\" in value else value, (a, b)))
    message = text[start : keys[0].start() if keys else end].strip()
    return fields + _labelled(fields), message


def _labelled(fields: list[Field]) -> list[Field]:
    labels = {f.path[: -len("Label")]: f.value for f in fields if f.value and _LABEL.match(f.path)}
    return [Field(labels[f.path], f.value, f.span) for f in fields if f.path in labels]


def _plain(text: str) -> str:
    return ESCAPED_BY_BACKSLASH.sub(lambda m: _LINE_BREAKS.get(m.group(1)) or _resolved(m), text)


def _resolved(match: re.Match[str]) -> str:
    return match.group(1) if match.group(1) in "\\=|" else match.group()
