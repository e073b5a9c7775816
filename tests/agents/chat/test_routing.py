"""Questions in many words, with typos, without case and punctuation, several at once."""

from __future__ import annotations

import pytest
from chat_memory import TAXONOMY

from agents.chat.intents import load_intents
from agents.chat.names import ClassNames
from agents.chat.spelling import corrected

PHRASED = {
    "why": ["y this class?", "explain why it was classifed this way", "what's the reasoning behind this", "WHY"],
    "compare": [
        "why isnt it a process event",
        "wy not dns activty",
        "Shouldn't this be Account Change?",
        "why not 3001",
    ],
    "log": ["which feilds mattered", "where do you see that in the log", "point me to the text it is based on"],
    "sure": ["hw sure are you", "how confident r u in this", "is that certain?", "what's the probability"],
    "activity": ["wich activity is it", "why logon", "why not logoff?"],
    "class": ["what is network activity", "tell me what DNS Activity means", "define authentication"],
    "field": ["what does the atribute src_endpoint mean", "meaning of the field user"],
    "look_up": ["what is event 4625", "meaning of event id 4720?", "what does EventID 4634 stand for"],
    "guide": ["show me the guide please", "what does that guide say"],
    "similar": ["any similar events", "have we seen anything similar", "what do similar events look like"],
    "reviews": ["who has reviewed it", "was it ever overridden", "who confirmed this"],
    "template": ["how many times did this happen", "when did we first see this", "how frequent is it"],
    "week": ["what has changed this week", "whats new since last week for this source"],
    "effect": ["what happens if i override this", "how many events would an override affect"],
    "find": ["find more like this one", "search events with the same user"],
    "queue": ["open the review queue", "take me to the queue for this source"],
    "propose": ["please override this to dns", "change it to Process Activity", "it should be account change"],
    "confirm": ["confirm this", "please approve it"],
    "versions": ["how long did it take", "did it come out of the memo"],
    "help": ["help", "what can you do?"],
}


@pytest.mark.parametrize(("intent", "question"), [(i, q) for i, qs in PHRASED.items() for q in qs])
def test_many_ways_to_ask(agent, logon, intent, question):
    if question in ("why logon", "why not logoff?"):
        assert [c.tool for c in agent.router.route(question, logon, ()).calls] in (["activity"], ["why"])
        return
    assert [call.intent for call in agent.router.route(question, logon, ()).calls] == [intent]


@pytest.mark.parametrize("question", ["what is the weather", "write me a poem", "asdf qwer", "2+2"])
def test_other_questions_are_not_understood(agent, logon, question):
    assert {call.tool for call in agent.router.route(question, logon, ()).calls} <= {"beyond"}


def test_several_questions_in_one(agent, logon):
    calls = agent.router.route("Why this class, how sure is it, and which similar events are there?", logon, ()).calls
    assert [call.intent for call in calls] == ["why", "sure", "similar"]


@pytest.mark.parametrize(
    ("text", "uid"),
    [
        ("why not DNS Activity", 4003), ("why not dns", 4003), ("why not dns_activity", 4003), ("why not 4003?", 4003),
        ("override it to logn activity or authentcation", 3002), ("is it a process event", 1007),
        ("why not user access managment", 3005), ("why not the registry key activity", 201001),
    ],
)  # fmt: skip
def test_classes_are_found_in_questions(text, uid):
    assert uid in [found.ocsf_class.uid for found in ClassNames(TAXONOMY).find(text)]


@pytest.mark.parametrize(
    "text", ["what does event id 4003 mean", "which user logged on", "how long did the query take"]
)
def test_other_words_name_no_class(text):
    assert ClassNames(TAXONOMY).find(text) == []


def test_a_very_long_question_is_cut(agent, logon):
    assert agent.router.route("why? " + "a`b'c\"" * 5_000, logon, ()).calls[0].intent == "why"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("how confidant is it", "how confident is it"), ("y this class", "why this class"), ("hwo sure", "how sure"),
     ("weather in basel", "weather in basel"), ("which country is it", "which country is it")],
)  # fmt: skip
def test_typos_are_put_right_and_other_words_left(typed, meant):
    assert corrected(typed, load_intents().words) == meant
