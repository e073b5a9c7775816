"""What the chat may ask of our own data: right figures, of the asking user's rights, and never too much."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import uuid_utils

from agents.chat.base import NotAllowedError
from agents.events import make_template, parse
from agents.events.event import Source
from agents.knowledge.base import Chunk, Hit, Kind, KnowledgeUnavailableError
from agents.ocsf import load_taxonomy
from app.auth.permissions import Role
from app.auth.principal import Principal
from app.chat.data import MOST, Sources
from app.storage import StoredDecision, StoredEvent, open_store

NOW = datetime.now(UTC)
FAILED = "web sshd[1]: Failed password for root from 192.0.2.7 port 52144 ssh2"
ACCEPTED = "web sshd[1]: Accepted password for root from 192.0.2.7 port 52144 ssh2"
OTHER = "kernel: device eth0 entered promiscuous mode"
SSHD = Source("OpenBSD", "OpenSSH")


class Knowledge:
    """Finds what it is told to, or is away."""

    def __init__(self):
        self.found, self.away = [], False

    def search(self, query):
        if self.away:
            raise KnowledgeUnavailableError("away")
        return self.found

    def get(self, chunk_ids):
        return [Chunk(chunk_id, Kind.GUIDE, "t", "t", "1.8.0") for chunk_id in chunk_ids]


@pytest.fixture(scope="module")
def store(module_folder):
    store = open_store(None, module_folder)
    yield store
    store.close()


@pytest.fixture(scope="module")
def events(store):
    """Ten failed and one accepted log-in of last week, three failed ones of the week before, one of the kernel."""
    recorded = []
    plan = [(FAILED, 1, "Authentication", "auto")] * 8 + [(FAILED, 2, "Authentication", "overridden")] * 2
    plan += [(ACCEPTED, 3, "Authentication", "needs_review"), (OTHER, 1, "Network Activity", "auto")]
    plan += [(FAILED, 9, "Base Event", "needs_review")] * 3
    for raw, days, name, status in plan:
        event_id, source = str(uuid_utils.uuid7()), Source() if raw == OTHER else SSHD
        template = make_template(parse(raw, source)).template_id
        event = StoredEvent(event_id, NOW - timedelta(days=days), raw, source, template_id=template)
        document = {
            "event_id": event_id, "decision_id": str(uuid_utils.uuid7()), "decided_at": NOW.isoformat(),
            "ocsf_version": "1.8.0", "category_uid": 3, "category_name": "c", "class_uid": 3002, "class_name": name,
            "activity_id": 1, "activity_name": "Logon", "type_uid": 300201, "confidence": 0.9, "status": status,
            "decided_by": "ranker", "degraded": [], "candidates": [], "evidence": [], "rationale": "",
            "template_id": template, "versions": {}, "latency_ms": {},
            **({"reviewer": "ben"} if status == "overridden" else {}),
        }  # fmt: skip
        recorded.append((event, StoredDecision.from_document(document)))
    store.record_many(recorded)
    assert store.flush(timeout=60)
    return [event for event, _ in recorded]


@pytest.fixture
def knowledge():
    return Knowledge()


@pytest.fixture
def sources(store, knowledge):
    reviews = SimpleNamespace(of_template=lambda _: [])
    return Sources(store, knowledge, reviews, SimpleNamespace(of=lambda _: None), load_taxonomy())


@pytest.fixture
def data(sources, events):
    return sources.asked_by(lambda: Principal("ana", role=Role.VIEWER))


def test_a_template_s_history_counts_every_event_once(data, events):
    found = data.template(events[0].template_id)
    assert found.events == 13
    assert dict(found.classes) == {"Authentication": 10, "Base Event": 3}
    assert (NOW - found.first_at).days == 9
    assert (NOW - found.last_at).days == 1
    assert data.template("no such template") is None
    assert data.count_if_overridden(events[0].event_id) == 13


def test_a_source_s_week_is_compared_with_the_one_before(data):
    week = data.source_week("OpenBSD", "OpenSSH")
    assert (week.events, week.events_before) == (11, 3)
    assert (week.classes, week.classes_before) == ({"Authentication": 11}, {"Base Event": 3})
    assert (week.needs_review, week.needs_review_before) == (1, 3)
    assert (week.overridden, week.overridden_before) == (2, 0)
    assert week.new_templates == 1
    assert data.source_week("no", "such source") is None


def test_similar_events_are_those_the_knowledge_base_finds_of_other_templates(data, events, knowledge):
    def chunk(event, n):
        said = {"template_id": event.template_id, "last_event_id": event.event_id}
        return Hit(Chunk(f"decision:{n}", Kind.DECISION, "t", "t", "1.8.0", metadata=said), 1.0, n, dense=0.8)

    knowledge.found = [chunk(events[1], 1), chunk(events[10], 2)]
    found = data.similar(events[0].event_id)
    assert [(decided.event_id, likeness, by) for decided, likeness, by in found] == [(events[10].event_id, 0.8, "")]


def test_a_pinned_event_was_reviewed_by_whoever_pinned_its_template(data, sources, events, monkeypatch):
    pinned = dataclasses.replace(data.event(events[10].event_id))
    pinned.decision["decided_by"] = "pin"
    monkeypatch.setattr(sources.pins, "of", lambda _: SimpleNamespace(review_id="r", class_uid=3002), raising=False)
    monkeypatch.setattr(type(sources.store.review_batches), "get", lambda *_: SimpleNamespace(reviewer="mara"))
    assert data._reviewer(pinned) == "mara"
    pinned.decision["decided_by"] = "ranker"
    assert data._reviewer(pinned) == ""


def test_without_the_knowledge_base_similar_events_are_those_with_the_same_words(data, events, knowledge):
    knowledge.away = True
    found = data.similar(events[0].event_id)
    assert [decided.event_id for decided, _, _ in found] == [events[10].event_id]
    assert 0 < found[0][1] < 1


def test_events_come_with_the_decision_that_holds(data, events):
    assert data.event(events[0].event_id).decision["class_name"] == "Authentication"
    assert data.event(events[0].event_id).vendor == "OpenBSD"
    assert data.event(str(uuid_utils.uuid7())) is None
    assert data.event("nonsense") is None
    assert [d.version for d in data.history(events[0].event_id)] == [1]
    assert data.parsed(events[0].event_id).raw == FAILED


def test_every_call_is_bounded(data, events):
    assert len(data.of_template(events[0].template_id, limit=2)) == 2
    assert len(data.of_template(events[0].template_id, limit=10**9)) == 13
    assert len(data.chunks([f"guide:{n}" for n in range(500)])) == MOST


def test_every_call_asks_for_the_rights_of_the_moment(sources, events):
    now = [Principal("ana", role=Role.VIEWER)]
    data = sources.asked_by(lambda: now[0])
    event_id, template = events[0].event_id, events[0].template_id
    calls = [
        lambda: data.event(event_id), lambda: data.parsed(event_id), lambda: data.history(event_id),
        lambda: data.reviews(event_id), lambda: data.template(template), lambda: data.of_template(template),
        lambda: data.similar(event_id), lambda: data.source_week("a", "b"), lambda: data.chunks(["x"]),
        lambda: data.knowledge("x"), lambda: data.count_if_overridden(event_id),
    ]  # fmt: skip
    for call in calls:
        call()
    for nobody in (None, Principal("pipeline", scopes=frozenset({"ingest"}))):
        now[0] = nobody
        for call in calls:
            with pytest.raises(NotAllowedError):
                call()
