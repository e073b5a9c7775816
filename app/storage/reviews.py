"""What people confirmed and overrode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from app.storage.clickhouse import ClickHouse
from app.storage.events import canonical_id, id_or_none, stored_time

Action = Literal["confirm", "override"]
"""What a reviewer did with a decision."""

REVIEW_COLUMNS = {
    "review_id": "UUID",
    "event_id": "UUID",
    "decision_id": "UUID",
    "template_id": "LowCardinality(String)",
    "action": "LowCardinality(String)",
    "class_uid": "UInt32",
    "activity_id": "UInt32",
    "ocsf_version": "LowCardinality(String)",
    "comment": "String",
    "reviewer": "LowCardinality(String)",
    "created_at": "DateTime64(3, 'UTC')",
    "pin_before": "String",
    "example_before": "String",
}


@dataclass(frozen=True, slots=True)
class Review:
    """One person's word on one decision; class and activity are what holds after it, for its whole template.

    ``pin_before`` and ``example_before`` are the template's pin and example that undoing brings back, as JSON
    (``null`` where there was none); empty where that was not looked at yet.
    """

    review_id: str
    event_id: str
    decision_id: str
    template_id: str
    action: Action
    class_uid: int
    activity_id: int
    ocsf_version: str
    comment: str
    reviewer: str
    created_at: datetime
    pin_before: str = ""
    example_before: str = ""


class ReviewRepository:
    """The table of reviews."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    def insert(self, review: Review) -> None:
        """Write a review; on return it is found. See ``insert_many``."""
        self.insert_many([review])

    def insert_many(self, reviews: Sequence[Review]) -> None:
        """Write reviews, all or none; one that is there already is replaced.

        Raises:
            StorageRejectedError, StorageError, StorageUnavailableError
        """
        rows = [
            (
                canonical_id(review.review_id), canonical_id(review.event_id), canonical_id(review.decision_id),
                review.template_id, review.action, review.class_uid, review.activity_id, review.ocsf_version,
                review.comment, review.reviewer, stored_time(review.created_at), review.pin_before,
                review.example_before,
            )
            for review in reviews
        ]  # fmt: skip
        self._clickhouse.insert("reviews", REVIEW_COLUMNS, rows)

    def of_event(self, event_id: str) -> list[Review]:
        """The reviews of an event, oldest first."""
        if (wanted := id_or_none(event_id)) is None:
            return []
        rows = self._clickhouse.rows(
            "SELECT * FROM reviews FINAL WHERE event_id = {id:UUID} ORDER BY created_at, review_id", {"id": wanted}
        )
        return [_read(row) for row in rows]

    def of_batch(self, review_id: str) -> list[Review]:
        """The words of one review, one for each template that it touched, by template."""
        rows = self._clickhouse.rows(
            "SELECT * FROM reviews FINAL WHERE review_id = {id:UUID} ORDER BY template_id", {"id": review_id}
        )
        return [_read(row) for row in rows]

    def batches_of_template(self, template_id: str) -> list[str]:
        """The ids of the reviews that touched a template, oldest first."""
        rows = self._clickhouse.rows(
            "SELECT DISTINCT review_id, created_at FROM reviews FINAL WHERE template_id = {id:String} "
            "ORDER BY created_at, review_id",
            {"id": template_id},
        )
        return [str(row["review_id"]) for row in rows]


def _read(row: Mapping[str, Any]) -> Review:
    return Review(
        review_id=str(row["review_id"]),
        event_id=str(row["event_id"]),
        decision_id=str(row["decision_id"]),
        template_id=row["template_id"],
        action=cast(Action, row["action"]),
        class_uid=row["class_uid"],
        activity_id=row["activity_id"],
        ocsf_version=row["ocsf_version"],
        comment=row["comment"],
        reviewer=row["reviewer"],
        created_at=row["created_at"],
        pin_before=row["pin_before"],
        example_before=row["example_before"],
    )
