"""What a single figure cannot show: classes, confusions, calibration, risk against coverage, time by stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from agents.ocsf import Taxonomy
from app.evaluations.figures import CALIBRATION_BINS
from app.evaluations.metrics import Prediction, percentile

_CURVE_POINTS = 200

Row = dict[str, Any]


def by_class(predictions: Sequence[Prediction], taxonomy: Taxonomy) -> list[Row]:
    """Support, recall, precision and F1 of every class that is labelled or decided, the most frequent first.

    An acceptable decision counts for the label's class. ``None`` where there is nothing to divide by.
    """
    labelled = Counter(p.class_uid for p in predictions)
    decided = Counter(p.counted_class for p in predictions)
    right = Counter(p.class_uid for p in predictions if p.right)
    uids = sorted({*labelled, *decided}, key=lambda uid: (-labelled[uid], uid))
    return [
        {
            "class_uid": uid,
            "class_name": caption(uid, taxonomy),
            "support": labelled[uid],
            "decided": decided[uid],
            "recall": _share(right[uid], labelled[uid]),
            "precision": _share(right[uid], decided[uid]),
            "f1": _share(2 * right[uid], labelled[uid] + decided[uid]),
        }
        for uid in uids
    ]


def confusions(predictions: Sequence[Prediction]) -> list[Row]:
    """Every pair of labelled and decided class that differ, the most frequent first, with the share of the label."""
    labelled = Counter(p.class_uid for p in predictions)
    wrong = Counter((p.class_uid, p.decided_class) for p in predictions if not p.right)
    return [
        {"label": label, "decided": decided, "n": n, "share": n / labelled[label]}
        for (label, decided), n in sorted(wrong.items(), key=lambda item: (-item[1], item[0]))
    ]


def reliability(predictions: Sequence[Prediction]) -> list[Row]:
    """Mean confidence and share of right events in each equal-width bin of confidence that has events."""
    if not predictions:
        return []
    confidence = np.array([p.confidence for p in predictions])
    right = np.array([p.right for p in predictions], float)
    index = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    return [
        {
            "low": number / CALIBRATION_BINS,
            "high": (number + 1) / CALIBRATION_BINS,
            "n": int((index == number).sum()),
            "confidence": float(confidence[index == number].mean()),
            "accuracy": float(right[index == number].mean()),
        }
        for number in range(CALIBRATION_BINS)
        if (index == number).any()
    ]


def risk_coverage(predictions: Sequence[Prediction]) -> list[tuple[float, float, float]]:
    """(coverage, share of wrong events, lowest confidence) of growing sets, most confident first; 200 points at most.

    A point stands only where the next event is less confident, because a threshold cannot part events that are
    equally so.
    """
    ordered = sorted(predictions, key=lambda p: -p.confidence)
    wrong = np.cumsum([not p.right for p in ordered])
    ends = [
        number
        for number, p in enumerate(ordered, start=1)
        if number == len(ordered) or ordered[number].confidence < p.confidence
    ]
    step = max(1, -(-len(ends) // _CURVE_POINTS))
    kept = [*ends[:-1:step], *ends[-1:]]
    return [(n / len(ordered), float(wrong[n - 1] / n), ordered[n - 1].confidence) for n in kept]


def stages(predictions: Sequence[Prediction]) -> Mapping[str, Row]:
    """How many events went through each stage, and the milliseconds they spent there."""
    times: dict[str, list[float]] = {}
    for p in predictions:
        for stage, ms in p.stages.items():
            # A stage that an event skipped is recorded as 0, and would hide what the stage costs.
            if ms > 0:
                times.setdefault(stage, []).append(ms)
    return {
        stage: {"n": len(ms), "mean": float(np.mean(ms)), "p50": percentile(ms, 50), "p95": percentile(ms, 95)}
        for stage, ms in times.items()
    }


def caption(uid: int, taxonomy: Taxonomy) -> str:
    """The name of a class; a uid that the taxonomy lacks names itself."""
    return taxonomy[uid].caption if uid in taxonomy else ("none" if uid < 0 else str(uid))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
