"""``logatlas classify``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.commands.deciders import open_decider
from app.commands.event_files import read_batches
from app.commands.progress import bar
from app.commands.table import DecisionTable
from app.wire import write_json

_BATCH_EVENTS = 200
_BATCH_CHARACTERS = 2**20


@click.command("classify")
@click.argument("files", nargs=-1, type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--format", "output", type=click.Choice(["table", "jsonl"]), default="table", show_default=True)
@click.option("--vendor", default="", help="Vendor of the logs, as a hint.")
@click.option("--product", default="", help="Product of the logs, as a hint.")
@click.option("--sourcetype", default="", help="Source type of the logs, as a hint.")
@click.option("--url", help="Server to ask; without it the one on this machine, or none.")
@click.option("--token", envvar="LOGATLAS_TOKEN", help="Token for --url (or LOGATLAS_TOKEN).")
def command(
    files: tuple[Path, ...],
    output: str,
    vendor: str,
    product: str,
    sourcetype: str,
    url: str | None,
    token: str | None,
) -> None:
    """Classify the logs in FILES (or standard input), one event per line.

    A file that is one JSON or XML document as a whole is one event, a JSON list or an <Events> element one event
    per item. Lines from a pipe are decided as they come. Exits with 1 when an event was refused.
    """
    source = {
        name: hint for name, hint in (("vendor", vendor), ("product", product), ("sourcetype", sourcetype)) if hint
    }
    paths = files or (Path("-"),)
    for path in paths:
        if str(path) != "-" and not path.is_file():
            raise click.BadParameter(f"{path}: no such file", param_hint="FILES")
    table = DecisionTable() if output == "table" else None
    refused = 0
    with open_decider(url, token) as decider, bar("Events") as progress:
        done = 0
        for batch in read_batches(paths, _BATCH_EVENTS, _BATCH_CHARACTERS):
            answers = decider.classify([{"raw": raw, "source": source} for raw in batch])
            refused += sum("error" in answer for answer in answers)
            if table is None:
                # One write, which click flushes: whoever reads along gets every batch when it is decided.
                click.echo(b"\n".join(map(write_json, answers)))
            else:
                for raw, answer in zip(batch, answers, strict=True):
                    table.add(raw, answer)
            done += len(batch)
            progress(done, None)
    if table is not None:
        table.show()
    if refused:
        click.echo(f"logatlas: {refused} of {done} events were refused", err=True)
        sys.exit(1)
