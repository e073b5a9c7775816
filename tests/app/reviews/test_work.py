"""What happens behind a review: late events, a knowledge base that is away, a restart, neighbours."""

from __future__ import annotations

from dataclasses import replace

from reviews_support import API, basket

from app.reviews import steps


def state(house, review):
    return house.ana.get(f"/api/reviews/{review['review_id']}").json


def test_nothing_is_lost_while_the_knowledge_base_is_away(house):
    past = [house.event(basket(user)) for user in ("alice", "bob")]
    house.knowledge.down = True
    review = house.review(past[0]).json
    assert not house.work()
    now = state(house, review)
    assert (now["state"], now["degraded"]) == ("done", ["knowledge"])
    assert house.latest(past[1]["event_id"])["class_uid"] == API
    assert house.event(basket("carol"))["class_uid"] == API
    house.knowledge.down = False
    house.reviews.work._not_before.clear()
    assert house.work()
    assert state(house, review)["degraded"] == []
    assert house.knowledge.get([f"example:{past[0]['template_id']}"])[0].class_uid == API


def test_a_restart_goes_on_where_the_work_was(open_house, monkeypatch):
    monkeypatch.setattr(steps, "BATCH", 2)
    house = open_house()
    past = [house.event(basket(f"u{n}")) for n in range(7)]
    house.settle()
    review = house.review(past[0]).json
    for _ in range(3):
        house.reviews.work._advance(house.reviews.work._next())
    halfway = state(house, review)
    assert halfway["state"] == "running"
    assert 1 < halfway["done"] < 7
    house.close()

    house = open_house()
    assert house.event(basket("new"))["decided_by"] == "pin"
    house.reviews.work._resume()
    assert house.work()
    assert state(house, review)["done"] == 7
    assert {house.latest(d["event_id"])["class_uid"] for d in past} == {API}
    assert all(len(house.store.decisions_of(d["event_id"])) == 2 for d in past), "nothing is re-decided twice"
    undone = house.undo(review)
    assert undone.status_code == 200
    assert house.work()
    assert {house.latest(d["event_id"])["class_uid"] for d in past} == {past[0]["class_uid"]}


def test_a_review_that_was_never_acknowledged_is_taken_back_at_start(open_house, monkeypatch):
    house = open_house()
    decision = house.event(basket())
    review = house.review(decision).json
    batch = house.store.review_batches.get(review["review_id"])
    # As if the process had died before the answer.
    house.store.review_batches.save(replace(batch, phase="start", revision=batch.revision + 1))
    house.close()
    house = open_house()
    house.reviews.work._resume()
    assert house.work()
    assert state(house, review)["state"] == "failed"
    assert house.latest(decision["event_id"])["class_uid"] == decision["class_uid"]
    assert house.event(basket("next"))["decided_by"] != "pin"


def test_an_event_that_was_being_decided_when_the_pin_came_is_brought_in_line(house):
    decision = house.event(basket())
    before = house.classifier._pins
    house.review(decision)
    house.classifier._pins = lambda _: None
    late = house.event(basket("late"))
    house.classifier._pins = before
    assert late["class_uid"] != API
    house.settle()
    assert house.work()
    house.reviews.work._advance(house.reviews.work._next())
    assert house.latest(late["event_id"])["class_uid"] == API


def test_templates_near_the_example_are_looked_at_again_and_undone_with_it(house):
    near = house.event(basket(kind="basket.opened.again"))
    decision = house.event(basket(kind="basket.opened"))
    assert near["template_id"] != decision["template_id"]
    house.settle()
    review = house.review(decision, activity_id=1).json
    assert house.work()
    effect = state(house, review)["effect"]
    assert effect["memo_looked_at"] == 1
    now = house.latest(near["event_id"])
    assert now["class_uid"] == API, "the example speaks for what resembles it"
    assert now["decided_by"] != "pin"
    assert now["status"] in ("auto", "needs_review")
    house.undo(review)
    assert house.work()
    assert house.latest(near["event_id"])["class_uid"] == near["class_uid"]
