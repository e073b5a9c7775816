"""IBM Log Event Extended Format, versions 1.0 and 2.0.

https://www.ibm.com/docs/en/dsm?topic=leef-overview
"""

from __future__ import annotations

import re
from typing import Final

from agents.events.event import Field, Format, Source
from agents.events.parsing.cef import read_extension
from agents.events.parsing.reading import MAX_FIELDS, MAX_KEY, Reading, trimmed

HEADER: Final = ("format_version", "vendor", "product", "version", "event_id")
_DELIMITER = re.compile(r"(?:(?:0x|x|\\x)([0-9A-Fa-f]{1,4}+)|(\\t)|([^|A-Za-z0-9\s])|)\|")


def read_leef(text: str, start: int, end: int, source: Source) -> Reading | None:
    r"""Header as ``leef.vendor/product/version/event_id``, attributes as they are.

    The delimiter is the one that a 2.0 header names (a character, ``x09``, ``0x5E``, ``\t``), or a 1.0 header by
    its number, as PAN-OS does (``x7C``); else a tab. Where a transport has turned tabs into spaces, values run to
    the next key.
    """
    del source
    if not text.startswith("LEEF:", start, end):
        return None
    fields: list[Field] = []
    position = start + 5
    for name in HEADER:
        bar = text.find("|", position, end)
        stop = end if bar < 0 else bar
        a, b = trimmed(text, position, stop)
        fields.append(Field(f"leef.{name}", text[a:b], (a, b)))
        position = min(stop + 1, end)
        if bar < 0:
            break
    if len(fields) < 2 or not fields[0].value.replace(".", "").isdigit():
        return None
    delimiter = "\t"
    named = _DELIMITER.match(text, position, end)
    if named and (named.group(1) or fields[0].value.startswith("2")):
        position = named.end()
        delimiter = chr(int(named.group(1), 16)) if named.group(1) else named.group(3) or "\t"
    if delimiter not in text[position:end]:
        attributes, message = read_extension(text, position, end)
    else:
        attributes, message = _split(text, position, end, delimiter)
    return Reading((Format.LEEF,), fields + attributes, message)


def _split(text: str, start: int, end: int, delimiter: str) -> tuple[list[Field], str]:
    fields: list[Field] = []
    left: list[str] = []
    position = start
    while position < end:
        if len(fields) >= MAX_FIELDS:
            left.append(text[position:end])
            break
        stop = text.find(delimiter, position, end)
        stop = end if stop < 0 else stop
        equals = text.find("=", position, min(stop, position + MAX_KEY))
        if equals > position:
            a, b = trimmed(text, equals + 1, stop)
            fields.append(Field(text[position:equals].strip(), text[a:b], (a, b)))
        else:
            left.append(text[position:stop])
        position = stop + 1
    return fields, " ".join(" ".join(left).split())
