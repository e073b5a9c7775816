"""What every tool gets: the data as the asking user may see it, read once a turn, and what it answers with."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.chat.base import ChatData, DecidedEvent, Fact, Link, Proposal
from agents.chat.names import ClassNames
from agents.chat.quoting import percent, plain
from agents.errors import LogatlasError
from agents.events import Event
from agents.knowledge.base import Chunk, Kind
from agents.knowledge.catalog import EventView, Guide, GuideMatch
from agents.ocsf import OcsfClass, Taxonomy

BY_PEOPLE = frozenset({"pin", "analyst"})
"""``decided_by`` of decisions that a person made."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What the ranker in use decides by; ``ranker`` is the version they belong to."""

    ranker: str
    abstain_below: float
    set_coverage: float


@dataclass(frozen=True, slots=True)
class Found:
    """What a tool found: facts told as sentences, then ``listed`` as a list, then ``after``.

    ``known`` is False where the data do not hold the answer; the facts then say what is not known. ``notes`` are
    sentences that claim nothing about an event (how to ask) and need no citation. ``mentioned`` is what the next
    question may mean by "it" and "the second".
    """

    facts: tuple[Fact, ...] = ()
    listed: tuple[Fact, ...] = ()
    after: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    proposal: Proposal | None = None
    known: bool = True
    mentioned: Mapping[str, Any] = field(default_factory=dict)

    @property
    def all_facts(self) -> tuple[Fact, ...]:
        """All of them in the order of reading."""
        return (*self.facts, *self.listed, *self.after)


class NoEventError(LogatlasError):
    """There is no such event, or the asking user may not see it."""

    code = "not_found"


class Context:
    """One turn's view of the data: what several tools ask for is read once."""

    def __init__(
        self, taxonomy: Taxonomy, names: ClassNames, data: ChatData, thresholds: Thresholds, stop: threading.Event
    ) -> None:
        self.taxonomy = taxonomy
        self.names = names
        self.data = data
        self.thresholds = thresholds
        self.stop = stop
        self._decided: dict[str, DecidedEvent | None] = {}
        self._views: dict[str, EventView | None] = {}
        self._chunks: dict[str, Chunk | None] = {}
        self._machine: dict[str, DecidedEvent | None] = {}

    def decided(self, event_id: str) -> DecidedEvent:
        """An event with its latest decision.

        Raises:
            NoEventError: there is none with this id that the user may see.
        """
        if event_id not in self._decided:
            self._decided[event_id] = self.data.event(event_id)
        found = self._decided[event_id]
        if found is None:
            raise NoEventError(f"there is no event {plain(event_id, 40)}")
        return found

    def machine(self, decided: DecidedEvent) -> DecidedEvent | None:
        """The version whose candidates the classifier ranked: this one, or the last before a pin replaced them."""
        if decided.decision["decided_by"] != "pin":
            return decided
        if decided.event_id not in self._machine:
            earlier = self.data.history(decided.event_id, 20)
            self._machine[decided.event_id] = next(
                (v for v in earlier if v.decision["decided_by"] not in BY_PEOPLE), None
            )
        return self._machine[decided.event_id]

    def view(self, event_id: str) -> EventView | None:
        """The event's fields as conditions see them; ``None`` where it could not be read."""
        if event_id not in self._views:
            event = self.data.parsed(event_id)
            self._views[event_id] = EventView(event) if event is not None else None
        return self._views[event_id]

    def event(self, event_id: str) -> Event | None:
        """The event read into fields."""
        view = self.view(event_id)
        return view.event if view is not None else None

    def chunks(self, chunk_ids: Sequence[str]) -> list[Chunk]:
        """Those of these guides, examples and classes that exist, in the order asked; at most 24."""
        wanted = list(dict.fromkeys(chunk_ids))[:24]
        missing = [chunk_id for chunk_id in wanted if chunk_id not in self._chunks]
        if missing:
            found = {chunk.chunk_id: chunk for chunk in self.data.chunks(missing)}
            self._chunks.update((chunk_id, found.get(chunk_id)) for chunk_id in missing)
        return [chunk for chunk_id in wanted if (chunk := self._chunks[chunk_id]) is not None]

    def guides(self, chunk_ids: Sequence[str]) -> list[Guide]:
        """The guides among these chunks."""
        return [as_guide(chunk) for chunk in self.chunks(chunk_ids) if chunk.kind is Kind.GUIDE]

    def match(self, guide: Guide, event_id: str) -> GuideMatch | None:
        """The guide's match with the event, ``None`` where a condition fails or nothing is asked."""
        view = self.view(event_id)
        return guide.matches(view) if view is not None and guide.match else None

    def matching(self, decided: DecidedEvent, class_uid: int, chunk_ids: Sequence[str] = ()) -> list[GuideMatch]:
        """Guides of a class all of whose conditions hold for the event, the most specific first."""
        wanted = chunk_ids or evidence_of(decided, class_uid)
        found = [
            match
            for guide in self.guides([c for c in wanted if c.startswith("guide:")])
            if guide.class_uid == class_uid and (match := self.match(guide, decided.event_id)) is not None
        ]
        return sorted(found, key=lambda m: -m.guide.specificity)

    def ocsf_class(self, class_uid: int) -> OcsfClass | None:
        """The class with this uid, of any state."""
        return self.taxonomy.find(class_uid)

    def caption(self, class_uid: int) -> str:
        """A class as answers name it: ``Authentication (3002)``."""
        found = self.taxonomy.find(class_uid)
        return f"{found.caption} ({found.uid})" if found is not None else f"class {class_uid}"


def as_guide(chunk: Chunk) -> Guide:
    """The guide that a chunk holds."""
    return Guide.from_metadata(chunk.chunk_id, chunk.title, chunk.class_uid or 0, chunk.metadata)


def candidate_of(decided: DecidedEvent, class_uid: int) -> Mapping[str, Any] | None:
    """The candidate of a decision with this class."""
    return next((c for c in decided.decision["candidates"] if c["class_uid"] == class_uid), None)


def share_of(decision: Mapping[str, Any]) -> str:
    """The confidence of a decision: 100 % only where a person set it, never of an estimate."""
    return percent(decision["confidence"], certain=decision["decided_by"] in BY_PEOPLE)


def evidence_of(decided: DecidedEvent, class_uid: int) -> list[str]:
    """Ids of the chunks that speak for a class in a decision."""
    found = list((candidate_of(decided, class_uid) or {}).get("evidence", ()))
    if class_uid == decided.decision["class_uid"]:
        found = [*(e["chunk_id"] for e in decided.decision["evidence"]), *found]
    return list(dict.fromkeys(found))


def runner_up(decided: DecidedEvent) -> Mapping[str, Any] | None:
    """The likeliest candidate that is not the decided class."""
    return next((c for c in decided.decision["candidates"] if c["class_uid"] != decided.decision["class_uid"]), None)
