"""The decisions that reviews make, as the documents that are stored and answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import uuid_utils

from agents.classifier import DecidedBy, Status
from agents.ocsf import Taxonomy
from app.storage.decisions import StoredDecision
from app.storage.review_batches import ReviewBatch
from app.storage.reviews import Action

STATUS: Mapping[Action, Status] = {"confirm": Status.CONFIRMED, "override": Status.OVERRIDDEN}
"""What a decision is after a review."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The class, activity and status that a review gives a template."""

    class_uid: int
    activity_id: int
    status: str


def by_analyst(before: StoredDecision, batch: ReviewBatch, verdict: Verdict, taxonomy: Taxonomy) -> StoredDecision:
    """The next version of a decision: the analyst's word, with the candidates and evidence that were shown."""
    document = {
        **before.document,
        **_outcome(verdict, taxonomy),
        "decided_by": str(DecidedBy.ANALYST),
        "rationale": _rationale(batch, taxonomy[verdict.class_uid].caption),
        "reviewer": batch.reviewer,
        "comment": batch.comment,
        "review_id": batch.review_id,
        "latency_ms": {},
    }
    return next_version(before, document)


def by_pin(before: StoredDecision, verdict: Verdict, taxonomy: Taxonomy) -> StoredDecision:
    """The next version of a decision: what the classifier answers for a pinned template."""
    name = taxonomy[verdict.class_uid].caption
    candidate = {
        "class_uid": verdict.class_uid, "class_name": name, "probability": 1.0, "llm_score": None, "evidence": [],
    }  # fmt: skip
    document = {
        **_without_review(before.document),
        **_outcome(verdict, taxonomy),
        "decided_by": str(DecidedBy.PIN),
        "degraded": [],
        "candidates": [candidate],
        "evidence": [],
        "rationale": f"A review fixed {name} for every event of this template.",
        "latency_ms": {},
    }
    return next_version(before, document)


def next_version(before: StoredDecision, content: Mapping[str, Any]) -> StoredDecision:
    """The version after ``before`` with this content, its own id and the time of now."""
    document = {
        **content,
        "decision_id": str(uuid_utils.uuid7()),
        "decided_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "event_id": before.event_id,
    }
    return StoredDecision.from_document(document, before.version + 1)


def _outcome(verdict: Verdict, taxonomy: Taxonomy) -> dict[str, Any]:
    ocsf_class = taxonomy[verdict.class_uid]
    activity = ocsf_class.activities.get(verdict.activity_id)
    return {
        "ocsf_version": taxonomy.version,
        "category_uid": ocsf_class.category_uid,
        "category_name": ocsf_class.category_name,
        "class_uid": ocsf_class.uid,
        "class_name": ocsf_class.caption,
        "activity_id": verdict.activity_id,
        "activity_name": activity.caption if activity else "Unknown",
        "type_uid": ocsf_class.uid * 100 + verdict.activity_id,
        "confidence": 1.0,
        "status": verdict.status,
        "prediction_set": [ocsf_class.uid],
    }


def _without_review(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in ("reviewer", "comment", "review_id")}


def _rationale(batch: ReviewBatch, name: str) -> str:
    said = "confirmed" if batch.action == "confirm" else "chose"
    return f"{batch.reviewer} {said} {name}{f': {batch.comment}' if batch.comment else '.'}"
