"""A classifier over a small knowledge base in memory, every part of which can be made to fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import pytest

from agents.classifier import Classifier, Memo, Options, Reranker, load_ranker
from agents.knowledge.base import Hit, KnowledgeUnavailableError
from agents.knowledge.build import build_chunks
from agents.knowledge.catalog import load_catalog
from agents.knowledge.embedding import EmbeddingUnavailableError
from agents.llm.base import ModelUnavailableError
from agents.ocsf import load_taxonomy
from prompts import load_prompt

TAXONOMY = load_taxonomy("1.8.0")
CATALOG = load_catalog(TAXONOMY)
CHUNKS = tuple(build_chunks(TAXONOMY, CATALOG))


@cache
def words_of(chunk_id, text):
    return frozenset(text.lower().split())


@dataclass
class MemoryKnowledge:
    """Ranks chunks by shared tokens and words; the engines themselves are tested with the knowledge base."""

    chunks: list = field(default_factory=lambda: list(CHUNKS))
    down: bool = False
    embeddings_down: bool = False
    revision: int = 1
    queries: list = field(default_factory=list)
    name = "memory"

    def search(self, query):
        self.queries.append(query)
        if self.down:
            raise KnowledgeUnavailableError("the knowledge base is down")
        if self.embeddings_down and query.mode != "lexical":
            raise EmbeddingUnavailableError("no embeddings")
        wanted, hits = set(query.text.lower().split()), []
        for kind, limit in query.limits.items():
            scored = []
            for chunk in self.chunks:
                if chunk.kind is kind and chunk.metadata.get("product") not in query.exclude_products:
                    exact = len(set(chunk.tokens) & set(query.tokens))
                    shared = len(wanted & words_of(chunk.chunk_id, chunk.text))
                    scored.append((5 * exact + shared, chunk))
            scored.sort(key=lambda pair: -pair[0])
            for rank, (score, chunk) in enumerate(scored[:limit], start=1):
                if score:
                    hits.append(Hit(chunk, 1 / (60 + rank), rank, dense=min(1.0, score / 50), lexical=float(score)))
        return hits

    def version(self):
        if self.down:
            raise KnowledgeUnavailableError("the knowledge base is down")
        return f"v{self.revision}"


@dataclass
class CountingModel:
    """A model that prefers one class name and counts how often it is asked."""

    favourite: str = "Authentication"
    down: bool = False
    error: Exception | None = None
    asked: int = 0
    name: str = "counting"

    def score_choices(self, messages, choices, *, timeout=None):
        if self.down:
            raise ModelUnavailableError("the model file is missing")
        if self.error is not None:
            raise self.error
        empty = "<event>\n-\n</event>" in messages[-1].content
        self.asked += not empty
        return [-1.0 if choice == self.favourite and not empty else -3.0 for choice in choices]


@pytest.fixture
def knowledge():
    return MemoryKnowledge()


@pytest.fixture
def model():
    return CountingModel()


@pytest.fixture
def make_classifier(tmp_path, knowledge, model):
    def make(*, with_model=True, pins=lambda _: None, filling=lambda: False, **options):
        reranker = Reranker(model, load_prompt("rerank"), TAXONOMY) if with_model else None
        return Classifier(
            TAXONOMY, knowledge, load_ranker(), reranker, Memo(tmp_path / "memo"),
            guides=CATALOG.guides, pins=pins, filling=filling, options=Options(**options),
        )  # fmt: skip

    return make
