"""95 % intervals by resampling sources, for one run and for the difference of two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.evaluations.figures import FIGURES, Columns, Vector

RESAMPLES = 2000
LEVEL = 0.95
_ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much a figure of the second run differs from the first's, with its interval."""

    value: float
    low: float
    high: float


def intervals(
    columns: Columns, clusters: Sequence[str], *, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, tuple[float, float]]:
    """The percentile interval of every figure that can be computed; ``clusters`` names each event's source.

    Sources are drawn with replacement, each with all of its events ("pairs cluster bootstrap"), because events of one
    source resemble each other and resampling single events would promise too much. With fewer than two sources the
    events themselves are drawn.

    Sources: Cameron, Gelbach and Miller, Bootstrap-Based Improvements for Inference with Clustered Errors, Review of
    Economics and Statistics 90(3), 2008; Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13.
    """
    values: dict[str, list[Vector]] = {name: [] for name in FIGURES}
    for weights in resampled(clusters, seed, resamples):
        for name, figure in FIGURES.items():
            values[name].append(figure(columns, weights))
    return {name: found for name, parts in values.items() if (found := _bounds(parts))}


def differences(
    before: Columns, after: Columns, clusters: Sequence[str], *, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, Difference]:
    """``after - before`` of every figure that both have; both hold the same events in the same order.

    Both runs are resampled alike, so that what makes an event easy or hard for both cancels out.
    """
    drawn: dict[str, list[Vector]] = {name: [] for name in FIGURES}
    for weights in resampled(clusters, seed, resamples):
        for name, figure in FIGURES.items():
            drawn[name].append(figure(after, weights) - figure(before, weights))
    once = np.ones((1, len(before)))
    found = {}
    for name, figure in FIGURES.items():
        value = float((figure(after, once) - figure(before, once))[0])
        bounds = _bounds(drawn[name])
        if bounds is not None and not np.isnan(value):
            found[name] = Difference(value, *bounds)
    return found


def resampled(clusters: Sequence[str], seed: int, resamples: int) -> Iterator[Vector]:
    """Weights of shape (at most 200, n) until there were ``resamples`` rows: how often each event was drawn."""
    _, index = np.unique(np.asarray(clusters, dtype=object).astype(str), return_inverse=True)
    count = int(index.max()) + 1 if len(index) else 0
    if count < 2:
        index, count = np.arange(len(clusters)), len(clusters)
    if not count:
        return
    rng = np.random.default_rng(seed)
    for start in range(0, resamples, _ROWS_AT_ONCE):
        rows = min(_ROWS_AT_ONCE, resamples - start)
        yield rng.multinomial(count, np.full(count, 1 / count), size=rows)[:, index].astype(float)


def _bounds(parts: Sequence[Vector]) -> tuple[float, float] | None:
    """The interval over resamples; ``None`` unless most of them had something to count."""
    values = np.concatenate([np.empty(0), *parts])
    counted = values[~np.isnan(values)]
    if len(counted) <= len(values) / 2:
        return None
    low, high = np.quantile(counted, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
