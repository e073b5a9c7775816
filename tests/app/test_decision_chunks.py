"""One chunk a template, with a count, however many events there are; while the knowledge base is away they wait."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

import app.decision_chunks
from agents.classifier import Classified
from agents.classifier.decision import DecidedBy, Decision, ScoredClass, Status, Versions
from agents.events import make_template, parse
from agents.knowledge.base import Kind, KnowledgeUnavailableError
from app.decision_chunks import DecisionChunks

SSHD = "Nov  3 10:11:12 web-01 sshd[{n}]: Accepted password for user{n} from 10.1.2.{n} port 5{n} ssh2"


class MemoryKnowledge:
    def __init__(self):
        self.chunks, self.down, self.writes = {}, False, 0

    def get(self, chunk_ids):
        if self.down:
            raise KnowledgeUnavailableError("away")
        return [self.chunks[i] for i in chunk_ids if i in self.chunks]

    def upsert(self, chunks, progress=None):
        if self.down:
            raise KnowledgeUnavailableError("away")
        self.writes += 1
        self.chunks.update({c.chunk_id: c for c in chunks})


@pytest.fixture
def knowledge():
    return MemoryKnowledge()


@pytest.fixture
def chunks(knowledge):
    return DecisionChunks(knowledge, "1.8.0")


def classified(raw, n=0):
    event = parse(raw)
    decision = Decision(
        event_id=f"event-{n}", decision_id=f"decision-{n}", decided_at=datetime.now(UTC), ocsf_version="1.8.0",
        category_uid=3, category_name="IAM", class_uid=3002, class_name="Authentication", activity_id=1,
        activity_name="Logon", confidence=0.9, status=Status.AUTO, decided_by=DecidedBy.RANKER,
        template_id=make_template(event).template_id, candidates=(ScoredClass(3002, "Authentication", 1.0),),
        evidence=(), rationale="", versions=Versions("m", "p", "h", "k", "r", "t", "x"),
    )  # fmt: skip
    return Classified(event, decision)


def test_a_thousand_events_of_one_template_are_one_chunk_with_a_count(chunks, knowledge):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: chunks.note(classified(SSHD.format(n=n), n)), range(1000)))
    assert chunks.flush() == 1
    (chunk,) = knowledge.chunks.values()
    assert (chunk.kind, chunk.class_uid, chunk.activity_id) == (Kind.DECISION, 3002, 1)
    assert chunk.metadata["count"] == 1000
    assert chunk.title == "Authentication: Logon"
    assert "Accepted password" in chunk.text


def test_counts_go_on_where_they_were(chunks, knowledge):
    chunks.note(classified(SSHD.format(n=1), 1))
    chunks.flush()
    DecisionChunks(knowledge, "1.8.0").note(classified(SSHD.format(n=2), 2))
    again = DecisionChunks(knowledge, "1.8.0")
    again.note(classified(SSHD.format(n=3), 3))
    again.close()
    (chunk,) = knowledge.chunks.values()
    assert chunk.metadata["count"] == 2
    assert (chunk.metadata["first_event_id"], chunk.metadata["last_event_id"]) == ("event-1", "event-3")


def test_nothing_new_writes_nothing(chunks, knowledge):
    assert chunks.flush() == 0
    assert knowledge.writes == 0


def test_while_the_knowledge_base_is_away_decisions_wait(chunks, knowledge):
    knowledge.down = True
    chunks.note(classified(SSHD.format(n=1), 1))
    with pytest.raises(KnowledgeUnavailableError):
        chunks.flush()
    chunks.note(classified(SSHD.format(n=2), 2))
    knowledge.down = False
    chunks.flush()
    assert [c.metadata["count"] for c in knowledge.chunks.values()] == [2]


def test_closing_writes_what_waits_and_survives_a_missing_knowledge_base(chunks, knowledge):
    chunks.start()
    chunks.note(classified(SSHD.format(n=1), 1))
    chunks.close()
    assert len(knowledge.chunks) == 1
    knowledge.down = True
    chunks.note(classified("something else", 2))
    chunks.close()


def test_what_waits_is_bounded(chunks, monkeypatch):
    monkeypatch.setattr(app.decision_chunks, "_MOST_WAITING", 2)
    for n, word in enumerate(("alpha one", "beta two three", "gamma four five six")):
        chunks.note(classified(f"service {word} happened", n))
    assert chunks.dropped == 1
