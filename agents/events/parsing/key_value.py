"""``key=value`` in its dialects: FortiGate, auditd, logfmt, separated by tabs, commas, semicolons or bars.

Whether a text is key=value depends on its keys, its delimiters and the words around them, never on a quoted value,
so that two events that differ in values are read alike.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import chain
from typing import Final

from agents.events.event import Field, Format, Source
from agents.events.parsing.reading import ESCAPED_BY_BACKSLASH, MAX_FIELDS, Reading, trimmed

_NAME = r"[A-Za-z_@][\w.@:/\-]{0,199}+"
_KEY = re.compile(rf"(?<![^\s,;|^(\[{{\x1d'])(?<!\w\()({_NAME})=")
_KEY_HERE = re.compile(rf"({_NAME})=")
_STARTS_WITH_KEY = re.compile(rf"[(\[{{]?{_NAME}=")
_WORDS = r"(?:[A-Z][\w\-]{0,40}+ ){1,3}[A-Z][\w\-]{0,40}+"
"""A key of several words, as Cisco ISE has them between commas: ``Device IP Address=``."""
_NEXT_KEY: Final = {
    **{d: re.compile(rf"{re.escape(d)}[ \t]*+({_NAME})=") for d in (";", "|", "\t", "^")},
    ",": re.compile(rf",[ \t]*+({_NAME}|{_WORDS})="),
}
_FIRST_WORDS = re.compile(r",[ \t]*+(?:[A-Z][\w\-]{0,40}+ ){1,3}\Z")
_LONGEST_KEY = 100
_KEY_OF_WORDS = re.compile(rf",[ \t]*+({_WORDS})=")
_DOUBLE = re.compile(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"(?=[\s,;|^)\x1d]|$)', re.DOTALL)
_SINGLE = re.compile(r"'([^']*+)'(?=[\s,;|^)\x1d]|$)")
_BARE = re.compile(r"[^\s\x1d]*+")
_COLON_NAME = r"([A-Z][A-Za-z0-9_]{1,60}+(?: [A-Z][A-Za-z0-9_]{1,60}+){0,2}+):(?: |$)"
_FIRST_COLON_KEY = re.compile(_COLON_NAME)
_COLON_KEY = re.compile(rf"(?<=, ){_COLON_NAME}")
_WORD = re.compile(r"\w[^\s]*+")
_ENOUGH_PAIRS = 2
_MOST_WORDS_PER_PAIR = 2
"""A sentence that has a few ``key=value`` in it is prose: with more words than this for each pair it stays whole."""
_SENTENCE_GOES_ON = re.compile(r"[ ]?(?:[A-Za-z]\w*+ ){3,}+[\w/]")
"""Plain words behind the last pair of a text that starts with words: the pairs stand in the middle of a sentence."""
_ENOUGH_COLON_PAIRS = 4
_CLOSING: Final = {")": "(", "'": "'"}
_SAMPLE = 12


def read_key_value(text: str, start: int, end: int, source: Source) -> Reading | None:
    """The pairs of a text that starts with one, or has more of them than prose; the words between are the message.

    Fewer than two pairs are none, and so are pairs in the middle of a sentence, where whoever chose a name in it may
    have written them. A value in single quotes that holds pairs itself (auditd's second ``msg``) gives
    those pairs. The ``Key: value, Key: value`` of Cisco Firepower counts as a dialect from four pairs on.
    """
    del source
    return read_pairs(text, start, end, _ENOUGH_PAIRS)


def read_pairs(text: str, start: int, end: int, least: int) -> Reading | None:
    """See ``read_key_value``; ``None`` for fewer pairs than ``least``."""
    if colon := read_colon_pairs(text, start, end, _ENOUGH_COLON_PAIRS):
        return colon
    if text.find("=", start, end) < 0:
        return None
    sample = []
    first = _KEY_HERE.match(text, start, end)  # whatever stands before: ``<134>id=firewall``
    for match in chain((first,) if first else (), _KEY.finditer(text, first.end() if first else start, end)):
        sample.append(match.start())
        if len(sample) == _SAMPLE:
            break
    if len(sample) < least:
        return None
    reader = _Pairs(text, end, _delimiter(text, sample))
    reader.read(start)
    if len(reader.fields) < least:
        return None
    message = " ".join(" ".join(reader.left).split())
    if not _STARTS_WITH_KEY.match(text, start, end):
        words = len(_WORD.findall(message))
        if words > _MOST_WORDS_PER_PAIR * len(reader.fields) or _SENTENCE_GOES_ON.match(text, reader.stop, end):
            return None
    return Reading((Format.KV,), reader.fields, message)


def _delimiter(text: str, keys: list[int]) -> str:
    """The character that stands before most keys but the first; a space for any white space."""
    before: Counter[str] = Counter()
    for key in keys[1:]:
        gap = text[max(0, key - 8) : key].rstrip(" ")
        last = gap[-1:] or " "
        if last.isalnum() and _FIRST_WORDS.search(text, max(0, key - _LONGEST_KEY), key):
            last = ","
        before[last if last in _NEXT_KEY else " "] += 1
    return before.most_common(1)[0][0] if before else " "


class _Pairs:
    """One pass over a text: the pairs found and the words left between them."""

    def __init__(self, text: str, end: int, delimiter: str) -> None:
        self.text = text
        self.end = end
        self.delimiter = delimiter
        self.fields: list[Field] = []
        self.left: list[str] = []
        self.stop = end
        """Where the last value ends."""

    def read(self, start: int) -> None:
        """Read all pairs from ``start`` on."""
        text, end, position, here = self.text, self.end, start, True
        while position < end and len(self.fields) < MAX_FIELDS:
            key = (here and _KEY_HERE.match(text, start, end)) or self._key(position)
            if key is None:
                break
            here = False
            if key.start() > position:
                self.left.append(text[position : key.start()].strip(" ,;|^\t"))
            position = self._value(key.group(1), key.end())
        self.left.append(text[position:end].strip(" ,;|^\t"))
        self.stop = position

    def _key(self, position: int) -> re.Match[str] | None:
        """The next key from ``position`` on, where the last value ends."""
        if self.delimiter == "," and (words := _KEY_OF_WORDS.match(self.text, position, self.end)):
            return words
        return _KEY.search(self.text, position, self.end)

    def _value(self, path: str, start: int) -> int:
        """Read the value at ``start``; the offset behind it."""
        text, end = self.text, self.end
        quote = text[start : start + 1]
        if quote == '"' and (quoted := _DOUBLE.match(text, start, end)):
            a, b = quoted.span(1)
            value = text[a:b]
            if '\\"' in value:
                value = ESCAPED_BY_BACKSLASH.sub(lambda m: m.group(1) if m.group(1) in '"\\' else m.group(), value)
            self.fields.append(Field(path, value, (a, b)))
            return quoted.end()
        if quote == "'" and (quoted := _SINGLE.match(text, start, end)):
            if "=" in quoted.group(1):
                inner = _Pairs(text, quoted.end(1), " ")
                inner.read(quoted.start(1))
                self.fields += inner.fields
                self.left += inner.left
            else:
                self.fields.append(Field(path, quoted.group(1), quoted.span(1)))
            return quoted.end()
        if quote == "'" and _KEY.match(text, start + 1, end):
            return start + 1  # pairs in quotes that are cut off, or hold an apostrophe
        if self.delimiter == " ":
            bare = _BARE.match(text, start, end)
            stop = bare.end() if bare else start
        else:
            following = _NEXT_KEY[self.delimiter].search(text, start, end)
            stop = following.start() if following else end
        a, b = trimmed(text, start, stop)
        while b > a and text[b - 1] in ",;":
            b -= 1
        if text.startswith("audit(", a, b) and text[b - 1] == ":":
            b -= 1
        if b - a > 1 and text[a] in "\"'" and text[b - 1] == text[a]:
            a, b = a + 1, b - 1
        elif b > a and text[b - 1] in _CLOSING and text.find(_CLOSING[text[b - 1]], a, b - 1) < 0:
            b -= 1  # what it closes was opened before the key
        self.fields.append(Field(path, text[a:b], (a, b)))
        return stop


def read_colon_pairs(text: str, start: int, end: int, least: int) -> Reading | None:
    """The pairs of a text that is ``Key: value, Key: value`` from its start, ``None`` for fewer than ``least``."""
    first = _FIRST_COLON_KEY.match(text, start, end)
    if first is None:
        return None
    keys = [first]
    for match in _COLON_KEY.finditer(text, first.end(), end):
        keys.append(match)
        if len(keys) == MAX_FIELDS:
            break
    if len(keys) < least:
        return None
    fields = []
    for key, following in zip(keys, [*keys[1:], None], strict=True):
        a, b = trimmed(text, key.end(), following.start() - 2 if following else end)
        if b - a > 1 and text[a] == text[b - 1] == '"':
            a, b = a + 1, b - 1
        fields.append(Field(key.group(1), text[a:b], (a, b)))
    return Reading((Format.KV,), fields)


_LISTED = re.compile(r'\s*+([\w.\-]{1,100}+):"((?:[^"\\]|\\.)*+)"\s*+;?', re.DOTALL)
_LEAST_LISTED = 3


def read_quoted_list(text: str, start: int, end: int, source: Source) -> Reading | None:
    """Pairs in brackets as Check Point's log exporter writes them: ``[action:"Accept"; ifdir:"inbound"; …]``.

    https://support.checkpoint.com/results/sk/sk122323
    """
    del source
    if not text.startswith("[", start, end):
        return None
    fields: list[Field] = []
    position = start + 1
    while len(fields) < MAX_FIELDS and (pair := _LISTED.match(text, position, end)):
        fields.append(Field(pair.group(1), pair.group(2), pair.span(2)))
        position = pair.end()
    if len(fields) < _LEAST_LISTED:
        return None
    return Reading((Format.KV,), fields, text[position:end].strip(" ]"))
