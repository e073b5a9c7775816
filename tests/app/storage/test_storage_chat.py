from datetime import UTC, datetime

import uuid_utils

from app.storage import ChatTurn
from app.storage.chat import ChatRepository
from app.storage.clickhouse import ClickHouse


def test_a_conversation_comes_back_turn_by_turn(clickhouse: ClickHouse) -> None:
    chat = ChatRepository(clickhouse)
    conversation, at = str(uuid_utils.uuid7()), datetime(2026, 3, 1, 9, 0, 0, 1000, UTC)
    event, decision = str(uuid_utils.uuid7()), str(uuid_utils.uuid7())
    question = ChatTurn(conversation, 1, "user", "Why is\nthis 3002? \udcff", "ada", at, event, decision)
    answer = ChatTurn(conversation, 2, "assistant", "Because …", "ada", at, None, None, "smollm2", "analyst@1")
    other = ChatTurn(str(uuid_utils.uuid7()), 1, "user", "Hello", "bob", at)
    chat.insert([answer, other])
    chat.insert([question])
    chat.insert([question])
    assert chat.conversation(conversation) == [question, answer]
    assert chat.conversation("nonsense") == []
