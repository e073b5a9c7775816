"""Syslog lines: RFC 5424, RFC 3164 as it is found in the wild, and the message ids of Cisco devices."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from agents.events.event import Field, Format, Source
from agents.events.parsing.key_value import read_colon_pairs
from agents.events.parsing.reading import ESCAPED_BY_BACKSLASH, MAX_FIELDS, Reading, sliced

Body = Callable[[str, int, int, Source], Reading | None]

_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9}+)?(?:Z|[+\-]\d\d:?\d\d)?"
_BSD = (
    rf"(?:\d{{4}} )?(?:{_MONTHS}) {{1,2}}\d{{1,2}}(?: \d{{4}})? \d\d:\d\d:\d\d(?:\.\d{{1,9}}+)?"
    r"(?: \d{4}(?= ))?(?: [A-Z]{3,4}(?=:? ))?"
)
_PRI = re.compile(r"<(\d{1,3})>(?=.)", re.DOTALL)
_NEW = re.compile(rf"(?:1 )({_ISO}|-) (\S++) ((?![{{\[<\"]|CEF:|LEEF:)\S++) (\S++) (\S++) (?=[\[\-])")
_TIME = re.compile(rf":? ?(?:\d{{1,10}}+: )?(?:[\w.\-]++: )?(?:\d{{1,10}}+: )?[*.]?({_ISO}|{_BSD})(?: ?:)?(?=\s|$)\s*+")
_SPACED_TIME = re.compile(rf"({_ISO.replace('T', '[T ]')})(?=\s)\s*+")
"""Behind a priority a time may also have a space between day and hour; elsewhere plenty of other logs start so."""
_HOST = re.compile(r"([\w.\-:%/]*[\w.\-%/])(?=\s)(?: ++:(?=\s))?\s++")
_TAG = re.compile(r"([A-Za-z_/(][\w./\-@()\\+]{0,127}+)(?:\[([^\]\s]{0,40}+)\](?::|(?=\s))|:(?=\s|$))\s*+")
_CISCO = re.compile(
    r"%([A-Z][A-Z0-9_]{1,30}+(?:-[A-Z][A-Z0-9_]{0,30}+)?+)(?:-([a-z][a-z0-9_]{1,30}+))?+-([0-7])-([A-Z0-9_]{2,60}+):?\s*+"
)
_CISCO_WITHIN: Final = 200
_VALUE_MARKS = re.compile(r"""[=\"'<>\[\]{}()]""")
_FIREPOWER_EVENTS: Final = frozenset({"430001", "430002", "430003", "430004", "430005"})
"""Security events of Firepower Threat Defense, whose text is ``Key: value, Key: value`` throughout:
https://www.cisco.com/c/en/us/td/docs/security/firepower/Syslogs/b_fptd_syslog_guide/security-event-syslog-messages.html
"""
_VERSION: Final = "1 "
_MARKED = re.compile(r'(?:CEF|LEEF):\d|<[A-Za-z?]|\[?\{\s*+"|"[^"]{0,200}+"[,;\t]')
_LEVELS: Final = frozenset({"trace", "debug", "info", "notice", "warn", "warning", "error", "critical", "fatal"})
_HOST_ALONE = re.compile(r"([\w.\-:]{1,255}+) ++(?=(?:CEF|LEEF):\d)")
_DASH = re.compile(r"- ++(?=(?:CEF|LEEF):\d)")
"""Stands for a tag that is not there, as a template of five parts prints it."""
_AUDIT_TAG = re.compile(r"(audit)(?:\[(\d{1,10}+)\])?: (?=[A-Z_]{3,40}+ |type=)")
_AUDIT_RECORD = re.compile(
    r"(?:(audit\([\d.:]{1,40}+\)):? ?+)?([A-Z][A-Z0-9_]{2,40}+)(?=$| ++(?:[\w\-]++=|avc:|audit\())\s*+"
)
_PRINTED_RECORD = re.compile(r"(?:\[ *+(\d++\.\d++)\] )?(?:audit: )?type=(\w++) (audit\([\d.:]{1,40}+\)):?\s*+")
_AUDIT_WITHIN: Final = 40
_HEADLESS: Final = ("%", "audit: ", "audit[")
"""What a line without priority, time and host may start with to be read as what follows them."""
_ELEMENT = re.compile(r"\[([^\s=\]\"]{1,64}+)")
_PARAMETER = re.compile(r' ++([^\s=\]"]{1,128}+)="((?:[^"\\]|\\.)*+)"', re.DOTALL)


def read_syslog(text: str, start: int, end: int, source: Source, body: Body) -> Reading | None:
    """Header fields under ``syslog.*``, Cisco message ids under ``cisco.*``, and what ``body`` finds behind.

    Without a priority a line needs a timestamp and behind it a host or tag; the ISO timestamps that rsyslog
    writes need a tag, as plenty of other logs start with such a time, or a host and behind it an event in a
    format that says at its start what it is. The version of RFC 5424 may stand before a header of the older form
    (``<5>1 2026-01-01T00:00:00Z host CEF:0|…``), as vaults and collectors write it.
    """
    fields: list[Field] = []
    position = start
    pri = _PRI.match(text, start, end)
    if pri:
        number = int(pri.group(1))
        # Derived from the priority, so there is no stretch of text that is their value.
        fields += [Field("syslog.facility", str(number >> 3)), Field("syslog.severity", str(number & 7))]
        position = pri.end()
    new = _NEW.match(text, position, end)
    if new:
        for group, name in enumerate(("time", "host", "app", "pid", "msgid"), 1):
            if new.group(group) != "-":
                fields.append(Field(f"syslog.{name}", new.group(group), new.span(group)))
        position = _structured_data(text, new.end(), end, fields)
    else:
        if pri and text.startswith(_VERSION, position, end) and _TIME.match(text, position + len(_VERSION), end):
            position += len(_VERSION)
        behind = _old_header(text, position, end, fields, prioritised=pri is not None)
        if behind is None:
            if host := _HOST_ALONE.match(text, start, end):
                fields.append(sliced("syslog.host", text, *host.span(1)))
                return _with_body(text, host.end(), end, source, fields, body)
            if not text.startswith(_HEADLESS, start, end):
                return None
            audit = _AUDIT_TAG.match(text, start, end)
            if audit:
                _add_tag(fields, audit)
            elif not _CISCO.match(text, start, end):
                return None
            behind = audit.end() if audit else start
        position = behind
    return _with_body(text, position, end, source, fields, body)


