"""The JSON of the API as pydantic models: they document answers in ``/openapi.json`` and validate parameters."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask_openapi3.types import ResponseDict
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from agents.knowledge.base import Kind
from app.auth.tokens import Scope

Uid = Annotated[str, Field(description="UUID (version 7).")]


class ErrorDetail(BaseModel):
    """What went wrong: a stable ``code``, a message for people, and details for programs."""

    code: str
    message: str
    details: dict[str, Any]


class ErrorOut(BaseModel):
    """Every error has this shape."""

    error: ErrorDetail


class SourceIn(BaseModel):
    """Optional hints on where an event came from."""

    vendor: str = Field("", max_length=200)
    product: str = Field("", max_length=200)
    sourcetype: str = Field("", max_length=200)


class EventIn(BaseModel):
    """One raw log.

    An object as ``raw`` becomes its compact JSON text, a text as ``source`` is the sourcetype; other keys are ignored.
    """

    raw: str | dict[str, Any]
    source: SourceIn | str | None = None


class BatchIn(BaseModel):
    """Several events, decided in order."""

    model_config = ConfigDict(extra="forbid")
    events: list[EventIn]


class CandidateOut(BaseModel):
    """A class under consideration; probabilities sum to 1 over the candidates."""

    class_uid: int
    class_name: str
    probability: float
    llm_score: float | None
    evidence: list[str]


class EvidenceOut(BaseModel):
    """A chunk that the decision rests on; ``spans`` are half-open character ranges in the raw event."""

    chunk_id: str
    kind: Kind
    title: str
    score: float
    fields: list[str]
    spans: list[tuple[int, int]]


class DecisionOut(BaseModel):
    """The outcome for one event. ``degraded`` names the parts that were missing when it was made.

    ``prediction_set`` are class uids: one of them is right with a frequency of 95 %.
    """

    event_id: Uid
    decision_id: Uid
    decided_at: str
    ocsf_version: str
    category_uid: int
    category_name: str
    class_uid: int
    class_name: str
    activity_id: int
    activity_name: str
    type_uid: int
    confidence: float
    status: Literal["auto", "needs_review", "confirmed", "overridden"]
    decided_by: Literal["pin", "memo", "ranker", "llm", "analyst"]
    degraded: list[str]
    candidates: list[CandidateOut]
    prediction_set: list[int] = Field(default_factory=list)
    evidence: list[EvidenceOut]
    rationale: str
    template_id: str
    versions: dict[str, str]
    latency_ms: dict[str, float]


class BatchOut(BaseModel):
    """One decision or error per event, in the order of the events."""

    decisions: list[DecisionOut | ErrorOut]


class FieldOut(BaseModel):
    """One ``path = value`` found in the event; ``span`` is its half-open character range in ``raw``."""

    path: str
    value: str
    span: tuple[int, int] | None


class SurroundingOut(BaseModel):
    """An event beside another."""

    event_id: Uid
    received_at: str
    raw: str
    class_name: str
    status: Literal["auto", "needs_review", "confirmed", "overridden"] | None


class EventOut(BaseModel):
    """A stored event. ``raw_base64`` is there only when the log holds bytes that are not UTF-8."""

    event_id: Uid
    received_at: str
    raw: str
    raw_base64: str | None = None
    source: SourceIn
    format: str
    template_id: str
    fields: list[FieldOut]
    decisions: list[DecisionOut]
    host: str = ""
    template_count: int = 1
    reviews: list[dict[str, Any]] = Field(default_factory=list, description="As `GET /api/reviews` has them.")
    surrounding: list[SurroundingOut] = Field(default_factory=list)


class ChunkOut(BaseModel):
    """A chunk; ``score``, ``rank``, ``dense`` and ``lexical`` are there for hits of a search only."""

    chunk_id: str
    kind: Kind
    title: str
    text: str
    ocsf_version: str
    class_uid: int | None
    activity_id: int | None
    tokens: list[str]
    metadata: dict[str, Any]
    score: float | None = None
    rank: int | None = None
    dense: float | None = None
    lexical: float | None = None


class ChunksOut(BaseModel):
    """One page; ``next_cursor`` is null on the last."""

    chunks: list[ChunkOut]
    next_cursor: str | None


class TokenIn(BaseModel):
    """A token to be made."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=100, pattern=r"^[\w .@:/-]+$")
    scopes: list[Scope] = Field(min_length=1)
    expires_at: AwareDatetime | None = Field(None, description="When it stops passing; empty: never.")


class TokenOut(BaseModel):
    """A token without its secret."""

    token_id: str
    name: str
    scopes: list[str]
    created_at: str
    expires_at: str | None
    revoked_at: str | None


class NewTokenOut(BaseModel):
    """A new token; ``token`` is its secret, shown this once."""

    token_id: str
    name: str
    scopes: list[str]
    expires_at: str | None
    token: str


class TokensOut(BaseModel):
    """All tokens; ``next_cursor`` is null on the last page."""

    tokens: list[TokenOut]
    next_cursor: str | None


class PartOut(BaseModel):
    """How one part is."""

    status: Literal["ok", "degraded", "starting", "down"]
    detail: str


class ReadyOut(BaseModel):
    """How the service is, and each of its parts by name."""

    status: Literal["ok", "degraded", "starting", "down"]
    parts: dict[str, PartOut]


class IdPath(BaseModel):
    """An id in the path."""

    id: str = Field(max_length=200)


class ChunkPath(BaseModel):
    """A chunk id in the path (``guide:windows-security:4624``)."""

    chunk_id: str = Field(max_length=500)


class KnowledgeQuery(BaseModel):
    """Search when ``q`` is given, otherwise browse."""

    model_config = ConfigDict(extra="forbid")
    q: str | None = Field(None, min_length=1, max_length=2000, description="Words to search for; empty: browse.")
    kind: Kind | None = Field(None, description="Only chunks of this kind.")
    limit: int = Field(50, ge=1, le=200, description="Chunks on a page.")
    cursor: str | None = Field(None, min_length=1, max_length=1000, description="`next_cursor` of the page before.")


class ExampleIn(BaseModel):
    """An event whose class a person vouches for; ``activity_id`` may be left out."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["example"] = "example"
    raw: str | dict[str, Any]
    source: SourceIn | str | None = None
    class_uid: int
    activity_id: int | None = None


def answers(model: type[BaseModel] | None, *errors: int, status: int = 200) -> ResponseDict:
    """The documented answers of a route: ``model`` on success, the error shape for 400 and each of ``errors``."""
    documented: ResponseDict = {str(code): ErrorOut for code in (400, *errors)}
    return documented if model is None else {str(status): model, **documented}


def classify_body() -> dict[str, Any]:
    """The request body of ``POST /classify`` in its four forms, for the OpenAPI document."""
    event = EventIn.model_json_schema(ref_template="{model}")
    event["properties"]["source"] = {"anyOf": [SourceIn.model_json_schema(), {"type": "string"}, {"type": "null"}]}
    event.pop("$defs", None)
    batch = {
        "type": "object",
        "properties": {"events": {"type": "array", "items": event}},
        "required": ["events"],
        "additionalProperties": False,
    }
    sample = {
        "raw": "sshd[4721]: Failed password for root from 192.0.2.7 port 52144 ssh2",
        "source": {"product": "sshd"},
    }
    return {
        "required": True,
        "content": {
            "application/json": {"schema": {"oneOf": [event, batch]}, "example": sample},
            "application/x-ndjson": {"schema": {"type": "string", "description": "One event object per line."}},
            "text/plain": {"schema": {"type": "string", "description": "One raw log per line."}},
        },
    }
