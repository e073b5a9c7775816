"""Vectors made at set-up: they are near the model's own, hold for one model only, and cover the catalog."""

import numpy as np
import pytest

from agents.knowledge.build import build_chunks
from agents.knowledge.catalog import load_catalog
from agents.knowledge.precomputed import VECTORS, PrecomputedEmbedder, to_bytes
from agents.knowledge.qdrant_layout import embedded_text
from agents.ocsf import load_taxonomy
from app.settings import load_settings
from models.weights import find_weights


class Model:
    """An embedder that counts what it is asked and gives each text a vector of its own."""

    def __init__(self, name="model", dimension=384):
        self.name, self.dimension, self.asked, self.closed = name, dimension, [], False

    def embed(self, texts):
        self.asked += texts
        rows = [np.random.default_rng(abs(hash(text)) % 2**32).normal(size=self.dimension) for text in texts]
        return np.array([row / np.linalg.norm(row) for row in rows], dtype=np.float32).reshape(-1, self.dimension)

    def close(self):
        self.closed = True


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "vectors.npz"
    texts = ["one", "two", "zażółć \udcff"]
    path.write_bytes(to_bytes("model", texts, list(Model().embed(texts))))
    return path


def test_known_texts_cost_nothing_and_are_near_the_model_s_own(file):
    model = Model()
    embedder = PrecomputedEmbedder(model, file)
    rows = embedder.embed(["two", "three", "one"])
    assert model.asked == ["three"]
    assert rows.shape == (3, 384)
    expected = Model().embed(["two", "three", "one"])
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert ((rows * expected).sum(axis=1) > 0.999).all()
    assert embedder.lacks(["one", "three"]) == ["three"]


def test_vectors_of_another_model_are_not_used(file):
    model = Model("another")
    PrecomputedEmbedder(model, file).embed(["one"])
    assert model.asked == ["one"]


def test_the_rest_is_the_other_embedder_s(file):
    model = Model(dimension=7)
    embedder = PrecomputedEmbedder(model, file)
    assert (embedder.name, embedder.dimension) == ("model", 7)
    assert embedder.embed([]).shape == (0, 7)
    embedder.close()
    assert model.closed


def test_the_same_vectors_give_the_same_file():
    texts = ["b", "a"]
    vectors = list(Model().embed(texts))
    assert to_bytes("model", texts, vectors) == to_bytes("model", texts[::-1], vectors[::-1])


def test_without_a_file_every_text_is_asked_for(tmp_path):
    model = Model()
    embedder = PrecomputedEmbedder(model, tmp_path / "missing.npz")
    embedder.embed(["one"])
    assert model.asked == ["one"]
    assert embedder.lacks(["one"]) == ["one"]


def test_set_up_embeds_taxonomy_and_catalog():
    weights = find_weights("all-minilm-l6-v2", load_settings().models_dir)
    taxonomy = load_taxonomy()
    texts = [embedded_text(chunk) for chunk in build_chunks(taxonomy, load_catalog(taxonomy))]
    lacking = PrecomputedEmbedder(Model(weights.path.stem), weights.path.with_name(VECTORS)).lacks(texts)
    assert not lacking, f"{len(lacking)} texts of {len(texts)} have no vector: run `make setup`"
