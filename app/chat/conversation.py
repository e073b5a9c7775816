"""One conversation in memory: who follows it, what was told, what is being answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, Lock, RLock
from typing import Any, Protocol

from agents.chat.base import PastTurn
from app.auth.principal import Principal
from app.chat.protocol import TurnOut
from app.chat.transcript import Told, Transcript
from app.storage.chat import StoredConversation


class Follower(Protocol):
    """A connection as the chat knows it."""

    def put(self, message: bytes) -> None:
        """Take a message to be sent soon; never waits."""
        ...

    def end(self, code: str, reason: str) -> None:
        """End it soon, with an error of this code where there is one; never waits."""
        ...

    def reads(self, stored: StoredConversation) -> bool:
        """Whether whoever is connected may read a conversation."""
        ...


@dataclass(eq=False)
class Question:
    """A question that is not answered yet.

    ``current`` says who asks, with the rights of the moment; ``None`` once those have ended. ``ended`` is set when
    the turn is finished, whoever finished it.
    """

    conversation: Conversation
    turn: TurnOut
    user: str
    current: Callable[[], Principal | None]
    stop: Event = field(default_factory=Event)
    ended: Event = field(default_factory=Event)
    place: int = 0
    asked: float = field(default_factory=time.monotonic)
    agent: Mapping[str, Any] = field(default_factory=dict)

    @property
    def conversation_id(self) -> str:
        """Where it was asked."""
        return self.conversation.stored.conversation_id

    @property
    def number(self) -> int:
        """The number of its turn."""
        return self.turn.turn


class Conversation:
    """A conversation that somebody follows, or that is being answered. ``lock`` guards everything in it.

    ``asking`` is held while a question is taken, so that two of them do not get one number; it is never taken while
    ``lock`` is held.
    """

    def __init__(
        self,
        stored: StoredConversation,
        turns: list[TurnOut],
        past: Mapping[int, PastTurn],
        agent: Mapping[int, Mapping[str, Any]],
        *,
        is_new: bool,
    ) -> None:
        self.stored = stored
        # A time, so that a reader of an earlier process is behind everything that is kept.
        self.transcript = Transcript(turns, int(time.time() * 1000))
        self.past = dict(past)
        self.agent = dict(agent)
        self.is_new = is_new
        self.followers: set[Follower] = set()
        self.questions: dict[int, Question] = {}
        self.lock = RLock()
        self.asking = Lock()
        self.used_at = time.monotonic()

    def tell(self, make: type[Told], **values: Any) -> None:
        """Tell everybody who follows."""
        with self.lock:
            message = self.transcript.tell(make, **values)
            for follower in self.followers:
                follower.put(message)

    def remembered(self, before: int) -> list[PastTurn]:
        """The turns before a number, as the agent is told of them."""
        with self.lock:
            return [self.past[number] for number in sorted(self.past) if number < before]

    @property
    def in_use(self) -> bool:
        """Whether it must stay in memory."""
        return bool(self.followers or self.questions)
