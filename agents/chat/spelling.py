"""Words as they are typed in a hurry, put right before a question is compared with examples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

_SHORTEST = 6
_LONG = 9
_SCRAMBLED = (3, 4, 5)


@dataclass(frozen=True, slots=True)
class Jargon:
    """What ``jargon.yaml`` says: abbreviations, those of the first word, and one word for each of several names."""

    short: Mapping[str, str]
    first: Mapping[str, str]
    synonyms: Mapping[str, str]
    named: re.Pattern[str]
    """Any of the names that have a plainer word, the longest first."""
    words: frozenset[str]
    """All words of those names, which are no typos."""


@cache
def load_jargon() -> Jargon:
    """The packaged jargon."""
    data = yaml.safe_load(files(__package__).joinpath("jargon.yaml").read_text(encoding="utf-8"))
    synonyms = {str(name): str(plain) for plain, names in data["synonyms"].items() for name in names}
    longest_first = sorted(synonyms, key=len, reverse=True)
    return Jargon(
        short={str(k): str(v) for k, v in data["short"].items()},
        first={str(k): str(v) for k, v in data["first"].items()},
        synonyms=synonyms,
        named=re.compile(rf"(?<![\w{{-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w}}-])"),
        words=frozenset(word for name in synonyms for word in name.split()),
    )


def corrected(said: str, known: AbstractSet[str]) -> str:
    """A normal text with abbreviations written out, typos put right, and one word for what has several names.

    One letter may be wrong, missing, doubled or swapped, two in words from nine letters on; the first letter has to be
    right. Words of three to five letters count only with their letters in another order.
    """
    jargon = load_jargon()
    known = known | jargon.words
    found = []
    for place, word in enumerate(said.split()):
        short = jargon.first.get(word) if place == 0 else None
        short = jargon.short.get(word) if short is None else short
        if short is None:
            found.append(word if word in known or not word.isalpha() else _nearest(word, known))
        elif short:
            found.append(short)
    return plainly(" ".join(found))


def plainly(said: str) -> str:
    """A normal text with one word for what has several names (``backlog`` is the queue)."""
    jargon = load_jargon()
    return jargon.named.sub(lambda m: jargon.synonyms[m.group()], said)


def _nearest(word: str, known: AbstractSet[str]) -> str:
    if len(word) in _SCRAMBLED:
        letters = sorted(word)
        same = (k for k in known if len(k) == len(word) and k[0] == word[0] and sorted(k) == letters)
        return min(same, default=word)
    if len(word) < _SHORTEST:
        return word
    most = 2 if len(word) >= _LONG else 1
    near = [
        (distance, k)
        for k in known
        if k[0] == word[0] and len(k) >= _SHORTEST and abs(len(k) - len(word)) <= most
        and (distance := _distance(word, k)) <= most
    ]  # fmt: skip
    return min(near)[1] if near else word


def _distance(one: str, two: str) -> int:
    """Letters to change, add, drop or swap with their neighbour (optimal string alignment)."""
    rows = [list(range(len(two) + 1))]
    for i, a in enumerate(one, start=1):
        row = [i]
        for j, b in enumerate(two, start=1):
            cost = min(rows[-1][j] + 1, row[j - 1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == two[j - 2] and one[i - 2] == b:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]
