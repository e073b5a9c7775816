"""Makes confidence a frequency: the temperature, the abstention threshold and the threshold of prediction sets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar


@dataclass(frozen=True, slots=True)
class Answer:
    """The probabilities of one event's candidates (at temperature 1, falling) and which of them are accepted."""

    probabilities: tuple[float, ...]
    accepted: tuple[bool, ...]

    def at(self, temperature: float) -> list[float]:
        """The probabilities at another temperature."""
        logs = np.log(np.maximum(self.probabilities, 1e-12)) / temperature
        odds = np.exp(logs - logs.max())
        return [float(p) for p in odds / odds.sum()]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Constants that belong to a ranker's weights, and what they were fitted on."""

    temperature: float
    abstain_below: float
    set_threshold: float
    set_coverage: float
    events: int


def calibrate(answers: Sequence[Answer], *, accuracy: float = 0.975, coverage: float = 0.95) -> Calibration:
    """The constants for these answers.

    ``temperature`` minimises the negative log-likelihood of the best candidate being right (Guo et al., On Calibration
    of Modern Neural Networks, ICML 2017). ``abstain_below`` is the lowest confidence from which on the share
    ``accuracy`` of what is decided is right. ``set_threshold`` lets prediction sets hold an accepted class with a
    frequency of ``coverage`` (split conformal: the quantile at ``ceil((n + 1) coverage) / n``); where retrieval did not
    find the class at all no set can hold it, which counts against the coverage.
    """
    found = minimize_scalar(
        lambda t: _loss(answers, math.exp(t)), bounds=(math.log(0.2), math.log(8)), method="bounded"
    )
    temperature = round(math.exp(float(found.x)), 3)
    confident = sorted(((a.at(temperature)[0], a.accepted[0]) for a in answers), reverse=True)
    rights = np.cumsum([right for _, right in confident]) / np.arange(1, len(confident) + 1)
    # Events of equal confidence are decided together, so only the last of them counts.
    last = [n for n, (p, _) in enumerate(confident) if n + 1 == len(confident) or confident[n + 1][0] < p]
    enough = [n for n in last if rights[n] >= accuracy]
    abstain_below = confident[enough[-1]][0] if enough else 1.0
    truths = sorted(
        (
            max((p for p, right in zip(a.at(temperature), a.accepted, strict=True) if right), default=0.0)
            for a in answers
        ),
        reverse=True,
    )
    place = min(len(truths), math.ceil((len(truths) + 1) * coverage)) - 1
    return Calibration(
        temperature, _floor(abstain_below, 3), _floor(truths[place], 5), coverage, len(answers)
    )  # fmt: skip


def _loss(answers: Sequence[Answer], temperature: float) -> float:
    total = 0.0
    for answer in answers:
        best = min(max(answer.at(temperature)[0], 1e-9), 1 - 1e-9)
        total -= math.log(best if answer.accepted[0] else 1 - best)
    return float(total / len(answers))


def _floor(value: float, digits: int) -> float:
    return math.floor(value * 10.0**digits) / 10.0**digits
