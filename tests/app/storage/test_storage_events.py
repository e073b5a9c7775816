from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from agents.events.event import Source
from app.storage import StorageRejectedError, StoredEvent
from app.storage.clickhouse import ClickHouse
from app.storage.events import EventRepository

Make = Callable[..., StoredEvent]


def test_an_event_comes_back_as_it_went_in(clickhouse: ClickHouse, make_event: Make) -> None:
    events = EventRepository(clickhouse)
    stored = [make_event(), make_event(source=Source(), host="", format="", template_id="", fields={})]
    events.insert(stored)
    assert [events.get(event.event_id) for event in stored] == stored


@pytest.mark.parametrize("data", [b"\xff\xfe\x00caf\xe9\r\n", bytes(range(256)), b"", "日本 😀".encode()])
def test_raw_bytes_are_kept_without_loss(clickhouse: ClickHouse, make_event: Make, data: bytes) -> None:
    events = EventRepository(clickhouse)
    raw = data.decode("utf-8", "surrogateescape")
    event = make_event(raw=raw, fields={raw: raw})
    events.insert([event])
    found = events.get(event.event_id)
    assert found is not None
    assert found.raw.encode("utf-8", "surrogateescape") == data
    assert found.fields == {raw: raw}


def test_times_are_kept_in_utc_with_milliseconds(make_event: Make) -> None:
    moment = datetime(2026, 1, 1, 1, 0, 0, 999_999, timezone(timedelta(hours=2)))
    event = make_event(received_at=moment)
    assert event.received_at == datetime(2025, 12, 31, 23, 0, 0, 999_000, UTC)
    assert event.received_at.tzinfo is UTC


def test_an_event_written_twice_is_one(clickhouse: ClickHouse, make_event: Make) -> None:
    events = EventRepository(clickhouse)
    event = make_event()
    events.insert([event, make_event()])
    events.insert([event])
    assert events.count() == 2
    assert events.get(event.event_id) == event


@pytest.mark.parametrize("event_id", ["", "4624", "x' OR 1=1", "0199c3f0-0000-7000-8000-000000000000"])
def test_an_id_that_nothing_has(clickhouse: ClickHouse, event_id: str) -> None:
    assert EventRepository(clickhouse).get(event_id) is None


def test_an_id_may_be_written_in_capitals(clickhouse: ClickHouse, make_event: Make) -> None:
    event = make_event()
    EventRepository(clickhouse).insert([event])
    assert EventRepository(clickhouse).get(event.event_id.upper()) == event


def test_what_cannot_be_stored_is_refused_at_once(make_event: Make) -> None:
    with pytest.raises(StorageRejectedError, match="not a UUID"):
        make_event(event_id="4624")
    with pytest.raises(StorageRejectedError, match="no zone"):
        replace(make_event(), received_at=datetime(2026, 1, 1))


def test_json_of_an_event(make_event: Make) -> None:
    event = make_event(raw="\udcff")
    assert StoredEvent.from_json(event.to_json()) == event
