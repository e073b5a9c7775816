"""What the pages show, worked out: rows of figures, the confusion matrix, points of plots, the worst cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agents.ocsf import Taxonomy
from app.evaluations.figures import FIGURES
from app.evaluations.metrics import Prediction
from app.evaluations.tables import caption
from evals.folder import Line, RunFolder

PLOT = 300.0
"""Side of a square plot in SVG units."""
_WORST = 30
_MATRIX_CLASSES = 26
_RAW_CHARACTERS = 4000
PLAIN = frozenset({"mrr", "ece", "aurc", "set_size"})
"""The figures that are shown as decimal fractions, not per cent."""

Row = dict[str, Any]

FIGURE_WORDS: Mapping[str, str] = {
    "top1": "right class first",
    "top3": "right class in the first three",
    "top5": "right class in the first five",
    "macro_recall": "recall, every class alike",
    "macro_f1": "F1, every class alike",
    "activity_accuracy": "right activity where the class is the label's",
    "retrieval_recall_at_10": "right class among ten retrieved",
    "mrr": "mean reciprocal rank of retrieval",
    "ece": "expected calibration error",
    "abstain_rate": "left to review",
    "accuracy_when_decided": "right when decided",
    "coverage_at_95": "events decidable at 95 % right",
    "aurc": "area under risk-coverage",
    "llm_share": "events the model was asked about",
    "set_coverage": "right class in the promised set",
    "set_size": "classes in the promised set",
}
"""What each figure says, in the words of the report."""


def figure_rows(metrics: Mapping[str, Any]) -> list[Row]:
    """One row a figure: its value and interval, and the same figure of every baseline (``None`` where it has none)."""
    bounds = metrics.get("intervals", {})
    return [
        {
            "name": name,
            "words": FIGURE_WORDS[name],
            "percent": name not in PLAIN,
            "value": metrics[name],
            "interval": bounds.get(name),
            "baselines": [figures.get(name) for figures in metrics.get("baselines", {}).values()],
        }
        for name in FIGURES
        if name in metrics
    ]


def class_rows(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The classes with events first, by falling support; then those only decided."""
    return sorted(rows, key=lambda row: (-row["support"], -row["decided"]))


def confusion_matrix(
    confusions: Sequence[Mapping[str, Any]], predictions: Sequence[Prediction], taxonomy: Taxonomy
) -> Row:
    """The labelled classes that were mistaken as rows, what they were mistaken for as columns; at most 26 of each.

    The first column of a row is the class's own right events. ``shade`` is the share of the label's events.
    """
    labelled = Counter(p.class_uid for p in predictions)
    right = Counter(p.class_uid for p in predictions if p.right)
    cells = {(c["label"], c["decided"]): c["n"] for c in confusions}
    rows = _most_frequent((c["label"], c["n"]) for c in confusions)
    columns = _most_frequent((c["decided"], c["n"]) for c in confusions)
    return {
        "columns": [caption(uid, taxonomy) for uid in columns],
        "rows": [
            {
                "label": caption(uid, taxonomy),
                "n": labelled[uid],
                "right": right[uid],
                "right_share": right[uid] / labelled[uid] if labelled[uid] else 0.0,
                "cells": [
                    {"n": n, "shade": n / labelled[uid]} if (n := cells.get((uid, column), 0)) else None
                    for column in columns
                ],
            }
            for uid in rows
        ],
        "left_out": len({c["label"] for c in confusions}) - len(rows),
    }


def _most_frequent(counted: Iterable[tuple[int, int]]) -> list[int]:
    total: Counter[int] = Counter()
    for uid, n in counted:
        total[uid] += n
    return [uid for uid, _ in total.most_common(_MATRIX_CLASSES)]


def plot_reliability(bins: Sequence[Mapping[str, Any]]) -> list[Row]:
    """A bar for each bin of confidence in SVG units, y counted from the top, and the words of its tooltip."""
    most = max((b["n"] for b in bins), default=1)
    return [
        {
            "x": b["low"] * PLOT,
            "width": (b["high"] - b["low"]) * PLOT,
            "y": (1 - b["accuracy"]) * PLOT,
            "height": b["accuracy"] * PLOT,
            "dot": (b["confidence"] * PLOT, (1 - b["accuracy"]) * PLOT, 2.5 + 5 * (b["n"] / most) ** 0.5),
            "says": f"{b['n']} events: confidence {b['confidence']:.3f}, right {b['accuracy']:.3f}",
        }
        for b in bins
    ]


def plot_risk(points: Sequence[Sequence[float]]) -> Row:
    """The risk-coverage curve as an SVG path, on a scale of risk that ends at a round value above the highest."""
    highest = max((risk for _, risk, _ in points), default=0.0)
    top = next((edge for edge in (0.02, 0.05, 0.1, 0.2, 0.5) if highest <= edge), 1.0)
    placed = [(coverage * PLOT, (1 - risk / top) * PLOT) for coverage, risk, _ in points]
    return {
        "top": top,
        "path": " ".join(f"{'L' if n else 'M'}{x:.1f} {y:.1f}" for n, (x, y) in enumerate(placed)),
        "five": (1 - 0.05 / top) * PLOT if top >= 0.05 else None,
    }


def worst_cases(run: RunFolder, taxonomy: Taxonomy) -> list[Row]:
    """The wrong events, the most confident first, with what it takes to see why; at most 30."""
    wrong = [(p, line) for p, line in zip(run.predictions, run.lines, strict=True) if not p.right]
    wrong.sort(key=lambda pair: (-pair[0].confidence, pair[0].event_id))
    return [
        {
            "id": p.event_id,
            "source": p.source,
            "format": p.format,
            "expected": " or ".join(
                caption(uid, taxonomy) for uid in (p.class_uid, *sorted(p.accepted - {p.class_uid}))
            ),
            "retrieved_at": next((n for n, uid in enumerate(p.retrieved, start=1) if uid in p.accepted), None),
            "decision": line["decision"],
            "raw": marked(line),
            "cut": max(0, len(line["raw"]) - _RAW_CHARACTERS),
        }
        for p, line in wrong[:_WORST]
    ]


def marked(line: Line) -> list[tuple[str, bool]]:
    """The beginning of the raw event in pieces, each with whether evidence points to it."""
    raw: str = line["raw"][:_RAW_CHARACTERS]
    spans = sorted({tuple(span) for item in line["decision"]["evidence"] for span in item["spans"]})
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in spans:
        if at <= start < end <= len(raw):
            pieces += [(raw[at:start], False), (raw[start:end], True)]
            at = end
    return [(text, mark) for text, mark in [*pieces, (raw[at:], False)] if text]
