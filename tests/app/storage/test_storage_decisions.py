from collections.abc import Callable
from typing import Any

import pytest

from app.storage import StorageRejectedError, StoredDecision
from app.storage.clickhouse import ClickHouse
from app.storage.decisions import DecisionRepository

Make = Callable[..., StoredDecision]


def test_a_decision_comes_back_as_it_was_answered(
    clickhouse: ClickHouse, make_document: Callable[..., dict[str, Any]]
) -> None:
    document = make_document(rationale="odd \udcff ✓ \x00", degraded=["model"], extra={"later": [1, None, 2.5]})
    decision = StoredDecision.from_document(document)
    decisions = DecisionRepository(clickhouse)
    decisions.insert([decision])
    found = decisions.get(decision.decision_id)
    assert found == decision
    assert found.document == document


def test_the_columns_are_those_of_the_document(clickhouse: ClickHouse, make_decision: Make) -> None:
    DecisionRepository(clickhouse).insert([make_decision(degraded=["model", "knowledge"])])
    (row,) = clickhouse.rows("SELECT * FROM decisions")
    assert (row["class_uid"], row["class_name"], row["type_uid"]) == (3002, "Authentication", 300201)
    assert (row["confidence"], row["status"], row["degraded"]) == (0.97, "auto", ["model", "knowledge"])
    assert (row["prompt_version"], row["latency_ms"]) == ("rerank@1", 11.0)
    assert row["stage_ms"] == {"parse": 0.1, "retrieve": 9.2}


def test_every_version_is_kept_and_the_last_holds(clickhouse: ClickHouse, make_decision: Make) -> None:
    decisions = DecisionRepository(clickhouse)
    first = make_decision(status="needs_review")
    third = make_decision(first.event_id, 3, status="overridden", decided_by="analyst")
    second = make_decision(first.event_id, 2, status="confirmed")
    decisions.insert([first, make_decision()])
    decisions.insert([third])
    decisions.insert([second])
    assert decisions.of_event(first.event_id) == [first, second, third]
    assert decisions.latest_of_event(first.event_id) == third
    assert decisions.count_by_status() == {"auto": 1, "overridden": 1}


def test_a_decision_written_twice_is_one(clickhouse: ClickHouse, make_decision: Make) -> None:
    decisions = DecisionRepository(clickhouse)
    decision = make_decision(status="needs_review")
    decisions.insert([decision])
    decisions.insert([decision])
    assert decisions.of_event(decision.event_id) == [decision]
    assert decisions.count_by_status() == {"needs_review": 1}
    assert decisions.latest_with_status("needs_review", 10) == [decision]


def test_what_wants_review_comes_least_certain_first(clickhouse: ClickHouse, make_decision: Make) -> None:
    decisions = DecisionRepository(clickhouse)
    unsure = [make_decision(status="needs_review", confidence=c) for c in (0.4, 0.2, 0.3)]
    settled = make_decision(unsure[1].event_id, 2, status="confirmed", confidence=1)
    decisions.insert([*unsure, make_decision()])
    decisions.insert([settled])
    assert decisions.latest_with_status("needs_review", 10) == [unsure[2], unsure[0]]
    assert decisions.latest_with_status("needs_review", 1) == [unsure[2]]


@pytest.mark.parametrize("text", ["", "nonsense", "019a0c11-7c2d-7a4e-9d3f-5b1e0c8a2f64"])
def test_ids_that_nothing_has(clickhouse: ClickHouse, text: str) -> None:
    decisions = DecisionRepository(clickhouse)
    assert decisions.get(text) is None
    assert decisions.of_event(text) == []
    assert decisions.latest_of_event(text) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"class_uid": -1}, {"class_uid": 2**32}, {"class_uid": None}, {"event_id": "1"}, {"decided_at": "yesterday"},
        {"decided_at": "2026-03-01T12:30:45"}, {"confidence": "high"}, {"latency_ms": {"total": "long"}},
        {"versions": "v1"},
    ],
)  # fmt: skip
def test_a_malformed_document_is_refused(
    make_document: Callable[..., dict[str, Any]], changes: dict[str, object]
) -> None:
    with pytest.raises(StorageRejectedError):
        StoredDecision.from_document(make_document() | changes)


def test_a_document_that_lacks_something_is_refused(make_document: Callable[..., dict[str, Any]]) -> None:
    document = make_document()
    del document["class_uid"]
    with pytest.raises(StorageRejectedError, match="class_uid"):
        StoredDecision.from_document(document)
