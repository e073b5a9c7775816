"""Which of the known questions a text is: by likeness to examples, and by expressions that speak for one."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import yaml

from agents.chat.spelling import corrected, plainly

ENOUGH = 0.5
"""The score from which on a text counts as an intent."""

OUTSIDE = frozenset({"beyond", "order"})
"""Intents of what the chat holds no answer to or does not do. Their words make no question one of ours."""

_GOING_ON = ("continuing", "items", "searching", "periods")
"""Lists of ``plain_words.yaml`` whose words may stand in no example and are no typos all the same."""
_SIZES = (2, 3, 4)
_SIGN = 0.45
_LONGEST = 240
_STEM = 5
_POLITE = re.compile(
    r"^(?:(?:please|pls|plz|ok(?:ay)?|so|well|now|hey|hi|hello|alright|right|fine|cool|great|hm+|can you|could you"
    r"|would you|tell me|say|and|also|then|but|i want to know|i would like to know|do you know|just)\b[\s,]*)+(?=\S)"
)
_CONTRACTED = (
    (re.compile(r"\b(what|who|where|how|that|it|here|there)[\u2019']?s\b"), r"\1 is"),
    (re.compile(r"\b(is|was|are|were|do|does|did|could|should|would|has|have)nt\b"), r"\1n't"),
    (re.compile(r"n[\u2019']t\b"), "n't"),
    (re.compile(r"\bwhat[\u2019']re\b"), "what are"),
)


@dataclass(frozen=True, slots=True)
class Scored:
    """An intent and how much a text looks like it (1: as good as an example).

    ``signed`` says that an expression speaks for it.
    """

    intent: str
    score: float
    signed: bool = False


@dataclass(frozen=True)
class Intents:
    """The intents of ``intents.yaml``, ready to be compared with."""

    signs: Mapping[str, tuple[re.Pattern[str], ...]]
    never: Mapping[str, tuple[re.Pattern[str], ...]]
    vectors: tuple[tuple[str, float], ...]
    """Intent and length of each example."""
    places: Mapping[str, tuple[tuple[int, float], ...]]
    """Examples that have a piece, with its weight in them."""
    rarity: Mapping[str, float]
    words: frozenset[str]
    """All words of examples and of the words that claim nothing."""
    plain: frozenset[str]
    """Words that any question may have, whatever it asks."""

    def strange(self, said: str, also: AbstractSet[str] = frozenset()) -> tuple[list[str], int]:
        """The words of a question that no known question has, and how many words of it say what is asked.

        ``also`` are further words that are known (those of the open event's log).
        """
        asked = [w for w in said.split() if w.isalpha() and len(w) > 1 and w not in self.plain]
        return [w for w in asked if w not in also and not self.knows(w)], len(asked)

    def knows(self, word: str) -> bool:
        """Whether a word, or one with its beginning, occurs in known questions."""
        return word in self.words or (len(word) > _STEM and word[:_STEM] in self._stems)

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(w[:_STEM] for w in self.words if len(w) > _STEM - 1)

    def score(self, text: str) -> list[Scored]:
        """What speaks for each intent that ``text`` could be, the likeliest first; below 0 what speaks against one.

        ``text`` is masked as the examples are.
        """
        said = corrected(normal(text), self.words)
        likeness = self._likeness(said)
        bare = _POLITE.sub("", said)
        if bare != said:
            for intent, value in self._likeness(bare).items():
                likeness[intent] = max(likeness.get(intent, 0.0), value)
        found = []
        for intent, expressions in self.signs.items():
            score = likeness.get(intent, 0.0)
            signed = any(e.search(said) or e.search(bare) for e in expressions)
            if signed:
                score += _SIGN
            if any(e.search(said) for e in self.never[intent]):
                score -= _SIGN
            if score != 0:
                found.append(Scored(intent, min(score, 1.5), signed))
        return sorted(found, key=lambda s: -s.score)

    def _likeness(self, said: str) -> dict[str, float]:
        pieces = Counter(_pieces(said))
        weights = {p: (1 + math.log(n)) * self.rarity.get(p, self.rarity[""]) for p, n in pieces.items()}
        length = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        dots: dict[int, float] = defaultdict(float)
        for piece, weight in weights.items():
            for example, other in self.places.get(piece, ()):
                dots[example] += weight * other
        best: dict[str, float] = {}
        for example, dot in dots.items():
            intent, other_length = self.vectors[example]
            best[intent] = max(best.get(intent, 0.0), dot / (length * other_length))
        return best


def normal(text: str) -> str:
    """Lower case, contractions opened, punctuation gone but for the braces of masks; at most 240 characters."""
    said = " ".join(text.lower().split())[:_LONGEST]
    for pattern, written in _CONTRACTED:
        said = pattern.sub(written, said)
    return " ".join(re.sub(r"[^\w{}'@ .-]|(?<!\w)[.'-]|[.'-](?!\w)", " ", said).split())


@cache
def word_list(name: str) -> frozenset[str]:
    """One of the lists of ``plain_words.yaml``."""
    content = files(__package__).joinpath("plain_words.yaml").read_text(encoding="utf-8")
    return frozenset(" ".join(map(str, yaml.safe_load(content)[name])).split())


@cache
def _data() -> Mapping[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files(__package__).joinpath("intents.yaml").read_text(encoding="utf-8"))
    return loaded


@cache
def intent_examples() -> tuple[tuple[str, str], ...]:
    """Every example with its intent, in normal form and with one word for what has several names."""
    return tuple(
        (intent, plainly(normal(str(text)))) for intent, entry in _data().items() for text in entry["examples"]
    )


@cache
def load_intents() -> Intents:
    """The packaged intents."""
    data, examples = _data(), intent_examples()
    counted = [Counter(_pieces(text)) for _, text in examples]
    spread = Counter(piece for counts in counted for piece in counts)
    rarity = {piece: math.log((1 + len(examples)) / (1 + number)) + 0.2 for piece, number in spread.items()}
    rarity[""] = 1.5  # a piece that no example has: a typo or a name, which says less than a rare known one
    places: dict[str, list[tuple[int, float]]] = defaultdict(list)
    vectors = []
    for number, ((intent, _), counts) in enumerate(zip(examples, counted, strict=True)):
        weights = {piece: (1 + math.log(n)) * rarity[piece] for piece, n in counts.items()}
        vectors.append((intent, math.sqrt(sum(w * w for w in weights.values())) or 1.0))
        for piece, weight in weights.items():
            places[piece].append((number, weight))
    plain = word_list("words")
    words = frozenset(w for i, text in examples if i not in OUTSIDE for w in text.split() if w.isalpha())
    return Intents(
        words=words.union(plain, *map(word_list, _GOING_ON)),
        plain=plain,
        signs={intent: tuple(map(re.compile, entry.get("signs", ()))) for intent, entry in data.items()},
        never={intent: tuple(map(re.compile, entry.get("never", ()))) for intent, entry in data.items()},
        vectors=tuple(vectors),
        places={piece: tuple(found) for piece, found in places.items()},
        rarity=rarity,
    )


def _pieces(text: str) -> list[str]:
    """Pieces of two to four characters of each word with its borders; masks and words stay whole as well."""
    found = []
    for word in text.split():
        found.append(f"={word}")
        if word.startswith("{"):
            continue
        padded = f" {word} "
        found += [padded[i : i + n] for n in _SIZES for i in range(len(padded) - n + 1)]
    return found
