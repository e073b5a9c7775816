"""Turns between the agent, the store and the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from agents.chat.base import Answered, Citation, Cited, Link, PastTurn, Proposal
from agents.events import printable
from app.chat.protocol import CitationOut, LinkOut, ProposalOut, TurnOut
from app.storage.chat import UNFINISHED, ChatTurn

RESTARTED = "the server was restarted before the answer was whole; ask again"
_LONGEST_TITLE = 80


def title_of(question: str) -> str:
    """The title of a conversation that begins with this question: its first words, in one line."""
    words = " ".join(question.split())
    return words if len(words) <= _LONGEST_TITLE else f"{words[: _LONGEST_TITLE - 1].rstrip()}…"


def moment(at: datetime) -> str:
    """A time as it is told: ISO 8601 in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def citation_out(cited: Cited) -> CitationOut:
    """A citation as it is told."""
    citation: Citation = cited.citation
    return CitationOut(
        number=cited.number,
        kind=citation.kind.value,
        label=printable(citation.label),
        event_id=citation.event_id,
        spans=list(citation.spans),
        path=citation.path and printable(citation.path),
        chunk_id=citation.chunk_id,
        class_uid=citation.class_uid,
        url=_own_path(citation.url),
    )


def links_out(links: Sequence[Link]) -> list[LinkOut]:
    """Links as they are told; those that lead away from the UI are left out."""
    return [LinkOut(label=printable(link.label), url=link.url) for link in links if _own_path(link.url)]


def proposal_out(proposal: Proposal | None) -> ProposalOut | None:
    """A proposal as it is told."""
    if proposal is None:
        return None
    return ProposalOut(
        event_id=proposal.event_id,
        kind=proposal.kind,
        class_uid=proposal.class_uid,
        class_name=proposal.class_name,
        activity_id=proposal.activity_id,
        reason=printable(proposal.reason),
    )


def answered(turn: TurnOut, answer: Answered, ms: float) -> TurnOut:
    """``turn`` with its whole answer."""
    return turn.model_copy(
        update={
            "status": "stopped" if answer.stopped else "done",
            "content": printable(answer.content),
            "citations": [citation_out(cited) for cited in answer.citations],
            "links": links_out(answer.links),
            "proposal": proposal_out(answer.proposal),
            "suggestions": [printable(text) for text in answer.suggestions],
            "composed": answer.composed,
            "model_version": answer.model_version,
            "prompt_version": answer.prompt_version,
            "known": answer.known,
            "ms": round(ms, 1),
        }
    )


def stored(
    conversation_id: str, turn: TurnOut, revision: int, agent: Mapping[str, Any] | None = None
) -> list[ChatTurn]:
    """The two rows of a turn: the question, and the answer as it is so far.

    ``agent`` is what the agent remembers of the answer: ``mentioned``, ``intents``, ``dropped``.
    """
    asked_at = datetime.fromisoformat(turn.asked_at)
    question = ChatTurn(
        conversation_id, turn.turn, "user", turn.question, turn.asked_by, asked_at, turn.event_id,
        revision=revision, key=turn.key, status=turn.status,
    )  # fmt: skip
    return [question, answer_row(conversation_id, turn, revision, agent)]


def answer_row(conversation_id: str, turn: TurnOut, revision: int, agent: Mapping[str, Any] | None = None) -> ChatTurn:
    """The row of an answer alone."""
    decision_id = (agent or {}).get("decision_id")
    return ChatTurn(
        conversation_id, turn.turn, "assistant", turn.content, turn.asked_by,
        datetime.fromisoformat(turn.asked_at), turn.event_id,
        decision_id=decision_id if isinstance(decision_id, str) else None,
        model_version=turn.model_version, prompt_version=turn.prompt_version, revision=revision, key=turn.key,
        status=turn.status, composed=turn.composed, rating=turn.rating or "", note=turn.note, ms=turn.ms or 0.0,
        document={"turn": turn.model_dump(mode="json", exclude={"content", "question"}), "agent": dict(agent or {})},
    )  # fmt: skip


def turns_out(rows: Sequence[ChatTurn]) -> list[TurnOut]:
    """The turns of a conversation as they are told. One that was under way when the server ended was stopped."""
    questions = {row.turn: row for row in rows if row.role == "user"}
    answers = {row.turn: row for row in rows if row.role == "assistant"}
    return [_turn_out(number, questions.get(number), answers.get(number)) for number in sorted({*questions, *answers})]


def past_turns(rows: Sequence[ChatTurn]) -> dict[int, PastTurn]:
    """What the agent is told of earlier turns, by number."""
    questions = {row.turn: row.content for row in rows if row.role == "user"}
    return {
        row.turn: PastTurn(questions.get(row.turn, ""), row.content, row.document.get("agent", {}).get("mentioned", {}))
        for row in rows
        if row.role == "assistant"
    }


def _turn_out(number: int, question: ChatTurn | None, answer: ChatTurn | None) -> TurnOut:
    row = answer or question
    assert row is not None
    document: Mapping[str, Any] = answer.document.get("turn", {}) if answer else {}
    base = {
        "turn": number,
        "key": row.key,
        "asked_at": moment((question or row).created_at),
        "asked_by": (question or row).user,
        "event_id": row.event_id,
        "status": "stopped",
        "model_version": row.model_version,
        "prompt_version": row.prompt_version,
        **document,
        "question": printable(question.content) if question else "",
        "content": printable(answer.content) if answer else "",
    }
    if answer is not None and not document:
        base["status"] = "done"
    if base["status"] in UNFINISHED or answer is None:
        base |= {"status": "stopped", "error": RESTARTED}
    return TurnOut.model_validate(base)


def _own_path(url: str | None) -> str | None:
    # Two slashes, or a backslash, lead to another site.
    return url if url and url.startswith("/") and not url.startswith(("//", "/\\")) else None
