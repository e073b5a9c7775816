"""Tables of classes, confusions, calibration, risk and stages."""

import pytest

from agents.ocsf import load_taxonomy
from app.evaluations.tables import by_class, confusions, reliability, risk_coverage, stages

TAXONOMY = load_taxonomy()


def test_classes_have_support_recall_precision_and_f1(prediction):
    made = [prediction(3002, (3002,))] * 3 + [prediction(3002, (3001,)), prediction(4001, (3002,))]
    table = {row["class_name"]: row for row in by_class(made, TAXONOMY)}
    assert list(table) == ["Authentication", "Network Activity", "Account Change"]
    assert table["Authentication"] == {
        "class_uid": 3002, "class_name": "Authentication", "support": 4, "decided": 4, "recall": 0.75,
        "precision": 0.75, "f1": 0.75,
    }  # fmt: skip
    assert table["Account Change"]["recall"] is None
    assert table["Network Activity"]["precision"] is None


def test_confusions_are_pairs_most_frequent_first(prediction):
    made = [prediction(1, (2,)), prediction(1, (2,)), prediction(1, (3,)), prediction(1), prediction(2, ())]
    assert confusions(made) == [
        {"label": 1, "decided": 2, "n": 2, "share": 0.5},
        {"label": 1, "decided": 3, "n": 1, "share": 0.25},
        {"label": 2, "decided": -1, "n": 1, "share": 1.0},
    ]


def test_reliability_has_a_row_for_each_bin_with_events(prediction):
    rows = reliability([prediction(confidence=1.0), prediction(1, (2,), 0.95), prediction(confidence=0.05)])
    assert [(r["low"], r["n"], r["accuracy"]) for r in rows] == [(0.0, 1, 1.0), (0.9, 2, 0.5)]
    assert reliability([]) == []


def test_the_risk_curve_parts_only_what_a_threshold_can(prediction):
    made = [prediction(1, (1,), 0.9), prediction(1, (2,), 0.5), prediction(1, (1,), 0.5), prediction(1, (2,), 0.1)]
    assert risk_coverage(made) == [
        (0.25, 0.0, 0.9), (0.75, pytest.approx(1 / 3), 0.5), (1.0, 0.5, 0.1),
    ]  # fmt: skip
    assert risk_coverage([]) == []
    many = risk_coverage([prediction(confidence=n / 1000) for n in range(1000)])
    assert len(many) <= 201
    assert many[-1][0] == 1.0


def test_stages_count_only_events_that_went_through_them(prediction):
    table = stages([prediction(stages={"parse": 1.0, "rerank": 0.0}), prediction(stages={"parse": 3.0, "rerank": 8.0})])
    assert table["parse"]["n"] == 2
    assert table["parse"]["p50"] == 2.0
    assert table["rerank"] == {"n": 1, "mean": 8.0, "p50": 8.0, "p95": 8.0}
