from dataclasses import replace
from datetime import UTC, datetime

import pytest
import uuid_utils

from app.storage import Review, StorageRejectedError
from app.storage.clickhouse import ClickHouse
from app.storage.reviews import ReviewRepository


def a_review() -> Review:
    return Review(
        review_id=str(uuid_utils.uuid7()),
        event_id=str(uuid_utils.uuid7()),
        decision_id=str(uuid_utils.uuid7()),
        template_id="6f1ed002ab55",
        action="override",
        class_uid=3002,
        activity_id=1,
        ocsf_version="1.8.0",
        comment="It is a logon, \udcff 'really'",
        reviewer="ada",
        created_at=datetime(2026, 3, 1, 9, 0, 0, 1000, UTC),
    )


def test_reviews_of_an_event_come_back_in_order(clickhouse: ClickHouse) -> None:
    reviews = ReviewRepository(clickhouse)
    first = a_review()
    second = replace(first, review_id=str(uuid_utils.uuid7()), action="confirm", created_at=datetime.now(UTC))
    second = replace(second, created_at=second.created_at.replace(microsecond=0))
    for review in (second, first, a_review(), first):
        reviews.insert(review)
    assert reviews.of_event(first.event_id) == [first, second]
    assert reviews.of_event("nonsense") == []


@pytest.mark.parametrize("changes", [{"review_id": "7"}, {"class_uid": "no number"}])
def test_a_malformed_review_is_refused(clickhouse: ClickHouse, changes: dict[str, str]) -> None:
    with pytest.raises(StorageRejectedError):
        ReviewRepository(clickhouse).insert(replace(a_review(), **changes))
