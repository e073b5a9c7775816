"""Stored runs as the pages show them: the tables of one, the comparison of two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from agents.ocsf import Taxonomy
from app.evaluations.compare import paired
from app.evaluations.figures import FIGURES, LOWER_IS_BETTER
from app.evaluations.intervals import differences, intervals
from app.evaluations.metrics import Prediction, by_format, by_vendor, columns_of
from app.evaluations.tables import by_class, confusions, reliability, risk_coverage
from app.storage.evaluations import EvalPrediction, EvalRun

Row = dict[str, Any]
_NEED_RETRIEVAL = frozenset({"retrieval_recall_at_10", "mrr"})
_NEED_SETS = frozenset({"set_coverage", "set_size"})


def predictions_of(rows: Iterable[EvalPrediction]) -> list[Prediction]:
    """The predictions as figures count them.

    Rows of old runs do not say which classes were accepted: the label was, and what was decided where that was right.
    """
    return [
        Prediction(
            event_id=row.event_id,
            vendor=row.vendor,
            product=row.product,
            format=row.format,
            class_uid=row.class_uid,
            accepted=frozenset(row.accepted or (row.class_uid, *([row.predicted_class_uid] if row.correct else []))),
            ranked=row.candidates or (row.predicted_class_uid,),
            retrieved=row.retrieved,
            confidence=row.confidence,
            abstained=row.abstained,
            asked_model=row.asked_model,
            ms=row.latency_ms,
            activity_id=row.activity_id,
            predicted_activity_id=row.predicted_activity_id,
            prediction_set=row.prediction_set if row.promised else None,
        )
        for row in rows
    ]


def run_row(run: EvalRun) -> Row:
    """``EvalRun`` of the API."""
    return {
        "run_id": run.run_id,
        "started_at": run.started_at,
        "suite": run.suite,
        "configuration": run.configuration,
        "data_name": run.data_name,
        "events": run.events,
        "versions": {
            "git": run.git_revision + ("+" if run.git_dirty else ""),
            "model": run.model_version,
            "prompt": run.prompt_version,
            "knowledge": run.knowledge_version,
            "ranker": run.ranker_version,
            "template": run.template_version,
            "ocsf": run.ocsf_version,
        },
        "figures": dict(run.figures),
        "intervals": dict(run.document.get("intervals", {})),
    }


def run_detail(run: EvalRun, rows: Sequence[EvalPrediction], taxonomy: Taxonomy) -> Row:
    """``EvalDetail`` of the API: the tables and curves of a run, from its predictions.

    Groups come as the run measured them where it did, because only then nothing is missing. A run of a special suite
    has no predictions, and tables only where it measured some. Empty figures are left out.
    """
    predictions, document = predictions_of(rows), run.document
    row = run_row(run)
    if predictions and not row["intervals"]:
        row["intervals"] = intervals(columns_of(predictions), [p.source for p in predictions])
    counts = _confusion_counts(predictions)
    return {
        **row,
        "by_vendor": _numbers(document.get("by_vendor") or by_vendor(predictions)),
        "by_format": _numbers(document.get("by_format") or by_format(predictions)),
        "by_class": _numbers({
            str(r["class_uid"]): {name: value for name, value in r.items() if name != "class_uid"}
            for r in document.get("by_class") or by_class(predictions, taxonomy)
        }),
        "confusion": counts,
        "reliability": [
            {"confidence": b["confidence"], "accuracy": b["accuracy"], "count": b["n"]}
            for b in document.get("reliability") or reliability(predictions)
        ],
        "risk_coverage": [
            {"coverage": coverage, "risk": risk}
            for coverage, risk, *_ in document.get("risk_coverage") or risk_coverage(predictions)
        ],
    }  # fmt: skip


def comparison(
    first: EvalRun, before: Sequence[EvalPrediction], second: EvalRun, after: Sequence[EvalPrediction]
) -> Row:
    """``EvalCompare`` of the API over the events that both runs have.

    A figure's interval is of the difference, both runs resampled alike by source (see ``intervals.differences``);
    ``worse`` says that all of it lies on the worse side of none. A flip is ``fixed``, ``broken`` or ``changed``.

    Raises:
        NotComparableError: the runs share no event, or label one differently.
    """
    pairs = paired(predictions_of(before), predictions_of(after))
    olds, news = [a for a, _ in pairs], [b for _, b in pairs]
    a, b = columns_of(olds), columns_of(news)
    bounds = differences(a, b, [p.source for p in olds])
    once = np.ones((1, len(pairs)))
    left_out = _left_out(olds, news)
    figures = []
    for name, figure in FIGURES.items():
        values = float(figure(a, once)[0]), float(figure(b, once)[0])
        if name in left_out or np.isnan(values).any():
            continue
        found = bounds.get(name)
        figures.append({
            "name": name, "a": values[0], "b": values[1], "difference": values[1] - values[0],
            "interval": None if found is None else [found.low, found.high],
            "lower_is_better": name in LOWER_IS_BETTER,
        })  # fmt: skip
    flips = [_flip(x, y) for x, y in pairs if x.decided_class != y.decided_class or x.right != y.right]
    order = {"broken": 0, "fixed": 1, "changed": 2}
    return {
        "a": run_row(first),
        "b": run_row(second),
        "shared": len(pairs),
        "figures": figures,
        "flips": sorted(flips, key=lambda flip: (order[flip["kind"]], flip["id"])),
    }


def prediction_row(row: EvalPrediction) -> Row:
    """One prediction of a run, as its page lists it."""
    return {
        "id": row.event_id,
        "vendor": row.vendor,
        "product": row.product,
        "format": row.format,
        "class_uid": row.class_uid,
        "predicted_class_uid": row.predicted_class_uid,
        "activity_id": row.activity_id,
        "predicted_activity_id": row.predicted_activity_id,
        "correct": row.correct,
        "abstained": row.abstained,
        "asked_model": row.asked_model,
        "confidence": row.confidence,
        "latency_ms": row.latency_ms,
        "candidates": list(row.candidates),
    }


def _left_out(olds: Sequence[Prediction], news: Sequence[Prediction]) -> frozenset[str]:
    """Figures that one of the runs did not write down what they are computed from."""
    retrieved = all(any(p.retrieved for p in run) for run in (olds, news))
    promised = all(any(p.prediction_set is not None for p in run) for run in (olds, news))
    return (frozenset() if retrieved else _NEED_RETRIEVAL) | (frozenset() if promised else _NEED_SETS)


def _confusion_counts(predictions: Sequence[Prediction]) -> list[Row]:
    """Every pair of labelled and decided class with its count, right ones among them: the whole matrix."""
    right: dict[int, int] = {}
    for p in predictions:
        if p.right:
            right[p.class_uid] = right.get(p.class_uid, 0) + 1
    diagonal = [{"class_uid": uid, "predicted_class_uid": uid, "count": n} for uid, n in sorted(right.items())]
    wrong = [
        {"class_uid": c["label"], "predicted_class_uid": max(c["decided"], 0), "count": c["n"]}
        for c in confusions(predictions)
    ]
    return diagonal + wrong


def _numbers(groups: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """The groups with their numbers only."""
    return {
        name: {key: value for key, value in group.items() if isinstance(value, int | float)}
        for name, group in groups.items()
    }


def _flip(before: Prediction, after: Prediction) -> Row:
    kind = "changed" if before.right == after.right else ("broken" if before.right else "fixed")
    return {
        "id": after.event_id,
        "vendor": after.vendor,
        "class_uid": after.class_uid,
        "a": max(before.decided_class, 0),
        "b": max(after.decided_class, 0),
        "better": kind == "fixed",
        "kind": kind,
    }
