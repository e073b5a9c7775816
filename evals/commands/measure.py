"""``bench`` and ``latency``: how fast it is."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from app.services import open_model
from app.settings import load_settings
from evals.commands.shared import errors_as


@click.command()
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


@click.command()
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="A running service.")
@click.option("--token", envvar="LOGATLAS_TOKEN", required=True, help="A token with the scope classify.")
@click.option("--cold", type=click.IntRange(min=10), default=100, show_default=True)
@click.option("--warm", type=click.IntRange(min=10), default=1000, show_default=True)
def latency(url: str, token: str, cold: int, warm: int) -> None:
    """Time cold and warm events over HTTP."""
    from evals.latency import measure

    table = Table("events", "n", "p50 ms", "p95 ms", "p99 ms")
    with errors_as():
        for m in measure(url, token, cold, warm):
            table.add_row(m.kind, str(m.n), f"{m.p50_ms:.1f}", f"{m.p95_ms:.1f}", f"{m.p99_ms:.1f}")
    Console().print(table)
