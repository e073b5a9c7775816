"""Answers made from facts by template: the first sentence answers, lists are lists, every sentence has its mark."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from agents.chat.base import Citation, Cited, Fact
from agents.chat.tools import Found

PROMPT_VERSION = "templates@1"
_MOST_SENTENCES = 6
_MOST_LISTED = 10
_PIECE = re.compile(r"\s*\S+")


@dataclass
class Numbers:
    """Gives each citation its number when it is first used."""

    cited: list[Cited] = field(default_factory=list)
    _known: dict[Citation, int] = field(default_factory=dict)

    def of(self, citation: Citation) -> tuple[int, Cited | None]:
        """The number of a citation, and the citation to be told when this is its first use."""
        if citation in self._known:
            return self._known[citation], None
        number = len(self._known) + 1
        self._known[citation] = number
        new = Cited(number, citation)
        self.cited.append(new)
        return number, new


Told = Cited | str
"""A citation to be told, or a piece of text."""


def compose(found: Sequence[Found], numbers: Numbers) -> Iterator[Told]:
    """Everything that was found, as Markdown with marks; one paragraph an intent, lists where there is one."""
    first = True
    for one in found:
        for block in _blocks(one):
            if not first:
                yield "\n\n"
            yield from block(numbers)
            first = False


def told(facts: Iterable[Fact], numbers: Numbers, between: str = " ") -> Iterator[Told]:
    """Facts as sentences, each with its mark."""
    for place, fact in enumerate(facts):
        if place:
            yield between
        number, new = numbers.of(fact.citation)
        if new is not None:
            yield new
        yield f"{fact.text}[^{number}]"


def _blocks(found: Found) -> list[Callable[[Numbers], Iterator[Told]]]:
    facts, after = _shortened(found)
    blocks: list[Callable[[Numbers], Iterator[Told]]] = []
    if facts:
        blocks.append(lambda numbers: told(facts, numbers))
    if found.listed:
        blocks.append(lambda numbers: _list(found.listed[:_MOST_LISTED], numbers))
    if after:
        blocks.append(lambda numbers: told(after, numbers))
    if found.notes:
        blocks.append(lambda _: iter((" ".join(found.notes),)))
    return blocks


def _shortened(found: Found) -> tuple[list[Fact], list[Fact]]:
    """Facts and what follows the list, at most six sentences in all: others than key facts go first, from the end."""
    facts, after = list(found.facts), list(found.after)
    while len(facts) + len(after) > _MOST_SENTENCES:
        spare = next((f for f in [*reversed(after), *reversed(facts[1:])] if not f.key), None)
        if spare is None:
            break
        (after if spare in after else facts).remove(spare)
    return facts, after


def _list(facts: Sequence[Fact], numbers: Numbers) -> Iterator[Told]:
    yield "- "
    yield from told(facts, numbers, "\n- ")


def pieces(text: str) -> list[str]:
    """A text cut into words with the white space before them; joined they are the text."""
    found = _PIECE.findall(text)
    rest = text[sum(map(len, found)) :]
    return [*found, rest] if rest else found
