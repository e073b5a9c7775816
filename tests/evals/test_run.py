"""``python -m evals run`` end to end on a few events, every configuration, on the real engine with light embeddings."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest

import evals.recording
from agents.events import parse
from agents.llm.base import Message
from app.storage.clickhouse import open_clickhouse
from app.storage.evaluations import EvaluationRepository
from evals.configurations import CONFIGURATIONS
from evals.data import DataError, LabelledEvent, load_data, load_events, sampled, suite_path, write_events
from evals.folder import read_run
from evals.parts import KeptScores
from evals.products import Products
from evals.run import evaluate


@pytest.fixture
def run(data_file, settings, tmp_path, light_parts):
    def go(name, out=tmp_path / "out", **options):
        return evaluate(load_data(data_file), CONFIGURATIONS[name], settings, out, **options)

    return go


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_configuration_writes_the_contract_s_files(run, rows, tmp_path, name):
    run(name)
    out = tmp_path / "out"
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["n"] == len(rows)
    assert {"top1", "top3", "top5", "macro_recall", "macro_f1", "activity_accuracy", "retrieval_recall_at_10", "mrr",
            "ece", "abstain_rate", "accuracy_when_decided", "coverage_at_95", "llm_calls", "p50_ms", "p95_ms",
            "by_vendor", "by_format", "by_class", "stages", "intervals", "baselines"} <= set(metrics)  # fmt: skip
    assert set(metrics["by_vendor"]) == {row["vendor"] or "unknown" for row in rows}
    predictions = [json.loads(line) for line in (out / "predictions.jsonl").read_text().splitlines()]
    assert [p["id"] for p in predictions] == [row["id"] for row in rows]
    assert "<title>Logatlas evaluation" in (out / "report.html").read_text()
    cases = ET.parse(out / "junit.xml").getroot().findall("testcase")
    assert len(cases) == len(rows)


def test_the_default_is_right_where_guides_are_and_repeats_itself(run, tmp_path):
    first, second = run("no-model", tmp_path / "1"), run("no-model", tmp_path / "2")
    assert [p.ranked for p in first.predictions] == [p.ranked for p in second.predictions]
    assert all(p.right for p in first.predictions if p.event_id != "odd")
    assert first.metrics["llm_calls"] == 0
    assert first.metrics["intervals"] == second.metrics["intervals"]


def test_a_run_says_what_made_it(run, data_file):
    metrics = run("default").metrics
    assert metrics["data"]["name"] == data_file.name
    assert re.fullmatch(r"[0-9a-f]{64}", metrics["data"]["sha256"])
    assert {"ocsf", "model", "prompt", "knowledge", "ranker", "template"} <= set(metrics["versions"])
    assert metrics["versions"]["model"] == "length"
    assert set(metrics["git"]) == {"revision", "dirty"}
    assert metrics["machine"]["cpus"] >= 1


def test_baselines_stand_beside_and_leave_the_run_as_it_is(run, tmp_path):
    alone, beside = run("default", tmp_path / "1"), run("default", tmp_path / "2", baselines=True)
    assert [p.ranked for p in alone.predictions] == [p.ranked for p in beside.predictions]
    found = beside.metrics["baselines"]
    assert list(found) == [
        "majority", "lexical-only", "dense-only", "no-guides", "no-examples", "no-model", "no-ranker", "oracle@10",
    ]  # fmt: skip
    assert found["majority"]["top1"] == 0.75
    assert found["no-model"]["llm_calls"] == 0
    assert found["oracle@10"]["top1"] >= found["no-model"]["top1"]
    assert all(len(figures["difference"]["top1"]) == 3 for figures in found.values())
    lines = read_run(tmp_path / "2").lines
    assert set(lines[0]["baselines"]) == {
        "lexical-only", "dense-only", "no-guides", "no-examples", "no-model", "no-ranker",
    }  # fmt: skip


def test_a_baseline_is_what_its_configuration_gives_alone(run, tmp_path):
    beside = run("default", tmp_path / "1", baselines=True).metrics["baselines"]["no-guides"]
    alone = run("no-guides", tmp_path / "2").metrics
    assert {key: alone[key] for key in ("top1", "top3", "mrr", "ece")} == {
        key: pytest.approx(beside[key]) for key in ("top1", "top3", "mrr", "ece")
    }


def test_model_only_asks_for_every_event_and_retrieves_nothing(run, rows):
    metrics = run("model-only").metrics
    assert metrics["llm_calls"] == len(rows)
    assert metrics["retrieval_recall_at_10"] == 0


def test_what_the_model_scored_for_an_event_is_not_asked_again(light_parts):
    kept, prompt = KeptScores(light_parts), (Message("user", "event"),)
    assert kept.score_choices(prompt, ["a", "bb"]) == kept.score_choices(prompt, ["bb", "a"])[::-1]
    assert light_parts.scored == 2
    kept.forget()
    kept.score_choices(prompt, ["a"])
    assert light_parts.scored == 3


def test_a_cold_source_knows_nothing_of_its_product(run, tmp_path, catalog):
    run("cold-source")
    products = Products(catalog)
    for line in read_run(tmp_path / "out").lines:
        if line["product"]:
            hidden = products.of(
                LabelledEvent(**{key: line[key] for key in ("id", "raw", "class_uid", "vendor", "product")})
            )
            assert hidden
            for item in line["decision"]["evidence"]:
                assert item["chunk_id"].split(":")[1] not in hidden


def test_no_guides_rests_on_no_guide(run, tmp_path):
    run("no-guides")
    assert '"kind":"guide"' not in (tmp_path / "out" / "predictions.jsonl").read_text()


@pytest.mark.parametrize(
    ("labels", "hidden", "kept"),
    [
        ({"vendor": "Cisco", "product": "ASA"}, "cisco-asa", "okta"),
        ({"vendor": "Cisco", "product": "no such product"}, "cisco-asa", "okta"),
        ({"vendor": "Amazon", "product": "CloudTrail"}, "aws-cloudtrail", "aws-vpc-flow"),
        ({"vendor": "Microsoft", "product": "Sysmon"}, "sysmon", "okta"),
        ({"product": "Suricata"}, "suricata", "snort"),
        ({"vendor": "Nobody", "product": "Nothing at all"}, None, "okta"),
        ({}, None, "okta"),
    ],
)
def test_products_are_found_by_vendor_and_by_name(catalog, labels, hidden, kept):
    found = Products(catalog).of(LabelledEvent(id="x", raw="x", class_uid=0, **labels))
    assert kept not in found
    if hidden is None:
        assert found == frozenset()
    else:
        assert hidden in found


def test_a_product_whose_guide_knows_the_event_is_hidden_however_it_is_labelled(catalog):
    raw = "<166>Jun 14 2026 09:12:44: %ASA-6-302013: Built outbound TCP connection 7 for outside:198.51.100.7/443"
    event = LabelledEvent(id="x", raw=raw, class_uid=0, vendor="Cisco", product="Duo")
    assert parse(raw).fields
    assert "cisco-asa" in Products(catalog).of(event)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no events"),
        ("{}\n", "events.jsonl:1: id"),
        ('{"id": "a", "raw": "b", "class_uid": "x"}\n', ":1: class_uid"),
        ("nonsense\n", ":1: not JSON"),
        ('{"id":"a","raw":"b","class_uid":0}\n\n{"id":"a","raw":"c","class_uid":0}\n', ":3: id 'a' stands in line 1"),
    ],
)
def test_bad_data_is_refused_with_file_and_line(tmp_path, text, says):
    path = tmp_path / "events.jsonl"
    path.write_text(text)
    with pytest.raises(DataError, match=re.escape(says)):
        load_events(path)


def test_bytes_that_are_no_text_survive_a_data_set(tmp_path):
    event = LabelledEvent(id="a", raw="\udcff\udc80 user", class_uid=3002)
    write_events(tmp_path / "d.jsonl", [event])
    assert load_events(tmp_path / "d.jsonl") == [event]


def test_a_sample_has_the_rare_and_repeats_itself():
    events = [
        LabelledEvent(id=str(n), raw=f"r{n}", class_uid=1 if n < 95 else n, vendor="v", product="p") for n in range(100)
    ]
    first = sampled(events, 12, seed=1)
    assert {event.class_uid for event in first} == {1, 95, 96, 97, 98, 99}
    assert len(first) == 12
    assert first == sampled(events, 12, seed=1)
    assert first != sampled(events, 12, seed=2)
    assert sampled(events, 500, seed=0) == events


def test_a_suite_that_does_not_exist_is_named():
    with pytest.raises(DataError, match="no suite 'nope'"):
        suite_path("nope")


def test_the_command_line_runs_limits_reports_and_stores(data_file, tmp_path, invoke):
    out = tmp_path / "out"
    done = invoke("run", "--data", data_file, "--out", out, "--config", "lexical-only", "--limit", 2, "--no-baselines")
    assert done.code == 0, done.err
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["n"] == 2
    assert "top1" in done.out
    assert "Stored as run" in done.err
    store = open_clickhouse(None, tmp_path / "data" / "clickhouse")
    try:
        kept = EvaluationRepository(store)
        (run,) = kept.recent()
        assert run.run_id == metrics["run_id"]
        assert run.figures["top1"] == metrics["top1"]
        assert len(kept.predictions(run.run_id)) == 2
        busy = invoke("run", "--data", data_file, "--out", out, "--config", "no-model", "--limit", 1, "--no-baselines")
    finally:
        store.close()
    assert busy.code == 0
    assert "Not stored" in busy.err
    assert json.loads((out / "metrics.json").read_text())["n"] == 1


def test_without_a_store_nothing_is_opened(data_file, tmp_path, invoke, monkeypatch):
    monkeypatch.delattr(evals.recording, "open_clickhouse")
    done = invoke("run", "--data", data_file, "--out", tmp_path / "out", "--no-baselines", "--no-store", "--limit", 1)
    assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--data", "none.jsonl"], 1, "No such file"),
        (["--suite", "none"], 1, "no suite"),
        ([], 2, "either --data or --suite"),
    ],
)
def test_the_command_line_says_what_is_wrong_with_the_data(tmp_path, invoke, arguments, code, says):
    done = invoke("run", *arguments, "--out", tmp_path / "out")
    assert done.code == code
    assert says in done.err


def test_a_report_is_rendered_again_from_the_folder(run, tmp_path, invoke):
    run("default")
    page = tmp_path / "out" / "report.html"
    first = page.read_text()
    page.unlink()
    (tmp_path / "out" / "junit.xml").unlink()
    done = invoke("report", tmp_path / "out")
    assert done.code == 0, done.err
    assert page.read_text() == first
    assert (tmp_path / "out" / "junit.xml").exists()
    assert invoke("report", tmp_path).code == 1
