"""Fits the ranker's weights: a conditional logit over the candidates of many events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from agents.classifier.candidates import FEATURES, Candidate

FITTED = tuple(name for name in FEATURES if name not in {"llm", "example_template"})
"""The signals whose weights the catalog can teach. The model is asked later, and an example of the very template leaves
nothing to learn: its weight outvotes everything."""


LEAST: Mapping[str, float] = {"guide_match": 7.5, "example_votes": 5.0}
"""A guide all of whose conditions hold must not be outvoted by how an event reads: whoever writes into one of its
fields chooses its words, but not which product it comes from. Made-up events cannot teach that, as nobody attacks.
Nor can they teach what examples are worth: the samples of a product differ more than the events of a real source."""


@dataclass(frozen=True, slots=True)
class Group:
    """The candidates of one event as rows of ``features`` (candidates x FITTED), which of them are right, a weight."""

    features: NDArray[np.float64]
    class_uids: tuple[int, ...]
    right: NDArray[np.bool_]
    accepted: frozenset[int]
    weight: float
    mode: str
    product: str


def group_of(
    candidates: Sequence[Candidate], class_uid: int, accepted: frozenset[int], weight: float, mode: str, product: str
) -> Group:
    """The group of one event's candidates."""
    features = np.array([[c.features[name] for name in FITTED] for c in candidates])
    uids = tuple(c.class_uid for c in candidates)
    return Group(features, uids, np.array([uid == class_uid for uid in uids]), accepted, weight, mode, product)


def fit(groups: Sequence[Group], penalty: float) -> dict[str, float]:
    """Weights that make the right classes likeliest: maximum likelihood with an L2 ``penalty`` on the weights.

    No weight falls below 0 (no signal speaks against its class) nor below what ``LEAST`` demands.
    Events whose right class is not among the candidates teach nothing and are passed over. Source: McFadden,
    Conditional logit analysis of qualitative choice behavior, 1974.
    """
    usable = [group for group in groups if group.right.any()]
    matrix = np.concatenate([group.features for group in usable])
    starts = np.cumsum([0, *[len(group.right) for group in usable]])[:-1]
    sizes = np.array([len(group.right) for group in usable])
    right = np.concatenate([group.right for group in usable]).astype(float)
    weight = np.array([group.weight for group in usable])
    weight /= weight.sum()
    owner = np.repeat(np.arange(len(usable)), sizes)

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = matrix @ w
        scores -= np.maximum.reduceat(scores, starts)[owner]
        odds = np.exp(scores)
        totals = np.add.reduceat(odds, starts)
        likelihood = np.add.reduceat(odds * right, starts) / totals
        share = odds / totals[owner]
        share_right = odds * right / np.add.reduceat(odds * right, starts)[owner]
        gradient = matrix.T @ ((share - share_right) * weight[owner]) + 2 * penalty * w
        return float(-(weight * np.log(likelihood)).sum() + penalty * (w @ w)), gradient

    bounds = [(LEAST.get(name, 0.0), None) for name in FITTED]
    start = np.array([low for low, _ in bounds])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 2000})
    return dict(zip(FITTED, map(float, found.x), strict=True))


@dataclass(frozen=True, slots=True)
class Scored:
    """An event's classes by falling probability, after fitting on other products."""

    class_uids: tuple[int, ...]
    probabilities: tuple[float, ...]
    accepted: frozenset[int]
    mode: str
    product: str
    weight: float

    def right_within(self, k: int) -> bool:
        """Whether one of the first ``k`` classes is accepted."""
        return not self.accepted.isdisjoint(self.class_uids[:k])


def score(group: Group, weights: Mapping[str, float]) -> Scored:
    """The group's classes ranked by these weights."""
    scores = group.features @ np.array([weights[name] for name in FITTED])
    odds = np.exp(scores - scores.max())
    order = np.lexsort((np.array(group.class_uids), -odds))
    return Scored(
        tuple(group.class_uids[i] for i in order),
        tuple(float(odds[i] / odds.sum()) for i in order),
        group.accepted,
        group.mode,
        group.product,
        group.weight,
    )
