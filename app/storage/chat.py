"""The analyst chat: conversations, their turns, and which of them the knowledge base has."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal, cast

from app.storage.clickhouse import ClickHouse
from app.storage.codec import dump, load
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
    "revision": "UInt64",
    "key": "String",
    "status": "LowCardinality(String)",
    "composed": "LowCardinality(String)",
    "rating": "LowCardinality(String)",
    "note": "String",
    "ms": "Float64",
    "document": "String",
}
CONVERSATION_COLUMNS = {
    "conversation_id": "UUID",
    "revision": "UInt64",
    "owner": "LowCardinality(String)",
    "title": "String",
    "event_id": "Nullable(UUID)",
    "shared": "Bool",
    "turns": "UInt32",
    "created_at": "DateTime64(3, 'UTC')",
    "updated_at": "DateTime64(3, 'UTC')",
    "deleted_at": "Nullable(DateTime64(3, 'UTC'))",
    "erased": "Bool",
}
WRITTEN_COLUMNS = {
    "conversation_id": "UUID",
    "turn": "UInt32",
    "role": "LowCardinality(String)",
    "written": "UInt64",
}
Role = Literal["user", "assistant"]
UNFINISHED = ("queued", "answering")

_PAGE = """
SELECT * FROM chat_conversations FINAL
WHERE deleted_at IS NULL AND (owner = {me:String} OR (shared AND {others:Bool}))
  AND (updated_at, conversation_id) < ({at:DateTime64(3)}, {id:UUID})
  AND (empty({words:Array(String)})
       OR arrayAll(word -> positionCaseInsensitiveUTF8(title, word) > 0, {words:Array(String)})
       OR conversation_id IN
          (SELECT conversation_id FROM chat_turns FINAL
           WHERE arrayAll(word -> positionCaseInsensitiveUTF8(content, word) > 0, {words:Array(String)})))
  AND ({event:String} = '' OR toString(event_id) = {event:String})
ORDER BY updated_at DESC, conversation_id DESC LIMIT {limit:UInt32}
SETTINGS max_execution_time = 15
"""
_EXCERPTS = """
SELECT conversation_id, content FROM chat_turns FINAL
WHERE conversation_id IN {ids:Array(UUID)}
  AND arrayAll(word -> positionCaseInsensitiveUTF8(content, word) > 0, {words:Array(String)})
ORDER BY conversation_id, turn, role DESC LIMIT 1 BY conversation_id
"""
_COUNTS = """
SELECT owner, count() AS conversations, countIf(shared) AS shared, sum(turns) AS turns, max(updated_at) AS last_at
FROM chat_conversations FINAL WHERE deleted_at IS NULL
GROUP BY owner ORDER BY owner LIMIT 1000
"""
_UNWRITTEN = """
SELECT t.* FROM (SELECT * FROM chat_turns FINAL WHERE status NOT IN {unfinished:Array(String)}) AS t
LEFT JOIN (SELECT * FROM chat_transcripts FINAL) AS w USING (conversation_id, turn, role)
WHERE (w.written < t.revision OR (w.written = 0 AND t.revision = 0))
  AND t.conversation_id NOT IN (SELECT conversation_id FROM chat_conversations FINAL WHERE deleted_at IS NOT NULL)
