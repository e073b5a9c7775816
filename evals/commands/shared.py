"""What the commands share: options, progress bars, tables, and errors as messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from agents.errors import LogatlasError
from app.evaluations.figures import FIGURES
from evals.data import DataSet, load_data, suite_path

Command = TypeVar("Command", bound=Callable[..., Any])

_BESIDE = ("top1", "top3", "macro_recall", "ece", "abstain_rate", "accuracy_when_decided", "llm_calls")
_WIDTH = 160
_TIMES = ("activity_n", "llm_calls", "mean_ms", "p50_ms", "p95_ms")


def data_options(command: Command) -> Command:
    """``--data FILE`` or ``--suite NAME``, and which of its events: ``--limit``, ``--sample``, ``--seed``."""
    for option in (
        click.option("--seed", type=int, default=0, show_default=True, help="Of samples and intervals."),
        click.option(
            "--sample", type=click.IntRange(min=1), help="N events, drawn in turn from every class and source."
        ),
        click.option("--limit", type=click.IntRange(min=1), help="Only the first N events."),
        click.option("--suite", help="A data set that ships: evals/suites/NAME.jsonl."),
        click.option("--data", type=click.Path(path_type=Path), help="Labelled events, one JSON object a line."),
    ):
        command = option(command)
    return command


out_option = click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder for metrics, predictions, report."
)
store_option = click.option(
    "--store/--no-store", default=True, show_default=True, help="Also keep the run in the event store."
)


def chosen_data(data: Path | None, suite: str | None, limit: int | None, sample: int | None, seed: int) -> DataSet:
    """The data set that the options name.

    Raises:
        click.UsageError: not exactly one of ``--data`` and ``--suite`` was given.
        DataError: it cannot be read.
    """
    if (data is None) == (suite is None):
        raise click.UsageError("give either --data or --suite")
    path = data if data is not None else suite_path(suite or "")
    return load_data(path, limit=limit, sample=sample, seed=seed)


@contextmanager
def errors_as(exit_code: int = 1) -> Iterator[None]:
    """Show errors of Logatlas as one line, and leave with ``exit_code``."""
    try:
        yield
    except LogatlasError as error:
        click.echo(f"Error: {error.message}", err=True)
        raise SystemExit(exit_code) from error


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on standard error for each thing that is being done; call with (what, done, total)."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield show


def print_figures(title: str, metrics: Mapping[str, Any]) -> None:
    """The figures of a run with their intervals, and the baselines' where there are any, as tables."""
    table = Table("figure", "value", "95 % interval", title=title, title_justify="left")
    for name in (*FIGURES, *_TIMES):
        if name in metrics:
            bounds = metrics.get("intervals", {}).get(name)
            table.add_row(
                name,
                _shown(metrics[name]),
                f"{bounds[0]:.4f} to {bounds[1]:.4f}" if bounds else "",
            )
    print_table(table)
    if metrics.get("baselines"):
        beside = Table("baseline", *_BESIDE, "ours less its top1", title="Beside it", title_justify="left")
        for name, figures in metrics["baselines"].items():
            value, low, high = figures["difference"]["top1"]
            beside.add_row(
                name, *(_shown(figures.get(key)) for key in _BESIDE), f"{value:+.4f} ({low:+.4f} to {high:+.4f})"
            )
        print_table(beside)


def print_table(table: Table) -> None:
    """A table on standard output; one that is not a terminal is taken to be wide enough."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    console.print(table)


def say(text: str) -> None:
    """A sentence on standard error, beside the figures on standard output."""
    click.echo(text, err=True)


def _shown(value: float | None) -> str:
    return "" if value is None else (str(value) if isinstance(value, int) else f"{value:.4f}")
