"""A list is gone on with, and its end is told; nothing else is answered where an item is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chat_memory import CHUNKS, ask, classified

from agents.chat.base import PastTurn


@pytest.fixture
def many(data, logon, ssh):
    """Nine events that resemble the logon, the likeliest first."""
    copies = [data.add(classified(ssh.raw.replace("root", f"user{n}"))) for n in range(9)]
    data.neighbours[logon.event_id] = [(event, 0.9 - n / 20, "") for n, event in enumerate(copies)]
    return copies


@pytest.mark.parametrize("more", ["Next ones?", "can i get the remaining events plz", "any further ones", "others?"])
def test_list_goes_on_where_it_stopped(talk, many, logon, more):
    say = talk(logon)
    assert "`" in say("do we have similar events?").text
    told = say(more)
    assert "Of 9 events by likeness, numbers 6 to 9 follow" in told.text
    assert [c.citation.event_id for c in told.answered.citations][1:] == [e.event_id for e in many[5:]]
    assert "The list has ended: there are 9 events by likeness" in say(more).text


def test_order_of_what_was_told_stays(talk, data, many, logon):
    say = talk(logon)
    say("similar events please")
    data.neighbours[logon.event_id].reverse()
    told = say("go on")
    assert {c.citation.event_id for c in told.answered.citations[1:]} == {e.event_id for e in many[5:]}


@pytest.mark.parametrize("asked", ["and the tenth?", "the 14th one", "who reviewed the eleventh?", "No. 12?"])
def test_item_that_is_not_there_is_not_made_up(talk, many, logon, asked):
    say = talk(logon)
    say("list similar events")
    told = say(asked)
    assert told.text.startswith("There is no ")
    assert "there are 9." in told.text
    assert not told.answered.known
    assert told.answered.citations


def test_item_beyond_what_was_told_is_shown(talk, many, logon):
    say = talk(logon)
    say("list similar events")
    told = say("show me the seventh")
    assert "Number 7 of 9 events by likeness is this" in told.text
    assert told.answered.citations[-1].citation.event_id == many[6].event_id


@pytest.mark.parametrize("asked", ["why is it not the ninth candidate?", "teh twelfth?", "number 15"])
def test_candidates_end(talk, odd, asked):
    number = len(odd.decision["candidates"])
    say = talk(odd)
    say("which candidates did it weigh?")
    told = say(asked)
    assert "There is no " in told.text
    assert f"there are {number}." in told.text


def test_next_after_an_event_of_a_list_is_the_one_after_it(talk, many, logon):
    say = talk(logon)
    say("similar events?")
    say("why was the second one decided so?")
    assert "user2" in say("next").text


def test_who_else_is_about_the_reviews(talk, overridden):
    say = talk(overridden)
    say("who was it reviewed by?")
    told = say("anybody else?")
    assert "there is 1 review" in told.text
    say = talk(overridden)
    say("how sure is it?")
    assert "The list has ended" not in say("why else?").text


@pytest.mark.parametrize(
    "asked",
    ["can you tell me more about this class", "explain it more", "any further reviews?", "what else did he say?"],
)
def test_question_of_its_own_is_no_more_of_a_list(talk, many, logon, asked):
    say = talk(logon)
    say("similar events?")
    assert "events by likeness" not in say(asked).text


def test_days_of_a_month_are_no_places(talk, many, logon):
    say = talk(logon)
    say("similar events?")
    assert "There is no" not in say("what happened on the 12th of november?").text


def test_guides_of_a_look_up_go_on(agent, data, logon):
    guides = [c for c in CHUNKS.values() if c.chunk_id.startswith("guide:")][:6]
    for number, guide in enumerate(guides):
        named = replace(guide, chunk_id=f"{guide.chunk_id}:{number}", title=f"Zork {number}", tokens=("code0777",))
        data.extra_chunks[named.chunk_id] = named
    past = [PastTurn("what does 777 mean", "…", {
        "open": logon.event_id, "event_id": logon.event_id, "intent": "look_up", "listed": "guides",
        "guides": list(data.extra_chunks), "list": {"kind": "guides", "shown": 4},
    })]  # fmt: skip
    told = ask(agent, data, "the rest", logon, past)
    assert "`Zork 4`" in told.text
    assert "`Zork 5`" in told.text


def test_memory_that_is_no_list_is_no_list(agent, data, logon):
    for kept in ({"kind": "secrets", "shown": 1}, {"kind": "similar"}, "similar", {"kind": 3, "shown": "x"}):
        past = [PastTurn("x", "y", {"open": logon.event_id, "event_id": logon.event_id, "list": kept})]
        assert ask(agent, data, "more", logon, past).answered.content