ORDER BY t.created_at, t.conversation_id, t.turn, t.role DESC LIMIT {limit:UInt32}
"""


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """One turn: what was said, by whom, about which event, and which model and prompt answered ('' for people).

    A question and its answer share the number ``turn``. ``document`` is the answer as it is told over the wire, with
    what the agent remembers of it. ``revision`` grows with every change; ``ms`` is how long the answer took.
    """

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
    revision: int = 0
    key: str = ""
    status: str = "done"
    composed: str = ""
    rating: str = ""
    note: str = ""
    ms: float = 0.0
    document: Mapping[str, Any] = field(default_factory=dict)

    def row(self) -> tuple[object, ...]:
        """The values of ``CHAT_COLUMNS``."""
        return (
            canonical_id(self.conversation_id), self.turn, self.role, self.content,
            self.event_id and canonical_id(self.event_id), self.decision_id and canonical_id(self.decision_id),
            self.model_version, self.prompt_version, self.user, stored_time(self.created_at), self.revision, self.key,
            self.status, self.composed, self.rating, self.note, self.ms,
            dump(dict(self.document)) if self.document else "",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """One conversation; ``turns`` is the number of its last turn. A deleted one has no title any more."""

    conversation_id: str
    owner: str
    title: str
    created_at: datetime
    updated_at: datetime
    event_id: str | None = None
    shared: bool = False
    turns: int = 0
    deleted_at: datetime | None = None
    erased: bool = False
    revision: int = 0


@dataclass(frozen=True, slots=True)
class OwnerCounts:
    """How many conversations somebody has, and how many turns they hold together."""

    owner: str
    conversations: int
    shared: int
    turns: int
    last_at: datetime


class ChatRepository:
    """The tables of the chat."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    # -- turns

    def insert(self, turns: Sequence[ChatTurn]) -> None:
        """Write turns, replacing those with the same conversation, number and role; on return they are found.

        Raises:
            StorageRejectedError, StorageError, StorageUnavailableError
        """
        self._clickhouse.insert("chat_turns", CHAT_COLUMNS, [turn.row() for turn in turns])

    def conversation(self, conversation_id: str) -> list[ChatTurn]:
        """The turns of a conversation in their order, each question before its answer."""
        if (wanted := id_or_none(conversation_id)) is None:
            return []
        rows = self._clickhouse.rows(
            "SELECT * FROM chat_turns FINAL WHERE conversation_id = {id:UUID} ORDER BY turn, role DESC, created_at",
            {"id": wanted},
        )
        return [_turn(row) for row in rows]

    def unfinished(self) -> list[ChatTurn]:
        """The answers that were being made, or waited, when they were last written."""
        rows = self._clickhouse.rows(
            "SELECT * FROM chat_turns FINAL WHERE status IN {unfinished:Array(String)} LIMIT 10000",
            {"unfinished": list(UNFINISHED)},
        )
        return [_turn(row) for row in rows]

    # -- conversations

    def save(self, conversation: StoredConversation) -> StoredConversation:
        """Write a conversation; on return it is found. What is returned has its revision.

        Raises:
            StorageRejectedError, StorageError, StorageUnavailableError
        """
        c = replace(conversation, revision=next_revision(conversation.revision))
        row = (
            canonical_id(c.conversation_id), c.revision, c.owner, c.title, c.event_id and canonical_id(c.event_id),
            c.shared, c.turns, stored_time(c.created_at), stored_time(c.updated_at),
            c.deleted_at and stored_time(c.deleted_at), c.erased,
        )  # fmt: skip
        self._clickhouse.insert("chat_conversations", CONVERSATION_COLUMNS, [row])
        return c

    def get(self, conversation_id: str) -> StoredConversation | None:
        """A conversation, deleted ones too; ``None`` where there is none."""
        if (wanted := id_or_none(conversation_id)) is None:
            return None
        rows = self._clickhouse.rows(
            "SELECT * FROM chat_conversations FINAL WHERE conversation_id = {id:UUID}", {"id": wanted}
        )
        return _conversation(rows[0]) if rows else None

    def page(
        self,
        me: str,
        *,
        words: Sequence[str],
        others: bool,
        event_id: str,
        place: tuple[datetime, str],
        limit: int,
    ) -> list[StoredConversation]:
        """One's own and, with ``others``, shared conversations, the last changed first, those behind ``place``.

        With ``words`` only those that have all of them in the title or in one turn; case does not matter.
        """
        rows = self._clickhouse.rows(
            _PAGE,
            {
                "me": me, "others": others, "words": list(words), "event": event_id, "at": place[0], "id": place[1],
                "limit": limit,
            },
        )  # fmt: skip
        return [_conversation(row) for row in rows]

    def matches(self, conversation_ids: Sequence[str], words: Sequence[str]) -> dict[str, str]:
        """By conversation: the first turn that has all words."""
        if not conversation_ids or not words:
            return {}
        rows = self._clickhouse.rows(_EXCERPTS, {"ids": list(conversation_ids), "words": list(words)})
        return {str(row["conversation_id"]): row["content"] for row in rows}

    def counts(self) -> list[OwnerCounts]:
        """How much everybody has asked, by name."""
        return [
            OwnerCounts(row["owner"], int(row["conversations"]), int(row["shared"]), int(row["turns"]), row["last_at"])
            for row in self._clickhouse.rows(_COUNTS)
        ]

    # -- what the knowledge base has

    def unwritten(self, limit: int) -> list[ChatTurn]:
        """Finished turns that the knowledge base does not have as they are now, oldest first."""
        rows = self._clickhouse.rows(_UNWRITTEN, {"unfinished": list(UNFINISHED), "limit": limit})
        return [_turn(row) for row in rows]

    def note_written(self, turns: Sequence[ChatTurn]) -> None:
        """Remember that the knowledge base has these turns as they are."""
        rows = [(canonical_id(t.conversation_id), t.turn, t.role, max(1, t.revision)) for t in turns]
        self._clickhouse.insert("chat_transcripts", WRITTEN_COLUMNS, rows)

    def unerased(self) -> list[StoredConversation]:
        """Deleted conversations of which something may be left."""
        rows = self._clickhouse.rows(
            "SELECT * FROM chat_conversations FINAL WHERE deleted_at IS NOT NULL AND NOT erased "
            "ORDER BY deleted_at LIMIT 100"
        )
        return [_conversation(row) for row in rows]

    def erase_turns(self, conversation_id: str) -> None:
        """Remove the turns of a conversation for good; on return no query finds them.

        Raises:
            StorageError, StorageUnavailableError
        """
        wanted = {"id": canonical_id(conversation_id)}
        for table in ("chat_turns", "chat_transcripts"):
            self._clickhouse.command(
                f"ALTER TABLE {table} DELETE WHERE conversation_id = {{id:UUID}} SETTINGS mutations_sync = 1", wanted
            )


def next_revision(before: int = 0) -> int:
    """A revision above ``before`` and above those of an earlier time: microseconds since 1970."""
    return max(before + 1, time.time_ns() // 1000)


def _turn(row: Mapping[str, Any]) -> ChatTurn:
    return ChatTurn(
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
        revision=row["revision"],
        key=row["key"],
        status=row["status"],
        composed=row["composed"],
        rating=row["rating"],
        note=row["note"],
        ms=row["ms"],
        document=load(row["document"]) if row["document"] else {},
    )


def _conversation(row: Mapping[str, Any]) -> StoredConversation:
    return StoredConversation(
        conversation_id=str(row["conversation_id"]),
        owner=row["owner"],
        title=row["title"],
        created_at=row["created_at"].astimezone(UTC),
        updated_at=row["updated_at"].astimezone(UTC),
        event_id=row["event_id"] and str(row["event_id"]),
        shared=row["shared"],
        turns=row["turns"],
        deleted_at=row["deleted_at"],
        erased=row["erased"],
        revision=row["revision"],
    )
