"""The figures, worked by hand on small cases, and their answers for empty input."""

import pytest

from app.evaluations.metrics import by_format, by_vendor, summarise


def test_everything_is_zero_without_events():
    assert set(summarise([]).values()) == {0}
    assert by_vendor([]) == {}


def test_the_contract_s_names(prediction):
    assert {
        "n", "top1", "top3", "top5", "macro_recall", "macro_f1", "activity_accuracy", "retrieval_recall_at_10", "mrr",
        "ece", "abstain_rate", "accuracy_when_decided", "coverage_at_95", "llm_calls", "p50_ms", "p95_ms",
    } <= set(summarise([prediction()]))  # fmt: skip


def test_top_k_and_acceptable_classes(prediction):
    wrong_first = prediction(1, (2, 1))
    acceptable = prediction(1, (2,), accepted=frozenset({1, 2}))
    figures = summarise([prediction(), wrong_first, acceptable])
    assert figures["top1"] == pytest.approx(2 / 3)
    assert figures["top3"] == 1.0


def test_macro_figures_weigh_classes_alike(prediction):
    figures = summarise([prediction(1)] * 8 + [prediction(2, (1,)), prediction(2, (2,))])
    assert figures["macro_recall"] == pytest.approx((1 + 0.5) / 2)
    assert figures["macro_f1"] == pytest.approx((2 * 8 / (8 + 9) + 2 * 1 / (2 + 1)) / 2)


def test_mean_reciprocal_rank(prediction):
    retrieved = [(1,), (2, 3, 1), (2,)]
    figures = summarise([prediction(1, retrieved=found) for found in retrieved])
    assert figures["mrr"] == pytest.approx((1 + 1 / 3 + 0) / 3)
    assert figures["retrieval_recall_at_10"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("confidences", "rights", "expected"),
    [
        ([0.8] * 10, [True] * 8 + [False] * 2, 0.0),
        ([1.0, 1.0], [True, False], 0.5),
        ([0.95, 0.15], [False, True], (0.95 + 0.85) / 2),
    ],
)
def test_calibration_error(prediction, confidences, rights, expected):
    made = [prediction(1, (1,) if right else (2,), c) for c, right in zip(confidences, rights, strict=True)]
    assert summarise(made)["ece"] == pytest.approx(expected)


def test_coverage_is_the_longest_confident_prefix_that_is_right_enough(prediction):
    rights = [True] * 19 + [False] + [False] * 5
    made = [prediction(1, (1,) if r else (2,), 1 - n / 100) for n, r in enumerate(rights)]
    assert summarise(made)["coverage_at_95"] == pytest.approx(20 / 25)
    assert summarise([prediction(1, (2,))])["coverage_at_95"] == 0.0


def test_the_area_under_risk_and_coverage_rewards_doubt_about_what_is_wrong(prediction):
    right, wrong = prediction(1, (1,), 0.9), prediction(1, (2,), 0.2)
    assert summarise([right, wrong])["aurc"] == pytest.approx((0 + 1 / 2) / 2)
    assert summarise([prediction(1, (1,), 0.2), prediction(1, (2,), 0.9)])["aurc"] == pytest.approx((1 + 1 / 2) / 2)


def test_activity_counts_only_where_the_class_is_the_label_s(prediction):
    figures = summarise(
        [
            prediction(1, activity_id=1, predicted_activity_id=1),
            prediction(1, activity_id=1, predicted_activity_id=2),
            prediction(1, (2,), activity_id=1, predicted_activity_id=1),
            prediction(1, activity_id=None, predicted_activity_id=1),
        ]
    )
    assert figures["activity_accuracy"] == 0.5
    assert figures["activity_n"] == 2


def test_by_vendor_format_and_abstention(prediction):
    groups = by_vendor([prediction(vendor="a"), prediction(1, (2,), vendor="b", abstained=True), prediction(vendor="")])
    assert list(groups) == ["a", "b", "unknown"]
    assert groups["b"]["abstain_rate"] == 1.0
    assert groups["b"]["accuracy_when_decided"] == 0.0
    assert list(by_format([prediction(format="json"), prediction(format="xml")])) == ["json", "xml"]


def test_prediction_sets_are_measured_where_decisions_carry_them(prediction):
    assert "set_coverage" not in summarise([prediction()])
    figures = summarise([prediction(prediction_set=(1, 2)), prediction(prediction_set=(2,)), prediction()])
    assert figures["set_coverage"] == 0.5
    assert figures["set_size"] == 1.5
