"""The live feed: told as it happens, resumed after a break, bounded."""

from __future__ import annotations

import json

import pytest
from reviews_support import basket

from app import live
from app.errors import ApiError
from app.live import LiveFeed


def feed(**settings):
    return LiveFeed(
        **{"connections": 2, "queue_total": lambda: 7, "degraded": lambda: ["model"], "start_at": 0} | settings
    )


def read(message):
    fields = dict(line.split(": ", 1) for line in message.decode().strip().splitlines())
    return fields.get("event"), int(fields["id"]), json.loads(fields["data"])


def test_a_reader_gets_a_greeting_and_what_happens_after_it():
    news = feed()
    news.tell("review", {"n": 1})
    reader = news.follow()
    assert read(next(reader)) == ("hello", 1, {"seq": 1, "resumed": False})
    news.tell("review", {"n": 2, "comment": "line\nbreak"})
    assert read(next(reader)) == ("review", 2, {"n": 2, "comment": "line\nbreak"})


def test_a_reader_that_comes_back_misses_nothing():
    news = feed()
    for n in range(1, 5):
        news.tell("review", {"n": n})
    reader = news.follow(2)
    assert read(next(reader)) == ("hello", 2, {"seq": 2, "resumed": True})
    assert b"id: 3\n" in (rest := next(reader))
    assert b"id: 4\n" in rest


@pytest.mark.parametrize("last_seen", [99, 0])
def test_a_reader_of_what_is_no_longer_known_is_told(monkeypatch, last_seen):
    monkeypatch.setattr(live, "KEPT", 3)
    news = feed()
    for n in range(6):
        news.tell("review", {"n": n})
    assert read(next(news.follow(last_seen)))[2]["resumed"] is False


def test_a_slow_reader_is_dropped_and_its_place_is_free(monkeypatch):
    monkeypatch.setattr(live, "KEPT", 3)
    news = feed()
    reader = news.follow()
    next(reader)
    for n in range(6):
        news.tell("review", {"n": n})
    assert list(reader) == []
    assert news.readers == 0


def test_silence_is_filled_and_an_ended_session_ends_the_stream(monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.01)
    news = feed()
    signed_in = [True]
    reader = news.follow(None, lambda: signed_in[0])
    next(reader)
    assert next(reader).startswith(b": ")
    signed_in[0] = False
    assert list(reader) == []


def test_one_reader_too_many_is_refused_until_one_leaves():
    news = feed()
    readers = [news.follow(), news.follow()]
    with pytest.raises(ApiError) as refused:
        news.follow()
    assert (refused.value.code, refused.value.status) == ("too_many", 503)
    readers[0].close()
    readers[0].close()
    news.follow()


def test_decisions_of_a_second_are_told_together():
    news = feed()
    reader = news.follow()
    next(reader)
    news.decided(5, 2)
    news.decided(1, 0)
    news.gather()
    text = next(reader).decode()
    assert '{"count":6,"needs_review":2}' in text
    assert 'event: queue\ndata: {"total":7}' in text
    assert 'event: parts\ndata: {"degraded":["model"]}' in text
    news.gather()
    assert news.follow(4) is not None, "nothing new was told"


def test_reviews_and_decisions_reach_a_page(house):
    answer = house.ana.get("/api/live", buffered=False)
    assert answer.content_type.startswith("text/event-stream")
    stream = answer.response
    assert b"event: hello" in next(stream)
    decision = house.event(basket())
    house.settle()
    house.live.gather()
    assert b"event: decisions" in next(stream)
    house.review(decision)
    assert house.work()
    text = next(stream).decode()
    assert "event: review\n" in text
    assert "event: review_progress\n" in text
    answer.close()
    assert house.live.readers == 0


@pytest.mark.parametrize("again", [{"headers": {"Last-Event-ID": "2"}}, {"query_string": {"last_event_id": "2"}}])
def test_a_page_resumes_by_header_or_parameter(house, again):
    for n in range(1, 5):
        house.live.tell("queue", {"total": n})
    answer = house.ana.get("/api/live", buffered=False, **again)
    assert b'"resumed":true' in next(answer.response)
    assert next(answer.response).count(b"event: queue") == 2
    answer.close()


def test_too_many_pages_are_told_to_poll(house):
    open_pages = [house.ana.get("/api/live", buffered=False) for _ in range(3)]
    refused = house.ana.get("/api/live")
    assert (refused.status_code, refused.json["error"]["code"]) == (503, "too_many")
    for page in open_pages:
        page.close()
    assert house.ana.get("/api/live", buffered=False).status_code == 200
