"""A search is narrowed, widened and changed by a few words; the answer and the link name every condition in force."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from chat_memory import ask

from agents.chat.base import PastTurn
from app.search.parser import parse_query


def query(told):
    """What the answer's link searches for, which the search box has to understand."""
    found = parse_qs(urlsplit(told.answered.links[0].url).query)["q"][0]
    parse_query(found)
    return found


@pytest.mark.parametrize(
    ("asked", "term", "words"),
    [
        ("restrict that to the past 14 days", "received:>now-14d", "received in the last 14 days"),
        ("only unreviewed ones pls", "(status:auto OR status:needs_review)", "that nobody has reviewed"),
        ("those still needing review", "status:needs_review", "that need review"),
        ("ok, only refused ones", "(deny OR denied", "with `deny`, `denied`"),
        ("leave out bob", '-"bob"', "without the text `bob`"),
        ("but not from 198.51.100.4", '-"198.51.100.4"', "without the text `198.51.100.4`"),
        ("excluding the overridden", "-status:overridden", "except those whose decision was overridden"),
        ("jsut the confirmed ones", "status:confirmed", "whose decision was confirmed"),
        ("older than 2 weeks", "received:<now-14d", "received before the last 14 days"),
        ("I would want only these of Process Activity", "class:1007", "of Process Activity (1007)"),
    ],
)
def test_one_condition_is_added_to_what_was_asked(talk, logon, asked, term, words):
    say = talk(logon)
    say("search for others from 203.0.113.9")
    told = say(asked)
    assert query(told).startswith("EventData.IpAddress:203.0.113.9 ")
    assert term in query(told)
    assert "`EventData.IpAddress` = `203.0.113.9`" in told.text
    assert words in told.text
    assert told.answered.citations


@pytest.mark.parametrize("asked", ["the same for 192.0.2.77", "and 192.0.2.77?", "192.0.2.77 instead please"])
def test_value_takes_the_place_of_its_like(talk, logon, asked):
    say = talk(logon)
    say("search for others from 203.0.113.9")
    say("not older than a week")
    say("only the last 3 days")
    assert query(say(asked)) == "EventData.IpAddress:192.0.2.77 received:>now-3d"


def test_conditions_pile_up_and_go(talk, logon):
    say = talk(logon)
    say("find events like this one")
    template = f"template:{logon.decision['template_id']}"
    assert query(say("only this host")) == f"{template} Computer:dc1"
    assert query(say("without user mallory")) == f"{template} Computer:dc1 -EventData.TargetUserName:mallory"
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    assert query(say("and only of yesterday")).endswith(f"mallory received:{yesterday}")
    assert query(say("at any time")) == f"{template} Computer:dc1 -EventData.TargetUserName:mallory"
    assert query(say("drop the host condition")) == f"{template} -EventData.TargetUserName:mallory"
    assert "had no condition on the time" in say("remove the time limit").text


def test_values_stand_beside_each_other(talk, logon):
    say = talk(logon)
    say("find more of user alice")
    assert query(say("also trudy")) == "(EventData.TargetUserName:alice OR EventData.TargetUserName:trudy)"


def test_value_of_another_field_stands_beside(talk, logon):
    say = talk(logon)
    say("find events of user alice")
    assert query(say("and dc1")) == "EventData.TargetUserName:alice Computer:dc1"
    assert query(say("same for mallory, but only rejected ones")).startswith("EventData.TargetUserName:mallory ")
    say("search for others from 203.0.113.9")
    say("not user alice")
    assert query(say("without any ip filter")) == "-EventData.TargetUserName:alice"


def test_several_conditions_at_once(talk, logon):
    told = talk(logon)("find events like this from this host of the last 2 days")
    assert query(told) == f"template:{logon.decision['template_id']} Computer:dc1 received:>now-2d"


def test_word_before_a_field_is_not_its_value(talk, logon):
    assert query(talk(logon)("show me everything on that flaky host")) == "Computer:dc1"


def test_other_host_is_not_made_up(talk, logon):
    say = talk(logon)
    say("find events from this host")
    told = say("and on the other host?")
    assert told.text.startswith("Not known which other `host` is meant")
    assert query(say("only today")).startswith("Computer:dc1 received:")


def test_question_of_its_own_is_no_condition(talk, logon):
    say = talk(logon)
    say("find events from this host")
    assert say("what changed since last week?").answered.intents == ("week",)
    say("find events from this host")
    assert say("how often was it seen last week?").answered.intents != ("find",)
    say("find events from this host")
    assert say("why not DNS Activity?").answered.intents == ("compare",)


def test_after_another_question_the_search_is_narrowed_where_that_is_said(talk, logon):
    say = talk(logon)
    say("find events from this host")
    say("how sure is it?")
    assert "Search finds" not in say("yesterday").text
    assert query(say("only the confirmed ones")) == "Computer:dc1 status:confirmed"


@pytest.mark.parametrize(
    "kept",
    [
        "template:1 OR *",
        [{"kind": "class", "name": "", "values": ["x"], "excluded": False}],
        [{"kind": "status", "values": ["secret"]}],
        [{"kind": "shell", "values": ["rm"]}],
        [7],
    ],
)
def test_memory_that_is_no_search_is_not_searched_by(agent, data, logon, kept):
    past = [PastTurn("x", "y", {"open": logon.event_id, "event_id": logon.event_id, "intent": "find", "search": kept})]
    told = ask(agent, data, "only today", logon, past)
    assert not told.answered.links
