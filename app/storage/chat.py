"""The turns of the analyst chat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from app.storage.clickhouse import ClickHouse
from app.storage.events import canonical_id, id_or_none, stored_time

CHAT_COLUMNS = {
    "conversation_id": "UUID",
    "turn": "UInt32",
    "role": "LowCardinality(String)",
    "content": "String",
    "event_id": "Nullable(UUID)",
    "decision_id": "Nullable(UUID)",
    "model_version": "LowCardinality(String)",
    "prompt_version": "LowCardinality(String)",
    "user": "LowCardinality(String)",
    "created_at": "DateTime64(3, 'UTC')",
}
Role = Literal["user", "assistant"]


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """One turn: what was said, by whom, about which event, and which model and prompt answered ('' for people)."""

    conversation_id: str
    turn: int
    role: Role
    content: str
    user: str
    created_at: datetime
    event_id: str | None = None
    decision_id: str | None = None
    model_version: str = ""
    prompt_version: str = ""


class ChatRepository:
    """The table of chat turns."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    def insert(self, turns: Sequence[ChatTurn]) -> None:
        """Write turns; on return they are found.

        Raises:
            StorageRejectedError, StorageError, StorageUnavailableError
        """
        rows = [
            (
                canonical_id(turn.conversation_id), turn.turn, turn.role, turn.content,
                turn.event_id and canonical_id(turn.event_id), turn.decision_id and canonical_id(turn.decision_id),
                turn.model_version, turn.prompt_version, turn.user, stored_time(turn.created_at),
            )
            for turn in turns
        ]  # fmt: skip
        self._clickhouse.insert("chat_turns", CHAT_COLUMNS, rows)

    def conversation(self, conversation_id: str) -> list[ChatTurn]:
        """The turns of a conversation in their order."""
        if (wanted := id_or_none(conversation_id)) is None:
            return []
        rows = self._clickhouse.rows(
            "SELECT * FROM chat_turns FINAL WHERE conversation_id = {id:UUID} ORDER BY turn, created_at",
            {"id": wanted},
        )
        return [
            ChatTurn(
                conversation_id=str(row["conversation_id"]),
                turn=row["turn"],
                role=cast(Role, row["role"]),
                content=row["content"],
                user=row["user"],
                created_at=row["created_at"],
                event_id=row["event_id"] and str(row["event_id"]),
                decision_id=row["decision_id"] and str(row["decision_id"]),
                model_version=row["model_version"],
                prompt_version=row["prompt_version"],
            )
            for row in rows
        ]
