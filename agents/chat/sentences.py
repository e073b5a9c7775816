"""Cuts Markdown into sentences as it streams in: code stays whole, marks stay with their sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BULLET = re.compile(r"^\s*(?:[-*+•]|\d{1,2}[.)])\s+")
_HEADING = re.compile(r"^\s*#{1,6}\s+|^\s*>+\s?")
_END = re.compile(r"[.!?]+[\"”')\]]*(?:\s?\[\^\d{1,3}\])*(?=\s|$)|(?<=[.!?])(?:\[\^\d{1,3}\])+(?=\s|$)")
_ABBREVIATIONS = ("e.g.", "i.e.", "vs.", "etc.", "no.", "approx.", "resp.", "cf.", "incl.", "dr.", "mr.", "ms.", "st.")
_LONGEST = 1200


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence with its marks. ``lead`` is what stands before it: nothing, a space, a line or a list item."""

    lead: str
    text: str


class SentenceReader:
    """Takes a text in pieces and gives its sentences once they are whole."""

    def __init__(self) -> None:
        self._rest = ""
        self._lead = ""

    def feed(self, piece: str) -> list[Sentence]:
        """The sentences that are whole with this piece."""
        self._rest += piece.replace("\r", "")
        found: list[Sentence] = []
        while (cut := self._cut()) is not None:
            line_end, end = cut
            self._take(self._rest[:end], found)
            self._rest = self._rest[end:]
            if line_end:
                self._rest = self._rest[1:]
                blank = self._lead == "\n"
                self._lead = "\n\n" if blank or self._lead == "\n\n" else "\n"
        return found

    def close(self) -> list[Sentence]:
        """What is left, as the last sentence."""
        found: list[Sentence] = []
        self._take(self._rest, found)
        self._rest = ""
        return found

    def _cut(self) -> tuple[bool, int] | None:
        """Where the next sentence ends, and whether a line does."""
        newline = self._rest.find("\n")
        line = self._rest if newline < 0 else self._rest[:newline]
        for found in _END.finditer(line):
            if found.end() == len(line):
                break
            if line[: found.end()].count("`") % 2 or _abbreviated(line, found.end()):
                continue
            following = line[found.end() :].lstrip()
            if not following:
                break
            if following == "[":
                break  # a mark may begin here
            if following[0].islower() or following.startswith("[^"):
                continue
            return False, found.end()
        if newline >= 0:
            return True, newline
        return (False, _LONGEST) if len(line) > _LONGEST else None

    def _take(self, text: str, found: list[Sentence]) -> None:
        bullet = _BULLET.match(text) if self._lead != " " else None
        said = _HEADING.sub("", text[bullet.end() :] if bullet else text).strip()
        if not said:
            return
        lead = "\n- " if bullet else self._lead
        found.append(Sentence(lead, said))
        self._lead = " "


def sentences(text: str) -> list[Sentence]:
    """All sentences of a text."""
    reader = SentenceReader()
    return [*reader.feed(text), *reader.close()]


def _abbreviated(line: str, end: int) -> bool:
    words = line[:end].rsplit(None, 1)
    return bool(words) and words[-1].lower() in _ABBREVIATIONS
