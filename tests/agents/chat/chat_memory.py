"""The chat's data in memory, over events that the classifier really decided."""

from __future__ import annotations

import dataclasses
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from agents.chat import ChatAgent
from agents.chat.base import (
    Answered,
    Cited,
    DecidedEvent,
    NotAllowedError,
    ReviewMade,
    SourceWeek,
    TemplateHistory,
    Text,
)
from agents.classifier import Classifier, load_ranker
from agents.events import Source, parse
from agents.knowledge.base import Chunk, Hit, Kind
from agents.knowledge.build import build_chunks
from agents.knowledge.catalog import load_catalog
from agents.ocsf import load_taxonomy

TAXONOMY = load_taxonomy("1.8.0")
CATALOG = load_catalog(TAXONOMY)
CHUNKS = {chunk.chunk_id: chunk for chunk in build_chunks(TAXONOMY, CATALOG)}
WORDS = {chunk_id: frozenset(chunk.text.lower().split()) for chunk_id, chunk in CHUNKS.items()}
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Knowledge:
    """Ranks chunks by shared tokens and words."""

    name = "memory"

    def search(self, query):
        wanted, hits = set(query.text.lower().split()), []
        for kind, limit in query.limits.items():
            scored = [
                (5 * len(set(c.tokens) & set(query.tokens)) + len(wanted & WORDS[c.chunk_id]), c)
                for c in CHUNKS.values()
                if c.kind is kind
            ]
            scored.sort(key=lambda pair: -pair[0])
            for rank, (score, chunk) in enumerate(scored[:limit], start=1):
                if score:
                    hits.append(Hit(chunk, 1 / (60 + rank), rank, dense=min(1.0, score / 50), lexical=float(score)))
        return hits

    def version(self):
        return "v1"


CLASSIFIER = Classifier(TAXONOMY, Knowledge(), load_ranker(), None, None, guides=CATALOG.guides)


def classified(raw: str, vendor: str = "", product: str = "", **changes) -> DecidedEvent:
    """An event as the classifier decided it; ``changes`` replace parts of the decision."""
    decision = CLASSIFIER.classify(raw, Source(vendor, product)).decision
    return DecidedEvent(decision.event_id, raw, vendor, product, NOW, {**decision.to_dict(), **changes})


@dataclass
class MemoryData:
    """What a user may see; ``hidden`` events raise NotAllowedError."""

    events: dict[str, DecidedEvent] = field(default_factory=dict)
    versions: dict[str, list[DecidedEvent]] = field(default_factory=dict)
    made: dict[str, list[ReviewMade]] = field(default_factory=dict)
    templates: dict[str, TemplateHistory] = field(default_factory=dict)
    neighbours: dict[str, list[tuple[DecidedEvent, float, str]]] = field(default_factory=dict)
    weeks: dict[tuple[str, str], SourceWeek] = field(default_factory=dict)
    extra_chunks: dict[str, Chunk] = field(default_factory=dict)
    affected: int = 0
    hidden: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)

    def add(self, event: DecidedEvent) -> DecidedEvent:
        self.events[event.event_id] = event
        return event

    def event(self, event_id):
        self.asked.append(event_id)
        if event_id in self.hidden:
            raise NotAllowedError("reading events takes the role analyst")
        return self.events.get(event_id)

    def parsed(self, event_id):
        event = self.event(event_id)
        return parse(event.raw, Source(event.vendor, event.product)) if event else None

    def history(self, event_id, limit=20):
        return (self.versions.get(event_id) or [self.events[event_id]])[:limit]

    def reviews(self, event_id, limit=20):
        return self.made.get(event_id, [])[:limit]

    def template(self, template_id):
        return self.templates.get(template_id)

    def of_template(self, template_id, limit=5):
        return [e for e in self.events.values() if e.decision["template_id"] == template_id][:limit]

    def similar(self, event_id, limit=5):
        return self.neighbours.get(event_id, [])[:limit]

    def source_week(self, vendor, product):
        return self.weeks.get((vendor, product))

    def chunks(self, chunk_ids):
        known = {**CHUNKS, **self.extra_chunks}
        return [known[c] for c in chunk_ids if c in known]

    def knowledge(self, text, limit=5):
        wanted = set(text.lower().split())
        scored = sorted(CHUNKS.values(), key=lambda c: -len(wanted & WORDS[c.chunk_id]))
        guides = [c for c in CHUNKS.values() if c.kind is Kind.GUIDE]
        numbers = [c for c in guides if any(t.endswith(f"0{w}") for t in c.tokens for w in wanted)]
        found = [*numbers[:limit], *scored][:limit]
        return [Hit(c, 1 / (60 + n), n) for n, c in enumerate(found, start=1)]

    def count_if_overridden(self, event_id):
        return self.affected


@dataclass
class Told:
    """An answer, taken apart."""

    steps: list
    answered: Answered

    @property
    def text(self) -> str:
        return self.answered.content

    @property
    def cited(self) -> dict[int, Cited]:
        return {c.number: c for c in self.answered.citations}


def ask(agent: ChatAgent, data, question: str, event: DecidedEvent | str | None, past=(), stop=None) -> Told:
    """Ask, and check what holds of every answer: pieces joined are the content, citations are told before their use."""
    event_id = event.event_id if isinstance(event, DecidedEvent) else event
    steps = list(agent.answer(question, event_id=event_id, past=past, data=data, stop=stop or threading.Event()))
    answered = steps[-1]
    assert isinstance(answered, Answered)
    assert "".join(s.text for s in steps if isinstance(s, Text)) == answered.content
    told: set[int] = set()
    for step in steps:
        if isinstance(step, Cited):
            told.add(step.number)
        if isinstance(step, Text) and "[^" in step.text:
            numbers = {int(n.split("]")[0]) for n in step.text.split("[^")[1:]}
            assert numbers <= told, "a mark before its citation"
    return Told(steps, answered)


def with_review(event: DecidedEvent, class_uid: int, by: str, days_ago: int = 1) -> tuple[DecidedEvent, ReviewMade]:
    """The event as it stands after an override, and the review."""
    chosen = TAXONOMY[class_uid]
    decision = {
        **event.decision, "class_uid": class_uid, "class_name": chosen.caption, "decided_by": "analyst",
        "status": "overridden", "confidence": 1.0, "prediction_set": [class_uid], "reviewer": by, "latency_ms": {},
        "activity_id": 0, "activity_name": "Unknown", "type_uid": class_uid * 100,
    }  # fmt: skip
    after = dataclasses.replace(event, decision=decision, version=event.version + 1)
    review = ReviewMade(
        event.event_id, "override", by, NOW - timedelta(days=days_ago), event.decision["class_name"], chosen.caption,
        note="it is a tunnel",
    )  # fmt: skip
    return after, review
