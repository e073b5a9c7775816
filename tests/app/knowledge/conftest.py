"""The service over the real engines: chDB, Qdrant Edge with a quick embedder, the classifier without a model."""

from __future__ import annotations

import hashlib
import re
from shutil import copy, copytree

import numpy as np
import pytest

from agents.classifier import Classifier, Memo, load_ranker
from agents.knowledge import catalog as catalog_package
from agents.knowledge.build import sync
from agents.knowledge.catalog import load_catalog
from agents.knowledge.qdrant import QdrantEdgeKnowledge
from agents.ocsf import load_taxonomy
from app.knowledge_editing import KnowledgeEditor
from app.storage.store import open_store

TAXONOMY = load_taxonomy("1.8.0")
PRODUCTS = ("linux-su", "linux-sshd", "linux-cron")


class HashingEmbedder:
    """A set of words, each hashed to a dimension."""

    name, dimension = "hashing", 256

    def embed(self, texts):
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()) or ["-"]:
                row[hashlib.blake2b(word.encode(), digest_size=2).digest()[0]] = 1.0
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def close(self):
        """Nothing to release."""


@pytest.fixture(scope="session")
def small_catalog(tmp_path_factory):
    """Three products of the catalog."""
    folder = tmp_path_factory.mktemp("catalog")
    packaged = catalog_package.__path__[0]
    for product in PRODUCTS:
        copy(f"{packaged}/products/{product}.yaml", folder)
    return load_catalog(TAXONOMY, folder)


@pytest.fixture(scope="session")
def filled(tmp_path_factory, small_catalog):
    """The folder of a knowledge base that holds the small catalog and the taxonomy, to be copied."""
    folder = tmp_path_factory.mktemp("filled") / "knowledge"
    knowledge = QdrantEdgeKnowledge(folder, HashingEmbedder())
    sync(knowledge, TAXONOMY, small_catalog)
    knowledge.close()
    return folder


@pytest.fixture
def knowledge(tmp_path, filled):
    """A knowledge base that holds the small catalog and the taxonomy."""
    copytree(filled, tmp_path / "knowledge")
    knowledge = QdrantEdgeKnowledge(tmp_path / "knowledge", HashingEmbedder())
    yield knowledge
    knowledge.close()


@pytest.fixture
def services(make_services, tmp_path, knowledge, small_catalog):
    """The services over the real engines."""
    services = make_services()
    memo, store = Memo(tmp_path / "memo"), open_store(None, tmp_path / "data")
    parts = {"knowledge": knowledge, "catalog": small_catalog, "taxonomy": TAXONOMY, "store": store, "memo": memo}
    parts["embedder"] = HashingEmbedder()
    vars(services).update(parts)
    restart(services)
    yield services
    store.close()
    memo.close()


def restart(services):
    """A new editor and classifier over the same knowledge base and memo, as a new process has them."""
    editor = KnowledgeEditor(services.knowledge, TAXONOMY, services.catalog)
    services.knowledge_editor = editor
    services.classifier = Classifier(
        TAXONOMY, services.knowledge, load_ranker(), None, services.memo,
        guides=services.catalog.guides, custom_guides=editor.guides,
    )  # fmt: skip


@pytest.fixture
def light(make_services, as_client):
    """A client of a service over stand-ins, for what needs no engine."""
    return as_client(make_services())


@pytest.fixture
def classify(client, services):
    """Classifies one raw log, waits until it is in the tables, and gives the decision."""

    def one(raw):
        answer = client.post("/classify", json={"raw": raw})
        assert answer.status_code == 200, answer.text
        assert services.store.flush()
        return answer.json

    return one


@pytest.fixture
def restarted(services):
    """Restarts the parts that keep custom guides."""
    return lambda: restart(services)
