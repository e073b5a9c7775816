"""What a run is held against: trivial answers, single parts, the product without one part, and the best possible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.evaluations.intervals import differences
from app.evaluations.metrics import Prediction, columns_of, summarise
from evals.configurations import CONFIGURATIONS, Configuration

RERUN = ("lexical-only", "dense-only", "no-guides", "no-examples", "no-model", "no-ranker")
"""The configurations that are decided beside the one that is evaluated."""
ORACLE_DEPTH = 10
_TIMES = frozenset({"mean_ms", "p50_ms", "p95_ms"})
_ORACLE_FIGURES = frozenset({"n", "top1", "macro_recall", "macro_f1"})


def configurations_beside(main: Configuration) -> dict[str, Configuration]:
    """The configurations to decide beside ``main``, which keep from an event's product what ``main`` keeps from it."""
    return {name: replace(CONFIGURATIONS[name], cold_source=main.cold_source) for name in RERUN if name != main.name}


def majority(predictions: Sequence[Prediction]) -> list[Prediction]:
    """Always the most frequent class, at the confidence of its share; further ranks by frequency."""
    classes = Counter(p.class_uid for p in predictions).most_common()
    ranked = tuple(uid for uid, _ in classes)
    confidence = classes[0][1] / len(predictions) if classes else 0.0
    return [
        replace(
            p, ranked=ranked, retrieved=(), confidence=confidence, abstained=False, asked_model=False,
            predicted_activity_id=None, prediction_set=None,
        )
        for p in predictions
    ]  # fmt: skip


def oracle(predictions: Sequence[Prediction]) -> list[Prediction]:
    """The right class whenever it is among the first ten that were retrieved: what no ranking can exceed."""
    found = []
    for p in predictions:
        best = next((uid for uid in p.retrieved[:ORACLE_DEPTH] if uid in p.accepted), None)
        found.append(replace(p, ranked=p.retrieved[:ORACLE_DEPTH] if best is None else (best,)))
    return found


def baseline_figures(
    ours: Sequence[Prediction], others: Mapping[str, Sequence[Prediction]], seed: int
) -> dict[str, dict[str, Any]]:
    """The figures of every baseline by name, without times, which re-used answers would flatter.

    ``difference`` has, for the shares of right events, ours minus the baseline's: ``[value, low, high]``, paired and
    clustered by source.
    """
    every = {"majority": majority(ours), **others, f"oracle@{ORACLE_DEPTH}": oracle(ours)}
    columns, clusters = columns_of(ours), [p.source for p in ours]
    found: dict[str, dict[str, Any]] = {}
    for name, predictions in every.items():
        figures = {key: value for key, value in summarise(predictions).items() if key not in _TIMES}
        if name.startswith("oracle"):
            figures = {key: value for key, value in figures.items() if key in _ORACLE_FIGURES}
        apart = differences(columns_of(predictions), columns, clusters, seed=seed)
        found[name] = {
            **figures,
            "difference": {
                key: [d.value, d.low, d.high] for key in ("top1", "top3", "macro_recall") if (d := apart.get(key))
            },
        }
    return found
