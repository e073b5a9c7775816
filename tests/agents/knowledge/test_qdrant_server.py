from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import HashingEmbedder
from qdrant_stub import QdrantStub, qdrant_stub

from agents.knowledge import qdrant_remote
from agents.knowledge.base import Chunk, Kind, KnowledgeRequestError, KnowledgeUnavailableError, Query
from agents.knowledge.qdrant import QdrantServerKnowledge
from agents.knowledge.qdrant_layout import BM25, DENSE

LOGON = Chunk("guide:logon", Kind.GUIDE, "Logon", "someone logs on", "1.8.0", tokens=("eventid04624",))
QUESTION = Query("logs on", {Kind.GUIDE: 3}, "1.8.0")


@pytest.fixture
def server() -> Iterator[QdrantStub]:
    with qdrant_stub() as stub:
        yield stub


@pytest.fixture
def knowledge(server: QdrantStub, embedder: HashingEmbedder) -> Iterator[QdrantServerKnowledge]:
    adapter = QdrantServerKnowledge(server.url, None, embedder)
    adapter.upsert([LOGON])
    yield adapter
    adapter.close()


@pytest.fixture
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qdrant_remote, "_REST_S", 0.0)


def test_processes_share_what_one_wrote(server: QdrantStub, knowledge: QdrantServerKnowledge) -> None:
    other = QdrantServerKnowledge(server.url, None, HashingEmbedder())
    assert other.get([LOGON.chunk_id]) == [LOGON]
    assert other.version() == knowledge.version()
    other.close()


def test_a_write_elsewhere_shows_in_the_version(
    server: QdrantStub, knowledge: QdrantServerKnowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qdrant_remote, "_REVISION_AGE_S", 0.0)
    other = QdrantServerKnowledge(server.url, None, HashingEmbedder())
    before = knowledge.version()
    other.delete([LOGON.chunk_id])
    assert knowledge.version() != before
    other.close()


def test_the_version_costs_no_request(server: QdrantStub, knowledge: QdrantServerKnowledge) -> None:
    knowledge.version()
    server.requests.clear()
    for _ in range(100):
        knowledge.version()
    assert len(server.requests) <= 2


def test_a_search_is_two_requests(server: QdrantStub, knowledge: QdrantServerKnowledge) -> None:
    server.requests.clear()
    knowledge.search(Query("logs on", {Kind.CLASS: 3, Kind.GUIDE: 3}, "1.8.0", tokens=("eventid04624",)))
    assert [path.rpartition("points")[2] for _, path in server.requests] == ["/query/batch", ""]


def test_the_layout_on_the_server(server: QdrantStub, knowledge: QdrantServerKnowledge) -> None:
    (alias,) = server.engine.get_aliases().aliases
    info = server.engine.get_collection(alias.collection_name)
    assert alias.alias_name == "logatlas"
    assert set(info.config.params.vectors or {}) == {DENSE}
    assert set(info.config.params.sparse_vectors or {}) == {BM25}
    (point,) = server.engine.scroll(alias.collection_name)[0]
    assert point.payload is not None
    assert (point.payload["chunk_id"], point.payload["kind"]) == (LOGON.chunk_id, "guide")


def test_another_embedder_moves_the_alias(server: QdrantStub, knowledge: QdrantServerKnowledge) -> None:
    smaller = HashingEmbedder(8, "smaller")
    other = QdrantServerKnowledge(server.url, None, smaller)
    assert other.search(QUESTION)[0].chunk == LOGON
    assert len(server.engine.get_collections().collections) == 1
    other.close()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_failure_is_not_noticed(server: QdrantStub, knowledge: QdrantServerKnowledge, status: int) -> None:
    server.failures += [status, status]
    assert knowledge.search(QUESTION)[0].chunk == LOGON


def test_a_lasting_failure_is_an_error_and_the_next_call_does_not_wait(
    server: QdrantStub, knowledge: QdrantServerKnowledge
) -> None:
    server.failures += [503] * 3
    with pytest.raises(KnowledgeUnavailableError, match="503"):
        knowledge.search(QUESTION)
    server.requests.clear()
    with pytest.raises(KnowledgeUnavailableError, match="a moment ago"):
        knowledge.check()
    assert server.requests == []
    assert knowledge.version()


@pytest.mark.usefixtures("no_rest")
def test_it_works_again_when_the_server_is_back(server: QdrantStub, knowledge: QdrantServerKnowledge) -> None:
    server.failures += [500] * 3
    with pytest.raises(KnowledgeUnavailableError):
        knowledge.check()
    knowledge.check()


def test_a_server_that_is_down_is_an_error_at_the_first_use(embedder: HashingEmbedder) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    adapter = QdrantServerKnowledge(url, "top-secret-key", embedder)
    with pytest.raises(KnowledgeUnavailableError) as caught:
        adapter.check()
    assert "top-secret-key" not in str(caught.value)
    adapter.close()


@pytest.mark.usefixtures("no_rest")
def test_a_slow_server_is_a_timeout(server: QdrantStub, embedder: HashingEmbedder) -> None:
    adapter = QdrantServerKnowledge(server.url, None, embedder, timeout=1)
    server.delay = 1.4
    with pytest.raises(KnowledgeUnavailableError, match="does not answer"):
        adapter.check()
    adapter.close()


@pytest.mark.parametrize("key", [None, "wrong-key"])
def test_a_refused_key_is_said_but_not_shown(embedder: HashingEmbedder, key: str | None) -> None:
    with qdrant_stub(api_key="right-key") as server:
        adapter = QdrantServerKnowledge(server.url, key, embedder)
        with pytest.raises(KnowledgeRequestError, match="refused the API key") as caught:
            adapter.check()
        assert "wrong-key" not in str(caught.value)
        adapter.close()
        QdrantServerKnowledge(server.url, "right-key", embedder).check()


def test_a_lost_collection_is_an_error(server: QdrantStub, knowledge: QdrantServerKnowledge) -> None:
    for collection in server.engine.get_collections().collections:
        server.engine.delete_collection(collection.name)
    with pytest.raises(KnowledgeUnavailableError, match="does not have the collection"):
        knowledge.search(QUESTION)


def test_a_foreign_collection_is_left_alone(server: QdrantStub, embedder: HashingEmbedder) -> None:
    from qdrant_client import models

    server.engine.create_collection("theirs", vectors_config={})
    alias = models.CreateAlias(collection_name="theirs", alias_name="logatlas")
    server.engine.update_collection_aliases([models.CreateAliasOperation(create_alias=alias)])
    adapter = QdrantServerKnowledge(server.url, None, embedder)
    with pytest.raises(KnowledgeRequestError, match="foreign"):
        adapter.upsert([LOGON])
    adapter.close()


def test_many_processes_may_start_at_once(server: QdrantStub) -> None:
    adapters = [QdrantServerKnowledge(server.url, None, HashingEmbedder()) for _ in range(6)]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda adapter: adapter.upsert([LOGON]), adapters))
    assert {adapter.count() for adapter in adapters} == {1}
    for adapter in adapters:
        adapter.close()
