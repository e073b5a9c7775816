"""Cells parted by commas of which most name themselves: ``PC1,Local Host: 10.0.0.5,Inbound,Rule: Block all``.

Symantec Endpoint Protection writes so to syslog:
https://techdocs.broadcom.com/us/en/symantec-security-software/endpoint-security-and-management/endpoint-protection/all/Monitoring-Reporting-and-Enforcing-Compliance/viewing-logs-v7522439-d37e464/exporting-data-to-a-syslog-server-v8442743-d15e1107.html
"""

from __future__ import annotations

import re
from typing import Final

from agents.events.event import Field, Format, Source
from agents.events.parsing.delimited import split
from agents.events.parsing.reading import Reading, sliced, trimmed

_NAME = re.compile(r"([A-Z][A-Za-z0-9][\w \-()/.]{0,38}+):(?: |$)")
_TIGHT = re.compile(r",[A-Z][A-Za-z0-9][\w \-()/.]{0,38}+:(?= |,|$)")
_LEAST: Final = 3


def read_named_cells(text: str, start: int, end: int, source: Source) -> Reading | None:
    """The cells with a name as fields; the others, joined by commas, are the message.

    At least three named cells, at the start or behind a comma without a space, and for each two without a name at most.
    """
    del source
    if text.count(",", start, end) < _LEAST - 1:
        return None
    found = int(_NAME.match(text, start, end) is not None)
    for _ in _TIGHT.finditer(text, start, end):
        found += 1
        if found == _LEAST:
            break
    else:
        return None
    fields: list[Field] = []
    left: list[str] = []
    for cell in split(text, start, end, ","):
        a, b = trimmed(text, *cell)
        name = _NAME.match(text, a, b)
        if name is None:
            left.append(text[a:b])
            continue
        a, b = trimmed(text, name.end(), b)
        if b > a:
            fields.append(sliced(name.group(1), text, a, b))
    if len(fields) < _LEAST or len([piece for piece in left if piece]) > 2 * len(fields):
        return None
    return Reading((Format.KV,), fields, ", ".join(piece for piece in left if piece))
