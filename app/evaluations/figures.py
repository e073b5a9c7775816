"""The figures as functions of weighted events, so that a figure and its interval come from the same code.

Every figure takes the events as ``Columns`` (n events) and weights of shape (B, n) and gives B values: a point
estimate has one row of ones, a bootstrap has one row a resample, which says how often each event was drawn. A value
is NaN where a row leaves nothing to count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Vector = np.ndarray[Any, np.dtype[np.float64]]
Figure = Callable[["Columns", Vector], Vector]

CALIBRATION_BINS = 10


@dataclass(frozen=True)
class Columns:
    """Predictions as arrays of length n; 1.0 for yes and 0.0 for no where nothing else is said.

    ``label`` counts the labelled classes from 0, ``guess`` likewise (-1: a class that no event is labelled with).
    ``*_counts`` say which events a figure is about.
    """

    classes: int
    label: np.ndarray[Any, np.dtype[np.int_]]
    guess: np.ndarray[Any, np.dtype[np.int_]]
    right1: Vector
    right3: Vector
    right5: Vector
    found10: Vector
    reciprocal: Vector
    confidence: Vector
    abstained: Vector
    asked: Vector
    activity_counts: Vector
    activity_right: Vector
    set_counts: Vector
    set_right: Vector
    set_size: Vector

    def __len__(self) -> int:
        return len(self.right1)


def mean(values: Vector, weights: Vector, counts: Vector | None = None) -> Vector:
    """The weighted mean of ``values`` over the events that ``counts`` marks (all, when not given); shape (B,)."""
    counted = weights if counts is None else weights * counts
    return _ratio(counted @ values, counted.sum(axis=1))


def macro_recall(columns: Columns, weights: Vector) -> Vector:
    """The mean over labelled classes of the share of their events that are right."""
    member = _one_hot(columns.label, columns.classes)
    return _mean_of_present(_ratio(weights @ (member * columns.right1[:, None]), weights @ member))


def macro_f1(columns: Columns, weights: Vector) -> Vector:
    """The mean F1 over labelled classes: 2 right / (labelled + guessed)."""
    member, guessed = _one_hot(columns.label, columns.classes), _one_hot(columns.guess, columns.classes)
    labelled = weights @ member
    f1 = _ratio(2 * (weights @ (member * columns.right1[:, None])), labelled + weights @ guessed)
    return _mean_of_present(np.where(labelled > 0, f1, np.nan))


def expected_calibration_error(columns: Columns, weights: Vector) -> Vector:
    """The weighted mean gap between confidence and accuracy over equal-width bins.

    Source: Naeini et al., Obtaining Well Calibrated Probabilities Using Bayesian Binning, AAAI 2015.
    """
    bins = np.minimum((columns.confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gap = _one_hot(bins, CALIBRATION_BINS) * (columns.confidence - columns.right1)[:, None]
    return _ratio(np.abs(weights @ gap).sum(axis=1), weights.sum(axis=1))


def coverage_at(accuracy: float) -> Figure:
    """The largest share of events, most confident first, that is right at least this often; 0 if none is."""

    def figure(columns: Columns, weights: Vector) -> Vector:
        covered, rights = _by_confidence(columns, weights)
        enough = (covered > 0) & (rights >= accuracy * covered - 1e-9)
        return _ratio(np.where(enough, covered, 0.0).max(axis=1, initial=0.0), weights.sum(axis=1))

    return figure


def area_under_risk_coverage(columns: Columns, weights: Vector) -> Vector:
    """The mean, over how many events are decided (most confident first), of the share of those that is wrong.

    Source: Geifman, Uziel and El-Yaniv, Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers, ICLR 2019.
    """
    covered, rights = _by_confidence(columns, weights)
    risk = 1 - np.nan_to_num(_ratio(rights, covered), nan=1.0)
    return mean_of_rows(risk, weights[:, _order(columns)])


def mean_of_rows(values: Vector, weights: Vector) -> Vector:
    """The weighted mean of each row; both have shape (B, n)."""
    return _ratio((values * weights).sum(axis=1), weights.sum(axis=1))


FIGURES: Mapping[str, Figure] = {
    "top1": lambda c, w: mean(c.right1, w),
    "top3": lambda c, w: mean(c.right3, w),
    "top5": lambda c, w: mean(c.right5, w),
    "macro_recall": macro_recall,
    "macro_f1": macro_f1,
    "activity_accuracy": lambda c, w: mean(c.activity_right, w, c.activity_counts),
    "retrieval_recall_at_10": lambda c, w: mean(c.found10, w),
    "mrr": lambda c, w: mean(c.reciprocal, w),
    "ece": expected_calibration_error,
    "abstain_rate": lambda c, w: mean(c.abstained, w),
    "accuracy_when_decided": lambda c, w: mean(c.right1, w, 1 - c.abstained),
    "coverage_at_95": coverage_at(0.95),
    "aurc": area_under_risk_coverage,
    "llm_share": lambda c, w: mean(c.asked, w),
    "set_coverage": lambda c, w: mean(c.set_right, w, c.set_counts),
    "set_size": lambda c, w: mean(c.set_size, w, c.set_counts),
}
"""Every figure that has an interval, in the order of the report."""

LOWER_IS_BETTER = frozenset({"ece", "abstain_rate", "aurc", "llm_share", "set_size"})


def _one_hot(index: np.ndarray[Any, np.dtype[np.int_]], size: int) -> Vector:
    member: Vector = (index[:, None] == np.arange(size)).astype(float)
    return member


def _ratio(numerator: Vector, denominator: Vector) -> Vector:
    ratio: Vector = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=ratio, where=denominator > 0)
    return ratio


def _mean_of_present(values: Vector) -> Vector:
    present = ~np.isnan(values)
    return _ratio(np.where(present, values, 0.0).sum(axis=1), present.sum(axis=1).astype(float))


def _order(columns: Columns) -> np.ndarray[Any, np.dtype[np.int_]]:
    return np.argsort(-columns.confidence, kind="stable")


def _by_confidence(columns: Columns, weights: Vector) -> tuple[Vector, Vector]:
    """Cumulated weights, and cumulated weights of right events, most confident first; shape (B, n) each."""
    order = _order(columns)
    drawn = weights[:, order]
    return drawn.cumsum(axis=1), (drawn * columns.right1[order]).cumsum(axis=1)
