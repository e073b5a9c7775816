"""Transcripts in the knowledge base: one chunk a turn, written and removed in the background until that is done."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from agents.errors import LogatlasError
from agents.knowledge.base import Chunk, Kind, KnowledgeBase
from app.chat.shown import moment
from app.readiness import PartHealth, State
from app.storage.chat import ChatRepository, ChatTurn, StoredConversation

log = structlog.get_logger(__name__)

RETRY_S = 15.0
"""Pause after a failure."""
SECOND_LOOK_S = 60.0
"""A server that queues what it is sent may write a turn after it was removed: it is removed once more later."""
_BATCH = 50
_LONGEST_TITLE = 120


class Transcripts:
    """Keeps the knowledge base's transcripts in step with the event store. Safe to share by threads.

    What is still to be written or removed follows from the tables alone, so that neither a restart nor an engine that
    is away loses any of it.
    """

    def __init__(
        self,
        repository: ChatRepository,
        knowledge: KnowledgeBase,
        ocsf_version: str,
        *,
        retry_s: float = RETRY_S,
        second_look_s: float = SECOND_LOOK_S,
    ) -> None:
        """``knowledge`` holds transcripts only; it is closed by whoever opened it."""
        self._repository = repository
        self._knowledge = knowledge
        self._ocsf_version = ocsf_version
        self._retry_s = retry_s
        self._second_look_s = second_look_s
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._problem = ""
        self._thread = threading.Thread(target=self._run, name="transcripts", daemon=True)

    @property
    def name(self) -> str:
        """The engine that keeps them."""
        return self._knowledge.name

    def start(self) -> None:
        """Begin with what an earlier process left; returns at once."""
        self._thread.start()
        self._wake.set()

    def close(self) -> None:
        """End; what is not done goes on with the next start."""
        self._closing.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def wake(self) -> None:
        """Say that a turn was stored or changed."""
        self._wake.set()

    def delete(self, conversation: StoredConversation) -> StoredConversation:
        """Delete a conversation: durable when this returns, erased everywhere soon after.

        Raises:
            StorageError, StorageUnavailableError: it is not deleted.
        """
        deleted = self._repository.save(
            replace(conversation, title="", shared=False, deleted_at=datetime.now(UTC), erased=False)
        )
        self._wake.set()
        return deleted

    def health(self) -> PartHealth:
        """How the transcripts are; answers do not depend on it."""
        return PartHealth(State.DEGRADED, self._problem) if self._problem else PartHealth(State.OK)

    def catch_up(self) -> int:
        """Write and remove what is due now; how many turns were written.

        Raises:
            LogatlasError: a store is away; the rest goes on waiting.
        """
        for conversation in self._repository.unerased():
            self._erase(conversation)
        written = 0
        while turns := self._repository.unwritten(_BATCH):
            self._knowledge.upsert([self._chunk(turn) for turn in turns])
            self._repository.note_written(turns)
            written += len(turns)
            # One that was deleted meanwhile would otherwise stay behind.
            gone = {c.conversation_id for c in self._repository.unerased()}
            if late := [turn for turn in turns if turn.conversation_id in gone]:
                self._knowledge.delete([chunk_id(t.conversation_id, t.turn, t.role) for t in late])
        return written

    # -- inside

    def _run(self) -> None:
        while not self._closing.is_set():
            self._wake.wait(self._pause())
            self._wake.clear()
            if self._closing.is_set():
                return
            try:
                self.catch_up()
                self._problem = ""
            except LogatlasError as error:
                if not self._problem:
                    log.warning("transcripts wait", code=error.code, reason=error.message)
                self._problem = f"transcripts wait to be written: {error.message}"
                self._closing.wait(self._retry_s)
                self._wake.set()
            except Exception:
                log.exception("transcripts wait")
                self._problem = "transcripts wait to be written: see the log"
                self._closing.wait(self._retry_s)

    def _pause(self) -> float:
        return min(60.0, self._second_look_s)

    def _erase(self, conversation: StoredConversation) -> None:
        self._repository.erase_turns(conversation.conversation_id)
        ids = chunk_ids(conversation.conversation_id, range(1, conversation.turns + 1))
        self._knowledge.delete(ids)
        assert conversation.deleted_at is not None
        age = time.time() - conversation.deleted_at.timestamp()
        if age >= self._second_look_s and not self._knowledge.get(ids):
            self._repository.save(replace(conversation, erased=True))
            log.info("conversation erased", turns=conversation.turns)

    def _chunk(self, turn: ChatTurn) -> Chunk:
        return Chunk(
            chunk_id=chunk_id(turn.conversation_id, turn.turn, turn.role),
            kind=Kind.TRANSCRIPT,
            title=_title(turn.content),
            text=_text(turn),
            ocsf_version=self._ocsf_version,
            metadata={
                "conversation_id": turn.conversation_id,
                "turn": turn.turn,
                "role": turn.role,
                "user": _text_of(turn.user),
                "event_id": turn.event_id,
                "decision_id": turn.decision_id,
                "created_at": moment(turn.created_at),
                "status": turn.status,
                "composed": turn.composed,
                "model_version": turn.model_version,
                "prompt_version": turn.prompt_version,
                "rating": turn.rating or None,
            },
        )


def chunk_id(conversation_id: str, turn: int, role: str) -> str:
    """The id of a turn's chunk."""
    return f"transcript:{conversation_id}:{turn}:{role}"


def chunk_ids(conversation_id: str, turns: Sequence[int]) -> list[str]:
    """The ids of the chunks of some turns."""
    return [chunk_id(conversation_id, turn, role) for turn in turns for role in ("user", "assistant")]


def _title(content: str) -> str:
    words = " ".join(_text_of(content).split())
    return words[:_LONGEST_TITLE] or "(no answer)"


def _text(turn: ChatTurn) -> str:
    return _text_of(turn.content).strip() or "(no answer)"


def _text_of(text: str) -> str:
    # A question may quote a log with bytes that are not UTF-8, which no engine stores.
    return text.encode("utf-8", "replace").decode()