def _old_header(text: str, position: int, end: int, fields: list[Field], *, prioritised: bool) -> int | None:
    """Read time, host and tag; the offset behind them, ``None`` where this is no syslog header."""
    time = _TIME.match(text, position, end)
    if time is None and prioritised:
        time = _SPACED_TIME.match(text, position, end)
    if time is None and not prioritised:
        return None
    tag = host = None
    if time:
        fields.append(Field("syslog.time", time.group(1), time.span(1)))
        position = time.end()
        tag = _TAG.match(text, position, end)
        host = None if tag else _HOST.match(text, position, end)
        if host:
            if host.group(1).lower() not in _LEVELS:
                fields.append(Field("syslog.host", host.group(1), host.span(1)))
            position = host.end()
        elif not prioritised and tag is None and not _CISCO.match(text, position, end):
            return None
    tag = tag or _TAG.match(text, position, end)
    if tag:
        _add_tag(fields, tag)
        return tag.end()
    if time and not prioritised and "T" in time.group(1) and "%" not in text[position : position + 40]:
        return position if host and _MARKED.match(text, position, end) else None
    return position


def _add_tag(fields: list[Field], tag: re.Match[str]) -> None:
    fields.append(Field("syslog.app", tag.group(1), tag.span(1)))
    if tag.group(2):
        fields.append(Field("syslog.pid", tag.group(2), tag.span(2)))


def _with_body(text: str, start: int, end: int, source: Source, fields: list[Field], body: Body) -> Reading:
    formats: tuple[Format, ...] = (Format.SYSLOG,)
    if dash := _DASH.match(text, start, end):
        start = dash.end()
    start = _audit_record(text, start, end, fields)
    at = text.find("%", start, min(end, start + _CISCO_WITHIN))
    cisco = _CISCO.match(text, at, end) if at >= 0 and _may_precede(text[start:at], fields) else None
    if cisco:
        for group, name in enumerate(("facility", "class", "severity", "mnemonic"), 1):
            if cisco.group(group):
                fields.append(sliced(f"cisco.{name}", text, *cisco.span(group)))
        start = cisco.end()
    if cisco and cisco.group(4) in _FIREPOWER_EVENTS:
        inner = read_colon_pairs(text, start, end, 1) or body(text, start, end, source)
    else:
        inner = body(text, start, end, source)
    if inner is None:
        return Reading(formats, fields, text[start:end].strip())
    formats += tuple(layer for layer in inner.formats if layer is not Format.TEXT)
    return Reading(formats, fields + inner.fields, inner.message)


def _may_precede(between: str, fields: list[Field]) -> bool:
    """Whether a Cisco message id may stand behind this: never within a program's message or a value of one."""
    if any(field.path == "syslog.app" for field in fields):
        return not between.strip(" :")
    return _VALUE_MARKS.search(between) is None


def _audit_record(text: str, start: int, end: int, fields: list[Field]) -> int:
    """Read what the Linux audit system's records start with where journald or the kernel's log hold them.

    journald writes the name of the type alone (``audit[1]: SERVICE_START pid=1 …``), the kernel its number
    (``audit: type=1400 audit(…): …``); both become ``type``, as in ``audit.log``. The offset behind it.
    """
    if text.find("audit", 0, start + _AUDIT_WITHIN) < 0:
        return start
    if printed := _PRINTED_RECORD.match(text, start, end):
        names = ("kernel.time", "type", "msg")
        fields += [sliced(name, text, *printed.span(n)) for n, name in enumerate(names, 1) if printed.group(n)]
        return printed.end()
    if any(f.path == "syslog.app" and f.value == "audit" for f in fields) and (
        record := _AUDIT_RECORD.match(text, start, end)
    ):
        fields.append(sliced("type", text, *record.span(2)))
        if record.group(1):
            fields.append(sliced("msg", text, *record.span(1)))
        return record.end()
    return start


def _structured_data(text: str, position: int, end: int, fields: list[Field]) -> int:
    """Read ``[id name="value" …]`` elements into ``id.name`` fields; the offset of the message behind them."""
    if text[position] == "-":
        position += 1
    while len(fields) < MAX_FIELDS and (element := _ELEMENT.match(text, position, end)):
        cursor = element.end()
        while parameter := _PARAMETER.match(text, cursor, end):
            value = parameter.group(2)
            if "\\" in value:
                value = ESCAPED_BY_BACKSLASH.sub(lambda m: m.group(1) if m.group(1) in '"\\]' else m.group(), value)
            fields.append(Field(f"{element.group(1)}.{parameter.group(1)}", value, parameter.span(2)))
            cursor = parameter.end()
        if not text.startswith("]", cursor, end):
            break
        position = cursor + 1
    while position < end and text[position] in " \ufeff":
        position += 1
    return position
