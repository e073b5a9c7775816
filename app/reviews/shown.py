"""Reviews as the API answers them."""

from __future__ import annotations

from typing import Any

from agents.ocsf import Taxonomy
from app.storage.review_batches import Effect, ReviewBatch


def review_json(batch: ReviewBatch, taxonomy: Taxonomy) -> dict[str, Any]:
    """``Review``: what was said, of what, how far it is and what it changed; ``effect`` is null while it runs."""
    ocsf_class = taxonomy.classes.get(batch.class_uid)
    activity = ocsf_class.activities.get(batch.activity_id) if ocsf_class else None
    before = batch.before_class
    effect = {
        "redecided": batch.redecided,
        "agreed_before": batch.agreed_before,
        "agreed_after": batch.agreed_after,
        "memo_looked_at": batch.memo_looked_at,
    }
    return {
        "review_id": batch.review_id,
        "action": batch.action,
        "class_uid": batch.class_uid,
        "class_name": class_name(batch.class_uid, taxonomy),
        "activity_id": batch.activity_id,
        "activity_name": activity.caption if activity else "Unknown",
        "comment": batch.comment,
        "reviewer": batch.reviewer,
        "created_at": batch.created_at,
        "undone_at": batch.undone_at,
        "undone_by": batch.undone_by or None,
        "target": dict(batch.target),
        "state": batch.state,
        "done": batch.done,
        "total": batch.total,
        "template_ids": list(batch.template_ids),
        "before": None if before is None else {"class_uid": before, "class_name": class_name(before, taxonomy)},
        "effect": None if batch.state == "running" else effect,
        "degraded": list(batch.degraded),
    }


def effect_json(effect: Effect, taxonomy: Taxonomy) -> dict[str, Any]:
    """``ReviewEffect``: what reviews changed; agreement is the share of events that had (have) the class reviewed."""
    total = effect.agreed_after
    return {
        "reviews": effect.reviews,
        "events_redecided": effect.redecided,
        "templates_pinned": effect.templates,
        "agreement_before": effect.agreed_before / total if total else None,
        "agreement_after": effect.agreed_after / total if total else None,
        "classes_changed": [
            {"from": class_name(before, taxonomy), "to": class_name(after, taxonomy), "events": events}
            for before, after, events in effect.changed
        ],
    }


def progress_json(batch: ReviewBatch) -> dict[str, Any]:
    """``review_progress``: how far the work of a review is."""
    return {"review_id": batch.review_id, "done": batch.done, "total": batch.total, "state": batch.state}


def class_name(class_uid: int, taxonomy: Taxonomy) -> str:
    """The name of a class, its number where this taxonomy has none such."""
    return taxonomy[class_uid].caption if class_uid in taxonomy else str(class_uid)
