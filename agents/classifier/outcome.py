"""What is decided for a template, independent of the single event, and how the memo keeps it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from agents.classifier.decision import DecidedBy, EvidenceItem, ScoredClass, Status
from agents.ocsf import Taxonomy

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Class, activity and grounds for every event of a template; evidence without the places in one event."""

    class_uid: int
    activity_id: int
    confidence: float
    status: Status
    decided_by: DecidedBy
    candidates: tuple[ScoredClass, ...]
    evidence: tuple[EvidenceItem, ...]
    rationale: str
    prediction_set: tuple[int, ...] = ()


def to_memo(outcome: Outcome) -> dict[str, Any]:
    """The outcome as JSON-ready values for the memo."""
    return {
        "class_uid": outcome.class_uid,
        "activity_id": outcome.activity_id,
        "confidence": outcome.confidence,
        "status": outcome.status,
        "candidates": [[c.class_uid, c.class_name, c.probability, c.llm_score, c.evidence] for c in outcome.candidates],
        "evidence": [[e.chunk_id, e.kind, e.title, e.score, e.paths] for e in outcome.evidence],
        "rationale": outcome.rationale,
        "prediction_set": outcome.prediction_set,
    }


def from_memo(value: dict[str, Any] | None, taxonomy: Taxonomy) -> Outcome | None:
    """The outcome that was memoised; ``None`` for an entry that someone else wrote or that is damaged."""
    if value is None:
        return None
    try:
        class_uid, activity_id = value["class_uid"], value["activity_id"]
        if class_uid not in taxonomy or activity_id not in taxonomy[class_uid].activities:
            log.warning("memo entry names no class and activity of this taxonomy and is decided again")
            return None
        return Outcome(
            class_uid=class_uid,
            activity_id=activity_id,
            confidence=float(value["confidence"]),
            status=Status(value["status"]),
            decided_by=DecidedBy.MEMO,
            candidates=tuple(
                ScoredClass(int(u), str(n), float(p), None if s is None else float(s), tuple(map(str, e)))
                for u, n, p, s, e in value["candidates"]
            ),
            evidence=tuple(
                EvidenceItem(str(i), str(k), str(t), float(s), tuple(map(str, p)))
                for i, k, t, s, p in value["evidence"]
            ),
            rationale=str(value["rationale"]),
            prediction_set=tuple(map(int, value["prediction_set"])),
        )
    except (KeyError, TypeError, ValueError) as error:
        log.warning("memo entry is malformed and is decided again: %s: %s", type(error).__name__, error)
        return None
