"""Questions with two halves, of which one may not be known, and questions of a word or two."""

from __future__ import annotations

import pytest
from chat_memory import ask


@pytest.mark.parametrize(
    ("question", "intent", "unknown"),
    [
        ("how certain is it and on which floor does she sit?", "sure", "on which floor does she sit"),
        ("what did he earn last year and why this class?", "why", "what did he earn last year"),
        ("Which activity is it? Does the laptop have a spare battery?", "activity", "spare battery"),
        ("which guide was it & whose birthday is it today", "guide", "whose birthday is it today"),
        ("how often was it seen, and who pays the electricity bill?", "template", "who pays the electricity bill"),
    ],
)
def test_half_that_is_not_known_is_named(understanding, data, logon, question, intent, unknown):
    told = ask(understanding, data, question, logon)
    assert told.answered.intents == (intent, "unknown")
    last = told.text.split("\n\n")[-1]
    assert last.startswith("Not known: the evidence of decisions does not hold an answer to `")
    assert unknown in last
    assert "[^" in last
    assert told.answered.known


@pytest.mark.parametrize(
    "question", ["you know what? why this class", "hey, what the hell, why this class?", "no wait. so how sure is it?"]
)
def test_turn_of_phrase_is_no_half(understanding, data, logon, question):
    assert "Not known" not in ask(understanding, data, question, logon).text


@pytest.mark.parametrize(
    ("question", "intents"),
    [
        ("activity, guide?", ("activity", "guide")),
        ("evidence / reviewers", ("log", "reviews")),
        ("which guide how sure is it", ("guide", "sure")),
        ("candidates, activity, confidence", ("candidates", "activity", "sure")),
        ("why Authentication? since when?", ("why", "template")),
    ],
)
def test_halves_need_no_and(understanding, data, logon, question, intents):
    assert ask(understanding, data, question, logon).answered.intents == intents


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("certainty?", "sure"),
        ("proof?", "log"),
        ("runner up?", "candidates"),
        ("last seen?", "template"),
        ("when last?", "template"),
        ("any reviewers?", "reviews"),
        ("source address?", "value"),
        ("guide title?", "guide"),
        ("grounds?", "why"),
        ("neighbors?", "similar"),
    ],
)
def test_telegram_is_understood(understanding, data, logon, question, intent):
    assert ask(understanding, data, question, logon).answered.intents == (intent,)


def test_activity_is_named_in_a_word(agent, data, logon):
    told = ask(agent, data, "logging on? not logoff?", logon)
    assert "Logoff (2) is another activity of Authentication, and was not chosen" in told.text
    told = ask(agent, data, "terminate? not launch?", logon)
    assert "Authentication has no activity `terminate`" in told.text
    assert "Authentication has no activity `launch`" in told.text
    assert told.text.count("The activity is Logon (1)") == 1


def test_word_that_is_no_activity_is_told_after_one(talk, logon):
    say = talk(logon)
    say("activity?")
    assert "Authentication has no activity `frobnicate`" in say("not frobnicate?").text
