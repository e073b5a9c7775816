"""Adapters and embedders that the tests of the knowledge base share."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest

from agents.errors import LogatlasError
from agents.knowledge.base import KnowledgeBase
from agents.knowledge.embedding import Embedder, EmbeddingUnavailableError, LlamaCppEmbedder, Vectors
from agents.knowledge.qdrant import QdrantEdgeKnowledge, QdrantServerKnowledge
from models import DEFAULT_EMBEDDING_MODEL, WEIGHTS_DIR
from models.prepare import prepare

# Stub servers lie beside the tests and are imported by name.
sys.path.insert(0, str(Path(__file__).parent))


class HashingEmbedder:
    """A test double for speed: a set of words, each word hashed to a dimension. Records what it embeds."""

    def __init__(self, dimension: int = 512, name: str = "hashing") -> None:
        self.name = name
        self.dimension = dimension
        self.embedded: list[str] = []
        self.broken = False

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self.broken:
            raise EmbeddingUnavailableError("told to fail")
        self.embedded.extend(texts)
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()) or ["-"]:
                digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=4).digest()
                row[int.from_bytes(digest, "big") % self.dimension] = 1.0
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def close(self) -> None:
        pass


Factory = Callable[[Path, Embedder], AbstractContextManager[KnowledgeBase]]


@contextmanager
def _qdrant_edge(path: Path, embedder: Embedder) -> Iterator[KnowledgeBase]:
    knowledge = QdrantEdgeKnowledge(path / "knowledge", embedder)
    yield knowledge
    knowledge.close()


@contextmanager
def _qdrant_server(path: Path, embedder: Embedder) -> Iterator[KnowledgeBase]:
    from qdrant_stub import qdrant_stub

    with qdrant_stub() as stub:
        knowledge = QdrantServerKnowledge(stub.url, None, embedder)
        yield knowledge
        knowledge.close()


@contextmanager
def _trieve(path: Path, embedder: Embedder) -> Iterator[KnowledgeBase]:
    from trieve_stub import trieve_knowledge

    with trieve_knowledge(path, embedder) as knowledge:
        yield knowledge


ADAPTERS: dict[str, Factory] = {"qdrant-edge": _qdrant_edge, "qdrant-server": _qdrant_server}
if importlib.util.find_spec("trieve_stub") is not None:
    ADAPTERS["trieve"] = _trieve


@pytest.fixture
def embedder() -> HashingEmbedder:
    return HashingEmbedder()


@pytest.fixture(params=sorted(ADAPTERS))
def adapter(request: pytest.FixtureRequest) -> Factory:
    return ADAPTERS[request.param]


@pytest.fixture
def knowledge_base(adapter: Factory, tmp_path: Path, embedder: HashingEmbedder) -> Iterator[KnowledgeBase]:
    with adapter(tmp_path, embedder) as knowledge:
        yield knowledge


@pytest.fixture(scope="session")
def minilm() -> Iterator[LlamaCppEmbedder]:
    """The real MiniLM, written as GGUF by ``make setup`` or now."""
    try:
        path = prepare(DEFAULT_EMBEDDING_MODEL, WEIGHTS_DIR)
    except LogatlasError as error:
        pytest.fail(f"MiniLM cannot be prepared: {error}")
    model = LlamaCppEmbedder(path, threads=2)
    yield model
    model.close()
