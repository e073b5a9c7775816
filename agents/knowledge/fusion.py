"""Merging of several rankings into one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[Item]], k: int = 60, weights: Sequence[float] | None = None
) -> list[tuple[Item, float]]:
    """All ranked items with their fused scores, best first.

    The score of an item is the sum over the rankings it stands in of ``weight / (k + rank)``, rank counting from 1
    (Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion outperforms Condorcet and individual rank learning
    methods", SIGIR 2009, which also found 60 for ``k``). Items of equal score keep the order in which they were first
    seen, so the result is the same for the same input. No ranking, or only empty ones, gives an empty list. Of an item
    that stands twice in one ranking only the better rank counts.

    Raises:
        ValueError: ``weights`` is not one number per ranking, or ``k`` is negative.
    """
    if weights is None:
        weights = [1.0] * len(rankings)
    if len(weights) != len(rankings):
        raise ValueError(f"{len(rankings)} rankings need as many weights, got {len(weights)}")
    if k < 0:
        raise ValueError(f"k must not be negative, got {k}")
    scores: dict[Item, float] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, item in enumerate(dict.fromkeys(ranking), start=1):
            scores[item] = scores.get(item, 0.0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda scored: -scored[1])
