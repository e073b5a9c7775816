"""The JSON of ``/api/knowledge`` as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.knowledge.catalog.custom import MAX_CHARACTERS
from app.routes.schemas import DecisionOut, ExampleIn, Uid

Kinds = Literal["class", "guide", "example"]
MAX_TRIED = 100


class KnowledgeQuery(BaseModel):
    """Search when ``q`` is given, otherwise list."""

    model_config = ConfigDict(extra="forbid")
    q: str | None = Field(None, min_length=1, max_length=2000, description="Words to search for; empty: list.")
    kind: Kinds | None = Field(None, description="Only chunks of this kind.")
    product: str | None = Field(None, max_length=200, description="Only chunks of this product (`linux-sshd`).")
    class_uid: int | None = Field(None, ge=0, description="Only chunks of this class.")
    origin: Literal["packaged", "custom"] | None = Field(None, description="Only what ships, or only what was added.")
    limit: int = Field(50, ge=1, le=200, description="Chunks on a page.")
    cursor: str | None = Field(None, min_length=1, max_length=2000, description="`next_cursor` of the page before.")


class ChunkRowOut(BaseModel):
    """A chunk in a list. ``origin`` tells what people added (``custom``) from what ships with Logatlas."""

    chunk_id: str
    kind: Kinds
    title: str
    class_uid: int
    class_name: str
    activity_name: str
    product: str
    vendor: str
    origin: Literal["packaged", "custom"]
    excerpt: str


class ChunkPageOut(BaseModel):
    """One page; ``next_cursor`` is null on the last."""

    items: list[ChunkRowOut]
    next_cursor: str | None


class ConditionOut(BaseModel):
    """One thing that must hold of an event: a field at one of ``paths`` has one of ``values``.

    ``written`` and ``written_values`` are the path and the values as the guide spells them, empty where it is not kept.
    """

    paths: list[str]
    operator: str
    values: list[str]
    negated: bool
    written: str = ""
    written_values: list[str] = []


class UseOut(BaseModel):
    """An event that was decided with the chunk as evidence."""

    event_id: Uid
    received_at: str
    raw: str
    class_name: str


class UsageOut(BaseModel):
    """How many decisions name the chunk as evidence, and the latest events."""

    decisions: int
    last_used_at: str | None
    recent: list[UseOut]


class ChunkDetailOut(ChunkRowOut):
    """A chunk with all that is known of it.

    ``yaml`` is the text of a guide, ready to be corrected. ``replaced_by`` names the custom guide that stands in the
    place of a packaged one.
    """

    kind: Literal["class", "guide", "example", "decision"]  # type: ignore[assignment]
    text: str
    reference: str
    meaning: str
    why: str
    yaml: str | None
    samples: list[str]
    conditions: list[ConditionOut]
    metadata: dict[str, Any]
    replaced_by: str | None
    written_by: str
    written_at: str | None
    usage: UsageOut


class GuideIn(BaseModel):
    """A guide in the format of the catalog: the header of a product with one entry under ``guides``."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["guide"]
    yaml: str


class CheckIn(BaseModel):
    """The text of a guide to be checked."""

    model_config = ConfigDict(extra="forbid")
    yaml: str


class ProblemOut(BaseModel):
    """What is wrong, and in which line (from 1)."""

    line: int
    message: str


class CheckOut(BaseModel):
    """Everything that is wrong with a guide; ``guide`` is there when nothing is."""

    problems: list[ProblemOut]
    guide: ChunkDetailOut | None


class TryIn(BaseModel):
    """A guide (``yaml``) or an ``example``, and what to try it on: ``events`` as pasted, or the ``recent`` ones."""

    model_config = ConfigDict(extra="forbid")
    yaml: str | None = Field(None, max_length=MAX_CHARACTERS, description="The text of a guide.")
    example: ExampleIn | None = None
    events: list[Any] | None = Field(None, min_length=1, max_length=MAX_TRIED, description="Raw logs or event objects.")
    recent: Annotated[int | None, Field(ge=1, le=MAX_TRIED, description="So many of the latest events.")] = None


class TriedOut(BaseModel):
    """An event as it is decided now and as it would be; ``changed``: class, activity or status differ.

    ``matched``: the guide's conditions hold, or the event is of the example's template.
    """

    raw: str
    event_id: str | None
    before: DecisionOut
    after: DecisionOut
    matched: bool
    changed: bool


class TryOut(BaseModel):
    """What a guide or an example would change."""

    results: list[TriedOut]
    changed: int
