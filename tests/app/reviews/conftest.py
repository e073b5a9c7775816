"""The review loop over the real store, knowledge base and classifier; only the embeddings are a quick stand-in."""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from agents.classifier import Classifier, Memo, Options, load_ranker
from agents.events.event import Source
from agents.knowledge.base import KnowledgeUnavailableError
from agents.knowledge.build import class_chunk
from agents.knowledge.qdrant import QdrantEdgeKnowledge
from agents.ocsf import load_taxonomy
from app.auth import Authenticator
from app.classification import classify
from app.decision_chunks import DecisionChunks
from app.live import LiveFeed
from app.readiness import PartHealth, Readiness, State
from app.reviews import Pins, open_reviews
from app.settings import Settings
from app.storage import open_store
from app.telemetry import Telemetry

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from reviews_support import API  # noqa: E402

PEOPLE = {"ana": "admin-token-of-ana", "bob": "admin-token-of-bob"}


class WordEmbedder:
    """Each word hashed to a dimension: what shares words is near."""

    name, dimension = "words", 256

    def embed(self, texts):
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()) or ["-"]:
                digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=4).digest()
                row[int.from_bytes(digest, "big") % self.dimension] = 1.0
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def close(self):
        """Nothing to release."""


class Knowledge:
    """The real knowledge base, which a test can take away."""

    def __init__(self, real):
        self.real = real
        self.down = False

    def __getattr__(self, name):
        if self.down and name in ("search", "upsert", "get", "delete", "version"):
            raise KnowledgeUnavailableError("taken away")
        return getattr(self.real, name)


@pytest.fixture(scope="session")
def taxonomy():
    return load_taxonomy()


@pytest.fixture(scope="session")
def filled_knowledge(tmp_path_factory, taxonomy):
    """The folder of a knowledge base that holds the classes."""
    folder = tmp_path_factory.mktemp("filled") / "knowledge"
    knowledge = QdrantEdgeKnowledge(folder, WordEmbedder())
    knowledge.upsert([class_chunk(c, taxonomy) for c in taxonomy.classes.values() if not c.deprecated])
    knowledge.close()
    return folder


class House:
    """The services of one data folder; ``close`` and open again as a restart does."""

    def __init__(self, folder, taxonomy, as_client):
        self.stack = ExitStack()
        store = open_store(None, folder)
        self.stack.callback(store.close)
        knowledge = Knowledge(QdrantEdgeKnowledge(folder / "knowledge", WordEmbedder()))
        self.stack.callback(knowledge.real.close)
        memo = Memo(folder / "memo")
        self.stack.callback(memo.close)
        pins = Pins(store.pins, shared=False)
        options = Options(use_model="never")
        classifier = Classifier(taxonomy, knowledge, load_ranker(), None, memo, pins=pins.get, options=options)
        chunks = DecisionChunks(knowledge, taxonomy.version)
        live = LiveFeed(connections=3, queue_total=store.queue.count, degraded=list, start_at=0)
        self.stack.callback(live.close)
        store.on_stored = live.stored
        reviews = open_reviews(self.stack, store, pins, knowledge, classifier, chunks, taxonomy, live, late_s=0.0)
        self.services = SimpleNamespace(
            settings=Settings(_env_file=None),
            taxonomy=taxonomy,
            classifier=classifier,
            store=store,
            tokens=store.tokens,
            knowledge=knowledge,
            telemetry=Telemetry(),
            decision_chunks=chunks,
            pins=pins,
            reviews=reviews,
            live=live,
            readiness=Readiness({"store": lambda: PartHealth(State.OK)}, frozenset({"store"})),
            authenticator=Authenticator(store.tokens, PEOPLE),
        )
        self.store, self.knowledge, self.pins, self.live, self.reviews = store, knowledge, pins, live, reviews
        self.classifier, self.taxonomy = classifier, taxonomy
        self.ana, self.bob = (as_client(self.services, token) for token in PEOPLE.values())

    def close(self):
        self.stack.close()
        self.services.readiness.close()

    def event(self, raw, source=None):
        """The decision on one event, stored; tables lag until ``settle``."""
        return classify(self.services, raw, source or Source())

    def latest(self, event_id):
        """The document of the decision that holds."""
        return dict(self.store.latest_decision(event_id).document)

    def work(self):
        """Do everything that reviews have set in motion."""
        return self.reviews.work.drain(timeout=60)

    def settle(self):
        """Have all that was recorded in the tables, as a second's waiting does."""
        assert self.store.flush(timeout=120)

    def review(self, decision, action="override", client=None, **more):
        """A review of one event, by ana unless another client is given."""
        body = {
            "action": action, "target": {"event_id": decision["event_id"]}, "decision_id": decision["decision_id"],
            **({"class_uid": API} if action == "override" else {}), **more,
        }  # fmt: skip
        return (client or self.ana).post("/api/reviews", json=body)

    def undo(self, review, client=None):
        return (client or self.ana).post(f"/api/reviews/{review['review_id']}/undo")


@pytest.fixture
def open_house(tmp_path, filled_knowledge, taxonomy, as_client):
    """Opens the house, again after it was closed too."""
    shutil.copytree(filled_knowledge, tmp_path / "data" / "knowledge")
    opened = []

    def build():
        house = House(tmp_path / "data", taxonomy, as_client)
        opened.append(house)
        return house

    yield build
    for house in opened:
        house.close()


@pytest.fixture
def house(open_house):
    return open_house()
