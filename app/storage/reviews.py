"""What people confirmed and overrode."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

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
}


@dataclass(frozen=True, slots=True)
class Review:
    """One person's word on one decision; class and activity are what holds after it."""

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


class ReviewRepository:
    """The table of reviews."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    def insert(self, review: Review) -> None:
        """Write a review; on return it is found.

        Raises:
            StorageRejectedError, StorageError, StorageUnavailableError
        """
        row = (
            canonical_id(review.review_id), canonical_id(review.event_id), canonical_id(review.decision_id),
            review.template_id, review.action, review.class_uid, review.activity_id, review.ocsf_version,
            review.comment, review.reviewer, stored_time(review.created_at),
        )  # fmt: skip
        self._clickhouse.insert("reviews", REVIEW_COLUMNS, [row])

    def of_event(self, event_id: str) -> list[Review]:
        """The reviews of an event, oldest first."""
        if (wanted := id_or_none(event_id)) is None:
            return []
        rows = self._clickhouse.rows(
            "SELECT * FROM reviews FINAL WHERE event_id = {id:UUID} ORDER BY created_at, review_id", {"id": wanted}
        )
        return [
            Review(
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
            )
            for row in rows
        ]

    def latest_by_template(self) -> dict[str, tuple[int, int, Action]]:
        """(class uid, activity id, action) of the latest review of each template: what pins are made of."""
        found = self._clickhouse.rows(
            "SELECT template_id, argMax((class_uid, activity_id, action), (created_at, review_id)) AS latest "
            "FROM reviews FINAL WHERE template_id != '' GROUP BY template_id",
            {},
        )
        return {row["template_id"]: cast(tuple[int, int, Action], tuple(row["latest"])) for row in found}
