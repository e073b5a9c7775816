"""The gate: passes what is as good, fails what is worse, and says when it cannot judge."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from agents.ocsf import load_taxonomy
from app.evaluations.figures import FIGURES
from evals.data import DataError, DataSet, LabelledEvent
from evals.gate import Baseline, events_of_baseline, judge, make_baseline, read_baseline, write_baseline

TAXONOMY = load_taxonomy()


@pytest.fixture
def baseline(prediction):
    """120 events of one source, 100 of them right."""
    made = tuple(
        prediction(3002, (3002,) if n < 100 else (4001,), event_id=f"e{n}", prediction_set=(3002,) if n % 2 else None)
        for n in range(120)
    )
    return Baseline("default", "d.jsonl", {"started_at": "", "git": {}, "versions": {}, "seed": 0}, {}, made, {})


def breaking(baseline, count):
    return [replace(p, ranked=(4001,)) if n < count else p for n, p in enumerate(baseline.predictions)]


@pytest.mark.parametrize(("broken", "fails"), [(0, False), (3, False), (4, True), (20, True)])
def test_four_events_broken_one_way_fail_and_three_pass(baseline, broken, fails):
    found = judge(baseline, breaking(baseline, broken), TAXONOMY)
    assert ("top1" in found.worse) is fails
    assert len(found.flips) == broken


def test_as_many_mended_as_broken_pass_and_improvement_passes(baseline):
    swapped = breaking(baseline, 5)
    swapped[100:105] = [replace(p, ranked=(3002,)) for p in swapped[100:105]]
    assert "top1" not in judge(baseline, swapped, TAXONOMY).worse
    better = [replace(p, ranked=(3002,)) for p in baseline.predictions]
    assert judge(baseline, better, TAXONOMY).worse == ()


def test_a_baseline_comes_back_as_it_was_written(baseline, tmp_path):
    data = DataSet(
        "d.jsonl", "", tuple(LabelledEvent(id=p.event_id, raw=p.event_id, class_uid=3002) for p in baseline.predictions)
    )
    metrics = {"configuration": "no-model", "started_at": "2026", "git": {"revision": "a"}, "versions": {}, "seed": 3}
    made = make_baseline(data, baseline.predictions, metrics)
    write_baseline(tmp_path / "b.json", made)
    read = read_baseline(tmp_path / "b.json")
    assert read.configuration == "no-model"
    assert [replace(p, ms=0.0) for p in made.predictions] == list(read.predictions)
    assert events_of_baseline(data, read).events == data.events
    text = (tmp_path / "b.json").read_text()
    assert sum('"event_id"' in line for line in text.splitlines()) == 120
    assert json.loads(text)["figures"]["top1"] == pytest.approx(100 / 120, abs=1e-4)


def test_events_that_changed_or_left_cannot_be_judged(baseline):
    events = tuple(LabelledEvent(id=p.event_id, raw="r", class_uid=3002) for p in baseline.predictions)
    kept = replace(baseline, digests={event.id: event.digest for event in events})
    with pytest.raises(DataError, match="lacks events of the baseline: e0"):
        events_of_baseline(DataSet("d", "", events[1:]), kept)
    changed = (events[0].model_copy(update={"raw": "other"}), *events[1:])
    with pytest.raises(DataError, match="has changed events of the baseline: e0"):
        events_of_baseline(DataSet("d", "", changed), kept)


@pytest.mark.parametrize("text", ["", "{}", '{"format": 99}', '{"format": 1, "events": 3}'])
def test_a_file_that_is_no_baseline_is_refused(tmp_path, text):
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(DataError):
        read_baseline(tmp_path / "b.json")


def test_the_command_passes_then_fails_then_cannot_judge(data_file, tmp_path, invoke):
    kept = tmp_path / "baseline.json"
    update = invoke("gate", "--data", data_file, "--baseline", kept, "--update", "--config", "no-model", "--sample", 3)
    assert update.code == 0, update.err
    assert len(json.loads(kept.read_text())["events"]) == 3
    passed = invoke("gate", "--data", data_file, "--baseline", kept)
    assert passed.code == 0, passed.err
    assert "Not worse" in passed.err
    assert passed.out.count("+0.0000 to +0.0000") == len(FIGURES)

    better = json.loads(kept.read_text())
    for event in better["events"]:  # a baseline in which the model would have been surer of itself
        event |= {"retrieved": [event["class_uid"]], "confidence": 1.0, "ranked": [event["class_uid"]]}
    better["configuration"] = "dense-only"
    kept.write_text(json.dumps(better))
    failed = invoke("gate", "--data", data_file, "--baseline", kept)
    assert failed.code == 1
    assert "Worse than the baseline beyond the interval" in failed.err

    data_file.write_text(data_file.read_text().splitlines()[0] + "\n")
    assert invoke("gate", "--data", data_file, "--baseline", kept).code == 2
    assert invoke("gate", "--data", data_file, "--baseline", tmp_path / "none.json").code == 2
    assert invoke("gate", "--data", data_file, "--baseline", kept, "--limit", 2).code == 2
