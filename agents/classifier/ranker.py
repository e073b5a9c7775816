"""Turns the signals of candidates into probabilities."""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from agents.classifier.candidates import FEATURES, Candidate
from agents.classifier.words import ActivityModel, WordModel, load_activities, load_words
from agents.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate and its probability; over one answer the probabilities sum to 1."""

    candidate: Candidate
    probability: float


@dataclass(frozen=True)
class Ranker:
    """A conditional logit: probability is the softmax of ``weights . features / temperature`` over candidates.

    ``abstain_below`` and ``rerank_margin`` are the thresholds that belong to these weights. ``set_threshold`` is
    the probability from which on a class belongs to the prediction set, so that the set holds the right class with a
    frequency of ``set_coverage``. ``words`` is the model behind the signal of that name, ``activities`` what tells the
    activity where no guide does.
    """

    version: str
    weights: Mapping[str, float]
    temperature: float
    abstain_below: float
    rerank_margin: float
    set_threshold: float = 0.0
    set_coverage: float = 0.95
    words: WordModel | None = None
    activities: ActivityModel | None = None

    def score(self, candidate: Candidate) -> float:
        """The unnormalised score of one candidate."""
        return sum(weight * candidate.features.get(name, 0.0) for name, weight in self.weights.items())

    def rank(self, candidates: Sequence[Candidate]) -> list[Ranked]:
        """Candidates by falling probability; ties by class uid, so that the order never depends on the input's."""
        if not candidates:
            return []
        scores = [self.score(candidate) / self.temperature for candidate in candidates]
        highest = max(scores)
        odds = [math.exp(score - highest) for score in scores]
        total = sum(odds)
        ranked = [Ranked(c, odd / total) for c, odd in zip(candidates, odds, strict=True)]
        return sorted(ranked, key=lambda r: (-r.probability, r.candidate.class_uid))

    def prediction_set(self, ranked: Sequence[Ranked]) -> tuple[int, ...]:
        """The classes of which one is right with a frequency of ``set_coverage``; the best one always among them.

        Source: split conformal prediction with the score 1 - p(class), Sadinle, Lei and Wasserman, Least Ambiguous
        Set-Valued Classifiers With Bounded Error Levels, JASA 2019.
        """
        likely = [r.candidate.class_uid for r in ranked if r.probability >= self.set_threshold]
        return tuple(likely or [r.candidate.class_uid for r in ranked[:1]])


def load_ranker(path: Path | None = None) -> Ranker:
    """The packaged ranker, or one from a file of the same format with the models beside it that it has.

    These are ``words.npz`` and ``activities.npz``.

    Raises:
        ConfigurationError: the file lacks a value or names a signal that does not exist.
    """
    source: Traversable = path or files(__package__).joinpath("ranker.toml")
    folder: Traversable = path.parent if path else files(__package__)
    try:
        content = source.read_bytes()
        data = tomllib.loads(content.decode())
        words = load_words(file) if (file := folder.joinpath("words.npz")).is_file() else None
        activities = load_activities(file) if (file := folder.joinpath("activities.npz")).is_file() else None
        models = [model.version for model in (words, activities and activities.words) if model]
        version = hashlib.sha256(b"".join([content, *map(str.encode, models)])).hexdigest()[:8]
        ranker = Ranker(
            version=f"{data['name']}@{data['version']}+{version}",
            weights={name: float(weight) for name, weight in data["weights"].items()},
            temperature=float(data["temperature"]),
            abstain_below=float(data["abstain_below"]),
            rerank_margin=float(data["rerank_margin"]),
            set_threshold=float(data["set_threshold"]),
            set_coverage=float(data["set_coverage"]),
            words=words,
            activities=activities,
        )
    except (OSError, KeyError, ValueError) as error:
        raise ConfigurationError(f"ranker file is malformed: {error}") from error
    unknown = sorted(set(ranker.weights) - set(FEATURES))
    if unknown or ranker.temperature <= 0:
        raise ConfigurationError(f"ranker file: unknown signals {unknown} or temperature not above 0")
    return ranker
