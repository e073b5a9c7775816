"""Figures over predictions: small pure functions, each with its answer for empty input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Prediction:
    """One labelled event and what the classifier made of it.

    ``ranked`` are class uids by falling probability, ``retrieved`` by falling retrieval score. ``accepted`` holds
    the label and every class that counts as right besides.
    """

    event_id: str
    vendor: str
    class_uid: int
    accepted: frozenset[int]
    ranked: tuple[int, ...]
    retrieved: tuple[int, ...]
    confidence: float
    abstained: bool
    asked_model: bool
    ms: float
    activity_id: int | None = None
    predicted_activity_id: int | None = None

    def right_within(self, k: int) -> bool:
        """Whether one of the first ``k`` classes is accepted."""
        return not self.accepted.isdisjoint(self.ranked[:k])

    @property
    def right(self) -> bool:
        """Whether the first class is accepted."""
        return self.right_within(1)


def summarise(predictions: Sequence[Prediction]) -> dict[str, float | int]:
    """All figures over one group of predictions, by the names of the evaluation contract; shares are in [0, 1]."""
    decided = [p for p in predictions if not p.abstained]
    return {
        "n": len(predictions),
        "top1": share(p.right for p in predictions),
        "top3": share(p.right_within(3) for p in predictions),
        "top5": share(p.right_within(5) for p in predictions),
        "macro_recall": macro_recall(predictions),
        "macro_f1": macro_f1(predictions),
        "activity_accuracy": activity_accuracy(predictions),
        "retrieval_recall_at_10": share(not p.accepted.isdisjoint(p.retrieved[:10]) for p in predictions),
        "mrr": mean_reciprocal_rank(predictions),
        "ece": expected_calibration_error([p.confidence for p in predictions], [p.right for p in predictions]),
        "abstain_rate": share(p.abstained for p in predictions),
        "accuracy_when_decided": share(p.right for p in decided),
        "coverage_at_95": coverage_at(predictions, 0.95),
        "llm_calls": sum(p.asked_model for p in predictions),
        "p50_ms": percentile([p.ms for p in predictions], 50),
        "p95_ms": percentile([p.ms for p in predictions], 95),
    }


def share(outcomes: Iterable[bool]) -> float:
    """The share of true outcomes, 0 without any."""
    counted = Counter(outcomes)
    total = counted[True] + counted[False]
    return counted[True] / total if total else 0.0


def predicted_label(prediction: Prediction) -> int:
    """The class to hold against the label: the label itself where the prediction is accepted."""
    if prediction.right:
        return prediction.class_uid
    return prediction.ranked[0] if prediction.ranked else -1


def macro_recall(predictions: Sequence[Prediction]) -> float:
    """The mean over labelled classes of the share of their events that are right, 0 without events."""
    by_class: dict[int, list[bool]] = {}
    for p in predictions:
        by_class.setdefault(p.class_uid, []).append(p.right)
    return float(np.mean([share(rights) for rights in by_class.values()])) if by_class else 0.0


def macro_f1(predictions: Sequence[Prediction]) -> float:
    """The mean F1 over the labelled classes, 0 without events."""
    labels = Counter(p.class_uid for p in predictions)
    guesses = Counter(predicted_label(p) for p in predictions)
    rights = Counter(p.class_uid for p in predictions if p.right)
    scores = [2 * rights[uid] / (labels[uid] + guesses[uid]) for uid in labels]
    return float(np.mean(scores)) if scores else 0.0


def activity_accuracy(predictions: Sequence[Prediction]) -> float:
    """The share of right activities among events with a labelled activity whose class is exactly the label's."""
    comparable = [p for p in predictions if p.activity_id is not None and p.ranked[:1] == (p.class_uid,)]
    return share(p.activity_id == p.predicted_activity_id for p in comparable)


def mean_reciprocal_rank(predictions: Sequence[Prediction]) -> float:
    """The mean of 1 / rank of the first accepted class in retrieval order (0 where none was found)."""
    if not predictions:
        return 0.0
    ranks = [
        next((1 / rank for rank, uid in enumerate(p.retrieved, start=1) if uid in p.accepted), 0.0) for p in predictions
    ]
    return float(np.mean(ranks))


def expected_calibration_error(confidences: Sequence[float], rights: Sequence[bool], bins: int = 10) -> float:
    """The weighted mean gap between confidence and accuracy over equal-width bins; 0 without predictions.

    Source: Naeini et al., Obtaining Well Calibrated Probabilities Using Bayesian Binning, AAAI 2015.
    """
    if not confidences:
        return 0.0
    confidence, right = np.asarray(confidences, float), np.asarray(rights, float)
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(confidence[index == b].sum() - right[index == b].sum()) for b in range(bins)]
    return float(sum(gaps) / len(confidence))


def coverage_at(predictions: Sequence[Prediction], accuracy: float) -> float:
    """The largest share of events, most confident first, that is right at least this often; 0 if none is."""
    if not predictions:
        return 0.0
    ordered = sorted(predictions, key=lambda p: -p.confidence)
    rights = np.cumsum([p.right for p in ordered]) / np.arange(1, len(ordered) + 1)
    reached = np.nonzero(rights >= accuracy)[0]
    return float((reached[-1] + 1) / len(ordered)) if len(reached) else 0.0


def percentile(values: Sequence[float], q: float) -> float:
    """The ``q``-th percentile, 0 without values."""
    return float(np.percentile(values, q)) if values else 0.0


def by_vendor(predictions: Sequence[Prediction]) -> Mapping[str, dict[str, float | int]]:
    """The figures of each vendor, by name; events without one are under ``unknown``."""
    groups: dict[str, list[Prediction]] = {}
    for p in predictions:
        groups.setdefault(p.vendor or "unknown", []).append(p)
    return {vendor: summarise(groups[vendor]) for vendor in sorted(groups)}
