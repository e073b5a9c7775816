"""What the words of an event say about its class, learned from the catalog: the signal that needs no known product."""

from __future__ import annotations

import hashlib
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from agents.errors import ConfigurationError
from agents.events import Event, Template, split_words

_WORD = re.compile(r"[a-z][a-z0-9]*+|<[a-z]++>")
_LONGEST_TEXT = 6000
_LONGEST_WORD = 24
_MOST_WORDS = 600


@dataclass(frozen=True)
class WordModel:
    """A multinomial logistic regression over the words of events.

    ``vocabulary`` maps a word to its row in ``weights`` (words x classes, float32), ``rarity`` holds each word's
    inverse document frequency. Source: scikit-learn's LogisticRegression over TF-IDF of unit length.
    """

    version: str
    class_uids: tuple[int, ...]
    vocabulary: Mapping[str, int]
    rarity: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def log_probabilities(self, event: Event, template: Template) -> dict[int, float]:
        """The natural logarithm of each class's probability; empty where the event has no known word."""
        rows = [row for word in event_vocabulary(event, template) if (row := self.vocabulary.get(word)) is not None]
        if not rows:
            return {}
        values = self.rarity[rows]
        scores = self.bias + (values @ self.weights[rows]) / math.sqrt(float(values @ values))
        scores -= scores.max()
        logs = scores - math.log(float(np.exp(scores).sum()))
        return dict(zip(self.class_uids, map(float, logs), strict=True))


def event_vocabulary(event: Event, template: Template) -> Sequence[str]:
    """The different words of an event, in order: of field names (``n:``), of values and text, and pairs of these.

    Taken from the template, in which addresses, users, paths and numbers stand as what they are (``<addr>``), so
    that no value of a single event is ever a word.
    """
    return list(dict.fromkeys(_words(event, template)))[:_MOST_WORDS]


def _words(event: Event, template: Template) -> Iterator[str]:
    formats, _, rest = template.text[:_LONGEST_TEXT].partition("\n")
    yield f"f:{formats.split(' ')[-1]}"
    paths = {field.path.lower() for field in event.fields}
    for line in rest.split("\n"):
        path, equals, value = line.partition("=")
        if equals and path.lower() in paths:
            name = _cut(path)
            for word in name[-4:]:
                yield f"n:{word}"
            if len(name) > 1:
                yield f"n:{name[-2]} {name[-1]}"
        else:
            value = line
        words = _cut(value)
        yield from words
        yield from (f"{first} {second}" for first, second in pairwise(words))


def _cut(text: str) -> list[str]:
    return [word[:_LONGEST_WORD] for word in _WORD.findall(split_words(text).lower())]


def load_words(path: Traversable) -> WordModel:
    """The word model in a file that ``to_bytes`` wrote.

    Raises:
        ConfigurationError: the file is not such a model.
    """
    try:
        return from_bytes(path.read_bytes())
    except (OSError, KeyError, ValueError) as error:
        raise ConfigurationError(f"word model file is malformed: {error}") from error


def from_bytes(content: bytes) -> WordModel:
    """The model in the bytes of a file.

    Raises:
        KeyError, ValueError: these are not the bytes of a model.
    """
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        words = bytes(arrays["words"]).decode().split("\n")
        model = WordModel(
            version=hashlib.sha256(content).hexdigest()[:8],
            class_uids=tuple(int(uid) for uid in arrays["class_uids"]),
            vocabulary={word: row for row, word in enumerate(words)},
            rarity=arrays["rarity"].astype(np.float32),
            weights=arrays["weights"].astype(np.float32),
            bias=arrays["bias"].astype(np.float32),
        )
    if model.weights.shape != (len(words), len(model.class_uids)) or model.rarity.shape != (len(words),):
        raise ValueError("the shapes of its arrays do not fit")
    return model


def to_bytes(model: WordModel) -> bytes:
    """The model as a compressed file, weights in half precision; equal models give equal bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        words=np.frombuffer("\n".join(model.vocabulary).encode(), dtype=np.uint8),
        class_uids=np.asarray(model.class_uids, dtype=np.int32),
        rarity=model.rarity.astype(np.float16),
        weights=model.weights.astype(np.float16),
        bias=model.bias.astype(np.float32),
    )
    return buffer.getvalue()
