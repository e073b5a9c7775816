"""Which format a text has: the readers in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from agents.events.event import Event, Format, Source, printable
from agents.events.parsing.access_log import read_access_log
from agents.events.parsing.cef import read_cef
from agents.events.parsing.delimited import read_delimited, read_known_layout
from agents.events.parsing.envelope import opened
from agents.events.parsing.json_document import read_json
from agents.events.parsing.key_value import read_key_value, read_quoted_list
from agents.events.parsing.leef import read_leef
from agents.events.parsing.reading import Reader, Reading, trimmed
from agents.events.parsing.syslog_line import read_syslog
from agents.events.parsing.w3c import read_w3c
from agents.events.parsing.windows_text import read_windows_text
from agents.events.parsing.xml_document import read_xml


def parse(raw: str, source: Source | None = None) -> Event:
    """The event that ``raw`` is: its format, fields with their places, and the text that is left.

    Takes any string, raises nothing, and needs time in proportion to its length. What no reader claims is a
    ``TEXT`` event whose message is the whole text. Field values and the message are always encodable; lone
    surrogates stay in ``raw`` only.
    """
    source = source or Source()
    text = printable(raw)
    start, end = trimmed(text, 0, len(text))
    if text.startswith("\ufeff", start, end):
        start, end = trimmed(text, start + 1, end)
    reading = _read_line(text, start, end, source) if start < end else None
    if reading is None:
        return Event(raw, source, (Format.TEXT,), (), text[start:end])
    reading = opened(reading, text, source, _read_inner)
    return Event(raw, source, reading.formats, tuple(reading.fields), reading.message)


def _read_line(text: str, start: int, end: int, source: Source) -> Reading | None:
    """A whole event: a self-describing format, a syslog line, or one of the looser formats."""
    return (
        _first(_MARKED, text, start, end, source)
        or read_syslog(text, start, end, source, _read_body)
        or _first(_LOOSE, text, start, end, source)
    )


def _read_inner(text: str, source: Source, loosely: bool) -> Reading | None:
    """A log that is the value of a field; ``loosely`` also in formats that do not say what they are."""
    start, end = trimmed(text, 0, len(text))
    return (
        _first(_MARKED, text, start, end, source)
        or read_syslog(text, start, end, source, _read_body)
        or (_first(_IN_ENVELOPE, text, start, end, source) if loosely else None)
    )


def _read_body(text: str, start: int, end: int, source: Source) -> Reading | None:
    """What stands behind a syslog header."""
    start, end = trimmed(text, start, end)
    for cookie in ("@cee:", "@json:", "CEE:"):
        if text.startswith(cookie, start, end):
            start, end = trimmed(text, start + len(cookie), end)
    if start == end:
        return None
    return _first(_MARKED, text, start, end, source) or _first(_IN_SYSLOG, text, start, end, source)


def _first(readers: Sequence[Reader], text: str, start: int, end: int, source: Source) -> Reading | None:
    for reader in readers:
        reading = reader(text, start, end, source)
        if reading is not None:
            return reading
    return None


_MARKED: Final[tuple[Reader, ...]] = (read_json, read_xml, read_cef, read_leef)
"""Formats that say at their first character what they are."""

_IN_SYSLOG: Final[tuple[Reader, ...]] = (
    read_known_layout,
    read_access_log,
    read_windows_text,
    read_quoted_list,
    read_key_value,
)

_IN_ENVELOPE: Final[tuple[Reader, ...]] = (read_known_layout, read_access_log, read_key_value)

_LOOSE: Final[tuple[Reader, ...]] = (
    read_w3c, read_known_layout, read_access_log, read_windows_text, read_quoted_list, read_key_value, read_delimited
)  # fmt: skip
