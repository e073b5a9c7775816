"""What the tests of evaluation share: the real engine with light embeddings and a light model, and made-up runs."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from types import SimpleNamespace

import numpy as np
import pytest

import app.services
import evals.parts
from agents.knowledge.catalog import fill, load_catalog
from agents.knowledge.qdrant import QdrantEdgeKnowledge
from agents.ocsf import load_taxonomy
from app.evaluations.metrics import Prediction
from app.settings import Settings
from evals.parts import open_parts

PRODUCTS = ("aws-cloudtrail", "aws-vpc-flow", "cisco-asa", "linux-sshd", "okta", "snort", "suricata", "sysmon")


class WordEmbedder:
    """Words hashed to dimensions: quick, and alike texts are near."""

    name, dimension = "words", 256

    def embed(self, texts):
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()) or ["-"]:
                row[sum(map(ord, word)) % self.dimension] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def close(self):
        pass


class LengthModel:
    """A model that likes short names; enough to exercise the path. It counts the choices it scored."""

    name = "length"

    def __init__(self):
        self.scored = 0

    def score_choices(self, messages, choices, *, timeout=None):
        self.scored += len(choices)
        return [-float(len(choice)) - 0.001 * len(messages[-1].content) for choice in choices]

    def close(self):
        pass


@pytest.fixture(scope="session")
def light_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("knowledge")


@pytest.fixture
def light_parts(light_folder, catalog, monkeypatch):
    """Evaluations open the real embedded engine, filled once, with light embeddings and a light model."""
    model = LengthModel()
    monkeypatch.setattr(
        evals.parts, "open_knowledge", lambda _: (QdrantEdgeKnowledge(light_folder, WordEmbedder()), None)
    )
    monkeypatch.setattr(evals.parts, "open_model", lambda _: model)
    monkeypatch.setattr(evals.parts, "load_catalog", lambda _: catalog)
    return model


@pytest.fixture
def light_services(tmp_path, catalog, monkeypatch):
    """A service opens the real embedded engine with light embeddings and a few products."""
    words = WordEmbedder()
    monkeypatch.setattr(
        app.services, "open_knowledge", lambda *_a, **_k: (QdrantEdgeKnowledge(tmp_path / "kb", words), words)
    )
    monkeypatch.setattr(app.services, "load_catalog", lambda _: catalog)


@pytest.fixture
def settings(tmp_path):
    return Settings(_env_file=None, data_dir=tmp_path / "data")


@pytest.fixture
def parts(light_parts, settings):
    with open_parts(settings) as opened:
        yield opened


@pytest.fixture(scope="session")
def catalog(tmp_path_factory):
    """A few products of the catalog, so that a test does not wait for all of them."""
    folder, packaged = tmp_path_factory.mktemp("products"), files("agents.knowledge.catalog").joinpath("products")
    for product in PRODUCTS:
        name = f"{product}.yaml"
        (folder / name).write_bytes(packaged.joinpath(name).read_bytes())
    return load_catalog(load_taxonomy(), folder)


@pytest.fixture(scope="session")
def rows(catalog):
    """Lines of a data set: events of three guides, and one that no guide knows."""

    def labelled(guide_id, seed):
        guide = next(g for g in catalog.guides if g.guide_id == guide_id)
        return {
            "id": f"{guide_id}-{seed}", "raw": fill(guide.samples[0], seed), "class_uid": guide.class_uid,
            "activity_id": 1, "vendor": guide.vendor, "product": guide.product_title,
        }  # fmt: skip

    return [
        labelled("guide:linux-sshd:accepted", 1),
        labelled("guide:linux-sshd:accepted", 2),
        labelled(
            "guide:aws-vpc-flow:"
            + next(g for g in catalog.guides if g.product == "aws-vpc-flow").guide_id.rpartition(":")[2],
            3,
        ),
        {"id": "odd", "raw": "zorp wibbled", "class_uid": 3002, "acceptable_class_uids": [0], "vendor": ""},
    ]


@pytest.fixture
def data_file(tmp_path, rows):
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + "\n")
    return path


@pytest.fixture
def invoke(tmp_path, monkeypatch, light_parts):
    """Runs ``python -m evals`` in process: gives exit code, standard output and standard error."""
    from click.testing import CliRunner

    from evals.__main__ import main

    monkeypatch.setenv("LOGATLAS_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments):
        done = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        return SimpleNamespace(code=done.exit_code, out=done.stdout, err=done.stderr)

    return run


@pytest.fixture
def prediction():
    """Makes a prediction: right unless ``ranked`` says otherwise."""

    def make(label=1, ranked=(1,), confidence=0.9, **values):
        defaults = {
            "event_id": "e", "vendor": "v", "accepted": frozenset({label}), "retrieved": ranked, "abstained": False,
            "asked_model": False, "ms": 10.0,
        }  # fmt: skip
        return Prediction(class_uid=label, ranked=tuple(ranked), confidence=confidence, **{**defaults, **values})

    return make
