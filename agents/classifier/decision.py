"""What the classifier answers: a decision, its candidates and its evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from agents.events import Event

Span = tuple[int, int]

_MAX_SPANS = 8


class Status(StrEnum):
    """Where a decision stands between the machine and the analysts."""

    AUTO = "auto"
    NEEDS_REVIEW = "needs_review"
    CONFIRMED = "confirmed"
    OVERRIDDEN = "overridden"


class DecidedBy(StrEnum):
    """What fixed the class."""

    PIN = "pin"
    MEMO = "memo"
    RANKER = "ranker"
    LLM = "llm"
    ANALYST = "analyst"


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One chunk that a decision rests on.

    ``score`` is in [0, 1]: 1 for a guide all of whose conditions hold, otherwise the cosine similarity or the
    lexical score relative to the best hit. ``paths`` are the fields of the event that satisfied the guide,
    ``spans`` their half-open character ranges in the raw event.
    """

    chunk_id: str
    kind: str
    title: str
    score: float
    paths: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoredClass:
    """A candidate as the decision shows it; ``evidence`` are chunk ids. Probabilities sum to 1 over candidates."""

    class_uid: int
    class_name: str
    probability: float
    llm_score: float | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Versions:
    """Everything that could change the outcome for a template, so that a decision can be explained later."""

    model: str
    prompt: str
    prompt_hash: str
    knowledge: str
    ranker: str
    template: str
    taxonomy: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome for one event; ``to_dict`` gives the JSON of the public contract.

    ``prediction_set`` are the class uids of which one is right with a frequency of 95 % (see ``Ranker``).
    """

    event_id: str
    decision_id: str
    decided_at: datetime
    ocsf_version: str
    category_uid: int
    category_name: str
    class_uid: int
    class_name: str
    activity_id: int
    activity_name: str
    confidence: float
    status: Status
    decided_by: DecidedBy
    template_id: str
    candidates: tuple[ScoredClass, ...]
    evidence: tuple[EvidenceItem, ...]
    rationale: str
    versions: Versions
    degraded: tuple[str, ...] = ()
    latency_ms: Mapping[str, float] = field(default_factory=dict)
    prediction_set: tuple[int, ...] = ()

    @property
    def type_uid(self) -> int:
        """``class_uid * 100 + activity_id``, as OCSF defines it."""
        return self.class_uid * 100 + self.activity_id

    def to_dict(self) -> dict[str, Any]:
        """The decision as JSON-ready values, in the order of the contract."""
        return {
            "event_id": self.event_id,
            "decision_id": self.decision_id,
            "decided_at": self.decided_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "ocsf_version": self.ocsf_version,
            "category_uid": self.category_uid,
            "category_name": self.category_name,
            "class_uid": self.class_uid,
            "class_name": self.class_name,
            "activity_id": self.activity_id,
            "activity_name": self.activity_name,
            "type_uid": self.type_uid,
            "confidence": round(self.confidence, 4),
            "status": str(self.status),
            "decided_by": str(self.decided_by),
            "degraded": list(self.degraded),
            "candidates": [
                {
                    "class_uid": c.class_uid,
                    "class_name": c.class_name,
                    "probability": round(c.probability, 4),
                    "llm_score": None if c.llm_score is None else round(c.llm_score, 4),
                    "evidence": list(c.evidence),
                }
                for c in self.candidates
            ],
            "prediction_set": list(self.prediction_set),
            "evidence": [
                {
                    "chunk_id": e.chunk_id,
                    "kind": e.kind,
                    "title": e.title,
                    "score": round(e.score, 4),
                    "fields": list(e.paths),
                    "spans": [list(span) for span in e.spans],
                }
                for e in self.evidence
            ],
            "rationale": self.rationale,
            "template_id": self.template_id,
            "versions": {name: getattr(self.versions, name) for name in self.versions.__dataclass_fields__},
            "latency_ms": {stage: round(ms, 3) for stage, ms in self.latency_ms.items()},
        }


def with_spans(event: Event, evidence: Sequence[EvidenceItem]) -> tuple[EvidenceItem, ...]:
    """The evidence with the places in this event of the fields it names, at most eight of each field."""
    wanted = {path for item in evidence for path in item.paths}
    if not wanted:
        return tuple(evidence)
    places: dict[str, list[Span]] = {path: [] for path in wanted}
    for found in event.fields:
        if found.path in wanted and found.span is not None and len(places[found.path]) < _MAX_SPANS:
            places[found.path].append(found.span)
    return tuple(
        replace(item, spans=tuple(dict.fromkeys(span for path in item.paths for span in places[path])))
        for item in evidence
    )
