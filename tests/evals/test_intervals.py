"""Intervals: as wide as the data are uncertain, repeatable, and paired where two runs are compared."""

import numpy as np
import pytest

from app.evaluations.figures import FIGURES
from app.evaluations.intervals import differences, intervals, resampled
from app.evaluations.metrics import columns_of, summarise


@pytest.fixture
def mixed(prediction):
    """200 events of 20 sources; four sources are wrong as a whole."""
    return [
        prediction(
            n % 3, (n % 3,) if source >= 4 else (9,), 0.5 + n / 500, vendor=f"v{source}", event_id=f"{source}-{n}"
        )
        for source in range(20)
        for n in range(10)
    ]


def test_the_point_lies_within_its_interval_and_the_seed_repeats_it(mixed):
    columns, sources, figures = columns_of(mixed), [p.source for p in mixed], summarise(mixed)
    bounds = intervals(columns, sources, resamples=400)
    for name, (low, high) in bounds.items():
        if name != "ece":  # biased upwards by construction
            assert low <= figures[name] <= high, name
    assert bounds == intervals(columns, sources, resamples=400)
    assert bounds != intervals(columns, sources, resamples=400, seed=1)


def test_events_of_one_source_count_as_little_as_they_tell(mixed):
    columns = columns_of(mixed)
    low, high = intervals(columns, [p.source for p in mixed], resamples=500)["top1"]
    low_apart, high_apart = intervals(columns, [p.event_id for p in mixed], resamples=500)["top1"]
    assert high - low > 2 * (high_apart - low_apart)


def test_a_clustered_interval_is_about_as_wide_as_its_standard_error_says(mixed):
    low, high = intervals(columns_of(mixed), [p.source for p in mixed])["top1"]
    standard_error = np.sqrt(0.8 * 0.2 / 20)
    assert high - low == pytest.approx(2 * 1.96 * standard_error, rel=0.15)


def test_one_source_alone_is_resampled_by_event(prediction):
    events = [prediction(1, (1,) if n % 2 else (2,)) for n in range(40)]
    low, high = intervals(columns_of(events), ["one"] * 40)["top1"]
    assert low < 0.5 < high


def test_nothing_to_resample_gives_no_interval():
    assert intervals(columns_of([]), []) == {}


def test_a_resample_has_as_many_sources_as_there_are():
    weights = np.concatenate(list(resampled(["a", "a", "b", "c"], 0, 450)))
    assert weights.shape == (450, 4)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, [0, 2, 3]].sum(axis=1) == 3).all()


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_the_same_when_events_are_counted_twice_or_stand_twice(mixed, name, prediction):
    events = [*mixed, prediction(1, activity_id=1, predicted_activity_id=1, prediction_set=(1,), confidence=0.31)]
    weights = np.random.default_rng(0).integers(0, 3, (1, len(events))).astype(float)
    weights[0, -1] = 1
    repeated = [p for p, times in zip(events, weights[0], strict=True) for _ in range(int(times))]
    # An event drawn twice is one step of the risk curve and two events are two: equal but for that.
    close = 0.01 if name == "aurc" else 1e-9
    assert float(FIGURES[name](columns_of(events), weights)[0]) == pytest.approx(summarise(repeated)[name], rel=close)


def test_what_both_runs_find_hard_cancels_out(mixed, prediction):
    better = [
        prediction(p.class_uid, (p.class_uid,), p.confidence, vendor=p.vendor, event_id=p.event_id)
        if n % 20 == 0 else p
        for n, p in enumerate(mixed)
    ]  # fmt: skip
    found = differences(columns_of(mixed), columns_of(better), [p.source for p in mixed], resamples=400)["top1"]
    assert found.value == pytest.approx(summarise(better)["top1"] - summarise(mixed)["top1"])
    assert 0 <= found.low <= found.value <= found.high < 0.1
    same = differences(columns_of(mixed), columns_of(mixed), [p.source for p in mixed], resamples=400)
    assert all((d.value, d.low, d.high) == (0, 0, 0) for d in same.values())
