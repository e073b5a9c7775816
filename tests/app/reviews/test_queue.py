"""The queue over HTTP: what waits, least certain first, page by page."""

from __future__ import annotations

import pytest
import uuid_utils
from reviews_support import API, basket

from agents.events.event import Source


@pytest.fixture
def waiting(house):
    """Events that wait, of six kinds and two products."""
    made = [
        house.event(basket(f"u{n}", kind), Source("Acme", product))
        for kind, product in (("opened", "shop"), ("paid", "shop"), ("left", "till"), ("seen", "till"))
        for n in range(2)
    ]
    house.settle()
    assert {decision["status"] for decision in made} == {"needs_review"}
    return made


def pages(client, query=""):
    items, cursor = [], ""
    while True:
        page = client.get(f"/api/queue?limit=3{query}{cursor}").json
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = f"&cursor={page['next_cursor']}"


def margin(decision):
    return decision["candidates"][0]["probability"] - decision["candidates"][1]["probability"]


def test_least_certain_first_every_event_once(house, waiting):
    items = pages(house.ana)
    assert sorted(item["event_id"] for item in items) == sorted(d["event_id"] for d in waiting)
    order = [(item["margin"], item["confidence"]) for item in items]
    assert order == sorted(order)
    by_id = {decision["event_id"]: decision for decision in waiting}
    first = items[0]
    seen = by_id[first["event_id"]]
    assert first["margin"] == pytest.approx(margin(seen))
    assert (first["decision_id"], first["class_uid"]) == (seen["decision_id"], seen["class_uid"])
    assert (first["template_count"], first["vendor"]) == (2, "Acme")
    assert [c["class_uid"] for c in first["candidates"]] == [c["class_uid"] for c in seen["candidates"]]


@pytest.mark.parametrize(("order", "falling"), [("newest", True), ("oldest", False)])
def test_by_time(house, waiting, order, falling):
    times = [item["received_at"] for item in pages(house.ana, f"&order={order}")]
    assert len(times) == len(waiting)
    assert times == sorted(times, reverse=falling)


def test_filters(house, waiting):
    assert {item["product"] for item in pages(house.ana, "&source=till")} == {"till"}
    template = waiting[0]["template_id"]
    assert len(pages(house.ana, f"&template_id={template}")) == 2
    uid = waiting[0]["class_uid"]
    assert {item["class_uid"] for item in pages(house.ana, f"&class_uid={uid}")} == {uid}
    assert pages(house.ana, "&class_uid=4001") == []
    assert pages(house.ana, "&older_than_s=3600") == []
    assert len(pages(house.ana, "&older_than_s=0")) == len(waiting)


def test_what_is_reviewed_leaves_at_once_and_comes_back_with_undo(house, waiting):
    review = house.review(waiting[0]).json
    queue = house.ana.get("/api/queue").json
    assert (queue["total"], queue["reviewed_today"]) == (7, 1)
    assert house.work()
    queue = house.ana.get("/api/queue").json
    assert queue["total"] == 6
    assert waiting[0]["template_id"] not in {item["template_id"] for item in queue["items"]}
    reviewed = house.ana.get("/api/queue?reviewer=token:ana").json
    assert [(i["event_id"], i["class_uid"]) for i in reviewed["items"]] == [(waiting[0]["event_id"], API)]
    house.undo(review)
    assert house.work()
    queue = house.ana.get("/api/queue").json
    assert (queue["total"], queue["reviewed_today"]) == (8, 0)


def test_a_long_log_is_cut_and_hostile_text_stays_text(house):
    raw = basket(kind="<script>alert(1)</script>\u202e\x1b[31m", more="x" * 5000)
    house.event(raw)
    house.settle()
    item = house.ana.get("/api/queue").json["items"][0]
    assert item["raw_truncated"] is True
    assert item["raw"] == raw[:2000]


def test_what_the_list_did_not_give_or_does_not_know_is_refused(house):
    for cursor in ("bm9uc2Vuc2U", "!!", str(uuid_utils.uuid7())):
        assert house.ana.get(f"/api/queue?cursor={cursor}").status_code == 400
    for query in ("order=best", "limit=0", "class_uid=x", "unknown=1", "older_than_s=-1"):
        assert house.ana.get(f"/api/queue?{query}").status_code == 400
