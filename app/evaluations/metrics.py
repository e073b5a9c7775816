"""Predictions, and every figure over them by the names of the evaluation contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.evaluations.figures import FIGURES, Columns


@dataclass(frozen=True, slots=True)
class Prediction:
    """One labelled event and what the classifier made of it.

    ``ranked`` are class uids by falling probability, ``retrieved`` by falling retrieval score. ``accepted`` holds
    the label and every class that counts as right besides. ``prediction_set`` is the set of classes the decision
    promises to contain the right one, ``None`` where it promises none. ``ms`` and ``stages`` are milliseconds.
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
    product: str = ""
    format: str = ""
    prediction_set: tuple[int, ...] | None = None
    stages: Mapping[str, float] = field(default_factory=dict)

    def right_within(self, k: int) -> bool:
        """Whether one of the first ``k`` classes is accepted."""
        return not self.accepted.isdisjoint(self.ranked[:k])

    @property
    def right(self) -> bool:
        """Whether the first class is accepted."""
        return self.right_within(1)

    @property
    def source(self) -> str:
        """Vendor and product: events of one source resemble each other, so intervals resample sources."""
        return f"{self.vendor or 'unknown'} / {self.product or 'unknown'}"

    @property
    def decided_class(self) -> int:
        """The first class, -1 without any."""
        return self.ranked[0] if self.ranked else -1

    @property
    def counted_class(self) -> int:
        """The class to hold against the label: the label itself where the prediction is accepted."""
        return self.class_uid if self.right else self.decided_class


def columns_of(predictions: Sequence[Prediction]) -> Columns:
    """The predictions as arrays, one element an event, for ``app.evaluations.figures``."""
    classes = sorted({p.class_uid for p in predictions})
    index = {uid: number for number, uid in enumerate(classes)}
    comparable = [p.activity_id is not None and p.ranked[:1] == (p.class_uid,) for p in predictions]

    def column(value: Callable[[Prediction], float]) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.fromiter(map(value, predictions), float, len(predictions))

    return Columns(
        classes=len(classes),
        label=np.array([index[p.class_uid] for p in predictions], int),
        guess=np.array([index.get(p.counted_class, -1) for p in predictions], int),
        right1=column(lambda p: p.right),
        right3=column(lambda p: p.right_within(3)),
        right5=column(lambda p: p.right_within(5)),
        found10=column(lambda p: not p.accepted.isdisjoint(p.retrieved[:10])),
        reciprocal=column(_reciprocal_rank),
        confidence=column(lambda p: p.confidence),
        abstained=column(lambda p: p.abstained),
        asked=column(lambda p: p.asked_model),
        activity_counts=np.array(comparable, float),
        activity_right=column(lambda p: p.activity_id == p.predicted_activity_id),
        set_counts=column(lambda p: p.prediction_set is not None),
        set_right=column(lambda p: not p.accepted.isdisjoint(p.prediction_set or ())),
        set_size=column(lambda p: len(p.prediction_set or ())),
    )


def _reciprocal_rank(prediction: Prediction) -> float:
    ranks = (1 / rank for rank, uid in enumerate(prediction.retrieved, start=1) if uid in prediction.accepted)
    return next(ranks, 0.0)


def summarise(predictions: Sequence[Prediction]) -> dict[str, float | int]:
    """All figures over one group of predictions; shares are in [0, 1], and 0 where there is nothing to count.

    The figures of prediction sets are there only when decisions carry such sets.
    """
    columns = columns_of(predictions)
    once = np.ones((1, len(predictions)))
    figures: dict[str, float | int] = {"n": len(predictions)}
    for name, figure in FIGURES.items():
        if not name.startswith("set_") or columns.set_counts.any():
            value = float(figure(columns, once)[0])
            figures[name] = 0.0 if np.isnan(value) else value
    times = [p.ms for p in predictions]
    return figures | {
        "activity_n": int(columns.activity_counts.sum()),
        "llm_calls": sum(p.asked_model for p in predictions),
        "mean_ms": float(np.mean(times)) if times else 0.0,
        "p50_ms": percentile(times, 50),
        "p95_ms": percentile(times, 95),
    }


def percentile(values: Sequence[float], q: float) -> float:
    """The ``q``-th percentile, 0 without values."""
    return float(np.percentile(values, q)) if values else 0.0


def grouped(
    predictions: Sequence[Prediction], key: Callable[[Prediction], str]
) -> Mapping[str, dict[str, float | int]]:
    """The figures of each group, by name; events of which ``key`` is empty are under ``unknown``."""
    groups: dict[str, list[Prediction]] = {}
    for p in predictions:
        groups.setdefault(key(p) or "unknown", []).append(p)
    return {name: summarise(groups[name]) for name in sorted(groups)}


def by_vendor(predictions: Sequence[Prediction]) -> Mapping[str, dict[str, float | int]]:
    """The figures of each vendor."""
    return grouped(predictions, lambda p: p.vendor)


def by_format(predictions: Sequence[Prediction]) -> Mapping[str, dict[str, float | int]]:
    """The figures of each log format."""
    return grouped(predictions, lambda p: p.format)
