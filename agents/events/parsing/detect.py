"""Which format a text has: the readers in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from agents.events.event import Event, Format, Source, printable
from agents.events.parsing.access_log import read_access_log
from agents.events.parsing.cef import read_cef
from agents.events.parsing.delimited import read_delimited, read_headed, read_known_layout
from agents.events.parsing.envelope import opened
from agents.events.parsing.json_document import read_json
from agents.events.parsing.key_value import read_key_value, read_pairs, read_quoted_list
from agents.events.parsing.leef import read_leef
from agents.events.parsing.lines import read_line
from agents.events.parsing.named_cells import read_named_cells
from agents.events.parsing.reading import Reader, Reading, trimmed
from agents.events.parsing.syslog_line import read_syslog
from agents.events.parsing.w3c import read_w3c
from agents.events.parsing.windows_text import read_windows_message, read_windows_text, with_message_read
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
    if reading.formats[-1] in _WITH_MESSAGE:
        reading = with_message_read(reading, text)
    reading = opened(reading, text, source, _read_inner)
    return Event(raw, source, reading.formats, tuple(reading.fields), reading.message)


def _read_line(text: str, start: int, end: int, source: Source) -> Reading | None:
    """A whole event: a self-describing format, a line of known shape, a syslog line, or one of the looser formats."""
    return (
        _first(_MARKED, text, start, end, source)
        or (None if _is_plainly_syslog(text, start) else _read_shape(text, start, end, source))
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


def _is_plainly_syslog(text: str, start: int) -> bool:
    """Whether a priority or a month starts the text; NetScaler writes its priority behind the time."""
    if text[start] == "<":
        return True
    return text[start : start + 4] in _MONTHS and text[start + 16 : start + 17] != "<"


def _read_shape(text: str, start: int, end: int, source: Source) -> Reading | None:
    """A line of a documented shape, with pairs or JSON in the text behind it where it has any."""
    return read_line(text, start, end, source, _read_rest)


def _read_rest(text: str, start: int, end: int, source: Source) -> Reading | None:
    return _first(_MARKED, text, start, end, source) or read_pairs(text, start, end, 1)


def _first(readers: Sequence[Reader], text: str, start: int, end: int, source: Source) -> Reading | None:
    for reader in readers:
        reading = reader(text, start, end, source)
        if reading is not None:
            return reading
    return None


_MONTHS: Final = frozenset(
    f"{month} " for month in ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
)
_WITH_MESSAGE: Final = frozenset({Format.KV, Format.CSV})
"""Formats in which a rendered Windows message is one value."""

_MARKED: Final[tuple[Reader, ...]] = (read_json, read_xml, read_cef, read_leef)
"""Formats that say at their first character what they are."""

_IN_SYSLOG: Final[tuple[Reader, ...]] = (
    _read_shape,
    read_known_layout,
    read_access_log,
    read_windows_text,
    read_quoted_list,
    read_named_cells,
    read_key_value,
    read_windows_message,
)

_IN_ENVELOPE: Final[tuple[Reader, ...]] = (_read_shape, read_known_layout, read_access_log, read_key_value)

_LOOSE: Final[tuple[Reader, ...]] = (
    read_w3c, read_known_layout, read_headed, read_access_log, read_windows_text, read_quoted_list, read_named_cells,
    read_windows_message, read_key_value, read_delimited,
)  # fmt: skip
