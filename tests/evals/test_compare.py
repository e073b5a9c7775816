"""Two runs against each other: figures, flips, vendors, and McNemar's test worked by hand."""

from __future__ import annotations

import json

import pytest

from agents.ocsf import load_taxonomy
from app.evaluations.compare import NotComparableError, compare, mcnemar
from evals.configurations import CONFIGURATIONS
from evals.data import load_data
from evals.run import evaluate

TAXONOMY = load_taxonomy()


@pytest.mark.parametrize(
    ("broken", "fixed", "p"),
    [(0, 0, 1.0), (1, 1, 1.0), (5, 0, 2 / 2**5), (0, 5, 2 / 2**5), (6, 1, 2 * (1 + 7) / 2**7), (400, 400, 1.0)],
)
def test_mcnemar_is_exact(broken, fixed, p):
    assert mcnemar(broken, fixed) == pytest.approx(p)


def test_flips_are_told_apart(prediction):
    before = [
        prediction(3002, (3002,), event_id="same"), prediction(3002, (3002,), event_id="breaks"),
        prediction(3002, (4001,), event_id="mends"), prediction(3002, (4001,), event_id="moves"),
    ]  # fmt: skip
    after = [
        prediction(3002, (3002,), event_id="same"), prediction(3002, (4001,), event_id="breaks"),
        prediction(3002, (3002,), event_id="mends"), prediction(3002, (4002,), event_id="moves"),
    ]  # fmt: skip
    found = compare(before, after, TAXONOMY)
    assert [(f.event_id, f.kind) for f in found.flips] == [
        ("breaks", "broken"),
        ("mends", "fixed"),
        ("moves", "changed"),
    ]
    assert found.flips[0].before == "Authentication"
    assert found.flips[0].after == "Network Activity"
    assert found.differences["top1"].value == 0
    assert found.by_vendor["v"] == {"n": 4, "before": 0.5, "after": 0.5, "broken": 1, "fixed": 1}


def test_only_events_of_both_are_compared(prediction):
    found = compare(
        [prediction(event_id="a"), prediction(event_id="b")],
        [prediction(event_id="b"), prediction(event_id="c"), prediction(event_id="d")],
        TAXONOMY,
    )
    assert (found.n, found.only_before, found.only_after) == (1, 1, 2)


def test_runs_that_cannot_be_compared_are_refused(prediction):
    with pytest.raises(NotComparableError, match="share no event"):
        compare([prediction(event_id="a")], [prediction(event_id="b")], TAXONOMY)
    with pytest.raises(NotComparableError, match="label event 'a' differently"):
        compare([prediction(1, event_id="a")], [prediction(2, event_id="a")], TAXONOMY)


def test_worse_is_judged_by_the_direction_of_a_figure(prediction):
    before = [prediction(event_id=str(n), vendor=f"v{n}", confidence=1.0) for n in range(40)]
    after = [
        prediction(1, (1,) if n % 2 else (2,), event_id=str(n), vendor=f"v{n}", confidence=1.0, abstained=n % 2 == 0)
        for n in range(40)
    ]
    assert {"top1", "macro_recall", "ece", "abstain_rate"} <= set(compare(before, after, TAXONOMY).worse)
    assert "accuracy_when_decided" not in compare(before, after, TAXONOMY).worse
    assert compare(after, before, TAXONOMY).worse == ()


def test_the_command_compares_two_folders(data_file, settings, tmp_path, invoke):
    for name in ("no-model", "no-guides"):
        evaluate(load_data(data_file), CONFIGURATIONS[name], settings, tmp_path / name)
    done = invoke(
        "compare",
        tmp_path / "no-model",
        tmp_path / "no-guides",
        "--html",
        tmp_path / "c.html",
        "--json",
        tmp_path / "c.json",
    )
    assert done.code == 0, done.err
    assert "McNemar" in done.out
    assert json.loads((tmp_path / "c.json").read_text())["n"] == 4
    assert "no-guides against no-model" in (tmp_path / "c.html").read_text()
    assert invoke("compare", tmp_path, tmp_path / "no-guides").code == 1
