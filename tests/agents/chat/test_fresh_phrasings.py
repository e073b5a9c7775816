"""Phrasings that no example of ``intents.yaml`` was written for, with what an analyst would expect to read."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from chat_memory import ask

from agents.chat.base import PastTurn
from agents.chat.wording import Wording, digest, packed_digest


@dataclass(frozen=True)
class Case:
    """A question about an event after others, what it asks (one of several intents), and what the answer says."""

    event: str | None
    question: str
    intents: str
    says: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    link: str = ""
    proposes: str = ""


CASES = [
    Case("odd", "what alternatives did you weigh?", "candidates", ("Authentication (3002)", "Base Event (0)")),
    Case("odd", "give me the runners-up", "candidates", ("Authentication (3002)",)),
    Case("logon", "hwo confdent was the classifer", "sure", ("99.98 %",)),
    Case("ssh", "y did it end up as Authentication?", "why", ("SSH login failed",)),
    Case("odd", "what was the gap between first and second place?", "sure", ("points behind",)),
    Case("odd", "is a human supposed to check this one?", "sure", ("needs review",)),
    Case("odd*", "what reason did she give?", "reviews", ("it is a tunnel",), ("who reviewed it?",)),
    Case("odd*", "who has had a look at it already?", "reviews", ("carol",)),
    Case(
        "odd",
        "and against the first?",
        "compare",
        ("Detection Finding (2004)", "Base Event (0)"),
        ("list the candidates", "why not the third?"),
    ),
    Case("logon", "alright, and why isn't it DNS Activity", "compare", ("not DNS Activity (4003)",)),
    Case("logon", "so why that one?", "why", ("every condition of the guide",), ("how sure is it?",)),
    Case("logon", "what is activity_name for?", "field", ("activity_name",)),
    Case(
        None,
        "what distinguishes Process Activity from Module Activity?",
        "class",
        ("Process Activity (1007)", "Module Activity (1005)"),
    ),
    Case("logon", "let me see the example or the guide behind it", "guide", ("Successful logon (4624)",)),
    Case("odd", "was any guide applied here?", "guide", ("No guide matched",)),
    Case("logon", "explain what the windows event code 4624 stands for", "look_up", ("Logon",)),
    Case("ssh", "show me other logs that look like this", "find similar", link="/search"),
    Case("logon", "I agree with it, please propose that", "propose confirm", proposes="confirm"),
    Case(
        "odd", "and what does that mean?", "class", ("Network Activity (4001) in OCSF",), ("why not Network Activity?",)
    ),
    Case(
        "logon",
        "how many of them are waiting for review?",
        "week",
        ("3 need review",),
        ("what changed since last week for this source?",),
    ),
    Case("logon", "take me to the first one", "find open similar why", link="/events/", past=("any similar events?",)),
    Case("logon", "show me what proves it", "log", ("EventID",)),
    Case(
        "logon",
        "between the two, what tipped the scales?",
        "compare",
        ("Authentication (3002)", "Account Change (3001)"),
        ("why not Account Change?",),
    ),
    Case("logon", "when has this been spotted for the first time?", "template", ("1,204",)),
    Case("logon", "tell me a story about dragons", "unknown"),
    Case("logon", "what's the capital of France?", "unknown"),
    Case("logon", "who will win the match tonight?", "unknown"),
    Case("logon", "sing something", "unknown"),
    Case("logon", "walk me through how you got to Authentication", "why", ("every condition of the guide",)),
    Case("logon", "what made the ranker go for this class", "why", ("every condition of the guide",)),
    Case("odd", "would Network Activity have been possible as well?", "compare", ("not Network Activity (4001)",)),
    Case("odd", "what did the second candidate have going for it", "compare", ("Authentication (3002): probability",)),
    Case("logon", "which words in the raw event gave it away", "log", ("EventID",)),
    Case("logon", "are we talking 50 percent or 99 percent here", "sure", ("99.98 %",)),
    Case("odd", "should i double check this", "sure", ("needs review",)),
    Case("logon", "what does the activity number mean", "activity", ("Logon (1)",)),
    Case("logon", "is there an OCSF definition for Authentication", "class", ("Authentication (3002) in OCSF",)),
    Case("logon", "does IpAddress have a meaning in the log?", "field value look_up", ("203.0.113.9",)),
    Case("logon", "which account was it", "value", ("alice",)),
    Case("ssh", "what actually happened on the machine", "meaning", ("SSH login failed",)),
    Case("logon", "4624, what is that", "look_up", ("Successful logon (4624)",)),
    Case("logon", "bring up the documentation of the rule that matched", "guide", ("Successful logon (4624)",)),
    Case("logon", "did others see something comparable?", "similar", ("2 similar events",)),
    Case("odd*", "has any colleague dealt with this already", "reviews", ("carol",)),
    Case("logon", "is that an everyday thing or something rare", "template", ("1,204",)),
    Case("logon", "did the volume from this source go up", "week", ("120 events",)),
    Case("logon", "suppose i change it, which events get touched", "effect", ("12 past events",)),
    Case("logon", "pull up everything from this ip", "find", link="/search"),
    Case("logon", "where can i see what is still to be reviewed", "queue", link="/queue"),
    Case("odd", "put this down as DNS Activity please", "propose", ("DNS Activity (4003)",), proposes="override"),
    Case("logon", "fine by me, mark it confirmed", "confirm propose", proposes="confirm"),
    Case("logon", "which build of the model answered", "versions", ("linear@",)),
    Case("logon", "what sort of things can you tell me", "help", ("Why this class",)),
    Case("logon", "tell me a joke", "unknown"),
    Case("logon", "can you order me a pizza", "unknown"),
    Case("logon", "is the ceo on vacation", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.question)
def test_fresh_phrasing(understanding, data, decided, overridden, case):
    if case.event == "odd":
        data.events[overridden.event_id] = decided["odd"]
        data.made.clear()
        data.versions.clear()
    event = decided[case.event.rstrip("*")] if case.event else None
    past = []
    for earlier in case.past:
        told = ask(understanding, data, earlier, event, list(past))
        past.append(PastTurn(earlier, told.text, told.answered.mentioned))
    told = ask(understanding, data, case.question, event, past)
    assert set(told.answered.intents) <= set(case.intents.split()), told.text
    for text in case.says:
        assert text in told.text
    if case.intents == "unknown":
        assert not told.answered.known
        assert told.text.startswith("Not known")
    if case.link:
        urls = [link.url for link in told.answered.links]
        assert any(url.startswith(case.link) for url in urls), urls
    proposed = told.answered.proposal.kind if told.answered.proposal else ""
    assert proposed == case.proposes


def test_weights_of_the_wording_are_fitted_on_what_ships():
    # After a change of phrasings.jsonl or intents.yaml: python scripts/train_chat_wording.py
    assert packed_digest() == digest()


QUESTIONS = [
    ("sure", "what are the odds you got that wrong"),
    ("template", "is that a daily thing or a one-off"),
    ("order", "shut the account of that user down for me"),
    ("beyond", "which country does that address sit in"),
    ("guide", "where is that written down in the catalog"),
    ("effect", "what else gets dragged along if i make it dns"),
]


@pytest.mark.parametrize(("intent", "question"), QUESTIONS)
def test_wording_that_nobody_wrote_down(understanding, intent, question):
    likely = understanding.router.wording.likely(question)
    assert max(likely, key=likely.get) == intent
    assert sum(likely.values()) == pytest.approx(1.0, abs=1e-3)


def test_words_alone_tell_where_there_is_no_embedder():
    likely = Wording().likely("how sure are you about that")
    assert max(likely, key=likely.get) == "sure"
    assert Wording().likely("") == Wording().likely("xyzzy")


def test_without_an_embedder_words_alone_tell(agent, data, logon):
    assert ask(agent, data, "how sure is it?", logon).answered.intents == ("sure",)
