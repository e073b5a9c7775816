"""The JSON of reviews, the queue and live news as pydantic models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Text = Annotated[str, Field(max_length=4000)]
Id = Annotated[str, Field(max_length=200)]


class TargetIn(BaseModel):
    """What a review is of: exactly one of an event, a template, and all that a query finds."""

    model_config = ConfigDict(extra="forbid")
    event_id: Id | None = None
    template_id: Id | None = None
    q: Text | None = Field(None, description="A search as in `GET /api/events`; empty finds everything.")
    from_: str | None = Field(None, alias="from", max_length=64, description="With `q`: received from then on.")
    to: str | None = Field(None, max_length=64, description="With `q`: received until then.")

    @model_validator(mode="after")
    def one_of(self) -> TargetIn:
        """Return the target where it is one.

        Raises:
            ValueError: it names none or several.
        """
        if sum(value is not None for value in (self.event_id, self.template_id, self.q)) != 1:
            raise ValueError("a target has exactly one of event_id, template_id and q")
        return self

    def plain(self) -> dict[str, str]:
        """The target without what is not given."""
        return {key: str(value) for key, value in self.model_dump(by_alias=True).items() if value is not None}


class PreviewIn(BaseModel):
    """What to count."""

    model_config = ConfigDict(extra="forbid")
    target: TargetIn


class ReviewIn(BaseModel):
    """A confirm or override. An override needs `class_uid`; without `activity_id` the events' own words choose it."""

    model_config = ConfigDict(extra="forbid")
    action: Literal["confirm", "override"]
    target: TargetIn
    class_uid: int | None = Field(None, ge=0)
    activity_id: int | None = Field(None, ge=0)
    comment: Text = ""
    decision_id: Id | None = Field(None, description="The version that the analyst saw (of one event).")
    preview_token: Id | None = Field(None, description="`token` of the preview whose count was shown (of many).")
    replace: bool = Field(False, description="Go on although somebody else has reviewed the event.")


class ClassCountOut(BaseModel):
    """How many events have a class now."""

    class_uid: int
    class_name: str
    events: int


class PreviewOut(BaseModel):
    """How many events and templates a review would touch: all events of every template that the target names."""

    events: int
    templates: int
    by_class: list[ClassCountOut]
    token: str


class BeforeOut(BaseModel):
    """The class of the one event before the review."""

    class_uid: int
    class_name: str


class ChangedOut(BaseModel):
    """What a review changed: events re-decided, and how many had (have) the class reviewed."""

    redecided: int
    agreed_before: int
    agreed_after: int
    memo_looked_at: int


class ReviewOut(BaseModel):
    """A review. ``degraded`` names parts that its work waits for; nothing of it is lost."""

    review_id: str
    action: Literal["confirm", "override"]
    class_uid: int
    class_name: str
    activity_id: int
    activity_name: str
    comment: str
    reviewer: str
    created_at: str
    undone_at: str | None
    undone_by: str | None
    target: dict[str, str]
    state: Literal["running", "done", "failed"]
    done: int
    total: int
    template_ids: list[str]
    before: BeforeOut | None
    effect: ChangedOut | None
    degraded: list[str]


class ReviewsOut(BaseModel):
    """One page; ``next_cursor`` is null on the last."""

    items: list[ReviewOut]
    next_cursor: str | None


class ReviewsQuery(BaseModel):
    """Which reviews are wanted, newest first."""

    model_config = ConfigDict(extra="forbid")
    reviewer: str = Field("", max_length=200, description="Only this person's.")
    from_: str | None = Field(None, alias="from", max_length=64, description="Given from then on.")
    to: str | None = Field(None, max_length=64, description="Given before then.")
    limit: int = Field(50, ge=1, le=200, description="Reviews on a page.")
    cursor: str | None = Field(None, min_length=1, max_length=1000, description="`next_cursor` of the page before.")


class EffectQuery(BaseModel):
    """Whose reviews, since when."""

    model_config = ConfigDict(extra="forbid")
    since: str | None = Field(None, max_length=64, description="By default the beginning of today (UTC).")
    reviewer: str | None = Field(None, max_length=200, description="By default whoever asks; `*` is everybody.")


class ClassesChangedOut(BaseModel):
    """How many events went from one class to another."""

    model_config = ConfigDict(populate_by_name=True)
    from_: str = Field(alias="from")
    to: str
    events: int


class EffectOut(BaseModel):
    """What reviews changed; agreement is the share of the events that had (have) the class reviewed."""

    reviews: int
    events_redecided: int
    templates_pinned: int
    agreement_before: float | None
    agreement_after: float | None
    classes_changed: list[ClassesChangedOut]


class QueueQuery(BaseModel):
    """Which part of the queue is wanted."""

    model_config = ConfigDict(extra="forbid")
    source: str = Field("", max_length=200, description="A vendor, product or sourcetype.")
    class_uid: int | None = Field(None, ge=0, description="Proposed class.")
    template_id: str = Field("", max_length=200)
    reviewer: str = Field("", max_length=200, description="What this person has reviewed, instead of what waits.")
    older_than_s: int | None = Field(None, ge=0, description="Waiting for at least so many seconds.")
    order: Literal["uncertain", "newest", "oldest"] = "uncertain"
    limit: int = Field(50, ge=1, le=200, description="Events on a page.")
    cursor: str | None = Field(None, min_length=1, max_length=1000, description="`next_cursor` of the page before.")


class QueueCandidateOut(BaseModel):
    """A class under consideration."""

    class_uid: int
    class_name: str
    probability: float


class QueueItemOut(BaseModel):
    """An event that wants review; ``margin`` is that of its two best candidates."""

    event_id: str
    decision_id: str
    received_at: datetime
    raw: str = Field(description="The first 2,000 characters.")
    raw_truncated: bool
    vendor: str
    product: str
    sourcetype: str
    host: str
    format: str
    template_id: str
    template_count: int = Field(description="Events of this template in all.")
    class_uid: int
    class_name: str
    activity_id: int
    activity_name: str
    confidence: float
    margin: float
    status: Literal["auto", "needs_review", "confirmed", "overridden"]
    candidates: list[QueueCandidateOut]


class QueueOut(BaseModel):
    """One page of the queue; ``total`` counts all that the filter finds, ``reviewed_today`` reviews since 0:00 UTC."""

    items: list[QueueItemOut]
    next_cursor: str | None
    total: int
    reviewed_today: int


class LiveHeader(BaseModel):
    """Where a page was when it lost the connection."""

    last_event_id: str | None = Field(None, alias="Last-Event-ID", max_length=40)


class LiveQuery(BaseModel):
    """The same, for a page that opens a new connection, to which browsers add no headers."""

    model_config = ConfigDict(extra="forbid")
    last_event_id: str | None = Field(None, max_length=40)


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """The OpenAPI description of a JSON request body, with its parts in place."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def inlined(node: Any) -> Any:
        if isinstance(node, dict):
            if (name := str(node.get("$ref", "")).rpartition("/")[2]) in parts:
                return inlined(parts[name])
            return {key: inlined(value) for key, value in node.items()}
        return [inlined(item) for item in node] if isinstance(node, list) else node

    return {"requestBody": {"required": True, "content": {"application/json": {"schema": inlined(schema)}}}}
