"""``train``: fit the ranker on events made from the catalog, and calibrate it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
from rich.table import Table

from app.settings import load_settings
from evals.commands.shared import chosen_data, data_options, errors_as, out_option, print_table, progress_bars, say
from evals.parts import open_parts

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

    The labelled events set three constants only: temperature, abstention threshold and set threshold. Needs the tools
    of `make setup-dev` (scikit-learn, LightGBM).
    """
    from evals.training import ACTIVITIES, RANKER, WORDS, train_ranker

    with errors_as(), progress_bars() as show:
        chosen = chosen_data(data, suite, limit, sample, seed)
        with open_parts(load_settings(), with_model=False) as parts:
            done = train_ranker(parts, chosen, out, penalty, show, trees=trees)
    if install:
        for name in (RANKER, WORDS, ACTIVITIES):
            (_CLASSIFIER / name).write_bytes((out / name).read_bytes())
    _print(done.figures)
    say(f"{done.calibration}")
    say(f"Written: {out / RANKER}, {out / WORDS}, {out / ACTIVITIES}{' and installed' if install else ''}")


def _print(figures: Mapping[str, Mapping[str, Mapping[str, float]]]) -> None:
    table = Table("ranker", "known of the product", "events", "top1", "top3", title="Held out", title_justify="left")
    for ranker, modes in figures.items():
        for mode, shares in modes.items():
            table.add_row(ranker, mode, f"{shares['events']:.0f}", f"{shares['top1']:.4f}", f"{shares['top3']:.4f}")
    print_table(table)
