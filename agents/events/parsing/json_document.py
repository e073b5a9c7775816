"""JSON objects, nested ones too, read iteratively with the exact place of every value.

Written as one pass over the text because the packaged parsers give neither positions nor the spelling of numbers
(``1.0``, ``1e5``), fail as a whole on a record that a transport cut off, and recurse into nesting. Strings with
escapes go through the standard library's own decoder.
"""

from __future__ import annotations

import re
from json import JSONDecodeError, JSONDecoder

from agents.events.event import Field, Format, Source, printable
from agents.events.parsing.reading import MAX_DEPTH, MAX_FIELDS, MAX_STEPS, Reading

_STRING = r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"'
_STRINGS = JSONDecoder(strict=False)  # control characters in strings are common in logs
_WHOLE_STRING = re.compile(_STRING, re.DOTALL)
_AROUND = " \t\r\n,]"
_CLOSER = {"{": "}", "[": "]"}
_MEMBER = re.compile(
    rf"\s*+(?:{_STRING}\s*+:\s*+)?(?:{_STRING}|([-+.\w]++)|([{{\[]))?([\s,}}\]]*+)",
    re.DOTALL,
)
"""An optional key, then a string, a bare word or an opening bracket, then the closing brackets behind it."""


def read_json(text: str, start: int, end: int, source: Source) -> Reading | None:
    """An object, or a list of objects (whose items share their paths).

    A document that breaks off at the end of the text is read as far as it goes; text behind the document is the
    message, but for the comma or bracket that stands behind it in an array of which this is one line. Anything else
    that is not JSON is refused.
    """
    del source
    head = text[start : start + 64].lstrip()
    if not head.startswith("{") and not (head.startswith("[") and head[1:].lstrip().startswith(("{", "[{"))):
        return None
    document = _Document(text, end)
    stop = document.read(start)
    if stop is None or not (document.fields or stop == end):
        return None
    behind = text[stop:end].strip()
    return Reading((Format.JSON,), document.fields, behind if behind.strip(_AROUND) else "")


class _Document:
    """The state of one pass: open brackets with the path that each gives its members, and the fields so far."""

    def __init__(self, text: str, end: int) -> None:
        self.text = text
        self.end = end
        self.fields: list[Field] = []
        self.prefixes: list[str] = [""]
        self.lists: list[str | None] = [""]  # the path of each open list, None for an object

    def read(self, position: int) -> int | None:
        """The offset behind the document (or where reading stopped); ``None`` when this is not JSON."""
        text, end, match = self.text, self.end, _MEMBER.match
        fields, prefixes, lists = self.fields, self.prefixes, self.lists
        while len(fields) < MAX_FIELDS and len(lists) < MAX_STEPS:
            found = match(text, position, end)
            if found is None or found.end() == position:
                return self._broken_off(position)
            key, string, word, opener, closers = found.groups()
            path_of_list = lists[-1]
            if (key is None) is (path_of_list is None):  # no key in an object, or one in a list
                return self._broken_off(position)
            path = path_of_list or "" if key is None else prefixes[-1] + (unescaped(key) if "\\" in key else key)
            position = found.end()
            if string is not None:
                fields.append(Field(path, unescaped(string) if "\\" in string else string, found.span(2)))
            elif word is not None:
                fields.append(Field(path, word, found.span(3)))
            elif opener is not None:
                self._open(path, opener, found.start(4), closers)
            else:
                return self._broken_off(found.start(5))
            if closers and closers != ",":
                done = self._close(closers, found.start(5))
                if done is not None:
                    return done
        return position

    def _open(self, path: str, opener: str, at: int, closers: str) -> None:
        if path and closers.lstrip()[:1] in {"}", "]"}:
            stop = at + 2 + len(closers) - len(closers.lstrip())
            self.fields.append(Field(path, opener + _CLOSER[opener], (at, stop)))
        deep = len(self.lists) > MAX_DEPTH
        self.prefixes.append(self.prefixes[-1] if deep else path + "." if path else "")
        self.lists.append(path if opener == "[" else None)

    def _close(self, closers: str, at: int) -> int | None:
        """Close what ``closers`` closes; the offset behind the document once its last bracket is closed."""
        for offset, character in enumerate(closers):
            if character in "}]":
                self.lists.pop()
                self.prefixes.pop()
                if len(self.lists) == 1:
                    return at + offset + 1
        return None

    def _broken_off(self, position: int) -> int | None:
        """Accept a document cut off at the end of the text: behind a member or in a string."""
        rest = self.text[position : self.end].lstrip(" \t\r\n,")
        string = _WHOLE_STRING.match(rest)
        cut = not rest or (rest[0] == '"' and (string is None or string.end() == len(rest)))
        return position if cut and self.fields else None


def unescaped(string: str) -> str:
    """The content of a JSON string with its escapes resolved, lone surrogates as U+FFFD; as it is if malformed."""
    try:
        return printable(_STRINGS.decode(f'"{string}"'))
    except JSONDecodeError:
        return string
