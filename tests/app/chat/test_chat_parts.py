"""The parts of the chat that need no server: the line, the ring of messages, rates, settings of the model."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from agents.knowledge.base import Chunk, Kind
from agents.knowledge.trieve_chunk import to_payload
from app.chat.limits import Rate
from app.chat.line import Line
from app.chat.parts import chat_settings
from app.chat.protocol import Done, FeedbackTaken, Token, TurnOut, TurnStarted
from app.chat.shown import title_of, turns_out
from app.chat.transcript import KEPT, Transcript
from app.settings import Settings


@dataclass(eq=False)
class Waits:
    user: str
    conversation_id: str


def test_people_take_turns_and_a_conversation_is_answered_once_at_a_time():
    line = Line(10)
    a1, a2, a3 = Waits("a", "1"), Waits("a", "1"), Waits("a", "2")
    b1 = Waits("b", "3")
    for item in (a1, a2, a3, b1):
        assert line.add(item)
    assert line.places() == [a1, b1, a2, a3]
    assert line.take() is a1
    # The second question of the busy conversation waits; the other conversation of the same person need not.
    assert line.take() is b1
    assert line.take() is a3
    line.done(a1)
    assert line.take() is a2


def test_taking_a_question_out_does_not_cost_its_owner_the_place():
    line = Line(10)
    a1, a2, b1 = Waits("a", "1"), Waits("a", "2"), Waits("b", "3")
    for item in (a1, a2, b1):
        line.add(item)
    assert line.remove(a1)
    assert not line.remove(a1)
    assert line.places() == [a2, b1]


def test_a_full_line_takes_nobody():
    line = Line(1)
    assert line.add(Waits("a", "1"))
    assert not line.add(Waits("b", "2"))


def turn(number=1, **values) -> TurnOut:
    return TurnOut(
        turn=number, key="12345678", question="why", asked_at="2026-01-01T00:00:00.000Z", asked_by="ana",
        status="queued", **values,
    )  # fmt: skip


def test_the_turns_after_any_kept_message_follow_from_the_messages():
    transcript = Transcript([], 100)
    transcript.tell(TurnStarted, turn=turn())
    for n in range(5):
        transcript.tell(Token, turn=1, text=f"{n}")
    transcript.tell(Done, turn=turn(content="01234"))
    transcript.tell(FeedbackTaken, turn=1, rating="up", note="")
    assert [t.content for t in transcript.turns(103)] == ["01"]
    assert len(transcript.since(103)) == 5
    assert transcript.turns(100) == []
    assert (transcript.turns()[0].rating, transcript.turns(107)[0].rating) == ("up", None)


def test_what_falls_out_of_the_ring_stays_in_the_turns():
    transcript = Transcript([], 0)
    transcript.tell(TurnStarted, turn=turn())
    for _ in range(KEPT + 50):
        transcript.tell(Token, turn=1, text="x")
    assert not transcript.kept(20)
    assert transcript.kept(60)
    assert transcript.turns(60)[0].content == "x" * 59
    assert transcript.turns()[0].content == "x" * (KEPT + 50)


def test_a_rate_opens_again_after_a_minute():
    now = [0.0]
    rate = Rate(2, lambda: now[0])
    assert [rate.take("a"), rate.take("a"), rate.take("b")] == [0, 0, 0]
    now[0] = 20
    assert rate.take("a") == 40
    now[0] = 60
    assert rate.take("a") == 0


def test_a_title_is_the_first_words_of_the_question():
    assert title_of("why\n  this?") == "why this?"
    assert len(title_of("word " * 100)) == 80
    assert turns_out([]) == []


def test_the_chat_uses_the_classifiers_model_unless_told_otherwise_and_leaks_no_key():
    plain = Settings(_env_file=None)
    assert chat_settings(plain) is plain
    shared = {"llm_url": "http://classifier", "llm_api_key": SecretStr("of the classifier")}
    other = chat_settings(Settings(_env_file=None, **shared, chat_llm_url="http://other"))
    assert (other.llm, other.llm_url, other.llm_api_key) == ("openai_api", "http://other", None)
    same = chat_settings(Settings(_env_file=None, **shared, chat_llm_model="larger"))
    assert (same.llm_model, same.llm_api_key) == ("larger", shared["llm_api_key"])


def test_in_trieve_a_turn_lies_in_the_group_of_its_conversation():
    chunk = Chunk("transcript:c:1:user", Kind.TRANSCRIPT, "t", "t", "1.8.0", metadata={"conversation_id": "c"})
    assert to_payload(chunk)["group_tracking_ids"] == ["c"]
    guide = Chunk("guide:x", Kind.GUIDE, "t", "t", "1.8.0", metadata={"conversation_id": "c"})
    assert "group_tracking_ids" not in to_payload(guide)
