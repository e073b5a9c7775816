"""Storing finished turns, again where the store was away, and those that an earlier process left unfinished."""

from __future__ import annotations

import threading
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import replace

import structlog

from agents.errors import LogatlasError
from app.chat.conversation import Question
from app.chat.protocol import TurnOut
from app.chat.shown import RESTARTED, stored
from app.storage.chat import ChatRepository, ChatTurn, next_revision

log = structlog.get_logger(__name__)


class Keeper:
    """Keeps turns. Safe to share by threads."""

    def __init__(self, repository: ChatRepository, stored: Callable[[], None]) -> None:
        """``stored`` is called after turns were written, so that they are indexed."""
        self._repository = repository
        self._wake = stored
        self._lock = threading.Lock()
        self._unsaved: dict[tuple[str, int], list[ChatTurn]] = {}

    def keep(self, question: Question, turn: TurnOut) -> None:
        """Store a finished turn, or remember to."""
        rows = stored(question.conversation_id, turn, next_revision(), question.agent)
        try:
            self._repository.insert(rows)
        except LogatlasError as error:
            log.warning("a turn waits to be stored", code=error.code, reason=error.message)
            with self._lock:
                self._unsaved[question.conversation_id, turn.turn] = rows
        self._wake()

    def save_again(self) -> None:
        """Store what could not be stored."""
        with self._lock:
            waiting = dict(self._unsaved)
        for key, rows in waiting.items():
            try:
                self._repository.insert(rows)
            except LogatlasError:
                return
            with self._lock:
                if self._unsaved.get(key) is rows:
                    del self._unsaved[key]

    def drop(self, conversation_id: str) -> None:
        """Store no more of a conversation."""
        with self._lock:
            for key in [key for key in self._unsaved if key[0] == conversation_id]:
                del self._unsaved[key]

    def clean_up(self, mine: AbstractSet[tuple[str, int]]) -> bool:
        """Mark what an earlier process did not finish, all but ``mine``; whether that could be done."""
        try:
            left = [row for row in self._repository.unfinished() if (row.conversation_id, row.turn) not in mine]
            self._repository.insert([_stopped(row) for row in left])
        except LogatlasError as error:
            log.warning("unfinished turns not marked", reason=error.message)
            return False
        if left:
            log.info("unfinished turns marked as stopped", turns=sum(row.role == "assistant" for row in left))
            self._wake()
        return True


def _stopped(row: ChatTurn) -> ChatTurn:
    document = {**row.document, "turn": {**row.document.get("turn", {}), "status": "stopped", "error": RESTARTED}}
    if row.role == "user":
        document = {}
    return replace(row, status="stopped", revision=next_revision(row.revision), document=document)
