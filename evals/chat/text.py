"""How an answer's text is taken apart for checking: sentences, inline code, quotations, numbers, days."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

MARK = re.compile(r"\[\^(\d+)\]")
_CODE = re.compile(r"(`+)(.+?)\1", re.DOTALL)
_QUOTED = re.compile(r"“([^”]+)”|\"([^\"]+)\"")
# After a full stop, with or without the marks of its citations, where the next sentence plainly begins.
_END = re.compile(r"(?<=[.!?])((?:\s*\[\^\d+\])*)\s+(?=[“\"*\uE000(]*[A-Z\uE000])")
_BULLET = re.compile(r"^\s*(?:[-*+]|\d{1,2}[.)])\s+|^\s*#{1,6}\s+|^\s*>\s*")
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d,\u202f\u00a0]*(?:\.\d+)?(?![\w])")
_ISO = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|\s?UTC|[+-]\d\d:\d\d)?")
_CLOCK = re.compile(r"\b\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:\s?UTC)?")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?\b\.?"
)
_WORDY = re.compile(
    rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH}|{_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?\b)(?:,?\s+(\d{{4}}))?",
    re.IGNORECASE,
)
_ONE = re.compile(r"\s+(?:event|review|template|candidate|guide|example|time)\b")
WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer: as written, its prose alone, what stands in inline code and quotation marks, its marks.

    ``cited`` are the numbers of the citations in it; ``line_cited`` those in its whole line.
    """

    text: str
    prose: str
    code: tuple[str, ...]
    quoted: tuple[str, ...]
    cited: tuple[int, ...]
    line_cited: tuple[int, ...]


def sentences(answer: str) -> Iterator[Sentence]:
    """The sentences of Markdown in their order; a heading or an item of a list without a full stop is one too."""
    codes: list[str] = []

    def hide(match: re.Match[str]) -> str:
        codes.append(match.group(2).strip())
        return f"\ue000{len(codes) - 1}\ue001"

    hidden = _CODE.sub(hide, answer)
    for line in hidden.splitlines():
        bare = _BULLET.sub("", line)
        line_cited = tuple(int(number) for number in MARK.findall(bare))
        for part in _END.sub(lambda m: f"{m.group(1)}\n", bare).splitlines():
            if MARK.sub("", part).strip():
                yield _sentence(part, codes, line_cited)


def _sentence(part: str, codes: list[str], line_cited: tuple[int, ...]) -> Sentence:
    inside = tuple(codes[int(n)] for n in re.findall("\ue000(\\d+)\ue001", part))
    without = MARK.sub(" ", re.sub("\ue000\\d+\ue001", " \ue002 ", part))
    quoted = tuple(a or b for a, b in _QUOTED.findall(without) if "\ue002" not in (a or b))
    text = re.sub("\ue000(\\d+)\ue001", lambda m: f"`{codes[int(m.group(1))]}`", part)
    prose = _QUOTED.sub(" ", without).replace("\ue002", " ")
    cited = tuple(int(number) for number in MARK.findall(part))
    return Sentence(text.strip(), prose, inside, quoted, cited, line_cited)


@lru_cache(maxsize=50_000)
def squeezed(text: str) -> str:
    """Text without differences of case, white space, kinds of dashes and quotation marks, and emphasis."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub("[\u2010-\u2014]", "-", re.sub("[\u201c-\u201e]", '"', re.sub("[\u2018\u2019]", "'", text)))
    return re.sub(r"\s+", " ", text.replace("**", "")).strip()


def days(text: str) -> tuple[set[tuple[int | None, int, int]], str]:
    """The days that a text names, as (year or ``None``, month, day), and the text without them and times of day."""
    found: set[tuple[int | None, int, int]] = {(int(y), int(m), int(d)) for y, m, d in _ISO.findall(text)}
    rest = _ISO.sub(" ", text)
    for first, month, other, second, year in _WORDY.findall(rest):
        named = _MONTHS.index((month or other).lower()) + 1
        found.add((int(year) if year else None, named, int(first or second)))
    return found, _CLOCK.sub(" ", _WORDY.sub(" ", rest))


def is_day(named: tuple[int | None, int, int], day: date) -> bool:
    """Whether what a text names is this day; a day named without its year is of any."""
    return named[1:] == (day.month, day.day) and named[0] in (None, day.year)


def numbers(text: str) -> Iterator[tuple[float, str, str]]:
    """The numbers in a text, those in words too, each with the text before and after it."""
    for match in _NUMBER.finditer(text):
        digits = re.sub("[,\u202f\u00a0]", "", match.group())
        yield float(digits), text[: match.start()], text[match.end() :]
    for match in re.finditer(r"\b[a-z]+\b", text.lower()):
        # "One" counts only where something is counted: "that one" and "one of them" say nothing.
        if match.group() in WORDS and (match.group() != "one" or _ONE.match(text[match.end() :])):
            yield float(WORDS[match.group()]), text[: match.start()], text[match.end() :]


def control_characters(text: str) -> list[str]:
    """The control and format characters (bidirectional, zero-width, escape) of a text, apart from line breaks."""
    return [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs") and c not in "\n\t"]
