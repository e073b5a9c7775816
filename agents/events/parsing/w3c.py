"""Logs that carry their own column names in directives: W3C extended (IIS) and Zeek's tab-separated files.

https://www.w3.org/TR/WD-logfile.html,
https://learn.microsoft.com/en-us/exchange/mail-flow/transport-logs/message-tracking and
https://docs.zeek.org/en/master/log-formats.html
"""

from __future__ import annotations

import re

from agents.events.event import Field, Format, Source
from agents.events.parsing.delimited import named, split
from agents.events.parsing.reading import MAX_FIELDS, Reading
from agents.events.parsing.windows_text import lines

_MAX_COLUMNS = 500
_DIRECTIVE = re.compile(r"#([^ :\t]*+)[ :\t]\s*+(\S.*+)", re.DOTALL)
_PATHS = {"Software": "software", "path": "_path", "open": "_open", "close": "_close"}
_SYNTAX = frozenset({"separator", "set_separator", "empty_field", "unset_field", "types"})
"""Zeek's directives on how the file is written, which say nothing of an event."""


def read_w3c(text: str, start: int, end: int, source: Source) -> Reading | None:
    """The rows under a ``#Fields:`` (W3C) or ``#fields`` (Zeek) directive; rows share their paths.

    The other directives are fields too, under their name: ``#Software`` as ``software``, Zeek's ``#path`` as
    ``_path``, its name in Zeek's JSON logs. What stands beyond the bound on fields is the message.
    """
    del source
    if not text.startswith("#", start, end):
        return None
    columns: list[str] = []
    fields: list[Field] = []
    layer, separator = Format.W3C, " "
    for a, b in lines(text, start, end):
        line = text[a:b]
        if columns and len(fields) >= MAX_FIELDS:
            return Reading((layer,), fields, text[a:end].strip())
        if not line.startswith("#"):
            if not columns:
                return None
            fields += _row(columns, text, a, b, separator)
        elif line.startswith("#Fields:"):
            columns, separator = _columns(line[len("#Fields:") :].strip())
        elif line.startswith("#fields"):
            layer, separator = Format.CSV, "\t"
            columns = line[len("#fields") :].split()[:_MAX_COLUMNS]
        else:
            directive = _DIRECTIVE.match(line)
            if directive and directive[1] not in _SYNTAX:
                name, value = directive[1], directive[2].rstrip()
                at = a + directive.start(2)
                fields.append(Field(_PATHS.get(name, name), value, (at, at + len(value))))
    return Reading((layer,), fields) if columns else None


def _columns(listed: str) -> tuple[list[str], str]:
    """The names after ``#Fields:`` and what parts them: commas in Exchange's logs, tabs in TMG's, else spaces."""
    for separator in (",", "\t"):
        if separator in listed:
            return [name.strip() for name in listed.split(separator)][:_MAX_COLUMNS], separator
    return listed.split()[:_MAX_COLUMNS], " "


def _row(columns: list[str], text: str, start: int, end: int, separator: str) -> list[Field]:
    if separator == ",":
        return named(text, split(text, start, end, ",", _MAX_COLUMNS), columns)
    fields, position = [], start
    for number, column in enumerate(columns):
        stop = text.find(separator, position, end) if number < len(columns) - 1 else end
        stop = end if stop < 0 else stop
        if stop > position:
            fields.append(Field(column, text[position:stop], (position, stop)))
        position = stop + 1
        if position > end:
            break
    return fields
