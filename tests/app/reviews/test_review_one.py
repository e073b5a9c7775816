"""One event reviewed over HTTP, and all that follows from it."""

from __future__ import annotations

from reviews_support import API, AUTHENTICATION, FILE, basket

from agents.classifier import example_chunk
from agents.events import Source


def test_an_override_changes_the_event_its_past_and_its_future(house):
    past = [house.event(basket(user)) for user in ("alice", "bob", "carol")]
    answer = house.review(past[0], activity_id=2, comment="it is a call of an API")
    assert answer.status_code == 201
    review = answer.json
    assert (review["class_uid"], review["reviewer"], review["comment"]) == (API, "token:ana", "it is a call of an API")
    assert review["before"]["class_uid"] == past[0]["class_uid"]

    reviewed = house.latest(past[0]["event_id"])
    assert (reviewed["class_uid"], reviewed["activity_id"], reviewed["status"]) == (API, 2, "overridden")
    assert (reviewed["decided_by"], reviewed["reviewer"], reviewed["comment"]) == (
        "analyst", "token:ana", "it is a call of an API",
    )  # fmt: skip
    assert reviewed["candidates"] == past[0]["candidates"], "what was shown stays to be seen"

    following = house.event(basket("dora"))
    assert (following["class_uid"], following["decided_by"], following["status"]) == (API, "pin", "overridden")

    assert house.work()
    for earlier in past[1:]:
        now = house.latest(earlier["event_id"])
        assert (now["class_uid"], now["activity_id"], now["decided_by"]) == (API, 2, "pin")
    done = house.ana.get(f"/api/reviews/{review['review_id']}").json
    assert (done["state"], done["done"], done["total"]) == ("done", 3, 3)
    assert done["effect"]["redecided"] == 3
    assert (done["effect"]["agreed_before"], done["effect"]["agreed_after"]) == (0, 3)
    example = house.knowledge.get([f"example:{past[0]['template_id']}"])[0]
    assert (example.class_uid, example.activity_id, example.metadata["by"]) == (API, 2, "token:ana")


def test_a_confirm_keeps_the_class_and_agrees(house):
    decision = house.event(basket())
    other = house.event(basket("bob"))
    review = house.review(decision, "confirm").json
    assert house.work()
    now = house.latest(decision["event_id"])
    assert (now["class_uid"], now["status"], now["confidence"]) == (decision["class_uid"], "confirmed", 1.0)
    assert house.latest(other["event_id"])["status"] == "confirmed"
    effect = house.ana.get(f"/api/reviews/{review['review_id']}").json["effect"]
    assert (effect["redecided"], effect["agreed_before"], effect["agreed_after"]) == (2, 2, 2)


def test_without_an_activity_the_words_of_the_event_choose_one(house):
    decision = house.event(basket(kind="file.deleted"))
    review = house.review(decision, class_uid=FILE).json
    assert (review["class_name"], review["activity_name"]) == ("File System Activity", "Delete")


def test_undo_restores_exactly_what_was(house):
    past = [house.event(basket(user)) for user in ("alice", "bob")]
    review = house.review(past[0]).json
    assert house.work()
    came_later = house.event(basket("late"))
    house.settle()
    assert came_later["decided_by"] == "pin"

    undone = house.undo(review)
    assert undone.status_code == 200
    assert undone.json["undone_by"] == "token:ana"
    assert house.pins.get(past[0]["template_id"]) is None
    assert house.work()
    for before in past:
        now = house.latest(before["event_id"])
        differs = {key for key in {*before, *now} if before.get(key) != now.get(key)}
        assert differs <= {"decision_id", "decided_at"}
        assert len(house.store.decisions_of(before["event_id"])) == 3, "nothing is removed: versions are added"
    assert house.knowledge.get([f"example:{past[0]['template_id']}"]) == []
    again = house.latest(came_later["event_id"])
    assert again["decided_by"] != "pin"
    assert again["class_uid"] == past[0]["class_uid"]
    assert house.event(basket("after"))["class_uid"] == past[0]["class_uid"]


