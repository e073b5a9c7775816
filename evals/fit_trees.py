"""The other ranker: gradient-boosted trees over the same signals, to see what the linear one leaves on the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import lightgbm
import numpy as np

from evals.fit_ranker import Group, Scored

_PARAMETERS = {
    "objective": "lambdarank", "num_leaves": 31, "learning_rate": 0.05, "min_data_in_leaf": 40, "num_threads": 2,
    "verbosity": -1, "deterministic": True, "seed": 1, "lambda_l2": 1.0,
}  # fmt: skip
_ROUNDS = 200


def fit_trees(groups: Sequence[Group]) -> Callable[[Group], Scored]:
    """A scorer of groups, fitted on these. Source: Burges, From RankNet to LambdaRank to LambdaMART, 2010."""
    usable = [group for group in groups if group.right.any()]
    data = lightgbm.Dataset(
        np.concatenate([group.features for group in usable]),
        label=np.concatenate([group.right.astype(int) for group in usable]),
        group=[len(group.right) for group in usable],
        weight=np.concatenate([np.full(len(group.right), group.weight) for group in usable]),
    )
    booster = lightgbm.train(_PARAMETERS, data, num_boost_round=_ROUNDS)

    def score(group: Group) -> Scored:
        scores = np.asarray(booster.predict(group.features))
        odds = np.exp(scores - scores.max())
        order = np.lexsort((np.array(group.class_uids), -odds))
        return Scored(
            tuple(group.class_uids[i] for i in order), tuple(float(odds[i] / odds.sum()) for i in order),
            group.accepted, group.mode, group.product, group.weight,
        )  # fmt: skip

    return score
