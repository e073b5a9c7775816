"""Windows events as text: ``Key=Value`` lines, then ``Message=`` with the rendered message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from agents.events.event import Field, Format, Source
from agents.events.parsing.reading import MAX_FIELDS, MAX_STEPS, Reading, trimmed

_LINE = re.compile(r"([A-Za-z_][\w \-]{0,60}+)=")
_BLANK = re.compile(r"\s*+")
_TELLING_KEYS: Final = ("EventCode=", "EventID=", "LogName=", "EventIdentifier=")
_LONGEST_KEY = 82
_LEAST_KEYS: Final = 3
_MESSAGES: Final = frozenset({"Message", "RenderingInfo.Message"})
_FLAT_NAME = r"[A-Z][\w/\-()]{1,40}+(?: [\w/\-()]{1,40}+){0,6}+"
_FLAT_KEY = re.compile(rf"(?<=  )({_FLAT_NAME}):(?:  ++|$)")
_FLAT_VALUE = re.compile(rf"(?!{_FLAT_NAME}:(?:  |$))\S++(?: \S++)*+")
_SECTIONS: Final = frozenset({
    "Subject", "Logon Information", "New Logon", "Process Information", "Network Information", "Failure Information",
    "Detailed Authentication Information", "Account For Which Logon Failed", "Account Whose Credentials Were Used",
    "Target Server", "Target Account", "Target Subject", "Creator Subject", "New Account", "Old Account", "Attributes",
    "Changed Attributes", "Additional Information", "Member", "Group", "Deleted Group", "New Group", "Object",
    "Operation", "Process", "Access Request Information", "Account Information", "Service Information",
    "Certificate Information", "Account That Was Locked Out", "Domain", "User", "Application Information",
    "Filter Information", "Service", "Task Information", "Share Information", "Privileges",
})  # fmt: skip
"""Headings of sections in the messages of Windows Security auditing:
https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-10/security/threat-protection/auditing/advanced-security-audit-policy-settings
"""
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


def read_windows_message(text: str, start: int, end: int, source: Source) -> Reading | None:
    """A rendered message that has lost its header: a sentence, then ``Key:<tab>value`` lines in sections."""
    del source
    if text.count(":\t", start, end) < _LEAST_KEYS or text.find("\n", start, end) < 0:
        return None
    fields, left = read_message(text, start, end, MAX_FIELDS)
    if sum("." in field.path for field in fields) < _LEAST_KEYS:
        return None
    return Reading((Format.KV,), fields, " ".join(" ".join(left).split()))


def read_message(text: str, start: int, end: int, most: int) -> tuple[list[Field], list[str]]:
    """The ``Key:<tab>value`` lines of a rendered message as fields, and the other lines.

    A line ``Subject:`` without a value opens a section, whose keys become ``Subject.Account Name``.
    """
    fields: list[Field] = []
    left: list[str] = []
    section = ""
    for number, (a, b) in enumerate(lines(text, start, end)):
        if number == MAX_STEPS:
            left.append(text[a:end])
            break
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


def with_message_read(reading: Reading, text: str) -> Reading:
    """``reading`` with the keys of a rendered message, which one of its fields is, as fields as well.

    WinCollect and Snare send the whole message as one value, NXLog with its lines, others with two spaces or more for
    each line's end: ``Subject:   Security ID:  S-1-5-18   Account Name:  DC01$``.
    """
    for field in reading.fields if text.find("Message") >= 0 or text.find("MSWinEventLog") >= 0 else ():
        if field.path in _MESSAGES and field.span and field.value.count(":") >= _LEAST_KEYS:
            a, b = field.span
            if b - a != len(field.value):
                continue
            inner = read_message(text, a, b, MAX_FIELDS)[0] if field.value.count(":\t") else _flat(text, a, b)
            if len(inner) >= _LEAST_KEYS:
                return Reading(reading.formats, [*reading.fields, *inner][:MAX_FIELDS], reading.message)
    return reading


def _flat(text: str, start: int, end: int) -> list[Field]:
    fields: list[Field] = []
    section = ""
    for key in _FLAT_KEY.finditer(text, start, end):
        if key.group(1) in _SECTIONS:
            section = key.group(1) + "."
        elif len(fields) < MAX_FIELDS and (value := _FLAT_VALUE.match(text, key.end(), end)):
            fields.append(Field(section + key.group(1), value.group(), value.span()))
    return fields


def lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The ranges of the lines that are not blank."""
    position = start
    while position < end and (blank := _BLANK.match(text, position, end)) and blank.end() < end:
        position = max(position, text.rfind("\n", position, blank.end()) + 1)
        stop = text.find("\n", blank.end(), end)
        stop = end if stop < 0 else stop
        yield position, stop - 1 if text[stop - 1] == "\r" else stop
        position = stop + 1
