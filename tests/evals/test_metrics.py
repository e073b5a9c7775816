"""The figures, worked by hand on small cases, and their answers for empty input."""

import math

import pytest

from evals.metrics import (
    Prediction,
    by_vendor,
    coverage_at,
    expected_calibration_error,
    macro_f1,
    macro_recall,
    mean_reciprocal_rank,
    summarise,
)


def prediction(label=1, ranked=(1,), confidence=0.9, **values):
    defaults = {
        "event_id": "e", "vendor": "v", "accepted": frozenset({label}), "retrieved": ranked, "abstained": False,
        "asked_model": False, "ms": 10.0,
    }  # fmt: skip
    return Prediction(class_uid=label, ranked=tuple(ranked), confidence=confidence, **{**defaults, **values})


def test_everything_is_zero_without_events():
    assert set(summarise([]).values()) == {0}
    assert by_vendor([]) == {}


def test_the_contract_s_names():
    assert list(summarise([prediction()])) == [
        "n", "top1", "top3", "top5", "macro_recall", "macro_f1", "activity_accuracy", "retrieval_recall_at_10", "mrr",
        "ece", "abstain_rate", "accuracy_when_decided", "coverage_at_95", "llm_calls", "p50_ms", "p95_ms",
    ]  # fmt: skip


def test_top_k_and_acceptable_classes():
    wrong_first = prediction(1, (2, 1))
    acceptable = prediction(1, (2,), accepted=frozenset({1, 2}))
    figures = summarise([prediction(), wrong_first, acceptable])
    assert figures["top1"] == pytest.approx(2 / 3)
    assert figures["top3"] == 1.0


def test_macro_figures_weigh_classes_alike():
    predictions = [prediction(1)] * 8 + [prediction(2, (1,)), prediction(2, (2,))]
    assert macro_recall(predictions) == pytest.approx((1 + 0.5) / 2)
    f1 = [2 * 8 / (8 + 9), 2 * 1 / (2 + 1)]
    assert macro_f1(predictions) == pytest.approx(sum(f1) / 2)


def test_mean_reciprocal_rank():
    assert mean_reciprocal_rank(
        [prediction(1, retrieved=(1,)), prediction(1, retrieved=(2, 3, 1)), prediction(1, retrieved=(2,))]
    ) == pytest.approx((1 + 1 / 3 + 0) / 3)


def test_calibration_error():
    assert expected_calibration_error([0.8] * 10, [True] * 8 + [False] * 2) == pytest.approx(0.0)
    assert expected_calibration_error([1.0, 1.0], [True, False]) == pytest.approx(0.5)
    assert expected_calibration_error([0.95, 0.15], [False, True]) == pytest.approx((0.95 + 0.85) / 2)


def test_coverage_is_the_longest_confident_prefix_that_is_right_enough():
    rights = [True] * 19 + [False] + [False] * 5
    predictions = [prediction(1, (1,) if r else (2,), 1 - n / 100) for n, r in enumerate(rights)]
    assert coverage_at(predictions, 0.95) == pytest.approx(20 / 25)
    assert coverage_at([prediction(1, (2,))], 0.95) == 0.0


def test_activity_counts_only_where_the_class_is_the_label_s():
    figures = summarise(
        [
            prediction(1, activity_id=1, predicted_activity_id=1),
            prediction(1, activity_id=1, predicted_activity_id=2),
            prediction(1, (2,), activity_id=1, predicted_activity_id=1),
            prediction(1, activity_id=None, predicted_activity_id=1),
        ]
    )
    assert figures["activity_accuracy"] == 0.5


def test_by_vendor_and_abstention():
    groups = by_vendor([prediction(vendor="a"), prediction(1, (2,), vendor="b", abstained=True), prediction(vendor="")])
    assert list(groups) == ["a", "b", "unknown"]
    assert groups["b"]["abstain_rate"] == 1.0
    assert math.isclose(groups["b"]["accuracy_when_decided"], 0.0)
