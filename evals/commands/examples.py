"""``examples``: what a few confirmed events of an unknown source are worth."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
import orjson
from rich.table import Table

from app.settings import load_settings
from evals.commands.shared import chosen_data, data_options, errors_as, out_option, print_table, progress_bars, say
from evals.examples import measure_examples
from evals.parts import open_parts


@click.command()
@data_options
@out_option
def examples(data: Path | None, suite: str | None, limit: int | None, sample: int | None, seed: int, out: Path) -> None:
    """Unknown sources with 0, 1, 3 and 10 of their events confirmed; the rest of their events are decided.

    Only sources with at least 14 events take part. Writes examples.json into the folder.
    """
    with errors_as(), progress_bars() as show:
        chosen = chosen_data(data, suite, limit, sample, seed)
        with open_parts(load_settings(), with_model=False) as parts:
            measured = measure_examples(parts, chosen.events, seed, show)
    out.mkdir(parents=True, exist_ok=True)
    (out / "examples.json").write_bytes(orjson.dumps([asdict(m) for m in measured], option=orjson.OPT_INDENT_2))
    table = Table("examples", "sources", "events", "top1", "top3")
    for m in measured:
        table.add_row(str(m.number), str(m.sources), str(m.events), f"{m.top1:.4f}", f"{m.top3:.4f}")
    print_table(table)
    if not measured:
        say("No source has enough events.")
