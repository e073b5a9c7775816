"""``python -m evals run`` end to end on a few events, every configuration, on the real engine with light embeddings."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from click.testing import CliRunner

import evals.run
from agents.knowledge.catalog import fill, load_catalog
from agents.knowledge.qdrant import QdrantEdgeKnowledge
from agents.ocsf import load_taxonomy
from app.settings import Settings
from evals.__main__ import main
from evals.configurations import CONFIGURATIONS
from evals.data import DataError, LabelledEvent, load_events
from evals.run import evaluate, products_of

CATALOG = load_catalog(load_taxonomy())


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
    """A model that likes short names; enough to exercise the path."""

    name = "length"

    def score_choices(self, messages, choices, *, timeout=None):
        return [-float(len(choice)) - 0.001 * len(messages[-1].content) for choice in choices]

    def close(self):
        pass


def labelled(guide_id, seed=1, **extra):
    guide = next(g for g in CATALOG.guides if g.guide_id == guide_id)
    return {
        "id": f"{guide_id}-{seed}", "raw": fill(guide.samples[0], seed), "class_uid": guide.class_uid,
        "activity_id": 1, "vendor": guide.vendor, "product": guide.product_title, **extra,
    }  # fmt: skip


ROWS = [
    labelled("guide:linux-sshd:accepted"),
    labelled("guide:linux-sshd:accepted", 2),
    labelled("guide:windows-security:4625", 3) if any("4625" in g.guide_id for g in CATALOG.guides) else None,
    {"id": "odd", "raw": "zorp wibbled", "class_uid": 3002, "acceptable_class_uids": [0], "vendor": ""},
]
ROWS = [row for row in ROWS if row]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "events.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS) + "\n")
    return path


@pytest.fixture(autouse=True, scope="module")
def light_parts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("knowledge")
    patch = pytest.MonkeyPatch()
    patch.setattr(evals.run, "open_knowledge", lambda _: (QdrantEdgeKnowledge(folder, WordEmbedder()), None))
    patch.setattr(evals.run, "open_model", lambda _: LengthModel())
    yield
    patch.undo()


def run(data, out, name):
    return evaluate(load_events(data), CONFIGURATIONS[name], Settings(_env_file=None, data_dir=out), out)


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_configuration_writes_the_contract_s_files(data, tmp_path, name):
    run(data, tmp_path, name)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["n"] == len(ROWS)
    assert {"top1", "top3", "top5", "macro_recall", "macro_f1", "activity_accuracy", "retrieval_recall_at_10", "mrr",
            "ece", "abstain_rate", "accuracy_when_decided", "coverage_at_95", "llm_calls", "p50_ms", "p95_ms",
            "by_vendor"} <= set(metrics)  # fmt: skip
    assert set(metrics["by_vendor"]) == {row["vendor"] or "unknown" for row in ROWS}
    predictions = [json.loads(line) for line in (tmp_path / "predictions.jsonl").read_text().splitlines()]
    assert [p["id"] for p in predictions] == [row["id"] for row in ROWS]
    assert "<title>Logatlas evaluation" in (tmp_path / "report.html").read_text()


def test_the_default_is_right_where_guides_are_and_repeats_itself(data, tmp_path):
    first, second = run(data, tmp_path / "1", "no-model"), run(data, tmp_path / "2", "no-model")
    assert [p.ranked for p in first.predictions] == [p.ranked for p in second.predictions]
    assert all(p.right for p in first.predictions if p.event_id != "odd")
    assert first.metrics["llm_calls"] == 0


def test_model_only_asks_for_every_event_and_retrieves_nothing(data, tmp_path):
    metrics = run(data, tmp_path, "model-only").metrics
    assert metrics["llm_calls"] == len(ROWS)
    assert metrics["retrieval_recall_at_10"] == 0


def test_a_cold_source_knows_nothing_of_its_product(data, tmp_path):
    run(data, tmp_path, "cold-source")
    for line in (tmp_path / "predictions.jsonl").read_text().splitlines():
        prediction = json.loads(line)
        if prediction["product"]:
            hidden = products_of(LabelledEvent(id="x", raw="x", class_uid=0, vendor=prediction["vendor"]), CATALOG)
            for item in prediction["decision"]["evidence"]:
                assert item["chunk_id"].split(":")[1] not in hidden


def test_no_guides_rests_on_no_guide(data, tmp_path):
    run(data, tmp_path, "no-guides")
    assert '"kind":"guide"' not in (tmp_path / "predictions.jsonl").read_text()


def test_products_are_found_by_vendor_and_by_name():
    def products(**labels):
        return products_of(LabelledEvent(id="x", raw="x", class_uid=0, **labels), CATALOG)

    assert "cisco-asa" in products(vendor="Cisco")
    assert "aws-cloudtrail" in products(product="CloudTrail")
    assert products(vendor="Nobody", product="Nothing at all") == frozenset()
    assert products() == frozenset()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no events"),
        ("{}\n", "events.jsonl:1: id"),
        ('{"id": "a", "raw": "b", "class_uid": "x"}\n', ":1: class_uid"),
    ],
)
def test_bad_data_is_refused_with_file_and_line(tmp_path, text, says):
    path = tmp_path / "events.jsonl"
    path.write_text(text)
    with pytest.raises(DataError, match=re.escape(says)):
        load_events(path)


def test_the_command_line_runs_limits_and_reports(data, tmp_path, monkeypatch):
    monkeypatch.setenv("LOGATLAS_DATA_DIR", str(tmp_path))
    out = tmp_path / "out"
    done = CliRunner().invoke(
        main, ["run", "--data", str(data), "--out", str(out), "--config", "lexical-only", "--limit", "2"]
    )
    assert done.exit_code == 0, done.output
    assert json.loads((out / "metrics.json").read_text())["n"] == 2
    assert "top1" in done.output
    missing = CliRunner().invoke(main, ["run", "--data", str(tmp_path / "none"), "--out", str(out)])
    assert missing.exit_code == 1
    assert "No such file" in missing.output
