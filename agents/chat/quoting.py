"""How untrusted and numeric things are written into answers: quoted text, shares, times, counts, search terms."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

LONGEST_QUOTE = 160

_NAMED = {"\n": "↵", "\r": "␍", "\t": "⇥", "\x00": "␀", "\x1b": "␛"}
_BARE = re.compile(r"[^\W_][\w.@/%$#+~-]*")
_RESERVED = frozenset({"AND", "OR", "NOT", "TO"})
_IDENTIFIER = re.compile(r"(?<!`)\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b(?!`)")
_MARKUP = re.compile(r"([\\*_\[\]<>|~#!])")


def quote(text: str, limit: int = LONGEST_QUOTE) -> str:
    """Untrusted text as one piece of inline code that renders as nothing else.

    Control, format and bidirectional characters become visible, white space is folded, backticks become modifier
    letters, and the text is cut to ``limit`` characters. Never empty.
    """
    return f"`{plain(text, limit)}`"


def plain(text: str, limit: int = LONGEST_QUOTE) -> str:
    """What ``quote`` puts between the backticks: one line without characters that could end or hide it."""
    head = " ".join("".join(map(_visible, text[: limit * 4].strip())).replace("`", "\u02cb").split())
    cut = head if len(head) <= limit and len(text) <= limit * 4 else head[: limit - 1] + "…"
    return cut or "(empty)"


def said(text: str, limit: int = LONGEST_QUOTE) -> str:
    """What a guide says, quoted within a sentence that ends after it."""
    return quote(text.strip().rstrip("."), limit)


def prose(text: str, limit: int = 400) -> str:
    """Text of the schema as Markdown prose: identifiers in inline code, everything else escaped."""
    line = " ".join("".join(map(_visible, text)).replace("`", "'").split())
    if len(line) > limit:
        line = line[: limit - 1].rsplit(" ", 1)[0] + "…"
    parts, end = [], 0
    for found in _IDENTIFIER.finditer(line):
        parts += [_MARKUP.sub(r"\\\1", line[end : found.start()]), f"`{found.group()}`"]
        end = found.end()
    return "".join([*parts, _MARKUP.sub(r"\\\1", line[end:])])


def first_sentences(text: str, count: int = 1) -> list[str]:
    """The first sentences of a description."""
    return [s for s in re.split(r"(?<=[.!?])\s+(?=[A-Z])", " ".join(text.split())) if s][:count]


def percent(share: float, *, certain: bool = False) -> str:
    """A share as a percentage that never rounds to certainty: ``28.4 %``, ``99.98 %``, ``> 99.99 %``, ``< 0.01 %``.

    All is ``100 %`` only where that is ``certain``: what a person decided, or counted. An estimate never is.
    """
    if certain and share >= 1:
        return "100 %"
    value = share * 100
    if value < 0.01:
        return "< 0.01 %"
    if value > 99.99:
        return "> 99.99 %"
    digits = 2 if value > 99.9 or value < 0.1 else 1
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") + " %"


def points(difference: float) -> str:
    """A difference of two shares in percentage points."""
    return percent(abs(difference)).removesuffix(" %") + " points"


def count(number: int, one: str, many: str = "") -> str:
    """``1 event``, ``1,204 events``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def ordinal(number: int) -> str:
    """``1st``, ``12th``, ``23rd``."""
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def moment(at: datetime) -> str:
    """A time as answers tell it: ``2026-11-23 05:20 UTC``."""
    return at.strftime("%Y-%m-%d %H:%M UTC")


def source_name(vendor: str, product: str) -> str:
    """A source with its vendor, which is told once where the product's name begins with it."""
    is_said = bool(product) and f"{product} ".lower().startswith(f"{vendor} ".lower())
    return " ".join(part for part in ("" if is_said else vendor, product) if part)


def listed(items: list[str], last: str = "and") -> str:
    """``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else ""


def an(noun: str) -> str:
    """The noun with its article."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def term(field: str, value: str) -> str:
    """``field:value`` as the search box reads it."""
    if _BARE.fullmatch(value) and value.upper() not in _RESERVED:
        return f"{field}:{value}"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{field}:"{escaped}"'


def phrase(text: str) -> str:
    """A text that stands somewhere in a log, as the search box reads it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _visible(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    if unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp"):
        return f"⟨U+{ord(character):04X}⟩"
    return character