def test_undo_brings_back_the_earlier_review_of_the_template(house):
    first = house.event(basket())
    one = house.review(first, activity_id=1).json
    assert house.work()
    example = house.knowledge.get([f"example:{first['template_id']}"])[0]
    seen = house.latest(first["event_id"])
    two = house.review(seen, class_uid=FILE, activity_id=1).json
    assert house.work()
    assert house.event(basket("x"))["class_uid"] == FILE

    refused = house.undo(one)
    assert refused.status_code == 409
    assert refused.json["error"]["code"] == "replaced"
    assert refused.json["error"]["details"]["review"]["review_id"] == two["review_id"]

    assert house.undo(two).status_code == 200
    assert house.work()
    assert house.event(basket("y"))["class_uid"] == API
    now = house.latest(first["event_id"])
    assert (now["class_uid"], now["reviewer"], now["status"]) == (API, "token:ana", "overridden")
    assert house.knowledge.get([f"example:{first['template_id']}"])[0].content_hash == example.content_hash
    again = house.undo(two)
    assert (again.status_code, again.json["error"]["code"]) == (409, "already_undone")
    assert house.undo(one).status_code == 200
    assert house.work()
    assert house.latest(first["event_id"])["class_uid"] == first["class_uid"]


def test_an_example_that_was_there_before_comes_back(house):
    raw = basket()
    house.knowledge.upsert([example_chunk(raw, Source(), AUTHENTICATION, 1, house.taxonomy, by="eve")])
    decision = house.event(raw)
    before = house.knowledge.get([f"example:{decision['template_id']}"])[0]
    review = house.review(decision).json
    assert house.work()
    assert house.knowledge.get([before.chunk_id])[0].class_uid == API
    house.undo(review)
    assert house.work()
    assert house.knowledge.get([before.chunk_id])[0].content_hash == before.content_hash


def test_undoing_while_the_work_runs_leaves_nothing_behind(house):
    past = [house.event(basket(f"user{n}")) for n in range(5)]
    review = house.review(past[0]).json
    assert house.undo(review).status_code == 200
    assert house.work()
    assert {house.latest(d["event_id"])["class_uid"] for d in past} == {past[0]["class_uid"]}
    assert house.ana.get(f"/api/reviews/{review['review_id']}").json["state"] == "done"
    assert house.knowledge.get([f"example:{past[0]['template_id']}"]) == []


def test_an_event_that_comes_between_undo_and_the_end_of_the_example_is_decided_anew(house):
    first = house.event(basket())
    review = house.review(first).json
    assert house.work()
    house.undo(review)
    between = house.event(basket("between"))
    assert (between["class_uid"], between["decided_by"] == "pin") == (API, False), "the example still speaks"
    house.settle()
    assert house.work()
    assert house.latest(between["event_id"])["class_uid"] == first["class_uid"]


REFUSED = [
    {"action": "override"},
    {"action": "override", "class_uid": 999999},
    {"action": "override", "class_uid": 2001},
    {"action": "override", "class_uid": API, "activity_id": 77},
    {"action": "delete"},
    {"action": "confirm", "target": {}},
    {"action": "confirm", "target": {"template_id": "a", "q": "b"}},
    {"action": "confirm", "surprise": 1},
    {"action": "confirm", "activity_id": 98},
]


def test_what_is_no_review_is_refused_and_changes_nothing(house):
    decision = house.event(basket())
    for body in REFUSED:
        answer = house.ana.post("/api/reviews", json={"target": {"event_id": decision["event_id"]}, **body})
        assert answer.status_code == 400, body
    assert house.latest(decision["event_id"])["decision_id"] == decision["decision_id"]
    assert house.event(basket("b"))["decided_by"] != "pin"


def test_what_is_not_there_is_not_found(house):
    missing = "0199a7f2-0000-7000-8000-000000000000"
    for target in ({"event_id": missing}, {"event_id": "nonsense"}, {"template_id": "nonsense"}):
        answer = house.ana.post("/api/reviews", json={"action": "confirm", "target": target})
        assert answer.status_code == 404
    assert house.ana.get(f"/api/reviews/{missing}").status_code == 404
    assert house.ana.get("/api/reviews/nonsense").status_code == 404
    assert house.ana.post(f"/api/reviews/{missing}/undo").status_code == 404
