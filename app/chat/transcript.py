"""What is told in one conversation: numbered, kept for readers that come back, and summed up in its turns."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, Literal

from app.chat.protocol import (
    CitationMessage,
    Done,
    FeedbackTaken,
    Queued,
    Token,
    Tool,
    ToolUse,
    TurnOut,
    TurnStarted,
)
from app.wire import write_json

KEPT = 2_000
"""Messages that a reader may have missed and is told again."""
KEPT_BYTES = 512 * 1024

Told = TurnStarted | Queued | Tool | CitationMessage | Token | Done | FeedbackTaken


class Transcript:
    """The messages of a conversation and the turns that follow from them. Not safe to share by threads.

    ``seq`` is the number of the last message. It starts at ``seq`` as given (the time of the start), so that a reader
    of an earlier process is seen to be one.
    """

    def __init__(self, turns: Iterable[TurnOut], seq: int) -> None:
        self.seq = seq
        # The turns before the first kept message: with the messages after it they give the turns at any of them.
        self._base = {turn.turn: turn for turn in turns}
        self._base_seq = seq
        self._ring: deque[tuple[Told, bytes]] = deque()
        self._bytes = 0
        self._now = dict(self._base)

    def tell(self, make: type[Told], **values: Any) -> bytes:
        """Number a message, keep it, and return it as it goes over the wire."""
        self.seq += 1
        named: dict[str, Any] = {"type": _TYPE_OF[make], "seq": self.seq, **values}
        message = make(**named)
        encoded = write_json(message.model_dump(mode="json"))
        self._ring.append((message, encoded))
        self._bytes += len(encoded)
        apply(self._now, message)
        while len(self._ring) > KEPT or self._bytes > KEPT_BYTES:
            old, old_encoded = self._ring.popleft()
            self._bytes -= len(old_encoded)
            self._base_seq = old.seq
            apply(self._base, old)
        return encoded

    def turns(self, at: int | None = None) -> list[TurnOut]:
        """The turns as they are now, or as they were after message ``at``, which must be kept."""
        if at is None or at == self.seq:
            return [self._now[number] for number in sorted(self._now)]
        then = dict(self._base)
        for message, _ in self._ring:
            if message.seq > at:
                break
            apply(then, message)
        return [then[number] for number in sorted(then)]

    def turn(self, number: int) -> TurnOut | None:
        """One turn as it is now."""
        return self._now.get(number)

    @property
    def last(self) -> TurnOut | None:
        """The last turn as it is now."""
        return self._now[max(self._now)] if self._now else None

    def kept(self, seq: int) -> bool:
        """Whether everything after message ``seq`` can be told again."""
        return self._base_seq <= seq <= self.seq

    def since(self, seq: int) -> list[bytes]:
        """The messages after ``seq``."""
        return [encoded for message, encoded in self._ring if message.seq > seq]


def apply(turns: dict[int, TurnOut], message: Told) -> None:
    """Change ``turns`` as ``message`` says: what a page does with it too."""
    if isinstance(message, TurnStarted | Done):
        turns[message.turn.turn] = message.turn
        return
    turn = turns.get(message.turn)
    if turn is None:
        return
    turns[message.turn] = turn.model_copy(update=_change(turn, message))


def _change(turn: TurnOut, message: Queued | Tool | CitationMessage | Token | FeedbackTaken) -> dict[str, Any]:
    if isinstance(message, Queued):
        return {"status": "queued"}
    if isinstance(message, FeedbackTaken):
        return {"rating": message.rating, "note": message.note}
    change: dict[str, Any] = {"status": "answering"}
    if isinstance(message, Tool):
        change["tools"] = [*(tool for tool in turn.tools if tool.call != message.tool.call), message.tool]
    elif isinstance(message, CitationMessage):
        others = [cited for cited in turn.citations if cited.number != message.citation.number]
        change["citations"] = [*others, message.citation]
    else:
        change["content"] = turn.content + message.text
    return change


def running(call: int, tool: str, label: str) -> ToolUse:
    """A tool that began."""
    return ToolUse(call=call, tool=tool, label=label, status="running")


def ended(use: ToolUse | None, call: int, tool: str, facts: int, ms: float, error: str) -> ToolUse:
    """The same tool when it ended."""
    status: Literal["done", "failed"] = "failed" if error else "done"
    label = use.label if use else tool
    return ToolUse(call=call, tool=tool, label=label, status=status, facts=facts, ms=round(ms, 1), error=error)


_TYPE_OF: dict[type[Told], str] = {
    TurnStarted: "turn",
    Queued: "queued",
    Tool: "tool",
    CitationMessage: "citation",
    Token: "token",
    Done: "done",
    FeedbackTaken: "feedback",
}
