"""``run`` and ``report``: evaluate a configuration, and render a run again."""

from __future__ import annotations

from pathlib import Path

import click

from app.settings import load_settings
from evals.commands.shared import (
    chosen_data,
    data_options,
    errors_as,
    out_option,
    print_figures,
    progress_bars,
    say,
    store_option,
)
from evals.configurations import CONFIGURATIONS
from evals.folder import JUNIT, REPORT
from evals.pages import render_folder
from evals.recording import record
from evals.run import evaluate


@click.command()
@data_options
@out_option
@click.option("--config", "name", type=click.Choice(list(CONFIGURATIONS)), default="default", show_default=True)
@click.option(
    "--baselines/--no-baselines", default=True, show_default=True,
    help="Decide every event also with each part switched off, and show that beside.",
)  # fmt: skip
@store_option
def run(
    data: Path | None,
    suite: str | None,
    limit: int | None,
    sample: int | None,
    seed: int,
    out: Path,
    name: str,
    *,
    baselines: bool,
    store: bool,
) -> None:
    """Run one configuration over a data set."""
    settings = load_settings()
    with errors_as():
        chosen = chosen_data(data, suite, limit, sample, seed)
        with progress_bars() as show:
            done = evaluate(chosen, CONFIGURATIONS[name], settings, out, baselines=baselines, seed=seed, progress=show)
    print_figures(f"{name}: {len(chosen.events)} events of {chosen.name}", done.metrics)
    say(f"Report: {out / REPORT}")
    if store:
        say(record(settings, "run", done.metrics, done.predictions)[1])


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def report(folder: Path) -> None:
    """Render the report of a run again, from what is in its folder."""
    with errors_as():
        render_folder(folder, load_settings().ocsf_version)
    say(f"Written: {folder / REPORT}, {folder / JUNIT}" if (folder / JUNIT).exists() else f"Written: {folder / REPORT}")
