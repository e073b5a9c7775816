"""``train``: fit the ranker on events made from the catalog, and calibrate it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import click
import orjson
from rich.table import Table

from agents.classifier import Options, Ranker
from agents.classifier.candidates import FEATURES
from agents.classifier.words import to_bytes
from app.settings import load_settings
from evals.calibrate import Answer, Calibration, calibrate
from evals.commands.shared import chosen_data, data_options, errors_as, out_option, print_table, progress_bars, say
from evals.data import LabelledEvent
from evals.fit_ranker import Scored
from evals.fit_trees import fit_trees
from evals.parts import Parts, open_parts
from evals.train import balanced, prepare
from evals.train import train as fit_all

_TEMPLATE_WEIGHT = 12.0  # an example of the very template decides, whatever else speaks
_CLASSIFIER = Path(__file__).parents[2] / "agents" / "classifier"


@click.command()
@data_options
@out_option
@click.option("--penalty", type=click.FloatRange(min=0), default=1e-5, show_default=True, help="L2 on the weights.")
@click.option("--trees", is_flag=True, help="Also fit gradient-boosted trees, to compare.")
@click.option("--install", is_flag=True, help="Put the files in the place of the packaged ones.")
def train(
    data: Path | None,
    suite: str | None,
    limit: int | None,
    sample: int | None,
    seed: int,
    out: Path,
    penalty: float,
    *,
    trees: bool,
    install: bool,
) -> None:
    """Fit the ranker on the catalog with each product held out in turn; calibrate it on labelled events.

    The labelled events set three constants only: temperature, abstention threshold and set threshold.
    """
    out.mkdir(parents=True, exist_ok=True)
    with errors_as(), progress_bars() as show:
        chosen = chosen_data(data, suite, limit, sample, seed)
        with open_parts(load_settings(), with_model=False) as parts:
            prepared = prepare(parts.knowledge, parts.embedder, parts.catalog, parts.taxonomy, show)
            fitted = fit_all(prepared, parts.taxonomy, parts.catalog, penalty, show)
            weights = {**fitted.weights, "example_template": _TEMPLATE_WEIGHT, "llm": parts.ranker.weights["llm"]}
            plain = replace(parts.ranker, weights=weights, words=fitted.words, temperature=1.0)
            answers = _answers(parts, plain, chosen.events, show)
    figures = {"linear": _by_mode(fitted.held_out)}
    if trees:
        scored: list[Scored] = []
        for fold, groups in fitted.groups.items():
            score = fit_trees(balanced([g for other, found in fitted.groups.items() if other != fold for g in found]))
            scored.extend(map(score, groups))
        figures["trees"] = _by_mode(scored)
    found = calibrate(answers)
    text = _toml(parts.ranker, weights, found, figures["linear"], len(prepared), chosen.name)
    (out / "ranker.toml").write_text(text, encoding="utf-8")
    (out / "words.npz").write_bytes(to_bytes(fitted.words))
    (out / "training.json").write_bytes(
        orjson.dumps(
            {
                "events": len(prepared),
                "held_out": figures,
                "weights": weights,
                "calibration": found,
                "penalty": penalty,
            },
            option=orjson.OPT_INDENT_2,
        )
    )
    if install:
        for name in ("ranker.toml", "words.npz"):
            (_CLASSIFIER / name).write_bytes((out / name).read_bytes())
    _print(figures)
    say(f"Written: {out / 'ranker.toml'}, {out / 'words.npz'}{' and installed' if install else ''}")


def _answers(
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


def _by_mode(scored: Sequence[Scored]) -> dict[str, dict[str, float]]:
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


def _toml(
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
        f"# Made by `python -m evals train` from {events} events of the catalog. With each product held out of weights",
        "# and words in turn (mean over products), by what was known of it:",
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


def _print(figures: Mapping[str, Mapping[str, Mapping[str, float]]]) -> None:
    table = Table("ranker", "known of the product", "events", "top1", "top3", title="Held out", title_justify="left")
    for ranker, modes in figures.items():
        for mode, shares in modes.items():
            table.add_row(ranker, mode, f"{shares['events']:.0f}", f"{shares['top1']:.4f}", f"{shares['top3']:.4f}")
    print_table(table)
