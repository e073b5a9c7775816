"""The report page: self-contained, escaped, and with what explains a wrong decision."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from agents.ocsf import load_taxonomy
from app.evaluations.metrics import by_format, by_vendor
from app.evaluations.tables import by_class, confusions, reliability, risk_coverage, stages
from evals.baselines import baseline_figures
from evals.configurations import CONFIGURATIONS
from evals.data import DataError
from evals.folder import RunFolder, prediction_of, read_run, write_lines, write_metrics
from evals.pages import render_folder
from evals.run import figures_of, write_reports

EVIL = '<script>alert("x")</script>\x1b[31m\udcff & "quoted"'


def line(number, *, decided=3002, raw="user alice logged in", confidence=0.9, vendor="Acme"):
    taxonomy = load_taxonomy()
    return {
        "id": f"e{number}", "vendor": vendor, "product": "Gate", "source": "", "format": "text", "raw": raw,
        "class_uid": 3002, "acceptable_class_uids": [], "activity_id": 1, "retrieved": [3002, 4001], "ms": 12.5,
        "decision": {
            "class_uid": decided, "class_name": taxonomy[decided].caption, "activity_id": 1, "confidence": confidence,
            "status": "auto", "decided_by": "ranker", "rationale": "Because <b>so</b>.", "type_uid": decided * 100 + 1,
            "candidates": [{"class_uid": decided, "class_name": taxonomy[decided].caption, "probability": confidence,
                            "llm_score": None, "evidence": ["guide:a:b"]}],
            "evidence": [{"chunk_id": "guide:a:b", "kind": "guide", "title": "A <i>guide</i>", "score": 0.5,
                          "fields": ["user"], "spans": [[5, 10]]}],
            "latency_ms": {"parse": 0.2, "rerank": 0, "total": 12.5},
        },
    }  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    taxonomy = load_taxonomy()
    lines = [line(1), line(2, decided=4001, confidence=0.95, raw=EVIL), line(3, decided=4002, confidence=0.4)]
    predictions = [prediction_of(found) for found in lines]
    metrics = {
        "run_id": "r", "configuration": "default", "seed": 0, "started_at": "2026-06-14T09:00:00+00:00", "seconds": 1.5,
        "data": {"name": "d.jsonl", "sha256": "0" * 64, "n": 3}, "git": {"revision": "abc", "dirty": True},
        "versions": {"ocsf": "1.8.0", "ranker": "r"}, "machine": {"cpus": 2, "system": "Linux", "python": "3"},
        **figures_of(predictions, 0), "by_vendor": by_vendor(predictions), "by_format": by_format(predictions),
        "by_class": by_class(predictions, taxonomy), "confusions": confusions(predictions),
        "reliability": reliability(predictions), "risk_coverage": risk_coverage(predictions),
        "stages": stages(predictions), "baselines": baseline_figures(predictions, {}, 0),
    }  # fmt: skip
    write_metrics(tmp_path, metrics)
    write_lines(tmp_path / "predictions.jsonl", lines)
    write_reports(read_run(tmp_path), "1.8.0")
    return tmp_path


class Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.seen = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def test_the_page_needs_nothing_else_and_runs_nothing(folder):
    text = (folder / "report.html").read_text()
    tags = Tags(text)
    assert not [tag for tag, _ in tags.seen if tag in ("script", "link", "img", "iframe", "object", "i")]
    for _, attributes in tags.seen:
        for name in ("src", "href"):
            assert attributes.get(name, "#").startswith("#")
        assert not any(name.startswith("on") for name in attributes)
    assert "url(" not in text
    assert "prefers-color-scheme: dark" in text


def test_the_page_shows_what_explains_a_wrong_decision(folder):
    text = (folder / "report.html").read_text()
    worst = text[text.index('id="worst"') :]
    assert worst.index("e2") < worst.index("e3")
    assert "instead of <b>Authentication</b>" in worst
    assert "&lt;scri<mark>pt&gt;al</mark>ert" in worst
    assert "retrieved at rank 1" in worst
    assert "guide:a:b" in worst
    assert "<code>e1</code>" not in worst


def test_evidence_is_marked_in_the_event(tmp_path, folder):
    text = (folder / "report.html").read_text()
    assert "<mark>" in text
    assert re.search(r"user <mark>alice</mark> logged in", text)


def test_plots_and_matrix_are_there(folder):
    text = (folder / "report.html").read_text()
    assert text.count("<svg") == 2
    assert 'class="curve"' in text
    assert 'class="hit"' in text
    for part in ("majority", "oracle@10", "top1, ours less theirs"):
        assert part in text


def test_a_run_without_mistakes_says_so(tmp_path, folder):
    metrics = json.loads((folder / "metrics.json").read_text())
    good = RunFolder(tmp_path / "good", {**metrics, "confusions": []}, [line(1)])
    good.path.mkdir()
    write_reports(good, "1.8.0")
    assert (good.path / "report.html").read_text().count("Every event was right.") == 2


def test_junit_has_a_case_an_event_and_says_what_was_expected(folder):
    suite = ET.parse(folder / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    failure = suite.findall("testcase")[1].find("failure")
    assert failure.get("message") == "expected 3002 Authentication, got 4001 Network Activity"
    assert "guide:a:b" in failure.text
    assert "alert(" in failure.text
    assert suite.find("testcase").get("classname") == "Acme / Gate"


def test_a_folder_of_another_version_is_refused_in_a_sentence(tmp_path):
    write_metrics(tmp_path, {"injection": {"n": 1}})
    with pytest.raises(DataError, match="run it again"):
        render_folder(tmp_path, "1.8.0")
    write_metrics(tmp_path, {})
    with pytest.raises(DataError, match="neither a run nor a special suite"):
        render_folder(tmp_path, "1.8.0")
    (tmp_path / "predictions.jsonl").write_text('{"id": 1}\n')
    with pytest.raises(DataError, match="not a prediction"):
        render_folder(tmp_path, "1.8.0")


def test_configurations_have_words_for_the_page():
    assert all(configuration.about for configuration in CONFIGURATIONS.values())
