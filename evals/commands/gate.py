"""``gate``: may this change ship?"""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from agents.ocsf import load_taxonomy
from app.settings import load_settings
from evals.commands.compare import print_comparison
from evals.commands.shared import chosen_data, data_options, errors_as, progress_bars, say
from evals.configurations import CONFIGURATIONS
from evals.gate import events_of_baseline, judge, make_baseline, read_baseline, write_baseline
from evals.run import evaluate

UNUSABLE = 2


@click.command()
@data_options
@click.option("--baseline", type=click.Path(path_type=Path), required=True, help="The baseline, a JSON file.")
@click.option("--config", "name", type=click.Choice(list(CONFIGURATIONS)), help="When updating; the baseline knows it.")
@click.option("--update", is_flag=True, help="Write the baseline from the chosen events instead of judging.")
@click.option("--out", type=click.Path(path_type=Path), help="Also keep the run's folder.")
def gate(
    data: Path | None, suite: str | None, limit: int | None, sample: int | None, seed: int,
    baseline: Path, name: str | None, *, update: bool, out: Path | None,
) -> None:  # fmt: skip
    """Fail (exit 1) when a figure is worse than the baseline beyond its interval; exit 2 when nothing can be judged.

    The events are those of the baseline; --limit and --sample choose them when updating.
    """
    settings = load_settings()
    with errors_as(UNUSABLE), tempfile.TemporaryDirectory() as passing, progress_bars() as show:
        if update:
            kept = None
            chosen = chosen_data(data, suite, limit, sample, seed)
            configuration = CONFIGURATIONS[name or "default"]
        else:
            if limit or sample or name:
                raise click.UsageError(
                    "--limit, --sample and --config choose what --update writes; the baseline has them"
                )
            kept = read_baseline(baseline)
            chosen = events_of_baseline(chosen_data(data, suite, None, None, seed), kept)
            if kept.configuration not in CONFIGURATIONS:
                raise click.UsageError(f"the baseline's configuration {kept.configuration!r} does not exist")
            configuration = CONFIGURATIONS[kept.configuration]
        done = evaluate(chosen, configuration, settings, out or Path(passing), seed=seed, progress=show)
        if kept is None:
            write_baseline(baseline, make_baseline(chosen, done.predictions, done.metrics))
            say(f"Written: {baseline} ({len(chosen.events)} events)")
            return
        found = judge(kept, done.predictions, load_taxonomy(settings.ocsf_version), seed=seed)
    print_comparison(found, "baseline", "now", flips_shown=len(found.flips))
    if found.worse:
        say(f"Worse than the baseline beyond the interval: {', '.join(found.worse)}")
        raise SystemExit(1)
    say("Not worse than the baseline.")
