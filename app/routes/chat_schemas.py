"""The JSON of transcripts as pydantic models."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.chat.protocol import TurnOut


class ChatsQuery(BaseModel):
    """Which conversations are wanted, the last changed first."""

    model_config = ConfigDict(extra="forbid")
    q: str = Field("", max_length=500, description="Words that the title, or one turn, must all have.")
    event_id: str = Field("", max_length=64, description="Only those about this event.")
    mine: bool = Field(False, description="Only one's own, without shared ones of others.")
    limit: int = Field(50, ge=1, le=200, description="Conversations on a page.")
    cursor: str | None = Field(None, min_length=1, max_length=1000, description="`next_cursor` of the page before.")


class ChatSummaryOut(BaseModel):
    """A conversation without its turns; ``match`` is a piece of the turn that ``q`` found."""

    conversation_id: str
    title: str
    owner: str
    mine: bool
    event_id: str | None
    shared: bool
    turns: int
    created_at: str
    updated_at: str
    match: str | None = None


class ChatsOut(BaseModel):
    """One page; ``next_cursor`` is null on the last."""

    items: list[ChatSummaryOut]
    next_cursor: str | None


class ChatOut(BaseModel):
    """A conversation with its turns, as in ``ready`` of `/ws/chat`."""

    conversation_id: str
    title: str
    owner: str
    mine: bool
    may_ask: bool
    event_id: str | None
    shared: bool
    created_at: str
    updated_at: str
    turns: list[TurnOut]


class ChatPatch(BaseModel):
    """What is to be changed."""

    model_config = ConfigDict(extra="forbid")
    title: str | None = Field(None, min_length=1, max_length=200)
    shared: bool | None = Field(None, description="Whether everybody who may read may read it.")

    @model_validator(mode="after")
    def something(self) -> ChatPatch:
        """Return the change where it is one.

        Raises:
            ValueError: nothing is to be changed.
        """
        if self.title is None and self.shared is None:
            raise ValueError("name title or shared")
        if self.title is not None and not self.title.strip():
            raise ValueError("a title has letters")
        return self


class ExportQuery(BaseModel):
    """As which document."""

    model_config = ConfigDict(extra="forbid")
    format: Literal["markdown", "json"] = "markdown"


class OwnerCountsOut(BaseModel):
    """How much somebody has asked."""

    owner: str
    conversations: int
    shared: int
    turns: int
    last_at: str


class CountsOut(BaseModel):
    """By name of the owner."""

    items: list[OwnerCountsOut]
