"""The conversations that are in memory, read from the store when somebody asks for them."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import uuid_utils

from app.auth.permissions import CHAT_ASK
from app.auth.principal import Principal
from app.chat.conversation import Conversation
from app.chat.protocol import TurnOut
from app.chat.refusal import Refusal, conversation_gone
from app.chat.shown import past_turns, turns_out
from app.storage.chat import ChatRepository, StoredConversation
from app.storage.events import id_or_none

_FORGET_S = 600.0
"""Seconds for which a conversation that nobody follows can be resumed with what was missed; after that it is read."""
_MOST_IN_MEMORY = 1_000


class OpenConversations:
    """Finds conversations, as far as somebody may read them. Safe to share by threads."""

    def __init__(self, repository: ChatRepository) -> None:
        self._repository = repository
        self._lock = threading.Lock()
        self._open: dict[str, Conversation] = {}

    def begin(self, who: Principal, event_id: str | None) -> Conversation:
        """A new one; it is not stored before something is asked."""
        now = datetime.now(UTC)
        fresh = StoredConversation(str(uuid_utils.uuid7()), who.actor, "", now, now, event_id)
        conversation = Conversation(fresh, [], {}, {}, is_new=True)
        with self._lock:
            self._open[fresh.conversation_id] = conversation
        return conversation

    def get(self, conversation_id: str, who: Principal) -> Conversation:
        """The one with this id.

        Raises:
            Refusal: there is none that ``who`` may read.
            StorageError, StorageUnavailableError
        """
        wanted = id_or_none(conversation_id)
        known = self.known(wanted or "")
        if known is None and wanted is not None:
            known = self._load(wanted)
        if known is None or not may_read(known.stored, who) or known.stored.deleted_at is not None:
            raise Refusal("not_found", "there is no conversation with this id")
        known.used_at = time.monotonic()
        return known

    def known(self, conversation_id: str) -> Conversation | None:
        """The one with this id, where it is in memory."""
        with self._lock:
            return self._open.get(conversation_id)

    def own(self, conversation_id: str, who: Principal) -> StoredConversation:
        """One's own, as it is stored.

        Raises:
            ApiError: ``not_found``: there is none, or it is somebody else's.
            StorageError, StorageUnavailableError
        """
        found = self._repository.get(conversation_id)
        if found is None or found.deleted_at is not None or found.owner != who.actor:
            raise conversation_gone(conversation_id)
        return found

    def read(self, conversation_id: str, who: Principal) -> tuple[StoredConversation, list[TurnOut]]:
        """A conversation and its turns as they are now; raises as ``own`` does, but for what ``who`` may read."""
        known = self.known(conversation_id)
        if known is not None and not known.is_new and may_read(known.stored, who):
            with known.lock:
                return known.stored, known.transcript.turns()
        found = self._repository.get(conversation_id)
        if found is None or found.deleted_at is not None or not may_read(found, who):
            raise conversation_gone(conversation_id)
        return found, turns_out(self._repository.conversation(found.conversation_id))

    def drop(self, conversation_id: str) -> None:
        """Have it in memory no more."""
        with self._lock:
            self._open.pop(conversation_id, None)

    def unfinished(self) -> set[tuple[str, int]]:
        """Conversation and turn of every question that is being answered or waits."""
        with self._lock:
            return {(id_, number) for id_, known in self._open.items() for number in known.questions}

    def forget(self, now: float) -> None:
        """Drop those that nobody has used for long, and the oldest where there are too many."""
        with self._lock:
            idle = sorted((known.used_at, id_) for id_, known in self._open.items() if not known.in_use)
            surplus = max(0, len(self._open) - _MOST_IN_MEMORY)
            for n, (used_at, id_) in enumerate(idle):
                if n < surplus or now - used_at > _FORGET_S:
                    del self._open[id_]

    def _load(self, conversation_id: str) -> Conversation | None:
        found = self._repository.get(conversation_id)
        if found is None or found.deleted_at is not None:
            return None
        rows = self._repository.conversation(conversation_id)
        agent = {row.turn: row.document.get("agent", {}) for row in rows if row.role == "assistant"}
        loaded = Conversation(found, turns_out(rows), past_turns(rows), agent, is_new=False)
        with self._lock:
            # Another socket may have been first.
            return self._open.setdefault(conversation_id, loaded)


def may_read(stored: StoredConversation, who: Principal) -> bool:
    """Whether a conversation is one's own, or shared."""
    return stored.shared or stored.owner == who.actor


def may_ask(stored: StoredConversation, who: Principal) -> bool:
    """Whether somebody may go on with a conversation."""
    return stored.owner == who.actor and who.may(CHAT_ASK)
