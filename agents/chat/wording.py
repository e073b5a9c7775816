"""What a question asks, by its words and their meaning: a logistic regression over words, pairs of words, embedding.

Trained on ``phrasings.jsonl`` (questions as analysts word them, each with its intent) and the examples of
``intents.yaml`` by ``python scripts/train_chat_wording.py``.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from agents.chat.intents import intent_examples
from agents.knowledge.embedding import Embedder, EmbeddingUnavailableError

log = logging.getLogger(__name__)

FILE = "wording.npz"
NUMBERS = ("rarity", "alone_words", "alone_bias", "together_words", "together_bias", "meaning")
"""The arrays in the file."""
_PHRASINGS = "phrasings.jsonl"
_JARGON = "jargon.yaml"
_SPOKEN = {"{class}": "Network Activity", "{text}": "that value", "{id}": "4624", "{event}": "the event"}


@dataclass(frozen=True, slots=True)
class _Weights:
    words: NDArray[np.float32]
    """(features, intents)."""
    bias: NDArray[np.float32]
    """(intents,)."""


class Wording:
    """The fitted weights. Safe to share by threads."""

    def __init__(self, embedder: Embedder | None = None) -> None:
        """Without ``embedder``, or with one that the weights do not know, words are read and not their meaning."""
        self._stored = _stored()
        self._embedder = embedder if embedder is not None and embedder.name == self._stored.embedder else None

    def likely(self, said: str) -> dict[str, float]:
        """The probability of each intent, given a question in normal form (``Clause.said``)."""
        stored, weights, meaning = self._stored, self._stored.alone, 0.0
        if self._embedder is not None:
            try:
                meaning = self._embedder.embed([spoken(said)])[0] @ stored.meaning
                weights = stored.together
            except EmbeddingUnavailableError as error:
                log.info("questions are understood without embeddings: %s", error)
        logits = weights.bias + meaning
        counts = Counter(place for f in features_of(said) if (place := stored.places.get(f)) is not None)
        if counts:
            places = np.fromiter(counts, dtype=np.intp)
            values = np.array([1 + math.log(n) for n in counts.values()], dtype=np.float32) * stored.rarity[places]
            logits = logits + (values / np.linalg.norm(values)) @ weights.words[places]
        odds = np.exp(logits - logits.max())
        return dict(zip(stored.intents, (odds / odds.sum()).tolist(), strict=True))


def spoken(masked: str) -> str:
    """A masked text with words that read like those that were masked."""
    for mask, words in _SPOKEN.items():
        masked = masked.replace(mask, words)
    return masked


def features_of(said: str) -> Iterator[str]:
    """Words, masks among them, and pairs of neighbours."""
    words = said.split()
    yield from words
    yield from (f"{one} {other}" for one, other in pairwise(words))


@dataclass(frozen=True, slots=True)
class _Stored:
    embedder: str
    digest: str
    intents: tuple[str, ...]
    places: Mapping[str, int]
    rarity: NDArray[np.float32]
    """(features,)."""
    alone: _Weights
    together: _Weights
    meaning: NDArray[np.float32]
    """(dimensions of the embedding, intents)."""


@cache
def _stored() -> _Stored:
    with np.load(io.BytesIO(files(__package__).joinpath(FILE).read_bytes())) as stored:
        number = {name: stored[name].astype(np.float32) for name in NUMBERS}
        features = str(stored["features"]).split("\n")
        return _Stored(
            embedder=str(stored["embedder"]),
            digest=str(stored["digest"]),
            intents=tuple(str(stored["intents"]).split("\n")),
            places={feature: place for place, feature in enumerate(features)},
            rarity=number["rarity"],
            alone=_Weights(number["alone_words"], number["alone_bias"]),
            together=_Weights(number["together_words"], number["together_bias"]),
            meaning=number["meaning"],
        )


@cache
def phrasings() -> tuple[tuple[str, str], ...]:
    """Questions to learn from as they were typed, each with its intent."""
    lines = files(__package__).joinpath(_PHRASINGS).read_text(encoding="utf-8").splitlines()
    return tuple((row["intent"], row["q"]) for row in map(json.loads, lines))


def digest() -> str:
    """A digest of what the weights are fitted on: the questions, and the words that are put in the place of others."""
    every = "\n".join(f"{intent}\t{text}" for intent, text in (*intent_examples(), *phrasings()))
    jargon = files(__package__).joinpath(_JARGON).read_text(encoding="utf-8")
    return hashlib.sha256(f"{every}\n{jargon}".encode()).hexdigest()


def packed_digest() -> str:
    """The digest of what the packaged weights were fitted on."""
    return _stored().digest
