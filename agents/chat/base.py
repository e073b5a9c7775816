"""What the analyst chat is made of: facts, citations, what happens while an answer is made, and the data it may ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Protocol

from agents.events import Event
from agents.knowledge.base import Chunk, Hit

Span = tuple[int, int]


class CitationKind(StrEnum):
    """What a citation opens."""

    DECISION = "decision"
    CANDIDATE = "candidate"
    SPAN = "span"
    FIELD = "field"
    CHUNK = "chunk"
    CLASS = "class"
    EVENT = "event"
    REVIEW = "review"
    TEMPLATE = "template"
    FIGURE = "figure"


@dataclass(frozen=True, slots=True)
class Citation:
    """One item of evidence that a sentence may point at.

    ``label`` is a few words for a chip. What it opens depends on ``kind``: ``event_id`` with ``spans`` (half-open
    character ranges of the raw event) and ``path``; ``chunk_id``; ``class_uid``; ``url`` is a path of the UI.
    """

    kind: CitationKind
    label: str
    event_id: str | None = None
    spans: tuple[Span, ...] = ()
    path: str | None = None
    chunk_id: str | None = None
    class_uid: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known, as a tool found it: a sentence that is true, and what it rests on.

    ``text`` is one Markdown sentence; what the log, a guide or a person wrote is quoted in it as inline code only,
    so that it is seen as such and renders as nothing else. ``values`` are the numbers, names and field values that the
    sentence vouches for, as they may be repeated. ``key`` facts belong into every answer to the question.
    """

    text: str
    citation: Citation
    values: frozenset[str] = frozenset()
    key: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """A page of the UI that helps: words and a path that starts with ``/``."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A review that the chat proposes; it becomes real only by the analyst's click (``POST /api/reviews``)."""

    event_id: str
    kind: Literal["confirm", "override"]
    class_uid: int
    class_name: str
    reason: str
    activity_id: int | None = None


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool runs; ``label`` says what it does in words (“Comparing the candidates”)."""

    call: int
    tool: str
    label: str


@dataclass(frozen=True, slots=True)
class ToolEnded:
    """It ended: how many facts it found, how long it took, or why it failed ('' when it did not)."""

    call: int
    tool: str
    facts: int
    ms: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation that the coming text uses as ``[^number]``."""

    number: int
    citation: Citation


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer, in the order of reading. Only text that passed the check of grounding is ever told."""

    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The end of an answer.

    ``content`` is the whole Markdown with ``[^number]`` marks (the pieces joined). ``composed`` says who wrote it:
    the model, the templates, or both. ``dropped`` counts sentences of the model that were not grounded.
    """

    content: str
    citations: tuple[Cited, ...]
    intents: tuple[str, ...]
    composed: Literal["model", "template", "mixed"]
    model_version: str
    prompt_version: str
    known: bool
    dropped: int = 0
    stopped: bool = False
    links: tuple[Link, ...] = ()
    proposal: Proposal | None = None
    suggestions: tuple[str, ...] = ()
    mentioned: Mapping[str, Any] = field(default_factory=dict)
    """What "it", "that one", "the second" may mean in the next turn; JSON, kept with the turn."""


Step = ToolStarted | ToolEnded | Cited | Text | Answered


@dataclass(frozen=True, slots=True)
class PastTurn:
    """An earlier question and its answer, as the conversation remembers them."""

    question: str
    answer: str
    mentioned: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DecidedEvent:
    """An event and one version of its decision, which has the shape of the public contract (``Decision.to_dict``)."""

    event_id: str
    raw: str
    vendor: str
    product: str
    received_at: datetime
    decision: Mapping[str, Any]
    version: int = 1


@dataclass(frozen=True, slots=True)
class ReviewMade:
    """What a person did about an event's decision."""

    event_id: str
    action: str
    reviewer: str
    at: datetime
    before_class: str
    after_class: str
    note: str = ""
    undone: bool = False


@dataclass(frozen=True, slots=True)
class TemplateHistory:
    """How often a template occurred, first and last, and how its events stand now (class name -> count)."""

    template_id: str
    events: int
    first_at: datetime | None
    last_at: datetime | None
    classes: Mapping[str, int]
    pinned_class: str | None = None
    pinned_by: str | None = None


@dataclass(frozen=True, slots=True)
class SourceWeek:
    """A source's figures of the last seven days and of the seven before."""

    vendor: str
    product: str
    events: int
    events_before: int
    classes: Mapping[str, int]
    classes_before: Mapping[str, int]
    needs_review: int
    needs_review_before: int
    overridden: int
    overridden_before: int
    new_templates: int


class NotAllowedError(Exception):
    """The asking user may not see or do this; the message says which role or scope it takes."""


class ChatData(Protocol):
    """Our own data as the asking user may see it: every call is bounded and checked. Methods raise NotAllowedError.

    Counts are exact. ``None`` and empty lists mean that there is none. Storage errors are LogatlasError.
    """

    def event(self, event_id: str) -> DecidedEvent | None:
        """An event with its latest decision."""
        ...

    def parsed(self, event_id: str) -> Event | None:
        """The event read into fields with their spans."""
        ...

    def history(self, event_id: str, limit: int = 20) -> Sequence[DecidedEvent]:
        """All versions of its decision, the newest first."""
        ...

    def reviews(self, event_id: str, limit: int = 20) -> Sequence[ReviewMade]:
        """What people did about it, the newest first."""
        ...

    def template(self, template_id: str) -> TemplateHistory | None:
        """How often a template occurred and how it stands."""
        ...

    def of_template(self, template_id: str, limit: int = 5) -> Sequence[DecidedEvent]:
        """The latest events of a template."""
        ...

    def similar(self, event_id: str, limit: int = 5) -> Sequence[tuple[DecidedEvent, float, str]]:
        """Events like this one of other templates: each with a similarity in [0, 1] and who reviewed it ('' nobody)."""
        ...

    def source_week(self, vendor: str, product: str) -> SourceWeek | None:
        """What a source sent this week and the week before."""
        ...

    def chunks(self, chunk_ids: Sequence[str]) -> Sequence[Chunk]:
        """The guides, examples and classes with these ids."""
        ...

    def knowledge(self, text: str, limit: int = 5) -> Sequence[Hit]:
        """Guides, examples and classes that a text finds."""
        ...

    def count_if_overridden(self, event_id: str) -> int:
        """How many past events an override of this one would decide anew (those of its template)."""
        ...
