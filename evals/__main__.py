"""``python -m evals``: evaluation from the command line."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from agents.errors import LogatlasError
from app.services import open_model
from app.settings import load_settings
from evals.configurations import CONFIGURATIONS
from evals.data import load_events
from evals.run import evaluate


@click.group()
def main() -> None:
    """Evaluate the classifier on labelled events."""


@main.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Labelled events, one JSON object a line.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for metrics, predictions, report.")
@click.option("--config", "name", type=click.Choice(list(CONFIGURATIONS)), default="default", show_default=True)
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N events.")
def run(data: Path, out: Path, name: str, limit: int | None) -> None:
    """Run one configuration over a data set."""
    console = Console(stderr=True)
    try:
        events = load_events(data, limit)
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
        ) as bar:
            task = bar.add_task(name, total=len(events))
            done = evaluate(
                events, CONFIGURATIONS[name], load_settings(), out, lambda n, _: bar.update(task, completed=n)
            )
    except LogatlasError as error:
        raise click.ClickException(error.message) from error
    table = Table("figure", "value", title=f"{name}: {len(events)} events", title_justify="left")
    for figure, value in done.metrics.items():
        if isinstance(value, int | float):
            table.add_row(figure, str(value) if isinstance(value, int) else f"{value:.4f}")
    Console().print(table)


@main.command()
def bench() -> None:
    """Measure the hot paths against peers on the same input."""
    from evals.bench import bench as measure

    model = open_model(load_settings())
    try:
        table = Table("path", "per second", "peer", "per second", "ratio")
        for m in measure(model):
            table.add_row(m.path, f"{m.ours:,.1f}", m.peer, f"{m.theirs:,.1f}", f"{m.ratio:.2f}")
        Console().print(table)
    finally:
        if model is not None:
            model.close()


@main.command()
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="A running service.")
@click.option("--token", envvar="LOGATLAS_TOKEN", required=True, help="A token with the scope classify.")
@click.option("--cold", type=click.IntRange(min=10), default=100, show_default=True)
@click.option("--warm", type=click.IntRange(min=10), default=1000, show_default=True)
def latency(url: str, token: str, cold: int, warm: int) -> None:
    """Time cold and warm events over HTTP."""
    from evals.latency import measure

    table = Table("events", "n", "p50 ms", "p95 ms", "p99 ms")
    try:
        for m in measure(url, token, cold, warm):
            table.add_row(m.kind, str(m.n), f"{m.p50_ms:.1f}", f"{m.p95_ms:.1f}", f"{m.p99_ms:.1f}")
    except LogatlasError as error:
        raise click.ClickException(error.message) from error
    Console().print(table)


if __name__ == "__main__":
    main()
