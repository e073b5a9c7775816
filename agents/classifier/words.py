"""What the words of an event say about its class, learned from the catalog: the signal that needs no known product."""

from __future__ import annotations

import hashlib
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources.abc import Traversable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from agents.errors import ConfigurationError
from agents.events import HEADERS, Event, Template, by_shipper, split_words

_WORD = re.compile(r"[a-z][a-z0-9]*+|<[a-z]++>")
_LONGEST_TEXT = 6000
_LONGEST_WORD = 24
_MOST_WORDS = 600
_PIECE = 4  # characters of a piece of a word
_LEVELS = 127


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


@dataclass(frozen=True)
class ActivityModel:
    """A ``WordModel`` whose classes are activities: the places of their captions in ``captions``."""

    words: WordModel
    captions: tuple[str, ...]

    def likeliest(self, captions: Iterable[str], event: Event, template: Template) -> tuple[str, float] | None:
        """The likeliest of some captions and its probability among them; ``None`` where nothing can be said."""
        wanted = set(captions)
        said = {
            self.captions[place]: math.exp(value)
            for place, value in self.words.log_probabilities(event, template).items()
            if self.captions[place] in wanted
        }
        if not said:
            return None
        best = max(said, key=lambda caption: (said[caption], caption))
        return best, said[best] / (sum(said.values()) or 1.0)


def event_vocabulary(event: Event, template: Template) -> Sequence[str]:
    """The different words of an event, in order: of field names (``n:``), of values and text, pairs and pieces.

    Pieces (``g:``) are the runs of four characters of a word between ``^`` and ``$``: inflections, compounds and
    abbreviations share them with words that were seen, in any language of Latin letters. Taken from the template, in
    which addresses, users, paths and numbers stand as what they are (``<addr>``), so that no value of a single event
    is ever a word; without what a shipper wrote about itself. Source of the pieces: Bojanowski et al., Enriching Word
    Vectors with Subword Information, 2017.
    """
    words = list(dict.fromkeys(_words(event, template)))[:_MOST_WORDS]
    return list(dict.fromkeys([*words, *(piece for word in words for piece in _pieces(word))]))


def _words(event: Event, template: Template) -> Iterator[str]:
    _, _, rest = template.text[:_LONGEST_TEXT].partition("\n")
    paths = {field.path.lower() for field in event.fields}
    for line in rest.split("\n"):
        path, equals, value = line.partition("=")
        if equals and path.lower() in paths:
            if by_shipper(path):
                continue
            name = [] if path.startswith(HEADERS) else _cut(path)
            for word in name[-4:]:
                yield f"n:{word}"
            if len(name) > 1:
                yield f"n:{name[-2]} {name[-1]}"
        else:
            value = line
        words = _cut(value)
        yield from words
        yield from (f"{first} {second}" for first, second in pairwise(words))


@lru_cache(maxsize=16384)
def _pieces(word: str) -> tuple[str, ...]:
    word = word.removeprefix("n:")
    if " " in word or word.startswith("<"):
        return ()
    marked = f"^{word}$"
    return tuple(f"g:{marked[start : start + _PIECE]}" for start in range(len(marked) - _PIECE + 1))


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


def load_activities(path: Traversable) -> ActivityModel:
    """The model of activities in a file that ``to_bytes`` wrote with captions.

    Raises:
        ConfigurationError: the file is not such a model.
    """
    try:
        content = path.read_bytes()
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            captions = tuple(bytes(arrays["captions"]).decode().split("\n"))
        return ActivityModel(from_bytes(content), captions)
    except (OSError, KeyError, ValueError) as error:
        raise ConfigurationError(f"activity model file is malformed: {error}") from error


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
            weights=arrays["weights"].astype(np.float32) * np.float32(arrays["scale"]),
            bias=arrays["bias"].astype(np.float32),
        )
    if model.weights.shape != (len(words), len(model.class_uids)) or model.rarity.shape != (len(words),):
        raise ValueError("the shapes of its arrays do not fit")
    return model


def to_bytes(model: WordModel, captions: Sequence[str] = ()) -> bytes:
    """The model as a compressed file, weights with 8 bits; equal models give equal bytes.

    ``captions`` are what the classes of a model of activities stand for.
    """
    buffer = io.BytesIO()
    scale = np.float32(np.abs(model.weights).max() / _LEVELS) or np.float32(1)
    np.savez_compressed(
        buffer,
        words=np.frombuffer("\n".join(model.vocabulary).encode(), dtype=np.uint8),
        class_uids=np.asarray(model.class_uids, dtype=np.int32),
        rarity=model.rarity.astype(np.float16),
        weights=np.round(model.weights / scale).astype(np.int8),
        scale=scale,
        bias=model.bias.astype(np.float32),
        captions=np.frombuffer("\n".join(captions).encode(), dtype=np.uint8),
    )
    return buffer.getvalue()
