"""``import``: other people's labelled data as a data set of the evaluation."""

from __future__ import annotations

from pathlib import Path

import click

from agents.ocsf import load_taxonomy
from app.settings import load_settings
from evals.commands.shared import errors_as, say
from evals.data import write_events
from evals.importing import FORMATS, TARGETS, import_events

_PROBLEMS_SHOWN = 50


@click.command(name="import")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--from", "kind", type=click.Choice(list(FORMATS)), required=True, help="The form of SOURCE.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The data set to write, JSONL.")
@click.option(
    "--map", "mapping", multiple=True, metavar="TARGET=COLUMN",
    help=f"Which column or dotted key holds a target ({', '.join(TARGETS)}); may be repeated.",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="Write nothing and leave with 1 when any event cannot be read.")
def import_(source: Path, kind: str, out: Path, mapping: tuple[str, ...], *, strict: bool) -> None:
    """Read SOURCE, check its classes against the taxonomy, and write a data set."""
    pairs = dict(pair.split("=", 1) for pair in mapping if "=" in pair)
    if len(pairs) != len(mapping):
        raise click.UsageError("--map wants TARGET=COLUMN, each target once")
    with errors_as():
        found = import_events(kind, source, load_taxonomy(load_settings().ocsf_version), pairs)
        for problem in found.problems[:_PROBLEMS_SHOWN]:
            say(problem)
        if len(found.problems) > _PROBLEMS_SHOWN:
            say(f"… and {len(found.problems) - _PROBLEMS_SHOWN} more")
        if not found.events or (strict and found.problems):
            raise click.ClickException(f"{len(found.problems)} events cannot be read; nothing was written")
        write_events(out, found.events)
    say(f"Written: {out} ({len(found.events)} events, {len(found.problems)} left out)")
