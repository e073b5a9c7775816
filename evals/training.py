"""From a training to the files that ship: calibration, the ranker's file, and the figures of what was held out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import orjson

from agents.classifier import Options, Ranker
from agents.classifier.candidates import FEATURES
from agents.classifier.words import to_bytes
from evals.calibrate import Answer, Calibration, calibrate
from evals.data import DataSet, LabelledEvent
from evals.fit_ranker import Scored
from evals.fit_trees import fit_trees
from evals.parts import Parts
from evals.train import Training, balanced, fit_activities, prepare, read, sampled, train

Figures = Mapping[str, Mapping[str, Mapping[str, float]]]
"""By ranker, by what was known of the product: shares right (``top1``, ``top3``) and the number of events."""

RANKER, WORDS, ACTIVITIES, FIGURES = "ranker.toml", "words.npz", "activities.npz", "training.json"
_TEMPLATE_WEIGHT = 40.0  # an example of the very template decides, whatever else speaks


@dataclass(frozen=True)
class Trained:
    """What a training wrote, and how it did."""

    figures: Figures
    calibration: Calibration


def train_ranker(
    parts: Parts, data: DataSet, out: Path, penalty: float, progress: Callable[[str, int, int], None], *, trees: bool
) -> Trained:
    """Fit, calibrate on ``data``, and write the ranker, its two models and ``training.json`` into ``out``.

    ``trees`` also fits gradient-boosted trees over the same signals, to compare.

    Raises:
        LogatlasError: the knowledge base cannot be searched, or embeds by itself.
    """
    out.mkdir(parents=True, exist_ok=True)
    events = read(parts.catalog)
    prepared = prepare(parts, sampled(events), progress)
    fitted = train(events, prepared, parts.taxonomy, parts.catalog, penalty, progress)
    weights = {**fitted.weights, "example_template": _TEMPLATE_WEIGHT, "llm": parts.ranker.weights["llm"]}
    plain = replace(parts.ranker, weights=weights, words=fitted.words, temperature=1.0)
    found = calibrate(answers_of(parts, plain, data.events, progress))
    figures = {"linear": by_mode(fitted.held_out)}
    if trees:
        figures["trees"] = by_mode(_scored_by_trees(fitted))
    text = ranker_file(parts.ranker, weights, found, figures["linear"], len(events), data.name)
    (out / RANKER).write_text(text, encoding="utf-8")
    (out / WORDS).write_bytes(to_bytes(fitted.words))
    (out / ACTIVITIES).write_bytes(to_bytes(*fit_activities(events, parts.taxonomy, parts.catalog)))
    (out / FIGURES).write_bytes(
        orjson.dumps(
            {
                "events": len(events),
                "searched": len(prepared),
                "held_out": figures,
                "weights": weights,
                "calibration": found,
                "penalty": penalty,
            },
            option=orjson.OPT_INDENT_2,
        )
    )
    return Trained(figures, found)


def _scored_by_trees(fitted: Training) -> list[Scored]:
    scored: list[Scored] = []
    for fold, groups in fitted.groups.items():
        score = fit_trees(balanced([g for other, found in fitted.groups.items() if other != fold for g in found]))
        scored.extend(map(score, groups))
    return scored


def answers_of(
    parts: Parts, ranker: Ranker, events: Sequence[LabelledEvent], progress: Callable[[str, int, int], None]
) -> list[Answer]:
    """What the ranker says of labelled events, without the model, at temperature 1."""
    classifier = replace(parts, ranker=ranker).classifier(Options(use_memo=False, use_model="never"))
    answers = []
    for number, event in enumerate(events, start=1):
        decision = classifier.classify(event.raw).decision
        accepted = {event.class_uid, *event.acceptable_class_uids}
        answers.append(
            Answer(
                tuple(c.probability for c in decision.candidates),
                tuple(c.class_uid in accepted for c in decision.candidates),
            )
        )
        progress("calibrating", number, len(events))
    return answers


def by_mode(scored: Sequence[Scored]) -> dict[str, dict[str, float]]:
    """Shares of events right in the first and in three, by what was known of their product, products alike."""
    figures: dict[str, dict[str, float]] = {}
    for mode in dict.fromkeys(one.mode for one in scored):
        products: dict[str, list[Scored]] = {}
        for one in scored:
            if one.mode == mode:
                products.setdefault(one.product, []).append(one)
        figures[mode] = {
            f"top{k}": fmean(fmean(one.right_within(k) for one in found) for found in products.values()) for k in (1, 3)
        }
        figures[mode]["events"] = sum(map(len, products.values()))
    return figures


def ranker_file(
    before: Ranker,
    weights: Mapping[str, float],
    found: Calibration,
    figures: Mapping[str, Mapping[str, float]],
    events: int,
    calibrated_on: str,
) -> str:
    """The ranker's file, with the command and the figures that made it."""
    held_out = [
        f"#   {mode:<9} top-1 {shares['top1']:.3f}, top-3 {shares['top3']:.3f} ({shares['events']:.0f} events)"
        for mode, shares in figures.items()
    ]
    lines = [
        "# The ranker's weights: a linear score per candidate, turned into probabilities by a softmax.",
        f"# Made by `python -m evals train` from {events} events, of the catalog and of products without a guide.",
        "# With each product held out of weights and words in turn (mean over products), by what was known of it:",
        *held_out,
        f"# Temperature and thresholds were set on {found.events} events of {calibrated_on}.",
        'name = "linear"',
        "version = 2",
        "",
        "# Scores are divided by this before the softmax: above 1 makes the ranker less sure of itself.",
        f"temperature = {found.temperature}",
        "# Below this confidence a decision needs review.",
        f"abstain_below = {found.abstain_below}",
        "# The language model is asked when the two best candidates are closer than this in probability.",
        f"rerank_margin = {before.rerank_margin}",
        "",
        "# A class is in the prediction set from this probability on; the set then holds the right one that often.",
        f"set_threshold = {found.set_threshold}",
        f"set_coverage = {found.set_coverage}",
        "",
        "[weights]",
        *(f"{name} = {weights[name]:.4f}" for name in FEATURES if name in weights),
    ]
    return "\n".join(lines) + "\n"
