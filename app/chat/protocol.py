"""The messages of ``/ws/chat``: the one source of their JSON Schema, of the TypeScript types and of the documentation.

Every message is one JSON object in a text frame with a ``type``. Messages of the server carry ``seq``, which grows by
one within a conversation; ``hello`` with the last one seen has the missed ones told again.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_QUESTION_CHARACTERS = 4_000
MAX_NOTE_CHARACTERS = 2_000


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


# -- what a page sends


class Hello(_Message):
    """First message of a connection: go on with a conversation, or begin one (about an event, when given)."""

    type: Literal["hello"]
    conversation_id: str | None = None
    event_id: str | None = None
    last_seq: int | None = Field(None, ge=0, description="Number of the last message seen, to be told the rest.")


class Ask(_Message):
    """A question. The same ``key`` sent twice is one question."""

    type: Literal["ask"]
    key: str = Field(min_length=8, max_length=64, description="Made by the page, unique per question.")
    text: str = Field(min_length=1, max_length=MAX_QUESTION_CHARACTERS)
    event_id: str | None = Field(None, description="The event that is open beside the chat, when it changed.")
    replaces: int | None = Field(
        None, ge=1, description="The turn whose question this one is an edit of; it must be the last."
    )


class Stop(_Message):
    """End the answer that is being made."""

    type: Literal["stop"]


class Feedback(_Message):
    """What the analyst thinks of an answer; ``rating`` null takes it back."""

    type: Literal["feedback"]
    turn: int = Field(ge=1)
    rating: Literal["up", "down"] | None
    note: str = Field("", max_length=MAX_NOTE_CHARACTERS)


class Ping(_Message):
    """Are you there?"""

    type: Literal["ping"]


CLIENT_MESSAGES = (Hello, Ask, Stop, Feedback, Ping)
ClientMessage = Annotated[Hello | Ask | Stop | Feedback | Ping, Field(discriminator="type")]


# -- what the server sends


class CitationOut(_Message):
    """An item of evidence; the answer's text points at it as ``[^number]``."""

    number: int
    kind: Literal["decision", "candidate", "span", "field", "chunk", "class", "event", "review", "template", "figure"]
    label: str
    event_id: str | None = None
    spans: list[tuple[int, int]] = Field([], description="Half-open ranges of Unicode code points of the raw event.")
    path: str | None = None
    chunk_id: str | None = None
    class_uid: int | None = None
    url: str | None = Field(None, description="A path of the UI.")


class LinkOut(_Message):
    """A page of the UI that helps."""

    label: str
    url: str


class ProposalOut(_Message):
    """A review that the chat proposes; only a click makes it real."""

    event_id: str
    kind: Literal["confirm", "override"]
    class_uid: int
    class_name: str
    activity_id: int | None = None
    reason: str


class ToolUse(_Message):
    """A tool that an answer used."""

    call: int
    tool: str
    label: str
    status: Literal["running", "done", "failed"]
    facts: int = 0
    ms: float | None = None
    error: str = ""


class TurnOut(_Message):
    """A question and what was answered so far."""

    turn: int
    key: str
    question: str
    asked_at: str
    asked_by: str
    event_id: str | None = None
    status: Literal["queued", "answering", "done", "stopped", "failed"]
    content: str = Field("", description="Markdown with [^number] marks.")
    tools: list[ToolUse] = []
    citations: list[CitationOut] = []
    links: list[LinkOut] = []
    proposal: ProposalOut | None = None
    suggestions: list[str] = []
    composed: Literal["model", "template", "mixed", ""] = ""
    model_version: str = ""
    prompt_version: str = ""
    known: bool = True
    ms: float | None = None
    error: str = ""
    rating: Literal["up", "down"] | None = None
    note: str = ""


class Ready(_Message):
    """Answer to ``hello``: the conversation as it stands. ``resumed``: missed messages follow, nothing is lost."""

    type: Literal["ready"]
    seq: int
    conversation_id: str
    title: str
    owner: str
    may_ask: bool = Field(description="False for a reader of somebody else's shared conversation.")
    event_id: str | None
    turns: list[TurnOut]
    suggestions: list[str]
    model: str = Field(description="The model that phrases answers; empty when templates do.")
    resumed: bool
    shared: bool = Field(False, description="Whether everybody who may read may read it.")
    max_question_characters: int = MAX_QUESTION_CHARACTERS


class TurnStarted(_Message):
    """A question was taken (and stored); ``turn`` is as in ``ready``."""

    type: Literal["turn"]
    seq: int
    turn: TurnOut


class Queued(_Message):
    """The question waits for others; ``place`` counts from 1."""

    type: Literal["queued"]
    seq: int
    turn: int
    place: int


class Tool(_Message):
    """A tool began or ended."""

    type: Literal["tool"]
    seq: int
    turn: int
    tool: ToolUse


class CitationMessage(_Message):
    """A citation that the coming text uses."""

    type: Literal["citation"]
    seq: int
    turn: int
    citation: CitationOut


class Token(_Message):
    """The next piece of the answer."""

    type: Literal["token"]
    seq: int
    turn: int
    text: str


class Done(_Message):
    """The answer is whole (or stopped, or failed) and stored."""

    type: Literal["done"]
    seq: int
    turn: TurnOut


class FeedbackTaken(_Message):
    """The feedback is stored."""

    type: Literal["feedback"]
    seq: int
    turn: int
    rating: Literal["up", "down"] | None
    note: str


class Error(_Message):
    """Something was refused; the connection stays open unless ``fatal``."""

    type: Literal["error"]
    seq: int = 0
    code: str
    message: str
    turn: int | None = None
    key: str | None = None
    fatal: bool = False


class Pong(_Message):
    """Yes."""

    type: Literal["pong"]


SERVER_MESSAGES = (
    Ready, TurnStarted, Queued, Tool, CitationMessage, Token, Done, FeedbackTaken, Error, Pong,
)  # fmt: skip
ServerMessage = Annotated[
    Ready | TurnStarted | Queued | Tool | CitationMessage | Token | Done | FeedbackTaken | Error | Pong,
    Field(discriminator="type"),
]
