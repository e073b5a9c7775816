"""What waits for review, as the rows of the queue show it."""

from collections.abc import Callable
from pathlib import Path

from app.storage import StoredDecision, StoredEvent
from app.storage.clickhouse import ClickHouse, open_clickhouse
from app.storage.decisions import DecisionRepository
from app.storage.events import EventRepository
from app.storage.migrate import migrate, packaged_migrations
from app.storage.queue import EXCERPT, QueueFilter, QueueRepository

MakeEvent = Callable[..., StoredEvent]
MakeDecision = Callable[..., StoredDecision]
BEFORE_EVENTS = 26
"""The last version of the schema whose queue held no events."""


def test_a_row_shows_its_event_and_is_found_by_its_source(
    clickhouse: ClickHouse, make_event: MakeEvent, make_decision: MakeDecision
) -> None:
    event = make_event(raw="ä" * (EXCERPT + 1))
    EventRepository(clickhouse).insert([event])
    DecisionRepository(clickhouse).insert([make_decision(event_id=event.event_id, status="needs_review")])
    queue = QueueRepository(clickhouse)
    ((row,), place) = queue.page(QueueFilter(source="OpenSSH"), "uncertain", None, 10)
    assert (row.raw, row.raw_truncated, row.host, row.received_at) == (
        "ä" * EXCERPT, True, event.host, event.received_at,
    )  # fmt: skip
    assert place is None
    assert queue.count(QueueFilter(source="linux_secure")) == 1
    assert queue.page(QueueFilter(source="PAN-OS"), "uncertain", None, 10) == ([], None)


def test_a_decision_written_twice_waits_once(
    clickhouse: ClickHouse, make_event: MakeEvent, make_decision: MakeDecision
) -> None:
    event = make_event()
    decision = make_decision(event_id=event.event_id, status="needs_review")
    for _ in range(2):
        EventRepository(clickhouse).insert([event])
        DecisionRepository(clickhouse).insert([decision])
    rows, _ = QueueRepository(clickhouse).page(QueueFilter(), "newest", None, 10)
    assert [row.place.event_id for row in rows] == [event.event_id]


def test_an_event_that_was_taken_back_waits_again_in_whatever_order_its_versions_are_read(
    clickhouse: ClickHouse, make_event: MakeEvent, make_decision: MakeDecision
) -> None:
    event = make_event()
    EventRepository(clickhouse).insert([event])
    again = make_decision(event.event_id, 3, status="needs_review")
    for decision in (
        again,
        make_decision(event.event_id, 2, status="confirmed"),
        make_decision(event.event_id, 1, status="needs_review"),
    ):
        DecisionRepository(clickhouse).insert([decision])
    for order in ("uncertain", "newest", "oldest"):
        rows, _ = QueueRepository(clickhouse).page(QueueFilter(), order, None, 10)
        assert [row.decision_id for row in rows] == [again.decision_id], order


def test_what_waited_before_rows_had_events_gets_them(
    url: str | None, tmp_path: Path, make_event: MakeEvent, make_decision: MakeDecision
) -> None:
    clickhouse = open_clickhouse(url, tmp_path / "clickhouse")
    migrate(clickhouse, packaged_migrations()[:BEFORE_EVENTS])
    waiting, done = make_event(), make_event()
    EventRepository(clickhouse).insert([waiting, done])
    decisions = DecisionRepository(clickhouse)
    for event in (waiting, done):
        decisions.insert([make_decision(event_id=event.event_id, status="needs_review")])
    decisions.insert([make_decision(done.event_id, 2, status="confirmed")])
    migrate(clickhouse)
    queue = QueueRepository(clickhouse)
    rows, _ = queue.page(QueueFilter(source="OpenBSD"), "uncertain", None, 10)
    assert [(row.place.event_id, row.raw) for row in rows] == [(waiting.event_id, waiting.raw)]
    assert queue.count() == 1
    clickhouse.close()
