"""Two analysts on one event: the second sees the first's review and must choose."""

from __future__ import annotations

import pytest
from reviews_support import API, FILE, basket

from app.reviews.documents import next_version


def test_the_second_sees_the_first_review_and_may_replace_it(house):
    decision = house.event(basket())
    first = house.review(decision, comment="mine").json
    refused = house.review(decision, class_uid=FILE, client=house.bob)
    assert refused.status_code == 409
    error = refused.json["error"]
    assert error["code"] == "conflict"
    assert (error["details"]["review"]["review_id"], error["details"]["review"]["comment"]) == (
        first["review_id"], "mine",
    )  # fmt: skip
    assert error["details"]["decision"]["class_uid"] == API
    assert house.latest(decision["event_id"])["class_uid"] == API

    assert house.review(decision, class_uid=FILE, client=house.bob, replace=True).status_code == 201
    assert house.latest(decision["event_id"])["reviewer"] == "token:bob"
    assert house.event(basket("next"))["class_uid"] == FILE


def test_another_event_of_the_template_conflicts_too_before_it_is_re_decided(house):
    one, two = house.event(basket("alice")), house.event(basket("bob"))
    first = house.review(one).json
    refused = house.review(two, "confirm", client=house.bob)
    assert refused.status_code == 409
    assert refused.json["error"]["details"]["review"]["review_id"] == first["review_id"]


def test_who_saw_the_review_may_go_on(house):
    decision = house.event(basket())
    house.review(decision)
    seen = house.latest(decision["event_id"])
    assert house.review(seen, class_uid=FILE, client=house.bob).status_code == 201


def test_a_review_without_the_version_seen_is_refused_once_there_is_one(house):
    decision = house.event(basket())
    blind = {"action": "confirm", "target": {"event_id": decision["event_id"]}}
    assert house.ana.post("/api/reviews", json=blind).status_code == 201
    assert house.bob.post("/api/reviews", json=blind).status_code == 409


def test_a_version_of_another_event_is_refused(house):
    one, two = house.event(basket()), house.event(basket(kind="paid"))
    answer = house.review({**one, "decision_id": two["decision_id"]}, "confirm")
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("action", "class_uid", "status"), [("confirm", None, "confirmed"), ("override", API, "overridden")]
)
def test_a_review_speaks_of_what_was_read_also_when_the_machine_decided_anew_meanwhile(
    house, action, class_uid, status
):
    read = house.event(basket())
    house.settle()
    again = decided_anew(house, read["event_id"], FILE)
    review = house.review(read, action, **({"class_uid": class_uid} if class_uid else {}))
    assert review.status_code == 201
    now = house.latest(read["event_id"])
    assert (now["class_uid"], now["status"]) == (class_uid or read["class_uid"], status)
    assert now["candidates"] == read["candidates"]
    assert house.event(basket("next"))["class_uid"] == now["class_uid"]

    # Undo brings back what held, not what was read.
    house.work()
    assert house.undo(review.json).status_code == 200
    house.work()
    assert house.latest(read["event_id"])["class_uid"] == again.class_uid


def decided_anew(house, event_id, class_uid):
    """Another decision of the machine on an event, as what others taught it brings about."""
    latest = house.store.latest_decision(event_id)
    again = next_version(latest, {**latest.document, "class_uid": class_uid})
    assert again.class_uid != latest.class_uid
    house.store.decisions.insert([again])
    return again
