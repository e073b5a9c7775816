"""XML, Windows events first of all, through expat, which says where each element stands.

A document type declaration ends the reading: no log record needs one, and without it there are no entities to
expand and nothing to fetch.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final
from xml.parsers import expat

from agents.events.event import Field, Format, Source
from agents.events.parsing.reading import MAX_DEPTH, MAX_FIELDS, MAX_STEPS, Reading, trimmed

_ATTRIBUTE = re.compile(r"""\s++([^\s=<>/]++)\s*+=\s*+(?:"([^"<]*+)"|'([^'<]*+)')""")
_DROPPED_ROOTS: Final = frozenset({"Event", "Events"})
_NAMED_DATA: Final = frozenset({"Data", "ComplexData"})
_TAG = re.compile(r"<[A-Za-z_?!]")
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
_COLLAPSED: Final = "-"
"""What browsers put before an element that can be folded, and people copy."""
_NO_TEXT = re.compile(r"<!--(?s:.)*?-->|<\?(?s:.)*?\?>|<!\[CDATA\[|\]\]>")


class _StopReadingError(Exception):
    """Raised inside a handler to leave expat."""


def read_xml(text: str, start: int, end: int, source: Source) -> Reading | None:
    """The attributes and element texts of a document; a record that breaks off is read as far as it goes.

    Paths are local names joined by dots without the root ``Event``. ``<Data Name="X">`` takes the segment ``X``
    for ``Data``; a ``Data`` without a name shares the path ``EventData.Data`` with its sisters. The message is what
    is left: comments, text between elements, what stands behind the document or beyond the bound on fields. A value
    that a comment interrupts has no span.
    """
    del source
    if not text.startswith("<", start, end) or _TAG.match(text, start, end) is None:
        return None
    document = _Document(text, start, end)
    if not document.read():
        return None
    return Reading((Format.XML,), document.fields, " ".join(" ".join(document.left).split()))


class _Document:
    """The state of one pass of expat over a document."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text = text
        self.data = text[start:end].encode()
        # Byte offsets are character offsets in pure ASCII; elsewhere the conversion moves on with the parser.
        self.ascii = len(self.data) == end - start
        self.known_byte, self.known_character = 0, start
        self.origin = start
        self.end = end
        self.fields: list[Field] = []
        self.prefixes: list[str] = [""]
        self.leaf: tuple[str, int] | None = None  # path and offset of the content of the innermost element
        self.left: list[str] = []
        self.done = start  # the end of the last tag
        self.empty = False
        self.elements = 0
        self.refused = False
        self.parser = expat.ParserCreate("UTF-8")

    def read(self) -> bool:
        """Whether this is XML with something in it."""
        parser = self.parser
        parser.StartElementHandler = self.open
        parser.EndElementHandler = self.close
        parser.StartDoctypeDeclHandler = self.refuse
        parser.CommentHandler = self.left.append
        try:
            parser.Parse(self.data, True)
        except _StopReadingError:
            if self.refused:
                return False
        except expat.ExpatError:
            if self.elements < 2:
                return False
        self.left.append(self.text[self.done : self.end])
        return bool(self.fields)

    def refuse(self, *_: object) -> None:
        """A document type declaration."""
        self.refused = True
        raise _StopReadingError

    def open(self, tag: str, has: dict[str, str]) -> None:
        """A start tag: its attributes become fields, its content may become one."""
        self.elements += 1
        position = self.offset()
        self.leave(position)
        if len(self.fields) >= MAX_FIELDS or self.elements > MAX_STEPS:
            raise _StopReadingError
        name = tag.rpartition(":")[2]
        outer = self.prefixes[-1]
        cursor = position + 1 + len(tag)
        attributes: list[Field] = []
        while has and (match := _ATTRIBUTE.match(self.text, cursor, self.end)):
            cursor = match.end()
            key, group = match.group(1), 2 if match.group(2) is not None else 3
            if name in _NAMED_DATA and key == "Name":
                name = unescape(match.group(group)) or name
            elif not key.startswith("xmlns"):
                value = match.group(group)
                attributes.append(Field(key.rpartition(":")[2], unescape(value), match.span(group)))
        path = "" if self.elements == 1 or (not outer and name in _DROPPED_ROOTS) else outer + name
        prefix = outer if len(self.prefixes) > MAX_DEPTH else path + "." if path else ""
        self.prefixes.append(prefix)
        self.fields += [Field(prefix + a.path, a.value, a.span) for a in attributes if a.value]
        close = self.text.find(">", cursor, self.end)
        self.done = close + 1 if close >= 0 else self.end
        self.empty = close >= 0 and self.text[close - 1] == "/"
        self.leaf = (path or name, close + 1) if close >= 0 and not self.empty else None

    def close(self, _: str) -> None:
        """An end tag: the content of an innermost element becomes a field."""
        self.prefixes.pop()
        leaf, self.leaf = self.leaf, None
        if self.empty:
            self.empty = False
            return
        position = self.offset()
        if leaf is None:
            self.leave(position)
        close = self.text.find(">", position, self.end)
        self.done = close + 1 if close >= 0 else self.end
        if leaf is None:
            return
        path, begin = leaf
        begin, stop = trimmed(self.text, begin, position)
        markup = self.text[begin:stop]
        if markup.startswith(_CDATA) and markup.endswith(_CDATA_END) and markup.count(_CDATA_END) == 1:
            value, begin, stop = markup[len(_CDATA) : -len(_CDATA_END)], begin + len(_CDATA), stop - len(_CDATA_END)
        elif "<" in markup:
            # A comment or an instruction in the text: no one stretch of characters is the value.
            if value := unescape(_NO_TEXT.sub("", markup)).strip():
                self.fields.append(Field(path, value))
            return
        else:
            value = unescape(markup) if "&" in markup else markup
        if value:
            self.fields.append(Field(path, value, (begin, stop)))

    def leave(self, position: int) -> None:
        """Keep what stands between the last tag and ``position``; comments are kept as they are met."""
        if position > self.done and (text := self.text[self.done : position].strip()) and text != _COLLAPSED:
            self.left.append(unescape(_NO_TEXT.sub("", text)))
            self.done = position

    def offset(self) -> int:
        """The character offset of what expat has just read."""
        byte = self.parser.CurrentByteIndex
        if self.ascii:
            return self.origin + byte
        self.known_character += len(self.data[self.known_byte : byte].decode(errors="replace"))
        self.known_byte = byte
        return self.known_character
