"""Events that the classifier really decided, and an agent that composes its answers."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from chat_memory import NOW, TAXONOMY, MemoryData, ask, classified, with_review

from agents.chat import ChatAgent
from agents.chat.base import PastTurn, SourceWeek, TemplateHistory
from agents.knowledge.embedding import LlamaCppEmbedder
from models import DEFAULT_EMBEDDING_MODEL, WEIGHTS_DIR
from models.prepare import prepare

LOGON = (
    '{"EventID":4624,"Channel":"Security","Computer":"dc1","EventData":'
    '{"TargetUserName":"alice","LogonType":3,"IpAddress":"203.0.113.9"}}'
)
SSH = "Nov 23 05:20:29 gate sshd[123]: Failed password for root from 203.0.113.9 port 22 ssh2"
ODD = "something odd happened in the frobnicator 42"


@pytest.fixture(scope="session")
def decided():
    """The events, by name; decisions are not changed by questions, so they are made once."""
    return {
        "logon": classified(LOGON, "Microsoft", "Windows"),
        "ssh": classified(SSH),
        "odd": classified(ODD),
    }


@pytest.fixture
def data(decided):
    found = MemoryData(affected=12)
    for event in decided.values():
        found.add(event)
    logon = decided["logon"]
    template_id = logon.decision["template_id"]
    found.templates[template_id] = TemplateHistory(
        template_id, 1204, NOW - timedelta(days=30), NOW, {"Authentication": 1200, "Account Change": 4}
    )
    found.neighbours[logon.event_id] = [(decided["ssh"], 0.83, "bob"), (decided["odd"], 0.4, "")]
    found.weeks["Microsoft", "Windows"] = SourceWeek(
        "Microsoft", "Windows", 120, 100, {"Authentication": 90, "Process Activity": 30}, {"Authentication": 100},
        3, 1, 2, 0, 4,
    )  # fmt: skip
    return found


@pytest.fixture
def logon(decided):
    return decided["logon"]


@pytest.fixture
def ssh(decided):
    return decided["ssh"]


@pytest.fixture
def odd(decided):
    return decided["odd"]


@pytest.fixture
def overridden(data, odd):
    """The odd event after an override, with the review that made it."""
    after, review = with_review(odd, 4014, "carol")
    data.events[odd.event_id] = after
    data.versions[odd.event_id] = [after, odd]
    data.made[odd.event_id] = [review]
    return after


@pytest.fixture(scope="session")
def agent():
    return ChatAgent(TAXONOMY, phrasing="template")


@pytest.fixture(scope="session")
def understanding():
    """An agent as the default install has it, which compares questions by meaning as well."""
    embedder = LlamaCppEmbedder(prepare(DEFAULT_EMBEDDING_MODEL, WEIGHTS_DIR), threads=1)
    yield ChatAgent(TAXONOMY, phrasing="template", embedder=embedder)
    embedder.close()


@pytest.fixture
def talk(agent, data):
    """A conversation about one event: each call asks with everything that was said before."""

    def begin(event):
        past = []

        def say(question):
            told = ask(agent, data, question, event, list(past))
            past.append(PastTurn(question, told.text, told.answered.mentioned))
            return told

        return say

    return begin
