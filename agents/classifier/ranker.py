"""Turns the signals of candidates into probabilities."""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from agents.classifier.candidates import FEATURES, Candidate
from agents.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate and its probability; over one answer the probabilities sum to 1."""

    candidate: Candidate
    probability: float


@dataclass(frozen=True)
class Ranker:
    """A conditional logit: probability is the softmax of ``weights . features / temperature`` over candidates.

    ``abstain_below`` and ``rerank_margin`` are the thresholds that belong to these weights.
    """

    version: str
    weights: Mapping[str, float]
    temperature: float
    abstain_below: float
    rerank_margin: float

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


def load_ranker(path: Path | None = None) -> Ranker:
    """The packaged ranker, or one from a file of the same format.

    Raises:
        ConfigurationError: the file lacks a value or names a signal that does not exist.
    """
    source = path or files(__package__).joinpath("ranker.toml")
    content = source.read_bytes()
    try:
        data = tomllib.loads(content.decode())
        weights = {name: float(weight) for name, weight in data["weights"].items()}
        ranker = Ranker(
            version=f"{data['name']}@{data['version']}+{hashlib.sha256(content).hexdigest()[:8]}",
            weights=weights,
            temperature=float(data["temperature"]),
            abstain_below=float(data["abstain_below"]),
            rerank_margin=float(data["rerank_margin"]),
        )
    except (KeyError, ValueError) as error:
        raise ConfigurationError(f"ranker file is malformed: {error}") from error
    unknown = sorted(set(weights) - set(FEATURES))
    if unknown or ranker.temperature <= 0:
        raise ConfigurationError(f"ranker file: unknown signals {unknown} or temperature not above 0")
    return ranker
