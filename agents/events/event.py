"""What an event is once it has been read: raw text, its format, its fields."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum


class Format(StrEnum):
    """The log formats that the parsers know; ``TEXT`` is free text, behind the fields of its header if it has one."""

    JSON = "json"
    XML = "xml"
    SYSLOG = "syslog"
    CEF = "cef"
    LEEF = "leef"
    KV = "kv"
    CSV = "csv"
    ACCESS = "access"
    W3C = "w3c"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Source:
    """Optional hints on where an event came from; empty string where nothing was said."""

    vendor: str = ""
    product: str = ""
    sourcetype: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One ``path = value`` found in an event.

    ``path`` joins the keys of nested structures with dots (``userIdentity.type``); items of a list share the
    path of the list. ``value`` is text as it stands in the log, unquoted and unescaped, and always encodable
    (U+FFFD stands for a byte that was not UTF-8); JSON ``true``, ``false``, ``null`` and numbers keep their JSON
    spelling. ``span`` is the half-open character range of the
    value in ``Event.raw`` (escapes included, quotes not), ``None`` where the parser could not say.
    """

    path: str
    value: str
    span: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """The last segment of the path."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Event:
    """One raw log, read.

    ``raw`` is the log as received; bytes that are not UTF-8 stand in it as lone surrogates (PEP 383
    ``surrogateescape``), so that it can be written back without loss. ``formats`` names the layers outermost
    first (``(SYSLOG, CEF)``). ``message`` is the free text that no parser turned into fields (for syslog the
    text after the header), empty for fully structured events.
    """

    raw: str
    source: Source = field(default_factory=Source)
    formats: tuple[Format, ...] = (Format.TEXT,)
    fields: tuple[Field, ...] = ()
    message: str = ""

    @property
    def format(self) -> Format:
        """The outermost format."""
        return self.formats[0]


_SURROGATE = re.compile("[\ud800-\udfff]")


def printable(text: str) -> str:
    """``text`` with every lone surrogate replaced by U+FFFD; same length, so spans stay true."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text
