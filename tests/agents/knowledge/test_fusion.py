from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.knowledge.fusion import reciprocal_rank_fusion


def test_the_score_is_the_sum_of_reciprocal_ranks() -> None:
    fused = reciprocal_rank_fusion([["a", "b"], ["b", "c"]])
    assert fused == [("b", 1 / 62 + 1 / 61), ("a", 1 / 61), ("c", 1 / 62)]


@pytest.mark.parametrize("rankings", [[], [[]], [[], []]])
def test_nothing_ranked_is_nothing_fused(rankings: list[list[str]]) -> None:
    assert reciprocal_rank_fusion(rankings) == []


def test_weights_say_which_ranking_counts_more() -> None:
    assert reciprocal_rank_fusion([["a"], ["b"]], weights=[1, 2])[0] == ("b", 2 / 61)


def test_a_repeated_item_counts_once_at_its_better_rank() -> None:
    assert reciprocal_rank_fusion([["a", "a", "b"]], k=0) == [("a", 1.0), ("b", 0.5)]


@pytest.mark.parametrize(("k", "weights"), [(60, [1.0]), (-1, None)])
def test_senseless_arguments_are_refused(k: int, weights: list[float] | None) -> None:
    with pytest.raises(ValueError, match=r"weights|negative"):
        reciprocal_rank_fusion([["a"], ["b"]], k, weights)


@given(st.lists(st.lists(st.integers(0, 20), unique=True), max_size=4))
def test_every_item_appears_once_in_falling_order(rankings: list[list[int]]) -> None:
    fused = reciprocal_rank_fusion(rankings)
    scores = [score for _, score in fused]
    assert scores == sorted(scores, reverse=True)
    assert sorted(item for item, _ in fused) == sorted({item for ranking in rankings for item in ranking})
