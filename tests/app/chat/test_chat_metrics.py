"""What operators see of the chat in the metrics."""

from __future__ import annotations

import pytest
from chat_support import ChatServer
from prometheus_client.parser import text_string_to_metric_families

CHAT = "logatlas_chat_"
LABELS = ("status", "composed", "code")


@pytest.fixture
def grown(server: ChatServer):
    """Says how much figures of the chat have grown since the test began."""

    def figures() -> dict[tuple[str, ...], float]:
        with server.client() as client:
            families = text_string_to_metric_families(client.get("/metrics").text)
            samples = [sample for family in families for sample in family.samples]
        return {
            (s.name.removeprefix(CHAT), *(s.labels[label] for label in LABELS if label in s.labels)): s.value
            for s in samples
            if s.name.startswith(CHAT) and not s.name.endswith(("_bucket", "_created"))
        }

    before = figures()

    def grown() -> dict[tuple[str, ...], float]:
        return {key: value - before.get(key, 0.0) for key, value in figures().items()}

    return grown


def test_turns_are_counted_by_how_they_ended_and_timed(ana, grown):
    with ana.talk() as talk:
        assert talk.answer("words 3")["status"] == "done"
        talk.ask("hold")
        talk.until("token")
        talk.send("stop")
        assert talk.until("done")[-1]["turn"]["status"] == "stopped"
        talk.ask("fail")
        assert talk.until("done")[-1]["turn"]["status"] == "failed"
    figures = grown()
    assert [figures["turns_total", status, "template"] for status in ("done", "stopped")] == [1, 1]
    assert sum(n for key, n in figures.items() if key[:2] == ("turns_total", "failed")) == 1
    assert (figures["answer_seconds_count",], figures["first_token_seconds_count",]) == (3, 2)
    # Three words come 20 ms apart, and nothing here takes half a minute.
    assert 0.06 <= figures["answer_seconds_sum",] < 30
    assert 0 < figures["first_token_seconds_sum",] < figures["answer_seconds_sum",]


def test_sentences_that_were_not_told_are_counted(ana, grown):
    with ana.talk() as talk:
        talk.answer("drop 4")
    assert grown()["dropped_sentences_total",] == 4


def test_refused_messages_are_counted_by_code(ana, grown):
    with ana.talk() as talk:
        talk.ws.send("no JSON")
        assert talk.next()["code"] == "bad_message"
        talk.send("feedback", turn=7, rating="up")
        assert talk.next()["code"] == "no_answer"
    figures = grown()
    assert (figures["refused_messages_total", "bad_message"], figures["refused_messages_total", "no_answer"]) == (1, 1)


def test_open_sockets_are_counted(ana, grown):
    with ana.talk(), ana.talk():
        assert grown()["sockets",] == 2
