"""Transcripts in each engine: beside the knowledge base and never in it, erased in both stores."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.knowledge.base import Chunk, Kind, Query
from app.chat.transcripts import Transcripts, chunk_id
from app.services import open_knowledge, open_transcripts
from app.settings import Settings
from app.storage import open_store
from app.storage.chat import ChatTurn, StoredConversation
from app.telemetry import new_id

# The servers that stand in for Qdrant and Trieve.
sys.path.insert(0, str(Path(__file__).parents[2] / "agents" / "knowledge"))

NOW = datetime(2031, 5, 1, 10, 0, tzinfo=UTC)


@contextmanager
def _edge(embedder):
    yield {}


@contextmanager
def _qdrant(embedder):
    from qdrant_stub import qdrant_stub

    with qdrant_stub() as stub:
        yield {"qdrant_url": stub.url}


@contextmanager
def _trieve(embedder):
    from trieve_stub import API_KEY, TrieveStub

    with TrieveStub(embedder) as stub:
        yield {"trieve_url": stub.url, "trieve_api_key": API_KEY}


@pytest.mark.parametrize("engine", [_edge, _qdrant, _trieve], ids=["qdrant_edge", "qdrant", "trieve"])
def test_turns_are_chunks_beside_the_knowledge_base_and_go_from_both_stores(engine, tmp_path, monkeypatch):
    from serve_chat import WordEmbedder

    import app.services

    words = WordEmbedder(tmp_path)
    monkeypatch.setattr(app.services, "_embedder", lambda _: words)
    with engine(words) as where:
        settings = Settings(_env_file=None, data_dir=tmp_path, **where)
        knowledge, embedder = open_knowledge(settings)
        base = open_transcripts(settings, embedder)
        store = open_store(None, tmp_path)
        try:
            guide = Chunk("guide:p:1", Kind.GUIDE, "Gate opened", "the gate was opened", "1.8.0", class_uid=3002)
            knowledge.upsert([guide])
            kept, gone = (_conversation(store, text) for text in ("is the gate safe", "who opened the gate"))
            transcripts = Transcripts(store.chat, base, "1.8.0", second_look_s=0)
            assert transcripts.catch_up() == 4
            chunk = base.get([chunk_id(gone.conversation_id, 1, "user")])[0]
            assert (chunk.kind, chunk.text) == (Kind.TRANSCRIPT, "who opened the gate")
            assert (chunk.metadata["user"], chunk.metadata["turn"]) == ("ana", 1)
            # Nothing that an analyst wrote is evidence for a class.
            found = knowledge.search(Query("who opened the gate", dict.fromkeys(Kind, 10), "1.8.0"))
            assert [hit.chunk.chunk_id for hit in found] == [guide.chunk_id]

            transcripts.delete(gone)
            transcripts.catch_up()
            transcripts.catch_up()
            assert base.get([chunk_id(gone.conversation_id, 1, role) for role in ("user", "assistant")]) == []
            assert store.chat.conversation(gone.conversation_id) == []
            assert store.chat.unerased() == []
            assert len(base.get([chunk_id(kept.conversation_id, 1, role) for role in ("user", "assistant")])) == 2
            assert len(store.chat.conversation(kept.conversation_id)) == 2
        finally:
            store.close()
            base.close()
            knowledge.close()


def _conversation(store, question: str) -> StoredConversation:
    """A stored conversation of one question and its answer."""
    conversation = StoredConversation(new_id(), "ana", question, NOW, NOW, turns=1)
    store.chat.insert(
        [
            ChatTurn(conversation.conversation_id, 1, "user", question, "ana", NOW),
            ChatTurn(conversation.conversation_id, 1, "assistant", "By nobody.", "ana", NOW, composed="template"),
        ]
    )
    return store.chat.save(conversation)
