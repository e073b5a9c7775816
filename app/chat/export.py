"""A conversation as a document that can be taken along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.chat.protocol import TurnOut
from app.chat.shown import moment
from app.storage.chat import StoredConversation


def summary(conversation: StoredConversation) -> dict[str, Any]:
    """What a list tells of a conversation."""
    return {
        "conversation_id": conversation.conversation_id,
        "title": conversation.title,
        "owner": conversation.owner,
        "event_id": conversation.event_id,
        "shared": conversation.shared,
        "turns": conversation.turns,
        "created_at": moment(conversation.created_at),
        "updated_at": moment(conversation.updated_at),
    }


def as_json(conversation: StoredConversation, turns: Sequence[TurnOut]) -> dict[str, Any]:
    """The whole conversation as JSON values; every turn is as in ``ready``."""
    return {**summary(conversation), "turns": [turn.model_dump(mode="json") for turn in turns]}


def as_markdown(conversation: StoredConversation, turns: Sequence[TurnOut]) -> str:
    """The whole conversation as Markdown, the citations of each answer under it.

    Questions are quoted as blocks of code, because whoever asked may have pasted a log, and a log may hold anything.
    """
    about = f"\n\nAbout event `{conversation.event_id}`." if conversation.event_id else ""
    parts = [
        f"# {_line(conversation.title) or 'Conversation'}",
        f"Conversation of {_line(conversation.owner)}, begun {moment(conversation.created_at)}.{about}",
    ]
    for turn in turns:
        parts.append(f"## {turn.turn}. {_line(turn.asked_by)}, {turn.asked_at}")
        parts.append(_fenced(turn.question))
        if turn.content:
            parts.append(_numbered(turn))
        if turn.status != "done":
            parts.append(f"*{turn.status}{f': {_line(turn.error)}' if turn.error else ''}*")
        if turn.citations:
            parts.append("\n".join(f"[^{turn.turn}-{c.number}]: {_citation(c.model_dump())}" for c in turn.citations))
        if turn.proposal is not None:
            parts.append(
                f"Proposed: {turn.proposal.kind} {_line(turn.proposal.class_name)} ({turn.proposal.class_uid}): "
                f"{_line(turn.proposal.reason)}"
            )
        if turn.rating:
            note = f": {_line(turn.note)}" if turn.note else ""
            parts.append(f"Rated {turn.rating}{note}")
    return "\n\n".join(parts) + "\n"


def _numbered(turn: TurnOut) -> str:
    """The answer with marks that are unique in the document: those of answers count from 1 in each."""
    text = turn.content
    for citation in turn.citations:
        text = text.replace(f"[^{citation.number}]", f"[^{turn.turn}-{citation.number}]")
    return text


def _citation(citation: dict[str, Any]) -> str:
    places = [f"{name} `{_line(str(citation[name]))}`" for name in ("event_id", "path", "chunk_id", "class_uid", "url")
              if citation[name]]  # fmt: skip
    spans = ", ".join(f"{start}-{end}" for start, end in citation["spans"])
    return "; ".join([_line(citation["label"]), *places, *([f"characters {spans}"] if spans else [])])


def _fenced(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}text\n{text}\n{fence}"


def _line(text: str) -> str:
    """One line that is text and nothing else in Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>#!|" else c for c in " ".join(text.split()))
